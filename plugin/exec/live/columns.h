/* Which columns the table has, and where, by the width of the terminal. Pure. */
#ifndef HT_EXEC_LIVE_COLUMNS_H
#define HT_EXEC_LIVE_COLUMNS_H

#include <stdbool.h>

#include "screen.h"

enum live_figure {
    LIVE_LOSS,
    LIVE_PATH_LOSS,
    LIVE_SENT,
    LIVE_LAST,
    LIVE_BEST,
    LIVE_AVERAGE,
    LIVE_WORST,
    LIVE_JITTER,
    LIVE_FIGURES
};

struct live_column {
    unsigned at;
    unsigned width; /* 0: it is left out */
};

struct live_columns {
    struct live_column address;
    struct live_column figures[LIVE_FIGURES];
    struct live_column spark;
};

/* `address_width`: what addresses want at least, bounded to an IPv6 address. `graphs`: only loss,
 * path loss and average, and a sparkline in what remains. */
void live_columns_choose(struct live_columns *columns, unsigned width, unsigned address_width,
                         bool graphs);

void live_put_headings(struct live_screen *screen, unsigned row,
                       const struct live_columns *columns);

#endif
