#include "engine/held.h"

#include <stdlib.h>
#include <string.h>

#include "engine/listener.h"
#include "engine/naming.h"
#include "engine/unanswered.h"
#include "engine/window.h"

/* Answers held at a time: those to a window of probes, and some copies. The oldest goes first. */
#define HELD_MAX 32

/* Room for an extension with the longest label stack (RFC 4950) and an interface (RFC 5837). */
#define EXTENSION_MAX 144

/* Further probes to a hop whose quotes are rewritten, for a second quote that is rewritten alike.
 */
#define ASKED_MORE_MAX 3

/* Ways of rewriting that are believed at a time: a firewall begins anew with each connection. */
#define BELIEVED_MAX 4

/* How what was rewritten differs from what was sent, and what of this number says so. */
struct rewriting {
    uint32_t change;
    uint32_t mask;
};

/* More answers that name this flow and are wrong are no accident: somebody guesses. Of 6 guesses at
 * 16 bits, while 30 probes wait, 2 are right for one ttl once in 5 million times. */
#define FORGED_FEW 4

/* So many probes told by their length prove that it is routers who tell; one wrong length among so
 * many right ones is an answer to another round. Who guesses among 256 lengths, while 10 probes are
 * on their way, is right in 5 of 5 once in 11 million times. */
#define LENGTHS_MIN   5
#define LENGTHS_WRONG 4

struct answer {
    struct ht_reply reply; /* without its payload; the extension stands below */
    int64_t received_ns;
    enum ht_held_kind kind;
    uint32_t probe; /* HT_NO_PROBE: which one is not known */
    uint32_t change;
    bool kernel_stamp;
    bool asked_more; /* its hop was asked for one that is rewritten alike */
    uint8_t extension[EXTENSION_MAX];
};

struct ht_held {
    size_t count;
    size_t capacity;
    uint32_t lapsed;       /* answers that name no probe, and went for want of room */
    size_t believed_count; /* those that are not believed any more included */
    uint32_t by_length;    /* answers that only their lengths told, and that were believed */
    uint8_t believed_ttl;  /* lowest one at which a rewriting was believed */
    uint8_t asked_more;
    struct rewriting believed[BELIEVED_MAX];
    struct answer answers[];
};

void ht_held_free(struct ht_trace *trace)
{
    free(trace->held);
    trace->held = NULL;
}

/* --- what was rewritten -------------------------------------------------------------------- */

/* RFC 1624: by how much a checksum differs in ones-complement, in which 0 and 0xffff are one. */
static uint16_t checksum_difference(uint16_t from, uint16_t to)
{
    uint32_t sum = (uint32_t)to + (uint16_t)~from;
    sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff ? 0 : (uint16_t)sum;
}

/* The upper half: in which bits the UDP checksum differs; the lower half: by how much. */
#define MASK_BITS       UINT32_C(0xffff0000)
#define MASK_DIFFERENCE UINT32_C(0x0000ffff)

static uint32_t change_of(const struct ht_trace *trace, const struct ht_reply *reply,
                          uint32_t probe)
{
    if (reply->protocol == HT_TCP)
        return ht_reply_sequence_shift(reply, &trace->flow);
    uint16_t sent = ht_naming_of(trace, probe).key;
    return (uint32_t)(reply->checksum ^ sent) << 16 | checksum_difference(sent, reply->checksum);
}

/* What two changes have in common; 0: nothing. */
static uint32_t common_mask(const struct ht_trace *trace, uint32_t change, uint32_t other)
{
    if (trace->flow.protocol == HT_TCP)
        return change == other ? UINT32_MAX : 0;
    uint32_t differs = change ^ other;
    return ((differs & MASK_BITS) == 0 ? MASK_BITS : 0) |
           ((differs & MASK_DIFFERENCE) == 0 ? MASK_DIFFERENCE : 0);
}

static bool is_believed(const struct ht_held *held, uint32_t change)
{
    for (size_t i = 0; i < held->believed_count && i < BELIEVED_MAX; i++) {
        if (((held->believed[i].change ^ change) & held->believed[i].mask) == 0)
            return true;
    }
    return false;
}

static void believe(struct ht_held *held, uint32_t change, uint32_t mask)
{
    held->believed[held->believed_count++ % BELIEVED_MAX] =
        (struct rewriting){.change = change, .mask = mask};
}

/* A firewall rewrites the quotes of all routers behind it: where one behind, or this one itself,
 * quotes what was sent, a quote of something else is a lie. So is one where the path has ended, and
 * one of a probe that has its answer. */
static bool is_refuted(const struct ht_trace *trace, const struct answer *answer)
{
    const struct ht_probe *probe = &trace->probes[answer->probe];
    bool ended = trace->destination_ttl != 0 && probe->ttl >= trace->destination_ttl;
    return probe->state == HT_PROBE_ANSWERED ||
           (trace->flow.protocol == HT_TCP && (ended || probe->ttl <= trace->unshifted_ttl));
}

/* What would refute a quote had its time to come: its probe's true answer is overdue. */
static int64_t doubted_until_ns(const struct ht_trace *trace, const struct answer *answer)
{
    const struct ht_probe *probe = &trace->probes[answer->probe];
    if (trace->flow.protocol != HT_TCP)
        return answer->received_ns;
    return ht_time_add(probe->sent_ns, ht_window_overdue_ns(trace, probe->ttl));
}

/* Looks for another probe's answer that is rewritten alike. */
static bool find_alike(const struct ht_trace *trace, const struct answer *answer, int64_t now_ns)
{
    struct ht_held *held = trace->held;
    for (size_t i = 0; i < held->count; i++) {
        const struct answer *other = &held->answers[i];
        if (other->kind != HT_HELD_REWRITTEN || other->probe == answer->probe ||
            is_refuted(trace, other) || doubted_until_ns(trace, other) > now_ns)
            continue;
        uint32_t mask = common_mask(trace, answer->change, other->change);
        if (mask == 0)
            continue;
        believe(held, answer->change, mask);
        uint8_t ttl = trace->probes[answer->probe].ttl;
        uint8_t other_ttl = trace->probes[other->probe].ttl;
        held->believed_ttl = ttl < other_ttl ? ttl : other_ttl;
        return true;
    }
    return false;
}

/* Where a firewall is known to rewrite, each connection through it has a number of its own: a quote
 * that shows the right timestamp needs no other one beside it. */
static bool is_behind_rewriter(const struct ht_trace *trace, const struct answer *answer)
{
    return trace->held->believed_count > 0 && answer->reply.timestamped &&
           trace->probes[answer->probe].ttl >= trace->held->believed_ttl;
}

/* UDP: true if more lengths were right than a forger guesses. */
static bool lengths_suffice(const struct ht_trace *trace)
{
    const struct ht_held *held = trace->held;
    size_t right = held->by_length;
    if (trace->flow.protocol != HT_UDP)
        return false;
    for (size_t i = 0; i < held->count; i++) {
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= held->answers[j].probe == held->answers[i].probe;
        right += !again;
    }
    return right >= LENGTHS_MIN && (size_t)trace->forged * LENGTHS_WRONG <= right;
}

static bool is_believable(const struct ht_trace *trace, const struct answer *answer, int64_t now_ns)
{
    if (trace->forged > FORGED_FEW && !lengths_suffice(trace))
        return false;
    if (is_believed(trace->held, answer->change) || is_behind_rewriter(trace, answer))
        return true;
    if (doubted_until_ns(trace, answer) <= now_ns && find_alike(trace, answer, now_ns))
        return true;
    if (!lengths_suffice(trace))
        return false;
    trace->held->by_length++;
    return true;
}

/* --- what a forger might guess --------------------------------------------------------------- */

/* True if the same sender has shown as much of another probe of this ttl. */
static bool is_shown_again(const struct ht_trace *trace, const struct answer *answer)
{
    const struct ht_held *held = trace->held;
    uint8_t ttl = trace->probes[answer->probe].ttl;
    for (size_t i = 0; i < held->count; i++) {
        const struct answer *other = &held->answers[i];
        if (other->kind == HT_HELD_WEAK && other->probe != answer->probe &&
            trace->probes[other->probe].ttl == ttl &&
            ht_address_equal(&other->reply.responder, &answer->reply.responder))
            return true;
    }
    return false;
}

/* --- which probe a destination answers ------------------------------------------------------ */

/* The SYNs that an answer can belong to. */
struct candidates {
    size_t count;
    size_t late; /* of them: those whose answer was not expected any more */
    uint32_t newest;
    uint32_t oldest;
};

/* How long an answer is expected to be on its way at most: where the destination's distance is
 * known, not so long that the next SYN was sent because this one was late. */
static int64_t wait_ns(const struct ht_trace *trace)
{
    bool known = trace->one_by_one || trace->destination_ttl != 0;
    return known ? ht_listener_late_ns(trace) : trace->asked.timeout_ns;
}

/* How late a reset may be and still be taken for one: longer would hold up the answers to all
 * probes that follow a lost one. */
#define LATEST_NS (500 * HT_NS_PER_MS)

/* A reset is sent once for each SYN, so that it may be a late one's. A SYN-ACK may have been sent
 * again. */
static int64_t longest_wait_ns(const struct ht_trace *trace, const struct answer *answer)
{
    int64_t expected_ns = wait_ns(trace);
    if (answer->reply.syn_ack)
        return expected_ns;
    return ht_time_max(expected_ns, ht_time_min(LATEST_NS, trace->asked.timeout_ns));
}

static struct candidates candidates_of(const struct ht_trace *trace, const struct answer *answer)
{
    struct candidates found = {.count = 0};
    int64_t told = trace->untold; /* as many of those that count for nothing were answered */
    int64_t expected_ns = answer->received_ns - wait_ns(trace);
    int64_t since_ns = answer->received_ns - longest_wait_ns(trace, answer);
    for (uint32_t i = trace->probe_count; i-- > 0;) {
        const struct ht_probe *probe = &trace->probes[i];
        if (probe->state == HT_PROBE_UNSENT || probe->sent_ns > answer->received_ns)
            continue;
        /* Probes are in sending order: all before this one are older still. */
        if (probe->sent_ns < since_ns)
            break;
        bool late = probe->sent_ns < expected_ns;
        if (probe->ttl <= trace->last_router_ttl || probe->state == HT_PROBE_ANSWERED ||
            (late && probe->ttl < trace->destination_ttl))
            continue;
        if (late && probe->state == HT_PROBE_VOID && told-- > 0)
            continue;
        if (found.count++ == 0)
            found.newest = i;
        found.oldest = i;
        found.late += late;
    }
    return found;
}

/* When no router will answer any of the candidates any more. The destination may be as far away as
 * the oldest one makes it. */
static int64_t undecided_until_ns(const struct ht_trace *trace, const struct answer *answer,
                                  struct candidates candidates)
{
    int64_t away_ns = answer->received_ns - trace->probes[candidates.oldest].sent_ns;
    return ht_time_add(
        trace->probes[candidates.newest].sent_ns,
        ht_time_max(ht_listener_late_ns(trace), ht_window_late_for_ns(trace, away_ns)));
}

static void forget(struct ht_held *held, size_t index)
{
    for (size_t i = index + 1; i < held->count; i++)
        held->answers[i - 1] = held->answers[i];
    held->count--;
}

static size_t unnamed_count(const struct ht_held *held)
{
    size_t count = 0;
    for (size_t i = 0; i < held->count; i++)
        count += held->answers[i].kind == HT_HELD_UNNAMED;
    return count;
}

/* Returns their number. */
static uint32_t forget_unnamed(struct ht_held *held)
{
    uint32_t count = 0;
    for (size_t i = held->count; i-- > 0;) {
        if (held->answers[i].kind != HT_HELD_UNNAMED)
            continue;
        forget(held, i);
        count++;
    }
    return count;
}

/* From now on no SYN leaves that may get there while another one is on its way. */
static void begin_one_by_one(struct ht_trace *trace, const struct answer *answer,
                             struct candidates candidates)
{
    int64_t away_ns = answer->received_ns - trace->probes[candidates.oldest].sent_ns;
    trace->max_rtt_ns = ht_time_max(trace->max_rtt_ns, away_ns);
    trace->one_by_one = true;
    trace->stirred = true;
}

/* Nobody can tell which probes the destination answered: they count for nothing, and are sent
 * again. */
static void redo_candidates(struct ht_trace *trace, struct candidates candidates)
{
    uint32_t redone = 0;
    for (uint32_t i = candidates.oldest; i < trace->probe_count; i++) {
        if (trace->probes[i].ttl > trace->last_router_ttl && !ht_held_has(trace, i))
            redone += ht_unanswered_redo(trace, i);
    }
    /* They are answers all the same, each to a probe of its own. */
    uint32_t answered = forget_unnamed(trace->held) + trace->held->lapsed;
    trace->held->lapsed = 0;
    trace->untold += answered < redone ? answered : redone;
}

/* --- holding ------------------------------------------------------------------------------- */

/* Room for one more answer, the oldest of very many going for it. False: no memory. */
static bool make_room(struct ht_trace *trace)
{
    struct ht_held *held = trace->held;
    size_t capacity = held != NULL ? held->capacity : 0;
    if (held != NULL && held->count < capacity)
        return true;
    if (capacity == HELD_MAX) {
        held->lapsed += held->answers[0].kind == HT_HELD_UNNAMED;
        forget(held, 0);
        return true;
    }
    capacity = capacity == 0 ? 1 : 2 * capacity;
    held = realloc(trace->held, sizeof *held + capacity * sizeof held->answers[0]);
    if (held == NULL)
        return false;
    if (trace->held == NULL)
        *held = (struct ht_held){.count = 0};
    held->capacity = capacity;
    trace->held = held;
    return true;
}

void ht_held_keep(struct ht_trace *trace, enum ht_held_kind kind, const struct ht_reply *reply,
                  uint32_t probe, int64_t received_ns, bool kernel_stamp)
{
    if (!make_room(trace)) {
        trace->out_of_memory = true;
        return;
    }
    struct answer *answer = &trace->held->answers[trace->held->count++];
    *answer = (struct answer){.reply = *reply,
                              .received_ns = received_ns,
                              .kind = kind,
                              .probe = probe,
                              .kernel_stamp = kernel_stamp};
    answer->reply.proof_length = 0;
    if (reply->extension_length > EXTENSION_MAX)
        answer->reply.extension_length = 0;
    if (answer->reply.extension_length > 0)
        memcpy(answer->extension, reply->extension, reply->extension_length);
    if (kind == HT_HELD_REWRITTEN)
        answer->change = change_of(trace, reply, probe);
}

bool ht_held_has(const struct ht_trace *trace, uint32_t probe)
{
    for (size_t i = 0; trace->held != NULL && i < trace->held->count; i++) {
        if (trace->held->answers[i].probe == probe)
            return true;
    }
    return false;
}

/* What becomes of one answer. */
enum verdict {
    WAITS,
    ANSWERS,
    IS_NOTHING,
    ALL_UNNAMED_ARE_NOTHING /* it has been forgotten already, with all that name no probe */
};

static enum verdict judge_rewritten(struct ht_trace *trace, struct answer *answer, int64_t now_ns)
{
    if (is_refuted(trace, answer))
        return IS_NOTHING;
    if (is_believable(trace, answer, now_ns))
        return ANSWERS;
    uint8_t ttl = trace->probes[answer->probe].ttl;
    if (!answer->asked_more && doubted_until_ns(trace, answer) <= now_ns &&
        trace->held->asked_more < ASKED_MORE_MAX && ht_trace_hop(trace, ttl)->received == 0) {
        answer->asked_more = true;
        trace->held->asked_more++;
        ht_unanswered_ask_more(trace, ttl, now_ns);
    }
    return WAITS;
}

/* A hop that gets no further probe by itself is asked for one more. */
static enum verdict judge_weak(struct ht_trace *trace, struct answer *answer, int64_t now_ns)
{
    const struct ht_probe *probe = &trace->probes[answer->probe];
    const struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    if (probe->state == HT_PROBE_ANSWERED)
        return IS_NOTHING;
    if (ht_trace_is_proven(trace, probe->ttl, &answer->reply.responder) ||
        (trace->forged <= FORGED_FEW && is_shown_again(trace, answer)))
        return ANSWERS;
    if (!answer->asked_more && hop->passes >= trace->asked.probes && hop->awaited <= 1) {
        answer->asked_more = true;
        ht_unanswered_ask_more(trace, probe->ttl, now_ns);
    }
    return WAITS;
}

/* When the newest of the candidates is late as well. */
static int64_t all_late_ns(const struct ht_trace *trace, struct candidates found)
{
    return ht_time_add(trace->probes[found.newest].sent_ns, ht_listener_late_ns(trace));
}

/* One of a destination whose SYNs leave one by one, while an earlier one may still be answered. As
 * many answers as SYNs: they came in that order. Fewer: the newest are answered, once the others
 * are later than it. */
static enum verdict judge_perhaps_late(const struct ht_trace *trace, struct answer *answer,
                                       struct candidates found, int64_t now_ns)
{
    bool all = unnamed_count(trace->held) >= found.count;
    if (!all && all_late_ns(trace, found) > now_ns)
        return WAITS;
    answer->probe = all ? found.oldest : found.newest;
    return ANSWERS;
}

static enum verdict judge_unnamed(struct ht_trace *trace, struct answer *answer, int64_t now_ns)
{
    struct candidates found = candidates_of(trace, answer);
    if (found.count == 0)
        return IS_NOTHING;
    if (found.count == 1) {
        answer->probe = found.newest;
        return ANSWERS;
    }
    if (found.late > 0)
        return judge_perhaps_late(trace, answer, found, now_ns);
    bool decided = undecided_until_ns(trace, answer, found) <= now_ns;
    if (!trace->one_by_one && (decided || unnamed_count(trace->held) > 1))
        begin_one_by_one(trace, answer, found);
    if (!decided)
        return WAITS;
    redo_candidates(trace, found);
    return ALL_UNNAMED_ARE_NOTHING;
}

static enum verdict judge(struct ht_trace *trace, struct answer *answer, int64_t now_ns)
{
    switch (answer->kind) {
    case HT_HELD_UNNAMED:
        return judge_unnamed(trace, answer, now_ns);
    case HT_HELD_REWRITTEN:
        return judge_rewritten(trace, answer, now_ns);
    default:
        return judge_weak(trace, answer, now_ns);
    }
}

uint32_t ht_held_settle(struct ht_trace *trace, int64_t now_ns)
{
    uint32_t answered = 0;
    for (size_t i = 0; trace->held != NULL && i < trace->held->count;) {
        struct answer *answer = &trace->held->answers[i];
        enum verdict verdict = judge(trace, answer, now_ns);
        if (verdict == WAITS) {
            i++;
            continue;
        }
        if (verdict == ALL_UNNAMED_ARE_NOTHING) {
            i = 0;
            continue;
        }
        struct answer taken = *answer;
        forget(trace->held, i);
        if (verdict == IS_NOTHING)
            continue;
        taken.reply.extension = taken.extension;
        answered += ht_trace_answered(trace, taken.probe, &taken.reply, taken.received_ns,
                                      taken.kernel_stamp);
        if (taken.kind == HT_HELD_WEAK)
            ht_trace_prove(trace, taken.probe);
        i = 0; /* it may decide about those before */
    }
    if (trace->held != NULL &&
        trace->held->count + trace->held->believed_count + trace->held->by_length == 0)
        ht_held_free(trace);
    return answered;
}

/* When something more can be decided of one answer. */
static int64_t answer_due_ns(const struct ht_trace *trace, const struct answer *answer,
                             int64_t now_ns)
{
    if (answer->kind == HT_HELD_WEAK)
        return HT_NEVER;
    if (answer->kind == HT_HELD_REWRITTEN) {
        int64_t until_ns = doubted_until_ns(trace, answer);
        return until_ns > now_ns ? until_ns : HT_NEVER;
    }
    struct candidates found = candidates_of(trace, answer);
    if (found.count > 1 && found.late > 0)
        return all_late_ns(trace, found);
    return found.count > 1 ? undecided_until_ns(trace, answer, found) : HT_NEVER;
}

int64_t ht_held_due_ns(const struct ht_trace *trace, int64_t now_ns)
{
    int64_t due_ns = HT_NEVER;
    for (size_t i = 0; trace->held != NULL && i < trace->held->count; i++)
        due_ns = ht_time_min(due_ns, answer_due_ns(trace, &trace->held->answers[i], now_ns));
    return due_ns;
}
