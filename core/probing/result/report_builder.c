#include "probing/result/report_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/scratch.h"
#include "model/refusal.h"
#include "probing/log/round_state.h"
#include "probing/result/path.h"
#include "probing/result/statistics.h"

static const char out_of_memory[] = "out of memory: the measurement was given up";

void ht_report_builder_fini(struct ht_report_builder *builder)
{
    free(builder->hops);
    free(builder->nodes);
    free(builder->rtt_ns);
    *builder = (struct ht_report_builder){0};
}

static bool make_rtt_room(struct ht_report_builder *builder, size_t count)
{
    void *rtt_ns = builder->rtt_ns;
    bool done = ht_scratch_reserve(&rtt_ns, sizeof *builder->rtt_ns, &builder->rtt_capacity, count);
    builder->rtt_ns = rtt_ns;
    return done;
}

static bool make_node_room(struct ht_report_builder *builder, size_t count)
{
    void *nodes = builder->nodes;
    bool done = ht_scratch_reserve(&nodes, sizeof *builder->nodes, &builder->node_capacity, count);
    builder->nodes = nodes;
    return done;
}

static bool make_hop_room(struct ht_report_builder *builder, size_t count)
{
    void *hops = builder->hops;
    bool done = ht_scratch_reserve(&hops, sizeof *builder->hops, &builder->hop_capacity, count);
    builder->hops = hops;
    return done;
}

/* rtt_ns has three parts of probe_count elements each:
 *   1  the round-trip times, sorted by hop
 *   2  at the same index, the node that answered
 *   3  copies of the times that statistics are made of, which changes their order */
#define RTT_PARTS ((size_t)3)

static void put_time(struct ht_report_builder *builder, const struct ht_probe_log *log,
                     uint32_t index, const struct ht_probe *probe)
{
    builder->rtt_ns[index] = probe->rtt_ns;
    builder->rtt_ns[log->probe_count + index] = probe->node;
}

/* Statistics over the times [begin, end) of rtt_ns, of one node or (HT_NO_NODE) of all. */
static struct ht_rtt rtt_at(struct ht_report_builder *builder, const struct ht_probe_log *log,
                            uint32_t begin, uint32_t end, uint16_t node)
{
    const int64_t *nodes = builder->rtt_ns + log->probe_count;
    int64_t *times_ns = builder->rtt_ns + 2 * (size_t)log->probe_count;
    size_t count = 0;
    for (uint32_t i = begin; i < end; i++) {
        if (node == HT_NO_NODE || nodes[i] == node)
            times_ns[count++] = builder->rtt_ns[i];
    }
    return ht_rtt_of(times_ns, count);
}

/* Counting sort of the times of the first `count` hops, by ttl, then by sending order: afterwards
 * the times of hop i are [ends[i - 1], ends[i]) of rtt_ns. */
static void sort_times(struct ht_report_builder *builder, const struct ht_probe_log *log,
                       size_t count)
{
    uint32_t *ends = builder->ends;
    uint8_t first_ttl = log->asked.first_ttl;
    memset(ends, 0, (count + 1) * sizeof *ends);
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        size_t hop = (size_t)(probe->ttl - first_ttl);
        if (probe->state == HT_PROBE_ANSWERED && hop < count)
            ends[hop + 1]++;
    }
    for (size_t hop = 1; hop < count; hop++)
        ends[hop] += ends[hop - 1];
    /* ends[i] is where hop i begins; it becomes the end while the hop's times are put in. */
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        size_t hop = (size_t)(probe->ttl - first_ttl);
        if (probe->state == HT_PROBE_ANSWERED && hop < count)
            put_time(builder, log, ends[hop]++, probe);
    }
}

static uint32_t begin_of(const struct ht_report_builder *builder, size_t hop)
{
    return hop > 0 ? builder->ends[hop - 1] : 0;
}

static struct ht_rtt sorted_rtt(struct ht_report_builder *builder, const struct ht_probe_log *log,
                                size_t hop)
{
    return rtt_at(builder, log, begin_of(builder, hop), builder->ends[hop], HT_NO_NODE);
}

/* Fills a hop without its nodes. */
static void fill_hop(const struct ht_probe_log *log, uint8_t ttl, struct ht_rtt rtt,
                     struct ht_hop *hop)
{
    const struct ht_hop_state *state = ht_probe_log_hop(log, ttl);
    *hop = (struct ht_hop){.ttl = ttl,
                           .shared = state->shared,
                           .sent = state->sent,
                           .received = state->received,
                           .other_received = state->received, /* fill_node subtracts its node's */
                           .loss_percent = ht_loss_percent(state->sent, state->received),
                           .rtt = state->shared ? *state->shared_rtt : rtt,
                           .path_loss_percent = NAN,
                           .window_loss_percent = NAN,
                           .rate_limit_pps = NAN};
}

/* Fills a node of a hop; the times [begin, end) of rtt_ns are the hop's. */
static void fill_node(struct ht_report_builder *builder, const struct ht_probe_log *log,
                      const struct ht_node_facts *state, uint32_t begin, uint32_t end,
                      struct ht_hop *hop, struct ht_node *node)
{
    *node = (struct ht_node){.facts = *state,
                             .loss_percent = NAN,
                             .zone = ht_zones_name(builder->zones, state->address.scope_id),
                             .refusal = ht_refusal_words(state->refusal)};
    /* Mostly one router answers for the whole hop, and its times are the hop's. */
    bool alone = hop->shared || state->received == hop->received;
    uint16_t index = (uint16_t)(state - log->nodes);
    node->rtt = alone ? hop->rtt : rtt_at(builder, log, begin, end, index);
    if (!hop->shared)
        hop->other_received -= state->received;
}

/* Fills a hop's nodes, in the order of their first replies, into `nodes`. */
static void fill_nodes(struct ht_report_builder *builder, const struct ht_probe_log *log,
                       uint32_t begin, uint32_t end, struct ht_hop *hop, struct ht_node *nodes)
{
    const struct ht_node_facts *state = ht_probe_log_first_node(log, hop->ttl);
    hop->nodes = nodes;
    for (; state != NULL; state = ht_probe_log_next_node(log, state))
        fill_node(builder, log, state, begin, end, hop, &nodes[hop->node_count++]);
}

/* Lists the hops up to `hop_count`. False: no memory, and nothing has changed. */
static bool fill_hops(struct ht_report_builder *builder, const struct ht_probe_log *log,
                      uint8_t hop_count, struct ht_report *report)
{
    uint8_t first_ttl = log->asked.first_ttl;
    size_t count = hop_count >= first_ttl ? (size_t)(hop_count - first_ttl) + 1 : 0;
    if (!make_hop_room(builder, count) || !make_node_room(builder, log->node_count) ||
        !make_rtt_room(builder, RTT_PARTS * log->probe_count))
        return false;
    sort_times(builder, log, count);
    struct ht_node *nodes = builder->nodes;
    for (size_t i = 0; i < count; i++) {
        struct ht_hop *hop = &builder->hops[i];
        fill_hop(log, (uint8_t)(first_ttl + i), sorted_rtt(builder, log, i), hop);
        fill_nodes(builder, log, begin_of(builder, i), builder->ends[i], hop, nodes);
        nodes += hop->node_count;
    }
    report->hops = builder->hops;
    report->listed_hops = count;
    report->hop_count = hop_count;
    return true;
}

/* Puts the times of one ttl, in sending order, at the beginning of rtt_ns. Returns their number. */
static uint32_t pick_times(struct ht_report_builder *builder, const struct ht_probe_log *log,
                           uint8_t ttl)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->ttl == ttl && probe->state == HT_PROBE_ANSWERED)
            put_time(builder, log, count++, probe);
    }
    return count;
}

bool ht_report_builder_hop(struct ht_report_builder *builder, const struct ht_probe_log *log,
                           uint8_t ttl, struct ht_hop *hop)
{
    if (!make_node_room(builder, HT_NODES_MAX) ||
        !make_rtt_room(builder, RTT_PARTS * log->probe_count))
        return false;
    uint32_t count = pick_times(builder, log, ttl);
    fill_hop(log, ttl, rtt_at(builder, log, 0, count, HT_NO_NODE), hop);
    fill_nodes(builder, log, 0, count, hop, builder->nodes);
    return true;
}

/* The status of a record whose destination has not answered; one that has is reached, however the
 * record ended. */
static enum ht_status status_of(enum ht_stop_reason reason)
{
    switch (reason) {
    case HT_STOP_DESTINATION:
        return HT_STATUS_REACHED;
    case HT_STOP_UNREACHABLE:
        return HT_STATUS_UNREACHABLE;
    case HT_STOP_RESOLVE_ERROR:
        return HT_STATUS_RESOLVE_ERROR;
    case HT_STOP_PERMISSION_ERROR:
        return HT_STATUS_PERMISSION_ERROR;
    case HT_STOP_ERROR:
        return HT_STATUS_ERROR;
    default:
        return HT_STATUS_INCOMPLETE;
    }
}

static bool is_cut_short(enum ht_stop_reason reason)
{
    return reason == HT_STOP_DEADLINE || reason == HT_STOP_INTERRUPTED;
}

void ht_report_builder_unmeasured(const struct ht_target *target, enum ht_stop_reason reason,
                                  const char *text, struct ht_now now, struct ht_report *report)
{
    const struct ht_settings *settings = &target->settings;
    *report = (struct ht_report){.name = target->name,
                                 .host = target->host,
                                 .tags = target->tags,
                                 .tag_count = target->tag_count,
                                 .user = target->user,
                                 .family = settings->family,
                                 .protocol = settings->protocol,
                                 .port = ht_settings_port(settings),
                                 .max_ttl = settings->max_ttl,
                                 .probes = ht_settings_probes(settings),
                                 .time_ns = now.wall_ns,
                                 .status = status_of(reason),
                                 .stop_reason = reason,
                                 .error = text,
                                 .reached_unknown = is_cut_short(reason),
                                 .path_unknown = is_cut_short(reason),
                                 .time_source = HT_TIME_USER,
                                 .loss_percent = NAN,
                                 .rtt = ht_rtt_of(NULL, 0)};
}

static enum ht_time_source time_source_of(const struct ht_probe_log *log,
                                          const struct ht_timing *timing)
{
    if (log->received == 0 || timing->user_received)
        return HT_TIME_USER;
    return timing->user_sent ? HT_TIME_KERNEL_RX : HT_TIME_KERNEL;
}

/* The loss at the ttl where the destination was in the last round, and may be still; NaN if that is
 * unknown, or a farther hop has answered, or no probe of this ttl is lost. */
static double loss_so_far(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                          const struct ht_path_end *end)
{
    uint8_t ttl = recalled->destination_ttl;
    bool asked = ttl >= log->asked.first_ttl && ttl - log->asked.first_ttl < log->made_hops;
    if (!asked || ttl <= end->last_answer_ttl)
        return NAN;
    const struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    return ht_loss_percent(hop->sent, hop->received);
}

/* End to end: the probes at the destination's ttl. */
static void fill_end_to_end(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                            const struct ht_path_end *end, struct ht_report *report)
{
    if (report->reached_unknown)
        report->loss_percent = loss_so_far(recalled, log, end);
    else if (log->left != 0)
        report->loss_percent = 100;
    if (end->destination_ttl != 0 && report->listed_hops > 0) {
        const struct ht_hop *last = &report->hops[report->listed_hops - 1];
        report->loss_percent = last->loss_percent;
        report->rtt = last->rtt;
    }
}

/* The times of the destination's answers, which stand together. */
static void list_times(const struct ht_report_builder *builder, const struct ht_path_end *end,
                       struct ht_report *report)
{
    if (end->destination_ttl == 0 || report->listed_hops == 0)
        return;
    uint32_t begin = begin_of(builder, report->listed_hops - 1);
    report->rtts_ns = &builder->rtt_ns[begin];
    report->rtt_count = builder->ends[report->listed_hops - 1] - begin;
}

/* At most one answer to each of the `sent` probes that count: an unnamed answer may have been
 * followed by another one to the same probe, with its name; or be to one that was still awaited
 * when the record was cut short. */
static uint32_t received_of(const struct ht_probe_log *log, const struct ht_doubted *doubted,
                            uint32_t sent)
{
    uint32_t received = log->received + doubted->untold;
    return received < sent ? received : sent;
}

/* Fills what the probes measured. False: no memory, and nothing has changed. */
static bool fill_result(struct ht_report_builder *builder, const struct ht_round *round,
                        struct ht_report *report)
{
    if (round->host.out_of_memory ||
        !fill_hops(builder, &round->log, ht_path_hop_count(&round->end), report))
        return false;
    report->sent = round->log.left - ht_probe_log_open(&round->log, 0);
    report->received = received_of(&round->log, &round->doubted, report->sent);
    report->time_source = time_source_of(&round->log, &round->timing);
    if (round->end.destination_ttl != 0)
        report->status = HT_STATUS_REACHED;
    report->reached_unknown = report->reached_unknown && round->end.destination_ttl == 0;
    report->path_unknown = report->path_unknown && !ht_path_is_whole(&round->log, &round->end);
    report->has_path_id = !report->path_unknown && ht_path_id(report, &report->path_id);
    fill_end_to_end(round->recalled, &round->log, &round->end, report);
    list_times(builder, &round->end, report);
    return true;
}

/* A measurement that was given up claims nothing of the path: all probes that left are this host's
 * local errors. */
static void give_up(const struct ht_probe_log *log, struct ht_report *report)
{
    report->status = HT_STATUS_ERROR;
    report->stop_reason = HT_STOP_ERROR;
    report->error = out_of_memory;
    report->reached_unknown = report->path_unknown = false;
    report->local_errors += log->left;
}

void ht_report_builder_report(struct ht_report_builder *builder, const struct ht_round *round,
                              enum ht_stop_reason stop_reason, struct ht_now now,
                              struct ht_report *report)
{
    HT_ASSERT(ht_probe_log_holds(&round->log));
    ht_report_builder_unmeasured(round->target, stop_reason, NULL, now, report);
    report->address = round->flow.destination;
    report->source = round->flow.source;
    report->family = report->address.version == HT_IPV4 ? HT_FAMILY_IPV4 : HT_FAMILY_IPV6;
    report->port = round->flow.port;
    report->local_errors = round->log.local_errors;
    report->forged = round->doubted.forged;
    if (round->timing.first_sent_ns != HT_NEVER) {
        report->time_ns = round->timing.first_sent_wall_ns;
        report->duration_ns = now.mono_ns - round->timing.first_sent_ns;
    }
    if (!fill_result(builder, round, report))
        give_up(&round->log, report);
}
