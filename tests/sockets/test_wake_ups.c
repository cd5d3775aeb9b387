/* How often an engine below a ceiling wakes up: once for many packets where many rounds are under
 * way, at once for each answer where there are few. Counted, not timed. Run by `with_devices`. */
#include <poll.h>
#include <stdio.h>

#include "check.h"
#include "hoptrace.h"
#include "net/clock.h"

#define PPS        1000
#define PROBES     15 /* a hop; of a target on loopback there is one, behind which some may go */
#define TIMEOUT_NS (300 * HT_NS_PER_MS)
#define LIMIT_NS   (20 * HT_NS_PER_S)

/* Packets, sent and received, of a wake-up: with ten a slot there are 20 and more, with 20 for a
 * crowd 40 and more. */
#define MANY  6
#define CROWD 12

struct host {
    struct ht_engine *engine;
    unsigned reports;
    unsigned wake_ups;
    uint64_t sent;
    uint64_t received;
    uint64_t hops_told;
};

static void on_report(void *user, const struct ht_report *report)
{
    struct host *host = user;
    host->reports++;
    host->sent += report->sent;
    host->received += report->received;
}

static void on_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    struct host *host = user;
    (void)so_far;
    (void)hop;
    host->hops_told++;
}

static void set_up(struct host *host, unsigned targets, bool streams)
{
    *host = (struct host){.engine = NULL};
    struct ht_engine_options options = {
        .pps = PPS, .on_report = on_report, .on_hop = streams ? on_hop : NULL, .user = host};
    struct ht_error error;
    if (ht_engine_new(&options, &host->engine, &error) != HT_OK)
        check(false, "an engine: %s", error.text);
    for (unsigned i = 0; i < targets; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "127.0.1.%u", i + 1);
        struct ht_target target = {.host = address};
        ht_settings_init(&target.settings);
        target.settings.probes = PROBES;
        target.settings.numeric = true;
        target.settings.timeout_ns = TIMEOUT_NS;
        if (ht_engine_add(host->engine, &target, NULL, &error) != HT_OK)
            check(false, "a target: %s", error.text);
    }
    check(ht_engine_open(host->engine, &error) == HT_OK, "the engine opens");
}

/* Until all is measured; after each dispatch the process is put aside for so long. */
static void run(struct host *host, int64_t aside_ms)
{
    int64_t limit_ns = ht_clock_mono_ns() + LIMIT_NS;
    struct ht_error error;
    while (!ht_engine_idle(host->engine) && ht_clock_mono_ns() < limit_ns) {
        struct pollfd ready = {.fd = ht_engine_fd(host->engine), .events = POLLIN};
        if (poll(&ready, 1, 1000) > 0)
            host->wake_ups++;
        if (ht_engine_dispatch(host->engine, &error) != HT_OK)
            check(false, "dispatching: %s", error.text);
        if (aside_ms > 0)
            sleep_ms(aside_ms);
    }
    check(ht_engine_idle(host->engine), "all is measured");
}

static void tear_down(struct host *host, unsigned targets)
{
    check(host->reports == targets && host->sent >= (uint64_t)targets * PROBES &&
              host->received == host->sent,
          "%u targets: %u records, %llu probes, %llu answers", targets, host->reports,
          (unsigned long long)host->sent, (unsigned long long)host->received);
    ht_engine_free(host->engine);
}

static uint64_t packets(const struct host *host)
{
    return host->sent + host->received;
}

static void shared(unsigned targets, unsigned by)
{
    struct host host;
    set_up(&host, targets, false);
    run(&host, 0);
    check(packets(&host) >= (uint64_t)by * host.wake_ups,
          "of %u targets a wake-up serves many packets: %u for %llu", targets, host.wake_ups,
          (unsigned long long)packets(&host));
    tear_down(&host, targets);
}

static void many(void)
{
    shared(40, MANY);
}

static void crowd(void)
{
    shared(200, CROWD);
}

/* Each probe of a single target, and each hop that is to be told, has a wake-up of its own. */
static void few(void)
{
    struct host host;
    set_up(&host, 1, false);
    run(&host, 0);
    check(host.wake_ups >= PROBES, "of one target nothing waits: %u wake-ups", host.wake_ups);
    tear_down(&host, 1);
    set_up(&host, 40, true);
    run(&host, 0);
    check(host.hops_told == 40, "40 hops are told");
    tear_down(&host, 40);
}

/* All answers are here when their time has run out, and are read first. */
static void read_late(void)
{
    struct host host;
    set_up(&host, 10, false);
    run(&host, TIMEOUT_NS / HT_NS_PER_MS + 50);
    tear_down(&host, 10);
}

static const struct net_case cases[] = {
    {"many", many}, {"crowd", crowd}, {"few", few}, {"read_late", read_late}};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
