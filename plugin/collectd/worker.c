#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon.h"
#include "hoptrace.h"

/* How long until an engine that gave up is made anew. */
#define RETRY_MS 10000

struct worker {
    struct setup *setup;
    struct ht_engine *engine; /* the thread's once it runs; NULL: to be made */
    int wake_fd;              /* readable: stop */
    pthread_t thread;
    bool open_told; /* what is wrong with the sockets has been said */
    bool pps_told;  /* that the ceiling is too low has been said */
    bool broken;    /* the engine's failure has been said, and it has not run since */
};

/* One warning a stall, not one a round. */
static void tell_drop(struct target *target, const char *why)
{
    if (!target->drop_told)
        daemon_say(DAEMON_WARNING, "target \"%s\": %s, records are lost", target->name, why);
    target->drop_told = true;
}

/* Once. How long the paths are is not known before the first rounds. */
static void tell_pps_short(struct worker *worker)
{
    uint32_t needed = ht_engine_pps_short(worker->engine);
    if (worker->pps_told || needed == 0)
        return;
    worker->pps_told = true;
    daemon_say(DAEMON_WARNING,
               "Pps %u is too low, rounds are left out: the targets need about %u; or raise "
               "Interval, or lower Probes",
               worker->setup->process.pps, needed);
}

static bool is_fault(enum ht_status status)
{
    return status == HT_STATUS_RESOLVE_ERROR || status == HT_STATUS_PERMISSION_ERROR ||
           status == HT_STATUS_ERROR;
}

/* What the engine says of a privilege is for a program; for the daemon it was said at the start. */
static const char *reason(const struct ht_report *report)
{
    if (report->status == HT_STATUS_PERMISSION_ERROR)
        return "a privilege is missing";
    return report->error != NULL ? report->error : ht_status_name(report->status);
}

/* What is wrong on our side: when it begins, and when it is over. */
static void tell_fault(struct target *target, const struct ht_report *report)
{
    bool fault = is_fault(report->status);
    if (fault && !target->fault_told)
        daemon_say(DAEMON_WARNING, "target \"%s\" cannot be measured: %s", target->name,
                   reason(report));
    else if (!fault && target->fault_told)
        daemon_say(DAEMON_NOTICE, "target \"%s\" is measured again", target->name);
    target->fault_told = fault;
}

static void on_report(void *user, const struct ht_report *report)
{
    tell_pps_short(user);
    struct target *target = report->user;
    tell_fault(target, report);
    struct letter letter = {.report = ht_report_copy(report)};
    if (letter.report == NULL) { /* the events wait for the next record */
        tell_drop(target, "no memory");
        return;
    }
    letter.events = ht_event_list_take(&target->events);
    if (!mailbox_put(&target->mailbox, &letter))
        tell_drop(target, "the daemon does not read");
    else
        target->drop_told = false;
}

static void on_notice(void *user, const struct ht_event *event)
{
    (void)user;
    struct target *target = event->user;
    if (!ht_event_list_add(&target->events, event))
        tell_drop(target, "no memory");
}

static void on_problem(void *user, const struct ht_error *error)
{
    (void)user;
    /* The engine's text has a command that is none for a daemon, see tell_open. */
    if (error->code == HT_ERR_PERMISSION)
        daemon_say(DAEMON_NOTICE, "CAP_NET_RAW is missing: measuring by sockets without privilege");
    else
        daemon_say(DAEMON_WARNING, "%s", error->text);
}

static void on_health(void *user, const struct ht_health *health)
{
    struct worker *worker = user;
    self_put(&worker->setup->self, health);
}

static int add_target(struct ht_engine *engine, struct target *target, struct ht_error *error)
{
    struct ht_target given = {
        .name = target->name,
        .host = target->host,
        .settings = target->settings,
        .user = target,
    };
    return ht_engine_add(engine, &given, NULL, error);
}

/* What the engine does not accept is left out; anything else is a reason to try again later. */
static int add_targets(struct ht_engine *engine, const struct setup *setup, struct ht_error *error)
{
    for (struct target *target = setup->targets; target != NULL; target = target->next) {
        int status = add_target(engine, target, error);
        if (status == HT_ERR_INVALID)
            daemon_say(DAEMON_WARNING, "target \"%s\" is skipped: %s", target->name, error->text);
        else if (status != HT_OK)
            return status;
    }
    return HT_OK;
}

static void tell_open(struct worker *worker, const struct ht_error *error)
{
    if (worker->open_told)
        return;
    worker->open_told = true;
    if (error->code != HT_ERR_PERMISSION) {
        daemon_say(DAEMON_WARNING, "%s", error->text);
        return;
    }
    /* The engine's text has the command for a program that raises by itself what its file permits.
     * The daemon does not, and one in effect by the file keeps a daemon from starting whose unit
     * bounds it. A bounding set where there was none would take the daemon's other ones. */
    daemon_say(DAEMON_WARNING,
               "CAP_NET_RAW is missing, result_code will be 4. A daemon that runs as root has it. "
               "Else, under systemd: `systemctl edit collectd`, add the lines [Service] and "
               "AmbientCapabilities=CAP_NET_RAW (and CapabilityBoundingSet=CAP_NET_RAW if the unit "
               "has such a line already), restart. Elsewhere: `setcap cap_net_raw+ep` on the "
               "daemon's program");
}

/* Makes the engine with its targets and sockets. */
static int make_engine(struct worker *worker, struct ht_error *error)
{
    const struct ht_process_settings *process = &worker->setup->process;
    struct ht_engine_options options = {.pps = process->pps,
                                        .on_report = on_report,
                                        .state = process->state,
                                        .on_problem = on_problem,
                                        .on_notice = process->events ? on_notice : NULL,
                                        .sockets = process->sockets,
                                        .on_health = process->self ? on_health : NULL,
                                        .health_interval_ns = worker->setup->interval_ns,
                                        .user = worker};
    int status = ht_engine_new(&options, &worker->engine, error);
    if (status != HT_OK) {
        worker->engine = NULL;
        return status;
    }
    status = add_targets(worker->engine, worker->setup, error);
    if (status != HT_OK) {
        ht_engine_free(worker->engine);
        worker->engine = NULL;
        return status;
    }
    if (ht_engine_open(worker->engine, error) != HT_OK)
        tell_open(worker, error);
    return HT_OK;
}

static void tell_broken(struct worker *worker, const struct ht_error *error)
{
    if (!worker->broken)
        daemon_say(DAEMON_ERROR, "the engine cannot go on, it is tried again every %d s: %s",
                   RETRY_MS / 1000, error->text);
    worker->broken = true;
}

static void try_engine(struct worker *worker)
{
    struct ht_error error;
    if (make_engine(worker, &error) != HT_OK)
        tell_broken(worker, &error);
    else if (worker->broken)
        daemon_say(DAEMON_NOTICE, "the engine is back");
    worker->broken = worker->engine == NULL;
}

/* Waits until the engine has work (without one: until it is time to try again) or the daemon
 * stops; true: it stops. */
static bool wait_for_work(const struct worker *worker)
{
    struct pollfd watched[2] = {{.fd = worker->wake_fd, .events = POLLIN},
                                {.fd = -1, .events = POLLIN}};
    int timeout_ms = RETRY_MS;
    if (worker->engine != NULL) {
        watched[1].fd = ht_engine_fd(worker->engine);
        timeout_ms = -1;
    }
    if (poll(watched, 2, timeout_ms) < 0)
        return false; /* the dispatch that follows finds out what it is about */
    return watched[0].revents != 0;
}

static void dispatch(struct worker *worker)
{
    struct ht_error error;
    if (ht_engine_dispatch(worker->engine, &error) == HT_OK)
        return;
    tell_broken(worker, &error);
    ht_engine_free(worker->engine);
    worker->engine = NULL;
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    if (worker->engine != NULL)
        dispatch(worker); /* the first rounds begin */
    while (!wait_for_work(worker)) {
        if (worker->engine == NULL)
            try_engine(worker);
        if (worker->engine != NULL)
            dispatch(worker);
    }
    return NULL;
}

/* Signals are for the daemon's main thread, which sleeps until one comes: a SIGTERM that we took
 * would leave it asleep. The new thread inherits the mask. */
static int start_thread(struct worker *worker)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    int refused = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (refused != 0)
        return refused;
    refused = daemon_thread(&worker->thread, run, worker, "traceroute");
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return refused;
}

static void discard(struct worker *worker)
{
    ht_engine_free(worker->engine);
    if (worker->wake_fd >= 0)
        (void)close(worker->wake_fd);
    free(worker);
}

int worker_start(struct setup *setup, struct worker **worker, struct ht_error *error)
{
    struct worker *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory");
    made->setup = setup;
    made->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->wake_fd < 0) {
        int refused = errno;
        discard(made);
        return ht_error_system(error, refused, "eventfd");
    }
    try_engine(made);
    int refused = start_thread(made);
    if (refused != 0) {
        discard(made);
        return ht_error_system(error, refused, "starting a thread");
    }
    *worker = made;
    return HT_OK;
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL)
        return;
    /* Cannot fail: the counter is at 0. */
    (void)eventfd_write(worker->wake_fd, 1);
    (void)pthread_join(worker->thread, NULL);
    discard(worker);
}
