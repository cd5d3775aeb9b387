/* What a TCP listener may hold half open, and when it is broken off. */
#include "hoptrace/settings.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"
#include "probing/round/answer.h"
#include "probing/round/break_off.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "unit.h"
#include "wire/reply.h"

#define MS HT_NS_PER_MS

struct scene {
    struct ht_target target;
    struct ht_round round;
};

static void set_up(struct scene *scene, uint16_t probes, int64_t timeout_ns)
{
    *scene = (struct scene){.target = {.name = "t", .host = "192.0.2.1"}};
    struct ht_flow flow = {.protocol = HT_TCP, .port = 443};
    ht_settings_init(&scene->target.settings);
    scene->target.settings.probes = probes;
    scene->target.settings.timeout_ns = timeout_ns;
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &flow.destination));
    ht_round_init(&scene->round, &scene->target, &flow, 0, 0, 1, NULL);
    scene->round.hints.look_ahead = 3;
}

/* Sends all that is due; returns the number of SYNs. */
static int send_due(struct scene *scene, int64_t now_ns)
{
    int count = 0;
    for (uint32_t probe; ht_sending_take(&scene->round, now_ns, &probe); count++)
        ht_sending_sent(&scene->round, probe, now_ns, true);
    return count;
}

/* The index of the SYN that is broken off now; HT_NO_PROBE: none is. */
static uint32_t break_off(struct scene *scene, int64_t now_ns)
{
    size_t resets;
    return ht_break_off_take(&scene->round, now_ns, &resets);
}

static void answer(struct scene *scene, uint32_t probe, bool syn_ack, int64_t now_ns)
{
    struct ht_reply reply = {.answer = syn_ack ? HT_ANSWER_TCP : HT_ANSWER_TIME_EXCEEDED,
                             .syn_ack = syn_ack};
    CU_ASSERT_TRUE(ht_address_parse(syn_ack ? "192.0.2.1" : "198.51.100.1", &reply.node.address));
    CU_ASSERT_TRUE(ht_answer_take(&scene->round, probe, &reply, now_ns, true));
}

/* A router at ttl 1 and a listener at ttl 2, whose SYN-ACK has taken 10 ms; the SYN of ttl 3 was
 * swallowed. The second SYN of ttl 2 left at 60 ms, and is the last one. */
static void set_up_listener(struct scene *scene, int64_t timeout_ns)
{
    set_up(scene, 2, timeout_ns);
    CU_ASSERT_EQUAL(send_due(scene, 0), 3);
    answer(scene, 0, false, 5 * MS);
    answer(scene, 1, true, 10 * MS);
    CU_ASSERT_EQUAL(break_off(scene, 60 * MS), HT_NO_PROBE);
    uint32_t probe; /* to the router: it meets no listener */
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene->round, 60 * MS, &probe));
    ht_sending_sent(&scene->round, probe, 60 * MS, true);
    CU_ASSERT_EQUAL(break_off(scene, 60 * MS), 2);
    CU_ASSERT_EQUAL(send_due(scene, 60 * MS), 1);
    CU_ASSERT_EQUAL(scene->round.log.probes[4].ttl, 2);
}

static void the_last_syn_is_broken_off_when_it_is_late(void)
{
    struct scene scene;
    set_up_listener(&scene, 3000 * MS);
    const int64_t late_ns = 60 * MS + 2 * 10 * MS + 20 * MS;
    CU_ASSERT_EQUAL(break_off(&scene, late_ns - 1), HT_NO_PROBE);
    CU_ASSERT_EQUAL(ht_round_agenda(&scene.round, 70 * MS).send_ns, late_ns);
    CU_ASSERT_EQUAL(break_off(&scene, late_ns), 4);
    CU_ASSERT_EQUAL(ht_tcp_listener_held(&scene.round).farthest, HT_NO_PROBE);
    ht_round_fini(&scene.round);
}

static void a_slow_listener_is_told_before_it_sends_again(void)
{
    struct scene scene;
    set_up_listener(&scene, 3000 * MS);
    scene.round.log.max_rtt_ns = 600 * MS;
    CU_ASSERT_EQUAL(ht_tcp_listener_held(&scene.round).by_ns, 960 * MS);
    CU_ASSERT_EQUAL(break_off(&scene, 960 * MS), 4);
    ht_round_fini(&scene.round);
}

static void an_answer_ends_what_is_held(void)
{
    struct scene scene;
    set_up_listener(&scene, 1000 * MS);
    answer(&scene, 4, true, 70 * MS);
    CU_ASSERT_EQUAL(ht_tcp_listener_held(&scene.round).farthest, HT_NO_PROBE);
    ht_round_fini(&scene.round);
}

/* Not one reset for each SYN: one before each pass, and few of them. */
static void silence_is_broken_off_a_few_times(void)
{
    struct scene scene;
    int64_t now_ns = 0;
    set_up(&scene, 20, 1000 * MS);
    CU_ASSERT_EQUAL(send_due(&scene, 0), 3);
    for (int breaks = 0; breaks < HT_TCP_UNSURE_BREAKS; breaks++) {
        now_ns += 300 * MS;
        CU_ASSERT_EQUAL(break_off(&scene, now_ns), scene.round.log.probe_count - 1);
        CU_ASSERT_TRUE(send_due(&scene, now_ns) > 0);
        CU_ASSERT_EQUAL(break_off(&scene, now_ns), HT_NO_PROBE);
    }
    CU_ASSERT_EQUAL(break_off(&scene, now_ns + 300 * MS), HT_NO_PROBE);
    CU_ASSERT_TRUE(send_due(&scene, now_ns + 300 * MS) > 0);
    CU_ASSERT_NOT_EQUAL(break_off(&scene, now_ns + 900 * MS), HT_NO_PROBE);
    ht_round_fini(&scene.round);
}

static void a_closed_port_holds_nothing(void)
{
    struct scene scene;
    set_up(&scene, 2, 1000 * MS);
    CU_ASSERT_EQUAL(send_due(&scene, 0), 3);
    struct ht_reply reset = {.answer = HT_ANSWER_TCP};
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &reset.node.address));
    CU_ASSERT_TRUE(ht_answer_take(&scene.round, 1, &reset, 10 * MS, true));
    CU_ASSERT_EQUAL(ht_tcp_listener_held(&scene.round).farthest, HT_NO_PROBE);
    ht_round_fini(&scene.round);
}

/* The listener is busy from a SYN until its answer: what leaves later is lost, not swallowed,
 * however long another answer has taken. */
static void only_what_meets_a_busy_listener_is_swallowed(void)
{
    static const struct {
        int64_t sent_ns;
        bool after_break;
        bool swallowed;
    } table[] = {{60 * MS, false, true},
                 {69 * MS, false, true},
                 {70 * MS, false, false},
                 {69 * MS, true, false},
                 {200 * MS, false, false}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct scene scene;
        set_up_listener(&scene, 1000 * MS);
        answer(&scene, 4, true, 70 * MS);
        scene.round.log.max_rtt_ns = 700 * MS;
        struct ht_probe *probe =
            &scene.round.log.probes[ht_probe_log_add(&scene.round.log, 2, 99, table[i].sent_ns)];
        probe->sent_ns = table[i].sent_ns;
        probe->after_break = table[i].after_break;
        ht_probe_log_set_state(&scene.round.log, probe, HT_PROBE_AWAITED);
        CU_ASSERT_EQUAL(
            ht_tcp_listener_swallowed(&scene.round.flow, &scene.round.log, &scene.round.end, probe),
            table[i].swallowed);
        ht_round_fini(&scene.round);
    }
}

/* A round that is cut leaves SYNs that may be answered; one that has had its answers does not. */
static void a_cut_round_may_still_be_answered(void)
{
    struct scene scene;
    set_up(&scene, 1, 1000 * MS);
    CU_ASSERT_EQUAL(ht_tcp_listener_answers_until_ns(&scene.round), 0);
    CU_ASSERT_EQUAL(send_due(&scene, 100 * MS), 3);
    CU_ASSERT_EQUAL(ht_tcp_listener_answers_until_ns(&scene.round), 600 * MS);
    scene.round.log.max_rtt_ns = 400 * MS;
    CU_ASSERT_EQUAL(ht_tcp_listener_answers_until_ns(&scene.round), 920 * MS);
    ht_loss_cut_short(&scene.round, 150 * MS);
    CU_ASSERT_EQUAL(ht_tcp_listener_answers_until_ns(&scene.round), 920 * MS);
    ht_round_fini(&scene.round);
    set_up_listener(&scene, 1000 * MS);
    answer(&scene, 4, true, 70 * MS);
    CU_ASSERT_EQUAL(ht_tcp_listener_answers_until_ns(&scene.round), 0);
    ht_round_fini(&scene.round);
}

static void while_a_flow_rests_nothing_leaves(void)
{
    struct scene scene;
    set_up(&scene, 1, 1000 * MS);
    scene.round.tcp.rests_until_ns = 500 * MS;
    CU_ASSERT_EQUAL(ht_round_agenda(&scene.round, 0).send_ns, 500 * MS);
    CU_ASSERT_EQUAL(send_due(&scene, 500 * MS - 1), 0);
    CU_ASSERT_EQUAL(send_due(&scene, 500 * MS), 3);
    ht_round_fini(&scene.round);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_last_syn_is_broken_off_when_it_is_late),
    UNIT_CASE(a_slow_listener_is_told_before_it_sends_again),
    UNIT_CASE(an_answer_ends_what_is_held),
    UNIT_CASE(silence_is_broken_off_a_few_times),
    UNIT_CASE(a_closed_port_holds_nothing),
    UNIT_CASE(only_what_meets_a_busy_listener_is_swallowed),
    UNIT_CASE(a_cut_round_may_still_be_answered),
    UNIT_CASE(while_a_flow_rests_nothing_leaves),
};

UNIT_MAIN("probing_tcp_listener", cases)
