/* Counts of the last rounds. */
#include "history/loss_window.h"
#include "unit.h"

#define HOPS 3

/* A round of 3 hops: 3 probes each, of which the first hop, the second and the destination answer
 * so many. */
static void add(struct ht_loss_window *window, uint32_t first, uint32_t second, uint32_t last,
                bool in_doubt)
{
    struct ht_round_hop hops[HOPS] = {
        {.counts = {3, first}}, {.counts = {3, second}}, {.counts = {3, last}}};
    CU_ASSERT(ht_loss_window_add(window, hops, HOPS, hops[HOPS - 1].counts, in_doubt));
}

static void sums(const struct ht_loss_window *window, size_t column, uint32_t sent,
                 uint32_t received)
{
    struct ht_counts counts = ht_loss_window_sum(window, column);
    CU_ASSERT_EQUAL(counts.sent, sent);
    CU_ASSERT_EQUAL(counts.received, received);
}

static void calm(const struct ht_loss_window *window, size_t column, uint32_t sent,
                 uint32_t received)
{
    struct ht_counts counts = ht_loss_window_calm(window, column);
    CU_ASSERT_EQUAL(counts.sent, sent);
    CU_ASSERT_EQUAL(counts.received, received);
}

static void the_last_rounds_count(void)
{
    struct ht_loss_window window = {.size = 5};
    sums(&window, 0, 0, 0);
    for (uint32_t i = 0; i < 12; i++)
        add(&window, 3, i % 3, 3, false);
    CU_ASSERT_EQUAL(ht_loss_window_rounds(&window), 5);
    sums(&window, 0, 15, 15);
    sums(&window, 1, 15, 15);
    sums(&window, 2, 15, 1 + 2 + 0 + 1 + 2);
    sums(&window, 3, 15, 15);
    sums(&window, 4, 0, 0);
    ht_loss_window_fini(&window);
}

/* 7 rounds have left a ring of 4; the halves are of 2. */
static void calm_rounds_are_those_before(void)
{
    struct ht_loss_window window = {.size = 4};
    for (uint32_t i = 0; i < 5; i++)
        add(&window, 3, 1, 3, false);
    calm(&window, 2, 3, 1);
    for (uint32_t i = 0; i < 6; i++)
        add(&window, 3, 2, 3, false);
    CU_ASSERT_EQUAL(window.calm_rounds[0], 1);
    CU_ASSERT_EQUAL(window.calm_rounds[1], 2);
    calm(&window, 2, 9, 1 + 1 + 1 + 1 - 1 + 2);
    ht_loss_window_fini(&window);
}

/* Rounds with loss do not join them, but the destination's figures say that there were some. */
static void rounds_with_loss_are_not_calm(void)
{
    struct ht_loss_window window = {.size = 4};
    for (uint32_t i = 0; i < 6; i++)
        add(&window, 3, 3, i % 2 == 0 ? 3 : 2, false);
    calm(&window, 1, 3, 3);
    calm(&window, 0, 6, 5);
    window.calm_is_kept = true;
    for (uint32_t i = 0; i < 20; i++)
        add(&window, 1, 1, 3, false);
    calm(&window, 1, 3, 3);
    calm(&window, 0, 6, 5);
    ht_loss_window_fini(&window);
}

static void a_round_in_doubt_counts_once_there_is_an_answer(void)
{
    struct ht_loss_window window = {.size = 4};
    add(&window, 3, 3, 3, false);
    add(&window, 3, 3, 0, true);
    sums(&window, 0, 3, 3);
    CU_ASSERT_EQUAL(ht_loss_window_rounds(&window), 1);
    add(&window, 3, 3, 2, false);
    sums(&window, 0, 9, 5);
    CU_ASSERT_EQUAL(ht_loss_window_rounds(&window), 3);
    ht_loss_window_fini(&window);
}

static void rounds_of_an_outage_are_apart(void)
{
    struct ht_loss_window window = {.size = 4};
    static const struct ht_round_hop first[1] = {{.counts = {3, 2}}};
    add(&window, 3, 3, 3, false);
    CU_ASSERT(ht_loss_window_add(&window, first, 1, (struct ht_counts){3, 0}, true));
    ht_loss_window_move_to_outage(&window);
    ht_loss_window_add_outage(&window, first, 1, (struct ht_counts){3, 0});
    sums(&window, 0, 3, 3);
    CU_ASSERT_EQUAL(ht_loss_window_outage(&window, 0).sent, 6);
    CU_ASSERT_EQUAL(ht_loss_window_outage(&window, 1).received, 4);
    CU_ASSERT_EQUAL(ht_loss_window_outage(&window, 3).sent, 6);
    CU_ASSERT_EQUAL(ht_loss_window_outage(&window, 3).received, 0);
    CU_ASSERT_EQUAL(ht_loss_window_outage(&window, 4).sent, 0);
    ht_loss_window_end_outage(&window);
    CU_ASSERT_EQUAL(ht_loss_window_outage(&window, 1).sent, 0);
    add(&window, 3, 3, 3, false);
    sums(&window, 0, 6, 6);
    ht_loss_window_fini(&window);
}

static void a_change_forgets_what_is_behind(void)
{
    struct ht_loss_window window = {.size = 4};
    for (int i = 0; i < 6; i++)
        add(&window, 3, 3, 3, false);
    ht_loss_window_forget(&window, 2);
    sums(&window, 0, 0, 0);
    sums(&window, 1, 12, 12);
    sums(&window, 2, 0, 0);
    calm(&window, 1, 6, 6);
    calm(&window, 3, 0, 0);
    CU_ASSERT_EQUAL(ht_loss_window_rounds(&window), 0);
    add(&window, 3, 3, 2, false);
    sums(&window, 0, 3, 2);
    CU_ASSERT_EQUAL(ht_loss_window_rounds(&window), 1);
    ht_loss_window_fini(&window);
}

static void paths_grow_and_windows_change(void)
{
    struct ht_loss_window window = {.size = 6};
    struct ht_round_hop hops[255] = {{.counts = {100000, 90000}}};
    for (int i = 0; i < 5; i++)
        add(&window, 3, 2, 1, false);
    CU_ASSERT(ht_loss_window_add(&window, hops, 255, (struct ht_counts){3, 3}, false));
    sums(&window, 2, 15, 10);
    sums(&window, 1, 15 + 65535, 15 + 65535);
    sums(&window, 0, 18, 8);
    ht_loss_window_resize(&window, 2);
    sums(&window, 0, 6, 4);
    CU_ASSERT_EQUAL(window.capacity, 2);
    ht_loss_window_resize(&window, 1000);
    for (int i = 0; i < 1500; i++)
        add(&window, 3, 2, 3, false);
    sums(&window, 2, 3000, 2000);
    CU_ASSERT_EQUAL(window.capacity, 1000);
    ht_loss_window_fini(&window);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_last_rounds_count),
    UNIT_CASE(calm_rounds_are_those_before),
    UNIT_CASE(rounds_with_loss_are_not_calm),
    UNIT_CASE(a_round_in_doubt_counts_once_there_is_an_answer),
    UNIT_CASE(rounds_of_an_outage_are_apart),
    UNIT_CASE(a_change_forgets_what_is_behind),
    UNIT_CASE(paths_grow_and_windows_change),
};

UNIT_MAIN("history/loss_window", cases)
