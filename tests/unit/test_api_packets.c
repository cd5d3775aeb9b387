/* What records and events of several flows say of marking and translators: rounds as the prober
 * reports them, without a network. */
#include <stdio.h>
#include <string.h>

#include "api/delivery.h"
#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/packets.h"
#include "api/scheduled_target.h"
#include "probing/result/sightings.h"
#include "unit.h"

#define HOPS  5 /* routers */
#define FLOWS 3
#define TOS   185

static struct ht_event *events[16];
static size_t event_count;
static struct ht_engine *engine;
static struct ht_scheduled_target *target;
static char marking[128]; /* of the last record */
static char translators[64];

static void on_report(void *user, const struct ht_report *report)
{
    (void)user;
    marking[0] = translators[0] = '\0';
    for (size_t i = 0; i < report->marking_count; i++) {
        const struct ht_marking *change = &report->marking[i];
        size_t length = strlen(marking);
        (void)snprintf(marking + length, sizeof marking - length, "%u-%u:%u>%u ",
                       (unsigned)change->after_ttl, (unsigned)change->ttl, (unsigned)change->from,
                       (unsigned)change->to);
    }
    for (size_t i = 0; i < report->translator_count; i++) {
        size_t length = strlen(translators);
        (void)snprintf(translators + length, sizeof translators - length, "%u:%u ",
                       (unsigned)report->translators[i].ttl, (unsigned)report->translators[i].what);
    }
}

static void on_event(void *user, const struct ht_event *event)
{
    (void)user;
    CU_ASSERT_TRUE_FATAL(event_count < sizeof events / sizeof events[0]);
    events[event_count++] = ht_event_copy(event);
}

static void begin(void)
{
    const struct ht_engine_options options = {.on_report = on_report, .on_event = on_event};
    struct ht_target settings = {.host = "192.0.2.1"};
    uint32_t id;
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
    ht_settings_init(&settings.settings);
    settings.settings.interval_ns = HT_NS_PER_S;
    settings.settings.numeric = true;
    settings.settings.flows = FLOWS;
    settings.settings.tos = TOS;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &settings, &id, NULL), HT_OK);
    target = ht_targets_find(&engine->targets, id);
}

static void end(void)
{
    ht_engine_free(engine);
    for (size_t i = 0; i < event_count; i++)
        ht_event_free(events[i]);
    event_count = 0;
}

/* One flow's own record. */
struct own {
    struct ht_node nodes[HOPS];
    struct ht_hop hops[HOPS];
    struct ht_report report;
    struct ht_flow_result result;
};

/* Hops 2 have an address for each flow, the others one for all; `tos`: what each hop quotes. From
 * `translated` on they quote another id; 0: none does. */
static void fill(struct own *own, uint16_t flow, const uint8_t tos[HOPS], uint8_t translated)
{
    own->report = (struct ht_report){.name = target->target.name,
                                     .host = target->target.host,
                                     .user = target,
                                     .family = HT_FAMILY_IPV4,
                                     .status = HT_STATUS_REACHED,
                                     .hops = own->hops,
                                     .listed_hops = HOPS,
                                     .hop_count = HOPS,
                                     .time_ns = engine->now.wall_ns};
    CU_ASSERT_TRUE_FATAL(ht_address_parse(target->target.host, &own->report.address));
    own->report.source = (struct ht_address){.version = HT_IPV4, .bytes = {192, 0, 2, 254}};
    own->result = (struct ht_flow_result){.flow = flow, .status = HT_STATUS_REACHED};
    for (uint8_t i = 0; i < HOPS; i++) {
        uint8_t last = (uint8_t)(i == 1 ? flow : 9);
        bool other = translated != 0 && i + 1 >= translated;
        own->nodes[i] =
            (struct ht_node){.facts = {.address = {.version = HT_IPV4, .bytes = {10, 0, i, last}},
                                       .received = 1,
                                       .quoted = true,
                                       .quoted_tos = tos[i],
                                       .quoted_fields = 1U << HT_QUOTED_ID,
                                       .rewritten = (uint8_t)(other ? 1U << HT_QUOTED_ID : 0)}};
        own->hops[i] = (struct ht_hop){.ttl = (uint8_t)(i + 1),
                                       .sent = 1,
                                       .received = 1,
                                       .nodes = &own->nodes[i],
                                       .node_count = 1};
    }
}

static const uint8_t plain[HOPS] = {TOS, TOS, TOS, TOS, TOS};
static const uint8_t by_two[HOPS] = {TOS, 1, 1, 1, 1};
static const uint8_t by_four[HOPS] = {TOS, TOS, TOS, 1, 1};
static const uint8_t ecn_by_three[HOPS] = {TOS, TOS, 184, 184, 184};

/* A round in which each flow's hops quote `tos`. */
static void play(const uint8_t *const tos[FLOWS], const uint8_t translated[FLOWS])
{
    struct own own[FLOWS];
    struct ht_flow_sightings seen[FLOWS];
    struct ht_flow_result results[FLOWS];
    struct ht_flow_request flows[HT_FLOWS_SEARCHED] = {{.known = NULL}};
    struct ht_round_request round = {.flows = flows};
    for (uint16_t flow = 0; flow < FLOWS; flow++) {
        fill(&own[flow], flow, tos[flow], translated[flow]);
        seen[flow] = (struct ht_flow_sightings){.report = &own[flow].report, .known = true};
        results[flow] = own[flow].result;
    }
    struct ht_report report = own[FLOWS - 1].report;
    report.flows = results;
    report.flow_count = FLOWS;
    const struct ht_route route = {.destination = report.address, .source = report.source};
    ht_memory_begin(target, &route, flows, &round);
    ht_heap_remove(&engine->due, &target->timer);
    target->in_round = true;
    engine->rounds++;
    ht_memory_take(target, &report, seen);
    ht_packets_show(target, seen, &report);
    ht_memory_show(target, &report);
    ht_delivery_record(target, &report);
    engine->now.mono_ns += HT_NS_PER_S / 100;
    engine->now.wall_ns += HT_NS_PER_S / 100;
}

static void play_tos(const uint8_t *first, const uint8_t *second, const uint8_t *third)
{
    play((const uint8_t *const[]){first, second, third}, (const uint8_t[]){0, 0, 0});
}

/* All nodes but those of hop 2 are of all flows, and quote what each of them has met. */
static void each_flow_by_itself(void)
{
    begin();
    play_tos(plain, plain, by_two);
    CU_ASSERT_STRING_EQUAL(marking, "1-2:185>1 ");
    play_tos(plain, by_two, plain);
    CU_ASSERT_STRING_EQUAL(marking, "1-2:185>1 ");
    play_tos(ecn_by_three, plain, by_two);
    CU_ASSERT_STRING_EQUAL(marking, "1-2:185>1 2-3:185>184 ");
    play((const uint8_t *const[]){plain, plain, plain}, (const uint8_t[]){0, 3, 0});
    CU_ASSERT_STRING_EQUAL(translators, "3:2 ");
    CU_ASSERT_STRING_EQUAL(marking, "");
    end();
}

static bool is_told(size_t index, uint16_t flow, uint8_t hop, uint8_t old_tos, uint8_t new_tos)
{
    const struct ht_event *event = events[index];
    return event->kind == HT_EVENT_MARKING_CHANGED && event->flow == flow && event->hop == hop &&
           event->old_tos == old_tos && event->new_tos == new_tos;
}

/* Two changes in one round are two events, each of the lowest flow that shows it at the first hop;
 * one that a flow shows a round later than another flow is none. */
static void an_event_a_change(void)
{
    begin();
    play_tos(plain, plain, plain);
    play_tos(ecn_by_three, by_four, by_two);
    CU_ASSERT_EQUAL_FATAL(event_count, 2);
    CU_ASSERT(is_told(0, 0, 3, TOS, 184));
    CU_ASSERT(is_told(1, 2, 2, TOS, 1));
    CU_ASSERT_PTR_NOT_NULL(strstr(events[1]->message, "seen by flow 2"));
    play_tos(plain, by_four, by_two);
    CU_ASSERT_EQUAL_FATAL(event_count, 3);
    CU_ASSERT(is_told(2, 0, 3, 184, TOS));
    play_tos(plain, plain, by_two);
    CU_ASSERT_EQUAL_FATAL(event_count, 4);
    CU_ASSERT(is_told(3, 1, 4, 1, TOS));
    play_tos(plain, plain, plain);
    CU_ASSERT_EQUAL(event_count, 4);
    play_tos(plain, plain, plain);
    play_tos(by_two, plain, plain);
    CU_ASSERT_EQUAL_FATAL(event_count, 5);
    CU_ASSERT(is_told(4, 0, 2, TOS, 1));
    end();
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_flow_by_itself),
    UNIT_CASE(an_event_a_change),
};

UNIT_MAIN("api packets", cases)
