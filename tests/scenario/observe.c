/* What can be asked of a record. */
#include "question.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hoptrace/names.h"

static bool observe_rtt(const struct ht_rtt *rtt, const char *name, struct seen *seen)
{
    static const char *const names[] = {"rtt.min",    "rtt.avg", "rtt.max",   "rtt.stddev",
                                        "rtt.median", "rtt.p95", "rtt.jitter"};
    const double values[] = {rtt->min_ms,    rtt->avg_ms, rtt->max_ms,   rtt->stddev_ms,
                             rtt->median_ms, rtt->p95_ms, rtt->jitter_ms};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            seen_number(seen, values[i]);
            return true;
        }
    }
    return false;
}

/* --- a record as a whole --- */

#define REPORT_QUESTION(function, expression, kind)                                                \
    static void function(const void *subject, struct seen *seen)                                   \
    {                                                                                              \
        const struct ht_report *report = subject;                                                  \
        kind(seen, expression);                                                                    \
    }

REPORT_QUESTION(ask_status, ht_status_name(report->status), seen_text)
REPORT_QUESTION(ask_stop, ht_stop_reason_name(report->stop_reason), seen_text)
REPORT_QUESTION(ask_error, report->error, seen_text)
REPORT_QUESTION(ask_time_source, ht_time_source_name(report->time_source), seen_text)
REPORT_QUESTION(ask_hop_count, report->hop_count, seen_number)
REPORT_QUESTION(ask_sent, report->sent, seen_number)
REPORT_QUESTION(ask_received, report->received, seen_number)
REPORT_QUESTION(ask_local_errors, report->local_errors, seen_number)
REPORT_QUESTION(ask_overflows, report->rx_overflows, seen_number)
REPORT_QUESTION(ask_loss, report->loss_percent, seen_number)
REPORT_QUESTION(ask_listed, (double)report->listed_hops, seen_number)
REPORT_QUESTION(ask_duration, ht_ns_to_ms(report->duration_ns), seen_number)

/* Of several flows; null of one. */
static double of_flows(const struct ht_report *report, size_t value)
{
    return report->flow_count > 0 ? (double)value : (double)NAN;
}

REPORT_QUESTION(ask_flows, report->flow_count > 0 ? report->multipath->flows : 0.0, seen_number)
REPORT_QUESTION(ask_links, of_flows(report, report->link_count), seen_number)
REPORT_QUESTION(ask_paths, of_flows(report, report->flow_count > 0 ? report->multipath->paths : 0),
                seen_number)
REPORT_QUESTION(ask_width, of_flows(report, report->flow_count > 0 ? report->multipath->width : 0),
                seen_number)

REPORT_QUESTION(ask_complete,
                report->multipath != NULL && report->multipath->has_proof
                    ? report->multipath->complete
                    : (double)NAN,
                seen_number)

static void ask_path(const void *subject, struct seen *seen)
{
    const struct ht_report *report = subject;
    seen_text(seen, report->has_path_id ? "" : NULL);
    if (report->has_path_id)
        (void)snprintf(seen->text, sizeof seen->text, "%08x", report->path_id);
}

static void ask_reached(const void *subject, struct seen *seen)
{
    const struct ht_report *report = subject;
    seen_number(seen, report->reached_unknown ? NAN : report->status == HT_STATUS_REACHED);
}

static void ask_path_known(const void *subject, struct seen *seen)
{
    seen_number(seen, !((const struct ht_report *)subject)->path_unknown);
}

static const struct question report_questions[] = {
    {"status", ask_status},
    {"reached", ask_reached},
    {"path_known", ask_path_known},
    {"stop_reason", ask_stop},
    {"error", ask_error},
    {"time_source", ask_time_source},
    {"hop_count", ask_hop_count},
    {"sent", ask_sent},
    {"received", ask_received},
    {"local_errors", ask_local_errors},
    {"rx_overflows", ask_overflows},
    {"loss", ask_loss},
    {"hops", ask_listed},
    {"duration", ask_duration},
    {"path_id", ask_path},
    {"flows", ask_flows},
    {"links", ask_links},
    {"paths", ask_paths},
    {"width", ask_width},
    {"complete", ask_complete},
};

/* --- one hop, one node of it --- */

static void ask_hop_sent(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_hop *)subject)->sent);
}

static void ask_hop_received(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_hop *)subject)->received);
}

static void ask_hop_loss(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_hop *)subject)->loss_percent);
}

static void ask_hop_nodes(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct ht_hop *)subject)->node_count);
}

static void ask_hop_shared(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_hop *)subject)->shared);
}

static void ask_hop_others(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_hop *)subject)->other_received);
}

static void ask_hop_addresses(const void *subject, struct seen *seen)
{
    const struct ht_hop *hop = subject;
    seen_text(seen, hop->node_count > 0 ? "" : NULL);
    size_t used = 0;
    for (size_t i = 0; i < hop->node_count && used < sizeof seen->text; i++) {
        char address[HT_ADDRESS_TEXT_MAX];
        int length = snprintf(seen->text + used, sizeof seen->text - used, "%s%s", i > 0 ? "," : "",
                              ht_address_format(&hop->nodes[i].facts.address, address));
        used += (size_t)length;
    }
}

static const struct question hop_questions[] = {
    {"sent", ask_hop_sent},     {"received", ask_hop_received},   {"loss", ask_hop_loss},
    {"nodes", ask_hop_nodes},   {"addresses", ask_hop_addresses}, {"shared", ask_hop_shared},
    {"others", ask_hop_others},
};

static void ask_node_received(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_node *)subject)->facts.received);
}

static void ask_node_type(const void *subject, struct seen *seen)
{
    const struct ht_node_facts *facts = &((const struct ht_node *)subject)->facts;
    seen_number(seen, facts->by_tcp ? -1 : facts->icmp_type);
}

static void ask_node_code(const void *subject, struct seen *seen)
{
    const struct ht_node_facts *facts = &((const struct ht_node *)subject)->facts;
    seen_number(seen, facts->by_tcp ? -1 : facts->icmp_code);
}

static void ask_node_reply_ttl(const void *subject, struct seen *seen)
{
    const struct ht_node_facts *facts = &((const struct ht_node *)subject)->facts;
    seen_number(seen, facts->reply_ttl != 0 ? facts->reply_ttl : -1);
}

static void ask_node_mpls(const void *subject, struct seen *seen)
{
    const struct ht_node *node = subject;
    seen_text(seen, node->facts.mpls_count > 0 ? "" : NULL);
    size_t used = 0;
    for (size_t i = 0; i < node->facts.mpls_count && used < sizeof seen->text; i++) {
        const struct ht_mpls *label = &node->facts.mpls[i];
        int length = snprintf(seen->text + used, sizeof seen->text - used, "%s%u/%u/%d/%u",
                              i > 0 ? "," : "", label->label, label->tc, label->bottom, label->ttl);
        used += (size_t)length;
    }
}

static void ask_node_flows(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct ht_node *)subject)->flow_count);
}

static void ask_node_sent(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_node *)subject)->flows_sent);
}

static void ask_node_loss(const void *subject, struct seen *seen)
{
    seen_number(seen, ((const struct ht_node *)subject)->loss_percent);
}

static const struct question node_questions[] = {
    {"flows", ask_node_flows},         {"sent", ask_node_sent},      {"loss", ask_node_loss},
    {"received", ask_node_received},   {"icmp_type", ask_node_type}, {"icmp_code", ask_node_code},
    {"reply_ttl", ask_node_reply_ttl}, {"mpls", ask_node_mpls},
};

static bool observe_node(const struct ht_hop *hop, const char (*words)[SCRIPT_NAME_MAX],
                         size_t count, struct seen *seen)
{
    struct ht_address address;
    if (count != 2 || !ht_address_parse(words[0], &address))
        return false;
    const struct ht_node *node = hop != NULL ? record_node(hop, &address) : NULL;
    seen->kind = SEEN_NOTHING;
    if (node == NULL)
        return true;
    return ASK(node_questions, words[1], node, seen) || observe_rtt(&node->rtt, words[1], seen);
}

static bool observe_hop(const struct record *record, const char (*words)[SCRIPT_NAME_MAX],
                        size_t count, struct seen *seen)
{
    uint32_t ttl;
    if (count < 2 || !value_unsigned(words[0], 255, &ttl))
        return false;
    const struct ht_hop *hop = record_hop(record, (uint8_t)ttl);
    if (strcmp(words[1], "node") == 0)
        return observe_node(hop, words + 2, count - 2, seen);
    seen->kind = SEEN_NOTHING;
    if (hop == NULL)
        return true;
    return ASK(hop_questions, words[1], hop, seen) || observe_rtt(&hop->rtt, words[1], seen);
}

/* --- when probes left --- */

/* The n-th probe of a ttl, from 1; NULL: there was none. */
static const struct seen_probe *nth_probe(const struct ledger_round *round, uint32_t ttl,
                                          uint32_t nth)
{
    for (size_t i = 0; round != NULL && i < round->probe_count; i++) {
        if (round->probes[i].ttl == ttl && --nth == 0)
            return &round->probes[i];
    }
    return NULL;
}

/* "probe 3.2": milliseconds after the round's first probe. */
static bool observe_probe(const struct record *record, const char *word, struct seen *seen)
{
    unsigned ttl;
    unsigned nth;
    char rest;
    /* NOLINTNEXTLINE(cert-err34-c): a number out of range names no probe */
    if (sscanf(word, "%u.%u%c", &ttl, &nth, &rest) != 2 || nth == 0)
        return false;
    const struct seen_probe *probe = nth_probe(record->round, ttl, nth);
    seen_number(seen,
                probe != NULL ? ht_ns_to_ms(probe->sent_ns - record->round->first_sent_ns) : NAN);
    return true;
}

/* "spacing 3": least time between two probes of a ttl in succession. */
static bool observe_spacing(const struct record *record, const char *word, struct seen *seen)
{
    uint32_t ttl;
    if (!value_unsigned(word, 255, &ttl))
        return false;
    double least = NAN;
    const struct seen_probe *before = nth_probe(record->round, ttl, 1);
    const struct seen_probe *probe;
    for (uint32_t nth = 2; (probe = nth_probe(record->round, ttl, nth)) != NULL; nth++) {
        double gap = ht_ns_to_ms(probe->sent_ns - before->sent_ns);
        least = isnan(least) || gap < least ? gap : least;
        before = probe;
    }
    seen_number(seen, least);
    return true;
}

static void observe_ttls(const struct record *record, bool beyond, struct seen *seen)
{
    uint32_t highest = 0;
    uint32_t count = 0;
    for (size_t i = 0; record->round != NULL && i < record->round->probe_count; i++) {
        uint8_t ttl = record->round->probes[i].ttl;
        highest = ttl > highest ? ttl : highest;
        count += ttl > record->report.hop_count;
    }
    seen_number(seen, beyond ? count : highest);
}

/* "probes 3": how many of a ttl left. */
static bool observe_probes(const struct record *record, const char *word, struct seen *seen)
{
    uint32_t ttl;
    if (!value_unsigned(word, 255, &ttl))
        return false;
    uint32_t count = 0;
    while (nth_probe(record->round, ttl, count + 1) != NULL)
        count++;
    seen_number(seen, count);
    return true;
}

/* "packet tos", "packet length": of the round's first probe; its network sees to the others. */
static bool observe_packet(const struct record *record, const char *word, struct seen *seen)
{
    const struct ledger_round *round = record->round;
    bool any = round != NULL && round->probe_count > 0;
    bool tos = strcmp(word, "tos") == 0;
    double value = NAN;
    if (any)
        value = tos ? round->probes[0].tos : round->probes[0].length;
    seen_number(seen, value);
    return tos || strcmp(word, "length") == 0;
}

/* --- a change that was told with a record --- */

#define CHANGE_QUESTION(function, expression, kind)                                                \
    static void function(const void *subject, struct seen *seen)                                   \
    {                                                                                              \
        const struct ht_path_change *change = subject;                                             \
        kind(seen, expression);                                                                    \
    }

static void address(struct seen *seen, struct ht_address value)
{
    seen->kind = SEEN_TEXT;
    (void)ht_address_format(&value, seen->text);
}

static void path(struct seen *seen, bool known, uint32_t value)
{
    seen_text(seen, known ? "" : NULL);
    if (known)
        (void)snprintf(seen->text, sizeof seen->text, "%08x", value);
}

CHANGE_QUESTION(ask_change_ttl, change->ttl, seen_number)
CHANGE_QUESTION(ask_old_address, change->old_address, address)
CHANGE_QUESTION(ask_new_address, change->new_address, address)
CHANGE_QUESTION(ask_old_hops, change->old_hops, seen_number)
CHANGE_QUESTION(ask_new_hops, change->new_hops, seen_number)
CHANGE_QUESTION(ask_seen_before, change->seen_before, seen_number)

static void ask_old_path(const void *subject, struct seen *seen)
{
    const struct ht_path_change *change = subject;
    path(seen, change->has_old_path_id, change->old_path_id);
}

static void ask_new_path(const void *subject, struct seen *seen)
{
    const struct ht_path_change *change = subject;
    path(seen, change->has_new_path_id, change->new_path_id);
}

static const struct question change_questions[] = {
    {"ttl", ask_change_ttl},          {"old_address", ask_old_address},
    {"new_address", ask_new_address}, {"old_hops", ask_old_hops},
    {"new_hops", ask_new_hops},       {"seen_before", ask_seen_before},
    {"old_path_id", ask_old_path},    {"new_path_id", ask_new_path},
};

/* "event ttl": null if the record tells of no change. "event before": time from its first sign to
 * the record's. */
static bool observe_change(const struct record *record, const char *word, struct seen *seen)
{
    struct ht_path_change none = {.ttl = 0};
    const struct ht_path_change *change = record->changed ? &record->change : &none;
    bool before = strcmp(word, "before") == 0;
    bool flow = strcmp(word, "flow") == 0;
    if (before)
        seen_number(seen, ht_ns_to_ms(record->report.time_ns - change->time_ns));
    else if (flow)
        seen_number(seen, record->change_flow);
    if (!before && !flow && !ASK(change_questions, word, change, seen))
        return false;
    if (!record->changed)
        seen->kind = SEEN_NOTHING;
    return true;
}

/* --- one of several flows --- */

#define FLOW_QUESTION(function, expression, kind)                                                  \
    static void function(const void *subject, struct seen *seen)                                   \
    {                                                                                              \
        const struct ht_flow_result *flow = subject;                                               \
        kind(seen, expression);                                                                    \
    }

FLOW_QUESTION(ask_flow_status, ht_status_name(flow->status), seen_text)
FLOW_QUESTION(ask_flow_hops, flow->hop_count, seen_number)
FLOW_QUESTION(ask_flow_sent, flow->sent, seen_number)
FLOW_QUESTION(ask_flow_received, flow->received, seen_number)
FLOW_QUESTION(ask_flow_loss, flow->loss_percent, seen_number)
FLOW_QUESTION(ask_flow_port, flow->source_port, seen_number)

static const struct question flow_questions[] = {
    {"status", ask_flow_status},     {"hop_count", ask_flow_hops}, {"sent", ask_flow_sent},
    {"received", ask_flow_received}, {"loss", ask_flow_loss},      {"source_port", ask_flow_port},
};

/* "flow 3 status": null if there is no such flow. */
static bool observe_flow(const struct ht_report *report, const char (*words)[SCRIPT_NAME_MAX],
                         struct seen *seen)
{
    uint32_t flow;
    if (!value_unsigned(words[0], HT_FLOWS_SEARCHED - 1, &flow))
        return false;
    seen->kind = SEEN_NOTHING;
    if (flow >= report->flow_count)
        return true;
    return ASK(flow_questions, words[1], &report->flows[flow], seen) ||
           observe_rtt(&report->flows[flow].rtt, words[1], seen);
}

/* "mtu path": bytes; "mtu limits": "3:1400,6:1300!" (silent), "none" if this host's device is the
 * limit; "mtu packets": that the search took; "mtu change": "1500>1400@3", null if none is told. */
static bool observe_mtu(const struct record *record, const char *word, struct seen *seen)
{
    const struct ht_mtu *mtu = record->report.mtu != NULL ? &record->mtu : NULL;
    if (strcmp(word, "path") == 0) {
        seen_number(seen, mtu != NULL ? mtu->path : (double)NAN);
    } else if (strcmp(word, "packets") == 0) {
        bool any = record->round != NULL && record->round->sized != NULL;
        seen_number(seen, any ? (double)record->round->sized->probe_count : 0);
    } else if (strcmp(word, "change") == 0) {
        seen_text(seen, record->mtu_changed ? "" : NULL);
        if (record->mtu_changed)
            (void)snprintf(seen->text, sizeof seen->text, "%u>%u@%u", record->mtu_event.old_mtu,
                           record->mtu_event.new_mtu, record->mtu_event.hop);
    } else if (strcmp(word, "limits") == 0) {
        seen_text(seen, mtu == NULL ? NULL : mtu->limit_count > 0 ? "" : "none");
        size_t length = 0;
        for (size_t i = 0; mtu != NULL && i < mtu->limit_count && length < sizeof seen->text; i++)
            length += (size_t)snprintf(seen->text + length, sizeof seen->text - length, "%s%u:%u%s",
                                       i > 0 ? "," : "", mtu->limits[i].ttl, mtu->limits[i].mtu,
                                       mtu->limits[i].silent ? "!" : "");
    } else {
        return false;
    }
    return true;
}

bool observe_record(const struct record *record, const char (*words)[SCRIPT_NAME_MAX], size_t count,
                    struct seen *seen)
{
    const char *word = words[0];
    if (count == 1 && (strcmp(word, "beyond") == 0 || strcmp(word, "highest_ttl") == 0)) {
        observe_ttls(record, word[0] == 'b', seen);
        return true;
    }
    if (count == 1)
        return ASK(report_questions, word, &record->report, seen) ||
               observe_rtt(&record->report.rtt, word, seen);
    if (strcmp(word, "hop") == 0)
        return observe_hop(record, words + 1, count - 1, seen);
    if (count == 3 && strcmp(word, "flow") == 0)
        return observe_flow(&record->report, words + 1, seen);
    if (count != 2)
        return false;
    if (strcmp(word, "probe") == 0)
        return observe_probe(record, words[1], seen);
    if (strcmp(word, "mtu") == 0)
        return observe_mtu(record, words[1], seen);
    if (strcmp(word, "event") == 0)
        return observe_change(record, words[1], seen);
    if (strcmp(word, "packet") == 0)
        return observe_packet(record, words[1], seen);
    if (strcmp(word, "probes") == 0)
        return observe_probes(record, words[1], seen);
    return strcmp(word, "spacing") == 0 && observe_spacing(record, words[1], seen);
}
