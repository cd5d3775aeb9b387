#include "self.h"

#include "daemon.h"
#include "hoptrace/time.h"

void self_init(struct self *self)
{
    *self = (struct self){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void self_fini(struct self *self)
{
    (void)pthread_mutex_destroy(&self->lock);
}

void self_put(struct self *self, const struct ht_health *health)
{
    (void)pthread_mutex_lock(&self->lock);
    self->health = *health;
    self->counts = *health->counts;
    self->totals = *health->totals;
    self->waits = true;
    (void)pthread_mutex_unlock(&self->lock);
}

void self_read(struct self *self, int64_t interval_ns)
{
    (void)pthread_mutex_lock(&self->lock);
    bool waits = self->waits;
    struct ht_health health = self->health;
    struct ht_health_counts counts = self->counts;
    struct ht_health_counts totals = self->totals;
    self->waits = false;
    (void)pthread_mutex_unlock(&self->lock);
    if (!waits)
        return;
    health.counts = &counts;
    health.totals = &totals;
    /* The daemon refuses values that are not newer than the last ones: see target_value_time. */
    int64_t time_ns = ht_time_max(health.time_ns, self->last_value_ns + interval_ns / 2);
    self->last_value_ns = time_ns;
    daemon_dispatch_self(time_ns, interval_ns, &health);
}
