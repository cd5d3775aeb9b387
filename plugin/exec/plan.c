#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "api/hoptrace.h"
#include "config/names.h"

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
    say_problem(planning->say, planning->user, "HOST '%.300s': %s", host, what);
    planning->failed = true;
}

static void check_host(struct planning *planning, const char *host)
{
    struct ht_error error;
    if (ht_target_host_check(host, &error) != HT_OK || ht_target_name_check(host, &error) != HT_OK)
        refuse_host(planning, host, error.text);
}

static int compare_hosts(const void *a, const void *b)
{
    return ht_target_names_compare(*(const char *const *)a, *(const char *const *)b);
}

/* The records of a name must be those of one target. */
static void check_repeated_hosts(struct planning *planning)
{
    const struct options *options = planning->options;
    const char **sorted = calloc(options->host_count, sizeof(const char *));
    if (sorted == NULL) {
        planning->no_memory = true;
        return;
    }
    memcpy(sorted, options->hosts, options->host_count * sizeof(const char *));
    qsort(sorted, options->host_count, sizeof(const char *), compare_hosts);
    for (size_t i = 1; i < options->host_count; i++) {
        bool again = ht_target_names_clash(sorted[i - 1], sorted[i]);
        bool told = again && i > 1 && ht_target_names_clash(sorted[i - 2], sorted[i]);
        if (again && !told)
            refuse_host(planning, sorted[i],
                        strcmp(sorted[i - 1], sorted[i]) == 0
                            ? "is given more than once"
                            : "is given more than once, as '/' becomes '_'");
    }
    free(sorted);
}

static void plan_hosts(struct planning *planning)
{
    const struct options *options = planning->options;
    struct plan *plan = planning->plan;
    plan->targets = calloc(options->host_count, sizeof *plan->targets);
    if (plan->targets == NULL) {
        planning->no_memory = true;
        return;
    }
    plan->target_count = options->host_count;
    for (size_t i = 0; i < options->host_count; i++) {
        check_host(planning, options->hosts[i]);
        plan->targets[i] = plan->config.defaults;
        plan->targets[i].host = plan->targets[i].name = options->hosts[i];
    }
    check_repeated_hosts(planning);
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
        say_problem(planning->say, planning->user, "%s", text.data);
    else
        say_problem(planning->say, planning->user, "%s (target '%s')", text.data, target->name);
    ht_text_fini(&text);
    planning->failed = true;
    return false;
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
        if (plan->interval_ns == 0)
            target->settings.interval_ns = 0;
        else if (own_interval_ns == 0)
            target->settings.interval_ns = plan->interval_ns;
        plan->marks |= target->settings.fwmark != 0;
        if (good || !alike)
            good = check_settings(planning, target);
    }
}

/* Whether and how often to go on. */
static void plan_interval(struct planning *planning, const char *collectd_interval)
{
    const struct options *options = planning->options;
    struct plan *plan = planning->plan;
    struct ht_settings scratch;
    struct ht_error error;
    ht_settings_init(&scratch);
    if (collectd_interval != NULL) {
        if (ht_key_parse(ht_key_find("interval"), &scratch, collectd_interval, &error) == HT_OK)
            plan->collectd_interval_ns = scratch.interval_ns;
        else
            say_problem(planning->say, planning->user, "COLLECTD_INTERVAL is ignored: %s",
                        error.text);
    }
    plan->interval_ns =
        options->interval_ns != 0 ? options->interval_ns : plan->collectd_interval_ns;
    plan->rounds = options->rounds;
    if (plan->rounds > 1 && plan->interval_ns == 0) {
        say_problem(planning->say, planning->user, "--rounds: needs --interval");
        planning->failed = true;
    }
}

static void plan_limits(struct planning *planning)
{
    const struct options *options = planning->options;
    struct plan *plan = planning->plan;
    plan->pps = options->has_pps       ? options->pps
                : plan->config.has_pps ? plan->config.pps
                                       : HT_PPS_DEFAULT;
    plan->deadline_ns = options->has_deadline ? options->deadline_ns : plan->config.deadline_ns;
}

static int read_config(struct planning *planning)
{
    const struct options *options = planning->options;
    struct ht_config *config = &planning->plan->config;
    if (options->config_path == NULL) {
        ht_settings_init(&config->defaults.settings);
        return HT_OK;
    }
    return ht_config_read_file(options->config_path, options->host_count == 0, config,
                               planning->say, planning->user);
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
    plan_interval(&planning, collectd_interval);
    plan_limits(&planning);
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
