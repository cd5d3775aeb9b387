#include "screen.h"

#include <string.h>

void live_screen_clear(struct live_screen *screen, unsigned columns, unsigned rows)
{
    screen->columns = columns < LIVE_COLUMNS_MAX ? columns : LIVE_COLUMNS_MAX;
    screen->rows = rows < LIVE_ROWS_MAX ? rows : LIVE_ROWS_MAX;
    for (unsigned row = 0; row < screen->rows; row++)
        live_fill(screen, row, 0, LIVE_PLAIN);
}

void live_fill(struct live_screen *screen, unsigned row, unsigned column, enum live_style style)
{
    for (; row < screen->rows && column < screen->columns; column++)
        screen->cells[row][column] = (struct live_cell){' ', style};
}

void live_put_cell(struct live_screen *screen, unsigned row, unsigned column, uint32_t character,
                   char ascii, enum live_style style)
{
    if (row < screen->rows && column < screen->columns)
        screen->cells[row][column] =
            (struct live_cell){screen->utf8 ? character : (uint32_t)ascii, style};
}

/* ---- characters ---- */

/* How many bytes follow the first one, and its bits; 0 bytes and '?' for what begins nothing. */
static unsigned begin_character(unsigned char first, uint32_t *character)
{
    if (first >= 0xc2 && first < 0xe0) {
        *character = first & 0x1fU;
        return 1;
    }
    if (first >= 0xe0 && first < 0xf0) {
        *character = first & 0x0fU;
        return 2;
    }
    *character = first < 0x80 ? first : '?';
    return 0;
}

/* The next character of the text, which moves on; '?' for each byte that is none. Characters beyond
 * the first plane are wide or rare: '?' too. */
static uint32_t next_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    uint32_t character;
    unsigned more = begin_character(*at, &character);
    for (unsigned i = 1; i <= more; i++) {
        if ((at[i] & 0xc0U) != 0x80) {
            (*text)++;
            return '?';
        }
        character = character << 6 | (at[i] & 0x3fU);
    }
    *text += more + 1;
    return more == 2 && character < 0x800 ? '?' : character;
}

/* Scripts whose characters take one column each and stand by themselves: from Latin to Greek,
 * Cyrillic, Armenian and Georgian, without marks that combine with the character before; dashes,
 * quotation marks, the bars of a sparkline. */
static bool is_one_column(uint32_t character)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {{0x20, 0x7e},     {0xa1, 0xac},     {0xae, 0x2ff},    {0x370, 0x482},
                  {0x48a, 0x58f},   {0x10a0, 0x10ff}, {0x1e00, 0x1fff}, {0x2010, 0x2027},
                  {0x2030, 0x205e}, {0x2190, 0x21ff}, {0x2500, 0x259f}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    }
    return false;
}

unsigned live_put(struct live_screen *screen, unsigned row, unsigned column, unsigned width,
                  const char *text, enum live_style style)
{
    unsigned written = 0;
    while (*text != '\0' && written < width && column + written < screen->columns) {
        uint32_t character = next_character(&text);
        uint32_t shown = is_one_column(character) ? character : '?';
        live_put_cell(screen, row, column + written, shown, (char)(character < 0x7f ? shown : '?'),
                      style);
        written++;
    }
    return written;
}

void live_put_right(struct live_screen *screen, unsigned row, unsigned column, unsigned width,
                    const char *text, enum live_style style)
{
    size_t length = strlen(text);
    if (length <= width)
        (void)live_put(screen, row, column + width - (unsigned)length, width, text, style);
}

static void append_character(struct ht_text *text, uint32_t character)
{
    char bytes[3];
    size_t length = 1;
    if (character < 0x80) {
        bytes[0] = (char)character;
    } else if (character < 0x800) {
        bytes[0] = (char)(0xc0U | character >> 6);
        bytes[1] = (char)(0x80U | (character & 0x3fU));
        length = 2;
    } else {
        bytes[0] = (char)(0xe0U | character >> 12);
        bytes[1] = (char)(0x80U | (character >> 6 & 0x3fU));
        bytes[2] = (char)(0x80U | (character & 0x3fU));
        length = 3;
    }
    ht_text_append(text, bytes, length);
}

/* ---- painting ---- */

/* Select Graphic Rendition. Cyan, yellow and magenta stay apart where red and green do not. */
static const char *rendition(enum live_style style, bool colours)
{
    static const char *const coloured[] = {
        [LIVE_PLAIN] = "0",   [LIVE_DIM] = "0;2",      [LIVE_STRONG] = "0;1", [LIVE_BAR] = "0;7",
        [LIVE_GOOD] = "0;36", [LIVE_WARNING] = "0;33", [LIVE_BAD] = "0;1;35"};
    static const char *const plain[] = {
        [LIVE_PLAIN] = "0", [LIVE_DIM] = "0;2",     [LIVE_STRONG] = "0;1", [LIVE_BAR] = "0;7",
        [LIVE_GOOD] = "0",  [LIVE_WARNING] = "0;1", [LIVE_BAD] = "0;7"};
    return colours ? coloured[style] : plain[style];
}

static bool is_same(const struct live_cell *a, const struct live_cell *b)
{
    return a->character == b->character && a->style == b->style;
}

struct painting {
    struct ht_text *text;
    const struct live_screen *before; /* NULL: unknown */
    const struct live_screen *after;
    bool colours;
    bool has_style; /* `style` is in effect */
    enum live_style style;
};

static void paint_row(struct painting *painting, unsigned row)
{
    const struct live_screen *after = painting->after;
    bool in_place = false; /* the cursor is at this column */
    for (unsigned column = 0; column < after->columns; column++) {
        const struct live_cell *cell = &after->cells[row][column];
        if (painting->before != NULL && is_same(&painting->before->cells[row][column], cell)) {
            in_place = false;
            continue;
        }
        if (!in_place)
            ht_text_printf(painting->text, "\033[%u;%uH", row + 1, column + 1);
        if (!painting->has_style || painting->style != cell->style)
            ht_text_printf(painting->text, "\033[%sm", rendition(cell->style, painting->colours));
        painting->has_style = in_place = true;
        painting->style = cell->style;
        append_character(painting->text, cell->character);
    }
}

void live_screen_paint(struct ht_text *text, const struct live_screen *before,
                       const struct live_screen *after, bool colours)
{
    bool known = before != NULL && before->columns == after->columns && before->rows == after->rows;
    struct painting painting = {
        .text = text, .before = known ? before : NULL, .after = after, .colours = colours};
    if (!known)
        ht_text_puts(text, "\033[0m\033[2J");
    for (unsigned row = 0; row < after->rows; row++)
        paint_row(&painting, row);
    if (painting.has_style)
        ht_text_puts(text, "\033[0m");
}

void live_screen_text(struct ht_text *text, const struct live_screen *screen)
{
    unsigned empty = 0;
    for (unsigned row = 0; row < screen->rows; row++) {
        unsigned columns = screen->columns;
        while (columns > 0 && screen->cells[row][columns - 1].character == ' ')
            columns--;
        empty++;
        if (columns == 0)
            continue;
        while (--empty > 0)
            ht_text_putc(text, '\n');
        for (unsigned column = 0; column < columns; column++)
            append_character(text, screen->cells[row][column].character);
        ht_text_putc(text, '\n');
    }
}
