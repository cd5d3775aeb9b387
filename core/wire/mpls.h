/* MPLS label stacks in ICMP extensions, RFC 4950. */
#ifndef HT_WIRE_MPLS_H
#define HT_WIRE_MPLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"

/* More labels than any real stack has; further ones are left out. */
#define HT_MPLS_MAX 16

/* Reads the first label stack of `length` bytes of extension structure into `labels` (room for
 * HT_MPLS_MAX) and returns the number of labels, 0 if there are none or the structure is damaged.
 * `announced`: see ht_extension_open. */
size_t ht_mpls_read(const uint8_t *bytes, size_t length, bool announced, struct ht_mpls *labels);

#endif
