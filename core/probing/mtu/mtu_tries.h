/* One question of the search for a path's MTU (mtu_search.h), as packets and their answers.
 *
 * A try is a packet of the size in question, and from the second try on a control packet, small
 * enough to be known to get through. The first answer to a packet in question settles it. Which of
 * the two leaves first alternates, since a router that has one answer to give gives it to the
 * first. The first try is waited for by itself; as many as `needed` follow together. Where some of
 * their control packets are not answered, further tries are waited for one by one, longer if
 * nothing comes.
 *
 * That no packet in question is answered means that they stop, once loss is no explanation. Loss
 * and rate limits meet both kinds alike: if they all get there, each choice of those that are
 * answered is as likely as any other. The chance that all `a` answers are to control packets, of
 * which `c` have left beside `q` in question, is then C(c, a) / C(c + q, a): Fisher's exact test,
 * which knows of no rate of loss and wants more of both the more control packets are lost. Silence
 * counts with `needed` answers at least, and where that chance is no larger than 1 / C(2 needed,
 * needed), as if `needed` of each kind had left and no control packet were lost: 1 of 20 with
 * needed = 3, 1 of 3,432 with 7. A quiet hop that answers nothing at all is left alone after the
 * first `needed` tries. Pure. */
#ifndef HT_PROBING_MTU_TRIES_H
#define HT_PROBING_MTU_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/mtu/mtu_search.h"

enum ht_mtu_packet { HT_MTU_NO_PACKET, HT_MTU_IN_QUESTION, HT_MTU_CONTROL };

struct ht_mtu_tries {
    struct ht_mtu_question question;
    struct ht_mtu_answer answer; /* if it was `refused`, or a control packet was */
    bool passed;
    bool refused; /* a packet in question was */
    bool control_refused;
    bool question_due; /* packets of the try under way that have not left */
    bool control_due;
    uint8_t tries;    /* begun */
    uint8_t controls; /* control packets that were answered */
    uint8_t together; /* tries of those that follow together that have not begun */
    uint8_t silent;   /* times in a row that were waited without any answer */
    bool heard;       /* an answer has come since the last such wait */
    int64_t over_ns;  /* when the next try begins, or the wait is over; HT_NEVER: packets are
                         due before that */
};

/* Begins a question: a packet is due at once. */
void ht_mtu_tries_begin(struct ht_mtu_tries *tries, const struct ht_mtu_question *question);

/* What is to leave now. */
enum ht_mtu_packet ht_mtu_tries_due(const struct ht_mtu_tries *tries);

/* It has left; an answer can be expected for `patience_ns`. */
void ht_mtu_tries_sent(struct ht_mtu_tries *tries, enum ht_mtu_packet packet, int64_t now_ns,
                       int64_t patience_ns);

/* Takes an answer to a packet of this question: it got there, or (HT_MTU_TOO_BIG) was refused. */
void ht_mtu_tries_take(struct ht_mtu_tries *tries, enum ht_mtu_packet packet,
                       const struct ht_mtu_answer *answer);

/* Goes on to the next try once the one under way is over. True: the question is settled, with
 * *answer. */
bool ht_mtu_tries_step(struct ht_mtu_tries *tries, int64_t now_ns, struct ht_mtu_answer *answer);

#endif
