#include "probing/round/unnamed.h"

#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"
#include "probing/round/loss_verdict.h"

/* The SYNs that an answer can belong to. */
struct candidates {
    size_t count;
    size_t late;     /* SYNs among them whose answer was not expected any more */
    size_t redone;   /* SYNs among them that are void: others were sent in their place */
    uint32_t newest; /* index */
    uint32_t oldest; /* index */
};

/* How long after its SYN an answer is expected at most. Where the destination's distance is known,
 * the next SYN leaves after this time. */
static int64_t wait_ns(const struct ht_round *round)
{
    bool known = round->tcp.one_by_one || round->end.destination_ttl != 0;
    return known ? ht_tcp_listener_late_ns(round) : round->log.asked.timeout_ns;
}

/* A reset is sent once for each SYN, so that a late one may be to an earlier SYN. A late SYN-ACK
 * may be one that was sent again. */
static int64_t longest_wait_ns(const struct ht_round *round, const struct ht_held_answer *answer)
{
    int64_t expected_ns = wait_ns(round);
    if (answer->reply.syn_ack)
        return expected_ns;
    return ht_time_max(expected_ns,
                       ht_time_min(HT_TCP_LATEST_RESET_NS, round->log.asked.timeout_ns));
}

static struct candidates candidates_of(const struct ht_round *round,
                                       const struct ht_held_answer *answer)
{
    struct candidates found = {.count = 0};
    int64_t told = round->doubted.untold; /* void SYNs that have been answered already */
    int64_t expected_ns = answer->received_ns - wait_ns(round);
    int64_t since_ns = answer->received_ns - longest_wait_ns(round, answer);
    for (uint32_t i = round->log.probe_count; i-- > 0;) {
        const struct ht_probe *probe = &round->log.probes[i];
        if (probe->state == HT_PROBE_UNSENT || probe->sent_ns > answer->received_ns)
            continue;
        /* Probes are in sending order: all before this one are older still. */
        if (probe->sent_ns < since_ns)
            break;
        bool late = probe->sent_ns < expected_ns;
        if (probe->ttl <= round->end.last_router_ttl || probe->state == HT_PROBE_ANSWERED ||
            (late && probe->ttl < round->end.destination_ttl))
            continue;
        if (late && ht_probe_is_void(probe) && told-- > 0)
            continue;
        if (found.count++ == 0)
            found.newest = i;
        found.oldest = i;
        found.late += late;
        found.redone += probe->state == HT_PROBE_VOID;
    }
    return found;
}

/* When no router can be expected to answer any of the candidates any more. The destination may be
 * as far away as an answer to the oldest one has taken. */
static int64_t undecided_until_ns(const struct ht_round *round, const struct ht_held_answer *answer,
                                  struct candidates candidates)
{
    int64_t away_ns = answer->received_ns - round->log.probes[candidates.oldest].sent_ns;
    return ht_time_add(round->log.probes[candidates.newest].sent_ns,
                       ht_time_max(ht_tcp_listener_late_ns(round),
                                   ht_overdue_late_for_ns(&round->log.asked, away_ns)));
}

static size_t unnamed_count(const struct ht_held *held)
{
    size_t count = 0;
    for (size_t i = 0; i < held->count; i++)
        count += held->answers[i].kind == HT_HELD_UNNAMED;
    return count;
}

/* True if no unnamed answer that came before this one is held. */
static bool is_first_unnamed(const struct ht_held *held, const struct ht_held_answer *answer)
{
    const struct ht_held_answer *first = held->answers;
    while (first->kind != HT_HELD_UNNAMED)
        first++;
    return first == answer;
}

/* Returns the number of forgotten answers. */
static uint32_t forget_unnamed(struct ht_held *held)
{
    uint32_t count = 0;
    for (size_t i = held->count; i-- > 0;) {
        if (held->answers[i].kind != HT_HELD_UNNAMED)
            continue;
        ht_held_forget(held, i);
        count++;
    }
    return count;
}

/* From now on no SYN that may reach the destination leaves while another one is on its way. */
static void begin_one_by_one(struct ht_probe_log *log, struct ht_upcoming *upcoming,
                             struct ht_tcp_state *tcp, const struct ht_held_answer *answer,
                             struct candidates candidates)
{
    int64_t away_ns = answer->received_ns - log->probes[candidates.oldest].sent_ns;
    log->max_rtt_ns = ht_time_max(log->max_rtt_ns, away_ns);
    tcp->one_by_one = true;
    upcoming->recheck = true;
}

/* Which of the candidates the destination answered is unknown: they are void, and sent again. */
static void redo_candidates(struct ht_round *round, struct candidates candidates)
{
    uint32_t redone = 0;
    for (uint32_t i = candidates.oldest; i < round->log.probe_count; i++) {
        if (round->log.probes[i].ttl > round->end.last_router_ttl &&
            !ht_held_has(&round->doubted, i))
            redone += ht_loss_redo(&round->log, &round->upcoming, i);
    }
    /* Each of the unnamed answers is to another of these SYNs. */
    uint32_t answered = forget_unnamed(round->doubted.held) + round->doubted.held->lapsed;
    round->doubted.held->lapsed = 0;
    round->doubted.untold += answered < redone ? answered : redone;
}

/* When the newest candidate is late too. */
static int64_t all_late_ns(const struct ht_round *round, struct candidates found)
{
    return ht_time_add(round->log.probes[found.newest].sent_ns, ht_tcp_listener_late_ns(round));
}

/* An answer of a destination whose SYNs leave one by one, if an earlier, late SYN may be answered
 * too. With as many unnamed answers as SYNs, they came in the order of the SYNs: the first answer
 * is to the oldest SYN. With fewer, or while a former answer waits for another verdict, it is the
 * newest SYN that is answered, once that is late too. */
static enum ht_held_verdict judge_perhaps_late(const struct ht_round *round,
                                               struct ht_held_answer *answer,
                                               struct candidates found, int64_t now_ns)
{
    bool all = is_first_unnamed(round->doubted.held, answer) &&
               unnamed_count(round->doubted.held) >= found.count;
    if (!all && all_late_ns(round, found) > now_ns)
        return HT_HELD_WAITS;
    answer->probe = all ? found.oldest : found.newest;
    return HT_HELD_ANSWERS;
}

enum ht_held_verdict ht_unnamed_judge(struct ht_round *round, struct ht_held_answer *answer,
                                      int64_t now_ns)
{
    struct candidates found = candidates_of(round, answer);
    if (found.count == 0)
        return HT_HELD_IS_NOTHING;
    if (found.count == 1) {
        answer->probe = found.newest;
        return HT_HELD_ANSWERS;
    }
    if (found.redone == found.count) { /* whichever it is: nothing waits for its answer */
        round->doubted.untold++;
        return HT_HELD_IS_NOTHING;
    }
    if (found.late > 0)
        return judge_perhaps_late(round, answer, found, now_ns);
    bool decided = undecided_until_ns(round, answer, found) <= now_ns;
    if (!round->tcp.one_by_one && (decided || unnamed_count(round->doubted.held) > 1))
        begin_one_by_one(&round->log, &round->upcoming, &round->tcp, answer, found);
    if (!decided)
        return HT_HELD_WAITS;
    redo_candidates(round, found);
    return HT_HELD_ALL_UNNAMED_ARE_NOTHING;
}

int64_t ht_unnamed_due_ns(const struct ht_round *round, const struct ht_held_answer *answer)
{
    struct candidates found = candidates_of(round, answer);
    if (found.count > 1 && found.late > 0)
        return all_late_ns(round, found);
    return found.count > 1 ? undecided_until_ns(round, answer, found) : HT_NEVER;
}
