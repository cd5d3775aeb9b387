#include "state/fields.h"
#include "state/scan.h"
#include "state/where_text.h"

/* What is being read. */
struct reading {
    struct ht_reader *in;
    bool no_memory; /* it has failed for this reason */
};

static void refuse_memory(struct reading *reading)
{
    reading->no_memory = true;
    reading->in->failed = true;
}

/* Fails the reading unless `holds`. */
static bool demand(struct reading *reading, bool holds)
{
    if (!holds)
        reading->in->failed = true;
    return !reading->in->failed;
}

/* A list of exactly `count` numbers, each at most `most`. */
static void read_list(struct ht_reader *in, uint32_t *list, size_t count, uint32_t most)
{
    ht_scan_exactly(in, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ht_scan_exactly(in, ",");
        list[i] = (uint32_t)ht_scan_number(in, most);
    }
    ht_scan_exactly(in, "]");
}

/* The columns of a round, into `hops` from column 0 on. Returns how many there are. */
static size_t read_runs(struct reading *reading, struct ht_round_hop hops[UINT8_MAX + 1])
{
    size_t columns = 0;
    ht_scan_exactly(reading->in, "[");
    for (bool first = true; ht_scan_next(reading->in, &first, "]");) {
        size_t run = (size_t)ht_scan_number(reading->in, UINT8_MAX + 1);
        ht_scan_exactly(reading->in, ",");
        struct ht_counts counts = {.sent = (uint32_t)ht_scan_number(reading->in, UINT16_MAX)};
        ht_scan_exactly(reading->in, ",");
        counts.received = (uint32_t)ht_scan_number(reading->in, counts.sent);
        if (!demand(reading, run > 0 && columns + run <= UINT8_MAX + 1))
            return 0;
        for (size_t end = columns + run; columns < end; columns++)
            hops[columns] = (struct ht_round_hop){.counts = counts};
    }
    return columns;
}

static void read_rounds(struct reading *reading, struct ht_loss_window *window)
{
    struct ht_round_hop hops[UINT8_MAX + 1];
    ht_scan_exactly(reading->in, ",\"rounds\":[");
    for (bool first = true; ht_scan_next(reading->in, &first, "]");) {
        size_t columns = read_runs(reading, hops);
        if (!demand(reading, columns > 0 && window->count < window->size))
            return;
        if (!ht_loss_window_add(window, hops + 1, columns - 1, hops[0].counts, false))
            refuse_memory(reading);
    }
}

static void read_columns(struct reading *reading, struct ht_loss_window *window)
{
    size_t count = 0;
    ht_scan_exactly(reading->in, ",\"columns\":[");
    for (bool first = true; ht_scan_next(reading->in, &first, "]"); count++) {
        uint32_t counts[6] = {0};
        read_list(reading->in, counts, 6, UINT32_MAX);
        if (!demand(reading, count <= UINT8_MAX))
            return;
        if (!ht_loss_window_reserve(window, count + 1)) {
            refuse_memory(reading);
            return;
        }
        window->column[count] =
            (struct ht_loss_window_column){.calm = {{counts[0], counts[1]}, {counts[2], counts[3]}},
                                           .outage = {counts[4], counts[5]}};
    }
}

static double ms_of(uint32_t us)
{
    return us / HT_STATE_US_A_MS;
}

static void read_rtt(struct reading *reading, struct ht_window_times *rtt, uint16_t window)
{
    ht_scan_exactly(reading->in, ",\"rtt\":[");
    for (bool first = true; ht_scan_next(reading->in, &first, "]");) {
        uint32_t us[6] = {0};
        ht_scan_exactly(reading->in, "[");
        uint32_t replies = (uint32_t)ht_scan_number(reading->in, UINT32_MAX);
        for (size_t i = 0; i < 6; i++) {
            ht_scan_exactly(reading->in, ",");
            us[i] = (uint32_t)ht_scan_number(reading->in, HT_STATE_US_MOST);
        }
        ht_scan_exactly(reading->in, "]");
        uint16_t before = rtt->count;
        if (!demand(reading, before < window))
            return;
        const struct ht_rtt times = {.min_ms = ms_of(us[0]),
                                     .avg_ms = ms_of(us[1]),
                                     .max_ms = ms_of(us[2]),
                                     .stddev_ms = ms_of(us[3]),
                                     .median_ms = ms_of(us[4]),
                                     .jitter_ms = ms_of(us[5])};
        ht_window_times_add(rtt, replies, &times, window);
        if (rtt->count == before)
            refuse_memory(reading);
    }
}

static void read_times(struct reading *reading, const char *key, struct ht_times *times,
                       uint16_t most)
{
    ht_scan_exactly(reading->in, key);
    for (bool first = true; ht_scan_next(reading->in, &first, "]");) {
        uint32_t time_us = (uint32_t)ht_scan_number(reading->in, UINT32_MAX);
        if (!demand(reading, times->count < most))
            return;
        if (!ht_times_add(times, time_us, most))
            refuse_memory(reading);
    }
}

static void read_usual(struct reading *reading, struct ht_hop_usual *usual)
{
    ht_scan_exactly(reading->in, "[");
    usual->count = (uint8_t)ht_scan_number(reading->in, 2 * HT_HOP_BLOCKS - 1);
    for (size_t i = 0; i < usual->count && i < HT_HOP_BLOCKS; i++) {
        ht_scan_exactly(reading->in, ",");
        usual->blocks[i] = (uint32_t)ht_scan_number(reading->in, UINT32_MAX);
    }
    ht_scan_exactly(reading->in, "]");
}

static void read_hops(struct reading *reading, struct ht_hop_times *times)
{
    ht_scan_exactly(reading->in, ",\"hops\":");
    size_t hops = (size_t)ht_scan_number(reading->in, UINT8_MAX);
    ht_scan_exactly(reading->in, ",\"span\":");
    uint16_t span = (uint16_t)ht_scan_number(reading->in, ht_recent_span(HT_WINDOW_MAX));
    if (!demand(reading, span >= ht_recent_span(0) || hops == 0))
        return;
    /* The window of such a span. */
    if (hops > 0 && !ht_hop_times_reserve(times, hops, (uint16_t)(span * 4))) {
        refuse_memory(reading);
        return;
    }
    ht_scan_exactly(reading->in, ",\"hop_recent\":[");
    for (size_t i = 0; i < times->span && !reading->in->failed; i++) {
        if (i > 0)
            ht_scan_exactly(reading->in, ",");
        read_list(reading->in, &times->recent[i * hops], hops, UINT32_MAX);
    }
    ht_scan_exactly(reading->in, "],\"hop_usual\":[");
    for (size_t i = 0; i < hops && !reading->in->failed; i++) {
        if (i > 0)
            ht_scan_exactly(reading->in, ",");
        read_usual(reading, &times->usuals[i]);
    }
    ht_scan_exactly(reading->in, "],");
}

static void read_told(struct reading *reading, struct ht_where *where)
{
    ht_scan_exactly(reading->in, "\"told\":[");
    for (size_t kind = 0; kind < HT_WHERE_KINDS; kind++) {
        struct ht_event_limit *limit = &where->limits[kind];
        uint32_t numbers[HT_EVENTS_A_WINDOW + 1] = {0};
        if (kind > 0)
            ht_scan_exactly(reading->in, ",");
        read_list(reading->in, numbers, HT_EVENTS_A_WINDOW + 1, UINT32_MAX);
        for (size_t i = 0; i < HT_EVENTS_A_WINDOW; i++)
            limit->told[i] = numbers[i];
        limit->untold = numbers[HT_EVENTS_A_WINDOW];
    }
    ht_scan_exactly(reading->in, "]}");
}

void ht_where_text_read(struct ht_reader *in, unsigned version, struct ht_where *where,
                        bool *no_memory)
{
    struct reading reading = {.in = in};
    ht_scan_exactly(in, "{\"window\":");
    where->window.size = (uint16_t)ht_scan_number(in, HT_WINDOW_MAX);
    if (!demand(&reading, where->window.size >= HT_WINDOW_MIN))
        return;
    read_rounds(&reading, &where->window);
    read_columns(&reading, &where->window);
    read_rtt(&reading, &where->rtt, where->window.size);
    read_times(&reading, ",\"recent\":[", &where->usual.recent, ht_recent_span(HT_WINDOW_MAX));
    read_times(&reading, ",\"usual\":[", &where->usual.values, HT_USUAL_MAX);
    read_hops(&reading, &where->times);
    ht_state_scan_fields(in, ht_state_where_fields, ht_state_where_field_count, version, where);
    read_told(&reading, where);
    *no_memory |= reading.no_memory;
    if (!in->failed && !ht_where_is_sound(where))
        ht_where_fini(where);
}

void ht_flow_window_text_read(struct ht_reader *in, struct ht_loss_window *window, bool *no_memory)
{
    struct reading reading = {.in = in};
    window->size = (uint16_t)ht_scan_number(in, HT_WINDOW_MAX);
    if (!demand(&reading, window->size >= HT_WINDOW_MIN))
        return;
    window->calm_is_kept = true;
    ht_scan_exactly(in, ",\"flow_rounds\":[");
    for (bool first = true; ht_scan_next(in, &first, "]");) {
        uint32_t numbers[2] = {0};
        read_list(in, numbers, 2, UINT16_MAX);
        if (!demand(&reading, numbers[1] <= numbers[0] && window->count < window->size))
            return;
        if (!ht_loss_window_add(window, NULL, 0, (struct ht_counts){numbers[0], numbers[1]}, false))
            refuse_memory(&reading);
    }
    *no_memory |= reading.no_memory;
}
