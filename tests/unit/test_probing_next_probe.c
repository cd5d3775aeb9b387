/* What is due next, and which answers may have changed that. */
#include "hoptrace/settings.h"
#include "probing/log/round_state.h"
#include "probing/round/answer.h"
#include "probing/round/next_probe.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "unit.h"
#include "wire/reply.h"

#define NOW_NS (1000 * HT_NS_PER_S)

struct path {
    struct ht_target target;
    struct ht_flow flow;
    struct ht_round round;
};

static void set_up(struct path *path, enum ht_protocol protocol, uint16_t probes, uint8_t gap_limit)
{
    *path = (struct path){.target = {.name = "t", .host = "192.0.2.1"}};
    ht_settings_init(&path->target.settings);
    path->target.settings.probes = probes;
    path->target.settings.gap_limit = gap_limit;
    path->flow.protocol = (uint8_t)protocol;
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &path->flow.destination));
    ht_round_init(&path->round, &path->target, &path->flow, 0, 0, 1, NULL);
    path->round.hints.common_ttl = 8;
}

/* The ttl of the probe that goes next, 0 if none does. */
static uint8_t send_next(struct path *path, int64_t now_ns)
{
    uint32_t probe;
    if (!ht_sending_take(&path->round, now_ns, &probe))
        return 0;
    ht_sending_sent(&path->round, probe, now_ns, false);
    return path->round.log.probes[probe].ttl;
}

static void send_all(struct path *path, int64_t now_ns)
{
    while (send_next(path, now_ns) != 0)
        ;
    (void)ht_round_agenda(&path->round, now_ns);
}

/* A router, or the destination, answers the first probe of this ttl. */
static void answer(struct path *path, uint8_t ttl, bool destination, int64_t now_ns)
{
    struct ht_round *round = &path->round;
    struct ht_reply reply = {.answer = HT_ANSWER_TIME_EXCEEDED};
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.1", &reply.node.address));
    reply.node.address.bytes[3] = ttl;
    if (destination) {
        reply.answer = HT_ANSWER_ECHO;
        reply.node.address = path->flow.destination;
    }
    uint32_t probe = 0;
    while (round->log.probes[probe].ttl != ttl)
        probe++;
    CU_ASSERT_TRUE(ht_answer_take(round, probe, &reply, now_ns, false));
}

static void probes_leave_by_rising_ttl(void)
{
    struct path path;
    set_up(&path, HT_ICMP, 2, 0);
    for (uint8_t ttl = 1; ttl <= 8; ttl++)
        CU_ASSERT_EQUAL(send_next(&path, NOW_NS), ttl);
    CU_ASSERT_EQUAL(send_next(&path, NOW_NS), 0);
    ht_round_fini(&path.round);
}

/* A second pass is due at a low ttl, the first one at a higher ttl has been for longer. */
static void who_has_been_due_for_longest_goes_first(void)
{
    struct path path;
    set_up(&path, HT_ICMP, 2, 0);
    path.round.hints.common_ttl = 2;
    send_all(&path, NOW_NS);
    path.round.hints.common_ttl = 4;
    (void)ht_round_agenda(&path.round, NOW_NS + HT_NS_PER_MS);
    int64_t later_ns = NOW_NS + 100 * HT_NS_PER_MS;
    CU_ASSERT_EQUAL(send_next(&path, later_ns), 3);
    CU_ASSERT_EQUAL(send_next(&path, later_ns), 4);
    uint8_t next = send_next(&path, later_ns);
    CU_ASSERT_TRUE(next == 1 || next == 2);
    CU_ASSERT_EQUAL(send_next(&path, later_ns), 3 - next);
    ht_round_fini(&path.round);
}

static bool is_stirred(const struct path *path, int64_t now_ns)
{
    return path->round.upcoming.recheck || ht_next_probe_before(&path->round, now_ns, now_ns);
}

static void change_nothing_within_the_row(enum ht_protocol protocol)
{
    struct path path;
    int64_t now_ns = NOW_NS + 10 * HT_NS_PER_MS;
    set_up(&path, protocol, 1, 0);
    send_all(&path, NOW_NS);
    answer(&path, 1, false, now_ns);
    CU_ASSERT_TRUE(is_stirred(&path, now_ns)); /* it is the first one: times are known */
    (void)ht_round_agenda(&path.round, now_ns);
    for (uint8_t ttl = 2; ttl <= 7; ttl++) {
        answer(&path, ttl, false, now_ns);
        CU_ASSERT_FALSE(path.round.upcoming.recheck);
        CU_ASSERT_FALSE(ht_next_probe_before(&path.round, now_ns, now_ns));
    }
    answer(&path, 8, false, now_ns);
    CU_ASSERT_TRUE(is_stirred(&path, now_ns)); /* the window moves on */
    CU_ASSERT_EQUAL(send_next(&path, now_ns), 9);
    ht_round_fini(&path.round);
}

static void answers_from_within_the_row_change_nothing(void)
{
    change_nothing_within_the_row(HT_ICMP);
    change_nothing_within_the_row(HT_TCP);
}

/* A listener may be behind the last router that has answered: the second pass waits for that. */
static void an_answer_lets_go_what_spares_a_listener(void)
{
    struct path path;
    int64_t now_ns = NOW_NS + 100 * HT_NS_PER_MS;
    set_up(&path, HT_TCP, 2, 0);
    send_all(&path, NOW_NS);
    answer(&path, 1, false, now_ns);
    CU_ASSERT_EQUAL(send_next(&path, now_ns), 1);
    CU_ASSERT_EQUAL(send_next(&path, now_ns), 0);
    (void)ht_round_agenda(&path.round, now_ns);
    answer(&path, 2, false, now_ns);
    CU_ASSERT_TRUE(path.round.upcoming.recheck);
    CU_ASSERT_EQUAL(send_next(&path, now_ns), 2);
    CU_ASSERT_EQUAL(send_next(&path, now_ns), 0);
    ht_round_fini(&path.round);
}

static void within_the_gap_limit_each_lets_the_window_move(void)
{
    struct path path;
    int64_t now_ns = NOW_NS + 10 * HT_NS_PER_MS;
    set_up(&path, HT_ICMP, 1, 5);
    send_all(&path, NOW_NS);
    for (uint8_t ttl = 1; ttl <= 3; ttl++) {
        answer(&path, ttl, false, now_ns);
        CU_ASSERT_TRUE(is_stirred(&path, now_ns));
        CU_ASSERT_EQUAL(send_next(&path, now_ns), 5 + ttl);
        (void)ht_round_agenda(&path.round, now_ns);
    }
    ht_round_fini(&path.round);
}

/* Of all the rest the agenda may tell something new. */
static void other_answers_stir(void)
{
    static const struct {
        uint8_t ttl;
        bool destination;
    } cases[] = {{3, true},   /* the path ends */
                 {4, false}}; /* one is missing before it, and may be overdue */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct path path;
        int64_t now_ns = NOW_NS + 10 * HT_NS_PER_MS;
        set_up(&path, HT_ICMP, 1, 0);
        send_all(&path, NOW_NS);
        answer(&path, 1, false, now_ns);
        answer(&path, 2, false, now_ns);
        (void)ht_round_agenda(&path.round, now_ns);
        answer(&path, cases[i].ttl, cases[i].destination, now_ns);
        CU_ASSERT_TRUE(path.round.upcoming.recheck);
        ht_round_fini(&path.round);
    }
}

/* Nothing is awaited any more: the round is finished, and somebody must see it. */
static void the_last_answer_stirs(void)
{
    struct path path;
    int64_t now_ns = NOW_NS + 10 * HT_NS_PER_MS;
    set_up(&path, HT_ICMP, 1, 0);
    send_all(&path, NOW_NS);
    answer(&path, 8, true, now_ns);
    (void)ht_round_agenda(&path.round, now_ns);
    for (uint8_t ttl = 7; ttl > 1; ttl--) {
        answer(&path, ttl, false, now_ns);
        CU_ASSERT_FALSE(path.round.upcoming.recheck);
    }
    answer(&path, 1, false, now_ns);
    CU_ASSERT_TRUE(path.round.upcoming.recheck);
    ht_round_fini(&path.round);
}

/* How far the window has got when all has left that may. */
static uint8_t last_of_row(struct path *path, int64_t now_ns)
{
    send_all(path, now_ns);
    return path->round.upcoming.window_ttl;
}

static void beside_a_far_probe_no_other_gets_to_a_listener(void)
{
    struct path path;
    set_up(&path, HT_TCP, 1, 0);
    path.round.log.asked.retries = 0;
    path.round.hints.shortest_ttl = 8;
    path.round.hints.distance_ttl = 12;
    CU_ASSERT_EQUAL(send_next(&path, NOW_NS), 12);
    CU_ASSERT_EQUAL(last_of_row(&path, NOW_NS), 5);
    int64_t overdue_ns = NOW_NS + 300 * HT_NS_PER_MS;
    CU_ASSERT_EQUAL(ht_round_agenda(&path.round, NOW_NS).send_ns, overdue_ns);
    CU_ASSERT_EQUAL(send_next(&path, overdue_ns - 1), 0);
    CU_ASSERT_EQUAL(last_of_row(&path, overdue_ns), 8); /* nobody has answered it */
    ht_round_fini(&path.round);
}

static void once_it_is_answered_the_others_follow(void)
{
    struct path path;
    int64_t now_ns = NOW_NS + 10 * HT_NS_PER_MS;
    set_up(&path, HT_TCP, 1, 0);
    path.round.hints.shortest_ttl = 8;
    path.round.hints.distance_ttl = 12;
    CU_ASSERT_EQUAL(last_of_row(&path, NOW_NS), 5);
    answer(&path, 12, false, now_ns); /* a router: so far no probe gets to the listener */
    path.round.hints.distance_ttl = 14;
    CU_ASSERT_EQUAL(send_next(&path, now_ns), 14);
    CU_ASSERT_EQUAL(last_of_row(&path, now_ns), 12);
    answer(&path, 14, true, now_ns);
    path.round.end.guessed_ttl = 13;
    CU_ASSERT_EQUAL(last_of_row(&path, now_ns), 13);
    ht_round_fini(&path.round);
}

static const struct unit_case cases[] = {
    UNIT_CASE(probes_leave_by_rising_ttl),
    UNIT_CASE(who_has_been_due_for_longest_goes_first),
    UNIT_CASE(answers_from_within_the_row_change_nothing),
    UNIT_CASE(an_answer_lets_go_what_spares_a_listener),
    UNIT_CASE(within_the_gap_limit_each_lets_the_window_move),
    UNIT_CASE(other_answers_stir),
    UNIT_CASE(the_last_answer_stirs),
    UNIT_CASE(beside_a_far_probe_no_other_gets_to_a_listener),
    UNIT_CASE(once_it_is_answered_the_others_follow),
};

UNIT_MAIN("probing_next_probe", cases)
