#include "wire/ip.h"

#include "wire/checksum.h"

/* More than any real packet has; what goes on longer is not worth following. */
#define EXTENSION_HEADERS_MAX 8

/* RFC 791 section 3.1: a flag of the word that has the fragment's offset. */
#define DONT_FRAGMENT 0x4000U

static void write_ipv4(uint8_t *bytes, const struct ht_ip_header *header, size_t length)
{
    bytes[0] = 0x45;
    bytes[1] = header->tos;
    ht_store_u16(bytes + 2, (uint16_t)length);
    ht_store_u16(bytes + 4, header->id);
    uint32_t flags = header->whole ? DONT_FRAGMENT : 0;
    ht_store_u16(bytes + 6, (uint16_t)flags);
    bytes[8] = header->ttl;
    bytes[9] = header->protocol;
    memcpy(bytes + 12, header->source->bytes, 4);
    memcpy(bytes + 16, header->destination->bytes, 4);
    /* Of the values: bytes that were only just written are slow to read. */
    uint64_t sum = (0x4500U | header->tos) + length + header->id + flags +
                   ((uint32_t)header->ttl << 8 | header->protocol) +
                   (uint64_t)ht_load_u32(header->source->bytes) +
                   ht_load_u32(header->destination->bytes);
    ht_store_u16(bytes + 10, ht_checksum_finish(sum));
}

static void write_ipv6(uint8_t *bytes, const struct ht_ip_header *header, size_t length)
{
    ht_store_u32(bytes, UINT32_C(0x60000000) | (uint32_t)header->tos << 20 |
                            (header->flow_label & UINT32_C(0xfffff)));
    ht_store_u16(bytes + 4, (uint16_t)(length - HT_IPV6_HEADER_LENGTH));
    bytes[6] = header->protocol;
    bytes[7] = header->ttl;
    memcpy(bytes + 8, header->source->bytes, 16);
    memcpy(bytes + 24, header->destination->bytes, 16);
}

size_t ht_ip_write(uint8_t *bytes, const struct ht_ip_header *header, size_t length)
{
    if (header->destination->version == HT_IPV4) {
        write_ipv4(bytes, header, length);
        return HT_IPV4_HEADER_LENGTH;
    }
    write_ipv6(bytes, header, length);
    return HT_IPV6_HEADER_LENGTH;
}

_Static_assert(sizeof(((struct ht_outgoing *)NULL)->bytes) >=
                   HT_IPV6_HEADER_LENGTH - HT_IPV4_HEADER_LENGTH + HT_PACKET_MAX,
               "the longest header and the longest packet have room");

uint8_t *ht_ip_prepend(struct ht_outgoing *packet, size_t *length)
{
    const struct ht_ip_header header = {.source = &packet->source,
                                        .destination = &packet->destination,
                                        .protocol = packet->ip_protocol,
                                        .ttl = packet->ttl,
                                        .tos = packet->tos,
                                        .id = packet->ip_id,
                                        .whole = packet->whole,
                                        .flow_label = packet->flow_label};
    size_t header_length =
        packet->destination.version == HT_IPV4 ? HT_IPV4_HEADER_LENGTH : HT_IPV6_HEADER_LENGTH;
    uint8_t *bytes = ht_outgoing_transport(packet) - header_length;
    *length = header_length + packet->length;
    (void)ht_ip_write(bytes, &header, *length);
    return bytes;
}

/* What a length field leaves for the transport. */
static uint16_t left_of(size_t length, size_t taken)
{
    return length > taken ? (uint16_t)(length - taken) : 0;
}

/* RFC 791 section 3.1. */
static bool read_ipv4(struct ht_reader *reader, struct ht_ip_header *header,
                      struct ht_address *source, struct ht_address *destination)
{
    const uint8_t *bytes = ht_read_bytes(reader, HT_IPV4_HEADER_LENGTH);
    if (bytes == NULL)
        return false;
    size_t header_length = (size_t)(bytes[0] & 0x0f) * 4;
    if (header_length < HT_IPV4_HEADER_LENGTH)
        return false;
    header->tos = bytes[1];
    header->transport_length = left_of(ht_load_u16(bytes + 2), header_length);
    header->id = ht_load_u16(bytes + 4);
    header->fragment = (ht_load_u16(bytes + 6) & 0x1fff) != 0;
    header->ttl = bytes[8];
    header->protocol = bytes[9];
    header->flow_label = 0;
    ht_address_set(source, bytes + 12, 4);
    if (destination != NULL)
        ht_address_set(destination, bytes + 16, 4);
    ht_read_skip(reader, header_length - HT_IPV4_HEADER_LENGTH);
    return !reader->failed;
}

/* Steps over extension headers, RFC 8200 sections 4.3 to 4.6. */
static bool skip_extension_headers(struct ht_reader *reader, struct ht_ip_header *header)
{
    for (int i = 0; i < EXTENSION_HEADERS_MAX; i++) {
        if (header->protocol != HT_IPV6_HOP_BY_HOP && header->protocol != HT_IPV6_ROUTING &&
            header->protocol != HT_IPV6_FRAGMENT && header->protocol != HT_IPV6_DESTINATION_OPTIONS)
            return true;
        size_t start = reader->offset;
        const uint8_t *bytes = ht_read_bytes(reader, 8);
        if (bytes == NULL)
            return false;
        if (header->protocol == HT_IPV6_FRAGMENT)
            header->fragment = (ht_load_u16(bytes + 2) & 0xfff8) != 0;
        else
            ht_read_skip(reader, (size_t)bytes[1] * 8);
        header->transport_length = left_of(header->transport_length, reader->offset - start);
        header->protocol = bytes[0];
    }
    return false;
}

static bool read_ipv6(struct ht_reader *reader, struct ht_ip_header *header,
                      struct ht_address *source, struct ht_address *destination)
{
    const uint8_t *bytes = ht_read_bytes(reader, HT_IPV6_HEADER_LENGTH);
    if (bytes == NULL)
        return false;
    uint32_t first = ht_load_u32(bytes);
    header->tos = (uint8_t)(first >> 20);
    header->flow_label = first & UINT32_C(0xfffff);
    header->id = 0;
    header->fragment = false;
    header->transport_length = ht_load_u16(bytes + 4);
    header->protocol = bytes[6];
    header->ttl = bytes[7];
    ht_address_set(source, bytes + HT_IPV6_SOURCE, 16);
    if (destination != NULL)
        ht_address_set(destination, bytes + 24, 16);
    return skip_extension_headers(reader, header) && !reader->failed;
}

bool ht_ip_read(struct ht_reader *reader, struct ht_ip_header *header, struct ht_address *source,
                struct ht_address *destination)
{
    if (ht_reader_left(reader) == 0)
        return false;
    switch (reader->bytes[reader->offset] >> 4) {
    case 4:
        return read_ipv4(reader, header, source, destination);
    case 6:
        return read_ipv6(reader, header, source, destination);
    default:
        return false;
    }
}

uint64_t ht_ip_pseudo_sum(const struct ht_address *source, const struct ht_address *destination,
                          uint8_t protocol, size_t transport_length)
{
    uint64_t sum = ht_checksum_add(0, source->bytes, ht_address_length(source));
    sum = ht_checksum_add(sum, destination->bytes, ht_address_length(destination));
    return sum + protocol + transport_length;
}
