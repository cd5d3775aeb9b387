#include "history/loss_window.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define FIRST_CAPACITY 4

void ht_loss_window_fini(struct ht_loss_window *window)
{
    free(window->cells);
    free(window->column);
    *window = (struct ht_loss_window){.size = window->size};
}

static size_t slot_of(const struct ht_loss_window *window, size_t round)
{
    size_t slot = window->first + round;
    return slot < window->capacity ? slot : slot - window->capacity;
}

static struct ht_loss_window_cell *cells_of(const struct ht_loss_window *window, size_t round)
{
    return &window->cells[slot_of(window, round) * window->columns];
}

/* Gives the ring as many slots and columns, its oldest round first. */
static bool lay_out(struct ht_loss_window *window, size_t capacity, size_t columns)
{
    struct ht_loss_window_cell *cells = calloc(capacity * columns, sizeof *cells);
    if (cells == NULL)
        return false;
    for (size_t i = 0; i < window->count; i++)
        memcpy(&cells[i * columns], cells_of(window, i), window->columns * sizeof *cells);
    free(window->cells);
    window->cells = cells;
    window->columns = (uint16_t)columns;
    window->capacity = (uint16_t)capacity;
    window->first = 0;
    return true;
}

bool ht_loss_window_reserve(struct ht_loss_window *window, size_t columns)
{
    size_t capacity = window->capacity > 0 ? window->capacity : FIRST_CAPACITY;
    if (columns <= window->columns)
        return true;
    if (capacity > window->size)
        capacity = window->size;
    struct ht_loss_window_column *column = realloc(window->column, columns * sizeof *column);
    if (column == NULL)
        return false;
    memset(&column[window->columns], 0, (columns - window->columns) * sizeof *column);
    window->column = column;
    return lay_out(window, capacity, columns);
}

static struct ht_counts counts_of(struct ht_loss_window_cell cell)
{
    return (struct ht_counts){cell.sent, cell.received};
}

/* Beyond half of what can be counted, a sum stays as it is. */
static void add(struct ht_counts *sum, struct ht_counts counts)
{
    if (sum->sent <= UINT32_MAX / 2)
        *sum = ht_counts_sum(*sum, counts);
}

/* A half that is full becomes the older one. */
static void turn_calm(struct ht_loss_window *window)
{
    if (window->calm_rounds[0] < (window->size + 1) / 2)
        return;
    window->calm_rounds[1] = window->calm_rounds[0];
    window->calm_rounds[0] = 0;
    for (size_t i = 0; i < window->columns; i++) {
        window->column[i].calm[1] = window->column[i].calm[0];
        window->column[i].calm[0] = (struct ht_counts){0};
    }
}

/* The oldest round leaves the ring. */
static void retire(struct ht_loss_window *window)
{
    const struct ht_loss_window_cell *cells = cells_of(window, 0);
    bool calm = cells[0].sent > 0 && cells[0].received == cells[0].sent;
    if (!window->calm_is_kept) {
        if (calm)
            turn_calm(window);
        window->calm_rounds[0] = (uint16_t)(window->calm_rounds[0] + calm);
        for (size_t i = 0; i < (calm ? window->columns : 1U); i++)
            add(&window->column[i].calm[0], counts_of(cells[i]));
    }
    window->first = (uint16_t)slot_of(window, 1);
    window->count--;
}

void ht_loss_window_resize(struct ht_loss_window *window, uint16_t size)
{
    if (size == window->size)
        return;
    while (window->count > size)
        retire(window);
    window->size = size;
    if (window->capacity > size && !lay_out(window, size, window->columns))
        ht_loss_window_fini(window);
}

/* A free slot behind the newest round; false: no memory. */
static bool make_slot(struct ht_loss_window *window)
{
    while (window->count >= window->size)
        retire(window);
    if (window->count < window->capacity)
        return true;
    size_t capacity = (size_t)window->capacity * 2;
    return lay_out(window, capacity < window->size ? capacity : window->size, window->columns);
}

/* Both are cut alike, so that none is received that was not sent. */
static struct ht_loss_window_cell cell_of(struct ht_counts counts)
{
    uint32_t sent = counts.sent < UINT16_MAX ? counts.sent : UINT16_MAX;
    uint32_t received = counts.received < sent ? counts.received : sent;
    return (struct ht_loss_window_cell){(uint16_t)sent, (uint16_t)received};
}

bool ht_loss_window_add(struct ht_loss_window *window, const struct ht_round_hop *hops,
                        size_t hop_count, struct ht_counts end_to_end, bool in_doubt)
{
    window->in_doubt = false;
    if (!ht_loss_window_reserve(window, hop_count + 1) || !make_slot(window))
        return false;
    struct ht_loss_window_cell *cells = cells_of(window, window->count);
    memset(cells, 0, window->columns * sizeof *cells);
    cells[0] = cell_of(end_to_end);
    for (size_t i = 0; i < hop_count; i++)
        cells[i + 1] = cell_of(hops[i].counts);
    window->count++;
    window->in_doubt = in_doubt;
    return true;
}

void ht_loss_window_move_to_outage(struct ht_loss_window *window)
{
    HT_ASSERT(window->in_doubt && window->count > 0);
    const struct ht_loss_window_cell *cells = cells_of(window, --window->count);
    for (size_t i = 0; i < window->columns; i++)
        add(&window->column[i].outage, counts_of(cells[cells[i].sent > 0 ? i : 0]));
    window->in_doubt = false;
}

void ht_loss_window_add_outage(struct ht_loss_window *window, const struct ht_round_hop *hops,
                               size_t hop_count, struct ht_counts end_to_end)
{
    if (!ht_loss_window_reserve(window, hop_count + 1))
        return;
    add(&window->column[0].outage, end_to_end);
    for (size_t i = 0; i + 1 < window->columns; i++)
        add(&window->column[i + 1].outage, i < hop_count ? hops[i].counts : end_to_end);
}

void ht_loss_window_end_outage(struct ht_loss_window *window)
{
    for (size_t i = 0; i < window->columns; i++)
        window->column[i].outage = (struct ht_counts){0};
}

static void forget_column(struct ht_loss_window *window, size_t column)
{
    window->column[column] = (struct ht_loss_window_column){0};
    for (size_t i = 0; i < window->count; i++)
        cells_of(window, i)[column] = (struct ht_loss_window_cell){0};
}

void ht_loss_window_forget(struct ht_loss_window *window, uint8_t ttl)
{
    if (window->columns > 0)
        forget_column(window, 0);
    for (size_t i = ttl; i < window->columns; i++)
        forget_column(window, i);
}

struct ht_counts ht_loss_window_sum(const struct ht_loss_window *window, size_t column)
{
    struct ht_counts sum = {0};
    if (column >= window->columns)
        return sum;
    for (size_t i = 0; i + window->in_doubt < window->count; i++)
        sum = ht_counts_sum(sum, counts_of(cells_of(window, i)[column]));
    return sum;
}

struct ht_counts ht_loss_window_calm(const struct ht_loss_window *window, size_t column)
{
    if (column >= window->columns)
        return (struct ht_counts){0};
    return ht_counts_sum(window->column[column].calm[0], window->column[column].calm[1]);
}

struct ht_counts ht_loss_window_outage(const struct ht_loss_window *window, size_t column)
{
    return column < window->columns ? window->column[column].outage : (struct ht_counts){0};
}

uint16_t ht_loss_window_rounds(const struct ht_loss_window *window)
{
    uint16_t rounds = 0;
    for (size_t i = 0; i + window->in_doubt < window->count; i++)
        rounds = (uint16_t)(rounds + (cells_of(window, i)[0].sent > 0));
    return rounds;
}

static bool column_is_sound(const struct ht_loss_window_column *column)
{
    return column->calm[0].received <= column->calm[0].sent &&
           column->calm[1].received <= column->calm[1].sent &&
           column->outage.received <= column->outage.sent;
}

bool ht_loss_window_is_sound(const struct ht_loss_window *window)
{
    if (window->count > window->capacity || window->capacity > window->size ||
        window->size > HT_WINDOW_MAX || window->columns > UINT8_MAX + 1 ||
        (window->capacity > 0 && window->first >= window->capacity) ||
        window->in_doubt > (window->count > 0))
        return false;
    for (size_t i = 0; i < window->columns; i++) {
        if (!column_is_sound(&window->column[i]))
            return false;
    }
    for (size_t i = 0; i < (size_t)window->count * window->columns; i++) {
        const struct ht_loss_window_cell *cell =
            &cells_of(window, i / window->columns)[i % window->columns];
        if (cell->received > cell->sent)
            return false;
    }
    return true;
}
