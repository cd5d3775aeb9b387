/* What is to be measured: the command line and the configuration file put together. */
#ifndef HT_EXEC_PLAN_H
#define HT_EXEC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/file.h"
#include "options.h"
#include "say.h"

struct plan {
    struct ht_target *targets;
    size_t target_count;
    struct ht_process_settings process; /* built-in, the file's, the command line's; its interval
                                           may be collectd's */
    bool marks;                         /* some target's packets are marked */
    int64_t collectd_interval_ns;       /* what collectd says of itself; 0: nothing */
    struct ht_config config;            /* owns what the targets point to */
};

/* `collectd_interval`: the text of COLLECTD_INTERVAL if that is to count, else NULL; one that is
 * no good is said and ignored. HT_OK; HT_ERR_INVALID after every problem was said; HT_ERR_NOMEM.
 * *plan is to be freed with plan_fini in any case. */
int plan_make(const struct options *options, const char *collectd_interval, struct plan *plan,
              say_line *say, void *user);

/* Frees the targets, of which the engine has its own copies, and all that they point to. What else
 * is planned stays. */
void plan_forget_targets(struct plan *plan);

void plan_fini(struct plan *plan);

#endif
