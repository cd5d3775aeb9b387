/* Rounds that do not fit into their interval, and are left out: told once each time it begins. */
#ifndef HT_EXEC_LATENESS_H
#define HT_EXEC_LATENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace.h"

/* Of one target. */
struct lateness_of_target {
    int64_t interval_ns;  /* 0: none that its rounds could exceed */
    unsigned late_rounds; /* that took longer than that, in a row */
};

/* Of all targets. */
struct lateness {
    size_t late_count; /* targets whose last round took too long */
    bool late_told;    /* some target is late, and they are not all well again */
    bool pps_told;     /* the ceiling is too low */
};

/* A record came. `pps` is the ceiling, `pps_needed` what the targets need, 0 if they have it. */
void lateness_note(struct lateness *lateness, struct lateness_of_target *target,
                   const struct ht_report *report, uint32_t pps, uint32_t pps_needed);

/* The target is not measured any more. */
void lateness_forget(struct lateness *lateness, struct lateness_of_target *target);

#endif
