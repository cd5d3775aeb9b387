/* What collectd is told of one record, by the plugin and by the putval format: names and numbers,
 * without the daemon's types. */
#ifndef HT_OUTPUT_COLLECTD_VALUES_H
#define HT_OUTPUT_COLLECTD_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/flow_set.h"
#include "hoptrace/report.h"

/* One value. The strings are gone when the call that brings it returns. */
struct ht_collectd_value {
    const char *type;
    const char *instance; /* of the type; "": none */
    double number;        /* NaN: no answer, or unknown */
    unsigned decimals;    /* digits after the point that are worth telling, where it is text */
};

typedef void ht_collectd_sink(void *user, const struct ht_collectd_value *value);

/* The hops that one target's records have had so far, the flows, and a path MTU. {0}: none. */
struct ht_hop_range {
    uint8_t first_ttl;
    uint8_t last_ttl;
    struct ht_flow_set flows;
    bool mtu;
};

/* Widens `hops` by those of the record and hands every value of it to `sink`, end to end first,
 * then flow by flow from flow 1 on, then hop by hop, unless the record hides that. Flows and hops
 * of an earlier record that this one has not are unknown: a value that stops coming would be taken
 * for a failure. */
void ht_collectd_values(const struct ht_report *report, struct ht_hop_range *hops,
                        ht_collectd_sink *sink, void *user);

#endif
