/* ICMP extensions: what a router appends behind the quote (RFC 4884), of which the MPLS label
 * stack (RFC 4950) is read. */
#ifndef HT_WIRE_EXTENSION_H
#define HT_WIRE_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/report.h"

/* More labels than any real stack has; further ones are left out. */
#define HT_MPLS_MAX 16

/* The header of an extension structure, RFC 4884 section 7. */
#define HT_EXTENSION_MIN 4

/* True if an extension structure could begin with these two bytes: version 2, nothing reserved. */
static inline bool ht_extension_begins(const uint8_t *bytes)
{
    return bytes[0] == 0x20 && bytes[1] == 0;
}

/* True if these bytes, which stand where a quote may or may not go on, are an extension structure
 * from the first to the last: its version, its checksum, objects of which each ends where the next
 * one begins and the last one where the bytes end. `announced` as below: a checksum of 0 will do.
 */
bool ht_extension_fills(const uint8_t *bytes, size_t length, bool announced);

/* Reads the label stack from `length` bytes of extension structure into `labels` (room for
 * HT_MPLS_MAX) and returns the number of labels, 0 if there are none or the structure is damaged.
 * `announced`: the ICMP message told where the quote ends. If it did not, these bytes may be no
 * extension at all, and a right checksum is demanded; if it did, a checksum of 0 means none. */
size_t ht_extension_mpls(const uint8_t *bytes, size_t length, bool announced,
                         struct ht_mpls *labels);

#endif
