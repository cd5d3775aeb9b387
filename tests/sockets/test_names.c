/* Records that wait for the names of their nodes: the engine with addresses of this host as
 * targets, and tests/support/name_server.py, run as test_reverse.c is. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "hoptrace.h"
#include "net/clock.h"

/* Its name is known at once; comes after 0.3 s; never comes. */
#define KNOWN  "10.1.0.1"
#define LATE   "10.70.30.1"
#define SILENT "10.68.0.1"

struct host {
    struct ht_engine *engine;
    unsigned reports;
    char hostname[256]; /* of the last report's last node; "": none */
    enum ht_stop_reason stop_reason;
    int64_t duration_ns;
    bool interrupts;     /* with the first report */
    uint32_t removes_id; /* with the first report; 0: none */
};

static bool refuse_copies;

struct ht_report *__real_ht_report_copy(const struct ht_report *report);
struct ht_report *__wrap_ht_report_copy(const struct ht_report *report);

struct ht_report *__wrap_ht_report_copy(const struct ht_report *report)
{
    return refuse_copies ? NULL : __real_ht_report_copy(report);
}

static void on_report(void *user, const struct ht_report *report)
{
    struct host *host = user;
    host->reports++;
    host->stop_reason = report->stop_reason;
    host->duration_ns = report->duration_ns;
    host->hostname[0] = '\0';
    if (report->listed_hops > 0 && report->hops[0].node_count > 0 &&
        report->hops[0].nodes[0].hostname != NULL)
        (void)snprintf(host->hostname, sizeof host->hostname, "%s",
                       report->hops[0].nodes[0].hostname);
    if (host->interrupts)
        ht_engine_interrupt(host->engine);
    if (host->removes_id != 0)
        ht_engine_remove(host->engine, host->removes_id);
}

static void set_up(struct host *host)
{
    *host = (struct host){.engine = NULL};
    struct ht_engine_options options = {.on_report = on_report, .user = host};
    struct ht_error error;
    if (ht_engine_new(&options, &host->engine, &error) != HT_OK)
        check(false, "an engine: %s", error.text);
}

static uint32_t add(struct host *host, const char *address, bool numeric)
{
    struct ht_target target = {.host = address};
    struct ht_error error;
    uint32_t id = 0;
    ht_settings_init(&target.settings);
    target.settings.probes = 1;
    target.settings.numeric = numeric;
    if (ht_engine_add(host->engine, &target, &id, &error) != HT_OK)
        check(false, "%s can be added: %s", address, error.text);
    return id;
}

static void run_for(struct host *host, int64_t duration_ms)
{
    int64_t limit_ns = ht_clock_mono_ns() + duration_ms * HT_NS_PER_MS;
    struct ht_error error;
    for (int64_t left_ns; (left_ns = limit_ns - ht_clock_mono_ns()) > 0;) {
        struct pollfd ready = {.fd = ht_engine_fd(host->engine), .events = POLLIN};
        (void)poll(&ready, 1, (int)(left_ns / HT_NS_PER_MS) + 1);
        if (ht_engine_dispatch(host->engine, &error) != HT_OK)
            check(false, "dispatching: %s", error.text);
    }
}

static void open_engine(struct host *host)
{
    struct ht_error error;
    if (ht_engine_open(host->engine, &error) != HT_OK)
        check(false, "the engine opens: %s", error.text);
}

/* An engine with one target whose record is closed and kept. */
static uint32_t keep_one(struct host *host, const char *address)
{
    set_up(host);
    uint32_t id = add(host, address, false);
    open_engine(host);
    run_for(host, 150);
    check(host->reports == 0 && !ht_engine_idle(host->engine), "a record is kept");
    return id;
}

static void waiting(void)
{
    struct host host;
    (void)keep_one(&host, LATE);
    run_for(&host, 250);
    check(host.reports == 1 && strcmp(host.hostname, "late-30-1.test") == 0,
          "a late name is waited for: %s", host.hostname);
    check(host.duration_ns < 100 * HT_NS_PER_MS && host.stop_reason == HT_STOP_DESTINATION,
          "the record says nothing of the wait");
    check(ht_engine_idle(host.engine), "then there is nothing to do");
    ht_engine_free(host.engine);
    (void)keep_one(&host, SILENT);
    run_for(&host, 250);
    check(host.reports == 0, "a name that does not come is waited for");
    run_for(&host, 250);
    check(host.reports == 1 && host.hostname[0] == '\0' && ht_engine_idle(host.engine),
          "but not longer than half a second");
    ht_engine_free(host.engine);
}

static void numeric(void)
{
    struct host host;
    set_up(&host);
    (void)add(&host, KNOWN, true);
    (void)add(&host, SILENT, true);
    open_engine(&host);
    run_for(&host, 150);
    check(host.reports == 2 && host.hostname[0] == '\0', "numeric targets wait for nothing");
    ht_engine_free(host.engine);
}

static void removed(void)
{
    struct host host;
    uint32_t id = keep_one(&host, SILENT);
    ht_engine_remove(host.engine, id);
    check(ht_engine_idle(host.engine), "with its target a record goes");
    run_for(&host, 600);
    check(host.reports == 0, "and is never delivered");
    ht_engine_free(host.engine);
    (void)keep_one(&host, SILENT);
    ht_engine_free(host.engine);
    check(host.reports == 0, "and so it does with the engine");
}

static void interrupted(void)
{
    struct host host;
    (void)keep_one(&host, SILENT);
    ht_engine_interrupt(host.engine);
    check(host.reports == 1 && host.stop_reason == HT_STOP_DESTINATION,
          "an interruption delivers what is kept, as it is");
    check(ht_engine_idle(host.engine), "and nothing is left");
    ht_engine_free(host.engine);
}

/* Other targets' callbacks. */
static void from_callbacks(void)
{
    struct host host;
    (void)keep_one(&host, SILENT);
    host.interrupts = true;
    (void)add(&host, KNOWN, false);
    run_for(&host, 150);
    check(host.reports == 2 && ht_engine_idle(host.engine), "an interruption from a callback too");
    ht_engine_free(host.engine);
    uint32_t id = keep_one(&host, SILENT);
    host.removes_id = id;
    (void)add(&host, KNOWN, false);
    run_for(&host, 150);
    check(host.reports == 1 && strcmp(host.hostname, "r-0-1.test") == 0, "a callback removes it");
    run_for(&host, 600);
    check(host.reports == 1 && ht_engine_idle(host.engine), "for good");
    ht_engine_free(host.engine);
}

static void no_memory(void)
{
    struct host host;
    refuse_copies = true;
    set_up(&host);
    (void)add(&host, SILENT, false);
    open_engine(&host);
    run_for(&host, 150);
    check(host.reports == 1 && host.hostname[0] == '\0' && ht_engine_idle(host.engine),
          "without memory for waiting nobody waits");
    refuse_copies = false;
    ht_engine_free(host.engine);
}

static const struct net_case cases[] = {
    {"waiting", waiting},
    {"numeric", numeric},
    {"removed", removed},
    {"interrupted", interrupted},
    {"from_callbacks", from_callbacks},
    {"no_memory", no_memory},
};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
