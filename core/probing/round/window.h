/* How far along a path the probes may go at a moment, and whether a distance probe rounds ahead of
 * them (see path_end.h).
 *
 * The length of the path is not known beforehand. Probes run ahead of the last answer, but never
 * by more than the gap limit, nor by more than the round's look-ahead over the hops that are
 * settled (answered, or silent for longer than the times on this path explain): the first keeps
 * what the user asked for, the second keeps probes that would only hit the destination again few.
 * The look-ahead reaches at least as far as nearly all paths do that were measured so far. If the
 * last round found the destination, or a distance probe's answer tells where it is, the window
 * reaches just there, until that turns out to be wrong. */
#ifndef HT_PROBING_WINDOW_H
#define HT_PROBING_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* More rounds than this that came together are very many. */
#define HT_VERY_MANY 256

struct ht_window {
    uint8_t last_ttl;     /* no probe goes beyond; less than first_ttl: none may go at all */
    uint8_t distance_ttl; /* one probe may run ahead and go here; 0: none may */
    int64_t moves_ns;     /* when it moves by itself, because a hop becomes overdue; HT_NEVER */
};

/* The look-ahead for a round among `under_way` ones, of `cohort` that came with them. One path
 * alone is seen whole within about two round trips. Many share what is probed in vain, so that it
 * stays small in sum; very many have to wait for each other anyway, and probe nothing in vain; but
 * the last of them, whom nobody waits for: at the end it is round trips that take time. They are
 * fewer where distance probes tell how long the paths are (`far`). */
uint8_t ht_window_look_ahead(size_t under_way, size_t cohort, bool far);

struct ht_window ht_window_of(const struct ht_round *round, int64_t now_ns);

/* True if the window, as it was looked at last, reaches as far as the path probably does. */
bool ht_window_is_last(const struct ht_round *round);

#endif
