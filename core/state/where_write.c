#include "state/fields.h"
#include "state/where_text.h"

/* Appends a list of numbers, with its key or what else stands before it. */
static void put_list(struct ht_text *text, const char *before, const uint32_t *list, size_t count)
{
    ht_text_puts(text, before);
    ht_text_putc(text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ht_text_putc(text, ',');
        ht_state_put_number(text, list[i]);
    }
    ht_text_putc(text, ']');
}

static const char *between(size_t index)
{
    return index > 0 ? "," : "";
}

/* How many columns from this one on have the same counts. */
static size_t run_of(const struct ht_loss_window_cell *cells, size_t count)
{
    size_t run = 1;
    while (run < count && cells[run].sent == cells[0].sent &&
           cells[run].received == cells[0].received)
        run++;
    return run;
}

static void put_round(struct ht_text *text, const struct ht_loss_window_cell *cells, size_t count)
{
    ht_text_putc(text, '[');
    for (size_t i = 0, run; i < count; i += run) {
        run = run_of(&cells[i], count - i);
        ht_text_puts(text, between(i));
        ht_state_put_number(text, run);
        ht_text_putc(text, ',');
        ht_state_put_number(text, cells[i].sent);
        ht_text_putc(text, ',');
        ht_state_put_number(text, cells[i].received);
    }
    ht_text_putc(text, ']');
}

static void put_window(struct ht_text *text, const struct ht_loss_window *window)
{
    ht_text_puts(text, "\"window\":");
    ht_state_put_number(text, window->size);
    ht_text_puts(text, ",\"rounds\":[");
    for (size_t i = 0; i < window->count; i++) {
        size_t slot = (window->first + i) % window->capacity;
        ht_text_puts(text, between(i));
        put_round(text, &window->cells[slot * window->columns], window->columns);
    }
    ht_text_puts(text, "],\"columns\":[");
    for (size_t i = 0; i < window->columns; i++) {
        const struct ht_loss_window_column *column = &window->column[i];
        const uint32_t counts[] = {column->calm[0].sent, column->calm[0].received,
                                   column->calm[1].sent, column->calm[1].received,
                                   column->outage.sent,  column->outage.received};
        put_list(text, between(i), counts, sizeof counts / sizeof counts[0]);
    }
    ht_text_putc(text, ']');
}

static uint32_t us_of(float ms)
{
    double us = (double)ms * HT_STATE_US_A_MS + 0.5;
    return us < 0 ? 0 : us < HT_STATE_US_MOST ? (uint32_t)us : HT_STATE_US_MOST;
}

static void put_rtt(struct ht_text *text, const struct ht_window_times *rtt)
{
    ht_text_puts(text, ",\"rtt\":[");
    for (size_t i = 0; i < rtt->count; i++) {
        const struct ht_round_times *round = &rtt->list[i];
        const uint32_t numbers[] = {round->replies,          us_of(round->min_ms),
                                    us_of(round->avg_ms),    us_of(round->max_ms),
                                    us_of(round->stddev_ms), us_of(round->median_ms),
                                    us_of(round->jitter_ms)};
        put_list(text, between(i), numbers, sizeof numbers / sizeof numbers[0]);
    }
    ht_text_putc(text, ']');
}

static void put_hops(struct ht_text *text, const struct ht_hop_times *times)
{
    ht_text_puts(text, ",\"hops\":");
    ht_state_put_number(text, times->hop_count);
    ht_text_puts(text, ",\"span\":");
    ht_state_put_number(text, times->span);
    ht_text_puts(text, ",\"hop_recent\":[");
    for (size_t i = 0; times->hop_count > 0 && i < times->span; i++)
        put_list(text, between(i), &times->recent[i * times->hop_count], times->hop_count);
    ht_text_puts(text, "],\"hop_usual\":[");
    for (size_t i = 0; i < times->hop_count; i++) {
        const struct ht_hop_usual *usual = &times->usuals[i];
        uint32_t numbers[1 + HT_HOP_BLOCKS] = {usual->count};
        size_t blocks = usual->count < HT_HOP_BLOCKS ? usual->count : HT_HOP_BLOCKS;
        for (size_t k = 0; k < blocks; k++)
            numbers[k + 1] = usual->blocks[k];
        put_list(text, between(i), numbers, blocks + 1);
    }
    ht_text_puts(text, "],");
}

void ht_where_text_put(struct ht_text *text, const struct ht_where *where)
{
    ht_text_putc(text, '{');
    put_window(text, &where->window);
    put_rtt(text, &where->rtt);
    put_list(text, ",\"recent\":", where->usual.recent.list, where->usual.recent.count);
    put_list(text, ",\"usual\":", where->usual.values.list, where->usual.values.count);
    put_hops(text, &where->times);
    ht_state_put_fields(text, ht_state_where_fields, ht_state_where_field_count, where);
    ht_text_puts(text, "\"told\":[");
    for (size_t kind = 0; kind < HT_WHERE_KINDS; kind++) {
        const struct ht_event_limit *limit = &where->limits[kind];
        const uint32_t numbers[] = {limit->told[0], limit->told[1], limit->told[2], limit->untold};
        put_list(text, between(kind), numbers, sizeof numbers / sizeof numbers[0]);
    }
    ht_text_puts(text, "]}");
}

void ht_flow_window_text_put(struct ht_text *text, const struct ht_loss_window *window)
{
    ht_text_puts(text, ",\"flow_window\":");
    ht_state_put_number(text, window->size);
    ht_text_puts(text, ",\"flow_rounds\":[");
    for (size_t i = 0; i < window->count; i++) {
        size_t slot = (window->first + i) % window->capacity;
        const struct ht_loss_window_cell *cell = &window->cells[slot * window->columns];
        const uint32_t numbers[] = {cell->sent, cell->received};
        put_list(text, between(i), numbers, sizeof numbers / sizeof numbers[0]);
    }
    ht_text_putc(text, ']');
}
