#include "wire/extension.h"

#include "base/bytes.h"
#include "wire/checksum.h"

/* RFC 4884 section 7. */
#define HEADER_LENGTH 4
#define VERSION       2

/* RFC 4950 section 3. */
#define CLASS_MPLS   1
#define CTYPE_STACK  1
#define LABEL_LENGTH 4

static bool header_holds(const uint8_t *bytes, size_t length, bool announced)
{
    if (length < HEADER_LENGTH || bytes[0] >> 4 != VERSION)
        return false;
    if (ht_load_u16(bytes + 2) == 0)
        return announced;
    return ht_checksum_fold(ht_checksum_add(0, bytes, length)) == 0xffff;
}

static size_t read_stack(const uint8_t *bytes, size_t length, struct ht_mpls *labels)
{
    size_t count = 0;
    for (size_t i = 0; i + LABEL_LENGTH <= length && count < HT_MPLS_MAX; i += LABEL_LENGTH) {
        uint32_t word = ht_load_u32(bytes + i);
        labels[count++] = (struct ht_mpls){.label = word >> 12,
                                           .tc = (uint8_t)(word >> 9 & 7),
                                           .bottom = (word >> 8 & 1) != 0,
                                           .ttl = (uint8_t)word};
    }
    return count;
}

size_t ht_extension_mpls(const uint8_t *bytes, size_t length, bool announced,
                         struct ht_mpls *labels)
{
    if (!header_holds(bytes, length, announced))
        return 0;
    struct ht_reader reader = ht_reader_over(bytes, length);
    ht_read_skip(&reader, HEADER_LENGTH);
    while (ht_reader_left(&reader) >= HEADER_LENGTH) {
        size_t object_length = ht_read_u16(&reader);
        uint8_t class = ht_read_u8(&reader);
        uint8_t ctype = ht_read_u8(&reader);
        if (object_length < HEADER_LENGTH)
            return 0;
        const uint8_t *object = ht_read_bytes(&reader, object_length - HEADER_LENGTH);
        if (object == NULL)
            return 0;
        if (class == CLASS_MPLS && ctype == CTYPE_STACK)
            return read_stack(object, object_length - HEADER_LENGTH, labels);
    }
    return 0;
}
