/* What a probe carries behind its transport header.
 *
 * Two bytes that compensate for what varies (so that a checksum can be chosen), the key, the
 * flow's tag, and a code over both under this process's secret; the rest is zero. */
#ifndef HT_WIRE_PAYLOAD_H
#define HT_WIRE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/probe.h"

/* The part that is not zero: the smallest payload that carries the identity. */
#define HT_PAYLOAD_MIN 12

/* Writes the HT_PAYLOAD_MIN bytes with a compensation of 0. Returns the code. */
uint32_t ht_payload_write(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes);

/* Sets the compensation so that the sum over everything, `sum` being that over all with a
 * compensation of 0, folds to 0xffff: then the checksum in place is the right one. */
void ht_payload_compensate(uint8_t *bytes, uint64_t sum);

/* The code for a name: 32 bits that nobody else can foretell. */
uint32_t ht_payload_code(const struct ht_flow *flow, struct ht_probe_name name);

/* Key and tag as they stand in a payload of at least HT_PAYLOAD_MIN bytes. */
uint16_t ht_payload_key(const uint8_t *bytes);
uint32_t ht_payload_tag(const uint8_t *bytes);

/* How a payload that came back compares with `expected` (HT_PAYLOAD_MIN bytes, then zeros). */
enum ht_payload_match {
    HT_PAYLOAD_WRONG,   /* shows what was not sent */
    HT_PAYLOAD_PARTIAL, /* right as far as it goes: cut, or going on with zeros */
    HT_PAYLOAD_WHOLE
};
enum ht_payload_match ht_payload_compare(const uint8_t *expected, const uint8_t *shown,
                                         size_t length);

#endif
