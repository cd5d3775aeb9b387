#include "probing/round/held_verdict.h"

#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/round/answer.h"
#include "probing/round/held_answers.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/rewritten.h"
#include "probing/round/unnamed.h"

/* True if another weak answer, from the same sender, quotes another probe of this ttl. */
static bool is_shown_again(const struct ht_probe_log *log, const struct ht_doubted *doubted,
                           const struct ht_held_answer *answer)
{
    const struct ht_held *held = doubted->held;
    uint8_t ttl = log->probes[answer->probe].ttl;
    for (size_t i = 0; i < held->count; i++) {
        const struct ht_held_answer *other = &held->answers[i];
        if (other->kind == HT_HELD_WEAK && other->probe != answer->probe &&
            log->probes[other->probe].ttl == ttl &&
            ht_address_equal(&other->reply.node.address, &answer->reply.node.address))
            return true;
    }
    return false;
}

/* A hop that gets no further probe anyway is sent one more, for a second quote. */
static enum ht_held_verdict judge_weak(struct ht_probe_log *log, struct ht_upcoming *upcoming,
                                       struct ht_doubted *doubted, struct ht_held_answer *answer,
                                       int64_t now_ns)
{
    const struct ht_probe *probe = &log->probes[answer->probe];
    const struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    if (probe->state == HT_PROBE_ANSWERED)
        return HT_HELD_IS_NOTHING;
    if (ht_probe_log_is_proven(log, probe->ttl, &answer->reply.node.address) ||
        (doubted->forged <= HT_FORGED_FEW && is_shown_again(log, doubted, answer)))
        return HT_HELD_ANSWERS;
    if (!answer->asked_more && hop->passes >= ht_asked_probes(&log->asked, probe->ttl) &&
        hop->awaited <= 1) {
        answer->asked_more = true;
        ht_loss_ask_more(log, upcoming, probe->ttl, now_ns);
    }
    return HT_HELD_WAITS;
}

static enum ht_held_verdict judge(struct ht_round *round, struct ht_held_answer *answer,
                                  int64_t now_ns)
{
    switch (answer->kind) {
    case HT_HELD_UNNAMED:
        return ht_unnamed_judge(round, answer, now_ns);
    case HT_HELD_REWRITTEN:
        return ht_rewritten_judge(round, answer, now_ns);
    default:
        return judge_weak(&round->log, &round->upcoming, &round->doubted, answer, now_ns);
    }
}

uint32_t ht_held_settle(struct ht_round *round, int64_t now_ns)
{
    uint32_t answered = 0;
    for (size_t i = 0; round->doubted.held != NULL && i < round->doubted.held->count;) {
        struct ht_held_answer *answer = &round->doubted.held->answers[i];
        enum ht_held_verdict verdict = judge(round, answer, now_ns);
        if (verdict == HT_HELD_WAITS) {
            i++;
            continue;
        }
        if (verdict == HT_HELD_ALL_UNNAMED_ARE_NOTHING) {
            i = 0;
            continue;
        }
        struct ht_held_answer taken = *answer;
        ht_held_forget(round->doubted.held, i);
        if (verdict == HT_HELD_IS_NOTHING)
            continue;
        taken.reply.extension = taken.extension;
        answered +=
            ht_answer_take(round, taken.probe, &taken.reply, taken.received_ns, taken.kernel_stamp);
        if (taken.kind == HT_HELD_WEAK)
            ht_probe_log_prove(&round->log, taken.probe);
        i = 0; /* the answers before it may be decided now */
    }
    if (round->doubted.held != NULL && round->doubted.held->count +
                                               round->doubted.held->believed_count +
                                               round->doubted.held->by_length ==
                                           0)
        ht_held_free(&round->doubted);
    return answered;
}

/* When time alone may change the verdict on this answer; HT_NEVER: it does not. */
static int64_t answer_due_ns(const struct ht_round *round, const struct ht_held_answer *answer,
                             int64_t now_ns)
{
    if (answer->kind == HT_HELD_WEAK)
        return HT_NEVER;
    if (answer->kind == HT_HELD_REWRITTEN) {
        int64_t until_ns =
            ht_rewritten_doubted_until_ns(&round->flow, &round->log, &round->end, answer);
        return until_ns > now_ns ? until_ns : HT_NEVER;
    }
    return ht_unnamed_due_ns(round, answer);
}

int64_t ht_held_due_ns(const struct ht_round *round, int64_t now_ns)
{
    int64_t due_ns = HT_NEVER;
    for (size_t i = 0; round->doubted.held != NULL && i < round->doubted.held->count; i++)
        due_ns =
            ht_time_min(due_ns, answer_due_ns(round, &round->doubted.held->answers[i], now_ns));
    return due_ns;
}
