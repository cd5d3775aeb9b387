/* An IP address of either family as a plain value. */
#ifndef HT_HOPTRACE_ADDRESS_H
#define HT_HOPTRACE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/export.h"

HT_BEGIN_C

enum ht_ip_version { HT_IP_NONE = 0, HT_IPV4 = 4, HT_IPV6 = 6 };

struct ht_address {
    uint8_t version;   /* enum ht_ip_version; HT_IP_NONE: no address */
    uint8_t bytes[16]; /* network order; the first 4 for IPv4, the rest 0 */
    uint32_t scope_id; /* IPv6 link-local: the interface's index; else 0 */
};

/* Longest text with its terminator: 45 characters, '%' and a device's name or a scope number. */
#define HT_ADDRESS_TEXT_MAX 64

/* Writes the address's text (RFC 5952 for IPv6, "%N" for a scope), "" for HT_IP_NONE.
 * `text` has room for HT_ADDRESS_TEXT_MAX bytes. Returns `text`. */
HT_API const char *ht_address_format(const struct ht_address *address, char *text);

/* The same with the name of the scope's device, "fe80::1%eth0", in place of the scope number, which
 * may be another device's after a reboot. `zone` NULL or "": unknown, the number is written. */
HT_API const char *ht_address_format_zoned(const struct ht_address *address, const char *zone,
                                           char *text);

/* Reads a literal without a scope; false (and *address untouched) if `text` is none. */
HT_API bool ht_address_parse(const char *text, struct ht_address *address);

/* Number of address bytes: 4, 16, or 0. */
HT_API size_t ht_address_length(const struct ht_address *address);

/* Equal in version and bytes; the scope does not count: a reply carries none in its quote. */
HT_API bool ht_address_equal(const struct ht_address *a, const struct ht_address *b);

/* Total order: IPv4 before IPv6, then by bytes. */
HT_API int ht_address_compare(const struct ht_address *a, const struct ht_address *b);

/* From `length` (4 or 16) raw bytes; any other length gives HT_IP_NONE. */
HT_API struct ht_address ht_address_from_bytes(const uint8_t *bytes, size_t length);

HT_END_C

#endif
