/* What collectd is told of one record, by the plugin and by the putval format: names and numbers,
 * without the daemon's types. */
#ifndef HT_OUTPUT_COLLECTD_VALUES_H
#define HT_OUTPUT_COLLECTD_VALUES_H

#include "hoptrace/report.h"

/* One value. The strings are gone when the call that brings it returns. */
struct ht_collectd_value {
    const char *type;
    const char *instance; /* of the type; "": none */
    double number;        /* NaN: no answer, or unknown */
    unsigned decimals;    /* digits after the point that are worth telling, where it is text */
};

typedef void ht_collectd_sink(void *user, const struct ht_collectd_value *value);

/* Hands every value of the record to `sink`, end to end first, then hop by hop. Hops beyond the
 * record's last one have no value at all: a path that became shorter has nothing to say there. */
void ht_collectd_values(const struct ht_report *report, ht_collectd_sink *sink, void *user);

#endif
