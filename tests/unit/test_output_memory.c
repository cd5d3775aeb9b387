/* The outputs when memory is refused. The buffer's own source is built in here over an allocator
 * that can be told to fail, and is what the outputs under test are linked with. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static size_t allocations_left = SIZE_MAX;

static void *failing_realloc(void *memory, size_t size)
{
    if (allocations_left == 0)
        return NULL;
    if (allocations_left != SIZE_MAX)
        allocations_left--;
    return realloc(memory, size);
}

#define realloc failing_realloc
#include "base/text.c" // NOLINT(bugprone-suspicious-include)
#undef realloc

#include "output/writers.h"
#include "output_samples.h"
#include "unit.h"

static const char *const names[] = {"text",   "json",   "json-pretty", "json-array",
                                    "influx", "putval", "prometheus",  "dot"};

/* All events there are, and what all records are made of. */
static const struct ht_output_record eventful_records[] = {
    {.report = &sample_hostile,
     .events = sample_events,
     .event_count = SAMPLE_COUNT(sample_events)},
    {.report = &sample_full},
    {.report = &sample_ipv6},
};

/* Whether the format's text is whole after `allowed` growths of any buffer. */
static bool writes_with(const char *name, size_t allowed)
{
    struct ht_text text = {0};
    allocations_left = allowed;
    ht_output_find(name)->write(&text, eventful_records, SAMPLE_COUNT(eventful_records),
                                &sample_context);
    bool refused = allocations_left == 0;
    bool whole = !text.failed;
    allocations_left = SIZE_MAX;
    ht_text_fini(&text);
    CU_ASSERT_TRUE(whole || refused);
    return whole;
}

/* Found after their round was told. */
static void events_stand_alone(void)
{
    static const struct ht_output_record alone = {.events = sample_events, .event_count = 1};
    for (size_t i = 0; i < SAMPLE_COUNT(names); i++) {
        struct ht_text text = {0};
        ht_output_find(names[i])->write(&text, &alone, 1, &sample_context);
        CU_ASSERT_FALSE(text.failed);
        bool counted = strcmp(names[i], "prometheus") == 0;
        CU_ASSERT_EQUAL(text.length == 0, counted);
        CU_ASSERT_TRUE(counted || strstr(text.data, "path_changed") != NULL);
        CU_ASSERT_TRUE(counted || strchr(text.data, '\n') == text.data + text.length - 1 ||
                       strcmp(names[i], "json-pretty") == 0);
        ht_text_fini(&text);
    }
}

static void every_refusal_is_told(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(names); i++) {
        size_t needed = 0;
        while (needed < 10000 && !writes_with(names[i], needed))
            needed++;
        CU_ASSERT_TRUE(needed > 0 && needed < 10000);
    }
}

static void a_failed_text_stays_failed(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(names); i++) {
        struct ht_text text = {.failed = true};
        ht_output_find(names[i])->write(&text, eventful_records, SAMPLE_COUNT(eventful_records),
                                        &sample_context);
        CU_ASSERT_TRUE(text.failed);
        CU_ASSERT_PTR_NULL(text.data);
    }
}

static void pieces_bear_a_failed_text(void)
{
    struct ht_text text = {.failed = true};
    ht_text_output_head(&text, &sample_hostile);
    ht_text_output_hop(&text, &sample_hostile_hops[0], false);
    ht_text_output_hop(&text, &sample_ipv6_hops[1], false);
    ht_text_output_event(&text, &sample_hostile_event, false);
    ht_text_output_close(&text, &sample_ipv6, false);
    CU_ASSERT_TRUE(text.failed);
    CU_ASSERT_EQUAL(text.length, 0);
}

static void no_reports_no_bytes(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(names); i++) {
        struct ht_text text = {0};
        ht_output_find(names[i])->write(&text, NULL, 0, &sample_context);
        CU_ASSERT_FALSE(text.failed);
        CU_ASSERT_EQUAL(text.length, 0);
        ht_text_fini(&text);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(events_stand_alone),         UNIT_CASE(every_refusal_is_told),
    UNIT_CASE(a_failed_text_stays_failed), UNIT_CASE(pieces_bear_a_failed_text),
    UNIT_CASE(no_reports_no_bytes),
};

UNIT_MAIN("output memory", cases)
