#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/ptr.h"
#include "unit.h"

#define QUESTION "7.2.0.192.in-addr.arpa"

enum { CNAME = 5, SOA = 6, PTR = 12, TXT = 16 };

/* A message in the making. */
struct message {
    uint8_t bytes[4096];
    size_t length;
};

static void put(struct message *message, const void *bytes, size_t length)
{
    CU_ASSERT_FATAL(length <= sizeof message->bytes - message->length);
    memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
}

static void put_u16(struct message *message, unsigned value)
{
    uint8_t bytes[2];
    ht_store_u16(bytes, (uint16_t)value);
    put(message, bytes, 2);
}

static void put_u32(struct message *message, uint32_t value)
{
    uint8_t bytes[4];
    ht_store_u32(bytes, value);
    put(message, bytes, 4);
}

/* Labels between dots; none of them is odd. */
static void put_name(struct message *message, const char *text)
{
    while (*text != '\0') {
        uint8_t size = (uint8_t)strcspn(text, ".");
        put(message, &size, 1);
        put(message, text, size);
        text += size;
        text += *text == '.';
    }
    put(message, "", 1);
}

/* A header with these counts, and the question. */
static struct message begin(unsigned answers, unsigned authorities)
{
    struct message message = {.length = 0};
    put_u32(&message, 0x12348180);
    put_u16(&message, 1);
    put_u16(&message, answers);
    put_u16(&message, authorities);
    put_u16(&message, 0);
    put_name(&message, QUESTION);
    put_u16(&message, PTR);
    put_u16(&message, 1);
    return message;
}

static void put_record(struct message *message, const char *owner, unsigned type, uint32_t ttl_s,
                       const void *data, size_t length)
{
    if (owner == NULL)
        put_u16(message, 0xc000 | 12);
    else
        put_name(message, owner);
    put_u16(message, type);
    put_u16(message, 1);
    put_u32(message, ttl_s);
    put_u16(message, (unsigned)length);
    put(message, data, length);
}

static void put_named(struct message *message, const char *owner, unsigned type, uint32_t ttl_s,
                      const char *name)
{
    struct message data = {.length = 0};
    put_name(&data, name);
    put_record(message, owner, type, ttl_s, data.bytes, data.length);
}

static void put_soa(struct message *message, uint32_t ttl_s, uint32_t minimum_s)
{
    struct message data = {.length = 0};
    put_name(&data, "ns.test");
    put_name(&data, "admin.test");
    for (uint32_t i = 0; i < 4; i++)
        put_u32(&data, 7);
    put_u32(&data, minimum_s);
    put_record(message, "in-addr.arpa", SOA, ttl_s, data.bytes, data.length);
}

static struct ht_ptr_answer read_good(const struct message *message)
{
    struct ht_ptr_answer answer;
    CU_ASSERT_TRUE(ht_ptr_read(message->bytes, message->length, QUESTION, &answer));
    return answer;
}

static bool is_malformed(const struct message *message)
{
    struct ht_ptr_answer answer;
    return !ht_ptr_read(message->bytes, message->length, QUESTION, &answer);
}

static void expect(const struct message *message, const char *name, uint32_t ttl_s)
{
    struct ht_ptr_answer answer = read_good(message);
    CU_ASSERT_STRING_EQUAL(answer.name, name);
    CU_ASSERT_TRUE(answer.has_ttl);
    CU_ASSERT_EQUAL(answer.ttl_s, ttl_s);
}

/* --- questions ----------------------------------------------------------------------------- */

static void expect_question(const char *address, const char *question)
{
    struct ht_address parsed;
    char text[HT_PTR_QUESTION_MAX];
    CU_ASSERT_TRUE_FATAL(ht_address_parse(address, &parsed));
    CU_ASSERT_STRING_EQUAL(ht_ptr_question(&parsed, text), question);
}

static void test_questions(void)
{
    expect_question("192.0.2.7", QUESTION);
    expect_question("255.255.255.255", "255.255.255.255.in-addr.arpa");
    expect_question("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
                                          "8.b.d.0.1.0.0.2.ip6.arpa");
    struct ht_address none = {.version = HT_IP_NONE};
    char text[HT_PTR_QUESTION_MAX];
    CU_ASSERT_STRING_EQUAL(ht_ptr_question(&none, text), "");
}

/* --- answers ------------------------------------------------------------------------------- */

static void test_a_name(void)
{
    struct message message = begin(1, 0);
    put_named(&message, NULL, PTR, 3600, "Gw.Example.test");
    expect(&message, "Gw.Example.test", 3600);
}

static void test_the_owner_counts_whatever_its_case(void)
{
    struct message message = begin(2, 0);
    put_named(&message, "8.2.0.192.in-addr.arpa", PTR, 60, "stranger.test");
    put_named(&message, "7.2.0.192.IN-ADDR.arpa", PTR, 60, "ours.test");
    expect(&message, "ours.test", 60);
}

static void test_aliases_are_followed(void)
{
    struct message message = begin(3, 0);
    put_named(&message, NULL, CNAME, 50, "7.0/25.2.0.192.in-addr.arpa");
    put_named(&message, "7.0/25.2.0.192.in-addr.arpa", CNAME, 400, "elsewhere.test");
    put_named(&message, "elsewhere.test", PTR, 300, "gw.test");
    expect(&message, "gw.test", 50);
}

static void test_of_several_names_the_first_by_its_bytes(void)
{
    struct message message = begin(3, 0);
    put_named(&message, NULL, PTR, 300, "b.test");
    put_named(&message, NULL, PTR, 200, "a.test");
    put_named(&message, NULL, PTR, 100, "c.test");
    expect(&message, "a.test", 100);
}

static void test_other_records_are_passed_over(void)
{
    struct message message = begin(2, 0);
    put_record(&message, NULL, TXT, 5, "\3xyz", 4);
    put_named(&message, NULL, PTR, 60, "gw.test");
    expect(&message, "gw.test", 60);
}

static void test_a_compressed_name(void)
{
    struct message message = begin(1, 0);
    /* "gw." and then the question's name from its second label on. */
    put_record(&message, NULL, PTR, 60, "\2gw\xc0\x0e", 5);
    expect(&message, "gw.2.0.192.in-addr.arpa", 60);
}

static void test_a_time_with_its_top_bit_set_is_none(void)
{
    struct message message = begin(1, 0);
    put_named(&message, NULL, PTR, UINT32_C(0x80000000), "gw.test");
    expect(&message, "gw.test", 0);
}

static void test_odd_bytes_are_escaped(void)
{
    static const uint8_t data[] = "\x0d"
                                  "a.b\\c\"d\ne\xff f\x7f"
                                  "\4test";
    struct message message = begin(1, 0);
    put_record(&message, NULL, PTR, 60, data, sizeof data);
    expect(&message, "a\\.b\\\\c\\\"d\\010e\\255\\032f\\127.test", 60);
}

/* --- no name ------------------------------------------------------------------------------- */

static void test_no_name_holds_as_the_zone_says(void)
{
    struct message message = begin(0, 2);
    put_named(&message, "in-addr.arpa", 2, 60, "ns.test");
    put_soa(&message, 900, 120);
    expect(&message, "", 120);
    message = begin(0, 1);
    put_soa(&message, 90, 120);
    expect(&message, "", 90);
}

static void test_no_name_and_nothing_about_it(void)
{
    struct message message = begin(0, 0);
    CU_ASSERT_STRING_EQUAL(read_good(&message).name, "");
    CU_ASSERT_FALSE(read_good(&message).has_ttl);
    message = begin(0, 1);
    put_record(&message, NULL, SOA, 60, "\0\0\0\0", 4);
    CU_ASSERT_FALSE(read_good(&message).has_ttl);
}

static void test_the_root_is_no_name(void)
{
    struct message message = begin(1, 0);
    put_named(&message, NULL, PTR, 60, "");
    CU_ASSERT_STRING_EQUAL(read_good(&message).name, "");
    CU_ASSERT_FALSE(read_good(&message).has_ttl);
}

/* Four labels of these lengths, all of one byte. */
static struct message with_long_name(uint8_t last_size, int byte)
{
    struct message message = begin(1, 0);
    struct message data = {.length = 0};
    uint8_t label[63];
    memset(label, byte, sizeof label);
    for (int i = 0; i < 4; i++) {
        uint8_t size = i < 3 ? 63 : last_size;
        put(&data, &size, 1);
        put(&data, label, size);
    }
    put(&data, "", 1);
    put_record(&message, NULL, PTR, 60, data.bytes, data.length);
    return message;
}

static void test_the_longest_name(void)
{
    struct message message = with_long_name(61, 'x');
    CU_ASSERT_EQUAL(strlen(read_good(&message).name), 253);
    message = with_long_name(62, 'x');
    CU_ASSERT_TRUE(is_malformed(&message));
    /* As long, but its text is longer than what is kept. */
    message = with_long_name(61, '\n');
    CU_ASSERT_STRING_EQUAL(read_good(&message).name, "");
}

/* --- malformed ----------------------------------------------------------------------------- */

static void test_cut_anywhere(void)
{
    struct message message = begin(2, 0);
    put_named(&message, NULL, CNAME, 60, "alias.test");
    put_named(&message, "alias.test", PTR, 60, "gw.test");
    for (size_t length = 0; length < message.length; length++) {
        struct message cut = {.length = length};
        memcpy(cut.bytes, message.bytes, length);
        CU_ASSERT_TRUE(is_malformed(&cut));
    }
    expect(&message, "gw.test", 60);
}

static void test_pointers_lead_back(void)
{
    struct message message = begin(1, 0);
    uint8_t itself[2];
    ht_store_u16(itself, (uint16_t)(0xc000 | (message.length + 12)));
    put_record(&message, NULL, PTR, 60, itself, 2);
    CU_ASSERT_TRUE(is_malformed(&message));
    message = begin(1, 0);
    put_record(&message, NULL, PTR, 60, "\xff\xff", 2);
    CU_ASSERT_TRUE(is_malformed(&message));
    message = begin(1, 0);
    put_record(&message, NULL, PTR, 60, "\x80xx", 3);
    CU_ASSERT_TRUE(is_malformed(&message));
}

static void test_data_is_one_name_and_no_more(void)
{
    struct message message = begin(1, 0);
    put_record(&message, NULL, PTR, 60, "\2gw\0x", 5);
    CU_ASSERT_TRUE(is_malformed(&message));
    message = begin(1, 0);
    put_record(&message, NULL, PTR, 60, "\2gw", 3);
    CU_ASSERT_TRUE(is_malformed(&message));
    message = begin(1, 0);
    put_record(&message, NULL, PTR, 60, "", 0);
    CU_ASSERT_TRUE(is_malformed(&message));
}

/* A chain of pointers in the data of a record that nobody reads. */
static void test_pointers_are_counted(void)
{
    struct message message = begin(2, 0);
    struct message chain = {.length = 0};
    size_t start = message.length + 12;
    put_u16(&chain, 0xc000 | 12);
    for (size_t i = 1; i < 200; i++)
        put_u16(&chain, (unsigned)(0xc000 | (start + 2 * i - 2)));
    put_record(&message, NULL, TXT, 60, chain.bytes, chain.length);
    struct message few = message;
    struct message many = message;
    uint8_t pointer[2];
    ht_store_u16(pointer, (uint16_t)(0xc000 | (start + 200)));
    put_record(&few, NULL, PTR, 60, pointer, 2);
    expect(&few, QUESTION, 60);
    ht_store_u16(pointer, (uint16_t)(0xc000 | (start + 398)));
    put_record(&many, NULL, PTR, 60, pointer, 2);
    CU_ASSERT_TRUE(is_malformed(&many));
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_questions),
    UNIT_CASE(test_a_name),
    UNIT_CASE(test_the_owner_counts_whatever_its_case),
    UNIT_CASE(test_aliases_are_followed),
    UNIT_CASE(test_of_several_names_the_first_by_its_bytes),
    UNIT_CASE(test_other_records_are_passed_over),
    UNIT_CASE(test_a_compressed_name),
    UNIT_CASE(test_a_time_with_its_top_bit_set_is_none),
    UNIT_CASE(test_odd_bytes_are_escaped),
    UNIT_CASE(test_no_name_holds_as_the_zone_says),
    UNIT_CASE(test_no_name_and_nothing_about_it),
    UNIT_CASE(test_the_root_is_no_name),
    UNIT_CASE(test_the_longest_name),
    UNIT_CASE(test_cut_anywhere),
    UNIT_CASE(test_pointers_lead_back),
    UNIT_CASE(test_data_is_one_name_and_no_more),
    UNIT_CASE(test_pointers_are_counted),
};

UNIT_MAIN("dns/ptr", cases)
