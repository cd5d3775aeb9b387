/* Where loss begins: a table of cases. How often the place is right: tests/verdicts. */
#include <stdio.h>

#include "history/loss_place.h"
#include "unit.h"

#define HOPS_MAX 6

struct place_case {
    const char *name;
    size_t count;
    struct ht_counts now[HOPS_MAX]; /* sent, received */
    struct ht_counts calm[HOPS_MAX];
    struct ht_counts destination;
    struct ht_span place;
};

#define ALL                                                                                        \
    {                                                                                              \
        60, 60                                                                                     \
    }
#define CALM                                                                                       \
    {                                                                                              \
        ALL, ALL, ALL, ALL, ALL, ALL                                                               \
    }

static const struct place_case place_cases[] = {
    {"no hop answers", 0, {{0, 0}}, {{0, 0}}, {60, 50}, {0, 7}},
    {"before the first",
     6,
     {{60, 51}, {60, 52}, {60, 50}, {60, 51}, {60, 51}, {60, 52}},
     CALM,
     {60, 51},
     {0, 2}},
    {"before the third",
     6,
     {ALL, ALL, {60, 50}, {60, 51}, {60, 51}, {60, 52}},
     CALM,
     {60, 51},
     {2, 4}},
    {"before the destination", 6, {ALL, ALL, ALL, ALL, ALL, ALL}, CALM, {60, 51}, {6, 7}},
    {"no calm rounds",
     6,
     {ALL, ALL, {60, 50}, {60, 51}, {60, 51}, {60, 52}},
     {{0, 0}},
     {60, 51},
     {2, 4}},
    {"few were lost",
     6,
     {ALL, ALL, {60, 59}, {60, 58}, {60, 57}, {60, 58}},
     CALM,
     {60, 56},
     {0, 4}},
    {"one withholds before, as always",
     6,
     {ALL, {60, 40}, ALL, {60, 50}, {60, 51}, {60, 51}},
     {ALL, {60, 41}, ALL, ALL, ALL, ALL},
     {60, 51},
     {3, 5}},
    {"one withholds behind, as always",
     6,
     {ALL, ALL, {60, 51}, {60, 30}, {60, 51}, {60, 51}},
     {ALL, ALL, ALL, {60, 37}, ALL, ALL},
     {60, 51},
     {2, 5}},
    {"the last one begins to withhold",
     6,
     {ALL, ALL, ALL, ALL, ALL, {60, 50}},
     CALM,
     {60, 51},
     {5, 7}},
    {"all but the last withhold the same",
     6,
     {{60, 54}, {60, 55}, {60, 43}, {60, 45}, {60, 44}, {60, 51}},
     {{60, 54}, {60, 54}, {60, 54}, {60, 54}, {60, 54}, ALL},
     {60, 48},
     {2, 4}},
    {"the same loss in calm rounds",
     6,
     {ALL, ALL, {60, 50}, {60, 51}, {60, 51}, {60, 52}},
     {ALL, ALL, {60, 51}, {60, 50}, {60, 52}, {60, 51}},
     {60, 51},
     {2, 4}},
    {"a hop that fell silent",
     6,
     {ALL, ALL, {60, 0}, {60, 51}, {60, 51}, {60, 52}},
     CALM,
     {60, 51},
     {2, 5}},
    {"nearly all", 3, {ALL, {60, 1}, {60, 0}}, CALM, {60, 2}, {1, 4}},
};

/* The destination lost as much as the last hop, in all rounds among which the calm ones are. */
static struct ht_loss_evidence evidence_of(const struct place_case *test, struct ht_loss_hop *hops)
{
    for (size_t i = 0; i < test->count; i++)
        hops[i] = (struct ht_loss_hop){test->now[i], test->calm[i], (uint8_t)(i + 1)};
    return (struct ht_loss_evidence){
        .hops = hops,
        .count = test->count,
        .destination = test->destination,
        .destination_calm = test->calm[test->count > 0 ? test->count - 1 : 0],
        .least_lost = 4,
        .destination_ttl = (uint8_t)(test->count > 0 ? test->count + 1 : 7)};
}

static void check(const char *name, struct ht_span place, struct ht_span right)
{
    if (place.after_hop != right.after_hop || place.by_hop != right.by_hop)
        (void)fprintf(stderr, "%s: after %u, by %u\n", name, place.after_hop, place.by_hop);
    CU_ASSERT_EQUAL(place.after_hop, right.after_hop);
    CU_ASSERT_EQUAL(place.by_hop, right.by_hop);
}

static void each_case_has_its_place(void)
{
    for (size_t i = 0; i < sizeof place_cases / sizeof place_cases[0]; i++) {
        struct ht_loss_hop hops[HOPS_MAX];
        struct ht_loss_evidence evidence = evidence_of(&place_cases[i], hops);
        check(place_cases[i].name, ht_loss_place(&evidence), place_cases[i].place);
    }
}

static const struct place_case total_cases[] = {
    {"no hop answers", 0, {{0, 0}}, {{0, 0}}, {6, 0}, {0, 7}},
    {"behind the third", 6, {{6, 6}, {6, 6}, {6, 6}, {6, 0}, {6, 0}, {6, 0}}, CALM, {6, 0}, {3, 4}},
    {"before the first", 6, {{6, 0}, {6, 0}, {6, 0}, {6, 0}, {6, 0}, {6, 0}}, CALM, {6, 0}, {0, 1}},
    {"before the destination",
     6,
     {{6, 6}, {6, 6}, {6, 6}, {6, 6}, {6, 6}, {6, 6}},
     CALM,
     {6, 0},
     {6, 7}},
    {"the next one withholds half",
     6,
     {{6, 6}, {6, 6}, {6, 6}, {6, 0}, {6, 0}, {6, 0}},
     {ALL, ALL, ALL, {60, 30}, ALL, ALL},
     {6, 0},
     {3, 5}},
    {"the same, longer",
     6,
     {{9, 9}, {9, 9}, {9, 9}, {9, 0}, {9, 0}, {9, 0}},
     {ALL, ALL, ALL, {60, 30}, ALL, ALL},
     {9, 0},
     {3, 4}},
    {"the next one was not asked",
     6,
     {{6, 6}, {6, 6}, {6, 6}, {0, 0}, {6, 0}, {6, 0}},
     CALM,
     {6, 0},
     {3, 5}},
};

static void total_loss_has_its_place(void)
{
    for (size_t i = 0; i < sizeof total_cases / sizeof total_cases[0]; i++) {
        struct ht_loss_hop hops[HOPS_MAX];
        struct ht_loss_evidence evidence = evidence_of(&total_cases[i], hops);
        check(total_cases[i].name, ht_total_loss_place(&evidence), total_cases[i].place);
    }
}

/* The largest counts and the longest path overflow nothing. */
static void many_probes_are_placed(void)
{
    static struct ht_loss_hop hops[HT_LOSS_HOPS_MAX - 1];
    for (size_t i = 0; i < HT_LOSS_HOPS_MAX - 1; i++) {
        uint32_t lost = i < 99 ? 0 : 100000;
        hops[i] = (struct ht_loss_hop){.now = {1010000, 1010000 - lost},
                                       .calm = {2000000000, 2000000000},
                                       .ttl = (uint8_t)(i + 1)};
    }
    struct ht_loss_evidence evidence = {.hops = hops,
                                        .count = HT_LOSS_HOPS_MAX - 1,
                                        .destination = {1010000, 910000},
                                        .destination_calm = {2000000000, 2000000000},
                                        .least_lost = 50501,
                                        .destination_ttl = HT_LOSS_HOPS_MAX};
    check("many probes", ht_loss_place(&evidence), (struct ht_span){99, 101});
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_case_has_its_place),
    UNIT_CASE(total_loss_has_its_place),
    UNIT_CASE(many_probes_are_placed),
};

UNIT_MAIN("history/loss_place", cases)
