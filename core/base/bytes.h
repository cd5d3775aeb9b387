/* Bytes in network order: loads and stores at any alignment, and a reader that checks bounds.
 *
 * The reader has a sticky error: after the first read out of bounds every further one gives 0 or
 * NULL, and the caller looks at `failed` once, at the end. */
#ifndef HT_BASE_BYTES_H
#define HT_BASE_BYTES_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t ht_load_u16(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohs(value);
}

static inline uint32_t ht_load_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

static inline void ht_store_u16(uint8_t *bytes, uint16_t value)
{
    value = htons(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void ht_store_u32(uint8_t *bytes, uint32_t value)
{
    value = htonl(value);
    memcpy(bytes, &value, sizeof value);
}

/* Invariant: offset <= length. */
struct ht_reader {
    const uint8_t *bytes; /* borrowed */
    size_t length;
    size_t offset;
    bool failed;
};

static inline struct ht_reader ht_reader_over(const uint8_t *bytes, size_t length)
{
    struct ht_reader reader = {.bytes = bytes, .length = length};
    return reader;
}

static inline size_t ht_reader_left(const struct ht_reader *reader)
{
    return reader->failed ? 0 : reader->length - reader->offset;
}

/* The next `count` bytes, or NULL (and the reader fails) if there are fewer. */
static inline const uint8_t *ht_read_bytes(struct ht_reader *reader, size_t count)
{
    if (count > ht_reader_left(reader)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->bytes + reader->offset;
    reader->offset += count;
    return bytes;
}

static inline void ht_read_skip(struct ht_reader *reader, size_t count)
{
    (void)ht_read_bytes(reader, count);
}

static inline uint8_t ht_read_u8(struct ht_reader *reader)
{
    const uint8_t *bytes = ht_read_bytes(reader, 1);
    return bytes != NULL ? bytes[0] : 0;
}

static inline uint16_t ht_read_u16(struct ht_reader *reader)
{
    const uint8_t *bytes = ht_read_bytes(reader, 2);
    return bytes != NULL ? ht_load_u16(bytes) : 0;
}

static inline uint32_t ht_read_u32(struct ht_reader *reader)
{
    const uint8_t *bytes = ht_read_bytes(reader, 4);
    return bytes != NULL ? ht_load_u32(bytes) : 0;
}

#endif
