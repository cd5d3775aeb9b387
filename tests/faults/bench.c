#include "bench.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Longer than anything takes here, even for a processor that has much else to do. */
#define PATIENCE_S 30

/* A thousand times as long as an answer takes. */
#define TIMEOUT_NS (2 * HT_NS_PER_S)

/* Closed: refuses each probe by itself, where a listener might still be busy with the last round's.
 */
#define PORT 81

#define HOPS 2

struct truth {
    const char *host;
    const char *path[HOPS];
    enum ht_protocol protocol;
    bool numeric;
    uint8_t flows;
};

static const struct truth truths[BENCH_TARGETS] = {
    {"198.18.1.1", {"10.1.1.1", "198.18.1.1"}, HT_ICMP, true, 1},
    {"2001:db8:18::2", {"fd01:2::1", "2001:db8:18::2"}, HT_UDP, true, 2},
    {"198.18.1.3", {"10.1.3.1", "198.18.1.3"}, HT_TCP, true, 1},
    [BENCH_BY_NAME] = {"web.sim", {"10.1.4.1", "198.18.1.4"}, HT_ICMP, false, 1},
    [BENCH_NAMELESS] = {"nowhere.sim", {NULL, NULL}, HT_ICMP, true, 1},
};

static bool hop_is_right(const struct ht_hop *hop, const char *address, unsigned flows)
{
    char text[HT_ADDRESS_TEXT_MAX];
    return hop->sent == flows && hop->received == flows && hop->loss_percent == 0 &&
           hop->node_count == 1 &&
           strcmp(ht_address_format(&hop->nodes[0].facts.address, text), address) == 0;
}

static bool is_right(const struct ht_report *report, const struct truth *truth)
{
    if (truth->path[0] == NULL)
        return report->status == HT_STATUS_RESOLVE_ERROR && report->error != NULL &&
               strstr(report->error, "no such name") != NULL;
    if (report->status != HT_STATUS_REACHED || report->error != NULL ||
        report->listed_hops != HOPS || report->loss_percent != 0)
        return false;
    for (size_t i = 0; i < HOPS; i++) {
        if (!hop_is_right(&report->hops[i], truth->path[i], truth->flows))
            return false;
    }
    return true;
}

/* Of several flows one may be given up, which is said, while the others are measured. */
static bool lacks_a_flow(const struct ht_report *report)
{
    bool lacks = false;
    for (size_t i = 0; i < report->flow_count; i++)
        lacks |= report->flows[i].status == HT_STATUS_ERROR;
    return lacks && report->local_errors > 0;
}

static bool is_refusal(const struct ht_report *report)
{
    bool failed = report->status == HT_STATUS_ERROR || report->status == HT_STATUS_RESOLVE_ERROR;
    bool lost = !isnan(report->loss_percent) && report->loss_percent > 0;
    for (size_t i = 0; i < report->listed_hops; i++)
        lost |= report->hops[i].loss_percent > 0;
    if (lacks_a_flow(report) && !lost)
        return true;
    return failed && !lost && report->error != NULL && report->error[0] != '\0';
}

static void describe(const struct ht_report *report, char *text, size_t size)
{
    int used = snprintf(text, size, "%s: %s, %s, %s;", report->name, ht_status_name(report->status),
                        ht_stop_reason_name(report->stop_reason),
                        report->error != NULL ? report->error : "no error");
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        char address[HT_ADDRESS_TEXT_MAX] = "*";
        if (used < 0 || (size_t)used >= size)
            return;
        if (hop->node_count > 0)
            ht_address_format(&hop->nodes[0].facts.address, address);
        used += snprintf(text + used, size - (size_t)used, " %s %u/%u", address,
                         (unsigned)hop->received, (unsigned)hop->sent);
    }
}

static void on_report(void *user, const struct ht_report *report)
{
    struct bench *bench = user;
    const struct truth *truth = report->user;
    enum bench_verdict verdict = is_right(report, truth) ? BENCH_RIGHT
                                 : is_refusal(report)    ? BENCH_REFUSED
                                                         : BENCH_WRONG;
    bench->targets[truth - truths].records[verdict]++;
    if (verdict != BENCH_RIGHT)
        describe(report, bench->unlike, sizeof bench->unlike);
}

/* What is said must fit what is returned. */
static bool judge_call(struct bench *bench, int code)
{
    if (code != HT_OK && (code != (int)bench->error.code || bench->error.text[0] == '\0' ||
                          (code != HT_ERR_NOMEM && code != HT_ERR_SYSTEM)))
        bench->wrong_calls++;
    return code == HT_OK;
}

bool bench_new(struct bench *bench)
{
    *bench = (struct bench){0};
    struct ht_engine_options options = {.on_report = on_report, .user = bench};
    return judge_call(bench, ht_engine_new(&options, &bench->engine, &bench->error));
}

void bench_free(struct bench *bench)
{
    ht_engine_free(bench->engine);
    bench->engine = NULL;
}

static void add(struct bench *bench, size_t i)
{
    struct ht_target target = {.host = truths[i].host, .user = (void *)(uintptr_t)&truths[i]};
    struct bench_target *added = &bench->targets[i];
    ht_settings_init(&target.settings);
    target.settings.protocol = truths[i].protocol;
    target.settings.numeric = truths[i].numeric;
    target.settings.port = PORT;
    target.settings.probes = 1;
    target.settings.retries = 0;
    target.settings.flows = truths[i].flows;
    target.settings.timeout_ns = TIMEOUT_NS;
    target.settings.family = strchr(target.host, ':') != NULL ? HT_FAMILY_IPV6 : HT_FAMILY_IPV4;
    if (added->added)
        ht_engine_remove(bench->engine, added->id);
    *added = (struct bench_target){0};
    added->added =
        judge_call(bench, ht_engine_add(bench->engine, &target, &added->id, &bench->error));
    bench->failed_adds += !added->added;
}

static bool run(struct bench *bench)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (!ht_engine_idle(bench->engine) && time(NULL) < end) {
        struct pollfd ready = {.fd = ht_engine_fd(bench->engine), .events = POLLIN};
        (void)poll(&ready, 1, 1000);
        if (!judge_call(bench, ht_engine_dispatch(bench->engine, &bench->error)))
            return false;
    }
    return ht_engine_idle(bench->engine);
}

bool bench_round(struct bench *bench)
{
    bench->failed_adds = 0;
    bench->unlike[0] = '\0';
    for (size_t i = 0; i < BENCH_TARGETS; i++)
        add(bench, i);
    (void)judge_call(bench, ht_engine_open(bench->engine, &bench->error));
    return run(bench);
}

size_t bench_count(const struct bench *bench, enum bench_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < BENCH_TARGETS; i++) {
        unsigned all = 0;
        for (int kind = 0; kind < BENCH_VERDICTS; kind++)
            all += bench->targets[i].records[kind];
        count += all == 1 && bench->targets[i].records[verdict] == 1;
    }
    return count;
}
