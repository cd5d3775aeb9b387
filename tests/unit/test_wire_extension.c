/* Label stacks behind a quote, whole and damaged. */
#include "base/bytes.h"
#include "unit.h"
#include "wire/checksum.h"
#include "wire/extension.h"
#include "wire/mpls.h"

/* Version 2, one object of another class, then two labels. */
static size_t sample(uint8_t *bytes)
{
    static const uint8_t content[] = {0x20, 0,    0,    0, /* header */
                                      0,    8,    2,    1,
                                      9,    9,    9,    9,     /* interface information */
                                      0,    12,   1,    1,     /* MPLS */
                                      0x03, 0xe8, 0x10, 0xfe,  /* 16001, tc 0, ttl 254 */
                                      0xff, 0xff, 0xff, 0x01}; /* 1048575, 7, bottom, 1 */
    memcpy(bytes, content, sizeof content);
    ht_store_u16(bytes + 2, ht_checksum_finish(ht_checksum_add(0, bytes, sizeof content)));
    return sizeof content;
}

static void labels_are_read(void)
{
    uint8_t bytes[64];
    struct ht_mpls labels[HT_MPLS_MAX];
    size_t length = sample(bytes);
    CU_ASSERT_EQUAL_FATAL(ht_mpls_read(bytes, length, false, labels), 2);
    CU_ASSERT_EQUAL(labels[0].label, 16001);
    CU_ASSERT_EQUAL(labels[0].tc, 0);
    CU_ASSERT_FALSE(labels[0].bottom);
    CU_ASSERT_EQUAL(labels[0].ttl, 254);
    CU_ASSERT_EQUAL(labels[1].label, 1048575);
    CU_ASSERT_EQUAL(labels[1].tc, 7);
    CU_ASSERT_TRUE(labels[1].bottom);
    CU_ASSERT_EQUAL(labels[1].ttl, 1);
}

static void a_bad_checksum_means_no_labels(void)
{
    uint8_t bytes[64];
    struct ht_mpls labels[HT_MPLS_MAX];
    size_t length = sample(bytes);
    bytes[3] ^= 1;
    CU_ASSERT_EQUAL(ht_mpls_read(bytes, length, true, labels), 0);
}

static void no_checksum_will_do_if_the_length_was_told(void)
{
    uint8_t bytes[64];
    struct ht_mpls labels[HT_MPLS_MAX];
    size_t length = sample(bytes);
    ht_store_u16(bytes + 2, 0);
    CU_ASSERT_EQUAL(ht_mpls_read(bytes, length, true, labels), 2);
    CU_ASSERT_EQUAL(ht_mpls_read(bytes, length, false, labels), 0);
}

static void cut_and_malformed_ones_give_nothing(void)
{
    uint8_t bytes[64];
    struct ht_mpls labels[HT_MPLS_MAX];
    size_t length = sample(bytes);
    ht_store_u16(bytes + 2, 0);
    for (size_t cut = 0; cut < length; cut++)
        CU_ASSERT_EQUAL(ht_mpls_read(bytes, cut, true, labels), 0);
    bytes[5] = 3; /* an object shorter than its own header */
    CU_ASSERT_EQUAL(ht_mpls_read(bytes, length, true, labels), 0);
    bytes[5] = 8;
    bytes[0] = 0x10;
    CU_ASSERT_EQUAL(ht_mpls_read(bytes, length, true, labels), 0);
}

static void a_stack_without_end_is_cut(void)
{
    uint8_t bytes[4 + 4 + 100 * 4] = {0x20};
    struct ht_mpls labels[HT_MPLS_MAX];
    ht_store_u16(bytes + 4, 4 + 100 * 4);
    bytes[6] = 1;
    bytes[7] = 1;
    CU_ASSERT_EQUAL(ht_mpls_read(bytes, sizeof bytes, true, labels), HT_MPLS_MAX);
}

static void the_whole_rest_must_be_one(void)
{
    uint8_t bytes[64] = {0};
    size_t length = sample(bytes);
    CU_ASSERT_TRUE(ht_extension_fills(bytes, length, false));
    for (size_t other = 0; other < sizeof bytes; other++)
        CU_ASSERT_EQUAL(ht_extension_fills(bytes, other, true), other == length);
    bytes[3] ^= 1;
    CU_ASSERT_FALSE(ht_extension_fills(bytes, length, true));
    ht_store_u16(bytes + 2, 0);
    CU_ASSERT_TRUE(ht_extension_fills(bytes, length, true));
    CU_ASSERT_FALSE(ht_extension_fills(bytes, length, false));
    bytes[1] = 1; /* reserved */
    CU_ASSERT_FALSE(ht_extension_fills(bytes, length, true));
    bytes[1] = 0;
    bytes[5] = 3; /* an object shorter than its own header */
    CU_ASSERT_FALSE(ht_extension_fills(bytes, length, true));
}

static const struct unit_case cases[] = {
    UNIT_CASE(labels_are_read),
    UNIT_CASE(a_bad_checksum_means_no_labels),
    UNIT_CASE(no_checksum_will_do_if_the_length_was_told),
    UNIT_CASE(cut_and_malformed_ones_give_nothing),
    UNIT_CASE(a_stack_without_end_is_cut),
    UNIT_CASE(the_whole_rest_must_be_one),
};

UNIT_MAIN("wire_extension", cases)
