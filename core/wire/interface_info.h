/* Interface information in ICMP extensions, RFC 5837: through which interface a router received
 * the packet that it quotes, or would have sent it on. */
#ifndef HT_WIRE_INTERFACE_INFO_H
#define HT_WIRE_INTERFACE_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/bytes.h"

/* The longest name of an interface, in bytes: a sub-object has 64, its length octet among them. */
#define HT_INTERFACE_NAME_MAX 63

/* RFC 5837 section 4.1, bits 0 and 1 of the C-Type. */
enum ht_interface_role {
    HT_INTERFACE_INCOMING,     /* the packet came in by it */
    HT_INTERFACE_SUB_INCOMING, /* a component of that, below IP: a member of a bundle */
    HT_INTERFACE_OUTGOING,     /* the packet would have left by it */
    HT_INTERFACE_NEXT_HOP      /* the next router, to which the packet would have gone */
};

/* What one object says. What it leaves out is 0, HT_IP_NONE, an empty name. */
struct ht_interface_info {
    enum ht_interface_role role;
    uint32_t index;            /* ifIndex, RFC 2863 */
    struct ht_address address; /* without a scope */
    const char *name;          /* ifName, within the packet and not terminated; any bytes at all */
    size_t name_length;        /* without padding, at most HT_INTERFACE_NAME_MAX */
    uint32_t mtu;              /* bytes */
};

/* Takes the next interface information among the objects of a structure (ht_extension_open); others
 * are stepped over, and so is one that is damaged: a sub-object that its C-Type announces is cut,
 * the address is of an unknown family, the name's length is no multiple of 4 or above 64. Bytes
 * behind the announced ones are not read. False: there is none left. */
bool ht_interface_info_next(struct ht_reader *objects, struct ht_interface_info *info);

#endif
