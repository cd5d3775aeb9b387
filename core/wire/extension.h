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

/* Reads the label stack from `length` bytes of extension structure into `labels` (room for
 * HT_MPLS_MAX) and returns the number of labels, 0 if there are none or the structure is damaged.
 * `announced`: the ICMP message told where the quote ends. If it did not, these bytes may be no
 * extension at all, and a right checksum is demanded; if it did, a checksum of 0 means none. */
size_t ht_extension_mpls(const uint8_t *bytes, size_t length, bool announced,
                         struct ht_mpls *labels);

#endif
