/* How many questions may be under way to name servers: more while answers come, few while they do
 * not, none for a while when the servers seem to be dead. For names of routers, on which no round
 * depends. Pure. */
#ifndef HT_DNS_QUESTION_PACE_H
#define HT_DNS_QUESTION_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/time.h"

#define HT_QUESTIONS_START 64
#define HT_QUESTIONS_LEAST 4
#define HT_QUESTIONS_MOST  256

/* Questions in a row without an answer after which the servers are taken for dead. Then one
 * question is asked after a pause, the next after one twice as long, and so on up to the longest.
 */
#define HT_QUESTIONS_SILENCE       8
#define HT_QUESTIONS_PAUSE_NS      (30 * HT_NS_PER_S)
#define HT_QUESTIONS_PAUSE_MOST_NS (300 * HT_NS_PER_S)

struct ht_question_pace {
    uint32_t window;   /* questions that may be under way */
    uint32_t silence;  /* questions in a row without an answer */
    bool dead;         /* the servers seem to be */
    int64_t pause_ns;  /* the present one; only while dead */
    int64_t resume_ns; /* its end */
};

void ht_question_pace_init(struct ht_question_pace *pace);

/* Whether another question may be asked while `under_way` are. */
bool ht_question_pace_allows(const struct ht_question_pace *pace, uint32_t under_way,
                             int64_t now_ns);

/* A server answered, whatever it said. */
void ht_question_pace_answered(struct ht_question_pace *pace);

/* Time ran out, or no server could be reached. */
void ht_question_pace_unanswered(struct ht_question_pace *pace, int64_t now_ns);

#endif
