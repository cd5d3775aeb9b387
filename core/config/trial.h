/* Work that may crash is first done where that does no harm. */
#ifndef HT_CONFIG_TRIAL_H
#define HT_CONFIG_TRIAL_H

#include <stdbool.h>

/* Calls `work` in a child process and returns what it returns there; false also if the child ends
 * before, or memory is too short for one. Where processes may have no children, nothing is tried:
 * true. */
bool ht_trial(bool (*work)(const void *argument), const void *argument);

#endif
