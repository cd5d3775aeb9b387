/* hoptrace: prints the network paths to its targets. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static int print(enum options_action action)
{
    struct writer writer;
    writer_init(&writer, STDOUT_FILENO);
    if (action == OPTIONS_HELP)
        options_help(&writer.text);
    else
        ht_text_puts(&writer.text, "hoptrace " HT_VERSION "\n");
    int sys_errno = writer_finish(&writer);
    if (sys_errno != 0)
        say_error("standard output: %s", strerror(sys_errno));
    writer_fini(&writer);
    return sys_errno == 0 ? EXIT_RECORDS_WRITTEN : EXIT_RECORDS_LOST;
}

static int trace(const struct options *options)
{
    bool for_collectd = strcmp(options->format->name, "putval") == 0;
    struct plan plan;
    int code = plan_make(options, for_collectd ? getenv("COLLECTD_INTERVAL") : NULL, &plan,
                         say_to_stderr, NULL);
    int status = EXIT_RECORDS_WRITTEN;
    if (code == HT_ERR_NOMEM) {
        say_error("out of memory");
        status = EXIT_RECORDS_LOST;
    } else if (code != HT_OK) {
        status = EXIT_USAGE;
    } else if (options->action == OPTIONS_TRACE) {
        status = run(&plan, options->format);
    }
    plan_fini(&plan);
    return status;
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    signals_ignore_output();
    struct options options;
    int status;
    int code = options_parse(argc, argv, &options, say_to_stderr, NULL);
    if (code == HT_ERR_NOMEM) {
        say_error("out of memory");
        status = EXIT_RECORDS_LOST;
    } else if (code != HT_OK) {
        say_to_stderr(NULL, "Try 'hoptrace --help'.");
        status = EXIT_USAGE;
    } else if (options.action == OPTIONS_HELP || options.action == OPTIONS_VERSION) {
        status = print(options.action);
    } else {
        status = trace(&options);
    }
    options_fini(&options);
    return status;
}
