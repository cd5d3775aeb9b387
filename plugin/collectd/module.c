/* The plugin's face to collectd, and the one file that includes its headers. */
#include <collectd/core/daemon/collectd.h>
/* collectd.h has to come before the others. */
#include <collectd/core/daemon/plugin.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/names.h"
#include "daemon.h"
#include "hoptrace.h"
#include "setup.h"
#include "values.h"
#include "worker.h"

#define PLUGIN "traceroute"

/* All there is from module_register to shutdown: the daemon's callbacks carry no pointer. */
static struct {
    struct setup setup;
    struct worker *worker;
} plugin;

void daemon_say(enum daemon_level level, const char *format, ...)
{
    static const int levels[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE};
    char line[1000]; /* collectd's own limit is 1,024 with the prefix */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    ht_line_clean(line); /* names come from a file, errors from anywhere */
    plugin_log(levels[level], PLUGIN " plugin: %s", line);
}

int daemon_thread(pthread_t *thread, void *(*run)(void *), void *argument, const char *name)
{
    return plugin_thread_create(thread, run, argument, name);
}

static struct option option_of(const oconfig_item_t *item)
{
    struct option option = {.key = item->key, .type = OPTION_MALFORMED};
    if (item->values_num != 1)
        return option;
    const oconfig_value_t *value = &item->values[0];
    if (value->type == OCONFIG_TYPE_NUMBER) {
        option.type = OPTION_NUMBER;
        option.number = value->value.number;
    } else if (value->type == OCONFIG_TYPE_BOOLEAN) {
        option.type = OPTION_BOOLEAN;
        option.boolean = value->value.boolean != 0;
    } else if (value->type == OCONFIG_TYPE_STRING) {
        option.type = OPTION_TEXT;
        option.text = value->value.string;
    }
    return option;
}

/* As option_of, for what is not a block. */
static struct option line_of(const oconfig_item_t *item)
{
    struct option option = option_of(item);
    if (item->children_num > 0)
        option.type = OPTION_MALFORMED;
    return option;
}

static void configure_target(const oconfig_item_t *item)
{
    struct option head = option_of(item);
    size_t count = item->children_num > 0 ? (size_t)item->children_num : 0;
    struct option *options = calloc(count + 1, sizeof *options);
    if (options == NULL) {
        daemon_say(DAEMON_WARNING, "a target is skipped: no memory");
        return;
    }
    for (size_t i = 0; i < count; i++)
        options[i] = line_of(&item->children[i]);
    setup_target(&plugin.setup, &head, options, count);
    free(options);
}

/* Called for each <Plugin traceroute> block. Anything but 0 would keep the daemon from starting. */
static int configure(oconfig_item_t *block)
{
    for (int i = 0; i < block->children_num; i++) {
        const oconfig_item_t *item = &block->children[i];
        if (strcasecmp(item->key, "Target") == 0) {
            configure_target(item);
            continue;
        }
        struct option option = line_of(item);
        setup_option(&plugin.setup, &option);
    }
    return 0;
}

/* `size` is the room of `field`; the plugin gives nothing that does not fit. */
static void copy_field(char *field, size_t size, const char *text)
{
    if (memccpy(field, text, '\0', size) == NULL)
        field[size - 1] = '\0';
}

/* Fills in what the values of one record differ in, and passes the list on. */
static void dispatch_value(void *user, const char *type, const char *type_instance, double value)
{
    value_list_t *list = user;
    list->values->gauge = value;
    copy_field(list->type, sizeof list->type, type);
    copy_field(list->type_instance, sizeof list->type_instance, type_instance);
    (void)plugin_dispatch_values(list);
}

static void dispatch_report(struct target *target, const struct ht_report *report)
{
    /* The macro evaluates its argument twice. */
    int64_t time_ns = target_value_time(target, report->time_ns);
    value_t value = {0};
    value_list_t list = {
        .values = &value,
        .values_len = 1,
        .time = NS_TO_CDTIME_T(time_ns),
        .interval = NS_TO_CDTIME_T(target->settings.interval_ns),
    };
    copy_field(list.host, sizeof list.host, hostname_g);
    copy_field(list.plugin, sizeof list.plugin, PLUGIN);
    copy_field(list.plugin_instance, sizeof list.plugin_instance, target->instance);
    values_of(report, dispatch_value, &list);
}

/* Hands over one finished round and never waits. One only: the daemon's write threads overtake
 * each other, and of two values for one name the older would come too late. Anything but 0 would
 * make the daemon read less and less often, just when the network is in trouble. */
static int read_target(user_data_t *data)
{
    struct target *target = data->data;
    struct ht_report *report = mailbox_take(&target->mailbox);
    if (report != NULL)
        dispatch_report(target, report);
    ht_report_free(report);
    return 0;
}

/* Rounds and reads follow clocks of their own: reads have to be the more frequent ones, or rounds
 * would pile up; at twice the pace what a held-up daemon has left waiting is made up for. How often
 * it reads also decides how old a round is when it is handed over: a tenth of the interval does not
 * matter. But the daemon complains of a read that took longer than the time between two, and on a
 * busy machine a thread can be kept from the processor for long: reads are not closer than this
 * where the interval allows it. */
#define READS_PER_ROUND     10
#define READS_PER_ROUND_MIN 2
#define READS_APART_NS      (2 * HT_NS_PER_S)

static int64_t read_period_ns(int64_t interval_ns)
{
    int64_t apart_ns = ht_time_min(READS_APART_NS, interval_ns / READS_PER_ROUND_MIN);
    return ht_time_max(interval_ns / READS_PER_ROUND, apart_ns);
}

/* Targets that the daemon will not read are not measured either. */
static bool register_read(void *user, struct target *target)
{
    (void)user;
    char name[sizeof PLUGIN "/" + HT_NAME_MAX];
    (void)snprintf(name, sizeof name, PLUGIN "/%s", target->name);
    /* No free_func: the daemon frees user data before it calls shutdown, while the engine's thread
     * still runs; the targets are shutdown's to free. */
    user_data_t data = {.data = target};
    cdtime_t period = NS_TO_CDTIME_T(read_period_ns(target->settings.interval_ns));
    if (plugin_register_complex_read(PLUGIN, name, read_target, period, &data) == 0)
        return true;
    daemon_say(DAEMON_WARNING, "target \"%s\" is skipped: its read callback was refused",
               target->name);
    return false;
}

/* Runs after the daemon has forked, in the context of the <LoadPlugin> block: its interval, or
 * the daemon's, is known only here. */
static int init(void)
{
    if (plugin.worker != NULL)
        return 0;
    setup_settle(&plugin.setup, (int64_t)CDTIME_T_TO_NS(plugin_get_interval()));
    setup_filter(&plugin.setup, register_read, NULL);
    if (plugin.setup.targets == NULL) {
        daemon_say(DAEMON_WARNING, "there is no target to measure");
        return 0;
    }
    struct ht_error error;
    if (worker_start(&plugin.setup, &plugin.worker, &error) == HT_OK)
        return 0;
    daemon_say(DAEMON_ERROR, "%s", error.text);
    (void)plugin_unregister_read_group(PLUGIN);
    return -1;
}

/* The daemon has ended its reads by now. */
static int shut_down(void)
{
    worker_stop(plugin.worker);
    plugin.worker = NULL;
    setup_fini(&plugin.setup);
    return 0;
}

HT_API void module_register(void)
{
    setup_init(&plugin.setup);
    (void)plugin_register_complex_config(PLUGIN, configure);
    (void)plugin_register_init(PLUGIN, init);
    (void)plugin_register_shutdown(PLUGIN, shut_down);
}
