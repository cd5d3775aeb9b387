#include "wire/extension.h"

#include "wire/checksum.h"

/* RFC 4884 section 7. */
#define VERSION              2
#define OBJECT_HEADER_LENGTH 4

static bool header_holds(const uint8_t *bytes, size_t length, bool announced)
{
    if (length < HT_EXTENSION_MIN || bytes[0] >> 4 != VERSION)
        return false;
    if (ht_load_u16(bytes + 2) == 0)
        return announced;
    return ht_checksum_fold(ht_checksum_add(0, bytes, length)) == 0xffff;
}

static struct ht_reader first_object(const uint8_t *bytes, size_t length)
{
    struct ht_reader objects = ht_reader_over(bytes, length);
    ht_read_skip(&objects, HT_EXTENSION_MIN);
    return objects;
}

bool ht_extension_next(struct ht_reader *objects, struct ht_extension_object *object)
{
    size_t length = ht_read_u16(objects);
    object->class = ht_read_u8(objects);
    object->ctype = ht_read_u8(objects);
    if (objects->failed || length < OBJECT_HEADER_LENGTH) {
        objects->failed = true;
        return false;
    }
    object->length = length - OBJECT_HEADER_LENGTH;
    object->bytes = ht_read_bytes(objects, object->length);
    return object->bytes != NULL;
}

bool ht_extension_open(const uint8_t *bytes, size_t length, bool announced,
                       struct ht_reader *objects)
{
    if (!header_holds(bytes, length, announced))
        return false;
    *objects = first_object(bytes, length);
    return true;
}

bool ht_extension_fills(const uint8_t *bytes, size_t length, bool announced)
{
    if (length < HT_EXTENSION_MIN + OBJECT_HEADER_LENGTH || !ht_extension_begins(bytes))
        return false;
    struct ht_reader objects = first_object(bytes, length);
    struct ht_extension_object object;
    while (ht_reader_left(&objects) > 0) {
        if (!ht_extension_next(&objects, &object))
            return false;
    }
    /* The sum over all bytes comes last: few of those that are no extension get here. */
    return header_holds(bytes, length, announced);
}
