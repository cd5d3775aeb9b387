/* Who begins with whom, and how far each may look ahead because of it. */
#include <stdlib.h>

#include "engine/roster.h"
#include "unit.h"

#define CROWD 2000

struct crowd {
    struct ht_roster roster;
    struct ht_run *runs;
};

static void set_up(struct crowd *crowd, size_t count)
{
    ht_roster_init(&crowd->roster);
    crowd->runs = calloc(count, sizeof *crowd->runs);
    CU_ASSERT_PTR_NOT_NULL_FATAL(crowd->runs);
    for (size_t i = 0; i < count; i++) {
        crowd->runs[i].trace.flow.flow_tag = (uint32_t)i;
        crowd->runs[i].trace.round = (uint32_t)i;
    }
}

static void tear_down(struct crowd *crowd)
{
    ht_roster_fini(&crowd->roster);
    free(crowd->runs);
}

/* Those from `first` on come together, and all begin. */
static void begin(struct crowd *crowd, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ht_roster_enter(&crowd->roster, &crowd->runs[first + i]);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_PTR_EQUAL(ht_roster_begin(&crowd->roster), &crowd->runs[first + i]);
    CU_ASSERT_PTR_NULL(ht_roster_begin(&crowd->roster));
}

static void end(struct crowd *crowd, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ht_roster_move(&crowd->roster, &crowd->runs[first + i], HT_RUN_DONE, false);
        ht_roster_leave(&crowd->roster, &crowd->runs[first + i]);
    }
}

static uint8_t look_ahead(struct crowd *crowd, size_t which)
{
    ht_roster_set_look_ahead(&crowd->roster, &crowd->runs[which].trace);
    return crowd->runs[which].trace.look_ahead;
}

static void the_last_of_a_crowd_look_far_ahead(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD);
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
    set_up(&crowd, CROWD);
    begin(&crowd, 0, 200);
    ht_roster_enter(&crowd.roster, &crowd.runs[200]);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 199), 1);
    CU_ASSERT_EQUAL(look_ahead(&crowd, 0), 8); /* a scout */
    tear_down(&crowd);
}

static void finished_and_lingering_ones_do_not_count(void)
{
    struct crowd crowd;
    set_up(&crowd, CROWD);
    begin(&crowd, 0, CROWD);
    for (size_t i = 0; i < CROWD / 4; i++)
        ht_roster_move(&crowd.roster, &crowd.runs[i], HT_RUN_DONE, false);
    for (size_t i = CROWD / 4; i < CROWD / 2; i++)
        ht_roster_move(&crowd.roster, &crowd.runs[i], HT_RUN_ACTIVE, true);
    CU_ASSERT_EQUAL(look_ahead(&crowd, CROWD - 1), 2);
    end(&crowd, 0, CROWD);
    tear_down(&crowd);
}

/* A crowd is not remembered for as long as anybody is under way: an agent's rounds follow one
 * another without end. */
static void a_crowd_is_forgotten(void)
{
    struct crowd crowd;
    set_up(&crowd, 2 * CROWD);
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

static const struct unit_case cases[] = {
    UNIT_CASE(the_last_of_a_crowd_look_far_ahead),
    UNIT_CASE(whoever_waits_keeps_the_others_short),
    UNIT_CASE(finished_and_lingering_ones_do_not_count),
    UNIT_CASE(a_crowd_is_forgotten),
};

UNIT_MAIN("engine_roster", cases)
