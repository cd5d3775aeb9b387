/* Interface information behind a quote: the layouts of RFC 5837, whole and damaged. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "unit.h"
#include "wire/checksum.h"
#include "wire/extension.h"
#include "wire/interface_info.h"
#include "wire/mpls.h"

/* C-Types: the role of an incoming interface, and what is told of it. */
enum { INDEX = 0x08, ADDRESS = 0x04, NAME = 0x02, MTU = 0x01 };

/* An extension structure in the making. */
struct structure {
    uint8_t bytes[512];
    size_t length;
};

static void begin(struct structure *structure)
{
    *structure = (struct structure){.bytes = {0x20}, .length = HT_EXTENSION_MIN};
}

static void add(struct structure *structure, uint8_t class, uint8_t ctype, const void *content,
                size_t length)
{
    uint8_t *bytes = structure->bytes + structure->length;
    ht_store_u16(bytes, (uint16_t)(4 + length));
    bytes[2] = class;
    bytes[3] = ctype;
    memcpy(bytes + 4, content, length);
    structure->length += 4 + length;
}

static void seal(struct structure *structure)
{
    ht_store_u16(structure->bytes + 2, 0);
    ht_store_u16(structure->bytes + 2,
                 ht_checksum_finish(ht_checksum_add(0, structure->bytes, structure->length)));
}

/* What the first interface information says; false: there is none. The structure stands at an odd
 * address, and nothing behind its end may be read. */
static bool read_first(struct structure *structure, struct ht_interface *info)
{
    struct ht_reader objects;
    static uint8_t *copy;
    free(copy);
    seal(structure);
    copy = malloc(structure->length + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy + 1, structure->bytes, structure->length);
    return ht_extension_open(copy + 1, structure->length, false, &objects) &&
           ht_interface_info_next(&objects, info);
}

static bool read_one(uint8_t ctype, const void *content, size_t length, struct ht_interface *info)
{
    struct structure structure;
    begin(&structure);
    add(&structure, 2, ctype, content, length);
    return read_first(&structure, info);
}

static void check_address(const struct ht_interface *info, const char *text)
{
    struct ht_address expected;
    CU_ASSERT_TRUE_FATAL(ht_address_parse(text, &expected));
    CU_ASSERT_TRUE(ht_address_equal(&info->address, &expected));
}

static void check_name(const struct ht_interface *info, const char *text)
{
    CU_ASSERT_STRING_EQUAL(info->name, text);
}

static const uint8_t index_alone[] = {0, 1, 0x86, 0xa0};
static const uint8_t ipv4_alone[] = {0, 1, 0, 0, 192, 0, 2, 33};
static const uint8_t ipv6_alone[] = {0, 2, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0,
                                     0, 0, 0, 0, 0,    0, 0,   0,    0, 0x21};
static const uint8_t name_alone[] = {12, 'x', 'e', '-', '0', '/', '0', '/', '1', 0, 0, 0};
static const uint8_t mtu_alone[] = {0, 0, 0x23, 0x28};

static void an_index_is_read(void)
{
    struct ht_interface info;
    CU_ASSERT_TRUE_FATAL(read_one(INDEX, index_alone, sizeof index_alone, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_INCOMING);
    CU_ASSERT_EQUAL(info.index, 100000);
    CU_ASSERT_EQUAL(info.address.version, HT_IP_NONE);
    check_name(&info, "");
    CU_ASSERT_EQUAL(info.mtu, 0);
}

static void an_address_is_read(void)
{
    struct ht_interface info;
    CU_ASSERT_TRUE_FATAL(read_one(ADDRESS, ipv4_alone, sizeof ipv4_alone, &info));
    check_address(&info, "192.0.2.33");
    CU_ASSERT_EQUAL(info.index, 0);
    CU_ASSERT_TRUE_FATAL(read_one(ADDRESS, ipv6_alone, sizeof ipv6_alone, &info));
    check_address(&info, "2001:db8::21");
    CU_ASSERT_EQUAL(info.mtu, 0);
}

static void a_name_is_read(void)
{
    struct ht_interface info;
    CU_ASSERT_TRUE_FATAL(read_one(NAME, name_alone, sizeof name_alone, &info));
    check_name(&info, "xe-0/0/1");
    CU_ASSERT_EQUAL(info.address.version, HT_IP_NONE);
}

static void an_mtu_is_read(void)
{
    struct ht_interface info;
    CU_ASSERT_TRUE_FATAL(read_one(MTU, mtu_alone, sizeof mtu_alone, &info));
    CU_ASSERT_EQUAL(info.mtu, 9000);
    CU_ASSERT_EQUAL(info.index, 0);
}

/* All that an object can tell, in the order of the RFC; returns its length. */
static size_t put_all(uint8_t *content, const uint8_t *address, size_t address_length)
{
    size_t length = 0;
    memcpy(content, index_alone, sizeof index_alone);
    length += sizeof index_alone;
    memcpy(content + length, address, address_length);
    length += address_length;
    memcpy(content + length, name_alone, sizeof name_alone);
    length += sizeof name_alone;
    memcpy(content + length, mtu_alone, sizeof mtu_alone);
    return length + sizeof mtu_alone;
}

static void all_of_it_is_read(void)
{
    uint8_t content[64];
    struct ht_interface info;
    size_t length = put_all(content, ipv6_alone, sizeof ipv6_alone);
    CU_ASSERT_TRUE_FATAL(read_one(HT_INTERFACE_OUTGOING << 6 | INDEX | ADDRESS | NAME | MTU,
                                  content, length, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_OUTGOING);
    CU_ASSERT_EQUAL(info.index, 100000);
    check_address(&info, "2001:db8::21");
    check_name(&info, "xe-0/0/1");
    CU_ASSERT_EQUAL(info.mtu, 9000);
}

/* Reserved bits may come to mean more, told behind the rest. */
static void what_is_not_known_is_passed_over(void)
{
    uint8_t content[64] = {0};
    struct ht_interface info;
    size_t length = put_all(content, ipv4_alone, sizeof ipv4_alone);
    CU_ASSERT_TRUE_FATAL(read_one(0x30 | INDEX | ADDRESS | NAME | MTU, content, length + 8, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_INCOMING);
    check_address(&info, "192.0.2.33");
    CU_ASSERT_EQUAL(info.mtu, 9000);
    CU_ASSERT_TRUE_FATAL(read_one(HT_INTERFACE_NEXT_HOP << 6, content, 0, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_NEXT_HOP);
    CU_ASSERT_EQUAL(info.index, 0);
}

static void a_cut_object_gives_nothing(void)
{
    uint8_t content[64];
    struct ht_interface info;
    const uint8_t *const addresses[] = {ipv4_alone, ipv6_alone};
    const size_t lengths[] = {sizeof ipv4_alone, sizeof ipv6_alone};
    for (size_t family = 0; family < 2; family++) {
        size_t length = put_all(content, addresses[family], lengths[family]);
        for (size_t cut = 0; cut < length; cut++)
            CU_ASSERT_FALSE(read_one(INDEX | ADDRESS | NAME | MTU, content, cut, &info));
        CU_ASSERT_TRUE(read_one(INDEX | ADDRESS | NAME | MTU, content, length, &info));
    }
}

static void a_cut_structure_gives_nothing(void)
{
    uint8_t content[64];
    struct ht_interface info;
    struct structure structure;
    begin(&structure);
    size_t length = put_all(content, ipv6_alone, sizeof ipv6_alone);
    add(&structure, 2, INDEX | ADDRESS | NAME | MTU, content, length);
    for (size_t whole = structure.length; structure.length > HT_EXTENSION_MIN;) {
        CU_ASSERT_EQUAL(read_first(&structure, &info), structure.length == whole);
        structure.length--;
    }
    CU_ASSERT_FALSE(read_first(&structure, &info));
}

static void an_unknown_family_gives_nothing(void)
{
    struct ht_interface info;
    uint8_t content[sizeof ipv6_alone];
    memcpy(content, ipv6_alone, sizeof content);
    for (unsigned family = 0; family <= UINT16_MAX; family++) {
        ht_store_u16(content, (uint16_t)family);
        bool known = family == 1 || family == 2;
        if (read_one(ADDRESS, content, sizeof content, &info) != known)
            CU_FAIL("an address of an unknown family, or none of a known one");
    }
}

static void a_name_has_the_length_of_the_rfc(void)
{
    struct ht_interface info;
    uint8_t content[256];
    memset(content, 'n', sizeof content);
    for (unsigned length = 0; length <= UINT8_MAX; length++) {
        content[0] = (uint8_t)length;
        bool right = length != 0 && length % 4 == 0 && length <= 64;
        CU_ASSERT_EQUAL(read_one(NAME, content, sizeof content, &info), right);
        if (right)
            CU_ASSERT_EQUAL(strlen(info.name), length - 1);
    }
}

static void a_name_may_be_empty(void)
{
    struct ht_interface info;
    static const uint8_t empty[] = {4, 0, 0, 0};
    CU_ASSERT_TRUE_FATAL(read_one(NAME, empty, sizeof empty, &info));
    check_name(&info, "");
}

/* As a router of a bundle tells it: by which bundle, by which member, and where to. */
static void add_roles(struct structure *structure)
{
    static const uint8_t label[] = {0x03, 0xe8, 0x11, 0xfe}; /* 16001, bottom, ttl 254 */
    add(structure, 2, HT_INTERFACE_INCOMING << 6 | INDEX, index_alone, sizeof index_alone);
    add(structure, 1, 1, label, sizeof label);
    add(structure, 2, HT_INTERFACE_SUB_INCOMING << 6 | NAME, name_alone, sizeof name_alone);
    add(structure, 9, 0xff, label, 1);
    add(structure, 2, HT_INTERFACE_OUTGOING << 6 | ADDRESS, name_alone, sizeof name_alone);
    add(structure, 2, HT_INTERFACE_NEXT_HOP << 6 | ADDRESS, ipv4_alone, sizeof ipv4_alone);
}

static void several_roles_are_told_in_turn(void)
{
    struct structure structure;
    struct ht_reader objects;
    struct ht_interface info;
    begin(&structure);
    add_roles(&structure);
    seal(&structure);
    CU_ASSERT_TRUE_FATAL(ht_extension_open(structure.bytes, structure.length, false, &objects));
    CU_ASSERT_TRUE_FATAL(ht_interface_info_next(&objects, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_INCOMING);
    CU_ASSERT_EQUAL(info.index, 100000);
    CU_ASSERT_TRUE_FATAL(ht_interface_info_next(&objects, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_SUB_INCOMING);
    check_name(&info, "xe-0/0/1");
    CU_ASSERT_EQUAL(info.index, 0);
    /* The outgoing one's address is of no family: it is stepped over. */
    CU_ASSERT_TRUE_FATAL(ht_interface_info_next(&objects, &info));
    CU_ASSERT_EQUAL(info.role, HT_INTERFACE_NEXT_HOP);
    check_address(&info, "192.0.2.33");
    CU_ASSERT_FALSE(ht_interface_info_next(&objects, &info));
    CU_ASSERT_FALSE(ht_interface_info_next(&objects, &info));
    struct ht_mpls labels[HT_MPLS_MAX];
    CU_ASSERT_EQUAL_FATAL(ht_mpls_read(structure.bytes, structure.length, false, labels), 1);
    CU_ASSERT_EQUAL(labels[0].label, 16001);
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_index_is_read),
    UNIT_CASE(an_address_is_read),
    UNIT_CASE(a_name_is_read),
    UNIT_CASE(an_mtu_is_read),
    UNIT_CASE(all_of_it_is_read),
    UNIT_CASE(what_is_not_known_is_passed_over),
    UNIT_CASE(a_cut_object_gives_nothing),
    UNIT_CASE(a_cut_structure_gives_nothing),
    UNIT_CASE(an_unknown_family_gives_nothing),
    UNIT_CASE(a_name_has_the_length_of_the_rfc),
    UNIT_CASE(a_name_may_be_empty),
    UNIT_CASE(several_roles_are_told_in_turn),
};

UNIT_MAIN("wire_interface_info", cases)
