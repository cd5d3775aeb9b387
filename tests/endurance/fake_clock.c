/* fake_clock FILE ROUNDS: plays a scenario again and again, with other luck each time, to one
 * engine that lives on for a year of fake time, until there were so many rounds. Each of them must
 * give one record that agrees in every number with what really happened, and the engine must not
 * grow. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"
#include "heap.h"
#include "scenario.h"
#include "support.h"
#include "undying.h"

#define YEAR_NS (INT64_C(365) * 24 * 3600 * HT_NS_PER_S)

/* Plays until the engine has all the room that it needs: its tables grow with the most that it ever
 * had in hand at once. */
#define WARM_UP_PLAYS 10

/* What luck may add to that most. */
#define SLACK_BYTES 4096

struct tally {
    size_t plays;
    size_t rounds; /* begun */
    size_t records;
    size_t dropped; /* rounds of targets that were taken away */
    size_t packets;
    size_t faults;
};

/* One play. What it took for itself is given back at its end: what is left on the heap is the
 * engine's. */
static void play(struct scenario *scenario, struct tally *tally)
{
    struct driver driver;
    scenario->options.seed = (uint32_t)++tally->plays;
    driver_run(&driver, scenario);
    for (size_t i = 0; i < scenario->target_count; i++) {
        tally->rounds += driver.progress[i].started;
        tally->dropped += driver.progress[i].dropped;
    }
    tally->records += driver.record_count;
    tally->packets += driver.ledger.packets;
    tally->faults += driver.faults + driver.ledger.faults;
    int64_t played_ns = driver.now.mono_ns - driver.begin_ns;
    driver_fini(&driver);
    undying_pause(played_ns, 0);
}

static bool check(bool holds, const char *what)
{
    printf("%s - %s\n", holds ? "ok" : "not ok", what);
    return holds;
}

static bool check_rounds(const struct tally *tally, size_t wanted)
{
    printf("# %zu rounds in %zu plays, %zu packets, %.0f days\n", tally->rounds, tally->plays,
           tally->packets, (double)undying_age_ns() / 86400e9);
    bool good = check(tally->rounds >= wanted, "there were as many rounds as asked for");
    good &= check(tally->faults == 0, "each record agrees with what happened");
    good &= check(tally->dropped == tally->plays, "one round was taken away in each play");
    return check(tally->records + tally->dropped == tally->rounds,
                 "every other round has one record") &&
           good;
}

static bool check_heap(struct heap warm, struct heap end)
{
    printf("# heap after %d plays: %zu bytes in %zu blocks; at the end: %zu in %zu\n",
           WARM_UP_PLAYS, warm.bytes, warm.blocks, end.bytes, end.blocks);
    bool good = check(warm.blocks > 0, "the heap is counted");
    good &= check(end.blocks <= warm.blocks, "no block more at the end");
    return check(end.bytes <= warm.bytes + SLACK_BYTES, "the heap has not grown") && good;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: %s FILE ROUNDS\n", argv[0]);
        return 2;
    }
    struct scenario scenario;
    struct tally tally = {0};
    struct heap warm = {0};
    size_t wanted = strtoul(argv[2], NULL, 10);
    scenario_read(&scenario, argv[1]);
    while (tally.rounds < wanted && tally.faults == 0) {
        play(&scenario, &tally);
        if (tally.plays == WARM_UP_PLAYS)
            warm = heap_now();
        /* The rest of the year goes by without a round. */
        undying_pause(0, (int64_t)((double)YEAR_NS * (double)tally.rounds / (double)tally.plays /
                                   (double)wanted));
    }
    struct heap end = heap_now();
    bool good = check_rounds(&tally, wanted);
    good &= check_heap(warm, end);
    undying_free();
    scenario_fini(&scenario);
    good &= check(heap_now().blocks == 0, "nothing is left when the engine is freed");
    return good ? 0 : 1;
}
