/* The plugin's own health, on its way from the engine's thread to a read callback. */
#ifndef HT_COLLECTD_SELF_H
#define HT_COLLECTD_SELF_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/health.h"

struct self {
    pthread_mutex_t lock;
    struct ht_health health; /* told last */
    struct ht_health_counts counts;
    struct ht_health_counts totals;
    bool waits;            /* and not taken yet */
    int64_t last_value_ns; /* read callback: time of the values handed over last */
};

void self_init(struct self *self);
void self_fini(struct self *self);

/* Keeps a copy, in the place of one that was not taken. */
void self_put(struct self *self, const struct ht_health *health);

/* Hands a copy that waits to the daemon, for values of an interval of `interval_ns`. */
void self_read(struct self *self, int64_t interval_ns);

#endif
