#include "probing/multipath/flow_search.h"

#include <stdlib.h>

#include "base/inline_array.h"
#include "history/path_memory.h"
#include "model/protocol.h"
#include "probing/log/round_state.h"
#include "probing/multipath/cover.h"

/* Batches of a target. A search takes one or two for each ttl that is wider than those before it,
 * and one for each further try of a silent cell. */
#define BATCHES_MAX 200

/* Room for flows at first: what a path without branches takes. */
#define FLOWS_FIRST 8

/* Of HT_MULTIPATH_PROBES_MAX, what is left to complete flows. */
#define PROBES_LEFT (HT_MULTIPATH_PROBES_MAX / 10)

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
    search->request.flows = NULL;
    if (request->flows != NULL && request->flows[0].known != NULL)
        search->known = &ht_path_memory_none;
    return search;
}

void ht_flow_search_free(struct ht_flow_search *search)
{
    if (search == NULL)
        return;
    ht_flow_map_fini(&search->map);
    free(search->flows);
    free(search);
}

/* --- flows ------------------------------------------------------------------------------- */

bool ht_flow_search_enter(struct ht_flow_search *search, struct ht_round *round)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_search_flow), .least = FLOWS_FIRST, .limit = HT_FLOWS_SEARCHED};
    size_t before = search->flow_capacity;
    void *flows = search->flows;
    bool done = ht_inline_array_grow(&growth, &flows, &search->flow_capacity,
                                     round->flow.number + (size_t)1);
    search->flows = flows;
    if (!done)
        return false;
    for (size_t i = before; i < search->flow_capacity; i++)
        search->flows[i] = (struct ht_search_flow){.round = NULL};
    search->flows[round->flow.number].round = round;
    return true;
}

struct ht_round *ht_flow_search_round(const struct ht_flow_search *search, uint16_t flow)
{
    return flow < search->flow_capacity ? search->flows[flow].round : NULL;
}

void ht_flow_search_note(struct ht_flow_search *search, uint16_t flow)
{
    search->flows[flow].asked = true;
}

/* --- what rounds have shown --------------------------------------------------------------- */

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
    for (uint32_t i = search->flows[flow].taken; i < log->probe_count; i++) {
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
    search->sent += log->probe_count - search->flows[flow].taken;
    search->flows[flow].taken = log->probe_count;
}

static unsigned tries_of(const struct ht_hop_state *hop, uint16_t lost)
{
    return hop->retries > 0 && lost < TRIES_OF_RETRIES ? TRIES_OF_RETRIES : lost;
}

/* Enters the silence of the hops of a whole flow. What this host or a rate limit is to blame for
 * says nothing. */
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
            take_times(search, cell, HT_MULTIPATH_SILENT, tries_of(hop, lost[ttl]));
        else if (hop->sent == 0)
            take_times(search, cell, HT_MULTIPATH_VOID, HT_PUT_OFF_MAX);
    }
    for (uint8_t ttl = 1; ttl < log->asked.first_ttl; ttl++)
        take_times(search, (struct ht_multipath_probe){round->flow.number, ttl},
                   HT_MULTIPATH_SILENT, TRIES_SILENT);
}

/* Cells of a whole flow that were asked for and lie behind its end, or where it was given up. */
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

/* Cells of a partial flow that were asked for and not answered. */
static void take_unanswered(struct ht_flow_search *search, const struct ht_round *round,
                            const uint16_t lost[UINT8_MAX + 1])
{
    uint16_t flow = round->flow.number;
    uint8_t last = end_ttl(&round->end);
    for (uint8_t ttl = 1; ttl <= search->map.row_count && ttl < UINT8_MAX; ttl++) {
        struct ht_multipath_probe cell = {flow, ttl};
        struct ht_flow_cell known = ht_flow_map_cell(&search->map, flow, ttl);
        bool repeated = known.result == HT_CELL_ANSWERED || known.result == HT_CELL_ENDED;
        if (!known.awaited)
            continue;
        if (ttl > last && !repeated)
            ht_multipath_take(&search->map, cell, HT_MULTIPATH_ENDED, &round->flow.destination);
        else if (ttl > last || lost[ttl] > 0)
            take_times(search, cell, HT_MULTIPATH_SILENT,
                       repeated ? 1 : tries_of(ht_probe_log_hop(&round->log, ttl), lost[ttl]));
        else
            take_times(search, cell, HT_MULTIPATH_VOID, 1);
    }
}

static void take_flow(struct ht_flow_search *search, struct ht_search_flow *flow)
{
    const struct ht_round *round = flow->round;
    uint16_t lost[UINT8_MAX + 1] = {0};
    if (!flow->asked && round->log.probe_count == flow->taken)
        return;
    flow->asked = false;
    take_probes(search, round, lost);
    if (round->log.asked.partial) {
        take_unanswered(search, round, lost);
    } else {
        take_silence(search, round, lost);
        take_rest(search, round);
    }
    if (round->host.out_of_memory || round->host.cut_off)
        ht_flow_search_stop(search);
}

/* --- what is asked next -------------------------------------------------------------------- */

/* Takes out the probes of ttls that are not measured: there every flow is silent. */
static size_t take_out_unmeasured(struct ht_flow_search *search, struct ht_multipath_probe *probes,
                                  size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (probes[i].ttl < search->request.target->settings.first_ttl)
            take_times(search, probes[i], HT_MULTIPATH_SILENT, TRIES_SILENT);
        else
            probes[kept++] = probes[i];
    }
    return kept;
}

size_t ht_flow_search_next(struct ht_flow_search *search, struct ht_path_view *view,
                           uint16_t flows_max, struct ht_multipath_probe *probes)
{
    const struct ht_settings *settings = &search->request.target->settings;
    const struct ht_multipath_settings rule = {
        .failure = search->request.failure,
        .probes_max = HT_MULTIPATH_PROBES_MAX - PROBES_LEFT,
        .flows_max = flows_max,
        .ttl_max = settings->max_ttl,
        .gap_limit = settings->gap_limit != 0 ? settings->gap_limit : UINT8_MAX};
    size_t count;
    size_t kept;
    for (size_t i = 0; i < search->flow_capacity; i++) {
        if (search->flows[i].round != NULL)
            take_flow(search, &search->flows[i]);
    }
    if (search->over)
        return 0;
    do {
        search->map.asked = search->sent;
        count = ht_multipath_next(&search->map, &rule, view, probes, HT_SEARCH_BATCH_MAX,
                                  &search->progress);
        kept = take_out_unmeasured(search, probes, count);
    } while (count > 0 && kept == 0);
    if (kept > 0 && ++search->batches > BATCHES_MAX) {
        ht_flow_search_stop(search);
        return 0;
    }
    return kept;
}

/* Of a flow that is completed all cells are known then, and they say nothing of how flows are
 * spread: it is one of few that were chosen by what they showed. */
static void ask_all(struct ht_flow_search *search, const struct ht_path_view *view, uint16_t flow)
{
    for (uint8_t ttl = search->request.target->settings.first_ttl; ttl <= view->last_ttl; ttl++) {
        if (ht_path_view_is_free(view, flow, ttl))
            (void)ht_flow_map_ask(&search->map, flow, ttl, true);
    }
}

/* Nothing more is asked: notes which flows' ends are as near as they can be. */
static void finish(struct ht_flow_search *search, const struct ht_path_view *view)
{
    search->over = true;
    for (size_t i = 0; i < search->flow_capacity; i++) {
        struct ht_search_flow *flow = &search->flows[i];
        uint8_t last = flow->round != NULL ? end_ttl(&flow->round->end) : 0;
        flow->placed = ht_is_node(ht_path_view_position(view, (uint16_t)i, last));
    }
}

size_t ht_flow_search_complete(struct ht_flow_search *search, struct ht_path_view *view,
                               uint16_t *flows)
{
    const struct ht_settings *settings = &search->request.target->settings;
    size_t count = 0;
    if (search->over)
        return 0;
    size_t covering = ht_cover(view, flows);
    uint32_t left =
        HT_MULTIPATH_PROBES_MAX > search->sent ? HT_MULTIPATH_PROBES_MAX - search->sent : 0;
    for (size_t i = 0; i < covering; i++) {
        const struct ht_round *round = ht_flow_search_round(search, flows[i]);
        uint32_t probes = view->last_ttl * (uint32_t)ht_settings_probes(settings);
        if (round == NULL || !round->log.asked.partial || probes > left)
            continue;
        left -= probes;
        ask_all(search, view, flows[i]);
        ht_flow_search_note(search, flows[i]);
        flows[count++] = flows[i];
    }
    if (count == 0)
        finish(search, view);
    return count;
}

uint8_t ht_flow_search_end_ttl(const struct ht_path_view *view, const struct ht_round *round)
{
    uint8_t lowest = 0;
    for (uint16_t node = 1; node < view->node_count; node++) {
        const struct ht_view_node *seen = &view->nodes[node];
        if (seen->kind == HT_NODE_END && seen->flows > 0 &&
            seen->ttl > round->end.last_router_ttl && (lowest == 0 || seen->ttl < lowest))
            lowest = seen->ttl;
    }
    return lowest;
}

uint8_t ht_flow_search_last_ttl(const struct ht_flow_search *search, const struct ht_round *round)
{
    uint8_t last = end_ttl(&round->end);
    bool placed = last == UINT8_MAX || search->flows[round->flow.number].placed;
    return placed ? last : (uint8_t)(last - 1);
}

void ht_flow_search_stop(struct ht_flow_search *search)
{
    search->over = true;
    search->progress.complete = false;
}
