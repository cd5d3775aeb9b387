/* What the library itself asks of addresses. */
#ifndef HT_BASE_ADDRESS_H
#define HT_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hoptrace/address.h"

/* Reads a literal that may have a zone: *zone points behind the '%' in `text`, or is NULL without
 * one. The zone itself is not looked at, and scope_id is 0. */
bool ht_address_parse_zoned(const char *text, struct ht_address *address, const char **zone);

/* As ht_address_from_bytes, in place and inline: twice for every ICMP error. `length`: 4 or 16. */
static inline void ht_address_set(struct ht_address *address, const uint8_t *bytes, size_t length)
{
    address->version = length == 4 ? HT_IPV4 : HT_IPV6;
    memset(address->bytes, 0, sizeof address->bytes);
    memcpy(address->bytes, bytes, length);
    address->scope_id = 0;
}

/* fe80::/10: an address that is valid on one link only. */
bool ht_address_is_link_local(const struct ht_address *address);

/* 127.0.0.0/8, ::1. */
bool ht_address_is_loopback(const struct ht_address *address);

/* Why no single host can have this address (0.0.0.0 and ::, multicast, 255.255.255.255), as the end
 * of a sentence that begins with the address ("is a multicast address"); NULL: a host can. */
const char *ht_address_unfit(const struct ht_address *address);

#endif
