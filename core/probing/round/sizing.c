#include "probing/round/sizing.h"

#include <stdlib.h>

#include "base/address.h"
#include "history/path_memory.h"
#include "hoptrace/time.h"
#include "model/packet.h"
#include "probing/log/overdue.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/mtu/mtu_search.h"
#include "probing/mtu/mtu_tries.h"
#include "wire/probe.h"
#include "wire/reply.h"
#include "wire/transport.h"

/* RFC 791 section 3.2, RFC 8200 section 5: bytes that every link takes. */
#define LEAST_MTU_IPV4 68
#define LEAST_MTU_IPV6 1280

/* How much longer than usual probes large ones may take: 9,000 bytes, there and back, at 3 Mbit/s.
 */
#define SLACK_NS (50 * HT_NS_PER_MS)

/* How long a round that does not come again may search. */
#define SEARCH_MAX_NS (30 * HT_NS_PER_S)

/* Pause after a queue on this host was full. */
#define BUSY_PAUSE_NS (1 * HT_NS_PER_MS)

enum phase {
    PHASE_TO_COME, /* the rest of the round is not measured yet */
    PHASE_ASKING,
    PHASE_OVER
};

struct ht_sizing {
    struct ht_mtu_search search;
    struct ht_mtu_tries tries;
    struct ht_mtu_unfinished unfinished; /* of the last round */
    struct ht_mtu mtu;                   /* of the result */
    enum phase phase;
    uint32_t first_probe; /* index of the first packet of the question under way */
    int64_t not_before_ns;
    uint16_t device_mtu;
};

bool ht_sizing_begin(struct ht_round *round, uint32_t device_mtu)
{
    round->sizing = calloc(1, sizeof *round->sizing);
    if (round->sizing == NULL)
        return false;
    round->sizing->device_mtu = device_mtu < HT_PACKET_MAX ? (uint16_t)device_mtu : HT_PACKET_MAX;
    round->sizing->unfinished = round->recalled->mtu;
    return true;
}

void ht_sizing_free(struct ht_sizing *sizing)
{
    free(sizing);
}

/* --- the search --------------------------------------------------------------------------- */

/* Whether there is a path to be searched, and answers tell by themselves what they are to. SYNs
 * have no data, and without any none is longer than 100 bytes. */
static bool may_search(const struct ht_round *round)
{
    return round->end.destination_ttl != 0 && round->sizing->device_mtu != 0 &&
           round->flow.protocol != HT_TCP && !round->ids.alone &&
           round->ids.labelled_from == HT_NO_PROBE && !round->host.cut_off &&
           !round->host.out_of_memory;
}

static void note_answering(const struct ht_probe_log *log, struct ht_mtu_task *task)
{
    task->first_ttl = log->asked.first_ttl;
    for (unsigned ttl = task->first_ttl; ttl < task->end_ttl; ttl++) {
        const struct ht_hop_state *hop = ht_probe_log_hop(log, (uint8_t)ttl);
        if (hop->received > 0 || hop->shared)
            task->answering[ttl / 8] |= (uint8_t)(1U << ttl % 8);
    }
}

static void begin_search(struct ht_round *round)
{
    static const struct ht_path_mtu nothing = {.path = 0};
    struct ht_sizing *sizing = round->sizing;
    const struct ht_path_memory *known = round->look.known;
    struct ht_mtu_task task = {
        .least = ht_probe_least_length(&round->flow),
        .most = sizing->device_mtu,
        .least_mtu = round->flow.destination.version == HT_IPV4 ? LEAST_MTU_IPV4 : LEAST_MTU_IPV6,
        .end_ttl = round->end.destination_ttl};
    note_answering(&round->log, &task);
    ht_mtu_search_begin(&sizing->search, &task,
                        known != NULL && known->mtu != NULL ? known->mtu : &nothing,
                        &sizing->unfinished);
}

/* Begins the next question. */
static void ask(struct ht_round *round)
{
    struct ht_sizing *sizing = round->sizing;
    struct ht_mtu_question question;
    if (ht_mtu_search_next(&sizing->search, &question)) {
        ht_mtu_tries_begin(&sizing->tries, &question);
        sizing->first_probe = round->log.probe_count;
    } else {
        sizing->phase = PHASE_OVER;
    }
}

/* A round that comes again leaves time for its own last answers. */
static bool time_is_up(const struct ht_round *round, int64_t now_ns)
{
    int64_t interval_ns = round->target->settings.interval_ns;
    int64_t free_ns = interval_ns - ht_overdue_late_ns(&round->log);
    int64_t longest_ns = interval_ns != 0 ? ht_time_max(free_ns, interval_ns / 2) : SEARCH_MAX_NS;
    return now_ns - round->timing.first_sent_ns >= longest_ns;
}

int64_t ht_sizing_next_ns(struct ht_round *round, int64_t now_ns)
{
    struct ht_sizing *sizing = round->sizing;
    struct ht_mtu_answer answer;
    if (sizing->phase == PHASE_TO_COME) {
        sizing->phase = may_search(round) ? PHASE_ASKING : PHASE_OVER;
        if (sizing->phase == PHASE_ASKING) {
            begin_search(round);
            ask(round);
        }
    }
    while (sizing->phase == PHASE_ASKING && ht_mtu_tries_step(&sizing->tries, now_ns, &answer)) {
        ht_mtu_search_take(&sizing->search, &answer);
        ask(round);
    }
    if (sizing->phase == PHASE_ASKING &&
        (time_is_up(round, now_ns) || round->host.out_of_memory || round->host.cut_off))
        sizing->phase = PHASE_OVER;
    if (sizing->phase == PHASE_OVER)
        return HT_NEVER;
    return ht_mtu_tries_due(&sizing->tries) != HT_MTU_NO_PACKET ? sizing->not_before_ns
                                                                : sizing->tries.over_ns;
}

/* --- its packets -------------------------------------------------------------------------- */

bool ht_sizing_take(struct ht_round *round, int64_t now_ns, uint32_t *probe)
{
    struct ht_sizing *sizing = round->sizing;
    if (sizing->phase != PHASE_ASKING || now_ns < sizing->not_before_ns)
        return false;
    enum ht_mtu_packet packet = ht_mtu_tries_due(&sizing->tries);
    const struct ht_mtu_question *question = &sizing->tries.question;
    if (packet == HT_MTU_NO_PACKET)
        return false;
    *probe = ht_probe_log_add(&round->log, question->ttl, round->ids.next_number, now_ns);
    if (*probe == HT_NO_PROBE) {
        round->host.out_of_memory = true;
        return false;
    }
    round->ids.next_number++;
    ht_probe_log_set_state(&round->log, &round->log.probes[*probe], HT_PROBE_SIZED);
    round->log.probes[*probe].sized =
        packet == HT_MTU_IN_QUESTION ? question->size : question->control;
    ht_mtu_tries_sent(
        &sizing->tries, packet, now_ns,
        ht_time_min(round->log.asked.timeout_ns, 2 * round->log.max_rtt_ns + SLACK_NS));
    return true;
}

void ht_sizing_sent(struct ht_round *round, const struct ht_outgoing *packet)
{
    struct ht_sizing *sizing = round->sizing;
    round->log.probes[packet->probe].sent_ns = packet->sent_ns;
    if (packet->status == HT_SEND_BUSY)
        sizing->not_before_ns = ht_time_add(packet->sent_ns, BUSY_PAUSE_NS);
    /* The device does not take what it took a moment ago, or nothing can leave: nothing is known of
     * the path any more. */
    if (packet->status == HT_SEND_FAILED)
        sizing->phase = PHASE_OVER;
}

/* The lowest ttl at which this address has answered; HT_MTU_ANY_TTL: at none. */
static uint8_t ttl_of_node(const struct ht_probe_log *log, const struct ht_address *address)
{
    for (unsigned ttl = log->asked.first_ttl; ttl < log->asked.first_ttl + log->made_hops; ttl++) {
        for (const struct ht_node_facts *node = ht_probe_log_first_node(log, ttl); node != NULL;
             node = ht_probe_log_next_node(log, node)) {
            if (ht_address_equal(&node->address, address))
                return (uint8_t)ttl;
        }
    }
    return HT_MTU_ANY_TTL;
}

/* Where a router is that refused a packet of this ttl: where its address is known to be; else as
 * far as the packet had come, as the quote tells. */
static uint8_t ttl_of_refusal(const struct ht_round *round, uint8_t ttl,
                              const struct ht_reply *reply)
{
    if (ht_address_equal(&reply->node.address, &round->flow.source))
        return 0;
    uint8_t known = ttl_of_node(&round->log, &reply->node.address);
    if (known != HT_MTU_ANY_TTL || reply->told || reply->quoted_ttl == 0 || reply->quoted_ttl > ttl)
        return known;
    return (uint8_t)(ttl - reply->quoted_ttl + 1);
}

/* What an answer says about the packet. False: nothing of its size. RFC 8201 section 4: what claims
 * an MTU that no IPv6 link may have is to be discarded. */
static bool answer_of(const struct ht_round *round, const struct ht_probe *probe,
                      const struct ht_reply *reply, struct ht_mtu_answer *answer)
{
    *answer = (struct ht_mtu_answer){.outcome = HT_MTU_PASSED};
    if (!reply->too_big)
        return ht_path_end_end(&round->flow, reply) != HT_END_UNREACHABLE;
    if (round->flow.destination.version == HT_IPV6 && reply->link_mtu < LEAST_MTU_IPV6)
        return false;
    *answer = (struct ht_mtu_answer){
        .outcome = HT_MTU_TOO_BIG,
        .ttl = ttl_of_refusal(round, probe->ttl, reply),
        .size = probe->sized,
        .mtu = reply->link_mtu < probe->sized ? (uint16_t)reply->link_mtu : 0,
        .address = reply->node.address};
    return true;
}

bool ht_sizing_answered(struct ht_round *round, uint32_t index, const struct ht_reply *reply)
{
    struct ht_sizing *sizing = round->sizing;
    struct ht_probe *probe = &round->log.probes[index];
    struct ht_mtu_answer answer;
    if (probe->heard || !answer_of(round, probe, reply, &answer))
        return false;
    probe->heard = true;
    if (sizing->phase == PHASE_ASKING && index >= sizing->first_probe)
        ht_mtu_tries_take(&sizing->tries,
                          probe->sized == sizing->tries.question.size ? HT_MTU_IN_QUESTION
                                                                      : HT_MTU_CONTROL,
                          &answer);
    return true;
}

/* --- what was found ----------------------------------------------------------------------- */

/* The address of a hop behind which packets vanish. */
static void name_silent(const struct ht_probe_log *log, struct ht_path_mtu *result)
{
    for (uint8_t i = 0; i < result->limit_count; i++) {
        struct ht_mtu_limit *limit = &result->limits[i];
        const struct ht_node_facts *node = ht_probe_log_first_node(log, limit->ttl);
        if (limit->silent && limit->ttl >= log->asked.first_ttl && node != NULL)
            limit->address = node->address;
    }
}

const struct ht_mtu *ht_sizing_result(struct ht_round *round)
{
    struct ht_sizing *sizing = round->sizing;
    if (sizing == NULL || sizing->search.stage != HT_MTU_DONE || sizing->search.result.path == 0)
        return NULL;
    name_silent(&round->log, &sizing->search.result);
    sizing->mtu = (struct ht_mtu){.path = sizing->search.result.path,
                                  .limits = sizing->search.result.limits,
                                  .limit_count = sizing->search.result.limit_count};
    return &sizing->mtu;
}

struct ht_mtu_unfinished ht_sizing_leave(const struct ht_sizing *sizing)
{
    if (sizing == NULL || sizing->search.questions == 0)
        return (struct ht_mtu_unfinished){.bad = 0};
    return ht_mtu_search_leave(&sizing->search);
}
