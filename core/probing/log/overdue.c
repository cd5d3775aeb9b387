#include "probing/log/overdue.h"

#include "hoptrace/time.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_log.h"

/* An answer is overdue after
 *   min(OVERDUE_MAX_NS, 2 * max_rtt_ns + OVERDUE_SLACK_NS)  up to the last hop that answered,
 *   OVERDUE_MAX_NS                                          beyond it: that hop may be far away.
 * The slack is for a router that is slow to make an ICMP error. By the maximum a silent hop's retry
 * is delayed: a longer one lengthens rounds, a shorter one retries hops that are only slow. */
#define OVERDUE_MAX_NS   (300 * HT_NS_PER_MS)
#define OVERDUE_SLACK_NS (20 * HT_NS_PER_MS)

/* A window that moves too early does no harm, so it waits for a hop beyond the last answer by the
 * measured times too: 2 * max_rtt_ns + MOVE_SLACK_NS, the larger slack being for the longer way. */
#define MOVE_SLACK_NS (50 * HT_NS_PER_MS)

int64_t ht_overdue_late_for_ns(const struct ht_asked *asked, int64_t rtt_ns)
{
    return ht_time_min(asked->timeout_ns, 2 * rtt_ns + OVERDUE_SLACK_NS);
}

int64_t ht_overdue_late_ns(const struct ht_probe_log *log)
{
    return ht_overdue_late_for_ns(&log->asked, log->max_rtt_ns);
}

int64_t ht_overdue_ns(const struct ht_probe_log *log, const struct ht_path_end *end, uint8_t ttl)
{
    if (ttl > end->last_answer_ttl)
        return ht_time_min(OVERDUE_MAX_NS, log->asked.timeout_ns);
    return ht_time_min(OVERDUE_MAX_NS, ht_overdue_late_ns(log));
}

int64_t ht_overdue_patience_ns(const struct ht_probe_log *log, const struct ht_path_end *end,
                               uint8_t ttl)
{
    int64_t overdue_ns = ht_overdue_ns(log, end, ttl);
    if (log->received == 0)
        return overdue_ns;
    return ht_time_min(overdue_ns, 2 * log->max_rtt_ns + MOVE_SLACK_NS);
}

bool ht_overdue_distance_is_out(const struct ht_path_end *end)
{
    return end->distance_sent_ttl > end->reaches_ttl &&
           end->distance_sent_ttl > end->last_router_ttl && end->ends_ttl == 0;
}

int64_t ht_overdue_distance_ns(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    if (!ht_overdue_distance_is_out(end))
        return 0;
    return ht_time_add(end->distance_sent_ns,
                       ht_overdue_patience_ns(log, end, end->distance_sent_ttl));
}
