/* How long an answer may take, by the times measured on this path. */
#ifndef HT_PROBING_OVERDUE_H
#define HT_PROBING_OVERDUE_H

#include <stdbool.h>
#include <stdint.h>

struct ht_asked;
struct ht_path_end;
struct ht_probe_log;

/* When the round began, and how long its answers took. */
struct ht_timing {
    int64_t first_sent_ns;      /* when the first probe left; HT_NEVER: none has */
    int64_t begun_ns;           /* when the first probe was due; HT_NEVER: not yet */
    int64_t first_sent_wall_ns; /* the wall clock at first_sent_ns; the prober sets it */
    bool user_received;         /* an answer lacks the kernel's receive stamp */
    bool user_sent;             /* an answered probe lacks the kernel's transmit stamp */
};

/* How long after its sending a probe can still expect an answer:
 * min(timeout, 2 * max_rtt_ns + 20 ms). */
int64_t ht_overdue_late_ns(const struct ht_probe_log *log);

/* The same with `rtt_ns` for max_rtt_ns. */
int64_t ht_overdue_late_for_ns(const struct ht_asked *asked, int64_t rtt_ns);

/* How long an answer from this hop may take before it is overdue, and a retry due:
 * min(0.3 s, ht_overdue_late_ns) up to the last hop that answered, min(0.3 s, timeout) beyond. */
int64_t ht_overdue_ns(const struct ht_probe_log *log, const struct ht_path_end *end, uint8_t ttl);

/* How long the window waits for a hop: ht_overdue_ns, but once anything was answered at most
 * 2 * max_rtt_ns + 50 ms. */
int64_t ht_overdue_patience_ns(const struct ht_probe_log *log, const struct ht_path_end *end,
                               uint8_t ttl);

/* True if a distance probe is on its way, or lost: nothing on the path has answered it. */
bool ht_overdue_distance_is_out(const struct ht_path_end *end);

/* When the distance probe that is out has waited for an answer as long as the window waits for a
 * hop; 0: none is out. */
int64_t ht_overdue_distance_ns(const struct ht_probe_log *log, const struct ht_path_end *end);

#endif
