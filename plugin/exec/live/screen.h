/* A terminal's picture as a grid of cells. Pure: what is drawn, and the bytes that turn one picture
 * into the next. */
#ifndef HT_EXEC_LIVE_SCREEN_H
#define HT_EXEC_LIVE_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* What of a larger terminal is used. */
#define LIVE_COLUMNS_MAX 320
#define LIVE_ROWS_MAX    120

/* What a cell means; colour is never all that tells it. */
enum live_style {
    LIVE_PLAIN,
    LIVE_DIM,     /* of little weight */
    LIVE_STRONG,  /* headings */
    LIVE_BAR,     /* a bar across the screen */
    LIVE_GOOD,    /* cyan */
    LIVE_WARNING, /* yellow; without colours bold */
    LIVE_BAD      /* magenta and bold; without colours reversed */
};

struct live_cell {
    uint32_t character; /* one column wide */
    enum live_style style;
};

struct live_screen {
    unsigned columns; /* at most LIVE_COLUMNS_MAX */
    unsigned rows;    /* at most LIVE_ROWS_MAX */
    bool utf8;        /* the terminal shows what is not ASCII */
    struct live_cell cells[LIVE_ROWS_MAX][LIVE_COLUMNS_MAX];
};

/* Blanks in this size; a larger terminal's rest is not used. */
void live_screen_clear(struct live_screen *screen, unsigned columns, unsigned rows);

/* Writes the text from there on, at most `width` columns and not beyond the row's end. What cannot
 * be shown as one column (control characters, invalid UTF-8, wide and combining characters,
 * without `utf8` all beyond ASCII) becomes '?'. Returns the columns written. */
unsigned live_put(struct live_screen *screen, unsigned row, unsigned column, unsigned width,
                  const char *text, enum live_style style);

/* The same, right-aligned in `width` columns; nothing if it is longer. */
void live_put_right(struct live_screen *screen, unsigned row, unsigned column, unsigned width,
                    const char *text, enum live_style style);

/* One cell; without `utf8`, `ascii` in the place of `character`. */
void live_put_cell(struct live_screen *screen, unsigned row, unsigned column, uint32_t character,
                   char ascii, enum live_style style);

/* The rest of the row in this style. */
void live_fill(struct live_screen *screen, unsigned row, unsigned column, enum live_style style);

/* Appends the control sequences (ECMA-48) that turn the picture `before` into `after`; NULL or
 * another size: the terminal shows anything. */
void live_screen_paint(struct ht_text *text, const struct live_screen *before,
                       const struct live_screen *after, bool colours);

/* Appends the picture as plain lines, without blanks at the ends and empty lines at the end. */
void live_screen_text(struct ht_text *text, const struct live_screen *screen);

#endif
