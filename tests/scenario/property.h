/* The properties of a rule: one table of words, each with the member of struct behaviour it sets.
 */
#ifndef HT_SCENARIO_PROPERTY_H
#define HT_SCENARIO_PROPERTY_H

#include <stdbool.h>

#include "scenario.h"

/* What happens where no rule says anything else: silence. */
extern const struct behaviour behaviour_default;

/* Sets one property ("rtt=5ms", "silent", ...) or condition ("ttl=3-5", "nth=2") of a rule.
 * False: no such word, or a bad value. `text` is changed. */
bool property_set(struct rule *rule, char *text);

/* Sets a rule's rtt, as "rtt=" would. */
void property_set_rtt(struct rule *rule, const struct times *rtt);

/* Puts what the rule sets over what earlier ones did. */
void property_apply(const struct rule *rule, struct behaviour *behaviour);

#endif
