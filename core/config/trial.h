/* Work that may crash is first done where that does no harm. */
#ifndef HT_CONFIG_TRIAL_H
#define HT_CONFIG_TRIAL_H

#include <stdbool.h>

/* Calls `work` in a child process. False: that ended before it was done, or there is no child. */
bool ht_trial(void (*work)(const void *argument), const void *argument);

#endif
