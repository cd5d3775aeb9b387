/* The engine's thread, with an engine that does as it is told: it refuses, gives up, or makes
 * records as fast as it can. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_daemon.h"
#include "fake_engine.h"
#include "hoptrace.h"
#include "unit.h"
#include "worker.h"

/* ---- cases ---- */

static void begin(struct setup *setup)
{
    fake_engine_reset();
    fake_daemon_reset();
    setup_init(setup);
    struct option good = {.key = "Target", .type = OPTION_TEXT, .text = "good"};
    struct option bad = {.key = "Target", .type = OPTION_TEXT, .text = "bad"};
    struct option tcp = {.key = "Protocol", .type = OPTION_TEXT, .text = "tcp"};
    setup_target(setup, &bad, &tcp, 1);
    setup_target(setup, &good, NULL, 0);
    setup_settle(setup, HT_NS_PER_S);
}

static struct worker *start(struct setup *setup)
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
    CU_ASSERT_EQUAL(fake_engine.alive, 0);
    setup_fini(setup);
}

/* Waits until the engine has made `more` further records. */
static void wait_for_records(size_t more)
{
    size_t before = fake_engine.reports;
    for (int i = 0; i < 1000 && fake_engine.reports - before < more; i++)
        (void)usleep(10000);
    CU_ASSERT(fake_engine.reports - before >= more);
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
    fake_engine.refuse_open = true;
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("does not read")); /* it works all the same */
    CU_ASSERT_EQUAL(fake_daemon_lines_with("CAP_NET_RAW"), 1);
    end(worker, &setup);
}

static void low_ceiling_is_said_once(void)
{
    struct setup setup;
    begin(&setup);
    fake_engine.pps_short = 3630;
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
    memcpy(fake_engine.statuses, statuses, sizeof statuses);
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
    fake_engine.refuse_dispatch = true;
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("cannot go on"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("out of order"), 1);
    end(worker, &setup);
}

static void missing_engine_is_said_once(void)
{
    struct setup setup;
    begin(&setup);
    fake_engine.refuse_new = true;
    struct worker *worker = start(&setup);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("cannot go on"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("no descriptors"), 1);
    end(worker, &setup);
    worker_stop(NULL);
}

/* The letter that comes next, at last. */
static struct letter wait_for_letter(struct target *target)
{
    struct letter letter = {0};
    for (int i = 0; i < 1000 && letter.report == NULL; i++) {
        letter = mailbox_take(&target->mailbox);
        if (letter.report == NULL)
            (void)usleep(10000);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(letter.report);
    return letter;
}

static void events_come_with_their_record(void)
{
    struct setup setup;
    begin(&setup);
    fake_engine.eventful = 3;
    fake_engine.reports_at_most = 5;
    struct worker *worker = start(&setup);
    struct target *good = setup.targets->next;
    for (uint32_t i = 0; i < 5; i++) {
        struct letter letter = wait_for_letter(good);
        CU_ASSERT_EQUAL(letter.report->sent, i);
        CU_ASSERT_EQUAL_FATAL(letter.events.count, i < 3);
        if (i < 3)
            CU_ASSERT_EQUAL(letter.events.events[0]->ttl, i + 1);
        letter_fini(&letter);
    }
    end(worker, &setup);
}

static void events_may_be_unwanted(void)
{
    struct setup setup;
    struct option off = {.key = "events", .type = OPTION_BOOLEAN, .boolean = false};
    begin(&setup);
    setup_option(&setup, &off);
    fake_engine.eventful = fake_engine.reports_at_most = 2;
    struct worker *worker = start(&setup);
    for (int i = 0; i < 2; i++) {
        struct letter letter = wait_for_letter(setup.targets->next);
        CU_ASSERT_EQUAL(letter.events.count, 0);
        letter_fini(&letter);
    }
    end(worker, &setup);
}

static void a_problem_of_the_state_is_a_warning(void)
{
    struct setup setup;
    char path[] = "/var/lib/hoptrace/state";
    struct option state = {.key = "State", .type = OPTION_TEXT, .text = path};
    begin(&setup);
    setup_option(&setup, &state);
    memset(path, 'x', sizeof path - 1); /* the daemon frees what it has read */
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("/var/lib/hoptrace/state: is locked"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("is locked"), 1);
    end(worker, &setup);
}

static void other_sockets_are_a_notice(void)
{
    struct setup setup;
    char word[] = "user";
    struct option sockets = {.key = "Sockets", .type = OPTION_TEXT, .text = word};
    begin(&setup);
    setup_option(&setup, &sockets);
    struct worker *worker = start(&setup);
    CU_ASSERT_TRUE(fake_daemon_wait_for("CAP_NET_RAW is missing: measuring by sockets without"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("run this"), 0);
    end(worker, &setup);
}

static const struct unit_case cases[] = {
    UNIT_CASE(records_arrive),
    UNIT_CASE(events_come_with_their_record),
    UNIT_CASE(events_may_be_unwanted),
    UNIT_CASE(a_problem_of_the_state_is_a_warning),
    UNIT_CASE(other_sockets_are_a_notice),
    UNIT_CASE(privilege_is_said_once),
    UNIT_CASE(low_ceiling_is_said_once),
    UNIT_CASE(faults_are_said_once),
    UNIT_CASE(broken_engine_is_said_once),
    UNIT_CASE(missing_engine_is_said_once),
};

UNIT_MAIN("collectd/worker", cases)
