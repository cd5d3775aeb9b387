/* The engine's thread, with an engine that does as it is told: it refuses, gives up, or makes
 * records as fast as it can. */
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fake_daemon.h"
#include "hoptrace.h"
#include "unit.h"
#include "worker.h"

/* ---- the engine: takes the place of the library's ---- */

struct ht_engine {
    struct ht_engine_options options;
    struct target *targets[4];
    size_t count;
    int fd; /* always readable */
};

static struct {
    bool refuse_new;
    bool refuse_open;
    bool refuse_dispatch;
    uint32_t pps_short;
    size_t alive;               /* engines */
    enum ht_status statuses[6]; /* of the first records; later ones are as the last */
    atomic_size_t reports;
} script;

int ht_engine_new_sized(const struct ht_engine_options *options, size_t struct_size,
                        struct ht_engine **engine, struct ht_error *error)
{
    static struct ht_engine only;
    (void)struct_size;
    if (script.refuse_new)
        return ht_error_set(error, HT_ERR_SYSTEM, "no descriptors");
    only = (struct ht_engine){.options = *options, .fd = eventfd(1, 0)};
    script.alive++;
    *engine = &only;
    return HT_OK;
}

void ht_engine_free(struct ht_engine *engine)
{
    if (engine == NULL)
        return;
    (void)close(engine->fd);
    script.alive--;
}

int ht_engine_add_sized(struct ht_engine *engine, const struct ht_target *target,
                        size_t struct_size, uint32_t *id, struct ht_error *error)
{
    (void)id;
    (void)struct_size;
    if (target->settings.protocol == HT_TCP)
        return ht_error_set(error, HT_ERR_INVALID, "not this one");
    engine->targets[engine->count++] = target->user;
    return HT_OK;
}

int ht_engine_open(struct ht_engine *engine, struct ht_error *error)
{
    (void)engine;
    return script.refuse_open ? ht_error_set(error, HT_ERR_PERMISSION, "refused") : HT_OK;
}

int ht_engine_fd(const struct ht_engine *engine)
{
    return engine->fd;
}

uint32_t ht_engine_pps_short(const struct ht_engine *engine)
{
    (void)engine;
    return script.pps_short;
}

int ht_engine_dispatch(struct ht_engine *engine, struct ht_error *error)
{
    if (script.refuse_dispatch)
        return ht_error_set(error, HT_ERR_SYSTEM, "out of order");
    for (size_t i = 0; i < engine->count; i++) {
        struct target *target = engine->targets[i];
        size_t last = sizeof script.statuses / sizeof script.statuses[0] - 1;
        size_t made = script.reports;
        size_t number = made < last ? made : last;
        struct ht_report report = {.name = target->name,
                                   .host = target->host,
                                   .user = target,
                                   .status = script.statuses[number],
                                   .error = "a reason"};
        script.reports++;
        engine->options.on_report(engine->options.user, &report);
    }
    return HT_OK;
}

/* ---- cases ---- */

static void begin(struct setup *setup)
{
    script.refuse_new = script.refuse_open = script.refuse_dispatch = false;
    script.pps_short = 0;
    script.reports = 0;
    memset(script.statuses, 0, sizeof script.statuses);
    fake_daemon_reset();
    setup_init(setup);
    struct option good = {.key = "Target", .type = OPTION_TEXT, .text = "good"};
    struct option bad = {.key = "Target", .type = OPTION_TEXT, .text = "bad"};
    struct option tcp = {.key = "Protocol", .type = OPTION_TEXT, .text = "tcp"};
    setup_target(setup, &bad, &tcp, 1);
    setup_target(setup, &good, NULL, 0);
    setup_settle(setup, HT_NS_PER_S);
}

static struct worker *start(const struct setup *setup)
{
    struct worker *worker = NULL;
    CU_ASSERT_EQUAL_FATAL(worker_start(setup, &worker, NULL), HT_OK);
    return worker;
}

/* Stops, which must not take long whatever the engine does. */
static void end(struct worker *worker, struct setup *setup)
{
    time_t before = time(NULL);
    worker_stop(worker);
    CU_ASSERT_TRUE(time(NULL) - before <= 1);
    CU_ASSERT_EQUAL(script.alive, 0);
    setup_fini(setup);
}

/* Waits until the engine has made `more` further records. */
static void wait_for_records(size_t more)
{
    size_t before = script.reports;
    for (int i = 0; i < 1000 && script.reports - before < more; i++)
        (void)usleep(10000);
    CU_ASSERT(script.reports - before >= more);
}

static void records_arrive(void)
{
    struct setup setup;
    begin(&setup);
    struct worker *worker = start(&setup);
    struct target *good = setup.targets->next;
    struct letter letter = {0};
    for (int i = 0; i < 500 && letter.report == NULL; i++) {
        letter = mailbox_take(&good->mailbox);
        (void)usleep(10000);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(letter.report);
    CU_ASSERT_STRING_EQUAL(letter.report->name, "good");
    letter_fini(&letter);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("target \"bad\" is skipped: not this one"), 1);
    /* Nobody takes the others, and one line says so. */
    CU_ASSERT_TRUE(fake_daemon_wait_for("\"good\": the daemon does not read"));
    wait_for_records(3); /* there is room for none any more */
    size_t lines = fake_daemon_lines();
    wait_for_records(100);
    CU_ASSERT_EQUAL(fake_daemon_lines(), lines);
    end(worker, &setup);
}

static void privilege_is_said_once(void)
{
    struct setup setup;
    begin(&setup);
    script.refuse_open = true;
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("does not read")); /* it works all the same */
    CU_ASSERT_EQUAL(fake_daemon_lines_with("CAP_NET_RAW"), 1);
    end(worker, &setup);
}

static void low_ceiling_is_said_once(void)
{
    struct setup setup;
    begin(&setup);
    script.pps_short = 3630;
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("does not read")); /* some records later */
    CU_ASSERT_EQUAL(fake_daemon_lines_with("Pps 1000 is too low"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("about 3630"), 1);
    end(worker, &setup);
}

/* What begins to fail here is told once, whatever it is by then, and so is its end; a path that
 * breaks is data. */
static void faults_are_said_once(void)
{
    static const enum ht_status statuses[] = {HT_STATUS_RESOLVE_ERROR, HT_STATUS_RESOLVE_ERROR,
                                              HT_STATUS_UNREACHABLE,   HT_STATUS_INCOMPLETE,
                                              HT_STATUS_ERROR,         HT_STATUS_PERMISSION_ERROR};
    struct setup setup;
    begin(&setup);
    memcpy(script.statuses, statuses, sizeof statuses);
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("does not read"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("target \"good\" cannot be measured: a reason"), 2);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("target \"good\" is measured again"), 1);
    end(worker, &setup);
}

static void broken_engine_is_said_once(void)
{
    struct setup setup;
    begin(&setup);
    script.refuse_dispatch = true;
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("cannot go on"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("out of order"), 1);
    end(worker, &setup);
}

static void missing_engine_is_said_once(void)
{
    struct setup setup;
    begin(&setup);
    script.refuse_new = true;
    struct worker *worker = start(&setup);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("cannot go on"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("no descriptors"), 1);
    end(worker, &setup);
    worker_stop(NULL);
}

static const struct unit_case cases[] = {
    UNIT_CASE(records_arrive),
    UNIT_CASE(privilege_is_said_once),
    UNIT_CASE(low_ceiling_is_said_once),
    UNIT_CASE(faults_are_said_once),
    UNIT_CASE(broken_engine_is_said_once),
    UNIT_CASE(missing_engine_is_said_once),
};

UNIT_MAIN("collectd/worker", cases)
