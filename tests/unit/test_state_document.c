#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state_reading.h"
#include "state_samples.h"
#include "unit.h"

static void test_what_it_looks_like(void)
{
    static const char expected[] =
        "{\"schema\":\"hoptrace-state/2\",\"written_ns\":1767323045678901000,\"targets\":[\n"
        "{\"target\":\"target-7.example\",\"host\":\"target-7.example\",\"family\":\"any\","
        "\"events\":{\"path_changed\":2},\"paths\":[{\"address\":\"10.1.0.7\",\"source\":\"10.0.0."
        "2\","
        "\"interface\":\"\",\"protocol\":\"icmp\",\"port\":0,\"local_id\":33007,\"tos\":0,"
        "\"fwmark\":0,\"flow\":0,\"path_since_ns\":1767323045678900000,"
        "\"measured_ns\":1767323045678901000,\"path_changes\":0,\"hop_count\":1,"
        "\"path_id\":\"538453d7\",\"round\":{\"destination_ttl\":1,\"last_router_ttl\":0,"
        "\"max_rtt_ns\":8800000,\"longest_rtt_ns\":0,\"next_timestamp\":0,\"numbers\":0,\"next_"
        "number\":0,"
        "\"one_by_one\":false,\"labels_lengths\":false,\"silent_ttls\":[]},"
        "\"hops\":[{\"ttl\":1,\"answers\":3000,\"known\":{\"10.1.0.7\":1001}}],\"past\":[]}]}\n"
        "],\"checksum\":\"";
    struct ht_history history = {0};
    sample_plain(&history, 7, 1)->event_counts[HT_EVENT_PATH_CHANGED] = 2;
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    CU_ASSERT_EQUAL(text.length, sizeof expected - 1 + 11);
    text.data[text.length - 11] = '\0';
    CU_ASSERT_STRING_EQUAL(text.data, expected);
    ht_text_fini(&text);
    ht_history_fini(&history);
}

static void test_everything_comes_back(void)
{
    struct ht_history history = {0};
    struct ht_text text = sample_text(&history, -1);
    check_same(&text, 0);
    ht_text_fini(&text);
    sample_everything(&history);
    text = sample_text(&history, SAMPLE_WALL_NS);
    check_same(&text, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    CU_ASSERT_EQUAL(history.count, 10);
    const struct ht_remembered *odd = ht_history_find(&history, "not UTF-8: \xff\xc3");
    CU_ASSERT_TRUE(odd != NULL && strcmp(odd->host, "host \xfe\"\\") == 0);
    const struct ht_remembered *first = ht_history_find(&history, "target-1.example");
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    const struct ht_path_memory *memory = first->memories[0];
    CU_ASSERT_STRING_EQUAL(memory->key.interface, "eth0.100");
    CU_ASSERT_EQUAL(memory->key.source.scope_id, 4000000000U);
    CU_ASSERT_FALSE(memory->has_path_id);
    CU_ASSERT_EQUAL(memory->past.count, 2);
    CU_ASSERT_EQUAL(memory->past.list[1].bytes[17], 9);
    CU_ASSERT_EQUAL(memory->round.silent_ttls[3], UINT64_C(1) << 63);
    CU_ASSERT_EQUAL(memory->marking.sent, 184);
    CU_ASSERT_EQUAL(memory->marking.true_quotes[1], 0x0f);
    CU_ASSERT_EQUAL(memory->marking.changes[1].ttl, 9);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory->mtu);
    CU_ASSERT_EQUAL(memory->mtu->path, 1300);
    CU_ASSERT_EQUAL(memory->mtu->limit_count, 2);
    CU_ASSERT_EQUAL(memory->mtu->limits[0].ttl, 3);
    CU_ASSERT_EQUAL(memory->mtu->limits[0].address.bytes[15], 3);
    CU_ASSERT(memory->mtu->limits[1].silent);
    CU_ASSERT_EQUAL(memory->hops[254].unknown, 1);
    CU_ASSERT_EQUAL(memory->hops[254].run, 2);
    CU_ASSERT_EQUAL(memory->hops[254].addresses[0].address.scope_id, 7);
    ht_text_fini(&text);
    ht_history_fini(&history);
}

/* The most that a memory can hold is not refused. */
static void test_the_fullest_memory(void)
{
    struct ht_history history = {0};
    struct ht_path_key key = {.address = sample_router(0, 1)};
    struct ht_remembered *remembered = ht_history_make(&history, "full");
    CU_ASSERT_PTR_NOT_NULL_FATAL(remembered);
    struct ht_path_memory *memory = ht_remembered_path(remembered, &key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    for (unsigned ttl = 1; ttl <= UINT8_MAX; ttl++) {
        struct ht_known_hop *hop = ht_path_memory_make_hop(memory, (uint8_t)ttl);
        for (size_t i = 0; i < HT_KNOWN_MAX; i++) {
            struct ht_address address = sample_router(i, (uint8_t)ttl);
            CU_ASSERT_TRUE(ht_known_add(hop, &address, 1));
        }
        for (size_t i = 0; ttl > 250 && i < 10; i++) {
            struct ht_address address = sample_router(1000 + i, (uint8_t)ttl);
            CU_ASSERT_TRUE(ht_known_add_unknown(hop, &address, 1));
            hop->run++;
        }
    }
    for (size_t i = 0; i < HT_PAST_PATHS_MAX; i++) {
        struct ht_past_path path;
        CU_ASSERT_TRUE_FATAL(ht_past_path_pack(memory->hops, memory->hop_count, 4, &path));
        CU_ASSERT_TRUE(ht_past_paths_append(&memory->past, path));
    }
    struct ht_text text = sample_text(&history, 0);
    check_same(&text, 0);
    ht_text_fini(&text);
    ht_history_fini(&history);
}

static void test_numbers_out_of_range_are_brought_in(void)
{
    struct ht_history history = {0};
    struct ht_path_memory *memory = sample_plain(&history, 1, 1)->memories[0];
    memory->round.max_rtt_ns = INT64_MAX;
    memory->since_ns = -5;
    struct ht_text text = sample_text(&history, INT64_MIN);
    check_same(&text, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"max_rtt_ns\":60000000000,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"path_since_ns\":0,"));
    ht_text_fini(&text);
    ht_history_fini(&history);
}

static void test_what_is_left_out(void)
{
    struct ht_history history = {0};
    char name[HT_DOCUMENT_STRING_MAX + 1];
    memset(name, 'x', sizeof name);
    name[HT_DOCUMENT_STRING_MAX] = '\0';
    struct ht_remembered *remembered = ht_history_make(&history, name);
    CU_ASSERT_TRUE(remembered != NULL && ht_remembered_set_host(remembered, "long"));
    CU_ASSERT_PTR_NOT_NULL(ht_history_make(&history, "never measured"));
    name[HT_DOCUMENT_STRING_MAX - 1] = '\0';
    remembered = ht_history_make(&history, name);
    CU_ASSERT_TRUE(remembered != NULL && ht_remembered_set_host(remembered, "longest"));
    struct ht_text text = sample_text(&history, 0);
    check_same(&text, 0);
    CU_ASSERT_PTR_NULL(strstr(text.data, "\"long\""));
    CU_ASSERT_PTR_NULL(strstr(text.data, "never"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"longest\""));
    ht_text_fini(&text);
    ht_history_fini(&history);
}

static void test_order_does_not_matter(void)
{
    struct ht_history forth = {0};
    struct ht_history back = {0};
    for (size_t i = 0; i < 100; i++) {
        (void)sample_plain(&forth, i, 2);
        (void)sample_plain(&back, 99 - i, 2);
    }
    struct ht_text one = sample_text(&forth, SAMPLE_WALL_NS);
    struct ht_text other = sample_text(&back, SAMPLE_WALL_NS);
    CU_ASSERT_STRING_EQUAL(one.data, other.data);
    ht_text_fini(&one);
    ht_text_fini(&other);
    ht_history_fini(&forth);
    ht_history_fini(&back);
}

/* Cuts `what` out of the text. */
static void cut(struct ht_text *text, const char *what)
{
    char *at = strstr(text->data, what);
    size_t length = strlen(what);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memmove(at, at + length, strlen(at + length) + 1);
    text->length -= length;
}

/* A document that has no windows yet. */
static void test_an_earlier_version(void)
{
    struct ht_history history = {0};
    (void)sample_plain(&history, 1, 3);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    cut(&text, "\"longest_rtt_ns\":0,");
    strstr(text.data, "state/2")[strlen("state/")] = '1';
    sample_seal(&text);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    CU_ASSERT_EQUAL_FATAL(history.count, 1);
    CU_ASSERT_EQUAL(history.list[0]->memories[0]->hop_count, 3);
    CU_ASSERT_EQUAL(history.list[0]->memories[0]->where.window.size, 0);
    ht_history_fini(&history);
    strstr(text.data, "state/1")[strlen("state/")] = '2';
    sample_seal(&text);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_ERR_MALFORMED);
    ht_text_fini(&text);
}

/* Goes on in both as in one: the same verdicts. */
static void check_goes_on(struct ht_path_memory *one, struct ht_path_memory *other, uint16_t size)
{
    float percent[2][UINT8_MAX];
    struct ht_rtt rtt[2];
    sample_rounds(one, size, 15, 20, 1);
    sample_rounds(other, size, 15, 20, 1);
    CU_ASSERT_EQUAL(one->where.round, other->where.round);
    CU_ASSERT_EQUAL(one->where.reach, other->where.reach);
    CU_ASSERT_EQUAL(one->where.loss.lossy, other->where.loss.lossy);
    CU_ASSERT_EQUAL(one->where.loss.low, other->where.loss.low);
    CU_ASSERT_EQUAL(one->where.time.risen, other->where.time.risen);
    CU_ASSERT_EQUAL(one->where.loss_place.by_hop, other->where.loss_place.by_hop);
    ht_where_path_loss(&one->where, 15, percent[0]);
    ht_where_path_loss(&other->where, 15, percent[1]);
    CU_ASSERT_EQUAL(memcmp(percent[0], percent[1], 15 * sizeof percent[0][0]), 0);
    ht_window_times_sum(&one->where.rtt, &rtt[0]);
    ht_window_times_sum(&other->where.rtt, &rtt[1]);
    CU_ASSERT_EQUAL(memcmp(&rtt[0], &rtt[1], sizeof rtt[0]), 0);
}

/* What the last rounds show comes back, wherever the rounds end, and goes on as if it had not been
 * written. */
static void check_rounds(uint16_t size, size_t rounds, size_t outage)
{
    struct ht_history history = {0};
    struct ht_history read;
    struct ht_path_memory *memory = sample_plain(&history, 1, 15)->memories[0];
    sample_rounds(memory, size, 15, rounds, outage);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    check_same(&text, SAMPLE_WALL_NS);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &read, NULL), HT_OK);
    struct ht_path_memory *again = read.list[0]->memories[0];
    CU_ASSERT_TRUE(ht_where_is_sound(&again->where));
    CU_ASSERT_EQUAL(again->where.window.count, memory->where.window.count);
    CU_ASSERT_EQUAL(again->where.rtt.count, memory->where.rtt.count);
    CU_ASSERT_EQUAL(again->where.usual.values.count, memory->where.usual.values.count);
    CU_ASSERT_EQUAL(again->where.times.hop_count, memory->where.times.hop_count);
    check_goes_on(memory, again, size);
    ht_text_fini(&text);
    ht_history_fini(&read);
    ht_history_fini(&history);
}

static void test_what_the_last_rounds_show(void)
{
    check_rounds(20, 1, 0);
    check_rounds(20, 33, 0);
    check_rounds(20, 300, 0);
    check_rounds(20, 50, 1);
    check_rounds(20, 50, 5);
    check_rounds(20, 0, 3);
    check_rounds(2, 70, 0);
    check_rounds(1000, 1500, 2);
}

/* A memory that no rounds can have made is dropped, and the path stays. */
static void test_windows_that_are_not_sound(void)
{
    struct ht_history history = {0};
    sample_rounds(sample_plain(&history, 1, 3)->memories[0], 20, 3, 10, 0);
    struct ht_text text = sample_text(&history, SAMPLE_WALL_NS);
    ht_history_fini(&history);
    char *reach = strstr(text.data, "\"reach\":0");
    char *doubt = strstr(text.data, "\"in_doubt\":false");
    CU_ASSERT_TRUE_FATAL(reach != NULL && doubt != NULL);
    memcpy(doubt, "\"in_doubt\":true", strlen("\"in_doubt\":true"));
    memmove(doubt + strlen("\"in_doubt\":true"), doubt + strlen("\"in_doubt\":false"),
            strlen(doubt + strlen("\"in_doubt\":false")) + 1);
    text.length--;
    sample_seal(&text);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    CU_ASSERT_EQUAL_FATAL(history.count, 1);
    CU_ASSERT_EQUAL(history.list[0]->memories[0]->hop_count, 3);
    CU_ASSERT_EQUAL(history.list[0]->memories[0]->where.window.size, 0);
    ht_history_fini(&history);
    ht_text_fini(&text);
}

static void test_events_of_a_later_version(void)
{
    struct ht_history history = {0};
    sample_plain(&history, 1, 1)->event_counts[0] = 5;
    struct ht_text text = sample_text(&history, 0);
    char *name = strstr(text.data, "path_changed");
    CU_ASSERT_PTR_NOT_NULL_FATAL(name);
    memcpy(name, "path_renamed", strlen("path_renamed"));
    sample_seal(&text);
    ht_history_fini(&history);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    CU_ASSERT_EQUAL(history.list[0]->event_counts[0], 0);
    ht_text_fini(&text);
    ht_history_fini(&history);
}

/* A generator of its own: the same on every run. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* Targets come and go between the parts of a document: those that were there all the time are in
 * it, each once and whole, and none that is gone from the start. */
static void churn(uint32_t seed)
{
    enum { TARGETS = 200, STAYING = 50 };
    struct ht_history history = {0};
    struct ht_document document;
    struct ht_text text = {0};
    char name[32];
    for (size_t i = 0; i < TARGETS; i++)
        (void)sample_plain(&history, i, 3);
    CU_ASSERT_TRUE(ht_document_begin(&document, &history, 0));
    while (!ht_document_add(&document, &history, 1000)) {
        for (int i = 0; i < 6; i++) {
            size_t number = STAYING + next_random(&seed) % (2 * TARGETS);
            (void)snprintf(name, sizeof name, "target-%zu.example", number);
            if (ht_history_find(&history, name) != NULL)
                ht_history_forget(&history, name);
            else
                (void)sample_plain(&history, number, 3);
        }
    }
    CU_ASSERT_EQUAL(ht_document_finish(&document, NULL), HT_OK);
    CU_ASSERT_TRUE(ht_document_emit(&document, sample_put, &text));
    ht_document_fini(&document);
    ht_history_fini(&history);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    for (size_t i = 0; i < STAYING; i++) {
        (void)snprintf(name, sizeof name, "target-%zu.example", i);
        const struct ht_remembered *remembered = ht_history_find(&history, name);
        CU_ASSERT_TRUE(remembered != NULL && remembered->memories[0]->hop_count == 3);
    }
    ht_text_fini(&text);
    ht_history_fini(&history);
}

static void test_targets_come_and_go(void)
{
    for (uint32_t seed = 1; seed <= 200; seed++)
        churn(seed);
}

static void test_all_forgotten_meanwhile(void)
{
    struct ht_history history = {0};
    struct ht_document document;
    struct ht_text text = {0};
    for (size_t i = 0; i < 10; i++)
        (void)sample_plain(&history, i, 3);
    CU_ASSERT_TRUE(ht_document_begin(&document, &history, 0));
    CU_ASSERT_FALSE(ht_document_add(&document, &history, 1));
    ht_history_fini(&history);
    CU_ASSERT_TRUE(ht_document_add(&document, &history, 1));
    CU_ASSERT_EQUAL(ht_document_finish(&document, NULL), HT_OK);
    CU_ASSERT_TRUE(ht_document_emit(&document, sample_put, &text));
    ht_document_fini(&document);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    CU_ASSERT_EQUAL(history.count, 1);
    ht_text_fini(&text);
    ht_history_fini(&history);
}

/* Of a target that was added twice the later line counts. */
static void test_the_later_line(void)
{
    struct ht_history history = {0};
    struct ht_document document;
    struct ht_text text = {0};
    (void)sample_plain(&history, 1, 3);
    (void)sample_plain(&history, 2, 3);
    CU_ASSERT_TRUE(ht_document_begin(&document, &history, 0));
    CU_ASSERT_FALSE(ht_document_add(&document, &history, 1));
    ht_history_find(&history, "target-2.example")->event_counts[0] = 7;
    ht_history_forget(&history, "target-1.example");
    CU_ASSERT_TRUE(ht_document_add(&document, &history, 1));
    CU_ASSERT_EQUAL(document.count, 2);
    CU_ASSERT_EQUAL(ht_document_finish(&document, NULL), HT_OK);
    CU_ASSERT_TRUE(ht_document_emit(&document, sample_put, &text));
    ht_document_fini(&document);
    ht_history_fini(&history);
    CU_ASSERT_EQUAL(read_text(text.data, text.length, &history, NULL), HT_OK);
    CU_ASSERT_EQUAL(history.count, 1);
    CU_ASSERT_EQUAL(history.list[0]->event_counts[0], 7);
    ht_text_fini(&text);
    ht_history_fini(&history);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_what_it_looks_like),
    UNIT_CASE(test_everything_comes_back),
    UNIT_CASE(test_the_fullest_memory),
    UNIT_CASE(test_numbers_out_of_range_are_brought_in),
    UNIT_CASE(test_what_is_left_out),
    UNIT_CASE(test_order_does_not_matter),
    UNIT_CASE(test_events_of_a_later_version),
    UNIT_CASE(test_targets_come_and_go),
    UNIT_CASE(test_an_earlier_version),
    UNIT_CASE(test_what_the_last_rounds_show),
    UNIT_CASE(test_windows_that_are_not_sound),
    UNIT_CASE(test_all_forgotten_meanwhile),
    UNIT_CASE(test_the_later_line),
};

UNIT_MAIN("state_document", cases)
