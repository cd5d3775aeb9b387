/* Checksums and IP headers, against examples worked by hand and against hostile bytes. */
#include <string.h>

#include "unit.h"
#include "wire/checksum.h"
#include "wire/ip.h"

static void checksum_of_rfc_1071_example(void)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    CU_ASSERT_EQUAL(ht_checksum_fold(ht_checksum_add(0, bytes, sizeof bytes)), 0xddf2);
    CU_ASSERT_EQUAL(ht_checksum_finish(ht_checksum_add(0, bytes, sizeof bytes)), 0x220d);
}

static void checksum_pads_an_odd_byte_and_continues(void)
{
    static const uint8_t bytes[] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde};
    uint64_t whole = ht_checksum_add(0, bytes, sizeof bytes);
    uint64_t pieces = ht_checksum_add(ht_checksum_add(0, bytes, 2), bytes + 2, 5);
    CU_ASSERT_EQUAL(ht_checksum_fold(whole), ht_checksum_fold(pieces));
    CU_ASSERT_EQUAL(ht_checksum_fold(whole), 0x1234 + 0x5678 + 0x9abc + 0xde00 - 0x10000 + 1);
}

/* From and to these. */
static struct ht_address source, destination;

static struct ht_ip_header sample(const char *from, const char *to)
{
    CU_ASSERT_TRUE(ht_address_parse(from, &source));
    CU_ASSERT_TRUE(ht_address_parse(to, &destination));
    return (struct ht_ip_header){.source = &source,
                                 .destination = &destination,
                                 .protocol = HT_IPPROTO_UDP,
                                 .ttl = 7,
                                 .tos = 0xb8,
                                 .id = 0x1234,
                                 .flow_label = 0xabcde};
}

static void ipv4_header_survives_the_round_trip(void)
{
    uint8_t bytes[40] = {0};
    struct ht_ip_header read;
    struct ht_address shown[2];
    struct ht_ip_header header = sample("192.0.2.1", "198.51.100.9");
    CU_ASSERT_EQUAL(ht_ip_write(bytes, &header, sizeof bytes), HT_IPV4_HEADER_LENGTH);
    CU_ASSERT_EQUAL(ht_checksum_fold(ht_checksum_add(0, bytes, HT_IPV4_HEADER_LENGTH)), 0xffff);
    struct ht_reader reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_TRUE_FATAL(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    CU_ASSERT_EQUAL(reader.offset, HT_IPV4_HEADER_LENGTH);
    CU_ASSERT_TRUE(ht_address_equal(&shown[0], &source));
    CU_ASSERT_TRUE(ht_address_equal(&shown[1], &destination));
    CU_ASSERT_EQUAL(read.ttl, 7);
    CU_ASSERT_EQUAL(read.tos, 0xb8);
    CU_ASSERT_EQUAL(read.id, 0x1234);
    CU_ASSERT_EQUAL(read.protocol, HT_IPPROTO_UDP);
    CU_ASSERT_FALSE(read.fragment);
}

static void ipv4_options_are_stepped_over(void)
{
    uint8_t bytes[28] = {0x47};
    struct ht_ip_header read;
    struct ht_address shown[2];
    struct ht_reader reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_TRUE(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    CU_ASSERT_EQUAL(reader.offset, 28);
    reader = ht_reader_over(bytes, 27);
    CU_ASSERT_FALSE(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    bytes[0] = 0x44; /* a header of 16 bytes */
    reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_FALSE(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
}

static void ipv6_header_survives_the_round_trip(void)
{
    uint8_t bytes[60] = {0};
    struct ht_ip_header read;
    struct ht_address shown[2];
    struct ht_ip_header header = sample("2001:db8::1", "2001:db8:1::9");
    CU_ASSERT_EQUAL(ht_ip_write(bytes, &header, sizeof bytes), HT_IPV6_HEADER_LENGTH);
    CU_ASSERT_EQUAL(ht_load_u16(bytes + 4), 20);
    struct ht_reader reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_TRUE_FATAL(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    CU_ASSERT_EQUAL(reader.offset, HT_IPV6_HEADER_LENGTH);
    CU_ASSERT_TRUE(ht_address_equal(&shown[1], &destination));
    CU_ASSERT_EQUAL(read.ttl, 7);
    CU_ASSERT_EQUAL(read.tos, 0xb8);
    CU_ASSERT_EQUAL(read.flow_label, 0xabcde);
}

/* A packet with hop-by-hop, routing, destination options and a first fragment, then UDP. */
static void ipv6_extension_headers_are_stepped_over(void)
{
    uint8_t bytes[40 + 8 + 24 + 16 + 8] = {0};
    struct ht_ip_header header = sample("2001:db8::1", "2001:db8:1::9");
    struct ht_ip_header read;
    struct ht_address shown[2];
    header.protocol = HT_IPV6_HOP_BY_HOP;
    (void)ht_ip_write(bytes, &header, sizeof bytes);
    bytes[40] = HT_IPV6_ROUTING;
    bytes[48] = HT_IPV6_DESTINATION_OPTIONS;
    bytes[49] = 2;
    bytes[72] = HT_IPV6_FRAGMENT;
    bytes[73] = 1;
    bytes[88] = HT_IPPROTO_UDP;
    struct ht_reader reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_TRUE_FATAL(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    CU_ASSERT_EQUAL(read.protocol, HT_IPPROTO_UDP);
    CU_ASSERT_EQUAL(reader.offset, sizeof bytes);
    CU_ASSERT_FALSE(read.fragment);
    ht_store_u16(bytes + 90, 8); /* not the first fragment */
    reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_TRUE(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    CU_ASSERT_TRUE(read.fragment);
    for (size_t length = 0; length < sizeof bytes; length++) {
        reader = ht_reader_over(bytes, length);
        CU_ASSERT_FALSE(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
    }
}

static void endless_extension_headers_end(void)
{
    uint8_t bytes[40 + 8 * 64] = {0};
    struct ht_ip_header read;
    struct ht_address shown[2];
    bytes[0] = 0x60;
    struct ht_reader reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_FALSE(ht_ip_read(&reader, &read, &shown[0], &shown[1]));
}

static const struct unit_case cases[] = {
    UNIT_CASE(checksum_of_rfc_1071_example),
    UNIT_CASE(checksum_pads_an_odd_byte_and_continues),
    UNIT_CASE(ipv4_header_survives_the_round_trip),
    UNIT_CASE(ipv4_options_are_stepped_over),
    UNIT_CASE(ipv6_header_survives_the_round_trip),
    UNIT_CASE(ipv6_extension_headers_are_stepped_over),
    UNIT_CASE(endless_extension_headers_end),
};

UNIT_MAIN("wire_ip", cases)
