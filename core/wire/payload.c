#include "wire/payload.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

enum { KEY_OFFSET = 2, TAG_OFFSET = 4, CODE_OFFSET = 8 };

struct ht_payload ht_payload_of(const struct ht_flow *flow, const struct ht_probe_id *name)
{
    uint64_t code =
        ht_siphash_two(flow->secret, name->serial, (uint64_t)flow->flow_tag << 16 | name->key);
    return (struct ht_payload){.tag = flow->flow_tag, .code = (uint32_t)code, .key = name->key};
}

void ht_payload_write(struct ht_payload payload, uint16_t compensation, uint8_t *bytes)
{
    ht_store_u16(bytes, compensation);
    ht_store_u16(bytes + KEY_OFFSET, payload.key);
    ht_store_u32(bytes + TAG_OFFSET, payload.tag);
    ht_store_u32(bytes + CODE_OFFSET, payload.code);
}

uint16_t ht_payload_key(const uint8_t *bytes)
{
    return ht_load_u16(bytes + KEY_OFFSET);
}

uint32_t ht_payload_tag(const uint8_t *bytes)
{
    return ht_load_u32(bytes + TAG_OFFSET);
}

/* Each byte is the one before it, and the first one is 0. */
static bool is_zero(const uint8_t *bytes, size_t length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

size_t ht_payload_right(const uint8_t *expected, const uint8_t *shown, size_t length, bool *wrong)
{
    size_t same = 0;
    if (length == HT_PAYLOAD_MIN && memcmp(shown, expected, HT_PAYLOAD_MIN) == 0)
        return length;
    while (same < length && shown[same] == expected[same])
        same++;
    /* Zeros from there on: those with which a router that quotes less pads (RFC 4884 section 5.1).
     */
    *wrong |= !is_zero(shown + same, length - same);
    return same;
}

void ht_payload_take_key(struct ht_reply *reply)
{
    /* A router that quotes less may pad with zeros, and that from the middle of the key on. */
    if (reply->quoted_payload_length < HT_PAYLOAD_MIN ||
        ht_payload_key(reply->quoted_payload) == 0 || ht_payload_tag(reply->quoted_payload) == 0)
        return;
    reply->key = ht_payload_key(reply->quoted_payload);
    reply->keyed = true;
    reply->key_certain = true;
}
