#include "wire/checksum.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/bytes.h"

/* The sum in ones-complement is the same in either byte order, but for its own bytes being swapped
 * (RFC 1071 section 2 B): so words are added as the machine has them, four bytes at a time. */
uint64_t ht_checksum_add(uint64_t sum, const uint8_t *bytes, size_t length)
{
    uint64_t native = 0;
    size_t i = 0;
    for (; i + 4 <= length; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + i, sizeof word);
        native += word;
    }
    sum += ntohs(ht_checksum_fold(native));
    if (i + 2 <= length) {
        sum += ht_load_u16(bytes + i);
        i += 2;
    }
    if (i < length)
        sum += (uint64_t)bytes[i] << 8;
    return sum;
}

uint16_t ht_checksum_fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint16_t ht_checksum_finish(uint64_t sum)
{
    return (uint16_t)~ht_checksum_fold(sum);
}
