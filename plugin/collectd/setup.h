/* Everything the configuration says, collected while the daemon reads it and made into targets
 * once it has read all: defaults hold for every target, wherever they stand. */
#ifndef HT_COLLECTD_SETUP_H
#define HT_COLLECTD_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/process.h"
#include "hoptrace/settings.h"
#include "option.h"
#include "self.h"
#include "target.h"

struct setup {
    struct ht_process_settings process; /* its strings are owned */
    struct ht_settings defaults;
    struct target *targets; /* owned; in the order of the file */
    struct target **targets_end;
    int64_t interval_ns; /* of targets without their own, once all are settled */
    struct self self;
};

/* What holds without configuration. */
void setup_init(struct setup *setup);

/* Frees the targets and the strings. */
void setup_fini(struct setup *setup);

/* An option outside of any target. What is wrong is said in the log and ignored. */
void setup_option(struct setup *setup, const struct option *option);

/* `Target "NAME"` or `<Target "NAME">` with the options in its block. If anything is wrong the
 * log gets one warning, and the target is left out. */
void setup_target(struct setup *setup, const struct option *head, const struct option *options,
                  size_t option_count);

/* The configuration is complete: settles all targets, with `interval_ns` for those that have no
 * interval of their own. Targets that contradict themselves are said in the log and left out. */
void setup_settle(struct setup *setup, int64_t interval_ns);

/* Frees and forgets the targets for which `keep` says false, having said why. */
void setup_filter(struct setup *setup, bool (*keep)(void *user, struct target *target), void *user);

#endif
