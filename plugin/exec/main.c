/* hoptrace: prints the network paths to its targets. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/names.h"
#include "hoptrace/version.h"
#include "options.h"
#include "plan.h"
#include "run.h"
#include "say.h"
#include "signals.h"
#include "writer.h"

/* A descriptor of 0 to 2 that was closed would be given to the first socket opened, and records
 * or complaints written to the network. What stands in for it refuses to be written. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", O_RDONLY);
    }
}

/* Writes all of the text and ends the writer; returns the exit status. */
static int print_all(struct writer *writer)
{
    int sys_errno = writer_finish(writer);
    if (sys_errno != 0)
        say_error("standard output: %s", strerror(sys_errno));
    writer_fini(writer);
    return sys_errno == 0 ? EXIT_RECORDS_WRITTEN : EXIT_RECORDS_LOST;
}

static int print(enum options_action action)
{
    struct writer writer;
    writer_init(&writer, STDOUT_FILENO);
    if (action == OPTIONS_HELP)
        options_help(&writer.text);
    else
        ht_text_printf(&writer.text, "hoptrace %s\n", ht_version());
    return print_all(&writer);
}

/* HOSTs are no part of what is checked. */
static int print_checked(const struct options *options, const struct plan *plan)
{
    bool of_file = options->host_count == 0;
    size_t count = of_file ? plan->all_count : plan->config.target_count;
    struct writer writer;
    writer_init(&writer, STDOUT_FILENO);
    ht_text_printf(&writer.text, "%s: %zu target%s", options->process.config_path, count,
                   count == 1 ? "" : "s");
    if (!writer.text.failed)
        ht_line_clean(writer.text.data);
    if (of_file && plan->process.shard.hosts != 0)
        ht_text_printf(&writer.text, ", %zu of them in shard %u/%u", plan->target_count,
                       plan->process.shard.host, plan->process.shard.hosts);
    ht_text_putc(&writer.text, '\n');
    return print_all(&writer);
}

static int trace(const struct options *options, int64_t started_ns)
{
    struct plan_input input = {
        .collectd_interval = options->format->for_collectd ? getenv("COLLECTD_INTERVAL") : NULL};
    struct plan plan;
    int code = plan_make(options, &input, &plan, say_to_stderr, NULL);
    int status;
    if (code == HT_ERR_NOMEM) {
        say_error("out of memory");
        status = EXIT_RECORDS_LOST;
    } else if (code != HT_OK) {
        status = EXIT_USAGE;
    } else if (options->action == OPTIONS_TRACE) {
        status = run(options, &input, &plan, started_ns);
    } else {
        status = print_checked(options, &plan);
    }
    plan_fini(&plan);
    ht_text_fini(&input.text);
    return status;
}

int main(int argc, char **argv)
{
    signals_prepare();
    int64_t started_ns = run_clock_ns();
    hold_standard_descriptors();
    struct options options;
    int status;
    int code = options_parse(argc, argv, &options, say_to_stderr, NULL);
    if (code == HT_ERR_NOMEM) {
        say_error("out of memory");
        status = EXIT_RECORDS_LOST;
    } else if (code != HT_OK) {
        say_to_stderr(NULL, SAY_ERROR, "Try 'hoptrace --help'.");
        status = EXIT_USAGE;
    } else if (options.action == OPTIONS_HELP || options.action == OPTIONS_VERSION) {
        status = print(options.action);
    } else {
        status = trace(&options, started_ns);
    }
    options_fini(&options);
    return status;
}
