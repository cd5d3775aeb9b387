/* Questions to a record or to the run, by their words, and how their answers are entered. */
#ifndef HT_SCENARIO_QUESTION_H
#define HT_SCENARIO_QUESTION_H

#include "observe.h"

/* A question without further words about one subject. */
struct question {
    const char *name;
    void (*answer)(const void *subject, struct seen *seen);
};

/* NaN is nothing. */
void seen_number(struct seen *seen, double value);
/* NULL is nothing. */
void seen_text(struct seen *seen, const char *value);

/* Asks the question of this name. False: there is none. */
bool seen_ask(const struct question *questions, size_t count, const char *name, const void *subject,
              struct seen *seen);

#define ASK(questions, name, subject, seen)                                                        \
    seen_ask(questions, sizeof(questions) / sizeof(questions)[0], name, subject, seen)

#endif
