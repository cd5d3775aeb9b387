/* What a quote shows of a probe's header, beside what it left this host with: translators and
 * firewalls on the way rewrite some of it. */
#ifndef HT_WIRE_QUOTED_FIELDS_H
#define HT_WIRE_QUOTED_FIELDS_H

#include <stdint.h>

#include "wire/probe.h"
#include "wire/reply.h"

/* Fields as bits, 1 << enum ht_quoted_field. Invariant: `rewritten` is part of `shown`. */
struct ht_quoted_fields {
    uint8_t shown;
    uint8_t rewritten; /* those that differ */
};

/* Holds an ICMP error against the probe of this name, which it quotes. */
struct ht_quoted_fields ht_quoted_fields_of(const struct ht_reply *reply,
                                            const struct ht_flow *flow,
                                            const struct ht_probe_id *name);

#endif
