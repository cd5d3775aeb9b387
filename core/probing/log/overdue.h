/* How long an answer may take, by the times measured on this path. */
#ifndef HT_PROBING_OVERDUE_H
#define HT_PROBING_OVERDUE_H

#include <stdbool.h>
#include <stdint.h>

struct ht_asked;
struct ht_path_end;
struct ht_round;

/* When the round was, and how long its answers took. */
struct ht_timing {
    int64_t max_rtt_ns;         /* 0: nothing answered yet */
    int64_t first_sent_ns;      /* HT_NEVER until then */
    int64_t begun_ns;           /* when its first probe was due; HT_NEVER until then */
    int64_t first_sent_wall_ns; /* the wall clock at first_sent_ns; the prober sets it */
    bool user_received;         /* an answer lacks the kernel's receive stamp */
    bool user_sent;             /* an answered probe lacks the kernel's transmit stamp */
};

/* After this time from its sending a probe hardly gets an answer any more: twice the longest time
 * measured on this path, and 20 ms. Never more than the timeout. */
int64_t ht_overdue_late_ns(const struct ht_asked *asked, const struct ht_timing *timing);

/* The same where the longest time is `rtt_ns`. */
int64_t ht_overdue_late_for_ns(const struct ht_asked *asked, int64_t rtt_ns);

/* How long an answer from this hop may take before it counts as overdue: the moment for a retry.
 * As ht_overdue_late_ns for a hop up to the last that answered, 0.3 s at most; 0.3 s beyond it. */
int64_t ht_overdue_ns(const struct ht_asked *asked, const struct ht_path_end *end,
                      const struct ht_timing *timing, uint8_t ttl);

/* How long the window waits for a hop: as long, but with a known time no longer than twice that
 * time and 50 ms. */
int64_t ht_overdue_patience_ns(const struct ht_round *round, uint8_t ttl);

/* True if a distance probe is on its way, or lost: nothing on the path has answered it. */
bool ht_overdue_distance_is_out(const struct ht_path_end *end);

/* When the distance probe that is out has waited for an answer as long as the window does. In the
 * past: at once, none is out. */
int64_t ht_overdue_distance_ns(const struct ht_round *round);

#endif
