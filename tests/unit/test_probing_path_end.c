/* How far the path goes, as the answers tell: those in a row, and those of distance probes. */
#include "hoptrace/settings.h"
#include "probing/log/path_end.h"
#include "probing/log/round_state.h"
#include "probing/round/answer.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "probing/round/window.h"
#include "unit.h"
#include "wire/reply.h"

#define NOW_NS 1000

struct path {
    struct ht_target target;
    struct ht_flow flow;
    struct ht_round round;
};

static void set_up(struct path *path)
{
    *path = (struct path){.target = {.name = "t", .host = "192.0.2.1"}};
    ht_settings_init(&path->target.settings);
    path->target.settings.probes = 1;
    path->target.settings.gap_limit = 0;
    path->flow.protocol = HT_ICMP;
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &path->flow.destination));
    ht_round_init(&path->round, &path->target, &path->flow, 0, 0, 1, NULL);
    path->round.hints.look_ahead = 1;
    path->round.hints.common_ttl = 4;
}

/* Sends all that is due; returns the highest ttl, and in *count how many left. */
static uint8_t send_due(struct path *path, size_t *count)
{
    struct ht_round *round = &path->round;
    uint8_t highest = 0;
    uint32_t probe;
    *count = 0;
    while (ht_sending_take(round, NOW_NS, &probe)) {
        ht_sending_sent(round, probe, NOW_NS, false);
        if (round->log.probes[probe].ttl > highest)
            highest = round->log.probes[probe].ttl;
        ++*count;
    }
    return highest;
}

/* The first probes are out: a far one, and those of ttl 1 to 4. */
static void go_far(struct path *path, uint8_t distance_ttl)
{
    size_t count;
    set_up(path);
    path->round.hints.distance_ttl = distance_ttl;
    CU_ASSERT_EQUAL(send_due(path, &count), distance_ttl);
    CU_ASSERT_EQUAL(count, 5);
}

/* The one probe of this ttl is answered, by the destination if it is one from `length` on. */
static void answer(struct path *path, uint8_t ttl, uint8_t length, uint8_t reply_ttl)
{
    struct ht_round *round = &path->round;
    struct ht_reply reply = {.answer = HT_ANSWER_TIME_EXCEEDED, .node.reply_ttl = reply_ttl};
    if (ttl >= length) {
        reply.answer = HT_ANSWER_ECHO;
        reply.node.address = path->flow.destination;
    } else {
        CU_ASSERT_TRUE(ht_address_parse("198.51.100.1", &reply.node.address));
        reply.node.address.bytes[3] = ttl;
    }
    for (uint32_t i = 0; i < round->log.probe_count; i++) {
        if (round->log.probes[i].ttl == ttl)
            CU_ASSERT_TRUE(ht_answer_take(round, i, &reply, NOW_NS + 1, false));
    }
}

static void a_router_far_ahead_lets_the_row_follow_at_once(void)
{
    struct path path;
    size_t count;
    go_far(&path, 10);
    answer(&path, 10, 12, 246);
    CU_ASSERT_EQUAL(path.round.end.last_answer_ttl, 0);
    CU_ASSERT_EQUAL(path.round.end.reaches_ttl, 10);
    path.round.hints.distance_ttl = 0;
    CU_ASSERT_EQUAL(send_due(&path, &count), 11);
    CU_ASSERT_EQUAL(count, 6); /* 5 to 9, and 11: 10 has its probe */
    CU_ASSERT_EQUAL(path.round.end.last_answer_ttl, 10);
    CU_ASSERT_EQUAL(path.round.end.last_router_ttl, 10);
    ht_round_fini(&path.round);
}

static void the_destination_far_ahead_tells_how_far_the_row_goes(void)
{
    struct path path;
    size_t count;
    go_far(&path, 10);
    answer(&path, 10, 7, 58); /* six routers on the way back */
    CU_ASSERT_EQUAL(path.round.end.destination_ttl, 0);
    CU_ASSERT_EQUAL(path.round.end.guessed_ttl, 7);
    CU_ASSERT_EQUAL(send_due(&path, &count), 7);
    CU_ASSERT_EQUAL(count, 3);
    for (uint8_t ttl = 1; ttl <= 7; ttl++)
        answer(&path, ttl, 7, 58);
    CU_ASSERT_EQUAL(path.round.end.destination_ttl, 7);
    CU_ASSERT_EQUAL(send_due(&path, &count), 0);
    CU_ASSERT_EQUAL(path.round.log.awaited, 0);
    ht_round_fini(&path.round);
}

/* The row gets to where a router answered it after all others: the path goes on. */
static void a_far_probe_answered_last_does_not_end_the_path(void)
{
    struct path path;
    size_t count;
    go_far(&path, 5);
    path.round.hints.distance_ttl = 0;
    for (uint8_t ttl = 1; ttl <= 5; ttl++)
        answer(&path, ttl, 9, 250);
    CU_ASSERT_EQUAL(ht_round_agenda(&path.round, NOW_NS).send_ns, NOW_NS);
    CU_ASSERT_EQUAL(send_due(&path, &count), 6);
    ht_round_fini(&path.round);
}

/* Nor does one that was lost. */
static void a_far_probe_in_vain_does_not_end_the_path(void)
{
    struct path path;
    uint32_t probe;
    go_far(&path, 5);
    path.round.log.asked.retries = 0;
    path.round.hints.distance_ttl = 0;
    for (uint8_t ttl = 1; ttl <= 4; ttl++)
        answer(&path, ttl, 9, 250);
    int64_t late_ns = NOW_NS + 100 * HT_NS_PER_S;
    ht_loss_expire(&path.round, late_ns);
    CU_ASSERT_EQUAL(path.round.log.awaited, 0);
    CU_ASSERT_TRUE(ht_round_agenda(&path.round, late_ns).send_ns <= late_ns);
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&path.round, late_ns, &probe));
    CU_ASSERT_EQUAL(path.round.log.probes[probe].ttl, 6);
    ht_round_fini(&path.round);
}

/* Ways back are two routers longer than ways there. */
static void the_detour_of_others_is_taken_off(void)
{
    struct path path;
    size_t count;
    set_up(&path);
    path.round.hints.distance_ttl = 10;
    path.round.hints.asymmetry = 2;
    CU_ASSERT_EQUAL(send_due(&path, &count), 10);
    answer(&path, 10, 7, 56);
    CU_ASSERT_EQUAL(path.round.end.guessed_ttl, 7);
    ht_round_fini(&path.round);
}

/* The probe far ahead met the destination just where it is: it is the hop's own. */
static void the_destination_just_there_needs_no_further_probe(void)
{
    struct path path;
    size_t count;
    go_far(&path, 7);
    answer(&path, 7, 7, 58);
    CU_ASSERT_EQUAL(send_due(&path, &count), 6);
    CU_ASSERT_EQUAL(path.round.end.destination_ttl, 7);
    CU_ASSERT_EQUAL(send_due(&path, &count), 0);
    ht_round_fini(&path.round);
}

static void who_does_not_tell_is_looked_for_hop_by_hop(void)
{
    static const uint8_t untold[] = {0, 40, 255, 200, 64};
    for (size_t i = 0; i < sizeof untold / sizeof untold[0]; i++) {
        struct path path;
        size_t count;
        go_far(&path, 10);
        path.round.end.reaches_ttl = 3;
        answer(&path, 10, 7, untold[i]);
        CU_ASSERT_EQUAL(path.round.end.guessed_ttl, 0);
        CU_ASSERT_EQUAL(path.round.end.ends_ttl, 10);
        for (uint8_t ttl = 1; ttl <= 4; ttl++)
            answer(&path, ttl, 7, 250);
        CU_ASSERT_EQUAL(send_due(&path, &count), 5);
        ht_round_fini(&path.round);
    }
}

/* Answers of UDP destinations quote the probe with what was left of its ttl. */
static void the_quoted_ttl_tells_it_exactly(void)
{
    static const struct {
        uint8_t quoted_ttl;
        uint8_t guessed_ttl;
    } cases[] = {{4, 7}, {1, 10}, {7, 4}, {8, 5}, {77, 5}, {0, 5}, {255, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct path path;
        go_far(&path, 10);
        path.round.end.reaches_ttl = 3;
        struct ht_reply reply = {.answer = HT_ANSWER_UNREACHABLE,
                                 .node.address = path.flow.destination,
                                 .node.reply_ttl = 60,
                                 .quoted_ttl = cases[i].quoted_ttl};
        CU_ASSERT_TRUE(ht_answer_take(&path.round, 0, &reply, NOW_NS + 1, false));
        CU_ASSERT_EQUAL(path.round.end.guessed_ttl, cases[i].guessed_ttl);
        ht_round_fini(&path.round);
    }
}

static void a_guess_too_short_is_left_behind(void)
{
    struct path path;
    size_t count;
    go_far(&path, 10);
    answer(&path, 10, 8, 60); /* four routers on the way back, seven on the way there */
    CU_ASSERT_EQUAL(send_due(&path, &count), 5);
    for (uint8_t ttl = 1; ttl <= 5; ttl++)
        answer(&path, ttl, 8, 250);
    CU_ASSERT_EQUAL(send_due(&path, &count), 6);
    ht_round_fini(&path.round);
}

static void one_far_probe_at_a_time(void)
{
    struct path path;
    size_t count;
    go_far(&path, 10);
    path.round.hints.distance_ttl = 14;
    CU_ASSERT_EQUAL(send_due(&path, &count), 0);
    answer(&path, 10, 20, 246);
    CU_ASSERT_EQUAL(send_due(&path, &count), 14);
    CU_ASSERT_EQUAL(count, 7); /* 5 to 9, 11 and 14 */
    ht_round_fini(&path.round);
}

static void none_beyond_max_ttl(void)
{
    struct path path;
    size_t count;
    set_up(&path);
    path.round.log.asked.max_ttl = 9;
    path.round.hints.distance_ttl = 10;
    CU_ASSERT_EQUAL(send_due(&path, &count), 4);
    ht_round_fini(&path.round);
}

static void a_refusal_far_ahead_only_bounds_the_row(void)
{
    struct path path;
    size_t count;
    struct ht_reply reply = {.answer = HT_ANSWER_UNREACHABLE, .node.reply_ttl = 250};
    go_far(&path, 6);
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.9", &reply.node.address));
    CU_ASSERT_TRUE(ht_answer_take(&path.round, 0, &reply, NOW_NS + 1, false));
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 0);
    path.round.hints.look_ahead = 8;
    CU_ASSERT_EQUAL(send_due(&path, &count), 5);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 6);
    ht_round_fini(&path.round);
}

/* The last probe of this ttl is answered like this. */
static void answer_last(struct path *path, uint8_t ttl, enum ht_answer answer)
{
    struct ht_round *round = &path->round;
    struct ht_reply reply = {.answer = answer, .node.reply_ttl = 250};
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.1", &reply.node.address));
    uint32_t probe = round->log.probe_count - 1;
    while (round->log.probes[probe].ttl != ttl)
        probe--;
    CU_ASSERT_TRUE(ht_answer_take(round, probe, &reply, NOW_NS + 1, false));
}

/* A router beyond has answered a distance probe: what refused is no end, and the window goes on
 * there. */
static void a_far_router_shows_that_a_refusal_is_none(void)
{
    struct path path;
    size_t count;
    go_far(&path, 10);
    answer_last(&path, 3, HT_ANSWER_UNREACHABLE);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 3);
    answer(&path, 10, 12, 246);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 0);
    path.round.hints.distance_ttl = 0;
    CU_ASSERT_EQUAL(send_due(&path, &count), 11);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 0);
    ht_round_fini(&path.round);
}

static void so_does_the_destination(void)
{
    struct path path;
    size_t count;
    go_far(&path, 10);
    answer(&path, 10, 7, 58);
    answer_last(&path, 3, HT_ANSWER_UNREACHABLE);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 0);
    CU_ASSERT_EQUAL(send_due(&path, &count), 7);
    ht_round_fini(&path.round);
}

/* A refusal far ahead bounds the window until a later probe gets past it. */
static void a_later_probe_gets_past_a_refusal_far_ahead(void)
{
    struct path path;
    size_t count;
    uint32_t probe;
    go_far(&path, 6);
    path.round.log.asked.probes = 2;
    answer_last(&path, 6, HT_ANSWER_UNREACHABLE);
    path.round.hints.look_ahead = 8;
    CU_ASSERT_EQUAL(send_due(&path, &count), 5);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 6);
    const int64_t later_ns = NOW_NS + HT_NS_PER_S;
    while (ht_sending_take(&path.round, later_ns, &probe))
        ht_sending_sent(&path.round, probe, NOW_NS, false);
    answer_last(&path, 6, HT_ANSWER_TIME_EXCEEDED);
    CU_ASSERT_EQUAL(path.round.end.unreachable_ttl, 0);
    CU_ASSERT_TRUE(send_due(&path, &count) > 6);
    ht_round_fini(&path.round);
}

static const struct unit_case cases[] = {
    UNIT_CASE(a_router_far_ahead_lets_the_row_follow_at_once),
    UNIT_CASE(the_destination_far_ahead_tells_how_far_the_row_goes),
    UNIT_CASE(a_far_probe_answered_last_does_not_end_the_path),
    UNIT_CASE(a_far_probe_in_vain_does_not_end_the_path),
    UNIT_CASE(the_detour_of_others_is_taken_off),
    UNIT_CASE(the_destination_just_there_needs_no_further_probe),
    UNIT_CASE(who_does_not_tell_is_looked_for_hop_by_hop),
    UNIT_CASE(the_quoted_ttl_tells_it_exactly),
    UNIT_CASE(a_guess_too_short_is_left_behind),
    UNIT_CASE(one_far_probe_at_a_time),
    UNIT_CASE(none_beyond_max_ttl),
    UNIT_CASE(a_refusal_far_ahead_only_bounds_the_row),
    UNIT_CASE(a_far_router_shows_that_a_refusal_is_none),
    UNIT_CASE(so_does_the_destination),
    UNIT_CASE(a_later_probe_gets_past_a_refusal_far_ahead),
};

UNIT_MAIN("probing_path_end", cases)
