/* What an engine tells of its own work: whether a loss that it reports can be this host's. */
#ifndef HT_HOPTRACE_HEALTH_H
#define HT_HOPTRACE_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include "hoptrace/export.h"

HT_BEGIN_C

/* Numbers that only grow. Later versions add members at the end. */
struct ht_health_counts {
    uint64_t rounds;          /* whose record was closed */
    uint64_t rounds_late;     /* that began behind their time by more than a tenth of the interval,
                                 and by more than 0.1 s */
    uint64_t rounds_left_out; /* that did not begin, since the one before was still under way */
    uint64_t sent;            /* probes that left this host */
    uint64_t received;        /* answers to them that came in time */
    uint64_t strangers;       /* packets that were read, and answer no probe that is awaited: other
                                 programs', and answers that came too late */
    uint64_t forged;          /* packets that name a probe or a flow and were refused */
    uint64_t local_errors;    /* probes that this host could not send, or not read the answers of */
    uint64_t rx_overflows;    /* packets that this host dropped for want of receive buffer */
    uint64_t wakeups;         /* of the engine, for which a time was set */
};

/* Later versions add members at the end. */
struct ht_health {
    int64_t time_ns;     /* wall clock, since 1970: the end of what is told of */
    int64_t duration_ns; /* since this was told before, or the first dispatch */
    size_t targets;
    const struct ht_health_counts *counts; /* of that duration */
    const struct ht_health_counts *totals; /* since the engine was made */
    double wakeup_late_ms_p99; /* 99 % of the wake-ups were no later behind their time; at most an
                                  eighth too high. NaN: there was none */
    uint32_t pps_needed;       /* about which ceiling the targets need, by each one's last round;
                                  0: not known yet */
    double cpu_percent;        /* share of one processor that the dispatching thread used */
    int64_t cpu_ns;            /* what it has used since it began; a counter */
    uint64_t memory_bytes;     /* resident, of the whole process; 0: unknown */
};

HT_END_C

#endif
