/* What an engine tells of its own health (hoptrace/health.h), as the outputs call it: one table.
 * Internal to output/, but for collectd's values. */
#ifndef HT_OUTPUT_SELF_FIELDS_H
#define HT_OUTPUT_SELF_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "hoptrace/health.h"
#include "output/collectd_values.h"

/* Where a row has its number. */
enum ht_self_source {
    HT_SELF_COUNT, /* a uint64_t of struct ht_health_counts; the metric has the totals' */
    HT_SELF_SIZE,  /* others are members of struct ht_health */
    HT_SELF_UINT32,
    HT_SELF_UINT64,
    HT_SELF_NS,
    HT_SELF_DOUBLE
};

struct ht_self_field {
    const char *name; /* in JSON, influx lines and collectd; NULL: a metric alone */
    enum ht_self_source source;
    size_t offset;
    unsigned decimals;  /* 0: a whole number */
    bool zero_is_none;  /* 0: unknown */
    const char *metric; /* behind "hoptrace_self_"; NULL: it is none */
    const char *help;
    double unit; /* of the metric, in the number's own */
};

/* By name; the last one has none. `index` from 0 on; NULL: there are no more. */
const struct ht_self_field *ht_self_field_at(size_t index);

/* The number; NaN: unknown. */
double ht_self_value(const struct ht_self_field *field, const struct ht_health *health);

/* The same for its metric, in the metric's unit. */
double ht_self_metric(const struct ht_self_field *field, const struct ht_health *health);

/* Hands each number to `sink`, as type gauge. */
void ht_collectd_self_values(const struct ht_health *health, ht_collectd_sink *sink, void *user);

#endif
