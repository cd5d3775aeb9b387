/* Who begins with whom, and how far each may look ahead because of it. */
#include <stdlib.h>

#include "probing/round/window.h"
#include "probing/rounds/scheduler.h"
#include "unit.h"

#define CROWD         2000
#define PATIENT_CROWD 4096
#define UNDER_WAY     8192

struct crowd {
    struct ht_scheduler scheduler;
    struct ht_round *runs;
};

static void set_up(struct crowd *crowd, size_t count, uint8_t protocol, bool paced)
{
    ht_scheduler_init(&crowd->scheduler, paced);
    crowd->runs = calloc(count, sizeof *crowd->runs);
    CU_ASSERT_PTR_NOT_NULL_FATAL(crowd->runs);
    for (size_t i = 0; i < count; i++) {
        crowd->runs[i].flow.flow_tag = (uint32_t)i;
        crowd->runs[i].flow.protocol = protocol;
        crowd->runs[i].ids.serial = (uint32_t)i;
        crowd->runs[i].recalled = &ht_round_memory_none;
    }
}

static void tear_down(struct crowd *crowd)
{
    ht_scheduler_fini(&crowd->scheduler);
    free(crowd->runs);
}

static void enter(struct crowd *crowd, size_t which)
{
    CU_ASSERT_TRUE_FATAL(ht_scheduler_reserve(&crowd->scheduler, 1));
    ht_scheduler_enter(&crowd->scheduler, &crowd->runs[which]);
}

/* Those from `first` on come together, and all begin. */
static void begin(struct crowd *crowd, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        enter(crowd, first + i);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd->scheduler), &crowd->runs[first + i]);
    CU_ASSERT_PTR_NULL(ht_scheduler_begin(&crowd->scheduler));
}

static void end(struct crowd *crowd, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ht_scheduler_move(&crowd->scheduler, &crowd->runs[first + i], HT_ROUND_DONE, false);
        ht_scheduler_leave(&crowd->scheduler, &crowd->runs[first + i]);
    }
}

static uint8_t look_ahead(struct crowd *crowd, size_t which)
{
    ht_scheduler_set_look_ahead(&crowd->scheduler, &crowd->runs[which]);
    return crowd->runs[which].hints.look_ahead;
}

/* Where a ceiling holds back, and no distance probe goes. */
static void the_last_of_a_crowd_look_far_ahead(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_TCP, true);
    begin(&crowd, 0, CROWD);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 1);
    end(&crowd, 0, CROWD / 2);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 2);
    end(&crowd, CROWD / 2, CROWD / 2 - 100);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 8);
    tear_down(&crowd);
}

static void whoever_waits_keeps_the_others_short(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_TCP, false);
    begin(&crowd, 0, 200);
    enter(&crowd, 200);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 199), 1);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 0), 8); /* a scout */
    tear_down(&crowd);
}

static void finished_and_lingering_ones_do_not_count(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_TCP, true);
    begin(&crowd, 0, CROWD);
    for (size_t i = 0; i < CROWD / 4; i++)
        ht_scheduler_move(&crowd.scheduler, &crowd.runs[i], HT_ROUND_DONE, false);
    for (size_t i = CROWD / 4; i < CROWD / 2; i++)
        ht_scheduler_move(&crowd.scheduler, &crowd.runs[i], HT_ROUND_ACTIVE, true);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 2);
    end(&crowd, 0, CROWD);
    tear_down(&crowd);
}

/* A crowd is not remembered for as long as anybody is under way: an agent's rounds follow one
 * another without end. */
static void a_crowd_is_forgotten(void)
{
    struct crowd crowd;
    set_up(&crowd, 2 * CROWD, HT_TCP, false);
    begin(&crowd, 0, CROWD);
    end(&crowd, 100, CROWD - 100);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 0), 8);
    for (size_t i = 0; i < 100; i++) {
        begin(&crowd, CROWD + i, 1);
        end(&crowd, CROWD + i, 1);
    }
    CU_ASSERT_EQUAL(look_ahead(&crowd, 0), 2);
    tear_down(&crowd);
}

/* The first half of the crowd finds destinations at ttl 8 to 15, equally many. */
static void measure_half(struct crowd *crowd)
{
    for (size_t i = 0; i < CROWD / 2; i++)
        crowd->runs[i].end.destination_ttl = (uint8_t)(8 + i % 8);
    end(crowd, 0, CROWD / 2);
}

static uint8_t distance_ttl(struct crowd *crowd, size_t which)
{
    ht_scheduler_set_look_ahead(&crowd->scheduler, &crowd->runs[which]);
    return crowd->runs[which].hints.distance_ttl;
}

static void far_probes_go_where_two_in_three_have_ended(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_UDP, false);
    begin(&crowd, 0, CROWD);
    struct ht_round *round = &crowd.runs[CROWD - 1];
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0); /* nothing is known */
    measure_half(&crowd);
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 13);
    round->end.reaches_ttl = 13;
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 15);
    round->end.last_router_ttl = 15;
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0); /* no path is longer */
    tear_down(&crowd);
}

static void a_far_probe_that_found_the_end_is_the_last(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    begin(&crowd, 0, CROWD);
    measure_half(&crowd);
    crowd.runs[CROWD - 1].end.ends_ttl = 13;
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0);
    tear_down(&crowd);
}

static void to_listeners_far_probes_go_where_all_have_ended(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_TCP, false);
    begin(&crowd, 0, CROWD);
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0);
    measure_half(&crowd);
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 15);
    CU_ASSERT_EQUAL(crowd.runs[CROWD - 1].hints.shortest_ttl, 8);
    crowd.runs[CROWD - 1].end.last_router_ttl = 15;
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0);
    tear_down(&crowd);
}

static void no_far_probes_for_few_nor_where_a_ceiling_holds_back(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, true);
    begin(&crowd, 0, CROWD);
    measure_half(&crowd);
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0);
    ht_scheduler_move(&crowd.scheduler, &crowd.runs[CROWD - 1], HT_ROUND_ACTIVE, false);
    for (size_t i = CROWD / 2; i < CROWD; i++)
        ht_scheduler_move(&crowd.scheduler, &crowd.runs[i], HT_ROUND_ACTIVE, false);
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 13); /* nobody is held back now */
    crowd.scheduler.cohort = HT_VERY_MANY;
    CU_ASSERT_EQUAL(distance_ttl(&crowd, CROWD - 1), 0);
    tear_down(&crowd);
}

static void with_far_probes_the_last_look_less_far_ahead(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    begin(&crowd, 0, CROWD);
    end(&crowd, 0, CROWD / 2);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 1);
    end(&crowd, CROWD / 2, CROWD / 2 - 250);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 2);
    tear_down(&crowd);
}

/* The first rounds of all find out for the others how long paths are. */
static void scouts_look_ahead_among_very_many(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    begin(&crowd, 0, CROWD);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 0), 8);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 23), 8);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 24), 1);
    end(&crowd, 0, CROWD);
    crowd.scheduler.cohort = HT_VERY_MANY;
    begin(&crowd, 0, HT_VERY_MANY);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 0), 2);
    tear_down(&crowd);
}

static enum ht_round_state urgency(struct crowd *crowd, size_t which, bool far)
{
    struct ht_round *round = &crowd->runs[which];
    ht_scheduler_set_look_ahead(&crowd->scheduler, round);
    return ht_scheduler_urgency(&crowd->scheduler, round, far);
}

static void where_far_probes_go_the_others_are_patient(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    begin(&crowd, 0, CROWD);
    crowd.scheduler.cohort = PATIENT_CROWD + 1;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_READY); /* nothing is known */
    crowd.runs[CROWD - 1].ids.serial = 23;
    measure_half(&crowd);
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 2, false), HT_ROUND_DEFERRED);
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 2, true), HT_ROUND_READY);
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_READY); /* a scout */
    crowd.scheduler.paced = true;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 2, false), HT_ROUND_READY);
    crowd.scheduler.paced = false;
    crowd.scheduler.cohort = PATIENT_CROWD; /* all of it begins soon enough */
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 3, false), HT_ROUND_READY);
    tear_down(&crowd);
}

/* Whoever sends the last of its probes gives way to those that have another round trip to come. */
static void who_sends_the_last_of_its_probes_goes_last(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    begin(&crowd, 0, CROWD);
    crowd.scheduler.cohort = PATIENT_CROWD + 1;
    measure_half(&crowd);
    struct ht_round *round = &crowd.runs[CROWD - 1];
    round->upcoming.window_ttl = 8;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_DEFERRED);
    round->end.ends_ttl = 12;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_DEFERRED);
    round->end.guessed_ttl = 9;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_DEFERRED);
    round->upcoming.window_ttl = 9;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_LAST_SEND);
    round->end.destination_ttl = 10; /* the guess was wrong */
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_DEFERRED);
    round->upcoming.window_ttl = 10;
    CU_ASSERT_EQUAL(urgency(&crowd, CROWD - 1, false), HT_ROUND_LAST_SEND);
    tear_down(&crowd);
}

/* Rounds end at ttl 10, and their destinations' answers come with this ttl. */
static void end_with(struct crowd *crowd, size_t first, size_t count, uint8_t reply_ttl)
{
    struct ht_node_facts node = {.reply_ttl = reply_ttl};
    uint16_t next_node = HT_NO_NODE;
    struct ht_hop_state hop = {.first_node = 0};
    for (size_t i = first; i < first + count; i++) {
        crowd->runs[i].end.destination_ttl = 10;
        crowd->runs[i].log.nodes = &node;
        crowd->runs[i].log.next_nodes = &next_node;
        crowd->runs[i].log.node_count = 1;
        crowd->runs[i].log.asked.first_ttl = 10;
        crowd->runs[i].log.hops = &hop;
        crowd->runs[i].log.made_hops = 1;
    }
    end(crowd, first, count);
}

static int8_t asymmetry(struct crowd *crowd)
{
    ht_scheduler_set_look_ahead(&crowd->scheduler, &crowd->runs[CROWD - 1]);
    return crowd->runs[CROWD - 1].hints.asymmetry;
}

static void the_most_frequent_detour_stands_for_all(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    begin(&crowd, 0, CROWD);
    CU_ASSERT_EQUAL(asymmetry(&crowd), 0);
    end_with(&crowd, 0, 3, 0); /* it is not known */
    end_with(&crowd, 3, 3, 200);
    CU_ASSERT_EQUAL(asymmetry(&crowd), 0);
    end_with(&crowd, 10, 5, 64 - 12); /* three more on the way back */
    CU_ASSERT_EQUAL(asymmetry(&crowd), 3);
    end_with(&crowd, 20, 6, 128 - 7); /* two fewer */
    CU_ASSERT_EQUAL(asymmetry(&crowd), -2);
    end_with(&crowd, 30, 7, 255 - 9);
    CU_ASSERT_EQUAL(asymmetry(&crowd), 0);
    tear_down(&crowd);
}

/* Before the first one begins many are made ready, but for a ceiling; later a few at a time. */
static void many_are_wanted_before_the_first_one_begins(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD, HT_ICMP, false);
    size_t wanted = ht_scheduler_wanted(&crowd.scheduler);
    CU_ASSERT_TRUE(ht_scheduler_none_under_way(&crowd.scheduler));
    CU_ASSERT_TRUE(wanted > UNDER_WAY);
    enter(&crowd, 0);
    CU_ASSERT_EQUAL(ht_scheduler_wanted(&crowd.scheduler), wanted - 1);
    CU_ASSERT_PTR_NOT_NULL(ht_scheduler_begin(&crowd.scheduler));
    CU_ASSERT_FALSE(ht_scheduler_none_under_way(&crowd.scheduler));
    CU_ASSERT_EQUAL(ht_scheduler_wanted(&crowd.scheduler), 128);
    for (size_t i = 1; i <= 64; i++)
        enter(&crowd, i);
    CU_ASSERT_EQUAL(ht_scheduler_wanted(&crowd.scheduler), 0);
    tear_down(&crowd);

    set_up(&crowd, 1, HT_ICMP, true);
    CU_ASSERT_EQUAL(ht_scheduler_wanted(&crowd.scheduler), 128);
    tear_down(&crowd);
}

/* Finished ones stay as long as there is room for them beside those under way. */
static void finished_ones_are_kept_up_to_a_number(void)
{
    struct crowd crowd;
    set_up(&crowd, 2 * UNDER_WAY, HT_ICMP, false);
    size_t kept = ht_scheduler_wanted(&crowd.scheduler);
    for (size_t i = 0; i < kept; i++) {
        CU_ASSERT_FALSE(ht_scheduler_full(&crowd.scheduler));
        enter(&crowd, i);
        CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd.scheduler), &crowd.runs[i]);
        ht_scheduler_move(&crowd.scheduler, &crowd.runs[i], HT_ROUND_DONE, false);
    }
    CU_ASSERT_TRUE(ht_scheduler_full(&crowd.scheduler));
    ht_scheduler_leave(&crowd.scheduler, &crowd.runs[0]);
    CU_ASSERT_FALSE(ht_scheduler_full(&crowd.scheduler));
    tear_down(&crowd);
}

/* Of a crowd that cannot be kept as a whole fewer are under way, and fewer finished ones wait, as
 * long as others do. */
static void a_crowd_that_cannot_be_kept_comes_and_goes(void)
{
    struct crowd crowd;
    set_up(&crowd, UNDER_WAY, HT_ICMP, false);
    for (size_t i = 0; i < UNDER_WAY; i++)
        enter(&crowd, i);
    crowd.scheduler.cohort = 2 * UNDER_WAY;
    for (size_t i = 0; i < PATIENT_CROWD; i++)
        CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd.scheduler), &crowd.runs[i]);
    CU_ASSERT_PTR_NULL(ht_scheduler_begin(&crowd.scheduler));
    for (size_t i = 0; i < 1024; i++) {
        CU_ASSERT_FALSE(ht_scheduler_full(&crowd.scheduler));
        ht_scheduler_move(&crowd.scheduler, &crowd.runs[i], HT_ROUND_DONE, false);
    }
    CU_ASSERT_TRUE(ht_scheduler_full(&crowd.scheduler));
    while (ht_scheduler_begin(&crowd.scheduler) != NULL)
        ht_scheduler_move(&crowd.scheduler, crowd.scheduler.queues.first[HT_ROUND_READY],
                          HT_ROUND_DONE, false);
    CU_ASSERT_FALSE(ht_scheduler_full(&crowd.scheduler)); /* nobody waits any more */
    tear_down(&crowd);
}

/* The first, the second and the fourth have the same flow. */
static void rounds_of_a_flow_begin_in_the_order_in_which_they_came(void)
{
    struct crowd crowd;
    set_up(&crowd, 4, HT_TCP, true);
    crowd.runs[1].flow.flow_tag = crowd.runs[3].flow.flow_tag = crowd.runs[0].flow.flow_tag;
    for (size_t i = 0; i < 4; i++)
        enter(&crowd, i);
    CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd.scheduler), &crowd.runs[0]);
    CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd.scheduler), &crowd.runs[2]);
    end(&crowd, 0, 1); /* the second one is blocked, the fourth has not been looked at */
    CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd.scheduler), &crowd.runs[1]);
    CU_ASSERT_PTR_NULL(ht_scheduler_begin(&crowd.scheduler));
    end(&crowd, 1, 1);
    CU_ASSERT_PTR_EQUAL(ht_scheduler_begin(&crowd.scheduler), &crowd.runs[3]);
    tear_down(&crowd);
}

static const struct unit_case cases[] = {
    UNIT_CASE(rounds_of_a_flow_begin_in_the_order_in_which_they_came),
    UNIT_CASE(a_crowd_that_cannot_be_kept_comes_and_goes),
    UNIT_CASE(many_are_wanted_before_the_first_one_begins),
    UNIT_CASE(finished_ones_are_kept_up_to_a_number),
    UNIT_CASE(the_last_of_a_crowd_look_far_ahead),
    UNIT_CASE(whoever_waits_keeps_the_others_short),
    UNIT_CASE(finished_and_lingering_ones_do_not_count),
    UNIT_CASE(a_crowd_is_forgotten),
    UNIT_CASE(far_probes_go_where_two_in_three_have_ended),
    UNIT_CASE(a_far_probe_that_found_the_end_is_the_last),
    UNIT_CASE(to_listeners_far_probes_go_where_all_have_ended),
    UNIT_CASE(no_far_probes_for_few_nor_where_a_ceiling_holds_back),
    UNIT_CASE(with_far_probes_the_last_look_less_far_ahead),
    UNIT_CASE(scouts_look_ahead_among_very_many),
    UNIT_CASE(where_far_probes_go_the_others_are_patient),
    UNIT_CASE(who_sends_the_last_of_its_probes_goes_last),
    UNIT_CASE(the_most_frequent_detour_stands_for_all),
};

UNIT_MAIN("probing_scheduler", cases)
