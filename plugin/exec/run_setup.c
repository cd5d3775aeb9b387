#include "run_setup.h"

#include <unistd.h>

#include "hoptrace.h"
#include "live/terminal.h"
#include "say.h"
#include "signals.h"
#include "sink.h"

/* Text that goes on at a terminal is one picture, where lines of stdin are not rounds. */
static bool is_live(const struct run *run)
{
    const struct ht_process_settings *process = &run->plan->process;
    return process->interval_ns != 0 && process->output_file == NULL &&
           process->trigger != HT_TRIGGER_STDIN && run->records.format->pieces != NULL &&
           live_is_possible();
}

static bool is_streaming(const struct run *run)
{
    return run->live == NULL && run->plan->target_count == 1 &&
           run->records.format->pieces != NULL && isatty(run->writer.fd) == 1;
}

bool run_keeps_page(const struct run *run)
{
    const struct ht_process_settings *process = &run->plan->process;
    return run->records.format->replaces &&
           (process->output_file != NULL || process->listen != NULL);
}

/* Where records go. A file that is replaced is not open in between. */
static int open_output(struct run *run, struct ht_error *error)
{
    const char *path = run->plan->process.output_file;
    int fd = path == NULL && !run_keeps_page(run) ? STDOUT_FILENO : -1;
    run->refused = path != NULL && run_keeps_page(run) && !sink_is_replaceable(path);
    int sys_errno = path != NULL && !run_keeps_page(run) ? sink_open(path, &fd) : 0;
    writer_init(&run->writer, fd);
    if (run->refused)
        return ht_error_set(error, HT_ERR_INVALID,
                            "--output-file: %.300s is no regular file, which alone can be replaced",
                            path);
    return sys_errno == 0 ? HT_OK : ht_error_system(error, sys_errno, "%s cannot be opened", path);
}

/* SIGHUP ends the program at a terminal: these targets stay. False: no memory. */
static bool show_targets(struct run *run)
{
    for (size_t i = 0; i < run->seats.count; i++) {
        struct seat *seat = run->seats.list[i];
        seat->shown = live_join(run->live, run->plan->targets[i].name);
        if (seat->shown == NULL)
            return false;
    }
    return true;
}

static int make_engine(struct run *run, const struct ht_engine_options *calls,
                       struct ht_error *error)
{
    const struct plan *plan = run->plan;
    bool notifies = run->records.format->for_collectd;
    struct ht_engine_options options = {
        .pps = plan->process.pps,
        .rounds = plan->process.rounds,
        .deadline_ns = plan->process.deadline_ns,
        .on_report = calls->on_report,
        .on_hop = run->records.streaming ? calls->on_hop : NULL,
        .on_event =
            (plan->process.events && !notifies) || run->live != NULL ? calls->on_event : NULL,
        .state = plan->process.state,
        .on_problem = calls->on_problem,
        .on_notice = plan->process.events && notifies ? calls->on_event : NULL,
        .triggered = plan->process.trigger != HT_TRIGGER_INTERVAL,
        .asn_db = plan->process.asn_db,
        .any_target = plan->process.interval_ns != 0 && plan->reads_files,
        .sockets = plan->process.sockets,
        .on_health = plan->process.self ? calls->on_health : NULL,
        .health_interval_ns = plan->process.interval_ns,
        .user = run,
    };
    struct seats_change change;
    int code = ht_engine_new(&options, &run->engine, error);
    run->seats = (struct seats){
        .engine = run->engine,
        .records = &run->records,
        .page = run->listener != NULL && !run->records.format->replaces ? &run->page : NULL,
        .lateness = &run->lateness};
    if (code == HT_OK)
        code = seats_exchange(&run->seats, plan, &change, error);
    if (code == HT_OK && run->live != NULL && !show_targets(run))
        code = ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    return code;
}

/* Before privileges go: a port may need one. */
static int open_listener(struct run *run, const struct ht_output_context *context,
                         struct ht_error *error)
{
    const struct ht_process_settings *process = &run->plan->process;
    struct ht_error wrong;
    if (process->listen == NULL)
        return HT_OK;
    records_init(&run->page, ht_output_find("prometheus"), context, process->interval_ns,
                 &run->page_text);
    int code = listen_open(process->listen, &run->listener, &wrong);
    run->refused = code != HT_OK && code != HT_ERR_NOMEM;
    return code == HT_OK ? code : ht_error_set(error, code, "--listen: %s", wrong.text);
}

int run_set_up(struct run *run, const struct ht_output_format *format,
               const struct ht_output_context *context, const struct ht_engine_options *calls,
               struct ht_error *error)
{
    const struct plan *plan = run->plan;
    run->writer = (struct writer){.fd = -1};
    records_init(&run->records, format, context, plan->process.interval_ns, &run->writer.text);
    int code = open_output(run, error);
    if (code == HT_OK)
        code = open_listener(run, context, error);
    if (code != HT_OK)
        return code;
    if (is_live(run))
        code = live_open(&run->writer.text, &run->live, error);
    if (run->live != NULL && isatty(STDERR_FILENO) == 1)
        say_keep(live_notes(run->live));
    if (code != HT_OK)
        return code;
    run->records.streaming = is_streaming(run);
    run->records.context.dated = plan->process.interval_ns != 0 && isatty(run->writer.fd) != 1;
    run->records.context.coloured = isatty(run->writer.fd) == 1 && terminal_has_colours();
    run->may_wait = plan->process.interval_ns != 0 && plan->process.rounds == 0 &&
                    plan->process.deadline_ns == 0;
    code = signals_open(&run->signal_fd, plan_round_signal(plan), &run->signalled_early, error);
    return code == HT_OK ? make_engine(run, calls, error) : code;
}

void run_tear_down(struct run *run)
{
    progress_clear(&run->progress);
    notify_stopping(&run->notify);
    file_access_fini(&run->files);
    ht_engine_free(run->engine);
    seats_fini(&run->seats);
    notify_close(&run->notify);
    records_fini(&run->records);
    records_fini(&run->page);
    live_free(run->live);
    ht_text_fini(&run->page_text);
    listen_close(run->listener);
    writer_fini(&run->writer);
    if (run->writer.fd >= 0 && run->writer.fd != STDOUT_FILENO)
        (void)close(run->writer.fd);
    if (run->signal_fd >= 0)
        (void)close(run->signal_fd);
}
