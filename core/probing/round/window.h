/* How far along a path the probes may go at a moment, and whether a distance probe may run ahead of
 * them (see path_end.h).
 *
 * The length of the path is not known beforehand. Probes run ahead of the answers, by at most
 *   the gap limit    beyond the last answer, as the user asked for
 *   the look-ahead   beyond the settled hops (answered or overdue), so that few probes only hit the
 *                    destination again; but at least to common_ttl, where nearly all paths go
 * If the last round found the destination, or a distance probe's answer tells where it is, the
 * window reaches just there, until that turns out to be wrong. */
#ifndef HT_PROBING_WINDOW_H
#define HT_PROBING_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* Cohorts of more rounds are very large: their rounds look ahead by one hop, and distance probes
 * pay (600 to 5,000 targets take 15 to 40 % less time with them). */
#define HT_VERY_MANY 256

struct ht_window {
    uint8_t last_ttl;     /* no probe goes beyond; less than first_ttl: none may go at all */
    uint8_t distance_ttl; /* ttl that a distance probe may be sent with; 0: none may be sent */
    int64_t moves_ns;     /* when it moves by itself, as a hop gets overdue; or HT_NEVER */
};

/* The look-ahead, in ttls, of a round while `under_way` rounds are unfinished of a cohort (rounds
 * that came together) of `cohort`. One path alone is seen whole within about two round trips. Many
 * rounds share the probes that may go beyond their destinations, so that these stay few in sum. The
 * rounds of a very large cohort wait for each other anyway, and look ahead by 1; except the last
 * ones, for which no others wait: at the end round trips take the time. The last ones are fewer
 * where distance probes tell how long the paths are (`distance_probes`). */
uint8_t ht_window_look_ahead(size_t under_way, size_t cohort, bool distance_probes);

struct ht_window ht_window_of(const struct ht_round *round, int64_t now_ns);

/* True if the window, as it was computed last, reaches the path's probable end. */
bool ht_window_is_last(const struct ht_round *round);

#endif
