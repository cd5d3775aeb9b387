#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "hoptrace.h"

struct planning {
    const struct options *options;
    struct plan *plan;
    say_line *say;
    void *user;
    bool failed;
    bool no_memory;
};

static void refuse_host(struct planning *planning, const char *host, const char *what)
{
    say_problem(planning->say, planning->user, SAY_ERROR, "HOST '%.300s': %s", host, what);
    planning->failed = true;
}

static void check_host(struct planning *planning, const char *host)
{
    struct ht_error error;
    if (ht_target_host_check(host, &error) != HT_OK || ht_target_name_check(host, &error) != HT_OK)
        refuse_host(planning, host, error.text);
}

/* Places of the command line: those that clash beside each other, the same word in its order. */
static int compare_hosts(const void *a, const void *b)
{
    const char *const *left = *(const char *const *const *)a;
    const char *const *right = *(const char *const *const *)b;
    int order = ht_target_names_compare(*left, *right);
    if (order == 0)
        order = strcmp(*left, *right);
    return order != 0 ? order : (left > right) - (left < right);
}

/* The records of a name must be those of one target: a word that stands twice is one, and told
 * once; two words that the outputs would not tell apart are a mistake. */
static void find_repeated(struct planning *planning, const char *const **sorted, bool *repeated)
{
    const struct options *options = planning->options;
    bool told = false;
    for (size_t i = 1; i < options->host_count; i++) {
        const char *host = *sorted[i];
        bool same = strcmp(*sorted[i - 1], host) == 0;
        if (!same && ht_target_names_clash(*sorted[i - 1], host))
            refuse_host(planning, host, "is given more than once, as '/' becomes '_'");
        if (same && !told)
            say_problem(planning->say, planning->user, SAY_WARNING,
                        "HOST '%.300s': is given more than once, and is one target", host);
        told = same;
        repeated[sorted[i] - options->hosts] = same;
    }
}

static void sort_hosts(struct planning *planning, bool *repeated)
{
    const struct options *options = planning->options;
    const char *const **sorted = calloc(options->host_count, sizeof(const char *const *));
    if (sorted == NULL) {
        planning->no_memory = true;
        return;
    }
    for (size_t i = 0; i < options->host_count; i++)
        sorted[i] = &options->hosts[i];
    qsort(sorted, options->host_count, sizeof(const char *const *), compare_hosts);
    find_repeated(planning, sorted, repeated);
    free(sorted);
}

static void plan_hosts(struct planning *planning)
{
    const struct options *options = planning->options;
    struct plan *plan = planning->plan;
    bool *repeated = calloc(options->host_count, sizeof *repeated);
    plan->targets = calloc(options->host_count, sizeof *plan->targets);
    if (repeated != NULL && plan->targets != NULL)
        sort_hosts(planning, repeated);
    else
        planning->no_memory = true;
    for (size_t i = 0; i < options->host_count && !planning->no_memory; i++) {
        if (repeated[i])
            continue;
        check_host(planning, options->hosts[i]);
        struct ht_target *target = &plan->targets[plan->target_count++];
        *target = plan->config.defaults;
        target->host = target->name = options->hosts[i];
    }
    free(repeated);
}

/* A contradiction between settings that all came from the command line or from defaults is the
 * same for all HOSTs: said once. */
static bool check_settings(struct planning *planning, const struct ht_target *target)
{
    struct ht_error error;
    if (ht_settings_check(&target->settings, &error) == HT_OK)
        return true;
    struct ht_text text = {0};
    options_translate(&text, error.text);
    if (text.failed)
        planning->no_memory = true;
    else if (planning->options->host_count > 0)
        say_problem(planning->say, planning->user, SAY_ERROR, "%s", text.data);
    else
        say_problem(planning->say, planning->user, SAY_ERROR, "%s (target '%s')", text.data,
                    target->name);
    ht_text_fini(&text);
    planning->failed = true;
    return false;
}

/* A port is an answer to nothing where no target's protocol has ports. */
static void check_port(struct planning *planning)
{
    const struct plan *plan = planning->plan;
    struct ht_error error;
    if (!options_have(planning->options, "port") || plan->target_count == 0)
        return;
    for (size_t i = 0; i < plan->target_count; i++) {
        if (ht_settings_check_port(&plan->targets[i].settings, &error) == HT_OK)
            return;
    }
    say_problem(planning->say, planning->user, SAY_ERROR, "--port: %s", error.text);
    planning->failed = true;
}

static void complete_targets(struct planning *planning)
{
    struct plan *plan = planning->plan;
    bool alike = planning->options->host_count > 0;
    bool good = true;
    for (size_t i = 0; i < plan->target_count; i++) {
        struct ht_target *target = &plan->targets[i];
        int64_t own_interval_ns = target->settings.interval_ns;
        options_apply(planning->options, &target->settings);
        if (plan->process.interval_ns == 0)
            target->settings.interval_ns = 0;
        else if (own_interval_ns == 0)
            target->settings.interval_ns = plan->process.interval_ns;
        plan->marks |= target->settings.fwmark != 0;
        if (good || !alike)
            good = check_settings(planning, target);
    }
    check_port(planning);
}

/* As `interval`, but that a locale's decimal comma may stand in it. */
static int parse_collectd_interval(const char *text, int64_t *interval_ns, struct ht_error *error)
{
    struct ht_settings scratch;
    char point[64];
    ht_settings_init(&scratch);
    (void)snprintf(point, sizeof point, "%s", text);
    char *comma = strchr(point, ',');
    if (comma != NULL)
        *comma = '.';
    int code = ht_key_parse(ht_key_find("interval"), &scratch, point, error);
    *interval_ns = scratch.interval_ns;
    return code;
}

/* What holds for the whole process, and whether and how often to go on. */
static void plan_process(struct planning *planning, const char *collectd_interval)
{
    struct plan *plan = planning->plan;
    struct ht_process_settings *process = &plan->process;
    struct ht_error error;
    if (collectd_interval != NULL &&
        parse_collectd_interval(collectd_interval, &plan->collectd_interval_ns, &error) != HT_OK)
        say_problem(planning->say, planning->user, SAY_WARNING, "COLLECTD_INTERVAL is ignored: %s",
                    error.text);
    *process = plan->config.process;
    options_apply_process(planning->options, process);
    if (process->interval_ns == 0)
        process->interval_ns = plan->collectd_interval_ns;
    if (process->rounds > 1 && process->interval_ns == 0) {
        say_problem(planning->say, planning->user, SAY_ERROR, "--rounds: needs --interval");
        planning->failed = true;
    }
}

static void say_config_problem(void *user, const char *line)
{
    const struct planning *planning = user;
    planning->say(planning->user, SAY_ERROR, line);
}

static int read_config(struct planning *planning)
{
    const struct options *options = planning->options;
    struct ht_config *config = &planning->plan->config;
    const char *path = options->process.config_path;
    if (path == NULL) {
        ht_settings_init(&config->defaults.settings);
        ht_process_settings_init(&config->process);
        return HT_OK;
    }
    unsigned asks = (options->host_count == 0 ? HT_CONFIG_TARGETS : 0U) |
                    (options_have(options, "protocol") ? HT_CONFIG_ANY_PROTOCOL : 0U);
    return ht_config_read_file(path, asks, config, say_config_problem, planning);
}

int plan_make(const struct options *options, const char *collectd_interval, struct plan *plan,
              say_line *say, void *user)
{
    struct planning planning = {.options = options, .plan = plan, .say = say, .user = user};
    *plan = (struct plan){0};
    int code = read_config(&planning);
    if (code == HT_ERR_NOMEM)
        return code;
    planning.failed = code != HT_OK;
    plan_process(&planning, collectd_interval);
    if (options->host_count > 0) {
        plan_hosts(&planning);
    } else {
        plan->targets = plan->config.targets;
        plan->target_count = plan->config.target_count;
    }
    /* What a faulty file says is not there to be checked. */
    if (code == HT_OK && !planning.no_memory)
        complete_targets(&planning);
    if (planning.no_memory)
        return HT_ERR_NOMEM;
    return planning.failed ? HT_ERR_INVALID : HT_OK;
}

void plan_forget_targets(struct plan *plan)
{
    if (plan->targets != plan->config.targets)
        free(plan->targets);
    plan->targets = NULL;
    plan->target_count = 0;
    ht_config_fini(&plan->config);
}

void plan_fini(struct plan *plan)
{
    plan_forget_targets(plan);
    *plan = (struct plan){0};
}
