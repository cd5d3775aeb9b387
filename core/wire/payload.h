/* What a probe carries behind its transport header.
 *
 * Two bytes that compensate for what varies (so that a checksum can be chosen), the key, the
 * flow's tag, and a code over both under this process's secret; the rest is zero. */
#ifndef HT_WIRE_PAYLOAD_H
#define HT_WIRE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/reply.h"

/* The part that is not zero: the smallest payload that carries the identity. */
#define HT_PAYLOAD_MIN 12

/* What these bytes say, but for the compensation. */
struct ht_payload {
    uint32_t tag;
    uint32_t code; /* made under this process's secret */
    uint16_t key;
};

/* What the probe of this name carries. */
struct ht_payload ht_payload_of(const struct ht_flow *flow, const struct ht_probe_id *name);

/* The sum over the bytes with a compensation of 0, as ht_checksum_add has it. It is made of the
 * values, as those over headers are: bytes that were only just written are slow to read. */
static inline uint64_t ht_payload_sum(struct ht_payload payload)
{
    return (uint64_t)payload.key + payload.tag + payload.code;
}

/* Writes the HT_PAYLOAD_MIN bytes. If the sum over the whole packet, but for the compensation, is
 * finished by it, the checksum in place is the right one. */
void ht_payload_write(struct ht_payload payload, uint16_t compensation, uint8_t *bytes);

/* Key and tag as they stand in a payload of at least HT_PAYLOAD_MIN bytes. */
uint16_t ht_payload_key(const uint8_t *bytes);
uint32_t ht_payload_tag(const uint8_t *bytes);

/* How many of the first `length` bytes, HT_PAYLOAD_MIN at most, of a payload that came back are as
 * `expected`. *wrong becomes true if those behind are not zeros: they show what was not sent. */
size_t ht_payload_right(const uint8_t *expected, const uint8_t *shown, size_t length, bool *wrong);

/* Where a reply shows a payload whose key is not padding, that is the best witness, since
 * middleboxes do not rewrite payloads: it becomes the reply's key, and certain. */
void ht_payload_take_key(struct ht_reply *reply);

#endif
