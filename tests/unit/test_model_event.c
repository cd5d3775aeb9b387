/* The table of events, and copies of events. The copy's own source is built in here over a watched
 * allocator. */
#include "watched_block.h"

#define malloc watched_malloc
#include "model/event_copy.c" // NOLINT(bugprone-suspicious-include)
#undef malloc

#include "model/event.h"
#include "model/event_list.h"
#include "output_samples.h"
#include "unit.h"

/* ---- the table ---- */

static void every_kind_has_a_row(void)
{
    for (int i = 0; i < HT_EVENT_KINDS; i++) {
        enum ht_event_kind kind = (enum ht_event_kind)i;
        CU_ASSERT_PTR_NOT_NULL_FATAL(ht_event_name(kind));
        CU_ASSERT_TRUE(ht_event_name(kind)[0] != '\0');
        CU_ASSERT_PTR_NOT_NULL(ht_event_fields(kind)->name);
        for (int j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(ht_event_name(kind), ht_event_name((enum ht_event_kind)j));
    }
}

static void fields_are_told_apart(void)
{
    for (int i = 0; i < HT_EVENT_KINDS; i++) {
        const struct ht_event_field *fields = ht_event_fields((enum ht_event_kind)i);
        size_t count = 0;
        for (; fields[count].name != NULL; count++) {
            CU_ASSERT_TRUE_FATAL(count < HT_EVENT_FIELDS_MAX);
            CU_ASSERT_TRUE(fields[count].offset < sizeof(struct ht_event));
            CU_ASSERT_EQUAL(fields[count].type == HT_EVENT_FIELD_ADDRESS, fields[count].zone != 0);
            CU_ASSERT_EQUAL(fields[count].type == HT_EVENT_FIELD_STRINGS, fields[count].count != 0);
            CU_ASSERT_EQUAL(fields[count].type == HT_EVENT_FIELD_WORD, fields[count].word != NULL);
            for (size_t j = 0; j < count; j++)
                CU_ASSERT_STRING_NOT_EQUAL(fields[count].name, fields[j].name);
        }
    }
}

static void words(void)
{
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_PATH_CHANGED), "path_changed");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_ADDRESS_CHANGED), "address_changed");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_LOSS_BEGAN), "loss_began");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_LOSS_ENDED), "loss_ended");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_RTT_ROSE), "rtt_rose");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_RTT_FELL), "rtt_fell");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_UNREACHED), "unreached");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_REACHED), "reached");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_COMMON_CAUSE), "common_cause");
    CU_ASSERT_STRING_EQUAL(ht_event_name(HT_EVENT_KINDS), "");
    CU_ASSERT_PTR_NULL(ht_event_fields(HT_EVENT_KINDS)->name);
    CU_ASSERT_STRING_EQUAL(ht_severity_name(HT_SEVERITY_OKAY), "okay");
    CU_ASSERT_STRING_EQUAL(ht_severity_name(HT_SEVERITY_WARNING), "warning");
    CU_ASSERT_STRING_EQUAL(ht_severity_name(HT_SEVERITY_FAILURE), "failure");
    CU_ASSERT_STRING_EQUAL(ht_severity_name((enum ht_severity)3), "");
}

/* ---- copies ---- */

static void check_copy(const struct ht_event *copy, const struct ht_event *original)
{
    CU_ASSERT_TRUE_FATAL(in_block(copy));
    CU_ASSERT_STRING_EQUAL(copy->message, original->message);
    CU_ASSERT(string_copied(copy->name, original->name));
    CU_ASSERT(string_copied(copy->host, original->host));
    CU_ASSERT(string_copied(copy->address_zone, original->address_zone));
    CU_ASSERT(string_copied(copy->old_zone, original->old_zone));
    CU_ASSERT(string_copied(copy->new_zone, original->new_zone));
    CU_ASSERT(string_copied(copy->after_zone, original->after_zone));
    CU_ASSERT(string_copied(copy->by_zone, original->by_zone));
    CU_ASSERT(string_copied(copy->last_zone, original->last_zone));
    CU_ASSERT_EQUAL_FATAL(copy->name_count, original->name_count);
    CU_ASSERT_TRUE_FATAL(original->name_count == 0 || in_block(copy->names));
    for (size_t i = 0; i < original->name_count; i++)
        CU_ASSERT(string_copied(copy->names[i], original->names[i]));
    CU_ASSERT_EQUAL_FATAL(copy->tag_count, original->tag_count);
    CU_ASSERT_TRUE_FATAL(original->tag_count == 0 || in_block(copy->tags));
    for (size_t i = 0; i < original->tag_count; i++) {
        CU_ASSERT(string_copied(copy->tags[i].key, original->tags[i].key));
        CU_ASSERT(string_copied(copy->tags[i].value, original->tags[i].value));
    }
}

static void copies_are_deep_and_in_one_block(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(sample_events); i++) {
        struct ht_event *copy = ht_event_copy(sample_events[i]);
        check_copy(copy, sample_events[i]);
        ht_event_free(copy);
    }
}

static void copies_print_the_same(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(sample_events); i++) {
        struct ht_event *copy = ht_event_copy(sample_events[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        struct ht_text text = sample_event_written("json", sample_events[i]);
        CU_ASSERT(sample_event_is("json", copy, text.data));
        ht_text_fini(&text);
        ht_event_free(copy);
    }
}

static void refused_memory_gives_null(void)
{
    refuse_memory = true;
    CU_ASSERT_PTR_NULL(ht_event_copy(&sample_path_changed));
    struct ht_event_list list = {0};
    CU_ASSERT_FALSE(ht_event_list_add(&list, &sample_path_changed));
    CU_ASSERT_EQUAL(list.count, 0);
    refuse_memory = false;
    ht_event_list_fini(&list);
    ht_event_free(NULL);
}

/* ---- lists ---- */

/* Adds events of the ttls from `first` to `last`; returns whether none was lost. */
static bool add(struct ht_event_list *list, unsigned first, unsigned last)
{
    bool whole = true;
    for (unsigned ttl = first; ttl <= last; ttl++) {
        struct ht_event event = {.name = "t", .ttl = (uint8_t)ttl};
        whole &= ht_event_list_add(list, &event);
    }
    return whole;
}

/* Whether the list has those from `first` to `last`, in this order. */
static bool has(const struct ht_event_list *list, unsigned first, unsigned last)
{
    bool same = list->count == last + 1 - first;
    for (size_t i = 0; same && i < list->count; i++)
        same = list->events[i]->ttl == first + i;
    return same;
}

static void lists_keep_the_last_ones(void)
{
    struct ht_event_list list = {0};
    CU_ASSERT_TRUE(add(&list, 1, HT_EVENTS_MAX));
    CU_ASSERT_TRUE(has(&list, 1, HT_EVENTS_MAX));
    CU_ASSERT_FALSE(add(&list, HT_EVENTS_MAX + 1, HT_EVENTS_MAX + 2));
    CU_ASSERT_TRUE(has(&list, 3, HT_EVENTS_MAX + 2));
    struct ht_event_list taken = ht_event_list_take(&list);
    CU_ASSERT_EQUAL(list.count, 0);
    CU_ASSERT_TRUE(has(&taken, 3, HT_EVENTS_MAX + 2));
    ht_event_list_fini(&taken);
    ht_event_list_fini(&list);
}

static void earlier_ones_come_first(void)
{
    struct ht_event_list early = {0};
    struct ht_event_list late = {0};
    CU_ASSERT_TRUE(ht_event_list_prepend(&late, &early));
    CU_ASSERT_TRUE(add(&early, 1, 3));
    CU_ASSERT_TRUE(ht_event_list_prepend(&late, &early));
    CU_ASSERT_TRUE(has(&late, 1, 3));
    CU_ASSERT_EQUAL(early.count, 0);
    CU_ASSERT_TRUE(add(&early, 4, 5));
    CU_ASSERT_TRUE(ht_event_list_prepend(&early, &late));
    CU_ASSERT_TRUE(has(&early, 1, 5));
    CU_ASSERT_TRUE(add(&late, 6, 5 + HT_EVENTS_MAX - 1));
    CU_ASSERT_FALSE(ht_event_list_prepend(&late, &early));
    CU_ASSERT_TRUE(has(&late, 5, 5 + HT_EVENTS_MAX - 1));
    CU_ASSERT_EQUAL(early.count, 0);
    ht_event_list_fini(&late);
}

static const struct unit_case cases[] = {
    UNIT_CASE(every_kind_has_a_row),
    UNIT_CASE(fields_are_told_apart),
    UNIT_CASE(words),
    UNIT_CASE(copies_are_deep_and_in_one_block),
    UNIT_CASE(copies_print_the_same),
    UNIT_CASE(refused_memory_gives_null),
    UNIT_CASE(lists_keep_the_last_ones),
    UNIT_CASE(earlier_ones_come_first),
};

UNIT_MAIN("model event", cases)
