/* What an engine hands to its caller's callbacks: records and hops with the names of routers and
 * devices, and with the caller's `user`. */
#ifndef HT_API_DELIVERY_H
#define HT_API_DELIVERY_H

#include "hoptrace/report.h"

struct ht_scheduled_target;

/* Ends a round: hands out its record, unless the target was removed, and sets the timer of the
 * next round. */
void ht_delivery_record(struct ht_scheduled_target *scheduled, const struct ht_report *report);

/* The prober's callback, `user` is the engine: hands out a hop that is complete. */
void ht_delivery_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop);

#endif
