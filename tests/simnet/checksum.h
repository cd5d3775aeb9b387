/* The Internet checksum (RFC 1071). */
#ifndef SIMNET_CHECKSUM_H
#define SIMNET_CHECKSUM_H

#include "address.h"

#include <stddef.h>
#include <stdint.h>

/* Adds `length` bytes to a running sum; an odd last byte counts as if a zero
 * followed it, so only the last piece may be odd. Start with 0. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t length);

/* Folds a running sum to the 16 bits that go into the header (already inverted).
 * Over data that contains a right checksum the result is 0. */
uint16_t checksum_finish(uint64_t sum);

/* The running sum of the pseudo header of UDP, TCP and ICMPv6. */
uint64_t checksum_pseudo(const struct address *source, const struct address *destination,
                         uint8_t protocol, size_t length);

#endif
