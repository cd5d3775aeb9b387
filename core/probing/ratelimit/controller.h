/* The controller: finds a router's rate limit, and sets the spacing of its site's turns.
 *
 * Routers limit their ICMP errors: a probe that goes unanswered because of that is dropped, not
 * lost. When a router drops more probes than are lost beyond it, it is asked slower:
 *
 *   limit = answers from the first to the last drop / time between these
 *
 * since a token bucket is empty at each drop: whatever its burst, and however much more was asked.
 *
 *   state    what is seen                              next
 *   FREE     an alarm: drops that loss does not explain  SEEKING
 *            the same, of hops that are silent           FREE; they are usual from now on
 *   SEEKING  40 answers between drops, or 10 if no
 *            hop is in line or it took 1 s               PROVING at 95 % of the limit
 *            as many answers, no drop                    PROVING at this pace
 *            drops, and fewer answers                    slower: one more answer in that time
 *            LOSS; or 2 s without any answer; or, since
 *            the last drop, answers 4 times as fast      as it was before
 *   PROVING  LIMITED                                     PACED (first slower, if drops tell so)
 *            LOSS; and the pace was one without drops,
 *            and more than 1.1 times what is answered    SEEKING
 *            LOSS                                        as it was before; these drops are loss
 *   PACED    an alarm                                    SEEKING
 *            a drop, at a pace found without any         PROVING, up to 10 % slower
 *            a line, and no drop: no limit is known,
 *            or for 60 s                                 SEEKING, 4 times as fast
 *   any      another router answers, or routers of
 *            paths that have parted do                   FREE
 *
 * As it was before: FREE, or PACED where a limit was known. */
#ifndef HT_PROBING_CONTROLLER_H
#define HT_PROBING_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/ratelimit/site.h"

/* True if a review is due: of a site where a limit can be told, and not sooner than 10 ms after the
 * last one. */
bool ht_controller_due(const struct ht_site *site, int64_t now_ns);

/* What became of the last probes, for the two below: to count that is most of a review's work. At
 * each of the first drops that have to be told from loss a bucket is tried (bucket_fit.h), which
 * takes several times as long. */
struct ht_site_evidence ht_controller_look(struct ht_site *site, int64_t now_ns);

/* True if a review raises an alarm, but for what is lost beyond this site: it has to be told of
 * that then. To count that takes several times as long as the rest of a review. */
bool ht_controller_suspects(const struct ht_site *site, const struct ht_site_evidence *seen);

/* What was dropped so far is no limit's: nothing was answered meanwhile. */
void ht_controller_dismiss(struct ht_site *site, int64_t now_ns);

/* A review: decides by what became of the last probes which state and spacing hold from now on.
 * `beyond_share`: share that is lost beyond this site, 0 to 1, which no limit here explains. */
void ht_controller_review(struct ht_site *site, const struct ht_site_evidence *seen, int64_t now_ns,
                          double beyond_share);

/* Another router is here, or several are: no limit is known. */
void ht_controller_forget(struct ht_site *site);

/* True if a probe sent at that moment may have gone unanswered because of the limit. */
bool ht_controller_overran(const struct ht_site *site, int64_t sent_ns);

/* Time in which the router gives one answer, as far as is known; 0: it has no limit. */
int64_t ht_controller_answer_ns(const struct ht_site *site);

/* The limit that was found, as the time in which the router gives one answer; 0: none is known. */
int64_t ht_controller_limit_ns(const struct ht_site *site);

/* The limit of the site's router is known from before: it is kept to from now on. */
void ht_controller_recall(struct ht_site *site, int64_t limit_ns, int64_t now_ns);

/* True while it is open whether the router has a limit. */
bool ht_controller_is_undecided(const struct ht_site *site);

/* Of few probes of a single target that a router was asked for the first time, and which do not
 * begin with a drop, hardly any order of drops and answers tells a limit from loss. They are tried:
 * as many probes again, as close to each other, as there were up to the first drop. A limit drops
 * the last of them, too, which is an alarm. How many; 0: they tell by themselves, or were tried. */
uint8_t ht_controller_tries(const struct ht_site *site, int64_t now_ns);

/* So many probes are to try what was sent so far. */
void ht_controller_try(struct ht_site *site, uint8_t tries, int64_t now_ns);

/* True if a probe sent at that moment is one of those that are, or were, tried. */
bool ht_controller_tried(const struct ht_site *site, int64_t sent_ns);

/* True if ht_controller_overran was true for a probe sent at that moment, and was wrong. */
bool ht_controller_cleared(const struct ht_site *site, int64_t sent_ns);

/* The odds that the drops are a limit's, by all that is known of an undecided site: by how much is
 * dropped at which rate (rate_verdict.h), or by each single one (bucket_fit.h), whichever tells
 * more for a limit. They are reckoned again as often as a site is reviewed. */
double ht_controller_odds(struct ht_site *site, int64_t now_ns);

#endif
