/* How far along a path the probes may go at a moment, and whether a far probe runs ahead of them
 * (see extent.h).
 *
 * The length of the path is not known beforehand. Probes run ahead of the last answer, but never
 * by more than the gap limit, nor by more than the trace's look-ahead over the hops that are
 * settled (answered, or silent for longer than the times on this path explain): the first keeps
 * what the user asked for, the second keeps probes that would only hit the destination again few.
 * The look-ahead reaches at least as far as nearly all paths do that were measured so far. If the
 * last round found the destination, or a far probe's answer tells where it is, the window reaches
 * just there, until that turns out to be wrong. */
#ifndef HT_ENGINE_WINDOW_H
#define HT_ENGINE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_round;

/* What the scheduler tells a round of others; it alone writes it. */
struct ht_hints {
    uint8_t look_ahead;   /* ttls beyond the settled ones that may be probed, 1 or more */
    uint8_t common_ttl;   /* hardly any path ends before; 0: unknown */
    uint8_t shortest_ttl; /* no path ends before; 0: unknown */
    uint8_t far_ttl;      /* where a far probe may go; 0: nowhere */
    int8_t detour;        /* hops that most ways back are longer, see lengths.h */
};

/* More traces than this that came together are very many. */
#define HT_VERY_MANY 256

struct ht_window {
    uint8_t last_ttl; /* no probe goes beyond; less than first_ttl: none may go at all */
    uint8_t far_ttl;  /* one probe may run ahead and go here; 0: none may */
    int64_t moves_ns; /* when it moves by itself, because a hop becomes overdue; HT_NEVER */
};

/* The look-ahead for a trace among `under_way` ones, of `together` that came with them. One path
 * alone is seen whole within about two round trips. Many share what is probed in vain, so that it
 * stays small in sum; very many have to wait for each other anyway, and probe nothing in vain; but
 * the last of them, whom nobody waits for: at the end it is round trips that take time. They are
 * fewer where far probes tell how long the paths are (`far`). */
uint8_t ht_window_look_ahead(size_t under_way, size_t together, bool far);

struct ht_window ht_window_of(const struct ht_round *round, int64_t now_ns);

/* True if the window, as it was looked at last, reaches as far as the path probably does. */
bool ht_window_is_last(const struct ht_round *round);

#endif
