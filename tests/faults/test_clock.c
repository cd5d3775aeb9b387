/* The wall clock steps, both ways, while an engine really measures: the engine's readings of it and
 * the kernel's stamps on what it receives are moved together, as if the machine's own clock had
 * been set. Packets that were stamped before the step keep the old time. */
#define _GNU_SOURCE /* recvmmsg */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "check.h"
#include "hoptrace.h"

/* Of on_simnet.py: so far away that the clock can step while answers are on their way. */
#define HOST         "198.18.1.5"
#define RTT_MS       200
#define HOPS         2
#define ROUTER_MS    150
#define LATE_MS      400 /* so late an answer may be read when its stamp cannot be trusted */
#define UNDER_WAY_NS (60 * HT_NS_PER_MS)
#define PATIENCE_NS  (10 * HT_NS_PER_S)
/* After a step the stamps are not trusted for a second. */
#define TRUST_NS (1200 * HT_NS_PER_MS)

int __real_clock_gettime(clockid_t id, struct timespec *time);
int __wrap_clock_gettime(clockid_t id, struct timespec *time);
int __real_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout);

/* ---- the clock that can be set ---- */

static struct {
    int64_t offset_ns; /* of the wall clock, now */
    int64_t before_ns; /* and before it was last set */
    int64_t set_ns;    /* when that was, by the machine's wall clock */
    int64_t asleep_ns; /* how long the machine has been suspended */
} clock_of_test;

/* What arrives is thrown away. */
static bool deaf;

static int64_t to_ns(struct timespec time)
{
    return (int64_t)time.tv_sec * HT_NS_PER_S + time.tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / HT_NS_PER_S, .tv_nsec = ns % HT_NS_PER_S};
}

static int64_t machine_ns(clockid_t id)
{
    struct timespec time = {0};
    (void)__real_clock_gettime(id, &time);
    return to_ns(time);
}

static void step_clock(int64_t step_ns)
{
    clock_of_test.before_ns = clock_of_test.offset_ns;
    clock_of_test.set_ns = machine_ns(CLOCK_REALTIME);
    clock_of_test.offset_ns += step_ns;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *time)
{
    int failed = __real_clock_gettime(id, time);
    if (failed == 0 && id == CLOCK_REALTIME)
        *time = to_timespec(to_ns(*time) + clock_of_test.offset_ns);
    if (failed == 0 && id == CLOCK_BOOTTIME)
        *time = to_timespec(to_ns(*time) + clock_of_test.asleep_ns);
    return failed;
}

static void move_stamp(struct cmsghdr *item)
{
    struct timespec stamp;
    if (item->cmsg_level != SOL_SOCKET ||
        (item->cmsg_type != SO_TIMESTAMPNS_NEW && item->cmsg_type != SO_TIMESTAMPNS) ||
        item->cmsg_len < CMSG_LEN(sizeof stamp))
        return;
    memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
    int64_t stamp_ns = to_ns(stamp);
    stamp = to_timespec(stamp_ns + (stamp_ns >= clock_of_test.set_ns ? clock_of_test.offset_ns
                                                                     : clock_of_test.before_ns));
    memcpy(CMSG_DATA(item), &stamp, sizeof stamp);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout)
{
    int received = __real_recvmmsg(fd, messages, count, flags, timeout);
    for (int i = 0; i < received; i++) {
        struct msghdr *message = &messages[i].msg_hdr;
        for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
             item = CMSG_NXTHDR(message, item))
            move_stamp(item);
    }
    if (received > 0 && deaf) {
        errno = EAGAIN;
        return -1;
    }
    return received;
}

/* ---- rounds ---- */

struct outcome {
    unsigned records;
    bool whole; /* reached, without any loss */
    bool torn;  /* says that this machine was suspended, and claims no loss */
    double loss_percent;
    double rtt_ms[HOPS];
    double duration_ms;
    int64_t time_ns;
    enum ht_time_source time_source;
};

static void on_report(void *user, const struct ht_report *report)
{
    struct outcome *outcome = user;
    outcome->records++;
    outcome->whole = report->status == HT_STATUS_REACHED && report->listed_hops == HOPS;
    for (size_t i = 0; i < report->listed_hops && i < HOPS; i++) {
        outcome->whole &= report->hops[i].loss_percent == 0;
        outcome->rtt_ms[i] = report->hops[i].rtt.max_ms;
    }
    outcome->torn = report->status == HT_STATUS_ERROR && isnan(report->loss_percent) &&
                    report->sent == 0 && report->listed_hops == 0 &&
                    strstr(report->error, "suspended") != NULL;
    outcome->loss_percent = report->loss_percent;
    outcome->duration_ms = ht_ns_to_ms(report->duration_ns);
    outcome->time_ns = report->time_ns;
    outcome->time_source = report->time_source;
}

/* Happens once, while answers are on their way. */
struct event {
    void (*happen)(int64_t duration_ns); /* NULL: nothing does */
    int64_t duration_ns;
};

/* One round. */
static bool measure(struct ht_engine *engine, struct event event)
{
    struct ht_error error;
    struct ht_target target = {.host = HOST};
    ht_settings_init(&target.settings);
    target.settings.probes = 1;
    target.settings.retries = 0;
    target.settings.numeric = true;
    target.settings.timeout_ns = 2 * HT_NS_PER_S;
    if (ht_engine_add(engine, &target, NULL, &error) != HT_OK ||
        ht_engine_open(engine, &error) != HT_OK)
        return false;
    int64_t began_ns = machine_ns(CLOCK_MONOTONIC);
    for (int64_t age_ns = 0; !ht_engine_idle(engine) && age_ns < PATIENCE_NS;
         age_ns = machine_ns(CLOCK_MONOTONIC) - began_ns) {
        if (age_ns > UNDER_WAY_NS && event.happen != NULL) {
            event.happen(event.duration_ns);
            event.happen = NULL;
        }
        struct pollfd ready = {.fd = ht_engine_fd(engine), .events = POLLIN};
        (void)poll(&ready, 1, 10);
        if (ht_engine_dispatch(engine, &error) != HT_OK)
            return false;
    }
    return event.happen == NULL;
}

static void judge(const struct outcome *outcome, int64_t wall_ns, const char *what)
{
    static const double truth_ms[HOPS] = {ROUTER_MS, RTT_MS};
    check(outcome->records == 1 && outcome->whole, "%s: one record, nothing is lost", what);
    for (size_t i = 0; i < HOPS; i++)
        check(outcome->rtt_ms[i] > truth_ms[i] - 1 && outcome->rtt_ms[i] < truth_ms[i] + LATE_MS,
              "%s: hop %zu took %.3f ms", what, i + 1, outcome->rtt_ms[i]);
    check(outcome->duration_ms >= RTT_MS && outcome->duration_ms < RTT_MS + 2 * LATE_MS,
          "%s: all of it %.3f ms", what, outcome->duration_ms);
    double off_ms = fabs(ht_ns_to_ms(outcome->time_ns - wall_ns));
    check(off_ms < LATE_MS, "%s: the record's time is that of the clock at its begin, %.3f ms off",
          what, off_ms);
}

static int64_t wall_ns(void)
{
    return machine_ns(CLOCK_REALTIME) + clock_of_test.offset_ns;
}

/* Whether the kernel's stamps count; a slow machine may take long for a round. */
enum trust { TRUSTED, DISTRUSTED, EITHER };

/* A round in which the clock steps, one right after it, and one when stamps are trusted again. */
static void step_by(int64_t step_ns, const char *what)
{
    struct outcome outcome = {0};
    struct ht_engine *engine;
    struct ht_error error;
    struct ht_engine_options options = {.on_report = on_report, .user = &outcome};
    if (!check(ht_engine_new(&options, &engine, &error) == HT_OK, "%s: an engine", what))
        return;
    const struct {
        const char *name;
        struct event event;
        int64_t wait_ns;
        enum trust trust;
    } rounds[] = {{"before", {NULL, 0}, 0, TRUSTED},
                  {"in it", {step_clock, step_ns}, 0, DISTRUSTED},
                  {"right after", {NULL, 0}, 0, EITHER},
                  {"long after", {NULL, 0}, TRUST_NS, TRUSTED}};
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s, %s", what, rounds[i].name);
        sleep_ms(rounds[i].wait_ns / HT_NS_PER_MS);
        outcome = (struct outcome){0};
        int64_t begin_ns = wall_ns();
        check(measure(engine, rounds[i].event), "%s: measured", name);
        judge(&outcome, begin_ns, name);
        if (rounds[i].trust != EITHER)
            check((outcome.time_source == HT_TIME_USER) == (rounds[i].trust == DISTRUSTED),
                  "%s: stamps are %s", name,
                  rounds[i].trust == DISTRUSTED ? "not trusted" : "trusted");
    }
    ht_engine_free(engine);
}

static void forward(void)
{
    step_by(10800 * HT_NS_PER_S, "three hours forward");
    step_by(1 * HT_NS_PER_S, "a second forward");
}

static void backward(void)
{
    step_by(-10800 * HT_NS_PER_S, "three hours back");
    step_by(-1 * HT_NS_PER_S, "a second back");
}

/* Nothing that was on its way arrives. */
static void miss_answers(int64_t duration_ns)
{
    (void)duration_ns;
    deaf = true;
}

static void suspend(int64_t duration_ns)
{
    deaf = true;
    clock_of_test.asleep_ns += duration_ns;
    step_clock(duration_ns);
}

static void suspended(void)
{
    struct outcome outcome = {0};
    struct ht_engine *engine;
    struct ht_error error;
    struct ht_engine_options options = {.on_report = on_report, .user = &outcome};
    if (!check(ht_engine_new(&options, &engine, &error) == HT_OK, "an engine"))
        return;
    /* The same without a suspension: this is what is to be told from it. */
    bool measured = measure(engine, (struct event){miss_answers, 0});
    check(measured && outcome.records == 1 && outcome.loss_percent == 100,
          "answers that the network loses are a loss of %g %%", outcome.loss_percent);
    deaf = false;
    outcome = (struct outcome){0};
    check(measure(engine, (struct event){suspend, 28800 * HT_NS_PER_S}) && outcome.records == 1 &&
              outcome.torn,
          "suspended for eight hours: one record, an error without loss");
    deaf = false;
    outcome = (struct outcome){0};
    int64_t begin_ns = wall_ns();
    check(measure(engine, (struct event){NULL, 0}), "after that: measured");
    judge(&outcome, begin_ns, "after that");
    ht_engine_free(engine);
}

static const struct net_case cases[] = {
    {"forward", forward}, {"backward", backward}, {"suspended", suspended}};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
