#include "lateness.h"

#include "say.h"

static double seconds(int64_t ns)
{
    return (double)ns / (double)HT_NS_PER_S;
}

/* Once. How long the paths are is not known before the first rounds. */
static void tell_pps_short(struct lateness *lateness, uint32_t pps, uint32_t pps_needed)
{
    if (lateness->pps_told || pps_needed == 0)
        return;
    lateness->pps_told = true;
    say_warning("--pps %u is too low, rounds are left out: the targets need about %u; or raise "
                "--interval, or lower --probes",
                pps, pps_needed);
}

/* Whether the rounds of a target do not fit into its interval. One that was just too long may be a
 * moment in which this machine had no time for us. */
static bool is_late(const struct lateness_of_target *target, int64_t duration_ns)
{
    return target->late_rounds > 1 ||
           (target->late_rounds == 1 && duration_ns > 2 * target->interval_ns);
}

static void count_late(struct lateness *lateness, struct lateness_of_target *target,
                       const struct ht_report *report)
{
    bool was_late = target->late_rounds > 0;
    /* What this host could not measure, or was suspended in, tells of something else. */
    bool late = target->interval_ns != 0 && report->duration_ns > target->interval_ns &&
                report->status <= HT_STATUS_UNREACHABLE;
    target->late_rounds = late ? target->late_rounds + 1 : 0;
    if (late && !was_late)
        lateness->late_count++;
    else if (!late && was_late)
        lateness->late_count--;
}

void lateness_note(struct lateness *lateness, struct lateness_of_target *target,
                   const struct ht_report *report, uint32_t pps, uint32_t pps_needed)
{
    tell_pps_short(lateness, pps, pps_needed);
    count_late(lateness, target, report);
    if (lateness->late_count == 0)
        lateness->late_told = false;
    /* A ceiling that is too low was said, and makes rounds late. */
    if (!is_late(target, report->duration_ns) || lateness->late_told || lateness->pps_told)
        return;
    lateness->late_told = true;
    say_warning("target '%s': a round took %.3f s, longer than its interval of %.3f s: rounds are "
                "left out",
                report->name, seconds(report->duration_ns), seconds(target->interval_ns));
}

void lateness_forget(struct lateness *lateness, struct lateness_of_target *target)
{
    lateness->late_count -= target->late_rounds > 0;
    target->late_rounds = 0;
}
