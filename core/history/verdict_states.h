/* What has been told of a target, and what is to be told next: three tables of states. Pure.
 *
 *   reach       the target answers   it does not
 *   REACHED     REACHED              IN_DOUBT
 *   IN_DOUBT    REACHED              UNREACHED, event: unreached
 *   UNREACHED   REACHED, reached     UNREACHED
 *
 *   loss        next       when                                                      event
 *   USUAL       LOSSY      significant, and older than window / 2 rounds             loss_began
 *   LOSSY       USUAL      the window's loss was at most half of the warning for     loss_ended
 *                          2 windows
 *   of rounds that are neither in doubt nor of an outage
 *
 *   time        next       when                                                      event
 *   USUAL       RISEN      above the usual time by the excess                        rtt_rose
 *   RISEN       USUAL      by less than half of it                                   rtt_fell
 *   RISEN       USUAL      10 windows later: the risen time is the usual one now     rtt_fell
 *   RISEN       USUAL      the path has changed: no time is usual yet                rtt_fell
 *   of rounds in which the target answered
 */
#ifndef HT_HISTORY_VERDICT_STATES_H
#define HT_HISTORY_VERDICT_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "history/counts.h"
#include "history/usual_time.h"

enum ht_reach { HT_REACH_REACHED, HT_REACH_IN_DOUBT, HT_REACH_UNREACHED };

enum ht_reach ht_reach_next(enum ht_reach reach, bool answered);

/* Fewest lost end-to-end probes that are significant. */
#define HT_SIGNIFICANT_LOST 3

/* At least HT_SIGNIFICANT_LOST probes were lost, and more than `warning_percent` (0 to 100; 100:
 * never) of those that were sent. */
bool ht_loss_significant(struct ht_counts end_to_end, double warning_percent);

/* Windows of little loss after which it has ended. Loss of 5 %, which is the warning, gives as many
 * events in 1,000 rounds of 3 (10) probes: 22.7 (14.6) if the first low round ends it, 5.2 (1.4) if
 * one window does, 1.5 (1.0) with 2 windows. */
#define HT_LOW_WINDOWS 2

struct ht_loss_state {
    bool lossy;
    uint16_t age; /* rounds of the memory, up to the window */
    uint16_t low; /* rounds in a row in which the window's loss was at most half of the warning,
                     up to HT_LOW_WINDOWS windows */
};

/* After one more round, with the window's end-to-end counts. */
struct ht_loss_state ht_loss_next(struct ht_loss_state state, struct ht_counts end_to_end,
                                  uint16_t window, double warning_percent);

/* Windows after which a time that has risen is the usual one. */
#define HT_RISEN_WINDOWS 10

struct ht_time_state {
    bool risen;
    uint16_t since; /* rounds since it rose */
};

/* After one more round with an answer. */
struct ht_time_state ht_time_next(struct ht_time_state state,
                                  const struct ht_time_evidence *evidence, uint16_t window,
                                  double warning_percent);

#endif
