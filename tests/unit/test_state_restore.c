#include <stdint.h>

#include "state/restore.h"
#include "state_samples.h"
#include "unit.h"

#define DAY_NS (86400 * INT64_C(1000000000))

/* Restores one target, measured `age_ns` ago in a file of `file_age_ns` ago; the time of its last
 * record then, 0: it is forgotten. */
static int64_t restore_one(int64_t age_ns, int64_t file_age_ns)
{
    struct ht_history history = {0};
    struct ht_history read = {0};
    sample_plain(&read, 1, 2)->memories[0]->measured_ns = SAMPLE_WALL_NS - age_ns;
    CU_ASSERT_TRUE(ht_restore(&history, &read, SAMPLE_WALL_NS - file_age_ns, SAMPLE_WALL_NS));
    CU_ASSERT_EQUAL(read.count, 0);
    CU_ASSERT_PTR_NULL(read.list);
    const struct ht_remembered *remembered = ht_history_find(&history, "target-1.example");
    int64_t measured_ns = remembered != NULL ? remembered->memories[0]->measured_ns : 0;
    ht_history_fini(&history);
    return measured_ns;
}

static void test_what_is_old_goes(void)
{
    CU_ASSERT_EQUAL(restore_one(0, 0), SAMPLE_WALL_NS);
    CU_ASSERT_EQUAL(restore_one(29 * DAY_NS, DAY_NS), SAMPLE_WALL_NS - 29 * DAY_NS);
    CU_ASSERT_EQUAL(restore_one(31 * DAY_NS, DAY_NS), 0);
}

static void test_a_clock_that_steps_forgets_nothing(void)
{
    /* Years ahead of all that is in the file, or after a month without any run. */
    CU_ASSERT_EQUAL(restore_one(5000 * DAY_NS, 4999 * DAY_NS), SAMPLE_WALL_NS - 5000 * DAY_NS);
    CU_ASSERT_EQUAL(restore_one(31 * DAY_NS, 31 * DAY_NS), SAMPLE_WALL_NS - 31 * DAY_NS);
    /* Behind the file: nothing is known about ages. */
    CU_ASSERT_EQUAL(restore_one(-5000 * DAY_NS, -5000 * DAY_NS), SAMPLE_WALL_NS + 5000 * DAY_NS);
    CU_ASSERT_EQUAL(restore_one(100 * DAY_NS, -1), SAMPLE_WALL_NS - 100 * DAY_NS);
}

static void test_nothing_is_kept_for_ever(void)
{
    CU_ASSERT_EQUAL(restore_one(-5000 * DAY_NS, DAY_NS), SAMPLE_WALL_NS);
}

static void test_it_joins_what_is_there(void)
{
    struct ht_history history = {0};
    struct ht_history read = {0};
    struct ht_remembered *there = ht_history_make(&history, "target-1.example");
    CU_ASSERT_PTR_NOT_NULL_FATAL(there);
    there->in_use = true;
    there->family = HT_FAMILY_IPV6;
    struct ht_remembered *restored = sample_plain(&read, 1, 2);
    restored->event_counts[0] = 4;
    restored->family = HT_FAMILY_IPV4;
    (void)sample_plain(&read, 2, 2);
    CU_ASSERT_TRUE(ht_restore(&history, &read, SAMPLE_WALL_NS, SAMPLE_WALL_NS));
    CU_ASSERT_EQUAL(history.count, 2);
    CU_ASSERT_PTR_EQUAL(ht_history_find(&history, "target-1.example"), there);
    CU_ASSERT_TRUE(there->in_use);
    CU_ASSERT_EQUAL(there->count, 1);
    CU_ASSERT_EQUAL(there->event_counts[0], 4);
    CU_ASSERT_EQUAL(there->family, HT_FAMILY_IPV4);
    CU_ASSERT_STRING_EQUAL(there->host, "target-1.example");
    ht_history_fini(&history);
}

static void test_what_is_remembered_already_stays(void)
{
    struct ht_history history = {0};
    struct ht_history read = {0};
    struct ht_remembered *there = sample_plain(&history, 1, 3);
    there->memories[0]->key.address = sample_router(1, 2);
    (void)sample_plain(&read, 1, 2);
    struct ht_path_key key = {.flow = 1};
    for (uint8_t i = 0; i < HT_PATH_MEMORIES_MAX - 1; i++) {
        key.flow = (uint8_t)(i + 1);
        struct ht_path_memory *memory = ht_path_memory_new(&key);
        CU_ASSERT_TRUE_FATAL(memory != NULL && ht_remembered_append(read.list[0], memory));
        memory->measured_ns = SAMPLE_WALL_NS;
    }
    CU_ASSERT_TRUE(ht_restore(&history, &read, SAMPLE_WALL_NS, SAMPLE_WALL_NS));
    CU_ASSERT_EQUAL(there->count, HT_PATH_MEMORIES_MAX);
    CU_ASSERT_EQUAL(there->memories[0]->hop_count, 3);
    CU_ASSERT_EQUAL(there->memories[3]->key.flow, 3);
    ht_history_fini(&history);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_what_is_old_goes),
    UNIT_CASE(test_a_clock_that_steps_forgets_nothing),
    UNIT_CASE(test_nothing_is_kept_for_ever),
    UNIT_CASE(test_it_joins_what_is_there),
    UNIT_CASE(test_what_is_remembered_already_stays),
};

UNIT_MAIN("state_restore", cases)
