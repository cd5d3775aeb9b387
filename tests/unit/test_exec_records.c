/* The program's records on their way to a format: which event goes with which record, and when. The
 * source is compiled right here, over an allocator that can refuse. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static bool refuse_memory;

static void *failing_calloc(size_t count, size_t size)
{
    return refuse_memory ? NULL : calloc(count, size);
}

#define calloc failing_calloc
#include "../../plugin/exec/records.c" // NOLINT(bugprone-suspicious-include)
#undef calloc

#include "output_samples.h"
#include "unit.h"

#define TARGETS 2

/* Two targets, measured alike often. */
struct scene {
    struct ht_text text;
    struct records records;
    struct place *places[TARGETS];
};

static void begin(struct scene *scene, const char *format, int64_t second_interval_ns)
{
    *scene = (struct scene){0};
    records_init(&scene->records, ht_output_find(format), &sample_context, HT_NS_PER_S,
                 &scene->text);
    scene->places[0] = records_join(&scene->records, HT_NS_PER_S);
    scene->places[1] = records_join(&scene->records, second_interval_ns);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scene->places[0]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scene->places[1]);
}

static void end(struct scene *scene)
{
    records_fini(&scene->records);
    ht_text_fini(&scene->text);
}

static void add_event(struct scene *scene, size_t target, unsigned ttl)
{
    struct ht_event event = sample_path_changed;
    event.name = target == 0 ? "a" : "b";
    event.ttl = (uint8_t)ttl;
    records_on_event(&scene->records, scene->places[target], &event);
}

static void add_record(struct scene *scene, size_t target)
{
    struct ht_report report = sample_silent;
    report.name = target == 0 ? "a" : "b";
    records_on_report(&scene->records, scene->places[target], &report);
}

/* What has been written, an object each: a record is its target's name, an event the name and its
 * ttl, and a line ends with a point. */
static void outline(const struct scene *scene, char *out)
{
    const char *text = scene->text.length > 0 ? scene->text.data : "";
    for (; *text != '\0'; text++) {
        const char *ttl = strstr(text, "\"ttl\":");
        if (*text == '\n')
            *out++ = '.';
        if (strncmp(text, "\"target\":\"", 10) == 0)
            *out++ = text[10];
        if (ttl == text)
            *out++ = text[6];
    }
    *out = '\0';
}

static bool is_outline(const struct scene *scene, const char *expected)
{
    char seen[100];
    outline(scene, seen);
    if (strcmp(seen, expected) != 0)
        (void)printf("\n%s instead of %s\n", seen, expected);
    return strcmp(seen, expected) == 0;
}

static void an_event_waits_for_its_own_record(void)
{
    struct scene scene;
    begin(&scene, "json", HT_NS_PER_S);
    add_event(&scene, 0, 1);
    add_event(&scene, 1, 2);
    CU_ASSERT(is_outline(&scene, ""));
    add_record(&scene, 1); /* the other one is kept until its routers' names are known */
    CU_ASSERT(is_outline(&scene, "b2.b."));
    add_event(&scene, 0, 3);
    add_record(&scene, 0);
    CU_ASSERT(is_outline(&scene, "b2.b.a1.a3.a."));
    add_record(&scene, 0);
    add_record(&scene, 1);
    CU_ASSERT(is_outline(&scene, "b2.b.a1.a3.a.a.b.")); /* once */
    end(&scene);
}

static void a_round_has_its_events(void)
{
    struct scene scene;
    begin(&scene, "json-array", HT_NS_PER_S);
    add_event(&scene, 0, 1);
    add_record(&scene, 0);
    add_event(&scene, 1, 2);
    CU_ASSERT(is_outline(&scene, ""));
    add_record(&scene, 1);
    CU_ASSERT(is_outline(&scene, "a1ab2b."));
    add_event(&scene, 1, 3);
    add_record(&scene, 1);
    records_finish(&scene.records); /* it will not be complete any more */
    CU_ASSERT(is_outline(&scene, "a1ab2b.b3b."));
    end(&scene);
}

/* What is found once all records are written. */
static void the_last_events_stand_alone(void)
{
    static const char *const formats[] = {"json", "json-array"};
    for (size_t i = 0; i < SAMPLE_COUNT(formats); i++) {
        struct scene scene;
        begin(&scene, formats[i], HT_NS_PER_S);
        add_record(&scene, 0);
        add_record(&scene, 1);
        add_event(&scene, 1, 2);
        add_event(&scene, 0, 3);
        CU_ASSERT(is_outline(&scene, i == 0 ? "a.b." : "ab."));
        records_finish(&scene.records);
        records_finish(&scene.records);
        CU_ASSERT(is_outline(&scene, i == 0 ? "a.b.a3.b2." : "ab.a3.b2."));
        end(&scene);
    }
}

/* Of a target that is measured more often than the others. */
static void several_records_keep_their_events(void)
{
    struct scene scene;
    begin(&scene, "json-array", HT_NS_PER_S / 2);
    add_record(&scene, 1);
    add_event(&scene, 1, 2);
    add_record(&scene, 1);
    add_record(&scene, 0);
    CU_ASSERT(is_outline(&scene, "bb2ba."));
    end(&scene);
}

static void pieces_have_their_event_before_the_end(void)
{
    struct scene scene;
    begin(&scene, "text", HT_NS_PER_S);
    scene.records.streaming = true;
    struct ht_report report = sample_full;
    records_on_hop(&scene.records, &report, &report.hops[0]);
    add_event(&scene, 0, 5);
    records_on_report(&scene.records, scene.places[0], &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene.text.data,
                                  "bottom of stack\nevent: path_changed (warning): "
                                  "core-db: the path changed at hop 5, from "
                                  "10.0.4.1 to 10.0.5.1\ndestination reached"));
    records_on_report(&scene.records, scene.places[0], &report);
    CU_ASSERT_PTR_NULL(strstr(strstr(scene.text.data, "event: ") + 1, "event: "));
    end(&scene);
}

static void each_target_has_hops_of_its_own(void)
{
    struct scene scene;
    begin(&scene, "putval", HT_NS_PER_S);
    struct ht_report report = sample_ipv6;
    records_on_report(&scene.records, scene.places[0], &report);
    add_record(&scene, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(scene.text.data, "traceroute-v6/ping-hop-04\""));
    CU_ASSERT_PTR_NULL(strstr(scene.text.data, "traceroute-b/ping-hop"));
    add_record(&scene, 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(scene.text.data, "traceroute-a/ping-hop-04\" interval=60.000 0:U\n"));
    end(&scene);
}

static void what_is_left_is_freed(void)
{
    struct scene scene;
    begin(&scene, "json-array", HT_NS_PER_S);
    add_event(&scene, 0, 1);
    add_record(&scene, 0);
    add_event(&scene, 1, 1);
    end(&scene);
}

/* Targets come and go while a round is collected. */
static void a_round_of_other_targets(void)
{
    struct scene scene;
    begin(&scene, "json-array", HT_NS_PER_S);
    add_event(&scene, 0, 1);
    add_record(&scene, 0);
    add_event(&scene, 0, 4);
    records_leave(&scene.records, scene.places[0]);
    CU_ASSERT(is_outline(&scene, "a4."));
    scene.places[0] = records_join(&scene.records, HT_NS_PER_S);
    add_record(&scene, 1);
    CU_ASSERT(is_outline(&scene, "a4."));
    add_record(&scene, 0);
    CU_ASSERT(is_outline(&scene, "a4.ba."));
    records_leave(&scene.records, scene.places[0]);
    add_record(&scene, 1);
    CU_ASSERT(is_outline(&scene, "a4.ba.b."));
    end(&scene);
}

static void refused_memory_is_told(void)
{
    struct scene scene;
    begin(&scene, "json-array", HT_NS_PER_S);
    add_event(&scene, 0, 1);
    add_record(&scene, 0);
    refuse_memory = true;
    add_record(&scene, 1);
    CU_ASSERT_TRUE(scene.records.no_memory);
    CU_ASSERT(is_outline(&scene, ""));
    CU_ASSERT_PTR_NULL(records_join(&scene.records, HT_NS_PER_S));
    refuse_memory = false;
    end(&scene);
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_event_waits_for_its_own_record),
    UNIT_CASE(a_round_has_its_events),
    UNIT_CASE(the_last_events_stand_alone),
    UNIT_CASE(several_records_keep_their_events),
    UNIT_CASE(pieces_have_their_event_before_the_end),
    UNIT_CASE(each_target_has_hops_of_its_own),
    UNIT_CASE(what_is_left_is_freed),
    UNIT_CASE(a_round_of_other_targets),
    UNIT_CASE(refused_memory_is_told),
};

UNIT_MAIN("exec records", cases)
