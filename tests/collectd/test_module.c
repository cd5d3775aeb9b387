/* The whole plugin, from the daemon's calls to what it hands over, with an engine that does as it
 * is told. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "fake_daemon.h"
#include "fake_engine.h"
#include "hoptrace.h"
#include "unit.h"

void module_register(void);

/* A plugin with one target that is measured. */
static void begin(void)
{
    struct option head = {.key = "Target", .type = OPTION_TEXT, .text = "a/b"};
    fake_daemon_reset();
    module_register();
    fake_daemon_calls->target(&head, NULL, 0);
    CU_ASSERT_TRUE_FATAL(fake_daemon_calls->start(HT_NS_PER_S));
    CU_ASSERT_PTR_NOT_NULL_FATAL(fake_daemon_reader);
}

/* Reads until there is a line with this. */
static bool read_until(const char *part)
{
    for (int i = 0; i < 1000 && fake_daemon_lines_with(part) == 0; i++) {
        fake_daemon_calls->read(fake_daemon_reader);
        (void)usleep(1000);
    }
    return fake_daemon_lines_with(part) == 1;
}

static void an_event_is_one_notification(void)
{
    fake_engine_reset();
    fake_engine.eventful = 1;
    fake_engine.reports_at_most = 3;
    begin();
    CU_ASSERT_TRUE(read_until("values a_b path_changes=0"));
    CU_ASSERT_EQUAL(fake_daemon_lines(), 2); /* the event came with it, or before */
    CU_ASSERT_TRUE(read_until("values a_b path_changes=2"));
    CU_ASSERT_EQUAL(
        fake_daemon_lines_with("notification a_b path_changed warning: the path changed"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 4);
    fake_daemon_calls->read(fake_daemon_reader); /* nothing is left */
    CU_ASSERT_EQUAL(fake_daemon_lines(), 4);
    fake_daemon_calls->stop();
}

static void no_event_without_a_change(void)
{
    fake_engine_reset();
    fake_engine.reports_at_most = 5;
    begin();
    CU_ASSERT_TRUE(read_until("values a_b path_changes=4"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("notification"), 0);
    fake_daemon_calls->stop();
}

/* A daemon that did not read for long: records are lost, their events are not. */
static void no_event_is_lost(void)
{
    fake_engine_reset();
    fake_engine.eventful = 20;
    fake_engine.reports_at_most = 22;
    begin();
    for (int i = 0; i < 1000 && fake_engine.reports < 22; i++)
        (void)usleep(1000);
    CU_ASSERT_TRUE(read_until("values a_b path_changes=21"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("notification"), 20);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("does not read"), 1);
    fake_daemon_calls->stop();
}

/* A hop that was once there has a value in each record after. */
static void hops_once_seen_have_values(void)
{
    static const size_t hops[FAKE_RECORDS] = {2, 4, 3, 0, 4, 1};
    static const char *const said[FAKE_RECORDS] = {
        "path_changes=0 hop-01=0 hop-02=0",
        "path_changes=1 hop-01=0 hop-02=0 hop-03=0 hop-04=0",
        "path_changes=2 hop-01=0 hop-02=0 hop-03=0 hop-04=NaN",
        "path_changes=3 hop-01=NaN hop-02=NaN hop-03=NaN hop-04=NaN",
        "path_changes=4 hop-01=0 hop-02=0 hop-03=0 hop-04=0",
        "path_changes=5 hop-01=0 hop-02=NaN hop-03=NaN hop-04=NaN"};
    fake_engine_reset();
    memcpy(fake_engine.hops, hops, sizeof hops);
    fake_engine.reports_at_most = FAKE_RECORDS;
    begin();
    CU_ASSERT_TRUE(read_until("path_changes=5"));
    for (size_t i = 0; i < FAKE_RECORDS; i++)
        CU_ASSERT_EQUAL(fake_daemon_lines_with(said[i]), 1);
    fake_daemon_calls->stop();
}

/* What was told last, once, beside the targets' values. */
static void own_health(void)
{
    struct option self = {.key = "Self", .type = OPTION_BOOLEAN, .boolean = true};
    struct option head = {.key = "Target", .type = OPTION_TEXT, .text = "self"};
    fake_engine_reset();
    fake_engine.reports_at_most = 3;
    fake_daemon_reset();
    module_register();
    fake_daemon_calls->option(&self);
    fake_daemon_calls->target(&head, NULL, 0);
    CU_ASSERT_TRUE_FATAL(fake_daemon_calls->start(2 * HT_NS_PER_S));
    CU_ASSERT_TRUE(read_until("self 3 rounds in 2000 ms"));
    size_t lines = fake_daemon_lines();
    fake_daemon_calls->read(fake_daemon_reader); /* nothing is left */
    CU_ASSERT_EQUAL(fake_daemon_lines(), lines);
    fake_daemon_calls->stop();
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_event_is_one_notification),
    UNIT_CASE(no_event_without_a_change),
    UNIT_CASE(no_event_is_lost),
    UNIT_CASE(hops_once_seen_have_values),
    UNIT_CASE(own_health),
};

UNIT_MAIN("collectd/module", cases)
