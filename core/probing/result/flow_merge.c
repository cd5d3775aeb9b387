#include "probing/result/flow_merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/scratch.h"
#include "hoptrace/time.h"
#include "probing/result/flow_links.h"
#include "probing/result/path.h"
#include "probing/result/statistics.h"

void ht_flow_merge_fini(struct ht_flow_merge *merge)
{
    free(merge->answers);
    free(merge->times_ns);
    free(merge->hops);
    free(merge->nodes);
    free(merge->states);
    free(merge->links);
    free(merge->link_flows);
    free(merge->flow_numbers);
    *merge = (struct ht_flow_merge){.answers = NULL};
}

/* --- room -------------------------------------------------------------------------------- */

/* Makes room for `count` elements in two arrays that grow together. */
static bool reserve_two(void **first, size_t first_size, void **second, size_t second_size,
                        size_t *capacity, size_t count)
{
    size_t of_first = *capacity;
    size_t of_second = *capacity;
    if (!ht_scratch_reserve(first, first_size, &of_first, count) ||
        !ht_scratch_reserve(second, second_size, &of_second, count))
        return false;
    *capacity = of_first < of_second ? of_first : of_second;
    return true;
}

static bool reserve_answers(struct ht_flow_merge *merge, size_t count)
{
    void *answers = merge->answers;
    void *times_ns = merge->times_ns;
    bool done = reserve_two(&answers, sizeof *merge->answers, &times_ns, sizeof *merge->times_ns,
                            &merge->answer_capacity, count);
    merge->answers = answers;
    merge->times_ns = times_ns;
    return done;
}

static bool reserve_nodes(struct ht_flow_merge *merge, size_t count)
{
    void *nodes = merge->nodes;
    void *states = merge->states;
    bool done = reserve_two(&nodes, sizeof *merge->nodes, &states, sizeof *merge->states,
                            &merge->node_capacity, count);
    merge->nodes = nodes;
    merge->states = states;
    return done;
}

static bool reserve_links(struct ht_flow_merge *merge, size_t count)
{
    void *links = merge->links;
    void *flows = merge->link_flows;
    bool done = reserve_two(&links, sizeof *merge->links, &flows, sizeof *merge->link_flows,
                            &merge->link_capacity, count);
    merge->links = links;
    merge->link_flows = flows;
    return done;
}

static bool reserve_hops(struct ht_flow_merge *merge, size_t count)
{
    void *hops = merge->hops;
    bool done = ht_scratch_reserve(&hops, sizeof *merge->hops, &merge->hop_capacity, count);
    merge->hops = hops;
    return done;
}

static bool reserve_numbers(struct ht_flow_merge *merge, size_t count)
{
    void *numbers = merge->flow_numbers;
    bool done =
        ht_scratch_reserve(&numbers, sizeof *merge->flow_numbers, &merge->number_capacity, count);
    merge->flow_numbers = numbers;
    return done;
}

/* A flow has as many links from a ttl to the next as the larger of both has nodes, at most; and
 * each node and link has each flow at most once. */
static bool make_room(struct ht_flow_merge *merge, struct ht_round *const *rounds, uint16_t count,
                      size_t hop_count)
{
    size_t answers = 0;
    size_t nodes = 0;
    for (uint16_t flow = 0; flow < count; flow++) {
        answers += rounds[flow]->log.received;
        nodes += rounds[flow]->log.node_count;
    }
    return reserve_answers(merge, answers) && reserve_nodes(merge, nodes) &&
           reserve_links(merge, 2 * nodes) && reserve_numbers(merge, 3 * nodes) &&
           reserve_hops(merge, hop_count);
}

/* --- flows ------------------------------------------------------------------------------- */

static bool is_reached(const struct ht_report *report)
{
    return report->status == HT_STATUS_REACHED;
}

/* False of a flow that a search for all paths has measured at single ttls: it tells of nodes and
 * links, and of nothing else. */
static bool is_whole(const struct ht_round *round)
{
    return !round->log.asked.partial;
}

/* False of a flow whose measurement was given up, or failed on this host. */
static bool is_measured(const struct ht_report *report)
{
    return report->status != HT_STATUS_ERROR;
}

/* The state of a ttl in a flow; NULL: no probe went there. */
static const struct ht_hop_state *state_at(const struct ht_probe_log *log, unsigned ttl)
{
    unsigned index = ttl - log->asked.first_ttl;
    return ttl >= log->asked.first_ttl && index < log->made_hops ? &log->hops[index] : NULL;
}

/* The last ttl that probes of the flow tell of. Behind its end they tell nothing; where it has
 * none, those without an answer are lost. */
static unsigned last_ttl(const struct ht_round *round, const struct ht_report *report)
{
    bool ends = round->end.destination_ttl != 0 || round->end.unreachable_ttl != 0;
    if (!is_measured(report))
        return 0;
    return ends ? report->hop_count : UINT8_MAX;
}

/* The highest ttl at which the destination answered a flow; 0: none. */
static uint8_t farthest_end(struct ht_round *const *rounds, const struct ht_report *reports,
                            uint16_t count)
{
    uint8_t farthest = 0;
    for (uint16_t flow = 0; flow < count; flow++) {
        if (is_whole(rounds[flow]) && is_reached(&reports[flow]) &&
            reports[flow].hop_count > farthest)
            farthest = reports[flow].hop_count;
    }
    return farthest;
}

/* Probes towards the destination that a flow which has not reached it sent. */
static uint32_t sent_unreached(const struct ht_probe_log *log, uint8_t end_ttl)
{
    const struct ht_hop_state *state = state_at(log, end_ttl);
    if (state != NULL && state->sent > 0)
        return state->sent;
    uint32_t sent = 0;
    for (unsigned i = 0; i < log->made_hops; i++) {
        state = state_at(log, log->asked.first_ttl + i);
        if (state != NULL && state->sent > 0)
            sent = state->sent;
    }
    return sent;
}

static void fill_flow(const struct ht_round *round, const struct ht_report *report, uint8_t end_ttl,
                      struct ht_flow_result *flow)
{
    *flow = (struct ht_flow_result){.flow = round->flow.number,
                                    .hop_count = report->hop_count,
                                    .source_port = report->port != 0 ? round->flow.local_id : 0,
                                    .status = report->status,
                                    .has_path_id = report->has_path_id,
                                    .path_id = report->path_id,
                                    .rtt = report->rtt};
    if (is_reached(report) && report->listed_hops > 0) {
        const struct ht_hop *end = &report->hops[report->listed_hops - 1];
        flow->sent = end->sent;
        flow->received = end->received;
    } else if (is_measured(report) && !report->reached_unknown) {
        flow->sent = sent_unreached(&round->log, end_ttl);
    }
    flow->loss_percent = ht_loss_percent(flow->sent, flow->received);
}

/* --- answers ----------------------------------------------------------------------------- */

static int by_departure(const void *a, const void *b)
{
    const struct ht_flow_answer *x = a;
    const struct ht_flow_answer *y = b;
    if (x->sent_ns != y->sent_ns)
        return x->sent_ns < y->sent_ns ? -1 : 1;
    return x->flow - y->flow;
}

/* Appends the answers of one ttl of a flow. Returns how many there are then. */
static size_t add_answers(struct ht_flow_merge *merge, size_t count, const struct ht_round *round,
                          uint16_t index, unsigned ttl)
{
    const struct ht_probe_log *log = &round->log;
    const struct ht_hop_state *state = state_at(log, ttl);
    if (state == NULL || state->received == 0)
        return count;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->ttl == ttl && probe->state == HT_PROBE_ANSWERED)
            merge->answers[count++] =
                (struct ht_flow_answer){.sent_ns = probe->sent_ns,
                                        .rtt_ns = probe->rtt_ns,
                                        .node = ht_probe_log_node(log, probe->node),
                                        .flow = index};
    }
    return count;
}

static void sort_answers(struct ht_flow_merge *merge, size_t count)
{
    if (count > 1)
        qsort(merge->answers, count, sizeof *merge->answers, by_departure);
}

/* Times of the first `count` answers, in sending order: of all, or (not NULL) of one address. */
static struct ht_rtt rtt_of(struct ht_flow_merge *merge, size_t count,
                            const struct ht_address *address)
{
    size_t times = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ht_flow_answer *answer = &merge->answers[i];
        if (address == NULL ||
            (answer->node != NULL && ht_address_equal(&answer->node->address, address)))
            merge->times_ns[times++] = answer->rtt_ns;
    }
    return ht_rtt_of(merge->times_ns, times);
}

/* --- hops -------------------------------------------------------------------------------- */

/* Finds or adds the node of an answer among the `count` nodes of its hop; returns its index. A hop
 * has HT_NODES_MAX at most: `*count` then, as of an answer without a node. */
static size_t node_of(struct ht_node *nodes, struct ht_merged_node *states, size_t *count,
                      const struct ht_flow_answer *answer)
{
    size_t index = 0;
    if (answer->node == NULL)
        return *count;
    while (index < *count && !ht_address_equal(&nodes[index].facts.address, &answer->node->address))
        index++;
    if (index < *count || index == HT_NODES_MAX)
        return index;
    nodes[index] = (struct ht_node){.facts = *answer->node};
    nodes[index].facts.received = 0;
    states[index] = (struct ht_merged_node){.first_ns = INT64_MAX, .last_ns = INT64_MIN};
    ++*count;
    return index;
}

/* Of several flows what the last answer says holds; a refusal stays. */
static void take_answer(struct ht_node *node, struct ht_merged_node *state,
                        const struct ht_flow_answer *answer)
{
    int64_t arrived_ns = answer->sent_ns + answer->rtt_ns;
    uint16_t received = (uint16_t)(node->facts.received + 1);
    struct ht_node_facts before = node->facts;
    if (arrived_ns >= state->last_ns)
        node->facts = *answer->node;
    node->facts.received = received;
    if (node->facts.refusal == 0)
        node->facts.refusal = before.refusal;
    ht_flow_set_add(&state->flows, answer->flow);
    state->first_ns = arrived_ns < state->first_ns ? arrived_ns : state->first_ns;
    state->last_ns = arrived_ns > state->last_ns ? arrived_ns : state->last_ns;
}

/* By first answers; there are few. */
static void sort_nodes(struct ht_node *nodes, struct ht_merged_node *states, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct ht_node node = nodes[i];
        struct ht_merged_node state = states[i];
        size_t place = i;
        for (; place > 0 && states[place - 1].first_ns > state.first_ns; place--) {
            nodes[place] = nodes[place - 1];
            states[place] = states[place - 1];
        }
        nodes[place] = node;
        states[place] = state;
    }
}

/* The node as a flow's own record shows it. */
static const struct ht_node *listed_node(const struct ht_report *report, uint8_t ttl,
                                         const struct ht_address *address)
{
    const struct ht_hop *hop = ht_flow_hop(report, ttl);
    for (size_t i = 0; hop != NULL && i < hop->node_count; i++) {
        if (ht_address_equal(&hop->nodes[i].facts.address, address))
            return &hop->nodes[i];
    }
    return NULL;
}

/* What is known of a node by the flows that pass it. */
static void fill_flows_of_node(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                               const struct ht_report *reports, uint8_t ttl,
                               const struct ht_flow_set *flows, struct ht_node *node)
{
    uint32_t received = 0;
    uint16_t *numbers = &merge->flow_numbers[merge->numbers];
    for (uint16_t flow = ht_flow_set_next(flows, 0); flow < HT_FLOW_SET_MAX;
         flow = ht_flow_set_next(flows, flow + 1U)) {
        const struct ht_hop_state *state = state_at(&rounds[flow]->log, ttl);
        const struct ht_node *listed = listed_node(&reports[flow], ttl, &node->facts.address);
        numbers[node->flow_count++] = rounds[flow]->flow.number;
        node->flows_sent += state->sent;
        received += state->received;
        if (listed != NULL) {
            node->zone = listed->zone;
            node->refusal = listed->refusal != NULL ? listed->refusal : node->refusal;
        }
    }
    node->flows = numbers;
    node->loss_percent = ht_loss_percent(node->flows_sent, received);
    merge->numbers += node->flow_count;
}

static void fill_nodes(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                       const struct ht_report *reports, size_t answers, struct ht_hop *hop,
                       struct ht_node *nodes)
{
    size_t count = 0;
    for (size_t i = 0; i < answers; i++) {
        size_t index = node_of(nodes, merge->states, &count, &merge->answers[i]);
        if (index < count)
            take_answer(&nodes[index], &merge->states[index], &merge->answers[i]);
    }
    sort_nodes(nodes, merge->states, count);
    for (size_t i = 0; i < count; i++) {
        struct ht_node *node = &nodes[i];
        node->rtt = count == 1 ? hop->rtt : rtt_of(merge, answers, &node->facts.address);
        fill_flows_of_node(merge, rounds, reports, hop->ttl, &merge->states[i].flows, node);
        hop->other_received -= node->facts.received;
        if (count > 1 && i < HT_BRANCHES_MAX)
            node->branch = (uint8_t)(i + 1);
    }
    hop->nodes = nodes;
    hop->node_count = count;
}

static void fill_hop(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                     const struct ht_report *reports, uint16_t count, uint8_t ttl,
                     struct ht_hop *hop, struct ht_node *nodes)
{
    size_t answers = 0;
    *hop = (struct ht_hop){
        .ttl = ttl, .path_loss_percent = NAN, .window_loss_percent = NAN, .rate_limit_pps = NAN};
    for (uint16_t flow = 0; flow < count; flow++) {
        const struct ht_hop_state *state = state_at(&rounds[flow]->log, ttl);
        if (state == NULL || ttl > last_ttl(rounds[flow], &reports[flow]))
            continue;
        hop->sent += state->sent;
        hop->received += state->received;
        answers = add_answers(merge, answers, rounds[flow], flow, ttl);
    }
    sort_answers(merge, answers);
    hop->other_received = hop->received;
    hop->loss_percent = ht_loss_percent(hop->sent, hop->received);
    hop->rtt = rtt_of(merge, answers, NULL);
    fill_nodes(merge, rounds, reports, answers, hop, nodes);
}

/* --- the record -------------------------------------------------------------------------- */

/* The flow that tells the record's status: the lowest of those that came farthest. Flow 0 is whole.
 */
static uint16_t telling_flow(struct ht_round *const *rounds, const struct ht_report *reports,
                             uint16_t count)
{
    /* Of a round no other status comes. */
    static const uint8_t ranks[] = {[HT_STATUS_REACHED] = 3,
                                    [HT_STATUS_UNREACHABLE] = 2,
                                    [HT_STATUS_INCOMPLETE] = 1,
                                    [HT_STATUS_ERROR] = 0};
    uint16_t best = 0;
    for (uint16_t flow = 1; flow < count; flow++) {
        if (is_whole(rounds[flow]) && ranks[reports[flow].status] > ranks[reports[best].status])
            best = flow;
    }
    return best;
}

static bool is_cut_short(const struct ht_report *report)
{
    return report->stop_reason == HT_STOP_DEADLINE || report->stop_reason == HT_STOP_INTERRUPTED;
}

static void add_counts(const struct ht_report *flow, struct ht_report *report)
{
    report->sent += flow->sent;
    report->received += flow->received;
    report->local_errors += flow->local_errors;
    report->forged += flow->forged;
    if (flow->rx_overflows > report->rx_overflows)
        report->rx_overflows = flow->rx_overflows;
    if (flow->received > 0 &&
        (report->received == flow->received || flow->time_source < report->time_source))
        report->time_source = flow->time_source;
}

/* What a whole flow says of the path. */
static void add_path(const struct ht_report *flow, struct ht_report *report)
{
    if (is_cut_short(flow))
        report->stop_reason = flow->stop_reason;
    report->path_unknown |= flow->path_unknown;
    report->reached_unknown |= flow->reached_unknown;
    if (is_measured(flow) && flow->hop_count > report->hop_count)
        report->hop_count = flow->hop_count;
}

/* From the first probe of all flows until the last flow was finished. */
static void fill_times(struct ht_round *const *rounds, const struct ht_report *reports,
                       uint16_t count, struct ht_report *report)
{
    int64_t begin_ns = HT_NEVER;
    int64_t end_ns = INT64_MIN;
    for (uint16_t flow = 0; flow < count; flow++) {
        int64_t first_ns = rounds[flow]->timing.first_sent_ns;
        if (first_ns == HT_NEVER)
            continue;
        end_ns = ht_time_max(end_ns, first_ns + reports[flow].duration_ns);
        if (first_ns < begin_ns) {
            begin_ns = first_ns;
            report->time_ns = reports[flow].time_ns;
        }
    }
    if (begin_ns != HT_NEVER)
        report->duration_ns = end_ns - begin_ns;
}

/* Counts of all flows together. */
static void sum_up(struct ht_round *const *rounds, const struct ht_report *reports, uint16_t count,
                   struct ht_report *report)
{
    *report = reports[telling_flow(rounds, reports, count)];
    report->sent = report->received = report->local_errors = report->forged = 0;
    report->rx_overflows = 0;
    report->rtts_ns = NULL;
    report->rtt_count = 0;
    report->mtu = reports[0].mtu;
    report->time_source = HT_TIME_USER;
    for (uint16_t flow = 0; flow < count; flow++) {
        add_counts(&reports[flow], report);
        if (is_whole(rounds[flow]))
            add_path(&reports[flow], report);
    }
    if (is_reached(report))
        report->reached_unknown = false;
}

/* End to end: each flow's probes at its own destination's ttl. */
static void fill_end_to_end(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                            const struct ht_report *reports, uint16_t count,
                            struct ht_report *report)
{
    uint32_t sent = 0;
    uint32_t received = 0;
    size_t answers = 0;
    for (size_t i = 0; i < report->flow_count; i++) {
        sent += merge->flows[i].sent;
        received += merge->flows[i].received;
    }
    for (uint16_t flow = 0; flow < count; flow++) {
        if (is_whole(rounds[flow]) && is_reached(&reports[flow]))
            answers = add_answers(merge, answers, rounds[flow], flow, reports[flow].hop_count);
    }
    sort_answers(merge, answers);
    report->loss_percent = is_measured(report) ? ht_loss_percent(sent, received) : (double)NAN;
    report->rtt = rtt_of(merge, answers, NULL);
    report->rtts_ns = merge->times_ns;
    report->rtt_count = answers;
}

static void fill_hops(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                      const struct ht_report *reports, uint16_t count, struct ht_report *report)
{
    uint8_t first_ttl = rounds[0]->log.asked.first_ttl;
    struct ht_node *nodes = merge->nodes;
    report->hops = merge->hops;
    report->listed_hops = 0;
    for (unsigned ttl = first_ttl; ttl <= report->hop_count; ttl++) {
        struct ht_hop *hop = &merge->hops[report->listed_hops++];
        fill_hop(merge, rounds, reports, count, (uint8_t)ttl, hop, nodes);
        nodes += hop->node_count;
    }
    report->has_path_id = !report->path_unknown && ht_path_id(report, &report->path_id);
}

static void give_up(struct ht_report *report)
{
    report->status = HT_STATUS_ERROR;
    report->stop_reason = HT_STOP_ERROR;
    report->error = "out of memory: the measurement was given up";
    report->reached_unknown = report->path_unknown = report->has_path_id = false;
    report->local_errors += report->sent;
    report->sent = report->received = 0;
    report->hop_count = 0;
    report->hops = NULL;
    report->listed_hops = 0;
    report->loss_percent = NAN;
    report->rtt = ht_rtt_of(NULL, 0);
}

void ht_flow_merge_report(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                          const struct ht_report *reports, uint16_t count,
                          const struct ht_path_view *view, struct ht_report *report)
{
    sum_up(rounds, reports, count, report);
    fill_times(rounds, reports, count, report);
    if (!make_room(merge, rounds, count, report->hop_count)) {
        give_up(report);
        return;
    }
    merge->numbers = 0;
    uint8_t end_ttl = farthest_end(rounds, reports, count);
    report->flows = merge->flows;
    report->flow_count = 0;
    for (uint16_t flow = 0; flow < count; flow++) {
        if (is_whole(rounds[flow]))
            fill_flow(rounds[flow], &reports[flow], end_ttl, &merge->flows[report->flow_count++]);
    }
    fill_hops(merge, rounds, reports, count, report);
    fill_end_to_end(merge, rounds, reports, count, report);
    ht_flow_links_fill(merge, rounds, reports, count, view, report);
}
