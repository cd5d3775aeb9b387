#include "account.h"

#include <string.h>

#include "support.h"

bool account_is_unread(const struct seen_probe *probe)
{
    return probe->unread && probe->answered_ns == HT_NEVER;
}

struct tally account_count_probes(const struct ledger_round *round, uint8_t ttl,
                                  const struct ht_address *responder, double *room)
{
    struct tally tally = {.rtt_ms = room, .first_arrival = UINT32_MAX};
    for (size_t i = 0; round != NULL && i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (ttl != 0 && (probe->ttl != ttl || probe->untold))
            continue;
        tally.sent++;
        tally.swallowed += probe->swallowed || account_is_unread(probe);
        tally.excused += (probe->limited || probe->doubtful) && probe->answered_ns == HT_NEVER;
        if (probe->answered_ns == HT_NEVER ||
            (responder != NULL && !ht_address_equal(&probe->responder, responder)))
            continue;
        tally.nameless += probe->nameless;
        tally.rtt_ms[tally.received++] = ht_ns_to_ms(probe->answered_ns - probe->sent_ns);
        if (tally.last == NULL || probe->arrival > tally.last->arrival)
            tally.last = probe;
        if (probe->arrival < tally.first_arrival)
            tally.first_arrival = probe->arrival;
    }
    return tally;
}

void account_settle_untold(struct ledger_round *round, const struct ht_report *report)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        uint32_t answered = 0;
        for (size_t j = 0; j < round->probe_count; j++)
            answered +=
                round->probes[j].ttl == hop->ttl && round->probes[j].answered_ns != HT_NEVER;
        for (size_t j = 0; j < round->probe_count; j++) {
            struct seen_probe *probe = &round->probes[j];
            if (probe->ttl != hop->ttl || !probe->untold)
                continue;
            probe->untold = answered > hop->received;
            answered -= probe->untold;
        }
    }
}

static bool is_time_exceeded(const struct seen_probe *probe)
{
    return !probe->tcp && probe->icmp_type == (probe->responder.version == HT_IPV4 ? 11 : 3);
}

/* "Reached", section 3: what an answer says about its ttl. */
static bool is_arrival(const struct ledger_round *round, const struct seen_probe *probe)
{
    if (probe->answered_ns == HT_NEVER || is_time_exceeded(probe))
        return false;
    bool echo = !probe->tcp && probe->icmp_type == (probe->responder.version == HT_IPV4 ? 0 : 129);
    return probe->tcp || echo || ht_address_equal(&probe->responder, &round->destination);
}

static void lower(uint8_t *lowest, uint8_t ttl)
{
    if (*lowest == 0 || ttl < *lowest)
        *lowest = ttl;
}

/* The lowest ttl of which nothing is known at all: neither probed nor listed. */
static unsigned first_unasked(const struct ledger_round *round, const struct ht_report *report)
{
    bool asked[UINT8_MAX + 2] = {false};
    for (size_t i = 0; round != NULL && i < round->probe_count; i++)
        asked[round->probes[i].ttl] = true;
    unsigned ttl = ((const struct script_target *)report->user)->target.settings.first_ttl;
    while (asked[ttl] || ttl <= report->hop_count)
        ttl++;
    return ttl;
}

static bool is_refusal(const struct ledger_round *round, const struct seen_probe *probe)
{
    return probe->answered_ns != HT_NEVER && !is_time_exceeded(probe) && !is_arrival(round, probe);
}

/* True if nothing shows that probes get past the router that refused this one: no answer of another
 * kind to one of a higher ttl, nor to one of the same that left after the first refused one. */
static bool is_terminal(const struct ledger_round *round, const struct seen_probe *refused)
{
    bool refused_before = false;
    for (size_t i = 0; i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (probe->answered_ns == HT_NEVER || probe->ttl < refused->ttl)
            continue;
        bool refusal = is_refusal(round, probe);
        if (!refusal && (probe->ttl > refused->ttl || refused_before))
            return false;
        refused_before |= refusal && probe->ttl == refused->ttl;
    }
    return true;
}

/* The highest ttl at which a router let a probe expire: what seems to be the end before is none. */
static uint8_t last_router(const struct ledger_round *round, unsigned unasked)
{
    uint8_t last = 0;
    for (size_t i = 0; round != NULL && i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (probe->answered_ns != HT_NEVER && is_time_exceeded(probe) && probe->ttl <= unasked &&
            probe->ttl > last)
            last = probe->ttl;
    }
    return last;
}

struct ends account_ends_of(const struct ledger_round *round, const struct ht_report *report)
{
    struct ends ends = {0};
    unsigned unasked = first_unasked(round, report);
    uint8_t router = last_router(round, unasked);
    for (size_t i = 0; round != NULL && i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (probe->answered_ns == HT_NEVER || probe->ttl > unasked)
            continue;
        if (probe->ttl > ends.last)
            ends.last = probe->ttl;
        if (is_arrival(round, probe) && probe->ttl >= router)
            lower(&ends.destination, probe->ttl);
        else if (is_refusal(round, probe) && is_terminal(round, probe))
            lower(&ends.unreachable, probe->ttl);
    }
    return ends;
}

size_t account_list_nodes(const struct ledger_round *round, uint8_t ttl, struct ht_address *nodes,
                          double *room)
{
    size_t count = 0;
    for (size_t i = 0; round != NULL && i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (probe->ttl != ttl || probe->answered_ns == HT_NEVER)
            continue;
        size_t n = 0;
        while (n < count && !ht_address_equal(&nodes[n], &probe->responder))
            n++;
        if (n == count && count < NODES_MAX)
            nodes[count++] = probe->responder;
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t n = i; n > 0; n--) {
            struct ht_address here = nodes[n];
            if (account_count_probes(round, ttl, &nodes[n - 1], room).first_arrival <
                account_count_probes(round, ttl, &here, room).first_arrival)
                break;
            nodes[n] = nodes[n - 1];
            nodes[n - 1] = here;
        }
    }
    return count;
}

bool account_path_of(const struct ledger_round *round, const struct ht_report *report,
                     uint32_t *path, double *room)
{
    uint32_t hash = 2166136261u;
    bool any = false;
    for (unsigned ttl = 1; ttl <= report->hop_count; ttl++) {
        struct ht_address nodes[NODES_MAX];
        size_t count = account_list_nodes(round, (uint8_t)ttl, nodes, room);
        uint32_t most = 0;
        const struct ht_address *main_node = NULL;
        for (size_t i = 0; i < count; i++) {
            uint32_t received = account_count_probes(round, (uint8_t)ttl, &nodes[i], room).received;
            if (received > most || (received == most && main_node != NULL &&
                                    memcmp(nodes[i].bytes, main_node->bytes, 16) < 0)) {
                most = received;
                main_node = &nodes[i];
            }
        }
        for (size_t i = 0; i < report->listed_hops; i++) {
            if (report->hops[i].ttl == ttl && report->hops[i].shared)
                main_node = &report->hops[i].nodes[0].facts.address;
        }
        if (main_node == NULL)
            continue;
        any = true;
        hash = (hash ^ ttl) * 16777619u;
        for (size_t i = 0; i < (main_node->version == HT_IPV4 ? 4 : 16); i++)
            hash = (hash ^ main_node->bytes[i]) * 16777619u;
    }
    *path = hash;
    return any;
}
