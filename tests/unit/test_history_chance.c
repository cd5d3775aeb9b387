/* How often the rule of history/known.h tells a change where routers take turns, packet by packet:
 * exactly, for routers that are drawn by chance with known shares, and by playing lives. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "history/known.h"
#include "unit.h"

/* What the rule promises: changes told in the life of a hop, without end, of which none happened.
 */
#define MOST (1.0 / 200)

#define WAYS_MAX 32
#define M_MAX    60 /* more known answers than this change nothing */

/* --- exactly: `ways` routers with equal shares --- */

/* f[j][m]: chance of a change that is told from now on, where `j` routers are known and `m` answers
 * came from them since the last one became known. */
struct chances {
    unsigned ways;
    double f[WAYS_MAX + 1][M_MAX + 1];
};

#define RUN_MAX 10

/* r[shown][wanted]: the same in an open run, begun where `j` routers were known, that has shown
 * `shown` unknown ones and needs `wanted` answers, and one more for each further router that it
 * will show. Each answer counts, as in rounds of one probe a hop. */
struct runs {
    double r[WAYS_MAX + 2][RUN_MAX + 1];
};

static void set_runs(const struct chances *chances, unsigned j, struct runs *runs)
{
    double all = chances->ways;
    for (unsigned shown = chances->ways - j; shown > 0; shown--) {
        double further = (all - j - shown) / all;
        runs->r[shown][0] = 1;
        for (unsigned wanted = 1; wanted <= RUN_MAX; wanted++)
            runs->r[shown][wanted] = j / all * chances->f[j + shown][0] +
                                     shown / all * runs->r[shown][wanted - 1] +
                                     further * runs->r[shown + 1][wanted];
    }
}

/* After an unknown answer where `j` are known. */
static double after_unknown(const struct chances *chances, const struct runs *runs, unsigned j,
                            unsigned m)
{
    uint8_t run = ht_known_run_of_change(m);
    return run == 0 ? chances->f[j + 1][0] : runs->r[1][run - 1];
}

/* The chance that a hop's life ends with a false change. */
static double exactly(unsigned ways)
{
    struct chances chances = {.ways = ways};
    struct runs runs = {0};
    for (unsigned j = ways - 1; j > 0; j--) {
        double known = (double)j / ways;
        set_runs(&chances, j, &runs);
        chances.f[j][M_MAX] = after_unknown(&chances, &runs, j, M_MAX);
        for (unsigned m = M_MAX; m-- > 0;)
            chances.f[j][m] =
                known * chances.f[j][m + 1] + (1 - known) * after_unknown(&chances, &runs, j, m);
    }
    return chances.f[1][0];
}

/* --- played --- */

struct game {
    unsigned ways;
    uint32_t shares[WAYS_MAX];
    uint32_t sum;    /* of the shares */
    unsigned probes; /* a round */
    /* Routers in strict turns instead of by chance: packets that pass from one ordinary probe to
     * the next; 0: by chance. */
    unsigned passing;
    uint64_t random; /* the seed, then what came of it */
    unsigned packet; /* number of the next one */
};

static uint32_t draw(struct game *game)
{
    game->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = game->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* The router that the next probe meets. */
static unsigned next_router(struct game *game, bool further)
{
    if (game->passing > 0) {
        unsigned router = game->packet % game->ways;
        game->packet += further ? 1 : game->passing;
        return router;
    }
    uint32_t pick = (uint32_t)((uint64_t)draw(game) * game->sum >> 32);
    unsigned router = 0;
    while (pick >= game->shares[router])
        pick -= game->shares[router++];
    return router;
}

#define FURTHER_MAX 10

/* One round: the ordinary probes, then the second look. Now and then another packet passes. */
static enum ht_known_verdict play_round(struct game *game, struct ht_known_hop *hop,
                                        const struct ht_address *routers)
{
    struct ht_sighting answers[3 + FURTHER_MAX];
    size_t count = 0;
    struct ht_known_outcome outcome = {.verdict = HT_KNOWN_CALM};
    game->packet += game->passing > 0 && draw(game) < UINT32_MAX / 20;
    while (count < game->probes ||
           (outcome.verdict == HT_KNOWN_OPEN && count < game->probes + FURTHER_MAX)) {
        bool further = count >= game->probes;
        answers[count] = (struct ht_sighting){.address = &routers[next_router(game, further)],
                                              .sent_ns = (int64_t)count,
                                              .further = further};
        count++;
        if (count >= game->probes)
            outcome = ht_known_judge(hop, answers, count);
    }
    return ht_known_enter(hop, answers, count, 1).verdict;
}

/* A life goes on until all routers are known, and no longer than this. */
#define ROUNDS_MAX 1000

/* True if a change is told. */
static bool play_life(struct game *game)
{
    struct ht_address routers[WAYS_MAX];
    struct ht_known_hop hop = {.known = 0};
    bool told = false;
    for (unsigned i = 0; i < game->ways; i++) {
        const uint8_t bytes[4] = {10, 0, 0, (uint8_t)(i + 1)};
        routers[i] = ht_address_from_bytes(bytes, sizeof bytes);
    }
    for (unsigned round = 0; round < ROUNDS_MAX && hop.known < game->ways && !told; round++)
        told = play_round(game, &hop, routers) == HT_KNOWN_CHANGED;
    ht_known_fini(&hop);
    return told;
}

static double played(struct game game, unsigned lives)
{
    unsigned told = 0;
    for (unsigned i = 0; i < lives; i++)
        told += play_life(&game);
    return (double)told / lives;
}

static struct game equal_game(unsigned ways, unsigned probes)
{
    struct game game = {.ways = ways, .sum = ways, .probes = probes, .random = 1};
    for (unsigned i = 0; i < ways; i++)
        game.shares[i] = 1;
    return game;
}

/* --- what is promised --- */

#define LIVES 5000

/* With one probe a round as often as the exact chance says, within five standard deviations; with
 * more, of which not all count, no more often. */
static void by_chance(void)
{
    static const unsigned numbers[] = {2, 4, 8, 16, 32};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double exact = exactly(numbers[i]);
        double near = 5 * sqrt(exact * (1 - exact) / LIVES);
        double single = played(equal_game(numbers[i], 1), LIVES);
        double three = played(equal_game(numbers[i], 3), LIVES);
        printf("\n    %u ways: %.5f exactly, %.5f played, %.5f with three a round ", numbers[i],
               exact, single, three);
        CU_ASSERT_TRUE(exact <= MOST);
        CU_ASSERT_TRUE(fabs(single - exact) <= near);
        CU_ASSERT_TRUE(three <= exact + near);
    }
}

static void nine_to_one(void)
{
    for (unsigned probes = 1; probes <= 3; probes += 2) {
        struct game game = {.ways = 2, .shares = {9, 1}, .sum = 10, .probes = probes, .random = 1};
        double seen = played(game, LIVES);
        printf("\n    9:1, %u a round: %.5f played ", probes, seen);
        CU_ASSERT_TRUE(seen <= MOST);
    }
}

/* In strict turns, whatever number of other packets passes from one probe to the next, so that the
 * probes of many rounds may all meet the same router: never, as long as one second look meets all
 * of them. */
static void in_turn(void)
{
    for (unsigned ways = 2; ways <= FURTHER_MAX + 1; ways++) {
        for (unsigned passing = 1; passing <= 2 * ways; passing++) {
            struct game game = {.ways = ways, .passing = passing, .random = passing};
            for (game.probes = 1; game.probes <= 3; game.probes++)
                CU_ASSERT_EQUAL(played(game, 5), 0);
        }
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(by_chance),
    UNIT_CASE(nine_to_one),
    UNIT_CASE(in_turn),
};

UNIT_MAIN("history: the chance of a false change", cases)
