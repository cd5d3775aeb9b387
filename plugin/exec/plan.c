#include "plan.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/keys.h"
#include "config/load.h"
#include "hoptrace.h"
#include "plan_hosts.h"

struct planning {
    const struct options *options;
    struct plan *plan;
    say_line *say;
    void *user;
    bool failed;
    bool no_memory;
};

/* How often rounds are triggered where no interval says it: as agents are set up to do. */
#define TRIGGERED_INTERVAL_NS (10 * HT_NS_PER_S)

static void refuse(struct planning *planning, const char *what)
{
    say_problem(planning->say, planning->user, SAY_ERROR, "%s", what);
    planning->failed = true;
}

/* A contradiction between settings that all came from the command line or from defaults is the
 * same for all HOSTs: said once. */
static bool check_settings(struct planning *planning, const struct ht_target *target, bool alike)
{
    struct ht_error error;
    if (ht_settings_check(&target->settings, &error) == HT_OK)
        return true;
    struct ht_text text = {0};
    options_translate(&text, error.text);
    if (text.failed)
        planning->no_memory = true;
    else if (alike)
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
    bool good = true; /* those from the command line and a list, which have the same settings */
    const struct ht_settings *checked = NULL;
    for (size_t i = 0; i < plan->target_count; i++) {
        struct ht_target *target = &plan->targets[i];
        int64_t own_interval_ns = target->settings.interval_ns;
        options_apply(planning->options, &target->settings);
        if (plan->process.interval_ns == 0)
            target->settings.interval_ns = 0;
        else if (own_interval_ns == 0)
            target->settings.interval_ns = plan->process.interval_ns;
        if (ht_settings_good_as(&target->settings, checked))
            continue;
        if (i >= plan->alike_from && good)
            good = check_settings(planning, target, true);
        else if (i < plan->alike_from && check_settings(planning, target, false))
            checked = &target->settings;
    }
    check_port(planning);
}

/* Leaves out what other hosts measure, once all targets were judged: hosts that share a list find
 * the same faults in it. */
static void take_shard(struct plan *plan)
{
    size_t kept = 0;
    plan->all_count = plan->target_count;
    for (size_t i = 0; i < plan->target_count; i++) {
        const struct ht_target *target = &plan->targets[i];
        if (!ht_shard_has(&plan->process.shard, target->name))
            continue;
        plan->marks |= target->settings.fwmark != 0;
        plan->targets[kept++] = *target;
    }
    plan->target_count = kept;
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
    plan->interval_assumed = process->interval_ns == 0 && process->trigger != HT_TRIGGER_INTERVAL;
    if (plan->interval_assumed)
        process->interval_ns = TRIGGERED_INTERVAL_NS;
    if (process->rounds > 1 && process->interval_ns == 0)
        refuse(planning, "--rounds: needs --interval or --trigger");
    if (process->listen != NULL && process->interval_ns == 0)
        refuse(planning, "--listen: needs --interval or --trigger");
    if (planning->options->format->replaces && process->interval_ns != 0 &&
        process->output_file == NULL && process->listen == NULL)
        refuse(planning, "--output: prometheus is one text that each round replaces: while rounds "
                         "go on it needs --output-file or --listen");
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
    bool elsewhere = options->host_count > 0 || options->process.targets_file != NULL;
    unsigned asks = (elsewhere ? 0U : HT_CONFIG_TARGETS) |
                    (options_have(options, "protocol") ? HT_CONFIG_ANY_PROTOCOL : 0U);
    return ht_config_read_file(path, asks, config, say_config_problem, planning);
}

/* The list of further targets: that of the command line, else, as the file's own targets, that of
 * the file where no HOST is given. What stdin says is read once. */
static int read_list(struct planning *planning, struct plan_input *input)
{
    struct plan *plan = planning->plan;
    const struct options *options = planning->options;
    const char *path = options->process.targets_file;
    if (path == NULL && options->host_count == 0)
        path = plan->process.targets_file;
    if (path == NULL)
        return HT_OK;
    plan->list_from_stdin = strcmp(path, "-") == 0;
    plan->reads_files |= !plan->list_from_stdin;
    if (!plan->list_from_stdin)
        return ht_host_list_read_file(path, &plan->list, say_config_problem, planning);
    if (plan->process.trigger == HT_TRIGGER_STDIN) {
        refuse(planning, "--trigger: standard input is read to its end for --targets");
        return HT_ERR_INVALID;
    }
    if (input->too_late && !input->was_read) {
        refuse(planning, "targets_file: standard input is read at the start alone");
        return HT_ERR_INVALID;
    }
    int sys_errno = input->was_read ? 0 : ht_load_descriptor(STDIN_FILENO, &input->text);
    input->was_read = true;
    if (sys_errno != 0) {
        say_problem(planning->say, planning->user, SAY_ERROR, "standard input: %s",
                    strerror(sys_errno));
        return HT_ERR_INVALID;
    }
    if (input->text.failed)
        return HT_ERR_NOMEM;
    return ht_host_list_read_text(&input->text, "stdin", &plan->list, say_config_problem, planning);
}

static int plan_targets(struct planning *planning)
{
    struct plan *plan = planning->plan;
    const struct options *options = planning->options;
    bool of_file = options->host_count == 0;
    struct plan_hosts hosts = {.of_file = plan->config.targets,
                               .of_file_count = of_file ? plan->config.target_count : 0,
                               .defaults = &plan->config.defaults,
                               .given = options->hosts,
                               .given_count = options->host_count,
                               .listed = plan->list.hosts,
                               .listed_count = plan->list.count};
    plan->alike_from = hosts.of_file_count;
    if (hosts.given_count + hosts.listed_count > 0)
        return plan_hosts_join(&hosts, &plan->targets, &plan->target_count, planning->say,
                               planning->user);
    plan->targets = plan->config.targets;
    plan->target_count = plan->config.target_count;
    return HT_OK;
}

int plan_make(const struct options *options, struct plan_input *input, struct plan *plan,
              say_line *say, void *user)
{
    struct planning planning = {.options = options, .plan = plan, .say = say, .user = user};
    *plan = (struct plan){.reads_files = options->process.config_path != NULL};
    int config_code = read_config(&planning);
    if (config_code == HT_ERR_NOMEM)
        return config_code;
    plan_process(&planning, input->collectd_interval);
    int list_code = read_list(&planning, input);
    int code = list_code == HT_ERR_NOMEM ? list_code : plan_targets(&planning);
    if (code == HT_ERR_NOMEM)
        return code;
    planning.failed |= config_code != HT_OK || list_code != HT_OK || code != HT_OK;
    /* What a faulty file says is not there to be checked. */
    if (config_code == HT_OK && list_code == HT_OK)
        complete_targets(&planning);
    take_shard(plan);
    if (planning.no_memory)
        return HT_ERR_NOMEM;
    return planning.failed ? HT_ERR_INVALID : HT_OK;
}

int64_t plan_shortest_interval_ns(const struct plan *plan)
{
    if (plan->process.interval_ns == 0)
        return 0;
    int64_t shortest_ns = plan->process.interval_ns;
    for (size_t i = 0; i < plan->target_count; i++)
        shortest_ns = ht_time_min(shortest_ns, plan->targets[i].settings.interval_ns);
    return shortest_ns;
}

int plan_round_signal(const struct plan *plan)
{
    static const int signals[] = {[HT_TRIGGER_SIGHUP] = SIGHUP,
                                  [HT_TRIGGER_SIGUSR1] = SIGUSR1,
                                  [HT_TRIGGER_SIGUSR2] = SIGUSR2};
    enum ht_trigger trigger = plan->process.trigger;
    return trigger < sizeof signals / sizeof signals[0] ? signals[trigger] : 0;
}

void plan_forget_targets(struct plan *plan)
{
    if (plan->targets != plan->config.targets)
        free(plan->targets);
    plan->targets = NULL;
    plan->target_count = 0;
    ht_host_list_fini(&plan->list);
    ht_config_fini(&plan->config);
}

void plan_fini(struct plan *plan)
{
    plan_forget_targets(plan);
    *plan = (struct plan){0};
}
