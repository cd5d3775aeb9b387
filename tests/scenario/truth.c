#include "truth.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "support.h"

static void complain(struct complaints *complaints, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct complaints *complaints, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (complaints->count++ == 0)
        (void)vsnprintf(complaints->first, sizeof complaints->first, format, arguments);
    va_end(arguments);
}

static void expect_count(struct complaints *complaints, const char *what, uint64_t says,
                         uint64_t truth)
{
    if (says != truth)
        complain(complaints, "%s is %llu, not %llu", what, (unsigned long long)says,
                 (unsigned long long)truth);
}

/* To the microsecond that the outputs show. */
static void expect_ms(struct complaints *complaints, const char *where, const char *what,
                      double says, double truth)
{
    if (isnan(says) != isnan(truth) || fabs(says - truth) > 0.0005)
        complain(complaints, "%s%s is %.4f, not %.4f", where, what, says, truth);
}

/* --- statistics, section 3 --- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct ht_rtt rtt_of(double *rtt_ms, size_t count)
{
    struct ht_rtt rtt = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (count == 0)
        return rtt;
    double sum = 0;
    double steps = 0;
    for (size_t i = 0; i < count; i++) {
        sum += rtt_ms[i];
        if (i > 0)
            steps += fabs(rtt_ms[i] - rtt_ms[i - 1]);
    }
    rtt.avg_ms = sum / (double)count;
    if (count > 1)
        rtt.jitter_ms = steps / (double)(count - 1);
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (rtt_ms[i] - rtt.avg_ms) * (rtt_ms[i] - rtt.avg_ms);
    rtt.stddev_ms = sqrt(squares / (double)count);
    qsort(rtt_ms, count, sizeof *rtt_ms, compare_doubles);
    rtt.min_ms = rtt_ms[0];
    rtt.max_ms = rtt_ms[count - 1];
    rtt.median_ms = rtt_ms[(count * 50 + 99) / 100 - 1];
    rtt.p95_ms = rtt_ms[(count * 95 + 99) / 100 - 1];
    return rtt;
}

static void expect_rtt(struct complaints *complaints, const char *where, const struct ht_rtt *says,
                       const struct ht_rtt *truth)
{
    expect_ms(complaints, where, "rtt.min", says->min_ms, truth->min_ms);
    expect_ms(complaints, where, "rtt.avg", says->avg_ms, truth->avg_ms);
    expect_ms(complaints, where, "rtt.max", says->max_ms, truth->max_ms);
    expect_ms(complaints, where, "rtt.stddev", says->stddev_ms, truth->stddev_ms);
    expect_ms(complaints, where, "rtt.median", says->median_ms, truth->median_ms);
    expect_ms(complaints, where, "rtt.p95", says->p95_ms, truth->p95_ms);
    expect_ms(complaints, where, "rtt.jitter", says->jitter_ms, truth->jitter_ms);
}

static double loss_of(uint32_t sent, uint32_t received)
{
    return sent == 0 ? NAN : 100 * (1 - (double)received / (double)sent);
}

/* --- comparing --- */

static void compare_labels(const struct ht_node *node, const struct tally *tally, const char *where,
                           struct complaints *complaints)
{
    const struct labels *labels = &tally->last->labels;
    size_t count = labels->count;
    if (node->facts.mpls_count != count) {
        complain(complaints, "%s %zu MPLS labels, not %zu", where, (size_t)node->facts.mpls_count,
                 count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct ht_mpls *says = &node->facts.mpls[i];
        const struct ht_mpls *truth = &labels->items[i];
        if (says->label != truth->label || says->tc != truth->tc || says->bottom != truth->bottom ||
            says->ttl != truth->ttl)
            complain(complaints, "%s MPLS label %zu differs", where, i);
    }
}

static void compare_node(const struct ht_node *node, const struct ledger_round *round, uint8_t ttl,
                         double *room, struct complaints *complaints)
{
    char address[HT_ADDRESS_TEXT_MAX];
    char where[120];
    (void)snprintf(where, sizeof where, "hop %u node %s ", ttl,
                   ht_address_format(&node->facts.address, address));
    struct tally tally = account_count_probes(round, ttl, &node->facts.address, room);
    if (tally.received == 0) {
        complain(complaints, "%snever answered", where);
        return;
    }
    if (node->facts.received != tally.received)
        complain(complaints, "%sreceived is %u, not %u", where, node->facts.received,
                 tally.received);
    struct ht_rtt rtt = rtt_of(tally.rtt_ms, tally.received);
    expect_rtt(complaints, where, &node->rtt, &rtt);
    const struct seen_probe *last = tally.last;
    int type = last->tcp ? -1 : last->icmp_type;
    int says = node->facts.by_tcp ? -1 : node->facts.icmp_type;
    if (says != type || (!last->tcp && node->facts.icmp_code != last->icmp_code))
        complain(complaints, "%sicmp type and code are %d/%d, not %d/%u", where, says,
                 node->facts.icmp_code, type, last->icmp_code);
    if (node->facts.reply_ttl != last->reply_ttl)
        complain(complaints, "%sreply_ttl is %d, not %u", where, node->facts.reply_ttl,
                 last->reply_ttl);
    compare_labels(node, &tally, where, complaints);
}

static void compare_hop(const struct ht_hop *hop, const struct ledger_round *round, double *room,
                        struct complaints *complaints)
{
    char where[40];
    (void)snprintf(where, sizeof where, "hop %u ", hop->ttl);
    struct tally tally = account_count_probes(round, hop->ttl, NULL, room);
    /* Our own probes disturbed one another: neither loss nor a measurement. */
    tally.sent -= tally.swallowed;
    /* Which drops are a limit's and which are loss can be known from outside only by the numbers:
     * that is for the scenario to expect. */
    if (hop->sent < tally.sent && hop->sent >= tally.sent - tally.excused)
        tally.sent = hop->sent;
    /* A hop that never answers is asked again, to know whether a limit silences it; once it is
     * known that none does, what was asked for counts. */
    if (tally.received == 0 && hop->sent < tally.sent && hop->sent > 0)
        tally.sent = hop->sent;
    if (hop->sent != tally.sent)
        complain(complaints, "%ssent is %u, not %u", where, hop->sent, tally.sent);
    if (hop->received != tally.received)
        complain(complaints, "%sreceived is %u, not %u", where, hop->received, tally.received);
    expect_ms(complaints, where, "loss", hop->loss_percent, loss_of(tally.sent, tally.received));
    struct ht_rtt rtt = rtt_of(tally.rtt_ms, tally.received);
    expect_rtt(complaints, where, &hop->rtt, &rtt);
    struct ht_address nodes[NODES_MAX];
    size_t count = account_list_nodes(round, hop->ttl, nodes, room);
    if (hop->node_count != count)
        complain(complaints, "%shas %zu nodes, not %zu", where, hop->node_count, count);
    uint32_t others = hop->received;
    for (size_t i = 0; i < hop->node_count; i++) {
        others -= hop->nodes[i].facts.received;
        if (i < count && !ht_address_equal(&hop->nodes[i].facts.address, &nodes[i]))
            complain(complaints, "%snode %zu is not in the order of first replies", where, i);
        compare_node(&hop->nodes[i], round, hop->ttl, room, complaints);
    }
    if (hop->other_received != others)
        complain(complaints, "%sother_received is %u, not %u", where, hop->other_received, others);
}

/* True if another round measured this hop just as it was taken over, before the same router. Where
 * that round had taken over the next hop itself, its ledger has nothing to say of it. */
static bool was_donor(const struct ledger_round *donor, const struct ht_hop *hop,
                      const struct ht_address *beyond)
{
    double *room = make((donor->probe_count + 1) * sizeof *room);
    struct ht_address nodes[NODES_MAX];
    bool same = account_list_nodes(donor, hop->ttl, nodes, room) == 1 &&
                ht_address_equal(&nodes[0], &hop->nodes[0].facts.address);
    if (same) {
        struct tally tally = account_count_probes(donor, hop->ttl, NULL, room);
        struct ht_rtt rtt = rtt_of(tally.rtt_ms, tally.received);
        struct complaints complaints = {.count = 0};
        expect_count(&complaints, "", hop->nodes[0].facts.received, tally.received);
        expect_rtt(&complaints, "", &hop->rtt, &rtt);
        expect_rtt(&complaints, "", &hop->nodes[0].rtt, &rtt);
        same = complaints.count == 0;
    }
    if (same && account_list_nodes(donor, (uint8_t)(hop->ttl + 1), nodes, room) > 0)
        same = ht_address_equal(&nodes[0], beyond);
    free(room);
    return same;
}

/* A hop that was taken over: nothing of its own was measured, and somebody else measured that. */
static void compare_shared_hop(const struct ht_report *report, size_t index,
                               const struct ledger_round *round, const struct ledger *ledger,
                               struct complaints *complaints)
{
    const struct ht_hop *hop = &report->hops[index];
    double *room = make((round->probe_count + 1) * sizeof *room);
    struct tally tally = account_count_probes(round, hop->ttl, NULL, room);
    free(room);
    if (hop->sent != 0 || hop->received != 0 || !isnan(hop->loss_percent) || tally.received != 0 ||
        tally.sent != tally.excused + tally.swallowed)
        complain(complaints, "hop %u is shared, and was measured", hop->ttl);
    if (hop->node_count != 1 || index + 1 >= report->listed_hops ||
        report->hops[index + 1].node_count != 1) {
        complain(complaints, "hop %u cannot be shared", hop->ttl);
        return;
    }
    for (size_t i = 0; i < ledger->round_count; i++) {
        if (ledger->rounds[i] != round &&
            was_donor(ledger->rounds[i], hop, &report->hops[index + 1].nodes[0].facts.address))
            return;
    }
    complain(complaints, "hop %u is shared, but nobody measured that", hop->ttl);
}

/* The ttl, status and stop reason that the answers prescribe, as far as they do. */
static void compare_end(const struct record *record, const struct ends *ends,
                        struct complaints *complaints)
{
    const struct ht_report *report = &record->report;
    uint8_t hop_count = ends->destination   ? ends->destination
                        : ends->unreachable ? ends->unreachable
                                            : ends->last;
    expect_count(complaints, "hop_count", report->hop_count, hop_count);
    if (record->closed_by_us)
        return;
    bool reached = ends->destination != 0;
    bool unreachable = !reached && ends->unreachable != 0;
    if ((report->status == HT_STATUS_REACHED) != reached ||
        (report->stop_reason == HT_STOP_DESTINATION) != reached)
        complain(complaints, "the destination was %sreached", reached ? "" : "not ");
    if ((report->status == HT_STATUS_UNREACHABLE) != unreachable ||
        (report->stop_reason == HT_STOP_UNREACHABLE) != unreachable)
        complain(complaints, "the destination was %sreported unreachable",
                 unreachable ? "" : "not ");
}

static bool is_cut_short(const struct ht_report *report)
{
    return report->stop_reason == HT_STOP_DEADLINE || report->stop_reason == HT_STOP_INTERRUPTED;
}

/* Of a destination that had not answered yet: those that ran out of time where it was in the last
 * record, if no router is there now. */
static uint32_t lost_so_far(const struct record *record, const struct ledger_round *round,
                            const struct ends *ends, double *room)
{
    if (record->last_destination <= ends->last)
        return 0;
    struct tally tally = account_count_probes(round, record->last_destination, NULL, room);
    return tally.sent - tally.swallowed;
}

static void compare_end_to_end(const struct record *record, const struct ledger_round *round,
                               const struct ends *ends, double *room, struct complaints *complaints)
{
    const struct ht_report *report = &record->report;
    /* Never answered: 100 and nulls; but nothing is lost of what was never sent. */
    struct tally tally = account_count_probes(round, ends->destination, NULL, room);
    if (ends->destination == 0)
        tally.received = 0;
    if (report->status == HT_STATUS_ERROR)
        tally.sent = 0; /* what this host did not let be seen is no loss */
    else if (ends->destination == 0 && is_cut_short(report))
        tally.sent = lost_so_far(record, round, ends, room);
    else if (ends->destination != 0)
        tally.sent -= tally.swallowed;
    /* Compared already, as the last hop's. */
    if (report->listed_hops > 0 && ends->destination != 0)
        tally.sent = report->hops[report->listed_hops - 1].sent;
    expect_ms(complaints, "", "loss", report->loss_percent, loss_of(tally.sent, tally.received));
    struct ht_rtt rtt = rtt_of(tally.rtt_ms, tally.received);
    expect_rtt(complaints, "", &report->rtt, &rtt);
}

static void compare_list(const struct ht_report *report, const struct ledger_round *round,
                         const struct ledger *ledger, double *room, struct complaints *complaints)
{
    uint8_t first = ((const struct script_target *)report->user)->target.settings.first_ttl;
    size_t listed = report->hop_count < first ? 0 : (size_t)(report->hop_count - first + 1);
    expect_count(complaints, "the number of hops", report->listed_hops, listed);
    for (size_t i = 0; i < report->listed_hops; i++) {
        expect_count(complaints, "the next ttl", report->hops[i].ttl, first + i);
        if (report->hops[i].shared && round != NULL)
            compare_shared_hop(report, i, round, ledger, complaints);
        else
            compare_hop(&report->hops[i], round, room, complaints);
    }
}

/* When the record closed, by what it says: it may have been delivered later. */
static int64_t closed_ns(const struct record *record, const struct ledger_round *round)
{
    return round->first_sent_ns + record->report.duration_ns;
}

static void compare_time(const struct record *record, const struct ledger_round *round,
                         struct complaints *complaints)
{
    const struct ht_report *report = &record->report;
    if (report->time_ns != round->wall_ns)
        complain(complaints, "time is off by %.6f s",
                 (double)(report->time_ns - round->wall_ns) / 1e9);
    int64_t waited_ns = record->delivered_ns - closed_ns(record, round);
    if (waited_ns < 0 || (is_cut_short(report) && waited_ns > 0))
        complain(complaints, "closed %.3f ms before it was delivered", ht_ns_to_ms(waited_ns));
}

/* "The record closes when no probe is outstanding", neither before nor later. What lies beyond
 * the destination is not waited for. */
static void compare_closing(const struct record *record, const struct ledger_round *round,
                            const struct ends *ends, struct complaints *complaints)
{
    int64_t at_ns = closed_ns(record, round);
    int64_t last_ns = 0;
    bool limited = false;
    for (size_t i = 0; i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        bool answered = probe->answered_ns != HT_NEVER;
        int64_t settled_ns = answered ? probe->answered_ns : probe->sent_ns + round->timeout_ns;
        bool needed = ends->destination == 0 || probe->ttl <= ends->destination;
        needed &= answered || !probe->limited;
        /* Quotes that show another sequence number are doubted for a while. */
        limited |= probe->limited || probe->shifted;
        if (needed && settled_ns > at_ns) {
            complain(complaints, "closed while a probe of ttl %u, sent %.3f ms before, waits",
                     probe->ttl, ht_ns_to_ms(at_ns - probe->sent_ns));
            return;
        }
        last_ns = settled_ns > last_ns ? settled_ns : last_ns;
    }
    /* Packets of a search for the path MTU are waited for as long as their tries say. */
    limited |= round->sized != NULL;
    /* Where a router keeps to a limit, a probe may have waited for a turn that did not come, then
     * its hop has none at times; a hop that was taken over was waited for. */
    for (size_t i = 0; i < record->report.listed_hops; i++)
        limited |= record->report.hops[i].shared || record->report.hops[i].sent == 0;
    if (round->busy == 0 && round->refused == 0 && !limited &&
        at_ns > last_ns + record->slack_ns + HT_NS_PER_MS)
        complain(complaints, "closed %.3f ms after its last probe was settled",
                 ht_ns_to_ms(at_ns - last_ns));
}

/* Those of which it was this host that had no answer. Beyond the destination none is waited for. */
static uint32_t count_unread(const struct ledger_round *round, const struct ends *ends)
{
    uint32_t count = 0;
    for (size_t i = 0; round != NULL && i < round->probe_count; i++)
        count += account_is_unread(&round->probes[i]) &&
                 (ends->destination == 0 || round->probes[i].ttl <= ends->destination);
    return count;
}

static void compare_local_errors(const struct ht_report *report, const struct ledger_round *round,
                                 const struct ends *ends, struct complaints *complaints)
{
    uint32_t unread = count_unread(round, ends);
    bool refused = round != NULL && round->refused > 0;
    bool held = round != NULL && round->busy > 0;
    if (refused && report->local_errors == 0)
        complain(complaints, "local_errors is 0, though %u sends were refused", round->refused);
    if (!refused && !held && report->local_errors != unread)
        complain(complaints, "local_errors is %u, not %u, though every send was done",
                 report->local_errors, unread);
}

/* Those that were awaited until the end: nobody waits beyond the destination, nor for answers that
 * could not be read. */
static uint32_t count_open(const struct ledger_round *round, const struct ends *ends, bool limited)
{
    uint32_t count = 0;
    for (size_t i = 0; round != NULL && i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        bool awaited = ends->destination == 0 || probe->ttl <= ends->destination;
        count +=
            probe->open && awaited && !account_is_unread(probe) && (!limited || probe->limited);
    }
    return count;
}

static void compare_sent(const struct ht_report *report, const struct ledger_round *round,
                         const struct ends *ends, struct complaints *complaints)
{
    size_t sent = (round != NULL ? round->probe_count : 0) - count_open(round, ends, false);
    /* Those that a router's limit swallowed may have been asked again already. */
    if (report->sent < sent || report->sent > sent + count_open(round, ends, true))
        expect_count(complaints, "sent", report->sent, sent);
}

/* What is known of one ttl of a round that was cut short. */
enum knowledge { UNSETTLED, PERHAPS_SILENT, SETTLED };

static enum knowledge knowledge_of(const struct ht_report *report, const struct ledger_round *round,
                                   uint8_t ttl, double *room)
{
    const struct ht_settings *settings =
        &((const struct script_target *)report->user)->target.settings;
    struct tally tally = account_count_probes(round, ttl, NULL, room);
    bool shared = report->hops[ttl - settings->first_ttl].shared;
    if (tally.received > 0 || shared)
        return SETTLED;
    for (size_t i = 0; i < round->probe_count; i++) {
        if (round->probes[i].ttl == ttl && round->probes[i].open)
            return UNSETTLED;
    }
    if (tally.sent < settings->probes)
        return UNSETTLED;
    return tally.sent >= settings->probes + settings->retries ? SETTLED : PERHAPS_SILENT;
}

static enum knowledge path_knowledge(const struct ht_report *report,
                                     const struct ledger_round *round, const struct ends *ends,
                                     double *room)
{
    enum knowledge least = ends->destination != 0 ? SETTLED : UNSETTLED;
    for (size_t i = 0; i < report->listed_hops && round != NULL; i++) {
        enum knowledge known = knowledge_of(report, round, report->hops[i].ttl, room);
        least = known < least ? known : least;
    }
    return least;
}

/* "Cut short", section 3. */
static void compare_unknowns(const struct ht_report *report, const struct ledger_round *round,
                             const struct ends *ends, double *room, struct complaints *complaints)
{
    bool cut_short = is_cut_short(report);
    bool unknown = cut_short && ends->destination == 0;
    if (report->reached_unknown != unknown)
        complain(complaints, "whether it was reached is said to be %sknown", unknown ? "" : "un");
    enum knowledge known = cut_short ? path_knowledge(report, round, ends, room) : SETTLED;
    if (known != PERHAPS_SILENT && report->path_unknown != (known == UNSETTLED))
        complain(complaints, "the path is said to be %sknown", report->path_unknown ? "un" : "");
}

void truth_compare(const struct record *record, struct ledger_round *round,
                   const struct ledger *ledger, struct complaints *complaints)
{
    const struct ht_report *report = &record->report;
    size_t probes = round != NULL ? round->probe_count : 0;
    double *room = make((probes + 1) * sizeof *room);
    struct tally all = account_count_probes(round, 0, NULL, room);
    complaints->count = 0;
    if (round != NULL) {
        ledger_mark_untold(round);
        account_settle_untold(round, report);
    }
    struct ends ends = account_ends_of(round, report);
    compare_sent(report, round, &ends, complaints);
    /* Of quotes that name no probe it cannot be said how many came in time. */
    if (report->received > all.received || report->received + all.nameless < all.received)
        expect_count(complaints, "received", report->received, all.received);
    compare_local_errors(report, round, &ends, complaints);
    if (all.sent > 0) {
        compare_end(record, &ends, complaints);
        compare_time(record, round, complaints);
        if (!record->closed_by_us)
            compare_closing(record, round, &ends, complaints);
    }
    compare_end_to_end(record, round, &ends, room, complaints);
    compare_unknowns(report, round, &ends, room, complaints);
    compare_list(report, round, ledger, room, complaints);
    uint32_t path = 0;
    bool has_path = account_path_of(round, report, &path, room) && !report->path_unknown;
    if (report->has_path_id != has_path || (has_path && report->path_id != path))
        complain(complaints, "path_id is %08x, not %08x", report->path_id, path);
    free(room);
}
