/* The live view's picture, made from what it is of. Pure. */
#ifndef HT_EXEC_LIVE_LAYOUT_H
#define HT_EXEC_LIVE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "model.h"
#include "screen.h"

/* What its reader has chosen. */
struct live_view {
    size_t selected;  /* index of the target */
    bool numeric;     /* addresses only */
    bool graphs;      /* few figures and wide sparklines */
    bool paused;      /* the picture stands still */
    bool over;        /* the last picture: no keys are taken any more */
    const char *note; /* the last warning; NULL: none */
};

/* Fills the screen, whose size is set. What does not fit is left out: first columns, in the order
 * jitter, best, worst, sent; then further addresses, events, and the first hops. Shown in full from
 * 80 columns on, with sparklines from 90. */
void live_layout(struct live_screen *screen, const struct live_model *model,
                 const struct live_view *view);

/* Rows with which nothing is left out. */
unsigned live_layout_rows(const struct live_model *model, const struct live_view *view);

#endif
