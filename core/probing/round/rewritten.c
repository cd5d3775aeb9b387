#include "probing/round/rewritten.h"

#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "probing/round/loss_verdict.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* Further probes of a round for a second quote that is rewritten alike: the more, the more paths
 * with few answers are believed, and the more probes a forger can cause. */
#define ASKED_MORE_MAX 3

/* LENGTHS_MIN: different probes whose right lengths were quoted, from which on the quotes are
 * believed. LENGTHS_WRONG: right lengths for each wrong answer, which may be to another round. A
 * forger who guesses among 256 lengths, while 10 probes are on their way, is right in 5 of 5 once
 * in 11 million times. */
#define LENGTHS_MIN   5
#define LENGTHS_WRONG 4

/* The halves of a UDP change, see ht_rewriting. */
#define MASK_BITS       UINT32_C(0xffff0000)
#define MASK_DIFFERENCE UINT32_C(0x0000ffff)

/* True if a header shows a sequence number, which proves the flow. */
static bool has_sequence(const struct ht_flow *flow)
{
    return ht_transport_of(flow)->sequence_shift != NULL;
}

/* The mask of a rewriting that both changes come from; 0: there is none. */
static uint32_t common_mask(const struct ht_flow *flow, uint32_t change, uint32_t other)
{
    if (has_sequence(flow))
        return change == other ? UINT32_MAX : 0;
    uint32_t differs = change ^ other;
    return ((differs & MASK_BITS) == 0 ? MASK_BITS : 0) |
           ((differs & MASK_DIFFERENCE) == 0 ? MASK_DIFFERENCE : 0);
}

static bool is_believed(const struct ht_held *held, uint32_t change)
{
    for (size_t i = 0; i < held->believed_count && i < HT_BELIEVED_MAX; i++) {
        if (((held->believed[i].change ^ change) & held->believed[i].mask) == 0)
            return true;
    }
    return false;
}

static void believe(struct ht_held *held, uint32_t change, uint32_t mask)
{
    held->believed[held->believed_count++ % HT_BELIEVED_MAX] =
        (struct ht_rewriting){.change = change, .mask = mask};
}

/* A firewall rewrites the quotes of all routers behind it: if the router of this or of a higher ttl
 * has quoted what was sent, a quote of something else is forged. So is a quote of a ttl at which
 * the path has ended (TCP), and one of a probe that has its answer. */
static bool is_refuted(const struct ht_round *round, const struct ht_held_answer *answer)
{
    const struct ht_probe *probe = &round->log.probes[answer->probe];
    bool ended = round->end.destination_ttl != 0 && probe->ttl >= round->end.destination_ttl;
    return probe->state == HT_PROBE_ANSWERED ||
           (has_sequence(&round->flow) && (ended || probe->ttl <= round->tcp.unshifted_ttl));
}

/* Afterwards the probe's true answer, which would refute the quote, is overdue. */
int64_t ht_rewritten_doubted_until_ns(const struct ht_flow *flow, const struct ht_probe_log *log,
                                      const struct ht_path_end *end,
                                      const struct ht_held_answer *answer)
{
    const struct ht_probe *probe = &log->probes[answer->probe];
    if (!has_sequence(flow))
        return answer->received_ns;
    return ht_time_add(probe->sent_ns, ht_overdue_ns(log, end, probe->ttl));
}

/* Looks for another probe's answer that is rewritten alike; if there is one, believes the
 * rewriting. */
static bool find_alike(const struct ht_round *round, const struct ht_held_answer *answer,
                       int64_t now_ns)
{
    struct ht_held *held = round->doubted.held;
    for (size_t i = 0; i < held->count; i++) {
        const struct ht_held_answer *other = &held->answers[i];
        if (other->kind != HT_HELD_REWRITTEN || other->probe == answer->probe ||
            is_refuted(round, other) ||
            ht_rewritten_doubted_until_ns(&round->flow, &round->log, &round->end, other) > now_ns)
            continue;
        uint32_t mask = common_mask(&round->flow, answer->change, other->change);
        if (mask == 0)
            continue;
        believe(held, answer->change, mask);
        uint8_t ttl = round->log.probes[answer->probe].ttl;
        uint8_t other_ttl = round->log.probes[other->probe].ttl;
        held->believed_ttl = ttl < other_ttl ? ttl : other_ttl;
        return true;
    }
    return false;
}

/* A firewall that is known to rewrite sequence numbers has another difference for each connection:
 * a quote from behind it that shows the right timestamp needs no second one. */
static bool is_behind_rewriter(const struct ht_probe_log *log, const struct ht_doubted *doubted,
                               const struct ht_held_answer *answer)
{
    return doubted->held->believed_count > 0 && answer->reply.timestamped &&
           log->probes[answer->probe].ttl >= doubted->held->believed_ttl;
}

/* Where no header proves a probe: true if more quoted lengths were right than a forger guesses. */
static bool lengths_suffice(const struct ht_flow *flow, const struct ht_doubted *doubted)
{
    const struct ht_held *held = doubted->held;
    size_t right = held->by_length;
    if (has_sequence(flow) || ht_transport_of(flow)->length_labels == 0)
        return false;
    for (size_t i = 0; i < held->count; i++) {
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= held->answers[j].probe == held->answers[i].probe;
        right += !again;
    }
    return right >= LENGTHS_MIN && (size_t)doubted->forged * LENGTHS_WRONG <= right;
}

static bool is_believable(const struct ht_round *round, const struct ht_held_answer *answer,
                          int64_t now_ns)
{
    if (round->doubted.forged > HT_FORGED_FEW && !lengths_suffice(&round->flow, &round->doubted))
        return false;
    if (is_believed(round->doubted.held, answer->change) ||
        is_behind_rewriter(&round->log, &round->doubted, answer))
        return true;
    if (ht_rewritten_doubted_until_ns(&round->flow, &round->log, &round->end, answer) <= now_ns &&
        find_alike(round, answer, now_ns))
        return true;
    if (!lengths_suffice(&round->flow, &round->doubted))
        return false;
    round->doubted.held->by_length++;
    return true;
}

enum ht_held_verdict ht_rewritten_judge(struct ht_round *round, struct ht_held_answer *answer,
                                        int64_t now_ns)
{
    if (is_refuted(round, answer))
        return HT_HELD_IS_NOTHING;
    if (is_believable(round, answer, now_ns))
        return HT_HELD_ANSWERS;
    uint8_t ttl = round->log.probes[answer->probe].ttl;
    if (!answer->asked_more &&
        ht_rewritten_doubted_until_ns(&round->flow, &round->log, &round->end, answer) <= now_ns &&
        round->doubted.held->asked_more < ASKED_MORE_MAX &&
        ht_probe_log_hop(&round->log, ttl)->received == 0) {
        answer->asked_more = true;
        round->doubted.held->asked_more++;
        ht_loss_ask_more(&round->log, &round->upcoming, ttl, now_ns);
    }
    return HT_HELD_WAITS;
}
