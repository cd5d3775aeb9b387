#include "probing/mtu/mtu_tries.h"

#include "hoptrace/time.h"

/* Tries after which there is no proof: it is there before that in all but 3 of 10,000 questions
 * where 30 % of packets and of answers get lost. Where it is part of the question whether control
 * packets get there, and none is answered, after TRIES_BOTH: one is in all but one of 100, which
 * costs another question. */
#define TRIES_MOST(needed) (6U * (needed) + 8U)
#define TRIES_BOTH         4

/* The wait for an answer doubles each time that none comes, up to this: a router that gives one
 * answer a second is asked that often in the end. */
#define WAIT_MAX_NS HT_NS_PER_S

/* Between tries that follow together: most losses in a row are over by then. */
#define GAP_NS (20 * HT_NS_PER_MS)

static void begin_try(struct ht_mtu_tries *tries)
{
    tries->question_due = !tries->refused;
    tries->control_due = tries->tries > 0 || tries->question.both;
    tries->tries++;
    tries->over_ns = HT_NEVER;
}

void ht_mtu_tries_begin(struct ht_mtu_tries *tries, const struct ht_mtu_question *question)
{
    *tries = (struct ht_mtu_tries){.question = *question};
    begin_try(tries);
}

enum ht_mtu_packet ht_mtu_tries_due(const struct ht_mtu_tries *tries)
{
    bool control_first = tries->tries % 2 == 0;
    if (tries->question_due && !(control_first && tries->control_due))
        return HT_MTU_IN_QUESTION;
    return tries->control_due ? HT_MTU_CONTROL : HT_MTU_NO_PACKET;
}

static int64_t wait_ns(const struct ht_mtu_tries *tries, int64_t patience_ns)
{
    int64_t wait_ns = patience_ns;
    for (uint8_t i = 0; i < tries->silent && wait_ns < WAIT_MAX_NS; i++)
        wait_ns = ht_time_min(2 * wait_ns, WAIT_MAX_NS);
    return wait_ns;
}

void ht_mtu_tries_sent(struct ht_mtu_tries *tries, enum ht_mtu_packet packet, int64_t now_ns,
                       int64_t patience_ns)
{
    if (packet == HT_MTU_IN_QUESTION)
        tries->question_due = false;
    else
        tries->control_due = false;
    if (ht_mtu_tries_due(tries) == HT_MTU_NO_PACKET)
        tries->over_ns =
            ht_time_add(now_ns, tries->together > 0 ? GAP_NS : wait_ns(tries, patience_ns));
}

void ht_mtu_tries_take(struct ht_mtu_tries *tries, enum ht_mtu_packet packet,
                       const struct ht_mtu_answer *answer)
{
    bool refused = answer->outcome == HT_MTU_TOO_BIG;
    bool in_question = packet == HT_MTU_IN_QUESTION;
    tries->heard = true;
    if (refused && (!in_question || !tries->control_refused))
        tries->answer = *answer;
    tries->refused |= refused && in_question;
    tries->control_refused |= refused && !in_question;
    tries->passed |= !refused && in_question;
    tries->controls = (uint8_t)(tries->controls + (!refused && !in_question));
}

/* What is known already, if that is enough. */
static bool is_settled(const struct ht_mtu_tries *tries, struct ht_mtu_answer *answer)
{
    if (tries->passed) {
        *answer = (struct ht_mtu_answer){.outcome = HT_MTU_PASSED};
        return true;
    }
    if (!tries->control_refused &&
        !(tries->refused && (!tries->question.both || tries->controls > 0)))
        return false;
    *answer = tries->answer;
    return true;
}

/* The chance that all of `answered` packets are among `control` of the `control` + `in_question`
 * that have left, if chance chooses them. */
static double chance_of_control(unsigned control, unsigned in_question, unsigned answered)
{
    double chance = 1;
    for (unsigned i = 0; i < answered; i++)
        chance *= (double)(control - i) / (control + in_question - i);
    return chance;
}

/* Whether loss does not explain that no packet in question is answered. */
static bool is_proof(const struct ht_mtu_tries *tries)
{
    unsigned needed = tries->question.needed;
    unsigned in_question = tries->tries;
    unsigned control = in_question - !tries->question.both;
    return tries->controls >= needed && chance_of_control(control, in_question, tries->controls) <=
                                            chance_of_control(needed, needed, needed);
}

/* All of those that are needed at once, then one by one. */
static void begin_next(struct ht_mtu_tries *tries)
{
    bool waits_longer = tries->tries > 1 && !tries->heard && !tries->question.both;
    tries->silent = (uint8_t)(waits_longer ? tries->silent + 1 : 0);
    tries->heard = false;
    if (tries->tries == 1)
        tries->together = (uint8_t)(tries->question.needed - 1);
    begin_try(tries);
}

bool ht_mtu_tries_step(struct ht_mtu_tries *tries, int64_t now_ns, struct ht_mtu_answer *answer)
{
    if (is_settled(tries, answer))
        return true;
    if (now_ns < tries->over_ns)
        return false;
    if (tries->together > 0) {
        tries->together--;
        begin_try(tries);
        return false;
    }
    *answer = (struct ht_mtu_answer){.outcome = HT_MTU_UNKNOWN};
    if (is_proof(tries)) {
        answer->outcome = HT_MTU_STOPPED;
        return true;
    }
    if (tries->question.quiet && tries->controls == 0 && tries->tries > 1) {
        answer->outcome = HT_MTU_SILENT;
        return true;
    }
    if (tries->tries >= TRIES_MOST(tries->question.needed) ||
        (tries->question.both && tries->controls == 0 && tries->tries >= TRIES_BOTH))
        return true;
    begin_next(tries);
    return false;
}
