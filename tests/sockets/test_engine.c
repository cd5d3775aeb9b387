/* The engine in hands that are not gentle: callbacks that add targets and interrupt, descriptors
 * that fail, targets that need sockets which no target before them needed. Run by `with_devices`.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "hoptrace.h"
#include "net/clock.h"

#define HERE   "127.0.0.1"
#define NO_WAY "10.99.0.1" /* its record is there as soon as its round begins */

/* More records than any case has by rights: an engine that does not end is left alone then. */
#define REPORTS_MAX 50

struct host {
    struct ht_engine *engine;
    unsigned reports;
    unsigned interrupts_at; /* with this report; 0: never */
    bool replaces;          /* each report by another target */
    enum ht_status status;  /* of the last report */
    enum ht_stop_reason stop_reason;
};

static void add(struct host *host, const char *address, enum ht_protocol protocol,
                int64_t interval_ns)
{
    struct ht_target target = {.host = address};
    struct ht_error error;
    ht_settings_init(&target.settings);
    target.settings.protocol = protocol;
    target.settings.probes = 1;
    target.settings.numeric = true;
    target.settings.interval_ns = interval_ns;
    if (ht_engine_add(host->engine, &target, NULL, &error) != HT_OK)
        check(false, "%s can be added: %s", address, error.text);
}

static void on_report(void *user, const struct ht_report *report)
{
    struct host *host = user;
    host->reports++;
    host->status = report->status;
    host->stop_reason = report->stop_reason;
    if (host->replaces && host->reports < REPORTS_MAX)
        add(host, HERE, HT_ICMP, 0);
    if (host->reports == host->interrupts_at)
        ht_engine_interrupt(host->engine);
}

static void set_up(struct host *host, int64_t deadline_ns)
{
    *host = (struct host){.engine = NULL};
    struct ht_engine_options options = {
        .deadline_ns = deadline_ns, .on_report = on_report, .user = host};
    struct ht_error error;
    if (ht_engine_new(&options, &host->engine, &error) != HT_OK)
        check(false, "an engine: %s", error.text);
}

static void open_engine(struct host *host)
{
    struct ht_error error;
    if (ht_engine_open(host->engine, &error) != HT_OK)
        check(false, "the engine opens: %s", error.text);
}

static void run_until_idle(struct host *host)
{
    int64_t limit_ns = ht_clock_mono_ns() + 5 * HT_NS_PER_S;
    struct ht_error error;
    while (!ht_engine_idle(host->engine) && ht_clock_mono_ns() < limit_ns) {
        struct pollfd ready = {.fd = ht_engine_fd(host->engine), .events = POLLIN};
        (void)poll(&ready, 1, 100);
        if (ht_engine_dispatch(host->engine, &error) != HT_OK)
            check(false, "dispatching: %s", error.text);
    }
    check(ht_engine_idle(host->engine), "then there is nothing to do");
}

/* Who keeps an engine busy by a new target for each record must be able to end. */
static void replaced(void)
{
    struct host host;
    set_up(&host, 0);
    host.replaces = true;
    host.interrupts_at = 2;
    add(&host, HERE, HT_ICMP, 0);
    open_engine(&host);
    run_until_idle(&host);
    check(host.reports == 3 && host.stop_reason == HT_STOP_INTERRUPTED,
          "an interruption ends what a callback keeps going: %u reports", host.reports);
    ht_engine_free(host.engine);
    set_up(&host, 1);
    host.replaces = true;
    add(&host, HERE, HT_ICMP, 0);
    open_engine(&host);
    run_until_idle(&host);
    check(host.reports == 1 && host.stop_reason == HT_STOP_DEADLINE,
          "so does a deadline: %u reports", host.reports);
    ht_engine_free(host.engine);
}

/* What is due in the same dispatch does not begin any more. */
static void no_round_more(void)
{
    struct host host;
    set_up(&host, 0);
    host.interrupts_at = 4;
    for (int i = 0; i < 3; i++)
        add(&host, NO_WAY, HT_ICMP, HT_NS_PER_S / 10);
    open_engine(&host);
    struct ht_error error;
    for (int i = 0; i < 2; i++) {
        sleep_ms(300);
        check(ht_engine_dispatch(host.engine, &error) == HT_OK, "all are due");
    }
    check(host.reports == 4 && ht_engine_idle(host.engine),
          "an interruption in a callback begins no round: %u reports", host.reports);
    ht_engine_free(host.engine);
}

/* A literal that no single host has is told at once. */
static void unfit(void)
{
    static const char *const hosts[] = {"0.0.0.0",         "::",      "224.0.0.1",
                                        "255.255.255.255", "ff02::1", "ff02::1%lo"};
    struct host host;
    set_up(&host, 0);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct ht_target target = {.host = hosts[i]};
        struct ht_error error;
        ht_settings_init(&target.settings);
        check(ht_engine_add(host.engine, &target, NULL, &error) == HT_ERR_INVALID &&
                  strstr(error.text, hosts[i]) != NULL,
              "no target: %s", error.text);
    }
    ht_engine_free(host.engine);
}

static void not_opened(void)
{
    struct host host;
    struct ht_error error;
    set_up(&host, 0);
    add(&host, HERE, HT_ICMP, 0);
    check(ht_engine_dispatch(host.engine, &error) == HT_ERR_INVALID, "first comes opening");
    open_engine(&host);
    open_engine(&host);
    run_until_idle(&host);
    check(host.reports == 1 && host.status == HT_STATUS_REACHED, "twice does no harm");
    ht_engine_free(host.engine);
}

/* As by a host that closes whatever it does not know. */
static void no_loop(void)
{
    struct host host;
    struct ht_error error = {.code = HT_OK};
    set_up(&host, 0);
    add(&host, HERE, HT_ICMP, 0);
    open_engine(&host);
    int standard = dup(ht_engine_fd(host.engine));
    (void)close(ht_engine_fd(host.engine));
    check(ht_engine_dispatch(host.engine, &error) == HT_ERR_SYSTEM, "a lost descriptor is told: %s",
          error.text);
    (void)dup2(standard, ht_engine_fd(host.engine));
    (void)close(standard);
    ht_engine_free(host.engine);
}

/* The last case: it gives up all capabilities. */
static void late_needs(void)
{
    struct host host;
    set_up(&host, 0);
    add(&host, HERE, HT_ICMP, 0);
    open_engine(&host);
    check(drop_capabilities(), "no capabilities any more");
    run_until_idle(&host);
    check(host.status == HT_STATUS_REACHED, "what was opened goes on");
    add(&host, HERE, HT_UDP, 0);
    run_until_idle(&host);
    check(host.reports == 2 && host.status == HT_STATUS_REACHED, "for a target added later, too");
    add(&host, HERE, HT_TCP, 0);
    run_until_idle(&host);
    check(host.reports == 3 && host.status == HT_STATUS_PERMISSION_ERROR,
          "the first one for TCP comes too late");
    ht_engine_free(host.engine);
}

static const struct net_case cases[] = {
    {"replaced", replaced}, {"no_round_more", no_round_more},
    {"unfit", unfit},       {"not_opened", not_opened},
    {"no_loop", no_loop},   {"late_needs", late_needs},
};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
