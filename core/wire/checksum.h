/* The Internet checksum, RFC 1071: ones-complement sums that can be continued. */
#ifndef HT_WIRE_CHECKSUM_H
#define HT_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds `length` bytes as 16-bit words to a sum in progress (start with 0). An odd last byte is
 * padded with zero, so only the last piece may be odd. */
uint64_t ht_checksum_add(uint64_t sum, const uint8_t *bytes, size_t length);

/* Folds the sum to 16 bits without complementing it: 0xffff over data that contains its own
 * right checksum. */
uint16_t ht_checksum_fold(uint64_t sum);

/* The checksum field's value: the complement of the folded sum. */
uint16_t ht_checksum_finish(uint64_t sum);

#endif
