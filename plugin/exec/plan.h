/* What is to be measured: the command line and the configuration file put together. */
#ifndef HT_EXEC_PLAN_H
#define HT_EXEC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/file.h"
#include "config/host_list.h"
#include "options.h"
#include "say.h"

struct plan {
    struct ht_target *targets; /* those of this host's shard: there may be none */
    size_t target_count;
    size_t all_count;                   /* of all hosts' shards */
    struct ht_process_settings process; /* built-in, the file's, the command line's; its interval
                                           may be collectd's */
    bool interval_assumed;              /* the interval is not the user's word */
    bool marks;                         /* some target's packets are marked */
    int64_t collectd_interval_ns;       /* what collectd says of itself; 0: nothing */
    size_t alike_from;                  /* of all hosts' targets, those from here on have the same
                                           settings */
    bool reads_files;                   /* which may say something else later */
    bool list_from_stdin;               /* stdin was read to its end */
    struct ht_config config;            /* these two own what the targets point to */
    struct ht_host_list list;
};

/* What a plan is made from besides the command line and files: of the process, for all its plans.
 */
struct plan_input {
    const char
        *collectd_interval; /* the text of COLLECTD_INTERVAL if that is to count, else NULL */
    struct ht_text text;    /* owned: what stdin said, if that was asked for */
    bool was_read;
    bool too_late; /* to read stdin: rounds are under way, and would wait for its end */
};

/* A collectd_interval that is no good is said and ignored. HT_OK; HT_ERR_INVALID after every
 * problem was said; HT_ERR_NOMEM. *plan is to be freed with plan_fini in any case. */
int plan_make(const struct options *options, struct plan_input *input, struct plan *plan,
              say_line *say, void *user);

/* The shortest interval of any target; 0: there is one round. */
int64_t plan_shortest_interval_ns(const struct plan *plan);

/* The signal that begins rounds; 0: none does. */
int plan_round_signal(const struct plan *plan);

/* Frees the targets, of which the engine has its own copies, and all that they point to. What else
 * is planned stays. */
void plan_forget_targets(struct plan *plan);

void plan_fini(struct plan *plan);

#endif
