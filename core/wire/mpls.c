#include "wire/mpls.h"

#include "base/bytes.h"
#include "wire/extension.h"

/* RFC 4950 section 3. */
#define CLASS_MPLS   1
#define CTYPE_STACK  1
#define LABEL_LENGTH 4

static size_t read_stack(const struct ht_extension_object *object, struct ht_mpls *labels)
{
    size_t count = 0;
    for (size_t i = 0; i + LABEL_LENGTH <= object->length && count < HT_MPLS_MAX;
         i += LABEL_LENGTH) {
        uint32_t word = ht_load_u32(object->bytes + i);
        labels[count++] = (struct ht_mpls){.label = word >> 12,
                                           .tc = (uint8_t)(word >> 9 & 7),
                                           .bottom = (word >> 8 & 1) != 0,
                                           .ttl = (uint8_t)word};
    }
    return count;
}

size_t ht_mpls_read(const uint8_t *bytes, size_t length, bool announced, struct ht_mpls *labels)
{
    struct ht_reader objects;
    struct ht_extension_object object;
    if (!ht_extension_open(bytes, length, announced, &objects))
        return 0;
    while (ht_extension_next(&objects, &object)) {
        if (object.class == CLASS_MPLS && object.ctype == CTYPE_STACK)
            return read_stack(&object, labels);
    }
    return 0;
}
