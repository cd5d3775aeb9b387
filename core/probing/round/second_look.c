#include "probing/round/second_look.h"

#include <stdlib.h>

#include "history/known.h"
#include "history/path_memory.h"
#include "probing/log/hop_due.h"
#include "probing/log/probe_log.h"

/* True if a node of this ttl has an address that is not known there. */
static bool has_unknown(const struct ht_probe_log *log, const struct ht_known_hop *known,
                        uint8_t ttl)
{
    const struct ht_node_facts *node = ht_probe_log_first_node(log, ttl);
    while (node != NULL && ht_known_has(known, &node->address))
        node = ht_probe_log_next_node(log, node);
    return node != NULL;
}

/* What this round's answers make of a ttl. Without memory for them: calm. */
static struct ht_known_outcome judge(const struct ht_probe_log *log,
                                     const struct ht_known_hop *known, uint8_t ttl)
{
    struct ht_known_outcome calm = {.verdict = HT_KNOWN_CALM};
    const struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    struct ht_sighting *answers =
        hop->received > 0 ? malloc(hop->received * sizeof *answers) : NULL;
    if (answers == NULL)
        return calm;
    size_t count = 0;
    for (uint32_t i = 0; i < log->probe_count && count < hop->received; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->ttl == ttl && probe->state == HT_PROBE_ANSWERED && probe->node != HT_NO_NODE)
            answers[count++] = (struct ht_sighting){.address = &log->nodes[probe->node].address,
                                                    .sent_ns = probe->sent_ns,
                                                    .ttl = ttl,
                                                    .further = probe->further};
    }
    struct ht_known_outcome outcome = ht_known_judge(known, answers, count);
    free(answers);
    return outcome;
}

/* The lowest ttl with an open run, or whose run is a change; 0: there is none. */
static uint8_t find_lowest(const struct ht_round *round, struct ht_known_outcome *outcome)
{
    const struct ht_probe_log *log = &round->log;
    unsigned last = log->asked.first_ttl + (unsigned)log->made_hops - 1;
    if (round->end.destination_ttl != 0 && round->end.destination_ttl < last)
        last = round->end.destination_ttl;
    for (unsigned ttl = log->asked.first_ttl; ttl <= last; ttl++) {
        const struct ht_known_hop *known = ht_path_memory_hop(round->look.known, (uint8_t)ttl);
        const struct ht_hop_state *hop = ht_probe_log_hop(log, (uint8_t)ttl);
        if (known == NULL || hop->shared ||
            (uint64_t)known->answers + hop->received <= HT_NEWS_MIN ||
            !has_unknown(log, known, (uint8_t)ttl))
            continue;
        *outcome = judge(log, known, (uint8_t)ttl);
        if (outcome->verdict != HT_KNOWN_CALM)
            return (uint8_t)ttl;
    }
    return 0;
}

/* Further probes of a ttl that are on their way. */
static unsigned further_awaited(const struct ht_probe_log *log, uint8_t ttl)
{
    unsigned awaited = 0;
    for (uint32_t i = log->oldest_awaited; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        awaited += probe->ttl == ttl && probe->further &&
                   (probe->state == HT_PROBE_AWAITED || probe->state == HT_PROBE_LEAVING);
    }
    return awaited;
}

/* Probes of a ttl that are on their way, or will leave anyway. */
static unsigned coming(const struct ht_probe_log *log, uint8_t ttl)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    unsigned asked = ht_asked_probes(&log->asked, ttl);
    return hop->awaited + (hop->passes < asked ? asked - hop->passes : 0);
}

/* Has `wanted` further answers of a ttl come in, of which `soon` may come anyway, as far as it may
 * still be asked. */
static void ask(struct ht_probe_log *log, uint8_t ttl, unsigned wanted, unsigned soon)
{
    struct ht_further *further = &log->further[ttl];
    unsigned left = HT_FURTHER_MAX - (unsigned)further->asked;
    unsigned due = wanted > soon ? wanted - soon : 0;
    further->due = (uint8_t)(due < left ? due : left);
}

static bool has_answered_since(const struct ht_probe_log *log, uint8_t ttl, int64_t since_ns)
{
    for (uint32_t i = log->probe_count; i-- > 0;) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->ttl == ttl && probe->state == HT_PROBE_ANSWERED && probe->sent_ns >= since_ns)
            return true;
    }
    return false;
}

/* Asks the nearest hop below `ttl` that is known, unless it has answered since. */
static void ask_below(struct ht_round *round, uint8_t ttl, int64_t since_ns)
{
    while (--ttl >= round->log.asked.first_ttl) {
        const struct ht_known_hop *known = ht_path_memory_hop(round->look.known, ttl);
        if (known == NULL || known->known == 0)
            continue;
        if (!ht_probe_log_hop(&round->log, ttl)->shared &&
            !has_answered_since(&round->log, ttl, since_ns))
            ask(&round->log, ttl, 1, coming(&round->log, ttl));
        return;
    }
}

void ht_second_look_review(struct ht_round *round)
{
    struct ht_known_outcome outcome = {.verdict = HT_KNOWN_CALM};
    uint8_t lowest = find_lowest(round, &outcome);
    if (lowest == 0 && round->log.further == NULL)
        return;
    if (!ht_probe_log_make_further(&round->log))
        return;
    for (unsigned ttl = 0; ttl <= UINT8_MAX; ttl++)
        round->log.further[ttl].due = 0;
    if (lowest == 0)
        return;
    if (outcome.verdict == HT_KNOWN_OPEN)
        ask(&round->log, lowest, outcome.wanted, further_awaited(&round->log, lowest));
    ask_below(round, lowest, outcome.since_ns);
    ht_hop_due_reopen(&round->upcoming);
    round->upcoming.recheck = true;
}

void ht_second_look_answered(struct ht_round *round, uint8_t ttl, uint16_t node)
{
    const struct ht_known_hop *known = ht_path_memory_hop(round->look.known, ttl);
    const struct ht_node_facts *facts = &round->log.nodes[node];
    bool first = facts->received == 1;
    if (first && (known == NULL || !ht_known_has(known, &facts->address)))
        round->look.unknown = true;
    if (round->look.unknown)
        ht_second_look_review(round);
}
