/* A probe as it leaves: its IP header and its transport bytes in one piece. */
#ifndef HT_TESTS_WHOLE_PROBE_H
#define HT_TESTS_WHOLE_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/packet.h"
#include "wire/ip.h"
#include "wire/probe.h"

/* Writes a probe's packet; `bytes` has room for HT_PACKET_MAX. Returns its length. */
static inline size_t whole_probe(const struct ht_flow *flow, uint8_t ttl,
                                 const struct ht_probe_id *name, uint8_t *bytes)
{
    struct ht_outgoing packet;
    size_t length;
    ht_probe_write(flow, ttl, name, &packet);
    const uint8_t *whole = ht_ip_prepend(&packet, &length);
    memcpy(bytes, whole, length);
    return length;
}

#endif
