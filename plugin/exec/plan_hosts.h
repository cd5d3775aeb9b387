/* The HOSTs of the command line and of a list, each of them one target. */
#ifndef HT_EXEC_PLAN_HOSTS_H
#define HT_EXEC_PLAN_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "hoptrace.h"
#include "say.h"

/* What becomes targets, in this order. */
struct plan_hosts {
    const struct ht_target *of_file; /* of the configuration file, whose names differ */
    size_t of_file_count;
    const struct ht_target *defaults; /* of those below */
    const char *const *given;         /* of the command line */
    size_t given_count;
    const char *const *listed; /* of a list: each could be a host */
    size_t listed_count;
};

/* Makes the targets, all strings borrowed: *targets, with room for all, is the caller's to free. A
 * host that is the same as one before it is told once, as a warning, and left out. HT_OK;
 * HT_ERR_INVALID after every problem was said: a host that cannot be one, or two names that the
 * outputs would not tell apart; HT_ERR_NOMEM. */
int plan_hosts_join(const struct plan_hosts *hosts, struct ht_target **targets, size_t *count,
                    say_line *say, void *user);

#endif
