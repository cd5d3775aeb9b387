/* The kernel refuses to hand over what was received (no memory, a filter of system calls): answers
 * that come meanwhile are this host's loss and not the network's, nobody turns in circles over a
 * socket that stays readable, and what recovers is measured as before. */
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

/* Of on_simnet.py: answers are on their way for long. */
#define HOST        "198.18.1.5"
#define HOPS        2
#define TIMEOUT_NS  (1 * HT_NS_PER_S)
#define PATIENCE_NS (20 * HT_NS_PER_S)

/* A refused call every 10 ms is four attempts. */
#define ATTEMPTS_MAX_PER_S 1000

int __real_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout);

static struct {
    int sys_errno; /* 0: nothing is refused */
    unsigned refused;
    int64_t put_aside_ns; /* how long the process is put aside, once, ... */
    unsigned until_aside; /* ... after it has read this number of further answers */
} kernel;

static void put_aside(int count, int flags)
{
    const struct timespec time = {.tv_nsec = (long)kernel.put_aside_ns};
    if (count <= 0 || (flags & MSG_ERRQUEUE) != 0 || kernel.put_aside_ns == 0)
        return;
    kernel.until_aside -=
        (unsigned)count < kernel.until_aside ? (unsigned)count : kernel.until_aside;
    if (kernel.until_aside > 0)
        return;
    kernel.put_aside_ns = 0;
    (void)nanosleep(&time, NULL);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout)
{
    if (kernel.sys_errno == 0) {
        int read = __real_recvmmsg(fd, messages, count, flags, timeout);
        put_aside(read, flags);
        return read;
    }
    kernel.refused++;
    errno = kernel.sys_errno;
    return -1;
}

struct outcome {
    unsigned records;
    enum ht_status status;
    size_t hops;
    double loss_percent;
    double hop_loss_percent; /* the highest */
    uint32_t sent;
    uint32_t local_errors;
    double duration_ms;
    char error[HT_ERROR_TEXT_MAX];
};

static void on_report(void *user, const struct ht_report *report)
{
    struct outcome *outcome = user;
    outcome->records++;
    outcome->status = report->status;
    outcome->hops = report->listed_hops;
    outcome->loss_percent = report->loss_percent;
    outcome->hop_loss_percent = 0;
    for (size_t i = 0; i < report->listed_hops; i++)
        outcome->hop_loss_percent = fmax(outcome->hop_loss_percent, report->hops[i].loss_percent);
    outcome->sent = report->sent;
    outcome->local_errors = report->local_errors;
    outcome->duration_ms = ht_ns_to_ms(report->duration_ns);
    (void)snprintf(outcome->error, sizeof outcome->error, "%s",
                   report->error != NULL ? report->error : "");
}

static int64_t now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * HT_NS_PER_S + time.tv_nsec;
}

/* One round, in which the kernel refuses from its begin until then. */
static bool measure_target(struct ht_engine *engine, const struct ht_target *target, int sys_errno,
                           int64_t until_ns)
{
    struct ht_error error;
    if (ht_engine_add(engine, target, NULL, &error) != HT_OK ||
        ht_engine_open(engine, &error) != HT_OK)
        return false;
    int64_t began_ns = now_ns();
    kernel.sys_errno = sys_errno;
    kernel.refused = 0;
    for (int64_t age_ns = 0; !ht_engine_idle(engine) && age_ns < PATIENCE_NS;
         age_ns = now_ns() - began_ns) {
        if (age_ns >= until_ns)
            kernel.sys_errno = 0;
        struct pollfd ready = {.fd = ht_engine_fd(engine), .events = POLLIN};
        (void)poll(&ready, 1, 20);
        if (ht_engine_dispatch(engine, &error) != HT_OK)
            return false;
    }
    kernel.sys_errno = 0;
    return ht_engine_idle(engine);
}

static bool measure(struct ht_engine *engine, int sys_errno, int64_t until_ns)
{
    struct ht_target target = {.host = HOST};
    ht_settings_init(&target.settings);
    target.settings.numeric = true;
    target.settings.timeout_ns = TIMEOUT_NS;
    return measure_target(engine, &target, sys_errno, until_ns);
}

static bool is_whole(const struct outcome *outcome)
{
    return outcome->records == 1 && outcome->status == HT_STATUS_REACHED && outcome->hops == HOPS &&
           outcome->loss_percent == 0 && outcome->hop_loss_percent == 0;
}

static struct ht_engine *new_engine(struct outcome *outcome)
{
    struct ht_engine *engine = NULL;
    struct ht_error error;
    struct ht_engine_options options = {.on_report = on_report, .user = outcome};
    check(ht_engine_new(&options, &engine, &error) == HT_OK, "an engine");
    return engine;
}

/* What the kernel kept is read later, with its stamps. */
static void for_a_while(void)
{
    struct outcome outcome = {0};
    struct ht_engine *engine = new_engine(&outcome);
    if (engine == NULL)
        return;
    bool measured = measure(engine, ENOMEM, 500 * HT_NS_PER_MS);
    check(measured && is_whole(&outcome),
          "refused for half a second: reached without loss (%u records, %g %% lost)",
          outcome.records, outcome.loss_percent);
    check(outcome.local_errors == 0, "and all was read in the end: %u local errors",
          outcome.local_errors);
    ht_engine_free(engine);
}

static void for_good(int sys_errno)
{
    struct outcome outcome = {0};
    struct ht_engine *engine = new_engine(&outcome);
    if (engine == NULL)
        return;
    bool measured = measure(engine, sys_errno, HT_NEVER);
    check(measured && outcome.records == 1 && outcome.status == HT_STATUS_ERROR,
          "%s: one record, an error", strerror(sys_errno));
    check(strstr(outcome.error, "answers cannot be read: ") == outcome.error &&
              strstr(outcome.error, strerror(sys_errno)) != NULL,
          "which says what was refused: %s", outcome.error);
    check(isnan(outcome.loss_percent) && outcome.hops == 0,
          "nothing is claimed of the path: %g %% lost", outcome.loss_percent);
    check(outcome.local_errors == outcome.sent && outcome.sent > 0,
          "all %u probes are local errors: %u", outcome.sent, outcome.local_errors);
    check(outcome.duration_ms < 5000, "within %g ms", outcome.duration_ms);
    check(kernel.refused > 0 && kernel.refused < ATTEMPTS_MAX_PER_S * outcome.duration_ms / 1000,
          "%u calls were refused in that time", kernel.refused);
    outcome = (struct outcome){0};
    measured = measure(engine, 0, 0);
    check(measured && is_whole(&outcome) && outcome.local_errors == 0,
          "after that all is right (%u records, %g %% lost, %u local errors)", outcome.records,
          outcome.loss_percent, outcome.local_errors);
    ht_engine_free(engine);
}

static void of_any_kind(void)
{
    static const int refusals[] = {ENOMEM, EPERM, EIO, ENOBUFS};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        for_good(refusals[i]);
}

/* Hop 1 answers after 150 ms, the target after 200, each of them twice. Between the reading of the
 * last answer but one and whatever follows, the last one comes, in time, and its time runs out. */
static void while_put_aside(void)
{
    struct outcome outcome = {0};
    struct ht_engine *engine = new_engine(&outcome);
    struct ht_target target = {.host = HOST};
    if (engine == NULL)
        return;
    ht_settings_init(&target.settings);
    target.settings.numeric = true;
    target.settings.probes = 2;
    target.settings.retries = 0;
    target.settings.timeout_ns = 250 * HT_NS_PER_MS;
    kernel.put_aside_ns = 300 * HT_NS_PER_MS;
    kernel.until_aside = 3;
    bool measured = measure_target(engine, &target, 0, 0);
    check(measured && is_whole(&outcome),
          "what came in time while the process was put aside counts (%u records, %g %% lost)",
          outcome.records, outcome.loss_percent);
    check(kernel.put_aside_ns == 0 && outcome.duration_ms > 400, "it was: %g ms",
          outcome.duration_ms);
    ht_engine_free(engine);
}

/* The first case must not find late answers to the probes of another. */
static const struct net_case cases[] = {{"while_put_aside", while_put_aside},
                                        {"for_a_while", for_a_while},
                                        {"of_any_kind", of_any_kind}};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
