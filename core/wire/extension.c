#include "wire/extension.h"

#include "base/bytes.h"
#include "wire/checksum.h"

/* RFC 4884 section 7. */
#define VERSION              2
#define OBJECT_HEADER_LENGTH 4

/* RFC 4950 section 3. */
#define CLASS_MPLS   1
#define CTYPE_STACK  1
#define LABEL_LENGTH 4

/* What stands in a structure, one behind the other. */
struct object {
    const uint8_t *bytes; /* behind its own header */
    size_t length;
    uint8_t class;
    uint8_t ctype;
};

static bool header_holds(const uint8_t *bytes, size_t length, bool announced)
{
    if (length < HT_EXTENSION_MIN || bytes[0] >> 4 != VERSION)
        return false;
    if (ht_load_u16(bytes + 2) == 0)
        return announced;
    return ht_checksum_fold(ht_checksum_add(0, bytes, length)) == 0xffff;
}

/* The next object. False: there is none, or it is damaged. */
static bool read_object(struct ht_reader *reader, struct object *object)
{
    size_t length = ht_read_u16(reader);
    object->class = ht_read_u8(reader);
    object->ctype = ht_read_u8(reader);
    if (reader->failed || length < OBJECT_HEADER_LENGTH)
        return false;
    object->length = length - OBJECT_HEADER_LENGTH;
    object->bytes = ht_read_bytes(reader, object->length);
    return object->bytes != NULL;
}

bool ht_extension_fills(const uint8_t *bytes, size_t length, bool announced)
{
    if (length < HT_EXTENSION_MIN + OBJECT_HEADER_LENGTH || !ht_extension_begins(bytes))
        return false;
    struct ht_reader reader = ht_reader_over(bytes, length);
    struct object object;
    ht_read_skip(&reader, HT_EXTENSION_MIN);
    while (ht_reader_left(&reader) > 0) {
        if (!read_object(&reader, &object))
            return false;
    }
    return header_holds(bytes, length, announced);
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
    struct object object;
    ht_read_skip(&reader, HT_EXTENSION_MIN);
    while (read_object(&reader, &object)) {
        if (object.class == CLASS_MPLS && object.ctype == CTYPE_STACK)
            return read_stack(object.bytes, object.length, labels);
    }
    return 0;
}
