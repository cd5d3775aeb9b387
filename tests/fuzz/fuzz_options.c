/* Any bytes as a command line, a word on each line; the first line is the interval that collectd
 * tells. Never silence about a refusal, never a setting that is out of its range, and each problem
 * is one line. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "fuzz.h"
#include "hoptrace.h"
#include "options.h"
#include "plan.h"

#define WORDS_MAX 64

static void count_line(void *user, enum say_level level, const char *line)
{
    (void)level;
    size_t *count = user;
    expect(strncmp(line, "hoptrace: ", 10) == 0 && strpbrk(line, "\n\r\t\x1b") == NULL);
    (*count)++;
}

static void check_target(const struct plan *plan, const struct ht_target *target)
{
    expect(ht_target_name_check(target->name, NULL) == HT_OK);
    expect(ht_target_host_check(target->host, NULL) == HT_OK);
    expect(ht_settings_check(&target->settings, NULL) == HT_OK);
    expect((target->settings.interval_ns != 0) == (plan->process.interval_ns != 0));
}

static void check_plan(const struct options *options, const char *collectd_interval)
{
    struct plan plan;
    struct plan_input input = {.collectd_interval = collectd_interval};
    size_t problems = 0;
    int code = plan_make(options, &input, &plan, count_line, &problems);
    expect(code == HT_OK || (code == HT_ERR_INVALID && problems > 0));
    expect(code != HT_OK || (plan.target_count > 0 && plan.target_count <= options->host_count));
    for (size_t i = 0; code == HT_OK && i < plan.target_count; i++)
        check_target(&plan, &plan.targets[i]);
    plan_fini(&plan);
}

static void check_line(int argc, char **argv, const char *collectd_interval)
{
    struct options options;
    size_t problems = 0;
    int code = options_parse(argc, argv, &options, count_line, &problems);
    expect(code == (problems == 0 ? HT_OK : HT_ERR_INVALID));
    /* Files of that name are the affair of another fuzzer. */
    if (code == HT_OK && options.action == OPTIONS_TRACE && options.process.config_path == NULL &&
        options.process.targets_file == NULL)
        check_plan(&options, collectd_interval);
    options_fini(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char program[] = "hoptrace";
    char *argv[WORDS_MAX + 2] = {program};
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    int argc = 1;
    char *rest = text;
    const char *interval = strsep(&rest, "\n");
    while (rest != NULL && argc <= WORDS_MAX)
        argv[argc++] = strsep(&rest, "\n");
    check_line(argc, argv, *interval != '\0' ? interval : NULL);
    free(text);
    return 0;
}
