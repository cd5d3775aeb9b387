/* Finding a shared router's limit.
 *
 * Routers limit their ICMP errors: what they do not answer above that is no loss of the path's.
 * When a router that many targets share drops more than is lost beyond it, its limit is sought, and
 * from then on probes leave at just below that pace.
 *
 * The limit is what is answered between two drops: a token bucket is empty at each of them, so that
 * is its rate, whatever its burst and however much more was asked. Where only few are dropped, a
 * slightly slower pace is tried. Loss that goes on as before at the slower pace is no limit's,
 * unless one was known: the old pace comes back, and that much loss no longer alarms. */
#ifndef HT_PROBING_CONTROLLER_H
#define HT_PROBING_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/ratelimit/site.h"

/* True if a review is worth its while: seldom, and only of what is shared. */
bool ht_controller_due(const struct ht_site *site, int64_t now_ns);

/* A review at `now_ns` looks at what left from that moment on. */
int64_t ht_controller_since_ns(const struct ht_site *site, int64_t now_ns);

/* Draws the conclusions from what became of the last probes. `beyond_share`: what is lost beyond
 * this site, which no limit here explains. */
void ht_controller_review(struct ht_site *site, int64_t now_ns, double beyond_share);

/* True if a probe that left at that moment may have gone unanswered because of the limit. */
bool ht_controller_overran(const struct ht_site *site, int64_t sent_ns);

/* True if that was thought of a probe that left at that moment, and is not any more. */
bool ht_controller_cleared(const struct ht_site *site, int64_t sent_ns);

/* True if whoever was answered goes on being answered, whatever the limit. */
bool ht_controller_steady(const struct ht_site *site);

#endif
