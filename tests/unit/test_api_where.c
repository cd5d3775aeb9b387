/* What records and events say of where a path breaks: rounds as the prober reports them, without a
 * network. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/causes.h"
#include "api/delivery.h"
#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/scheduled_target.h"
#include "probing/result/sightings.h"
#include "unit.h"

#define HOPS     6
#define PROBES   3
#define TARGETS  10
#define KEPT_MAX 64

/* What the callbacks were given. */
static struct ht_event *events[KEPT_MAX];
static struct ht_event *notices[KEPT_MAX];
static size_t event_count;
static size_t notice_count;
static struct ht_report *record; /* the last one */

static uint32_t removed_by_event; /* id of the target that the next event removes; 0: none */

static void on_report(void *user, const struct ht_report *report)
{
    (void)user;
    ht_report_free(record);
    record = ht_report_copy(report);
    CU_ASSERT_PTR_NOT_NULL_FATAL(record);
}

static struct ht_engine *engine;

static void on_event(void *user, const struct ht_event *event)
{
    (void)user;
    CU_ASSERT_TRUE_FATAL(event_count < KEPT_MAX);
    events[event_count++] = ht_event_copy(event);
    if (removed_by_event != 0)
        ht_engine_remove(engine, removed_by_event);
    removed_by_event = 0;
}

static void on_notice(void *user, const struct ht_event *event)
{
    (void)user;
    CU_ASSERT_TRUE_FATAL(notice_count < KEPT_MAX);
    notices[notice_count++] = ht_event_copy(event);
}

static void begin(void)
{
    const struct ht_engine_options options = {
        .on_report = on_report, .on_event = on_event, .on_notice = on_notice};
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
}

static void end(void)
{
    ht_engine_free(engine);
    for (size_t i = 0; i < event_count; i++)
        ht_event_free(events[i]);
    for (size_t i = 0; i < notice_count; i++)
        ht_event_free(notices[i]);
    event_count = notice_count = 0;
    ht_report_free(record);
    record = NULL;
}

static struct ht_scheduled_target *add_named(size_t number, const char *name)
{
    char host[32];
    uint32_t id;
    struct ht_target target = {.host = host, .name = name};
    (void)snprintf(host, sizeof host, "192.0.2.%zu", number + 1);
    ht_settings_init(&target.settings);
    target.settings.interval_ns = HT_NS_PER_S;
    target.settings.numeric = true;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, &id, NULL), HT_OK);
    return ht_targets_find(&engine->targets, id);
}

static struct ht_scheduled_target *add(size_t number)
{
    return add_named(number, NULL);
}

static struct ht_address router(uint8_t ttl)
{
    return (struct ht_address){.version = HT_IPV4, .bytes = {10, 0, ttl, 1}};
}

static struct ht_rtt times(double ms)
{
    return (struct ht_rtt){ms, ms, ms, 0, ms, ms, 0};
}

/* One round of the target: `lost` of the probes of each hop from `from_ttl` on are lost, and the
 * target answers after `ms`. */
static void play(struct ht_scheduled_target *scheduled, uint8_t from_ttl, uint32_t lost, double ms)
{
    struct ht_node nodes[HOPS];
    struct ht_hop hops[HOPS];
    struct ht_sighting list[HOPS * PROBES];
    struct ht_address destination;
    bool reached = lost < PROBES;
    CU_ASSERT_TRUE_FATAL(ht_address_parse(scheduled->target.host, &destination));
    struct ht_route route = {.destination = destination,
                             .source = {.version = HT_IPV4, .bytes = {192, 0, 2, 254}}};
    struct ht_report report = {.name = scheduled->target.name,
                               .host = scheduled->target.host,
                               .user = scheduled,
                               .address = destination,
                               .source = route.source,
                               .family = HT_FAMILY_IPV4,
                               .status = reached ? HT_STATUS_REACHED : HT_STATUS_INCOMPLETE,
                               .stop_reason = reached ? HT_STOP_DESTINATION : HT_STOP_GAP_LIMIT,
                               .probes = PROBES,
                               .time_ns = engine->now.wall_ns,
                               .hops = hops};
    for (uint8_t i = 0; i < HOPS; i++) {
        uint16_t received = (uint16_t)(i + 1 >= from_ttl ? PROBES - lost : PROBES);
        nodes[i] = (struct ht_node){
            .facts = {.address = i + 1 < HOPS ? router((uint8_t)(i + 1)) : destination,
                      .received = received}};
        hops[i] = (struct ht_hop){.ttl = (uint8_t)(i + 1),
                                  .sent = PROBES,
                                  .received = received,
                                  .rtt = times(i + 1 >= from_ttl || lost > 0 ? ms : 1),
                                  .path_loss_percent = NAN,
                                  .nodes = &nodes[i],
                                  .node_count = received > 0};
        report.sent += PROBES;
        for (uint16_t k = 0; k < received; k++)
            list[report.received++] = (struct ht_sighting){.address = &nodes[i].facts.address,
                                                           .sent_ns = engine->now.mono_ns,
                                                           .ttl = (uint8_t)(i + 1)};
        if (received > 0)
            report.listed_hops = report.hop_count = (uint8_t)(i + 1);
    }
    report.rtt = hops[HOPS - 1].rtt;
    const struct ht_flow_sightings seen = {
        .report = &report, .known = true, .sightings = {.list = list, .count = report.received}};
    struct ht_flow_request flows[HT_FLOWS_SEARCHED] = {{.known = NULL}};
    struct ht_round_request round = {.flows = flows};
    ht_memory_begin(scheduled, &route, flows, &round);
    CU_ASSERT_PTR_NOT_NULL_FATAL(flows[0].known);
    ht_heap_remove(&engine->due, &scheduled->timer);
    scheduled->in_round = true;
    engine->rounds++;
    ht_memory_take(scheduled, &report, &seen);
    ht_memory_show(scheduled, &report);
    ht_delivery_record(scheduled, &report);
    engine->now.mono_ns += HT_NS_PER_S / 100;
    engine->now.wall_ns += HT_NS_PER_S / 100;
}

static void play_many(struct ht_scheduled_target *scheduled, int rounds, uint8_t from_ttl,
                      uint32_t lost, double ms)
{
    for (int i = 0; i < rounds; i++)
        play(scheduled, from_ttl, lost, ms);
}

static void a_calm_path(void)
{
    begin();
    play_many(add(0), 30, HOPS, 0, 5);
    CU_ASSERT_EQUAL(event_count, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(record->window);
    CU_ASSERT_EQUAL(record->window->rounds, 20);
    CU_ASSERT_EQUAL(record->window->sent, 60);
    CU_ASSERT_EQUAL(record->window->received, 60);
    CU_ASSERT_EQUAL(record->window->loss_percent, 0);
    CU_ASSERT_EQUAL(record->window->rtt.max_ms, 5);
    CU_ASSERT_FALSE(record->window->loss_significant);
    CU_ASSERT_FALSE(record->window->has_loss_place);
    CU_ASSERT_FALSE(record->window->rtt_risen);
    CU_ASSERT_EQUAL(record->hops[2].path_loss_percent, 0);
    CU_ASSERT_EQUAL(record->hops[2].window_loss_percent, 0);
    end();
}

static void loss_begins_and_ends(void)
{
    begin();
    struct ht_scheduled_target *scheduled = add(0);
    play_many(scheduled, 30, HOPS, 0, 5);
    play_many(scheduled, 8, 4, 1, 5);
    CU_ASSERT_EQUAL_FATAL(event_count, 1);
    const struct ht_event *event = events[0];
    CU_ASSERT_EQUAL(event->kind, HT_EVENT_LOSS_BEGAN);
    CU_ASSERT_EQUAL(event->severity, HT_SEVERITY_WARNING);
    CU_ASSERT_STRING_EQUAL(event->name, "192.0.2.1");
    CU_ASSERT_DOUBLE_EQUAL(event->loss_percent, 6.667, 0.001);
    CU_ASSERT_TRUE(event->has_place && event->after_hop <= 3 && event->by_hop >= 4);
    struct ht_address by = event->by_hop < HOPS ? router(event->by_hop) : record->address;
    CU_ASSERT_TRUE(ht_address_equal(&event->by_address, &by));
    CU_ASSERT_PTR_NOT_NULL(strstr(event->message, "path to 192.0.2.1: loss of 6.7 % begins"));
    CU_ASSERT_TRUE(record->window->loss_significant && record->window->has_loss_place);
    CU_ASSERT_EQUAL(record->window->loss_after_hop, 3);
    CU_ASSERT_TRUE(record->window->loss_by_hop >= 4);
    CU_ASSERT_EQUAL(record->hops[2].path_loss_percent, 0);
    CU_ASSERT_DOUBLE_EQUAL(record->hops[3].path_loss_percent, 40 / 3.0, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(record->hops[5].window_loss_percent, 40 / 3.0, 0.01);
    CU_ASSERT_EQUAL(record->event_counts[HT_EVENT_LOSS_BEGAN], 1);
    play_many(scheduled, 60, HOPS, 0, 5);
    CU_ASSERT_EQUAL_FATAL(event_count, 2);
    CU_ASSERT_EQUAL(events[1]->kind, HT_EVENT_LOSS_ENDED);
    CU_ASSERT_EQUAL(events[1]->after_hop, 3);
    CU_ASSERT_TRUE(events[1]->by_hop >= 4);
    static const char beginning[] = "path to 192.0.2.1: loss has ended, 0.0 % are left, it was "
                                    "between hop 3 (10.0.3.1) and hop ";
    CU_ASSERT_EQUAL(strncmp(events[1]->message, beginning, sizeof beginning - 1), 0);
    end();
}

static void times_rise_and_fall(void)
{
    begin();
    struct ht_scheduled_target *scheduled = add(0);
    play_many(scheduled, 120, HOPS, 0, 5);
    play_many(scheduled, 6, HOPS, 0, 25);
    CU_ASSERT_EQUAL_FATAL(event_count, 1);
    CU_ASSERT_EQUAL(events[0]->kind, HT_EVENT_RTT_ROSE);
    CU_ASSERT_EQUAL(events[0]->rtt_ms, 25);
    CU_ASSERT_EQUAL(events[0]->usual_rtt_ms, 5);
    CU_ASSERT_TRUE(isnan(events[0]->loss_percent));
    CU_ASSERT_STRING_EQUAL(events[0]->message,
                           "path to 192.0.2.1: the time rose from 5.0 to 25.0 ms between hop 5 "
                           "(10.0.5.1) and hop 6 (192.0.2.1)");
    CU_ASSERT_TRUE(record->window->rtt_risen && record->window->has_rtt_place);
    CU_ASSERT_EQUAL(record->window->rtt_after_hop, 5);
    CU_ASSERT_EQUAL(record->window->rtt_by_hop, 6);
    play_many(scheduled, 6, HOPS, 0, 5);
    CU_ASSERT_EQUAL_FATAL(event_count, 2);
    CU_ASSERT_EQUAL(events[1]->kind, HT_EVENT_RTT_FELL);
    CU_ASSERT_STRING_EQUAL(events[1]->message,
                           "path to 192.0.2.1: the time fell to 5.0 ms, usual are 5.0 ms");
    play_many(scheduled, 220, HOPS, 0, 25);
    CU_ASSERT_EQUAL_FATAL(event_count, 4);
    CU_ASSERT_EQUAL(events[3]->kind, HT_EVENT_RTT_FELL);
    CU_ASSERT_TRUE(isnan(events[3]->usual_rtt_ms));
    CU_ASSERT_STRING_EQUAL(events[3]->message,
                           "path to 192.0.2.1: the risen time, 25.0 ms, is the usual one now");
    end();
}

static void an_outage(void)
{
    begin();
    struct ht_scheduled_target *scheduled = add(0);
    play_many(scheduled, 5, HOPS, 0, 5);
    int64_t first_ns = engine->now.wall_ns;
    play_many(scheduled, 3, 5, PROBES, 5);
    CU_ASSERT_EQUAL_FATAL(event_count, 1);
    CU_ASSERT_EQUAL(events[0]->kind, HT_EVENT_UNREACHED);
    CU_ASSERT_EQUAL(events[0]->severity, HT_SEVERITY_FAILURE);
    CU_ASSERT_EQUAL(events[0]->time_ns, first_ns);
    CU_ASSERT_EQUAL(events[0]->status, HT_STATUS_INCOMPLETE);
    CU_ASSERT_EQUAL(events[0]->stop_reason, HT_STOP_GAP_LIMIT);
    CU_ASSERT_EQUAL(events[0]->last_hop, 4);
    struct ht_address last = router(4);
    CU_ASSERT_TRUE(ht_address_equal(&events[0]->last_address, &last));
    CU_ASSERT_STRING_EQUAL(events[0]->message,
                           "path to 192.0.2.1: no answer of the target in two rounds, the last one "
                           "is of hop 4 (10.0.4.1), it breaks between hop 4 (10.0.4.1) and hop 5 "
                           "(10.0.5.1)");
    CU_ASSERT_EQUAL(record->window->received, 15);
    play(scheduled, HOPS, 0, 5);
    CU_ASSERT_EQUAL_FATAL(event_count, 2);
    CU_ASSERT_EQUAL(events[1]->kind, HT_EVENT_REACHED);
    CU_ASSERT_STRING_EQUAL(events[1]->message, "path to 192.0.2.1: the target answers again");
    end();
}

/* The fourth of a kind in a window is counted only, and the next one says so. */
static void events_that_are_counted_only(void)
{
    begin();
    struct ht_scheduled_target *scheduled = add(0);
    for (int i = 0; i < 5; i++) {
        play_many(scheduled, 1, HOPS, 0, 5);
        play_many(scheduled, 2, 5, PROBES, 5);
    }
    CU_ASSERT_EQUAL(event_count, 6);
    CU_ASSERT_EQUAL(record->event_counts[HT_EVENT_UNREACHED], 5);
    play_many(scheduled, 20, HOPS, 0, 5);
    play_many(scheduled, 2, 5, PROBES, 5);
    CU_ASSERT_EQUAL(event_count, 7);
    CU_ASSERT_PTR_NOT_NULL(strstr(events[6]->message, " (and 2 more before, which were not told)"));
    end();
}

/* What finds no room in a message is left out, part by part. */
static void a_long_name(void)
{
    char name[128];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    begin();
    struct ht_scheduled_target *scheduled = add_named(0, name);
    play_many(scheduled, 3, HOPS, 0, 5);
    play_many(scheduled, 2, 5, PROBES, 5);
    CU_ASSERT_EQUAL_FATAL(event_count, 1);
    CU_ASSERT_EQUAL(strlen(events[0]->message), 8 + 127 + 111);
    CU_ASSERT_STRING_EQUAL(events[0]->message + 8 + 127,
                           ": no answer of the target in two rounds, the last one is of hop 4 "
                           "(10.0.4.1), it breaks between hop 4 and hop 5");
    end();
}

static void one_cause_of_many(void)
{
    struct ht_scheduled_target *scheduled[TARGETS];
    begin();
    for (size_t i = 0; i < TARGETS; i++) {
        scheduled[i] = add(i);
        play_many(scheduled[i], 3, HOPS, 0, 5);
    }
    for (size_t i = 0; i < TARGETS; i++)
        play_many(scheduled[i], 2, 4, PROBES, 5);
    CU_ASSERT_EQUAL(event_count, TARGETS);
    ht_causes_tell(engine, false);
    CU_ASSERT_EQUAL(notice_count, 0);
    CU_ASSERT_FALSE(ht_engine_idle(engine));
    engine->now.mono_ns = ht_causes_next_ns(engine);
    ht_causes_tell(engine, false);
    CU_ASSERT_EQUAL_FATAL(event_count, TARGETS + 1);
    CU_ASSERT_EQUAL_FATAL(notice_count, 1);
    const struct ht_event *cause = notices[0];
    CU_ASSERT_EQUAL(cause->kind, HT_EVENT_COMMON_CAUSE);
    CU_ASSERT_EQUAL(cause->of, HT_EVENT_UNREACHED);
    CU_ASSERT_EQUAL(cause->severity, HT_SEVERITY_FAILURE);
    CU_ASSERT_EQUAL(cause->targets, TARGETS);
    CU_ASSERT_EQUAL_FATAL(cause->name_count, TARGETS);
    CU_ASSERT_STRING_EQUAL(cause->names[9], "192.0.2.10");
    CU_ASSERT_STRING_EQUAL(
        cause->message,
        "unreached of 10 targets between 10.0.3.1 and 10.0.4.1: 192.0.2.1, 192.0.2.2, 192.0.2.3, "
        "192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9, 192.0.2.10");
    CU_ASSERT_STRING_EQUAL(events[TARGETS]->message, cause->message);
    CU_ASSERT_EQUAL(ht_causes_next_ns(engine), HT_NEVER);
    end();
}

static void alone(void)
{
    begin();
    struct ht_scheduled_target *first = add(0);
    struct ht_scheduled_target *second = add(1);
    play_many(first, 3, HOPS, 0, 5);
    play_many(second, 3, HOPS, 0, 5);
    play_many(first, 2, 4, PROBES, 5);
    play_many(second, 2, 4, PROBES, 5);
    CU_ASSERT_EQUAL(event_count, 2);
    ht_engine_remove(engine, second->id);
    CU_ASSERT_EQUAL(notice_count, 0);
    ht_causes_tell(engine, true);
    CU_ASSERT_EQUAL_FATAL(notice_count, 1);
    CU_ASSERT_EQUAL(notices[0]->kind, HT_EVENT_UNREACHED);
    CU_ASSERT_STRING_EQUAL(notices[0]->name, "192.0.2.1");
    end();
}

static void a_callback_that_removes_the_target(void)
{
    begin();
    struct ht_scheduled_target *scheduled = add(0);
    play_many(scheduled, 3, HOPS, 0, 5);
    play_many(scheduled, 1, 4, PROBES, 5);
    engine->loop.busy = true;
    removed_by_event = scheduled->id;
    play_many(scheduled, 1, 4, PROBES, 5);
    engine->loop.busy = false;
    ht_causes_tell(engine, true);
    CU_ASSERT_EQUAL(event_count, 1);
    CU_ASSERT_EQUAL(notice_count, 0);
    end();
}

/* What still waits at the end is freed. */
static void an_engine_that_is_freed_meanwhile(void)
{
    begin();
    struct ht_scheduled_target *scheduled = add(0);
    play_many(scheduled, 3, HOPS, 0, 5);
    play_many(scheduled, 2, 4, PROBES, 5);
    CU_ASSERT_EQUAL(engine->causes.count, 1);
    end();
}

static const struct unit_case cases[] = {
    UNIT_CASE(a_calm_path),
    UNIT_CASE(loss_begins_and_ends),
    UNIT_CASE(times_rise_and_fall),
    UNIT_CASE(an_outage),
    UNIT_CASE(events_that_are_counted_only),
    UNIT_CASE(a_long_name),
    UNIT_CASE(one_cause_of_many),
    UNIT_CASE(alone),
    UNIT_CASE(a_callback_that_removes_the_target),
    UNIT_CASE(an_engine_that_is_freed_meanwhile),
};

UNIT_MAIN("api where", cases)
