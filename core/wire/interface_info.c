#include "wire/interface_info.h"

#include <string.h>

#include "base/address.h"
#include "wire/extension.h"

/* RFC 5837 section 4.1. The C-Type: the role, two reserved bits that are not to be read, and which
 * sub-objects follow, in this order. */
#define CLASS_INTERFACE 2
#define ROLE_SHIFT      6
enum { HAS_INDEX = 0x08, HAS_ADDRESS = 0x04, HAS_NAME = 0x02, HAS_MTU = 0x01 };

/* Section 4.2; address family numbers of IANA. */
enum { AFI_IPV4 = 1, AFI_IPV6 = 2 };

/* AFI, 16 reserved bits, address. False: another family, or cut. */
static bool read_address(struct ht_reader *reader, struct ht_address *address)
{
    uint16_t family = ht_read_u16(reader);
    ht_read_skip(reader, 2);
    if (family != AFI_IPV4 && family != AFI_IPV6)
        return false;
    size_t length = family == AFI_IPV4 ? 4 : 16;
    const uint8_t *bytes = ht_read_bytes(reader, length);
    if (bytes == NULL)
        return false;
    *address = ht_address_from_bytes(bytes, length);
    return true;
}

/* Section 4.3: a length octet that counts itself, and the name, padded with zeros to a multiple of
 * four. False: another length, or cut. */
static bool read_name(struct ht_reader *reader, struct ht_interface *interface)
{
    size_t length = ht_read_u8(reader);
    if (length == 0 || length % 4 != 0 || length > 1 + HT_INTERFACE_NAME_MAX)
        return false;
    const uint8_t *bytes = ht_read_bytes(reader, length - 1);
    if (bytes == NULL)
        return false;
    memcpy(interface->name, bytes, length - 1);
    interface->name[length - 1] = '\0';
    return true;
}

/* False: it is damaged. */
static bool read_object(const struct ht_extension_object *object, struct ht_interface *interface)
{
    struct ht_reader reader = ht_reader_over(object->bytes, object->length);
    *interface =
        (struct ht_interface){.role = (enum ht_interface_role)(object->ctype >> ROLE_SHIFT)};
    if ((object->ctype & HAS_INDEX) != 0)
        interface->index = ht_read_u32(&reader);
    if ((object->ctype & HAS_ADDRESS) != 0 && !read_address(&reader, &interface->address))
        return false;
    if ((object->ctype & HAS_NAME) != 0 && !read_name(&reader, interface))
        return false;
    if ((object->ctype & HAS_MTU) != 0)
        interface->mtu = ht_read_u32(&reader);
    return !reader.failed;
}

bool ht_interface_info_next(struct ht_reader *objects, struct ht_interface *interface)
{
    struct ht_extension_object object;
    while (ht_extension_next(objects, &object)) {
        if (object.class == CLASS_INTERFACE && read_object(&object, interface))
            return true;
    }
    return false;
}
