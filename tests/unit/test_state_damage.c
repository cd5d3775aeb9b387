/* State files that are damaged, cut off, forged, or none: refused as a whole. */
#include <stdint.h>
#include <string.h>

#include "state_reading.h"
#include "state_samples.h"
#include "unit.h"

/* Every bit of the file. */
static void test_a_changed_byte(void)
{
    struct ht_history history = {0};
    sample_everything(&history);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    size_t wrong = 0;
    for (size_t i = 0; i < text.length; i++) {
        char before = text.data[i];
        for (unsigned change = 1; change < 256; change <<= 1) {
            int64_t written_ns;
            text.data[i] = (char)(before ^ (char)change);
            wrong += ht_document_read(text.data, text.length, &history, &written_ns, NULL) !=
                     HT_ERR_MALFORMED;
        }
        text.data[i] = before;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(history.count, 0);
    ht_text_fini(&text);
}

/* The same with a checksum that fits, as a forger would: what is taken is a history that is written
 * and read as any other. */
static void test_a_changed_byte_that_is_sealed(void)
{
    struct ht_history history = {0};
    sample_everything(&history);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    size_t taken = 0;
    for (size_t i = 0; i + 11 < text.length; i++) {
        char before = text.data[i];
        for (const char *change = "0a\"}\xff"; *change != '\0'; change++) {
            text.data[i] = *change;
            sample_seal(&text);
            int code = read_text(text.data, text.length, &history, NULL);
            CU_ASSERT_TRUE(code == HT_OK || code == HT_ERR_MALFORMED);
            if (code != HT_OK)
                continue;
            taken++;
            struct ht_text again = sample_text(&history, 0);
            ht_history_fini(&history);
            check_same(&again, 0);
            ht_text_fini(&again);
        }
        text.data[i] = before;
    }
    CU_ASSERT_TRUE(taken > 100);
    ht_text_fini(&text);
}

static void test_a_text_that_ends_early(void)
{
    struct ht_history history = {0};
    sample_everything(&history);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    for (size_t length = 0; length < text.length; length++)
        CU_ASSERT_EQUAL(read_text(text.data, length, &history, NULL), HT_ERR_MALFORMED);
    ht_text_putc(&text, '\n');
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_ERR_MALFORMED);
    ht_text_fini(&text);
}

static void check_told(const char *text, const char *expected)
{
    struct ht_history history;
    struct ht_error error = {0};
    CU_ASSERT_EQUAL(read_text(text, strlen(text), &history, &error), HT_ERR_MALFORMED);
    CU_ASSERT_STRING_EQUAL(error.text, expected);
}

static void test_other_files(void)
{
    check_told("", "is no state file of hoptrace");
    check_told("hello", "is no state file of hoptrace");
    check_told("{\"schema\":\"hoptrace/1\"}", "is no state file of hoptrace");
    check_told("{\"schema\":\"hoptrace-state/1\"}", "is damaged");
    check_told("{\"schema\":\"hoptrace-state/2\"}", "is damaged");
    check_told("{\"schema\":\"hoptrace-state/0\"}", "is of another version (hoptrace-state/0)");
    check_told("{\"schema\":\"hoptrace-state/3\"}", "is of another version (hoptrace-state/3)");
    check_told("{\"schema\":\"hoptrace-state/3\",\"anything\":0}",
               "is of another version (hoptrace-state/3)");
    check_told("{\"schema\":\"hoptrace-state/1\",\"targets\":[]}", "is damaged");
}

/* Replaces the first `from` and seals: refused. */
static void check_refused(const struct ht_text *good, const char *from, const char *to)
{
    const char *at = strstr(good->data, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    struct ht_text text = {0};
    ht_text_append(&text, good->data, (size_t)(at - good->data));
    ht_text_puts(&text, to);
    ht_text_puts(&text, at + strlen(from));
    sample_seal(&text);
    struct ht_history history;
    struct ht_error error = {0};
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, &error), HT_ERR_MALFORMED);
    CU_ASSERT_STRING_EQUAL(error.text, "is damaged");
    ht_text_fini(&text);
}

static void test_what_is_out_of_bounds(void)
{
    static const char *const changes[][2] = {
        {"\"ttl\":1,", "\"ttl\":0,"},
        {"\"ttl\":2,", "\"ttl\":1,"},
        {"\"ttl\":255,", "\"ttl\":256,"},
        {"\"ttl\":1,", "\"ttl\":01,"},
        {"\"ttl\":1,", "\"ttl\":-1,"},
        {"\"ttl\":1,", "\"ttl\":1e0,"},
        {"\"ttl\":1,", "\"ttl\": 1,"},
        {"\"port\":0", "\"port\":65536"},
        {"\"fwmark\":4294967295", "\"fwmark\":4294967296"},
        {"\"fwmark\":0", "\"fwmark\":18446744073709551616"},
        {"\"measured_ns\":1767323045678901000", "\"measured_ns\":9223372036854775808"},
        {"\"max_rtt_ns\":8800000", "\"max_rtt_ns\":60000000001"},
        {"\"run\":2", "\"run\":256"},
        {"\"run\":2", "\"run\":0"},
        {"\"unknown\":{\"2001:db8::2\":2}", "\"unknown\":{}"},
        {"\"unknown\":{\"2001:db8::2\":2}", "\"unknown\":{\"2001:db8::1\":2}"},
        {"\"10.1.0.1\"", "\"10.1.0.256\""},
        {"\"10.1.0.1\"", "\"\""},
        {"\"10.1.0.1\":1001", "\"2001:db8::1\":1001"},
        {"\"fe80::1%7\"", "\"fe80::1%0\""},
        {"\"fe80::1%7\"", "\"fe80::1%eth0\""},
        {"\"fe80::1%7\"", "\"fe80::1%\""},
        {"\"protocol\":\"tcp\"", "\"protocol\":\"sctp\""},
        {"\"family\":\"ipv6\"", "\"family\":\"ipv5\""},
        {"\"interface\":\"eth0.100\"", "\"interface\":\"eth0.10000000000\""},
        {"\"path_id\":null", "\"path_id\":\"0000000g\""},
        {"\"path_id\":null", "\"path_id\":\"ABCDEF00\""},
        {"\"silent_ttls\":[0,2,", "\"silent_ttls\":[0,256,"},
        {"\"past\":[\"03", "\"past\":[\"00"},
        {"\"past\":[\"03", "\"past\":[\"04"},
        {"\"past\":[\"03", "\"past\":[\"0303"},
        {"\"past\":[\"03", "\"past\":[\"3"},
        {"\"target\":\"a\"", "\"target\":\"b{}[],\""},
        {"\"target\":\"a\"", "\"target\":\"\\u0000\""},
        {"\"target\":\"a\"", "\"target\":\"\\n\""},
        {"[0,3,184,8]", "[3,3,184,8]"},
        {"[0,3,184,8]", "[0,3,185,8]"},
        {"[5,9,8,0]", "[2,9,8,0]"},
        {"[5,9,8,0]", "[5,9,8,8]"},
        {"[5,9,8,0]", "[5,13,8,0]"},
        {"\"true_quotes\":\"ee0f\"", "\"true_quotes\":\"ee00\""},
        {"\"true_quotes\":\"ee0f\"", "\"true_quotes\":\"ee0\""},
        {"\"window\":2,", "\"window\":1,"},
        {"\"window\":2,", "\"window\":1001,"},
        {"\"rounds\":[[", "\"rounds\":[[0,3,3,"},
        {"\"rounds\":[[", "\"rounds\":[[256,3,3,"},
        {"\"rounds\":[[", "\"rounds\":[[1,2,3,"},
        {"\"rounds\":[[", "\"rounds\":[[1,1,1],["},
        {"\"columns\":[[", "\"columns\":[[1,"},
        {"\"rtt\":[[", "\"rtt\":[[0,0,0,0,0,0,0],["},
        {"\"rtt\":[[3,7", "\"rtt\":[[3,700000007"},
        {"\"hops\":2,", "\"hops\":3,"},
        {"\"hops\":2,", "\"hops\":256,"},
        {"\"span\":5", "\"span\":4"},
        {"\"span\":5", "\"span\":251"},
        {"\"hop_usual\":[[", "\"hop_usual\":[[20,"},
        {"\"reach\":0", "\"reach\":3"},
        {"\"told\":[[0,", "\"told\":[[4294967296,"},
        {"\"told\":[[0,", "\"told\":[["},
        {"\"flow_window\":20", "\"flow_window\":1"},
        {"\"flow_window\":20", "\"flow_window\":1001"},
        {"\"flow_rounds\":[[1,0]", "\"flow_rounds\":[[1,2]"},
        {"\"flow_rounds\":[[1,0]", "\"flow_rounds\":[[1]"},
        {"{\"target\":\"a\"", "[[[[[[[[{\"target\":\"a\""},
    };
    struct ht_history history = {0};
    sample_everything(&history);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        check_refused(&text, changes[i][0], changes[i][1]);
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_a_changed_byte),         UNIT_CASE(test_a_changed_byte_that_is_sealed),
    UNIT_CASE(test_a_text_that_ends_early), UNIT_CASE(test_other_files),
    UNIT_CASE(test_what_is_out_of_bounds),
};

UNIT_MAIN("state_damage", cases)
