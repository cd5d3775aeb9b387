/* What users see of the protocols of probes: one row each. wire/transport.h has their packets. */
#ifndef HT_MODEL_PROTOCOL_H
#define HT_MODEL_PROTOCOL_H

#include <stdint.h>

#include "hoptrace/settings.h"

/* Number of values of enum ht_protocol. */
#define HT_PROTOCOLS (HT_TCP + 1)

struct ht_protocol_row {
    const char *name;
    uint16_t port;         /* destination port by default; 0: the protocol has no ports */
    uint16_t payload_size; /* bytes behind the header by default */
};

/* Indexed by enum ht_protocol. */
extern const struct ht_protocol_row ht_protocols[HT_PROTOCOLS];

/* The most flows that these settings mean. */
uint16_t ht_settings_most_flows(const struct ht_settings *settings);

#endif
