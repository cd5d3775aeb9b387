#include "probing/multipath/flow_search.h"

#include <stdlib.h>
#include <string.h>

#include "probing/log/round_state.h"

/* Probes that are asked for in one batch, as the controller counts them. */
#define BATCH_MAX 2048

/* Batches of a target. A search takes one or two for each ttl that is wider than those before it,
 * and one for each further try of a silent cell. */
#define BATCHES_MAX 100

/* A hop whose retries were not answered either is as silent as this many tries make it. */
#define TRIES_OF_RETRIES 3

/* Tries that make a cell silent, or void, for good (path_view.h). */
#define TRIES_SILENT 5

struct ht_flow_search *ht_flow_search_new(const struct ht_round_request *request)
{
    struct ht_flow_search *search = calloc(1, sizeof *search);
    if (search == NULL)
        return NULL;
    search->request = *request;
    if (request->flows != NULL) {
        memcpy(search->flows, request->flows, sizeof search->flows);
        search->request.flows = search->flows;
    }
    return search;
}

void ht_flow_search_free(struct ht_flow_search *search)
{
    if (search != NULL)
        ht_flow_map_fini(&search->map);
    free(search);
}

/* The last ttl that tells of the flow's path: behind its end there is nothing. */
static uint8_t end_ttl(const struct ht_path_end *end)
{
    if (end->destination_ttl != 0)
        return end->destination_ttl;
    return end->unreachable_ttl != 0 ? end->unreachable_ttl : UINT8_MAX;
}

static void take_times(struct ht_flow_search *search, struct ht_multipath_probe cell,
                       enum ht_multipath_outcome outcome, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        ht_multipath_take(&search->map, cell, outcome, NULL);
}

/* Enters the answers; counts what was lost by ttl. */
static void take_probes(struct ht_flow_search *search, const struct ht_round *round,
                        uint16_t lost[UINT8_MAX + 1])
{
    const struct ht_probe_log *log = &round->log;
    uint16_t flow = round->flow.number;
    uint8_t last = end_ttl(&round->end);
    for (uint32_t i = search->taken[flow]; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        const struct ht_node_facts *node = ht_probe_log_node(log, probe->node);
        if (probe->ttl > last)
            continue;
        lost[probe->ttl] = (uint16_t)(lost[probe->ttl] + (probe->state == HT_PROBE_LOST));
        if (probe->state != HT_PROBE_ANSWERED || node == NULL)
            continue;
        bool ends = probe->ttl == last && (probe->arrived || probe->refused);
        ht_multipath_take(&search->map, (struct ht_multipath_probe){flow, probe->ttl},
                          ends ? HT_MULTIPATH_ENDED : HT_MULTIPATH_ANSWERED, &node->address);
    }
    search->taken[flow] = log->probe_count;
}

/* Enters the silence of the hops. What this host or a rate limit is to blame for says nothing. */
static void take_silence(struct ht_flow_search *search, const struct ht_round *round,
                         const uint16_t lost[UINT8_MAX + 1])
{
    const struct ht_probe_log *log = &round->log;
    uint8_t last = end_ttl(&round->end);
    for (unsigned i = 0; i < round->end.window_hops; i++) {
        const struct ht_hop_state *hop = &log->hops[i];
        unsigned ttl = log->asked.first_ttl + i;
        struct ht_multipath_probe cell = {round->flow.number, (uint8_t)ttl};
        if (ttl > last || hop->received > 0)
            continue;
        if (lost[ttl] > 0)
            take_times(search, cell, HT_MULTIPATH_SILENT,
                       hop->retries > 0 && lost[ttl] < TRIES_OF_RETRIES ? TRIES_OF_RETRIES
                                                                        : lost[ttl]);
        else if (hop->sent == 0)
            take_times(search, cell, HT_MULTIPATH_VOID, HT_PUT_OFF_MAX);
    }
    for (uint8_t ttl = 1; ttl < log->asked.first_ttl; ttl++)
        take_times(search, (struct ht_multipath_probe){round->flow.number, ttl},
                   HT_MULTIPATH_SILENT, TRIES_SILENT);
}

/* Cells of the flow that were asked for and lie behind its end, or where it was given up. */
static void take_rest(struct ht_flow_search *search, const struct ht_round *round)
{
    uint16_t flow = round->flow.number;
    uint8_t last = end_ttl(&round->end);
    for (uint8_t ttl = 1; ttl <= search->map.row_count && ttl < UINT8_MAX; ttl++) {
        struct ht_multipath_probe cell = {flow, ttl};
        struct ht_flow_cell known = ht_flow_map_cell(&search->map, flow, ttl);
        if (!known.awaited)
            continue;
        if (known.result == HT_CELL_ANSWERED || known.result == HT_CELL_ENDED)
            take_times(search, cell, HT_MULTIPATH_SILENT, 1); /* of a repetition */
        else if (ttl > last)
            ht_multipath_take(&search->map, cell, HT_MULTIPATH_ENDED, &round->flow.destination);
        else
            take_times(search, cell, HT_MULTIPATH_SILENT, TRIES_SILENT);
    }
}

void ht_flow_search_take(struct ht_flow_search *search, const struct ht_round *round)
{
    uint16_t lost[UINT8_MAX + 1] = {0};
    uint32_t before = search->taken[round->flow.number];
    if (round->log.probe_count == before)
        return;
    search->sent += round->log.probe_count - before;
    take_probes(search, round, lost);
    take_silence(search, round, lost);
    take_rest(search, round);
    if (round->host.out_of_memory || round->host.cut_off)
        ht_flow_search_stop(search);
}

static uint64_t bit_of(uint16_t flow)
{
    return UINT64_C(1) << flow;
}

/* All hops of a flow get one more probe: each tells whether its router takes turns. */
static void ask_again(struct ht_flow_search *search, uint16_t flow)
{
    for (uint8_t ttl = 1; ttl <= search->map.row_count && ttl < UINT8_MAX; ttl++) {
        if (ht_flow_map_cell(&search->map, flow, ttl).result == HT_CELL_ANSWERED)
            (void)ht_flow_map_ask(&search->map, flow, ttl, false);
    }
}

bool ht_flow_search_next(struct ht_flow_search *search, struct ht_path_view *view,
                         uint8_t flows_max, struct ht_flow_batch *batch)
{
    const struct ht_settings *settings = &search->request.target->settings;
    const struct ht_multipath_settings rule = {
        .failure = search->request.failure,
        .probes_max = HT_MULTIPATH_PROBES_MAX,
        .flows_max = flows_max,
        .ttl_max = settings->max_ttl,
        .gap_limit = settings->gap_limit != 0 ? settings->gap_limit : UINT8_MAX};
    struct ht_multipath_probe probes[BATCH_MAX];
    *batch = (struct ht_flow_batch){0};
    if (search->over)
        return false;
    search->map.asked = search->sent;
    size_t count =
        ht_multipath_next(&search->map, &rule, view, probes, BATCH_MAX, &search->progress);
    for (size_t i = 0; i < count; i++) {
        bool known = search->taken[probes[i].flow] > 0;
        *(known ? &batch->again : &batch->begun) |= bit_of(probes[i].flow);
    }
    for (uint16_t flow = 0; flow < flows_max; flow++) {
        if ((batch->again & bit_of(flow)) != 0)
            ask_again(search, flow);
    }
    search->over = count == 0 || ++search->batches > BATCHES_MAX;
    if (search->over && count > 0)
        ht_flow_search_stop(search);
    return !search->over;
}

void ht_flow_search_stop(struct ht_flow_search *search)
{
    search->over = true;
    search->progress.complete = false;
}
