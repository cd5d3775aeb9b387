/* When a hop is taken over from another target's measurement, and when not. */
#include <math.h>
#include <string.h>

#include "hoptrace/settings.h"
#include "probing/hop_cache/hop_cache.h"
#include "probing/log/hop_due.h"
#include "probing/log/round_state.h"
#include "probing/ratelimit/site.h"
#include "probing/ratelimit/turns.h"
#include "probing/result/report_builder.h"
#include "probing/round/answer.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "unit.h"
#include "wire/reply.h"

#define S HT_NS_PER_S

static struct ht_rate_limits limits;
static struct ht_hop_cache cache;
static struct ht_target target;
static const struct ht_address first = {.version = HT_IPV4, .bytes = {10, 0, 0, 1}};
static const struct ht_address other = {.version = HT_IPV4, .bytes = {10, 0, 0, 9}};
static const struct ht_address second = {.version = HT_IPV4, .bytes = {10, 0, 0, 2}};
static const struct ht_address third = {.version = HT_IPV4, .bytes = {10, 0, 0, 3}};

/* A site where no target ever saw another router than `first`. */
static void begin(void)
{
    ht_settings_init(&target.settings);
    target.settings.probes = 1;
    target.settings.share_hops = true;
    struct ht_site *site = &ht_rate_limits_sites(&limits, 0, HT_IPV4)->at[1];
    for (uint32_t i = 0; i < 20; i++)
        ht_site_answered(site, 0, 0, 1, &first, i + 100);
}

static void end(void)
{
    ht_hop_cache_fini(&cache);
    ht_rate_limits_fini(&limits);
}

/* The round of a target (not one of those that check), its first two hops inside the window. */
static struct ht_round trace_of(uint32_t tag)
{
    struct ht_flow flow = {.protocol = HT_ICMP, .flow_tag = tag};
    struct ht_round round;
    flow.destination = (struct ht_address){.version = HT_IPV4, .bytes = {192, 0, 2, (uint8_t)tag}};
    ht_round_init(&round, &target, &flow, 0, tag, 1, NULL);
    round.sites = limits.first;
    round.cache = &cache;
    round.hints.look_ahead = 2;
    return round;
}

/* Takes and sends all that is due; returns the ttls as bits. */
static unsigned send_due(struct ht_round *round, int64_t now_ns)
{
    uint32_t probe;
    unsigned ttls = 0;
    (void)ht_round_agenda(round, now_ns);
    while (ht_sending_take(round, now_ns, &probe)) {
        ht_sending_sent(round, probe, now_ns, true);
        ttls |= 1U << round->log.probes[probe].ttl;
    }
    return ttls;
}

static void answer(struct ht_round *round, uint8_t ttl, const struct ht_address *router,
                   int64_t now_ns)
{
    struct ht_reply reply = {.answer = HT_ANSWER_TIME_EXCEEDED,
                             .node.address = *router,
                             .node.icmp_type = 11,
                             .node.reply_ttl = 60};
    for (uint32_t i = 0; i < round->log.probe_count; i++) {
        if (round->log.probes[i].ttl == ttl)
            (void)ht_answer_take(round, i, &reply, now_ns, true);
    }
}

static void publish(struct ht_round *round, int64_t now_ns)
{
    struct ht_report_builder summary = {0};
    struct ht_hop hop;
    if (ht_hop_cache_wants(round, 1) && ht_report_builder_hop(&summary, &round->log, 1, &hop))
        ht_hop_cache_publish(round, &hop, now_ns);
    ht_report_builder_fini(&summary);
}

/* A target that is behind `beyond` measures its first hop, as soon as it may. */
static struct ht_round measured(uint32_t tag, const struct ht_address *router,
                                const struct ht_address *beyond, int64_t now_ns)
{
    struct ht_round round = trace_of(tag);
    (void)send_due(&round, now_ns);
    answer(&round, 2, beyond, now_ns + 10);
    (void)send_due(&round, now_ns + 20);
    answer(&round, 1, router, now_ns + 30);
    publish(&round, now_ns + 40);
    return round;
}

static void taken_over_when_two_agree(void)
{
    begin();
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &first, &second, S);
    CU_ASSERT_FALSE(one.log.hops[0].shared);
    CU_ASSERT_FALSE(two.log.hops[0].shared);
    struct ht_round taker = trace_of(3);
    /* The first hop waits, the next two do not wait for it. */
    CU_ASSERT_EQUAL(send_due(&taker, 2 * S) & 6U, 4U);
    answer(&taker, 2, &second, 2 * S + 10);
    CU_ASSERT_EQUAL(send_due(&taker, 2 * S + 20) & 2U, 0);
    CU_ASSERT_TRUE(taker.log.hops[0].shared);
    CU_ASSERT_TRUE(ht_hop_due_complete(&taker.log, &taker.end, 1));
    struct ht_report_builder summary = {0};
    struct ht_hop hop;
    CU_ASSERT_TRUE(ht_report_builder_hop(&summary, &taker.log, 1, &hop));
    CU_ASSERT_TRUE(hop.shared);
    CU_ASSERT_EQUAL(hop.sent + hop.received, 0);
    CU_ASSERT_TRUE(isnan(hop.loss_percent));
    CU_ASSERT_EQUAL(hop.node_count, 1);
    CU_ASSERT_TRUE(ht_address_equal(&hop.nodes[0].facts.address, &first));
    CU_ASSERT_EQUAL(hop.nodes[0].facts.received, 1);
    CU_ASSERT_DOUBLE_EQUAL(hop.rtt.min_ms, 1e-5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(hop.nodes[0].rtt.max_ms, 1e-5, 1e-9);
    ht_report_builder_fini(&summary);
    ht_round_fini(&one);
    ht_round_fini(&two);
    ht_round_fini(&taker);
    end();
}

static void not_behind_another_router(void)
{
    begin();
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &first, &second, S);
    struct ht_round elsewhere = measured(3, &first, &third, S);
    CU_ASSERT_FALSE(elsewhere.log.hops[0].shared);
    CU_ASSERT_EQUAL(elsewhere.log.hops[0].sent, 1);
    ht_round_fini(&one);
    ht_round_fini(&two);
    ht_round_fini(&elsewhere);
    end();
}

static void not_where_they_disagree(void)
{
    begin();
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &other, &second, S);
    for (uint32_t i = 3; i < 14; i++) {
        struct ht_round next = measured(i, &first, &second, 2 * S);
        CU_ASSERT_FALSE(next.log.hops[0].shared);
        ht_round_fini(&next);
    }
    ht_round_fini(&one);
    ht_round_fini(&two);
    end();
}

static void not_in_another_round(void)
{
    begin();
    target.settings.interval_ns = 10 * S;
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &first, &second, S);
    struct ht_round soon = measured(3, &first, &second, 10 * S);
    struct ht_round late = measured(4, &first, &second, 12 * S);
    CU_ASSERT_TRUE(soon.log.hops[0].shared);
    CU_ASSERT_FALSE(late.log.hops[0].shared);
    ht_round_fini(&one);
    ht_round_fini(&two);
    ht_round_fini(&soon);
    ht_round_fini(&late);
    end();
}

static void the_end_of_the_path_is_nobody_elses(void)
{
    begin();
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &first, &second, S);
    struct ht_round known = trace_of(3);
    known.recalled = &(struct ht_round_memory){.destination_ttl = 2};
    CU_ASSERT_EQUAL(send_due(&known, 2 * S) & 6U, 6U);
    struct ht_round found = trace_of(4);
    (void)send_due(&found, 2 * S);
    struct ht_reply reply = {.answer = HT_ANSWER_ECHO, .node.address = found.flow.destination};
    for (uint32_t i = 0; i < found.log.probe_count; i++)
        (void)ht_answer_take(&found, i, &reply, 2 * S + 10, true);
    CU_ASSERT_EQUAL(send_due(&found, 2 * S + 20), 2U);
    ht_round_fini(&one);
    ht_round_fini(&two);
    ht_round_fini(&known);
    ht_round_fini(&found);
    end();
}

/* What a router refuses to one target says nothing of the others. */
static void a_refusal_is_nobody_elses(void)
{
    begin();
    for (uint32_t tag = 1; tag <= 3; tag++) {
        struct ht_round round = trace_of(tag);
        const struct ht_reply refusal = {.answer = HT_ANSWER_UNREACHABLE,
                                         .node.address = first,
                                         .node.icmp_type = 3,
                                         .node.icmp_code = 1,
                                         .node.reply_ttl = 60};
        (void)send_due(&round, S);
        answer(&round, 2, &second, S + 10);
        CU_ASSERT_EQUAL(send_due(&round, S + 20) & 2U, 2U);
        for (uint32_t i = 0; i < round.log.probe_count; i++) {
            if (round.log.probes[i].ttl == 1)
                CU_ASSERT_TRUE(ht_answer_take(&round, i, &refusal, S + 30, true));
        }
        publish(&round, S + 40);
        CU_ASSERT_FALSE(round.log.hops[0].shared);
        ht_round_fini(&round);
    }
    end();
}

/* Who waits for a target that goes away, or that fails, measures itself. */
static void somebody_steps_in(void)
{
    begin();
    struct ht_round donors[2] = {trace_of(1), trace_of(2)};
    for (int i = 0; i < 2; i++) {
        (void)send_due(&donors[i], S);
        answer(&donors[i], 2, &second, S + 10);
        CU_ASSERT_EQUAL(send_due(&donors[i], S + 20) & 2U, 2U);
    }
    struct ht_round waiting = trace_of(3);
    (void)send_due(&waiting, S);
    answer(&waiting, 2, &second, S + 10);
    CU_ASSERT_EQUAL(send_due(&waiting, S + 20) & 2U, 0);
    CU_ASSERT_EQUAL(send_due(&waiting, S + S / 2) & 2U, 0);
    ht_round_fini(&donors[0]);
    CU_ASSERT_EQUAL(send_due(&waiting, S + 3 * (S / 4)) & 2U, 2U);
    ht_round_fini(&donors[1]);
    ht_round_fini(&waiting);
    end();
}

static void off_unless_asked_for(void)
{
    begin();
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &first, &second, S);
    struct ht_round alone = trace_of(3);
    alone.cache = NULL;
    CU_ASSERT_EQUAL(send_due(&alone, 2 * S) & 6U, 6U);
    ht_round_fini(&one);
    ht_round_fini(&two);
    ht_round_fini(&alone);
    end();
}

static void one_in_sixteen_checks(void)
{
    begin();
    struct ht_round one = measured(1, &first, &second, S);
    struct ht_round two = measured(2, &first, &second, S);
    struct ht_round checking = trace_of(32);
    CU_ASSERT_EQUAL(send_due(&checking, 2 * S) & 6U, 6U);
    ht_round_fini(&one);
    ht_round_fini(&two);
    ht_round_fini(&checking);
    end();
}

static const struct unit_case cases[] = {
    UNIT_CASE(taken_over_when_two_agree),
    UNIT_CASE(not_behind_another_router),
    UNIT_CASE(not_where_they_disagree),
    UNIT_CASE(not_in_another_round),
    UNIT_CASE(the_end_of_the_path_is_nobody_elses),
    UNIT_CASE(a_refusal_is_nobody_elses),
    UNIT_CASE(somebody_steps_in),
    UNIT_CASE(off_unless_asked_for),
    UNIT_CASE(one_in_sixteen_checks),
};

UNIT_MAIN("probing_hop_cache", cases)
