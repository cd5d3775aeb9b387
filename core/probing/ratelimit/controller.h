/* The controller: finds a shared router's rate limit, and sets the spacing of its site's turns.
 *
 * Routers limit their ICMP errors: a probe that goes unanswered because of that is dropped, not
 * lost. When a router that many targets share drops more probes than are lost beyond it, its limit
 * is sought, and from then on probes leave just below it.
 *
 *   limit = answers between the first and the last drop / time between these
 *
 * since a token bucket is empty at each drop: whatever its burst, and however much more was asked.
 *
 *   from           to       when
 *   FREE, PACED    SEEKING  an alarm: many drops
 *   FREE, PACED    PACED    few drops: a slightly slower pace is tried (`doubtful`)
 *   SEEKING        PACED    the limit is found (`unproven`), or no drops are left
 *   SEEKING        before   the same hops are silent all the while, or all are: no limit's doing
 *   PACED          before   at the slower pace drops go on as before: they are no limit's (an
 *                           `unproven` limit in place of a known one stays all the same)
 *   PACED          SEEKING  the drops became many more, or a line has waited for long: the router
 *                           may give more now
 *   any            FREE     another router answers here, or several do
 *
 * `before` is the phase with the former spacing; drops that go on are usual from then on. */
#ifndef HT_PROBING_CONTROLLER_H
#define HT_PROBING_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/ratelimit/site.h"

/* True if a review is due: of a shared site only, and not sooner than 10 ms after the last one. */
bool ht_controller_due(const struct ht_site *site, int64_t now_ns);

/* The probes that a review at `now_ns` looks at for drops were sent from this moment on. */
int64_t ht_controller_since_ns(const struct ht_site *site, int64_t now_ns);

/* A review: decides by what became of the last probes which phase and spacing hold from now on.
 * `beyond_share`: share that is lost beyond this site, 0 to 1, which no limit here explains. */
void ht_controller_review(struct ht_site *site, int64_t now_ns, double beyond_share);

/* True if a probe sent at that moment may have gone unanswered because of the limit. */
bool ht_controller_overran(const struct ht_site *site, int64_t sent_ns);

/* True if ht_controller_overran was true for a probe sent at that moment, and was wrong. */
bool ht_controller_cleared(const struct ht_site *site, int64_t sent_ns);

/* True if hops that were answered go on being answered: at least 6 further probes to them were,
 * and at least 4 for each one that was not. */
bool ht_controller_steady(const struct ht_site *site);

#endif
