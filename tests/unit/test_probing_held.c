/* Answers that decide nothing by themselves: when they are put down to a probe, and when not. */
#include <string.h>

#include "hoptrace/settings.h"
#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/round/answer.h"
#include "probing/round/held.h"
#include "probing/round/held_verdict.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "unit.h"
#include "wire/reply.h"

#define MS HT_NS_PER_MS

static const uint64_t host_secret[2] = {33, 44};

struct scene {
    struct ht_target target;
    struct ht_round round;
};

/* A round with a probe to each of the first `hops` ttls, all sent at 0. */
static void set_up(struct scene *scene, uint8_t protocol, uint8_t hops)
{
    *scene = (struct scene){.target = {.name = "t", .host = "198.51.100.9"}};
    struct ht_flow flow = {.secret = {11, 22},
                           .local_id = 4711,
                           .payload_size = protocol == HT_TCP ? 0 : 32,
                           .protocol = protocol,
                           .port = 443};
    ht_settings_init(&scene->target.settings);
    scene->target.settings.probes = 1;
    scene->target.settings.gap_limit = 0;
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &flow.source));
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.9", &flow.destination));
    ht_flow_init(&flow, host_secret);
    ht_round_init(&scene->round, &scene->target, &flow, 0, 0, 1, NULL);
    scene->round.hints.look_ahead = hops;
    for (uint8_t i = 0; i < hops; i++) {
        uint32_t index;
        CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene->round, 0, &index));
        CU_ASSERT_EQUAL(scene->round.log.probes[index].ttl, i + 1);
        ht_sending_sent(&scene->round, index, 0, true);
    }
}

static struct ht_reply reply_from(const struct scene *scene, const char *address,
                                  enum ht_answer answer, uint32_t sequence)
{
    struct ht_reply reply = {.answer = answer,
                             .protocol = scene->round.flow.protocol,
                             .node.icmp_type = answer == HT_ANSWER_TCP ? 0 : 11,
                             .node.by_tcp = answer == HT_ANSWER_TCP,
                             .node.reply_ttl = 60,
                             .sequence = sequence};
    CU_ASSERT_TRUE(ht_address_parse(address, &reply.node.address));
    return reply;
}

/* The router at this ttl quotes what was sent. */
static void expire(struct scene *scene, uint8_t ttl, int64_t at_ns)
{
    struct ht_reply reply =
        reply_from(scene, "203.0.113.1", HT_ANSWER_TIME_EXCEEDED, scene->round.flow.sequence);
    CU_ASSERT_TRUE(ht_answer_take(&scene->round, ttl - 1U, &reply, at_ns, true));
}

/* The destination answers some SYN. */
static void answer_some(struct scene *scene, int64_t at_ns)
{
    struct ht_reply reply =
        reply_from(scene, "198.51.100.9", HT_ANSWER_TCP, scene->round.flow.sequence);
    ht_held_keep(&scene->round, HT_HELD_UNNAMED, &reply, HT_NO_PROBE, at_ns, true);
}

/* A router's quote of this ttl's probe, whose sequence number was shifted. */
static void quote_shifted(struct scene *scene, uint8_t ttl, uint32_t shift, int64_t at_ns)
{
    struct ht_reply reply = reply_from(scene, "203.0.113.2", HT_ANSWER_TIME_EXCEEDED,
                                       scene->round.flow.sequence + shift);
    ht_held_keep(&scene->round, HT_HELD_REWRITTEN, &reply, ttl - 1U, at_ns, true);
}

static enum ht_probe_state state_at(const struct scene *scene, uint8_t ttl)
{
    return (enum ht_probe_state)scene->round.log.probes[ttl - 1].state;
}

static void the_only_one_left_is_meant(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    answer_some(&scene, 20 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 20 * MS), 0);
    expire(&scene, 1, 21 * MS);
    expire(&scene, 2, 22 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 22 * MS), 0);
    expire(&scene, 3, 23 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 23 * MS), 1);
    CU_ASSERT_EQUAL(state_at(&scene, 4), HT_PROBE_ANSWERED);
    CU_ASSERT_EQUAL(scene.round.log.probes[3].rtt_ns, 20 * MS);
    CU_ASSERT_EQUAL(scene.round.end.destination_ttl, 4);
    CU_ASSERT_FALSE(scene.round.tcp.one_by_one);
    ht_round_fini(&scene.round);
}

/* A router that answers proves that nothing before it got to the destination. */
static void silent_hops_before_a_router_are_not_meant(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    expire(&scene, 3, 10 * MS);
    answer_some(&scene, 20 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 20 * MS), 1);
    CU_ASSERT_EQUAL(state_at(&scene, 4), HT_PROBE_ANSWERED);
    ht_round_fini(&scene.round);
}

static void of_several_none_is_meant_and_all_are_asked_again(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    expire(&scene, 1, 10 * MS);
    expire(&scene, 2, 10 * MS);
    answer_some(&scene, 20 * MS);
    answer_some(&scene, 20 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 20 * MS), 0);
    CU_ASSERT_TRUE(scene.round.tcp.one_by_one); /* no further SYN gets in between */
    int64_t due_ns = ht_held_due_ns(&scene.round, 20 * MS);
    CU_ASSERT_EQUAL(due_ns, 60 * MS); /* twice the time, and 20 ms, after the last one left */
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, due_ns), 0);
    CU_ASSERT_EQUAL(state_at(&scene, 3), HT_PROBE_VOID);
    CU_ASSERT_EQUAL(state_at(&scene, 4), HT_PROBE_VOID);
    CU_ASSERT_EQUAL(scene.round.end.destination_ttl, 0);
    CU_ASSERT_EQUAL(scene.round.log.received, 2);
    CU_ASSERT_EQUAL(scene.round.doubted.untold, 2); /* they are answers all the same */
    uint32_t index;
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene.round, due_ns, &index));
    CU_ASSERT_EQUAL(scene.round.log.probes[index].ttl, 3);
    ht_sending_sent(&scene.round, index, due_ns, true);
    CU_ASSERT_FALSE(ht_sending_take(&scene.round, due_ns, &index));
    answer_some(&scene, due_ns + 20 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, due_ns + 20 * MS), 1);
    CU_ASSERT_EQUAL(scene.round.end.destination_ttl, 3);
    ht_round_fini(&scene.round);
}

/* A SYN that is late and one that left after that, the destination's answers 21 ms after it. */
static void set_up_late(struct scene *scene)
{
    uint32_t index;
    set_up(scene, HT_TCP, 1);
    scene->round.hints.look_ahead = 2;
    scene->round.tcp.one_by_one = true;
    scene->round.log.max_rtt_ns = 5 * MS;
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene->round, 60 * MS, &index));
    CU_ASSERT_EQUAL(scene->round.log.probes[index].ttl, 2);
    ht_sending_sent(&scene->round, index, 60 * MS, true);
    answer_some(scene, 61 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene->round, 61 * MS), 0);
}

static void as_many_resets_as_syns_are_in_their_order(void)
{
    struct scene scene;
    set_up_late(&scene);
    answer_some(&scene, 62 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 62 * MS), 2);
    CU_ASSERT_EQUAL(scene.round.log.probes[0].rtt_ns, 61 * MS);
    CU_ASSERT_EQUAL(scene.round.log.probes[1].rtt_ns, 2 * MS);
    CU_ASSERT_EQUAL(scene.round.end.destination_ttl, 1);
    ht_round_fini(&scene.round);
}

static void a_single_reset_is_the_newest_syns(void)
{
    struct scene scene;
    set_up_late(&scene);
    int64_t due_ns = ht_held_due_ns(&scene.round, 61 * MS);
    CU_ASSERT_TRUE(due_ns > 61 * MS && due_ns < 200 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, due_ns), 1);
    CU_ASSERT_EQUAL(state_at(&scene, 1), HT_PROBE_AWAITED);
    CU_ASSERT_EQUAL(scene.round.log.probes[1].rtt_ns, 1 * MS);
    CU_ASSERT_EQUAL(scene.round.end.destination_ttl, 2);
    ht_round_fini(&scene.round);
}

/* Two SYNs at 0 of which one is known to be answered and which are void; answers count as expected
 * for 250 ms. */
static void set_up_void(struct scene *scene)
{
    set_up(scene, HT_TCP, 2);
    scene->round.tcp.one_by_one = true;
    scene->round.log.max_rtt_ns = 115 * MS;
    answer_some(scene, 20 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene->round, 250 * MS), 0);
    CU_ASSERT_EQUAL(state_at(scene, 1), HT_PROBE_VOID);
    CU_ASSERT_EQUAL(state_at(scene, 2), HT_PROBE_VOID);
    CU_ASSERT_EQUAL(scene->round.doubted.untold, 1);
}

static void send_next(struct scene *scene, int64_t at_ns)
{
    uint32_t index;
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene->round, at_ns, &index));
    ht_sending_sent(&scene->round, index, at_ns, true);
}

/* A reset that came late, and was read later still, was to one of these; the next one is to the SYN
 * that was sent in their place. */
static void a_reset_to_void_syns_holds_no_other_up(void)
{
    struct scene scene;
    set_up_void(&scene);
    answer_some(&scene, 244 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 251 * MS), 0);
    CU_ASSERT_EQUAL(scene.round.doubted.untold, 2);
    CU_ASSERT_EQUAL(ht_held_due_ns(&scene.round, 251 * MS), HT_NEVER);
    send_next(&scene, 260 * MS);
    answer_some(&scene, 267 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 267 * MS), 1);
    CU_ASSERT_EQUAL(state_at(&scene, 1), HT_PROBE_VOID);
    CU_ASSERT_EQUAL(scene.round.log.probes[2].rtt_ns, 7 * MS);
    ht_round_fini(&scene.round);
}

/* While a former reset may be to a void SYN or to the one in its place, it is unknown to which SYN
 * the one after it is: not to the oldest because there are as many resets. */
static void a_reset_behind_one_that_waits_is_no_old_syns(void)
{
    struct scene scene;
    set_up_void(&scene);
    send_next(&scene, 251 * MS);
    scene.round.log.max_rtt_ns = 200 * MS;
    answer_some(&scene, 300 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 300 * MS), 0);
    send_next(&scene, 671 * MS);
    answer_some(&scene, 680 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 680 * MS), 0);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, ht_held_due_ns(&scene.round, 680 * MS)), 0);
    CU_ASSERT_EQUAL(scene.round.log.probes[2].state, HT_PROBE_VOID);
    CU_ASSERT_EQUAL(scene.round.log.probes[3].state, HT_PROBE_VOID);
    CU_ASSERT_EQUAL(scene.round.doubted.untold, 3);
    ht_round_fini(&scene.round);
}

static void two_alike_are_believed_once_nothing_refutes_them(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    expire(&scene, 1, 10 * MS);
    quote_shifted(&scene, 2, 77, 12 * MS);
    quote_shifted(&scene, 3, 77, 14 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 14 * MS), 0);
    int64_t due_ns = ht_held_due_ns(&scene.round, 14 * MS);
    CU_ASSERT_TRUE_FATAL(due_ns > 14 * MS && due_ns <= 300 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, due_ns), 2);
    CU_ASSERT_EQUAL(state_at(&scene, 2), HT_PROBE_ANSWERED);
    CU_ASSERT_EQUAL(scene.round.log.probes[2].rtt_ns, 14 * MS);
    /* The third one needs no wait. */
    quote_shifted(&scene, 4, 77, due_ns);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, due_ns), 1);
    ht_round_fini(&scene.round);
}

static void one_alone_or_two_that_differ_are_not_believed(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    quote_shifted(&scene, 2, 77, 12 * MS);
    quote_shifted(&scene, 2, 77, 13 * MS); /* a copy is no second probe's */
    quote_shifted(&scene, 3, 78, 14 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 900 * MS), 0);
    CU_ASSERT_TRUE(ht_held_has(&scene.round.doubted, 1));
    CU_ASSERT_FALSE(ht_held_has(&scene.round.doubted, 0));
    ht_round_fini(&scene.round);
}

/* A firewall would have rewritten what the router behind it quotes, too. */
static void a_right_number_from_behind_refutes_them(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    quote_shifted(&scene, 2, 77, 12 * MS);
    quote_shifted(&scene, 3, 77, 14 * MS);
    expire(&scene, 3, 20 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 900 * MS), 0);
    CU_ASSERT_FALSE(ht_held_has(&scene.round.doubted, 1));
    ht_round_fini(&scene.round);
}

/* A UDP quote that only its length tells: the checksum that was sent is the probe's key. */
static void quote_by_length(struct scene *scene, uint8_t ttl, uint16_t checksum)
{
    struct ht_reply reply = reply_from(scene, "203.0.113.2", HT_ANSWER_TIME_EXCEEDED, 0);
    reply.checksum = checksum;
    ht_held_keep(&scene->round, HT_HELD_REWRITTEN, &reply, ttl - 1U, 10 * MS, true);
}

static uint16_t plus(uint16_t checksum, uint16_t difference)
{
    uint32_t sum = (uint32_t)checksum + difference;
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static void checksums_that_are_rewritten_alike_are_believed(void)
{
    for (int by_bits = 0; by_bits < 2; by_bits++) {
        struct scene scene;
        set_up(&scene, HT_UDP, 4);
        for (uint8_t ttl = 1; ttl <= 3; ttl++) {
            uint16_t key = ht_probe_id_key(&scene.round, ttl - 1U);
            quote_by_length(&scene, ttl, by_bits ? key ^ 0x3c3c : plus(key, 0x4321));
        }
        CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 3);
        quote_by_length(&scene, 4, plus(ht_probe_id_key(&scene.round, 3), 0x1234));
        CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
        ht_round_fini(&scene.round);
    }
}

/* Who makes checksums up: each length that is right counts, and they must be many. */
static void lengths_alone_have_to_be_many(void)
{
    struct scene scene;
    set_up(&scene, HT_UDP, 7);
    for (uint8_t ttl = 1; ttl <= 4; ttl++)
        quote_by_length(&scene, ttl, (uint16_t)(ttl * 4567 % 65521));
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
    scene.round.doubted.forged = 2; /* two wrong ones among five: somebody guesses */
    quote_by_length(&scene, 5, 11111);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
    scene.round.doubted.forged = 1;
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 5);
    quote_by_length(&scene, 6, 22222);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 1);
    ht_round_fini(&scene.round);
}

/* A quote that shows little, from an address that ends so. */
static void quote_weakly(struct scene *scene, uint32_t probe, uint8_t who)
{
    struct ht_reply reply =
        reply_from(scene, "203.0.113.2", HT_ANSWER_TIME_EXCEEDED, scene->round.flow.sequence);
    reply.node.address.bytes[3] = who;
    ht_held_keep(&scene->round, HT_HELD_WEAK, &reply, probe, 10 * MS, true);
}

/* Two probes of one ttl that the same router quotes. */
static void little_is_enough_twice_from_one_router(void)
{
    struct scene scene;
    uint32_t again;
    set_up(&scene, HT_ICMP, 2);
    quote_weakly(&scene, 0, 7);
    quote_weakly(&scene, 0, 7); /* a copy is no second probe's */
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
    /* The hop is asked once more, at once. */
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene.round, 10 * MS, &again));
    CU_ASSERT_EQUAL(scene.round.log.probes[again].ttl, 1);
    ht_sending_sent(&scene.round, again, 10 * MS, true);
    quote_weakly(&scene, again, 8); /* somebody else */
    quote_weakly(&scene, 1, 7);     /* at another ttl */
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
    quote_weakly(&scene, again, 7);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 2);
    CU_ASSERT_EQUAL(scene.round.log.hops[0].received, 2);
    ht_round_fini(&scene.round);
}

static void little_is_never_enough_while_somebody_guesses(void)
{
    struct scene scene;
    uint32_t again;
    set_up(&scene, HT_ICMP, 2);
    scene.round.doubted.forged = 5;
    quote_weakly(&scene, 0, 7);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene.round, 10 * MS, &again));
    ht_sending_sent(&scene.round, again, 10 * MS, true);
    quote_weakly(&scene, again, 7);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 10 * MS), 0);
    CU_ASSERT_TRUE(ht_held_has(&scene.round.doubted, 0)); /* that is no loss either */
    ht_round_fini(&scene.round);
}

static void very_many_push_the_oldest_out(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP, 4);
    for (uint32_t i = 0; i < 1000; i++)
        quote_shifted(&scene, 2, 77 + i, 12 * MS);
    quote_shifted(&scene, 3, 1076, 12 * MS);
    CU_ASSERT_EQUAL(ht_held_settle(&scene.round, 900 * MS), 2);
    ht_round_fini(&scene.round);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_only_one_left_is_meant),
    UNIT_CASE(silent_hops_before_a_router_are_not_meant),
    UNIT_CASE(of_several_none_is_meant_and_all_are_asked_again),
    UNIT_CASE(as_many_resets_as_syns_are_in_their_order),
    UNIT_CASE(a_single_reset_is_the_newest_syns),
    UNIT_CASE(a_reset_to_void_syns_holds_no_other_up),
    UNIT_CASE(a_reset_behind_one_that_waits_is_no_old_syns),
    UNIT_CASE(two_alike_are_believed_once_nothing_refutes_them),
    UNIT_CASE(one_alone_or_two_that_differ_are_not_believed),
    UNIT_CASE(a_right_number_from_behind_refutes_them),
    UNIT_CASE(checksums_that_are_rewritten_alike_are_believed),
    UNIT_CASE(lengths_alone_have_to_be_many),
    UNIT_CASE(little_is_enough_twice_from_one_router),
    UNIT_CASE(little_is_never_enough_while_somebody_guesses),
    UNIT_CASE(very_many_push_the_oldest_out),
};

UNIT_MAIN("probing_held", cases)
