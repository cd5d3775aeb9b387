/* How often the place of loss is within what ht_loss_place says, and how far apart its ends are.
 * The counts are drawn of 20 rounds at once. */
#include <math.h>
#include <stdio.h>

#include "history/loss_place.h"
#include "random.h"
#include "verdicts.h"

#define ROUNDS    20
#define FULL_RUNS 6000
#define TRIES     50 /* runs are drawn again where the loss is not significant, so often at most */

/* What hops withhold, 10 to 60 %. */
enum withheld { NONE, BEFORE, BEHIND, SOME, SILENT, COMMON, WITHHELD };

/* What is known from earlier rounds: nothing; 20 rounds of peace; of the same loss, the 20 rounds
 * that did not meet the destination's probes; 20 of peace, and half of those in question too. */
enum earlier { NOTHING, PEACE, SAME, ONSET, EARLIER };

static const char *const withheld_names[WITHHELD] = {
    [NONE] = "no hop withholds",
    [BEFORE] = "the hop before withholds",
    [BEHIND] = "the hop behind does",
    [SOME] = "one in four do",
    [SILENT] = "and one in seven are silent",
    [COMMON] = "all withhold 5 %",
};
static const char *const earlier_names[EARLIER] = {
    [NOTHING] = "nothing",
    [PEACE] = "peace",
    [SAME] = "the same loss",
    [ONSET] = "peace until 10 rounds ago",
};

static const double losses[] = {0.02, 0.05, 0.1, 0.15, 0.2, 1};
static const uint8_t lengths[] = {6, 12, 25};
static const uint16_t probes[] = {3, 10};
#define LOSSES  6
#define LENGTHS 3
#define PROBES  2
#define PLACES  3

struct row {
    uint8_t hops; /* the destination's ttl */
    uint8_t place;
    uint16_t probes;
    double loss;
    enum withheld withheld;
    enum earlier earlier;
};

struct tally {
    unsigned runs;
    unsigned wrong;
    unsigned long width;
};

/* Of one kind of withholding and of earlier rounds. */
struct sums {
    struct tally all;
    struct tally by_loss[LOSSES][PROBES];
    double worst; /* of the rows, percent enclosed */
};

static double silence_of(const struct row *row, uint8_t ttl, uint64_t *seed)
{
    double rate = 0.1 + 0.5 * random_share(seed);
    switch (row->withheld) {
    case BEFORE:
        return ttl + 1 == row->place ? rate : 0;
    case BEHIND:
        return ttl == row->place ? rate : 0;
    case SOME:
        return random_chance(seed, 0.25) ? rate : 0;
    case SILENT:
        return random_chance(seed, 1.0 / 7) ? 1 : random_chance(seed, 0.25) ? rate : 0;
    case COMMON:
        return 0.05;
    default:
        return 0;
    }
}

static struct ht_counts draw(uint64_t *seed, uint32_t sent, double answered)
{
    return (struct ht_counts){sent, random_count(seed, sent, answered)};
}

static struct ht_loss_hop draw_hop(const struct row *row, uint8_t ttl, uint64_t *seed)
{
    uint32_t sent = ROUNDS * (uint32_t)row->probes;
    double own = 1 - silence_of(row, ttl, seed);
    double lossy = ttl >= row->place ? own * (1 - row->loss) : own;
    struct ht_loss_hop hop = {.ttl = ttl};
    if (row->earlier == ONSET)
        hop.now = ht_counts_sum(draw(seed, sent / 2, own), draw(seed, sent / 2, lossy));
    else
        hop.now = draw(seed, sent, lossy);
    if (row->earlier != NOTHING)
        hop.calm = draw(seed, sent, row->earlier == SAME ? lossy : own);
    return hop;
}

static void draw_destination(const struct row *row, struct ht_loss_evidence *evidence,
                             uint64_t *seed)
{
    uint32_t sent = ROUNDS * (uint32_t)row->probes;
    double answered = 1 - row->loss;
    if (row->earlier == ONSET)
        evidence->destination =
            ht_counts_sum(draw(seed, sent / 2, 1), draw(seed, sent / 2, answered));
    else
        evidence->destination = draw(seed, sent, answered);
    if (row->earlier == PEACE || row->earlier == ONSET)
        evidence->destination_calm = (struct ht_counts){sent, sent};
    for (unsigned calm = 0; row->earlier == SAME && calm < ROUNDS;) {
        struct ht_counts round = draw(seed, row->probes, answered);
        evidence->destination_calm = ht_counts_sum(evidence->destination_calm, round);
        calm += round.received == round.sent || evidence->destination_calm.sent > 20 * sent;
    }
}

/* Adds one run, if its loss is significant. */
static void run(const struct row *row, uint64_t *seed, struct tally *tally)
{
    struct ht_loss_hop hops[HT_LOSS_HOPS_MAX];
    struct ht_loss_evidence evidence = {.hops = hops, .destination_ttl = row->hops};
    double warning = row->loss < 0.05 ? 0.005 : 0.05;
    draw_destination(row, &evidence, seed);
    evidence.least_lost = (uint32_t)(warning * evidence.destination.sent) + 1;
    if (evidence.least_lost < 3)
        evidence.least_lost = 3;
    if (ht_counts_lost(evidence.destination) < evidence.least_lost)
        return;
    for (uint8_t ttl = 1; ttl < row->hops; ttl++) {
        struct ht_loss_hop hop = draw_hop(row, ttl, seed);
        if (hop.now.received > 0 || hop.calm.received > 0)
            hops[evidence.count++] = hop;
    }
    struct ht_span place =
        row->loss < 1 ? ht_loss_place(&evidence) : ht_total_loss_place(&evidence);
    tally->runs++;
    tally->wrong += place.after_hop >= row->place || place.by_hop < row->place;
    tally->width += (unsigned)(place.by_hop - place.after_hop);
}

/* Not in question: no hop behind the last; total loss is told by the hops that answered before, and
 * stops all rounds. */
static bool makes_sense(const struct row *row)
{
    bool total = row->loss >= 1 && row->earlier != PEACE;
    return !total && !(row->withheld == BEHIND && row->place == row->hops);
}

static struct row make_row(unsigned index, enum withheld withheld, enum earlier earlier)
{
    struct row row = {.withheld = withheld, .earlier = earlier};
    unsigned place = index % PLACES;
    row.hops = lengths[index / PLACES % LENGTHS];
    row.probes = probes[index / PLACES / LENGTHS % PROBES];
    row.loss = losses[index / PLACES / LENGTHS / PROBES];
    row.place = place == 0 ? 2 : place == 1 ? (uint8_t)(row.hops / 2 + 1) : row.hops;
    return row;
}

static void add(struct tally *sum, const struct tally *tally)
{
    sum->runs += tally->runs;
    sum->wrong += tally->wrong;
    sum->width += tally->width;
}

static double enclosed(const struct tally *tally)
{
    return tally->runs > 0 ? 100 - 100.0 * tally->wrong / tally->runs : 100;
}

static double width(const struct tally *tally)
{
    return tally->runs > 0 ? (double)tally->width / tally->runs : 0;
}

/* `demanded`: each row encloses the place in 97 % but for chance, three standard errors. */
static bool run_rows(enum withheld withheld, enum earlier earlier, unsigned runs, bool demanded,
                     struct sums *sums)
{
    bool good = true;
    *sums = (struct sums){.worst = 100};
    for (unsigned i = 0; i < LOSSES * PROBES * LENGTHS * PLACES; i++) {
        struct row row = make_row(i, withheld, earlier);
        struct tally tally = {0};
        uint64_t seed = i + 1;
        for (unsigned try = 0; makes_sense(&row) && tally.runs < runs && try < TRIES * runs; try++)
            run(&row, &seed, &tally);
        add(&sums->all, &tally);
        add(&sums->by_loss[i / PLACES / LENGTHS / PROBES][i / PLACES / LENGTHS % PROBES], &tally);
        if (tally.runs > 0 && enclosed(&tally) < sums->worst)
            sums->worst = enclosed(&tally);
        double least = 97 - 300 * sqrt(0.03 * 0.97 / (tally.runs + 1));
        if (tally.runs > 0 && enclosed(&tally) < least)
            good &= must(!demanded, "%s, earlier %s: %g %% before hop %u of %u, %u probes: %.2f %%",
                         withheld_names[withheld], earlier_names[earlier], 100 * row.loss,
                         row.place, row.hops, row.probes, enclosed(&tally));
    }
    return good;
}

static void print(enum withheld withheld, enum earlier earlier, const struct sums *sums)
{
    (void)printf("%-28s earlier %-26s enclosed %6.2f %%, worst row %6.2f %%; widths",
                 withheld_names[withheld], earlier_names[earlier], enclosed(&sums->all),
                 sums->worst);
    for (int i = 0; i < LOSSES; i++)
        (void)printf(" %g %%: %.2f %.2f", 100 * losses[i], width(&sums->by_loss[i][0]),
                     width(&sums->by_loss[i][1]));
    (void)printf("\n");
}

/* Widths: at 15 %, and at 5 % with 10 probes. */
static bool check_widths(struct sums sums[WITHHELD][EARLIER])
{
    struct tally plain = {0};
    struct tally beside = {0};
    struct tally fine = {0};
    for (int earlier = NOTHING; earlier <= PEACE; earlier++) {
        for (int p = 0; p < PROBES; p++) {
            add(&plain, &sums[NONE][earlier].by_loss[3][p]);
            add(&beside, &sums[BEFORE][earlier].by_loss[3][p]);
            add(&beside, &sums[BEHIND][earlier].by_loss[3][p]);
        }
        for (int withheld = NONE; withheld <= SILENT; withheld++)
            add(&fine, &sums[withheld][earlier].by_loss[1][1]);
    }
    bool good = must(width(&plain) <= 3, "width at 15 %%: %.2f", width(&plain));
    good &= must(width(&beside) <= 3.5, "beside a hop that withholds: %.2f", width(&beside));
    good &= must(width(&fine) <= 4.5, "at 5 %% and 10 probes: %.2f", width(&fine));
    (void)printf(
        "width at 15 %%: %.2f, beside a hop that withholds %.2f; at 5 %%, 10 probes: %.2f\n",
        width(&plain), width(&beside), width(&fine));
    return good;
}

bool check_placement(double scale)
{
    static struct sums sums[WITHHELD][EARLIER];
    struct tally all = {0};
    bool good = true;
    unsigned runs = (unsigned)(FULL_RUNS * scale) + 1;
    for (int withheld = NONE; withheld < WITHHELD; withheld++) {
        for (int earlier = NOTHING; earlier < EARLIER; earlier++) {
            bool demanded = withheld <= SILENT && earlier <= PEACE;
            struct sums *these = &sums[withheld][earlier];
            good &= run_rows((enum withheld)withheld, (enum earlier)earlier, runs, demanded, these);
            print((enum withheld)withheld, (enum earlier)earlier, these);
            if (demanded)
                add(&all, &these->all);
        }
    }
    (void)printf("placement: %u runs of the rows that are demanded: %.2f %% enclosed\n", all.runs,
                 enclosed(&all));
    good &= must(enclosed(&all) >= 99, "of all: %.2f %%", enclosed(&all));
    return check_widths(sums) && good;
}
