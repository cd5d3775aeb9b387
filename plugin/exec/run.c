#include "run.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hoptrace.h"
#include "host_name.h"
#include "input.h"
#include "lateness.h"
#include "listen.h"
#include "live/live.h"
#include "notify.h"
#include "privileges.h"
#include "progress.h"
#include "records.h"
#include "reload.h"
#include "run_setup.h"
#include "run_state.h"
#include "sandbox/own_files.h"
#include "sandbox/sandbox.h"
#include "say.h"
#include "seats.h"
#include "signals.h"
#include "sink.h"
#include "writer.h"

/* How long, after a signal, a reader that does not read is waited for: those who stop us send
 * SIGKILL after some 5 s. */
#define LAST_WAIT_NS (4 * HT_NS_PER_S)

/* How often sockets that were refused for want of something are asked for again, at most. */
#define OPEN_AGAIN_NS (1 * HT_NS_PER_S)

/* So much text is not kept until the engine comes to a rest: thousands of records may close at a
 * time. A pipe takes half of it at once. */
#define PUMP_BYTES ((size_t)128 * 1024)

/* Between two writes, but to a terminal: each wakes a reader up, and of many targets records close
 * all the time. What comes after a pause leaves at once; what is held, when the engine wakes up
 * anyway, and after twice this time at the latest. */
#define WRITE_GAP_NS (50 * HT_NS_PER_MS)

int64_t run_clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * HT_NS_PER_S + now.tv_nsec;
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)HT_NS_PER_S;
}

static void note_signals(struct run *run, int count)
{
    if (count > 0 && run->signals == 0)
        run->give_up_ns = ht_time_add(run_clock_ns(), LAST_WAIT_NS);
    run->signals += count;
}

static void take_signals(struct run *run)
{
    struct signals_taken taken = signals_take(run->signal_fd);
    note_signals(run, taken.ends);
    run->round_wanted |= taken.rounds > 0;
    run->reload_wanted |= taken.reloads > 0;
}

static void take_input(struct run *run, const struct pollfd *polled)
{
    struct input_taken taken = input_take(&run->input, polled);
    if (taken.stop && run->signals == 0)
        note_signals(run, 1);
    run->round_wanted |= taken.lines > 0;
    run->last_round |= taken.ended;
}

/* Nothing more can be written. */
static void give_up_output(struct run *run, const char *why)
{
    const char *path = run->plan->process.output_file;
    say_error("%s: %s", path != NULL ? path : "standard output", why);
    run->failed = run->mute = true;
}

/* Gives a page to those who ask for it, and forgets it. */
static void serve(struct run *run, struct ht_text *text)
{
    if (run->listener != NULL && text->length > 0 && !text->failed &&
        !listen_set_page(run->listener, text))
        say_warning("--listen: out of memory: the page stays as it was");
    ht_text_clear(text);
}

/* The present state, if there is one that is not written. */
static int write_page(struct run *run)
{
    struct ht_text *text = &run->writer.text;
    const char *path = run->plan->process.output_file;
    int sys_errno = text->failed ? ENOMEM : 0;
    if (sys_errno == 0 && text->length > 0 && path != NULL)
        sys_errno = sink_replace(path, text);
    serve(run, text);
    return sys_errno;
}

/* True if text waits for more to be written with it. */
static bool is_held(const struct run *run, int64_t now_ns)
{
    return writer_pending(&run->writer) && now_ns < run->write_ns;
}

static void pump(struct run *run)
{
    int sys_errno = 0;
    bool writes = writer_pending(&run->writer);
    if (!run->mute)
        sys_errno = run_keeps_page(run) ? write_page(run) : writer_pump(&run->writer);
    if (sys_errno != 0)
        give_up_output(run, strerror(sys_errno));
    /* A reader that is slow is served as soon as it reads. */
    if (writes)
        run->write_ns = writer_pending(&run->writer) ? 0 : run_clock_ns() + run->write_gap_ns;
    serve(run, &run->page_text);
    if ((run->records.no_memory || run->page.no_memory) && !run->failed) {
        say_error("out of memory: records are lost");
        run->failed = true;
    }
}

/* A file that was renamed, as logs are, is left for a new one of its name. */
static void reopen_output(struct run *run)
{
    const char *path = run->plan->process.output_file;
    int fd;
    pump(run);
    if (path == NULL || run_keeps_page(run) || writer_pending(&run->writer))
        return;
    int sys_errno = sink_open(path, &fd);
    if (sys_errno != 0) {
        say_warning("%s: cannot be opened again, the old file goes on: %s", path,
                    strerror(sys_errno));
        return;
    }
    writer_fini(&run->writer);
    (void)close(run->writer.fd);
    writer_init(&run->writer, fd);
}

/* Milliseconds until then, rounded up, but no more than `most_ms`, where -1 is without end. */
static int milliseconds_until(int64_t moment_ns, int most_ms)
{
    if (moment_ns == HT_NEVER)
        return most_ms;
    int64_t left_ns = ht_time_max(moment_ns - run_clock_ns(), 0);
    int left_ms = (int)((left_ns + HT_NS_PER_MS - 1) / HT_NS_PER_MS);
    return most_ms >= 0 && most_ms < left_ms ? most_ms : left_ms;
}

/* Waits until there is something to do, and takes what is to end the program. `engine_fd` may be
 * -1. */
static void wait_for_work(struct run *run, int engine_fd, int timeout_ms)
{
    int64_t now_ns = run_clock_ns();
    if (run->live != NULL) {
        live_step(run->live, now_ns);
        pump(run);
    }
    progress_step(&run->progress, now_ns);
    listen_step(run->listener, now_ns);
    input_judge(&run->input, now_ns);
    notify_step(&run->notify, now_ns);
    bool held = is_held(run, now_ns);
    bool pending = writer_pending(&run->writer) && !held;
    struct pollfd places[] = {
        {.fd = engine_fd, .events = POLLIN},
        {.fd = run->signal_fd, .events = POLLIN},
        {.fd = run->writer.fd, .events = pending ? POLLOUT : 0},
        input_pollfd(&run->input),
        {.fd = listen_fd(run->listener), .events = POLLIN},
        {.fd = -1},
        {.fd = -1},
    };
    live_pollfds(run->live, &places[5]);
    int64_t wake_ns = ht_time_min(run->input.judge_ns, run->notify.next_ns);
    wake_ns = ht_time_min(wake_ns, listen_next_ns(run->listener, now_ns));
    wake_ns = ht_time_min(wake_ns, run->progress.next_ns);
    wake_ns = ht_time_min(wake_ns, live_next_ns(run->live));
    wake_ns = ht_time_min(wake_ns, held ? run->write_ns + run->write_gap_ns : HT_NEVER);
    if (poll(places, 5 + LIVE_FDS, milliseconds_until(wake_ns, timeout_ms)) <= 0)
        return;
    if (places[1].revents != 0)
        take_signals(run);
    take_input(run, &places[3]);
    if (live_take(run->live, &places[5]))
        note_signals(run, 1);
    if (!pending && (places[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
        give_up_output(run, "nobody reads it any more");
}

/* Both are worth a line, and none is a reason to stop: the records tell what is missing. What is
 * short now, such as descriptors, may be there later; the privilege to use it is kept till then,
 * and not a moment longer: what needs none is tried again by each round. */
static void open_engine(struct run *run)
{
    struct ht_error error;
    int code = ht_engine_open(run->engine, &error);
    if (code != HT_OK && !run->refusal_told)
        say_error("%s", error.text);
    run->refusal_told |= code != HT_OK;
    notify_ready(&run->notify); /* records tell what is missing */
    if (ht_engine_needs_privilege(run->engine)) {
        run->open_ns = ht_time_add(run_clock_ns(), OPEN_AGAIN_NS);
        return;
    }
    run->open_ns = HT_NEVER;
    if (privileges_drop(run->plan->marks, &error) != HT_OK)
        say_error("%s", error.text);
    if (!run->plan->process.no_sandbox && sandbox_close(&run->files, &error) != HT_OK)
        say_warning("sandbox: %s", error.text);
    file_access_fini(&run->files);
}

static void begin_wanted_rounds(struct run *run)
{
    if (run->round_wanted && run->plan->process.interval_ns != 0) {
        ht_engine_trigger(run->engine);
        run->triggered = true;
    }
    if (run->last_round) {
        ht_engine_finish(run->engine);
        run->may_wait = false;
        run->ends = true;
    }
    if (run->last_round && !run->triggered)
        say_warning("--trigger: standard input has ended before its first line: no round began");
    run->round_wanted = run->last_round = false;
}

/* A page without targets is none the less one: those who scrape this host are not to take it for
 * dead. */
static void page_without_targets(struct run *run)
{
    if (run->seats.count > 0)
        return;
    struct ht_text *text = run_keeps_page(run) ? &run->writer.text : &run->page_text;
    if (!run_keeps_page(run) && run->listener == NULL)
        return;
    ht_text_clear(text);
    ht_text_puts(text, "# no target falls to this host\n");
}

/* Of the targets; the rest of the configuration holds as long as the process does. */
static void reload(struct run *run)
{
    struct plan plan;
    struct seats_change change;
    struct ht_error error;
    notify_reloading(&run->notify);
    if (reload_plan(&run->reload, &plan) == HT_OK) {
        if (seats_exchange(&run->seats, &plan, &change, &error) != HT_OK) {
            say_error("%s", error.text);
            run->failed = true;
        }
        run->records.context.shortest_s = seconds(plan_shortest_interval_ns(&plan));
        progress_clear(&run->progress);
        progress_init(&run->progress, run->seats.count, isatty(run->writer.fd) != 1,
                      run_clock_ns());
        page_without_targets(run);
    }
    plan_fini(&plan);
    notify_ready(&run->notify);
}

/* What signals and lines of stdin have asked for. A single round is nothing that could be begun
 * again, nor a list of targets that is read once anything to be read again; targets that came after
 * the last round would wait for ever. */
static void obey(struct run *run)
{
    bool loops = run->plan->process.interval_ns != 0;
    if (loops && run->reload_wanted)
        reopen_output(run);
    if (loops && run->reload_wanted && run->plan->reads_files && !run->ends)
        reload(run);
    run->reload_wanted = false;
    begin_wanted_rounds(run);
}

/* A host to which no target falls waits like the others: agents would start it again and again. */
static bool is_over(const struct run *run)
{
    bool waits = run->may_wait && run->seats.count == 0;
    return run->failed || (ht_engine_idle(run->engine) && !waits);
}

static void measure(struct run *run)
{
    struct ht_error error;
    page_without_targets(run);
    while (!run->failed) {
        if (run->signals > 0) {
            ht_engine_interrupt(run->engine);
            return;
        }
        if (run_clock_ns() >= run->open_ns)
            open_engine(run);
        obey(run);
        if (ht_engine_dispatch(run->engine, &error) != HT_OK) {
            say_error("%s", error.text);
            run->failed = true;
        }
        if (!is_held(run, run_clock_ns()))
            pump(run);
        if (is_over(run))
            return;
        wait_for_work(run, ht_engine_fd(run->engine), -1);
    }
}

static void leave_live(struct run *run)
{
    live_leave(run->live);
    pump(run);
    say_keep(NULL);
}

/* Writes the last records. Who interrupts us twice does not want to wait. */
static void finish(struct run *run)
{
    if (run->live == NULL)
        records_finish(&run->records);
    progress_clear(&run->progress);
    leave_live(run);
    while (!run->mute && writer_pending(&run->writer)) {
        int patience = run->signals == 0 ? -1 : milliseconds_until(run->give_up_ns, -1);
        if (run->signals > 1 || patience == 0) {
            give_up_output(run, "nobody reads it, records are lost");
            return;
        }
        wait_for_work(run, -1, patience);
        pump(run);
    }
}

/* ---- what the engine has to tell ---- */

static void on_report(void *user, const struct ht_report *report)
{
    struct run *run = user;
    struct seat *seat = report->user;
    lateness_note(&run->lateness, &seat->lateness, report, run->plan->process.pps,
                  run->plan->interval_assumed ? 0 : ht_engine_pps_short(run->engine));
    progress_note(&run->progress, run_clock_ns());
    if (run->live == NULL)
        records_on_report(&run->records, seat->place, report);
    else if (!live_on_report(run->live, seat->shown, report))
        run->records.no_memory = true;
    if (seat->page_place != NULL)
        records_on_report(&run->page, seat->page_place, report);
    if (run->writer.text.length >= PUMP_BYTES)
        pump(run);
}

static void on_event(void *user, const struct ht_event *event)
{
    struct run *run = user;
    const struct seat *seat = event->user;
    if (run->live == NULL)
        records_on_event(&run->records, seat->place, event);
    else
        live_on_event(run->live, event);
}

static void on_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    struct run *run = user;
    records_on_hop(&run->records, so_far, hop);
}

static void on_health(void *user, const struct ht_health *health)
{
    struct run *run = user;
    if (run->live != NULL)
        live_on_health(run->live, health);
    else
        records_on_health(&run->records, health);
    if (run->listener != NULL && run->page.format != NULL)
        records_on_health(&run->page, health);
}

/* The records are as good without. */
static void on_problem(void *user, const struct ht_error *error)
{
    (void)user;
    say_warning("%s", error->text);
}

static const struct ht_engine_options calls = {.on_report = on_report,
                                               .on_hop = on_hop,
                                               .on_event = on_event,
                                               .on_health = on_health,
                                               .on_problem = on_problem};

int run(const struct options *options, struct plan_input *input, struct plan *plan,
        int64_t started_ns)
{
    const struct ht_output_format *format = options->format;
    char host[256];
    int64_t interval_ns =
        plan->collectd_interval_ns != 0 ? plan->collectd_interval_ns : plan->process.interval_ns;
    struct ht_output_context context = {.hostname = host_name(host, sizeof host),
                                        .interval_s = seconds(interval_ns),
                                        .shortest_s = seconds(plan_shortest_interval_ns(plan))};
    struct run run = {.plan = plan, .signal_fd = -1, .progress.next_ns = HT_NEVER};
    struct ht_error error;
    bool end_counts =
        plan->process.interval_ns != 0 && !format->for_collectd && !plan->list_from_stdin;
    /* The exec plugin of collectd has its own ways to stop us. */
    input_init(&run.input, end_counts, plan->process.trigger == HT_TRIGGER_STDIN, started_ns);
    notify_open(&run.notify);
    privileges_raise();
    if (reload_init(&run.reload, options, input, plan) != HT_OK) {
        say_error("out of memory");
        run.failed = true;
    } else if (run_set_up(&run, format, &context, &calls, &error) != HT_OK) {
        say_error("%s", error.text);
        run.failed = true;
    } else {
        progress_init(&run.progress, run.seats.count,
                      run.live == NULL && isatty(run.writer.fd) != 1, run_clock_ns());
        own_files(&run.files, options, plan);
        plan_forget_targets(plan);
        run.write_gap_ns = isatty(run.writer.fd) == 1 ? 0 : WRITE_GAP_NS;
        note_signals(&run, run.signalled_early);
        measure(&run);
        finish(&run);
    }
    if (run.live != NULL)
        leave_live(&run);
    run_tear_down(&run);
    if (run.refused)
        return EXIT_USAGE;
    return run.failed ? EXIT_RECORDS_LOST : EXIT_RECORDS_WRITTEN;
}
