#include "columns.h"

#include "model.h"

/* The ttl's column and a blank. */
#define ADDRESS_AT 5

/* "192.168.100.200", an IPv6 address of full length, and the longest name with an address. */
#define ADDRESS_LEAST 15
#define ADDRESS_IPV6  39
#define ADDRESS_MOST  46

/* A shorter sparkline tells nothing. */
#define SPARK_LEAST 8

static const struct {
    const char *heading;
    unsigned width; /* with the blank before it */
    unsigned rank;  /* the highest is left out first */
    bool in_graphs;
} figures[LIVE_FIGURES] = {
    [LIVE_LOSS] = {"Loss%", 6, 0, true},   [LIVE_PATH_LOSS] = {"Path%", 6, 1, true},
    [LIVE_SENT] = {"Sent", 6, 4, false},   [LIVE_LAST] = {"Last", 7, 3, false},
    [LIVE_BEST] = {"Best", 7, 6, false},   [LIVE_AVERAGE] = {"Avg", 7, 2, true},
    [LIVE_WORST] = {"Worst", 7, 5, false}, [LIVE_JITTER] = {"Jitter", 7, 7, false},
};

/* The width of all figures up to this rank. */
static unsigned width_up_to(unsigned rank, bool graphs)
{
    unsigned width = 0;
    for (unsigned i = 0; i < LIVE_FIGURES; i++) {
        if (figures[i].rank <= rank && (figures[i].in_graphs || !graphs))
            width += figures[i].width;
    }
    return width;
}

static unsigned lesser(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The figures up to this rank, one after the other from there on. Returns where they end. */
static unsigned place_figures(struct live_columns *columns, unsigned at, unsigned rank, bool graphs)
{
    for (unsigned i = 0; i < LIVE_FIGURES; i++) {
        if (figures[i].rank > rank || (graphs && !figures[i].in_graphs))
            continue;
        columns->figures[i] = (struct live_column){at + 1, figures[i].width - 1};
        at += figures[i].width;
    }
    return at;
}

void live_columns_choose(struct live_columns *columns, unsigned width, unsigned address_width,
                         bool graphs)
{
    unsigned rank = LIVE_FIGURES - 1;
    unsigned least =
        address_width > ADDRESS_LEAST ? lesser(address_width, ADDRESS_IPV6) : ADDRESS_LEAST;
    *columns = (struct live_columns){.address = {.at = ADDRESS_AT}};
    while (rank > 0 && ADDRESS_AT + least + width_up_to(rank, graphs) > width)
        rank--;
    unsigned taken = ADDRESS_AT + least + width_up_to(rank, graphs);
    unsigned left = width > taken ? width - taken : 0;
    if (left > SPARK_LEAST + 1)
        columns->spark.width = lesser(LIVE_HISTORY, graphs ? left * 3 / 4 : left / 2);
    if (columns->spark.width > 0 && columns->spark.width < SPARK_LEAST)
        columns->spark.width = SPARK_LEAST;
    if (columns->spark.width > 0)
        left -= columns->spark.width + 1;
    columns->address.width = lesser(ADDRESS_MOST, least + left);
    unsigned at = ADDRESS_AT + columns->address.width;
    columns->spark.at = place_figures(columns, at, rank, graphs) + 1;
    /* What a wide terminal has left is the sparkline's. */
    if (columns->spark.width > 0)
        columns->spark.width = lesser(LIVE_HISTORY, width - columns->spark.at);
}

void live_put_headings(struct live_screen *screen, unsigned row, const struct live_columns *columns)
{
    live_put_right(screen, row, 0, 4, "Hop", LIVE_STRONG);
    (void)live_put(screen, row, columns->address.at, columns->address.width, "Address",
                   LIVE_STRONG);
    for (unsigned i = 0; i < LIVE_FIGURES; i++)
        live_put_right(screen, row, columns->figures[i].at, columns->figures[i].width,
                       figures[i].heading, LIVE_STRONG);
    if (columns->spark.width > 0)
        (void)live_put(screen, row, columns->spark.at, columns->spark.width, "Rounds", LIVE_STRONG);
}
