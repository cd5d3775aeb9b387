/* One configured target: what the configuration says of it, and its records. */
#ifndef HT_COLLECTD_TARGET_H
#define HT_COLLECTD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "hoptrace/settings.h"
#include "mailbox.h"
#include "model/event_list.h"
#include "option.h"
#include "output/collectd_values.h"

struct target {
    struct target *next;
    char *name;
    char *host;
    struct option *options; /* its own, in the order of the file; owned */
    struct option **options_end;
    struct ht_settings settings; /* complete after target_settle */

    struct mailbox mailbox;
    struct ht_event_list events;    /* engine's thread: those of the record that comes next */
    bool drop_told;                 /* engine's thread: a lost record was complained of */
    bool fault_told;                /* engine's thread: so was what keeps it from measuring */
    struct ht_hop_range hops;       /* read callback: of all records so far */
    int64_t last_value_ns;          /* read callback: time of the values handed over last */
    char instance[HT_NAME_MAX + 1]; /* the name as the daemon's plugin instance */
};

/* A target whose host is its name. NULL: no memory. The name has been checked. */
struct target *target_new(const char *name);
void target_free(struct target *target);

/* Takes one option of the target's block. HT_ERR_INVALID ("KEY: what is wrong"), HT_ERR_NOMEM. */
int target_option(struct target *target, const struct option *option, struct ht_error *error);

/* Joins `defaults` and the target's own options; without any interval, `interval_ns` is it.
 * HT_ERR_INVALID: settings contradict each other, or the host can be none. */
int target_settle(struct target *target, const struct ht_settings *defaults, int64_t interval_ns,
                  struct ht_error *error);

/* The time under which a record's values are handed over: its own, except that the daemon refuses
 * values that are not newer than the last. After the wall clock was set back, time therefore
 * crawls on until the clock has caught up. */
int64_t target_value_time(struct target *target, int64_t record_ns);

#endif
