#include "checksum.h"

#include "bytes.h"

#include <string.h>

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t length)
{
    while (length >= 4) {
        sum += get32(bytes);
        bytes += 4;
        length -= 4;
    }
    if (length >= 2) {
        sum += get16(bytes);
        bytes += 2;
        length -= 2;
    }
    if (length == 1)
        sum += (uint64_t)bytes[0] << 8;
    return sum;
}

uint16_t checksum_finish(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint64_t checksum_pseudo(const struct address *source, const struct address *destination,
                         uint8_t protocol, size_t length)
{
    size_t skip = address_is_ipv4(source) ? 12 : 0;
    uint64_t sum = (uint64_t)protocol + length;

    sum = checksum_add(sum, source->bytes + skip, sizeof source->bytes - skip);
    return checksum_add(sum, destination->bytes + skip, sizeof destination->bytes - skip);
}
