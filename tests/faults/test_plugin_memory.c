/* The collectd plugin's parts, with the real engine, when memory is refused: each allocation in
 * turn from its configuration on, and all from one on. What is refused is said, the daemon goes on,
 * and the targets that were accepted are measured. Usage: faults_plugin_memory STEP */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fake_daemon.h"
#include "hoptrace.h"
#include "refuse.h"
#include "setup.h"
#include "target.h"
#include "worker.h"

#define TARGETS       3
#define PATIENCE_S    20
#define LIVES_WITHOUT 3

static size_t step = 1;

struct tally {
    size_t points;
    size_t skipped; /* targets */
    size_t broken;  /* lives without an engine */
    size_t faults;
};

static void fault(struct tally *tally, size_t first, const char *what)
{
    if (tally->faults++ < 10)
        remark("refused from %zu on: %s", first, what);
}

static struct option number(const char *key, double value)
{
    return (struct option){.key = key, .type = OPTION_NUMBER, .number = value};
}

static void configure(struct setup *setup)
{
    static const char *const hosts[TARGETS] = {"198.18.1.1", "2001:db8:18::2", "web.sim"};
    const struct option globals[] = {number("Probes", 1), number("Retries", 0),
                                     number("Timeout", 2), number("Pps", 0)};
    setup_init(setup);
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        setup_option(setup, &globals[i]);
    for (size_t i = 0; i < TARGETS; i++) {
        const struct option head = {.key = "Target", .type = OPTION_TEXT, .text = "t"};
        const char name[] = {'t', (char)('0' + i), '\0'};
        struct option named = head;
        named.text = name;
        const struct option own[] = {
            {.key = "Host", .type = OPTION_TEXT, .text = hosts[i]},
            {.key = "Family", .type = OPTION_TEXT, .text = i == 1 ? "ipv6" : "ipv4"}};
        setup_target(setup, &named, own, 2);
    }
    setup_settle(setup, HT_NS_PER_S / 10);
}

static size_t count_targets(const struct setup *setup)
{
    size_t count = 0;
    for (const struct target *target = setup->targets; target != NULL; target = target->next)
        count++;
    return count;
}

static bool is_right(const struct ht_report *report)
{
    return report->status == HT_STATUS_REACHED && report->hop_count == 2 &&
           report->loss_percent == 0 && report->hops[0].loss_percent == 0;
}

static bool is_refusal(const struct ht_report *report)
{
    return report->status == HT_STATUS_ERROR && isnan(report->loss_percent) &&
           report->error != NULL;
}

/* Takes the target's records until one is right, or, if `any`, at least one has come. */
static bool wait_for(struct tally *tally, struct target *target, size_t first, bool any)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (time(NULL) < end && fake_daemon_lines_with("cannot go on") == 0) {
        struct letter letter = mailbox_take(&target->mailbox);
        bool came = letter.report != NULL;
        bool right = came && is_right(letter.report);
        if (came && !right && !is_refusal(letter.report))
            fault(tally, first, "a record is neither right nor an error");
        letter_fini(&letter);
        if (right || (came && any))
            return true;
        if (!came)
            (void)usleep(1000);
    }
    return false;
}

static void measure(struct tally *tally, const struct setup *setup, size_t first, bool any)
{
    for (struct target *target = setup->targets; target != NULL; target = target->next) {
        if (!wait_for(tally, target, first, any) && fake_daemon_lines_with("cannot go on") == 0)
            fault(tally, first, any ? "a target has no record" : "a target is not measured");
    }
}

/* One life of the plugin. Returns how many allocations were refused. */
static size_t live(struct tally *tally, size_t first, size_t count)
{
    struct setup setup;
    struct worker *worker = NULL;
    struct ht_error error = {.code = HT_OK};
    fake_daemon_reset();
    refuse_allocations(first, count);
    configure(&setup);
    bool started = worker_start(&setup, &worker, &error) == HT_OK;
    /* Records cannot be handed over while everything is refused. */
    if (started && count == 1)
        measure(tally, &setup, first, true);
    size_t refused = refuse_no_more();
    size_t skipped = TARGETS - count_targets(&setup);
    if (fake_daemon_lines_with("is skipped") != skipped)
        fault(tally, first, "a target is missing, and nothing was said");
    if (started)
        measure(tally, &setup, first, false);
    else if (refused == 0 || error.text[0] == '\0')
        fault(tally, first, "no worker, for no reason");
    worker_stop(worker);
    setup_fini(&setup);
    tally->points += refused > 0;
    tally->skipped += skipped;
    tally->broken += !started || fake_daemon_lines_with("cannot go on") > 0;
    return refused;
}

static void refuse_everywhere(size_t count, const char *what)
{
    struct tally tally = {0};
    size_t descriptors = open_descriptors();
    size_t without = 0;
    for (size_t first = 1; without < LIVES_WITHOUT; first += step)
        without = live(&tally, first, count) > 0 ? 0 : without + 1;
    remark("%s: %zu points, %zu targets skipped, %zu lives without an engine", what, tally.points,
           tally.skipped, tally.broken);
    check(tally.faults == 0, "%s: %zu faults", what, tally.faults);
    check(tally.points > 30 / step && tally.skipped > 0 && tally.broken > 0, "%s: refused all over",
          what);
    check(open_descriptors() == descriptors, "%s: no descriptor is left open", what);
}

static void each(void)
{
    refuse_everywhere(1, "one");
}

static void rest(void)
{
    refuse_everywhere(SIZE_MAX, "all from one on");
}

/* The engine could not be made: it is, some time after there is memory again. */
static void comes_back(void)
{
    struct tally tally = {0};
    struct setup setup;
    struct worker *worker = NULL;
    fake_daemon_reset();
    configure(&setup);
    /* The first is the worker's own. */
    refuse_allocations(2, 1);
    bool started = worker_start(&setup, &worker, NULL) == HT_OK;
    check(started && refuse_no_more() == 1 && fake_daemon_lines_with("cannot go on") == 1,
          "without an engine the worker goes on");
    bool back = false;
    for (int i = 0; i < PATIENCE_S && !back; i += 5) /* so long one call waits */
        back = fake_daemon_wait_for("the engine is back");
    check(back, "the engine comes back");
    fake_daemon_reset();
    measure(&tally, &setup, 2, false);
    check(tally.faults == 0 && count_targets(&setup) == TARGETS, "all are measured");
    worker_stop(worker);
    setup_fini(&setup);
}

static const struct net_case cases[] = {{"each", each}, {"rest", rest}, {"comes_back", comes_back}};

int main(int argc, char **argv)
{
    if (argc > 1 && strtoul(argv[1], NULL, 10) > 0)
        step = strtoul(argv[1], NULL, 10);
    /* A sanitizer cannot do without what it asks of it for each thread. */
    refuse_spare_library("libc.so");
    return run_cases(cases, sizeof cases / sizeof cases[0], 1, argv);
}
