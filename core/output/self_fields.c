#include "output/self_fields.h"

#include <math.h>
#include <stdint.h>

#include "hoptrace/time.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): strings are joined, and members named */
#define COUNT(member, name_, help_)                                                                \
    .name = name_, .source = HT_SELF_COUNT, .offset = offsetof(struct ht_health_counts, member),   \
    .metric = name_ "_total", .help = help_, .unit = 1
#define MEMBER(member, kind) .source = kind, .offset = offsetof(struct ht_health, member)
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct ht_self_field table[] = {
    {.name = "cpu_percent", MEMBER(cpu_percent, HT_SELF_DOUBLE), .decimals = 3},
    {COUNT(forged, "forged", "Packets that name a probe or a flow and were refused.")},
    {COUNT(local_errors, "local_errors", "Probes that this host could not send or read.")},
    {.name = "memory_bytes",
     MEMBER(memory_bytes, HT_SELF_UINT64),
     .zero_is_none = true,
     .metric = "memory_bytes",
     .help = "Resident memory of the process.",
     .unit = 1},
    {.name = "pps_needed",
     MEMBER(pps_needed, HT_SELF_UINT32),
     .zero_is_none = true,
     .metric = "pps_needed",
     .help = "Packets a second that the ceiling must allow for all rounds.",
     .unit = 1},
    {COUNT(received, "received", "Answers that came in time.")},
    {COUNT(rounds, "rounds", "Rounds whose record was closed.")},
    {COUNT(rounds_late, "rounds_late", "Rounds that began too late.")},
    {COUNT(rounds_left_out, "rounds_left_out",
           "Rounds that did not begin, the one before being under way.")},
    {COUNT(rx_overflows, "rx_overflows", "Packets dropped for want of receive buffer.")},
    {COUNT(sent, "sent", "Probes that left this host.")},
    {COUNT(strangers, "strangers", "Packets that answer no probe that is awaited.")},
    {.name = "targets",
     MEMBER(targets, HT_SELF_SIZE),
     .metric = "targets",
     .help = "Targets that are measured.",
     .unit = 1},
    {.name = "wakeup_late_ms_p99",
     MEMBER(wakeup_late_ms_p99, HT_SELF_DOUBLE),
     .decimals = 3,
     .metric = "wakeup_late_p99_seconds",
     .help = "How late wake-ups were, but for 1 % of them, when last told.",
     .unit = 1000},
    {COUNT(wakeups, "wakeups", "Wake-ups for which a time was set.")},
    {MEMBER(cpu_ns, HT_SELF_NS), .decimals = 3, .metric = "cpu_seconds_total",
     .help = "Processor time of the measuring thread.", .unit = 1e9},
};

const struct ht_self_field *ht_self_field_at(size_t index)
{
    return index < sizeof table / sizeof table[0] ? &table[index] : NULL;
}

static double value_in(const struct ht_self_field *field, const struct ht_health *health,
                       const struct ht_health_counts *counts)
{
    const void *record = field->source == HT_SELF_COUNT ? (const void *)counts : health;
    const void *at = (const char *)record + field->offset;
    double value = 0;
    switch (field->source) {
    case HT_SELF_COUNT:
    case HT_SELF_UINT64:
        value = (double)*(const uint64_t *)at;
        break;
    case HT_SELF_SIZE:
        value = (double)*(const size_t *)at;
        break;
    case HT_SELF_UINT32:
        value = *(const uint32_t *)at;
        break;
    case HT_SELF_NS:
        value = (double)*(const int64_t *)at;
        break;
    case HT_SELF_DOUBLE:
        value = *(const double *)at;
        break;
    }
    return field->zero_is_none && value <= 0 ? NAN : value;
}

double ht_self_value(const struct ht_self_field *field, const struct ht_health *health)
{
    return value_in(field, health, health->counts);
}

double ht_self_metric(const struct ht_self_field *field, const struct ht_health *health)
{
    return value_in(field, health, health->totals) / field->unit;
}

void ht_collectd_self_values(const struct ht_health *health, ht_collectd_sink *sink, void *user)
{
    const struct ht_self_field *field;
    for (size_t i = 0; (field = ht_self_field_at(i)) != NULL; i++) {
        struct ht_collectd_value value = {.type = "gauge",
                                          .instance = field->name,
                                          .number = ht_self_value(field, health),
                                          .decimals = field->decimals};
        if (field->name != NULL)
            sink(user, &value);
    }
}
