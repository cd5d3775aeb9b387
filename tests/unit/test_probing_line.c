/* The line of probes before a router: a token bucket with a queue. */
#include "hoptrace/time.h"
#include "probing/ratelimit/line.h"
#include "unit.h"

#define MS    HT_NS_PER_MS
#define START HT_NS_PER_S

static struct ht_line line_of(int64_t spacing_ns)
{
    struct ht_line line = {0};
    ht_line_set_spacing(&line, START, spacing_ns, 0);
    return line;
}

/* A probe leaves by its turn. */
static void leaves(struct ht_line *line, int64_t now_ns)
{
    ht_line_leave(line);
    line->left_ns = now_ns;
}

static void turns_are_in_order(void)
{
    struct ht_line line = line_of(10 * MS);
    for (uint32_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(ht_line_join(&line, false, START), i);
        CU_ASSERT_EQUAL(line.waiting, i + 1);
    }
    for (uint32_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(ht_line_turn_ns(&line, i), START + i * 10 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, line.next_ticket), START + 50 * MS);
    for (uint32_t i = 0; i < 5; i++)
        ht_line_leave(&line);
    CU_ASSERT_EQUAL(line.waiting, 0);
}

/* A ticket that is given back early leaves a turn unused: those of the others stay. */
static void turns_stay_when_one_leaves(void)
{
    struct ht_line line = line_of(10 * MS);
    (void)ht_line_join(&line, false, START);
    (void)ht_line_join(&line, false, START);
    uint32_t third = ht_line_join(&line, false, START);
    ht_line_leave(&line);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, third), START + 20 * MS);
}

/* Where more join than a router answers those who have waited for long go without their turn. Their
 * turns are no one's: the next in line has his as soon as the router may be asked. */
static void those_who_have_gone_keep_no_turns(void)
{
    struct ht_line line = line_of(10 * MS);
    for (int i = 0; i < 100; i++)
        (void)ht_line_join(&line, false, START);
    leaves(&line, START);
    for (int i = 1; i < 50; i++)
        ht_line_leave(&line);
    ht_line_close_up(&line, START + 2 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, 50), START + 10 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, 60), START + 110 * MS);
    ht_line_close_up(&line, START + 30 * MS); /* the turn of ticket 50 has come: nothing changes */
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, 50), START + 10 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, 60), START + 110 * MS);
    ht_line_set_spacing(&line, START + 30 * MS, 20 * MS, 500 * MS);
    ht_line_leave(&line);
    ht_line_close_up(&line, START + 31 * MS); /* a pause is kept */
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, 51), START + 530 * MS);
}

/* The numbers of tickets begin again at 0. */
static void tickets_wrap_around(void)
{
    struct ht_line line = line_of(10 * MS);
    line.turn = line.next_ticket = UINT32_MAX - 1;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t ticket = ht_line_join(&line, false, START);
        CU_ASSERT_EQUAL(ticket, UINT32_MAX - 1 + i);
        CU_ASSERT_EQUAL(ht_line_turn_ns(&line, ticket), START + i * 10 * MS);
    }
}

/* 98 % of the spacing lie between two probes, even if the first one left late. */
static void a_late_probe_keeps_its_gap(void)
{
    struct ht_line line = line_of(10 * MS);
    (void)ht_line_join(&line, false, START);
    uint32_t second = ht_line_join(&line, false, START);
    uint32_t third = ht_line_join(&line, false, START);
    leaves(&line, START);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, second), START + 10 * MS);
    leaves(&line, START + 16 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, third), START + 16 * MS + 98 * MS / 10);
    line.left_ns = START + 9 * MS; /* no sooner than the turn, though */
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, third), START + 20 * MS);
}

/* A line makes up for a probe that left late: 2 % of the spacing each time. */
static void a_line_makes_up_for_a_late_probe(void)
{
    struct ht_line line = line_of(10 * MS);
    uint32_t tickets[20];
    for (int i = 0; i < 20; i++)
        tickets[i] = ht_line_join(&line, false, START);
    leaves(&line, START + MS);
    for (int i = 1; i < 20; i++) {
        int64_t turn_ns = ht_line_turn_ns(&line, tickets[i]);
        CU_ASSERT_EQUAL(turn_ns, START + ht_time_max(i * 10 * MS, MS + i * (98 * MS / 10)));
        leaves(&line, turn_ns);
    }
    CU_ASSERT_EQUAL(line.left_ns, START + 19 * 10 * MS);
}

/* Turns that are not used are lost where none are saved up. */
static void nothing_is_saved_up(void)
{
    struct ht_line line = line_of(10 * MS);
    int64_t now_ns = START + 500 * MS;
    for (int i = 0; i < 3; i++) {
        uint32_t ticket = ht_line_join(&line, false, now_ns);
        CU_ASSERT_EQUAL(ht_line_turn_ns(&line, ticket), now_ns + i * 10 * MS);
    }
}

static void a_new_spacing_keeps_the_order(void)
{
    struct ht_line line = line_of(10 * MS);
    (void)ht_line_join(&line, false, START);
    uint32_t second = ht_line_join(&line, false, START);
    uint32_t third = ht_line_join(&line, false, START);
    leaves(&line, START);
    int64_t now_ns = START + 5 * MS;
    ht_line_set_spacing(&line, now_ns, MS, 7 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, second), now_ns + 7 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, third), now_ns + 8 * MS);
    uint32_t fourth = ht_line_join(&line, false, now_ns);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, fourth), now_ns + 9 * MS);
}

/* Turns that had come and were not used come again, spaced. */
static void overdue_turns_are_spaced_by_a_new_spacing(void)
{
    struct ht_line line = line_of(MS);
    uint32_t tickets[6];
    for (int i = 0; i < 6; i++)
        tickets[i] = ht_line_join(&line, false, START);
    int64_t now_ns = START + HT_NS_PER_S;
    ht_line_set_spacing(&line, now_ns, 20 * MS, 0);
    CU_ASSERT_EQUAL(line.waiting, 6);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(ht_line_turn_ns(&line, tickets[i]), now_ns + i * 20 * MS);
}

/* The first turn of a new spacing is a gap away from the last probe, without any pause. */
static void a_new_spacing_keeps_the_gap(void)
{
    struct ht_line line = line_of(MS);
    line.left_ns = START + 50 * MS;
    ht_line_set_spacing(&line, START + 51 * MS, 10 * MS, 0);
    uint32_t ticket = ht_line_join(&line, false, START + 51 * MS);
    CU_ASSERT_EQUAL(ht_line_turn_ns(&line, ticket), START + 50 * MS + 98 * MS / 10);
}

/* `joined` counts hops, not tickets, until the line was empty and no probe has left for 2 s. */
static void hops_in_line_are_counted(void)
{
    struct ht_line line = line_of(10 * MS);
    (void)ht_line_join(&line, false, START);
    (void)ht_line_join(&line, false, START);
    CU_ASSERT_EQUAL(line.joined, 2);
    leaves(&line, START);
    (void)ht_line_join(&line, true, START + 10 * MS);
    CU_ASSERT_EQUAL(line.joined, 2);
    leaves(&line, START + 10 * MS);
    leaves(&line, START + 20 * MS);
    (void)ht_line_join(&line, false, START + 2020 * MS); /* not forgotten yet */
    CU_ASSERT_EQUAL(line.joined, 3);
    leaves(&line, START + 2020 * MS);
    (void)ht_line_join(&line, true, START + 4021 * MS); /* another line */
    CU_ASSERT_EQUAL(line.joined, 1);
    (void)ht_line_join(&line, false, START + 9000 * MS); /* one waits: the same line */
    CU_ASSERT_EQUAL(line.joined, 2);
}

static const struct unit_case cases[] = {
    UNIT_CASE(turns_are_in_order),
    UNIT_CASE(turns_stay_when_one_leaves),
    UNIT_CASE(those_who_have_gone_keep_no_turns),
    UNIT_CASE(tickets_wrap_around),
    UNIT_CASE(a_late_probe_keeps_its_gap),
    UNIT_CASE(a_line_makes_up_for_a_late_probe),
    UNIT_CASE(nothing_is_saved_up),
    UNIT_CASE(a_new_spacing_keeps_the_order),
    UNIT_CASE(overdue_turns_are_spaced_by_a_new_spacing),
    UNIT_CASE(a_new_spacing_keeps_the_gap),
    UNIT_CASE(hops_in_line_are_counted),
};

UNIT_MAIN("probing_line", cases)
