/* Programs that were compiled with another version of the headers. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/sized.h"
#include "hoptrace.h"
#include "unit.h"

/* A version before `source_zone`, `user` of a target, and `user` of the options. */
struct older_settings {
    unsigned char bytes[offsetof(struct ht_settings, source_zone)];
};
struct older_target {
    _Alignas(struct ht_target) struct older_settings settings;
    const char *name;
    const char *host;
    const struct ht_tag *tags;
    size_t tag_count;
};
struct older_options {
    _Alignas(
        struct ht_engine_options) unsigned char bytes[offsetof(struct ht_engine_options, user)];
};

/* A version to come. */
struct newer_settings {
    struct ht_settings known;
    int64_t further;
};
struct newer_target {
    struct newer_settings settings;
    const char *name;
    const char *host;
    const struct ht_tag *tags;
    size_t tag_count;
    void *user;
    void *further;
};
struct newer_options {
    struct ht_engine_options known;
    uint64_t further;
};

/* What the last report said. */
static struct {
    char name[32];
    char tag[32];
    void *user;
    uint16_t probes;
    enum ht_protocol protocol;
    unsigned count;
} reported;

static void on_report(void *user, const struct ht_report *report)
{
    (void)user;
    (void)strncpy(reported.name, report->name, sizeof reported.name - 1);
    (void)strncpy(reported.tag, report->tag_count > 0 ? report->tags[0].value : "",
                  sizeof reported.tag - 1);
    reported.user = report->user;
    reported.probes = report->probes;
    reported.protocol = report->protocol;
    reported.count++;
}

static const struct ht_tag tag = {.key = "site", .value = "fra1"};

static struct ht_engine *make_engine(void)
{
    struct ht_engine_options options = {.on_report = on_report};
    struct ht_engine *engine = NULL;
    memset(&reported, 0, sizeof reported);
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
    return engine;
}

/* Every target there is has a record when the engine is interrupted. */
static void expect_report(struct ht_engine *engine, const char *name, uint16_t probes, void *user)
{
    ht_engine_interrupt(engine);
    CU_ASSERT_EQUAL(reported.count, 1);
    CU_ASSERT_STRING_EQUAL(reported.name, name);
    CU_ASSERT_STRING_EQUAL(reported.tag, "fra1");
    CU_ASSERT_EQUAL(reported.probes, probes);
    CU_ASSERT_EQUAL(reported.protocol, HT_UDP);
    CU_ASSERT_PTR_EQUAL(reported.user, user);
    ht_engine_free(engine);
}

static void an_older_program(void)
{
    struct older_target target = {.name = "old", .host = "192.0.2.1", .tags = &tag, .tag_count = 1};
    /* The members that the older layout has stand where they stood. */
    struct ht_settings *settings = (struct ht_settings *)(void *)&target.settings;
    ht_settings_init_sized(settings, sizeof target.settings);
    CU_ASSERT_STRING_EQUAL(target.name, "old");
    CU_ASSERT_EQUAL(settings->struct_size, sizeof target.settings);
    CU_ASSERT_EQUAL(settings->max_ttl, 30);
    settings->protocol = HT_UDP;
    settings->probes = 7;
    CU_ASSERT_EQUAL(ht_settings_check(settings, NULL), HT_OK);
    settings->max_ttl = 0;
    CU_ASSERT_EQUAL(ht_settings_check(settings, NULL), HT_ERR_INVALID);
    settings->max_ttl = 30;
    struct ht_engine *engine = make_engine();
    CU_ASSERT_EQUAL(ht_engine_add_sized(engine, (const struct ht_target *)(const void *)&target,
                                        sizeof target, NULL, NULL),
                    HT_OK);
    expect_report(engine, "old", 7, NULL);
}

static void older_options(void)
{
    struct older_options options;
    struct ht_engine_options known = {.rounds = 3, .on_report = on_report};
    struct ht_engine *engine = NULL;
    memcpy(&options, &known, sizeof options);
    CU_ASSERT_EQUAL(ht_engine_new_sized((const struct ht_engine_options *)(const void *)&options,
                                        sizeof options, &engine, NULL),
                    HT_OK);
    ht_engine_free(engine);
}

static struct newer_target make_newer(void)
{
    struct newer_target target = {
        .name = "new", .host = "192.0.2.1", .tags = &tag, .tag_count = 1, .user = &reported};
    ht_settings_init_sized(&target.settings.known, sizeof target.settings);
    target.settings.known.protocol = HT_UDP;
    target.settings.known.probes = 9;
    return target;
}

static int add_newer(struct ht_engine *engine, const struct newer_target *target,
                     struct ht_error *error)
{
    return ht_engine_add_sized(engine, (const struct ht_target *)(const void *)target,
                               sizeof *target, NULL, error);
}

static void a_newer_program(void)
{
    struct newer_target target = make_newer();
    struct ht_engine *engine = make_engine();
    CU_ASSERT_EQUAL(target.settings.further, 0);
    CU_ASSERT_EQUAL(ht_settings_check(&target.settings.known, NULL), HT_OK);
    CU_ASSERT_EQUAL(add_newer(engine, &target, NULL), HT_OK);
    expect_report(engine, "new", 9, &reported);

    struct newer_options options = {.known.on_report = on_report};
    CU_ASSERT_EQUAL(ht_engine_new_sized(&options.known, sizeof options, &engine, NULL), HT_OK);
    ht_engine_free(engine);
}

static void expect_too_old(int code, const struct ht_error *error, const char *what)
{
    CU_ASSERT_EQUAL(code, HT_ERR_INVALID);
    CU_ASSERT_EQUAL(error->code, HT_ERR_INVALID);
    CU_ASSERT_PTR_EQUAL(strstr(error->text, what), error->text);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(error->text, "a member is set that libhoptrace " HT_VERSION " does not know"));
}

static void what_is_not_known(void)
{
    struct ht_error error;
    struct ht_engine *engine = make_engine();
    struct newer_target target = make_newer();
    target.settings.further = 1;
    expect_too_old(ht_settings_check(&target.settings.known, &error), &error, "settings: ");
    expect_too_old(add_newer(engine, &target, &error), &error, "settings: ");
    target.settings.further = 0;
    target.further = &target;
    expect_too_old(add_newer(engine, &target, &error), &error, "target: ");
    struct ht_report *report;
    expect_too_old(ht_trace_sized((const struct ht_target *)(const void *)&target, sizeof target,
                                  &report, &error),
                   &error, "target: ");
    struct newer_options options = {.known.on_report = on_report, .further = UINT64_C(1) << 63};
    struct ht_engine *none = NULL;
    expect_too_old(ht_engine_new_sized(&options.known, sizeof options, &none, &error), &error,
                   "engine options: ");
    CU_ASSERT_PTR_NULL(none);
    ht_engine_interrupt(engine);
    CU_ASSERT_EQUAL(reported.count, 0);
    ht_engine_free(engine);
}

/* A call that was left out is told, not guessed. */
static void settings_without_init(void)
{
    struct ht_error error;
    struct ht_target target = {.host = "192.0.2.1"};
    struct ht_engine *engine = make_engine();
    CU_ASSERT_EQUAL(ht_engine_add(engine, &target, NULL, &error), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "settings: struct_size is 0: ht_settings_init was not called");
    ht_engine_free(engine);
}

static void nonsense(void)
{
    struct ht_engine *engine = make_engine();
    struct ht_target target = {.host = "192.0.2.1"};
    ht_settings_init(&target.settings);
    static const size_t sizes[] = {0, 1, 16, HT_SIZED_MAX + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct ht_target wrong = target;
        wrong.settings.struct_size = (uint32_t)sizes[i];
        CU_ASSERT_EQUAL(ht_settings_check(&wrong.settings, NULL), HT_ERR_INVALID);
        CU_ASSERT_EQUAL(ht_engine_add(engine, &wrong, NULL, NULL), HT_ERR_INVALID);
        CU_ASSERT_EQUAL(ht_engine_add_sized(engine, &target, sizes[i], NULL, NULL), HT_ERR_INVALID);
        struct ht_engine_options options = {.on_report = on_report};
        struct ht_engine *none = NULL;
        CU_ASSERT_EQUAL(ht_engine_new_sized(&options, sizes[i], &none, NULL), HT_ERR_INVALID);
        struct ht_settings untouched = {.max_ttl = 77};
        ht_settings_init_sized(&untouched, sizes[i]);
        CU_ASSERT_EQUAL(untouched.max_ttl, 77);
    }
    ht_engine_free(engine);
}

/* Members that the caller's version lacks keep the defaults, whatever these are. */
static void defaults_stay(void)
{
    struct {
        int32_t first;
        int32_t second;
    } own = {.first = 1, .second = 2};
    const int32_t given = 5;
    CU_ASSERT_EQUAL(ht_sized_take(&own, sizeof own, &given, sizeof given, 4, "it", NULL), HT_OK);
    CU_ASSERT_EQUAL(own.first, 5);
    CU_ASSERT_EQUAL(own.second, 2);
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_older_program),  UNIT_CASE(older_options),         UNIT_CASE(a_newer_program),
    UNIT_CASE(what_is_not_known), UNIT_CASE(settings_without_init), UNIT_CASE(nonsense),
    UNIT_CASE(defaults_stay),
};

UNIT_MAIN("api sized", cases)
