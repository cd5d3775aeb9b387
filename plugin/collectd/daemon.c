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
#include "output/collectd_values.h"
#include "output/self_fields.h"

#define PLUGIN "traceroute"

/* The daemon's own callbacks carry no pointer. */
static const struct daemon_calls *plugin;

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

/* ---- configuration ---- */

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
    plugin->target(&head, options, count);
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
        plugin->option(&option);
    }
    return 0;
}

/* ---- values ---- */

/* `size` is the room of `field`; the plugin gives nothing that does not fit. */
static void copy_field(char *field, size_t size, const char *text)
{
    if (memccpy(field, text, '\0', size) == NULL)
        field[size - 1] = '\0';
}

/* Fills in what the values of one record differ in, and passes the list on. */
static void dispatch_value(void *user, const struct ht_collectd_value *value)
{
    value_list_t *list = user;
    list->values->gauge = value->number;
    copy_field(list->type, sizeof list->type, value->type);
    copy_field(list->type_instance, sizeof list->type_instance, value->instance);
    (void)plugin_dispatch_values(list);
}

/* A list for one value after another. */
static value_list_t make_list(value_t *value, int64_t time_ns, int64_t interval_ns)
{
    value_list_t list = {
        .values = value,
        .values_len = 1,
        .time = NS_TO_CDTIME_T(time_ns),
        .interval = NS_TO_CDTIME_T(interval_ns),
    };
    copy_field(list.host, sizeof list.host, hostname_g);
    copy_field(list.plugin, sizeof list.plugin, PLUGIN);
    return list;
}

void daemon_dispatch(const char *instance, int64_t time_ns, int64_t interval_ns,
                     const struct ht_report *report, struct ht_hop_range *hops)
{
    value_t value = {0};
    value_list_t list = make_list(&value, time_ns, interval_ns);
    copy_field(list.plugin_instance, sizeof list.plugin_instance, instance);
    ht_collectd_values(report, hops, dispatch_value, &list);
}

void daemon_dispatch_self(int64_t time_ns, int64_t interval_ns, const struct ht_health *health)
{
    value_t value = {0};
    value_list_t list = make_list(&value, time_ns, interval_ns);
    ht_collectd_self_values(health, dispatch_value, &list);
}

/* ---- notifications ---- */

void daemon_notify(const char *instance, const struct ht_event *event)
{
    static const int severities[] = {[HT_SEVERITY_OKAY] = NOTIF_OKAY,
                                     [HT_SEVERITY_WARNING] = NOTIF_WARNING,
                                     [HT_SEVERITY_FAILURE] = NOTIF_FAILURE};
    notification_t notification = {.severity = severities[event->severity],
                                   .time = NS_TO_CDTIME_T(event->time_ns)};
    copy_field(notification.message, sizeof notification.message, event->message);
    ht_line_clean(notification.message);
    copy_field(notification.host, sizeof notification.host, hostname_g);
    copy_field(notification.plugin, sizeof notification.plugin, PLUGIN);
    copy_field(notification.plugin_instance, sizeof notification.plugin_instance, instance);
    copy_field(notification.type, sizeof notification.type, "gauge");
    copy_field(notification.type_instance, sizeof notification.type_instance,
               ht_event_name(event->kind));
    (void)plugin_dispatch_notification(&notification);
}

/* ---- reads ---- */

/* Anything but 0 would make the daemon read less and less often, just when the network is in
 * trouble. */
static int read_once(user_data_t *data)
{
    plugin->read(data->data);
    return 0;
}

bool daemon_register_read(const char *name, int64_t period_ns, void *user)
{
    char unique[sizeof PLUGIN "/" + HT_NAME_MAX];
    (void)snprintf(unique, sizeof unique, PLUGIN "/%s", name);
    /* No free_func: the daemon frees user data before it calls shutdown, while the engine's thread
     * still runs; the targets are shutdown's to free. */
    user_data_t data = {.data = user};
    return plugin_register_complex_read(PLUGIN, unique, read_once, NS_TO_CDTIME_T(period_ns),
                                        &data) == 0;
}

void daemon_unregister_reads(void)
{
    (void)plugin_unregister_read_group(PLUGIN);
}

/* ---- beginning and end ---- */

/* Runs after the daemon has forked, in the context of the <LoadPlugin> block: its interval, or
 * the daemon's, is known only here. */
static int init(void)
{
    return plugin->start((int64_t)CDTIME_T_TO_NS(plugin_get_interval())) ? 0 : -1;
}

/* The daemon has ended its reads by now. */
static int shut_down(void)
{
    plugin->stop();
    return 0;
}

void daemon_register(const struct daemon_calls *calls)
{
    plugin = calls;
    (void)plugin_register_complex_config(PLUGIN, configure);
    (void)plugin_register_init(PLUGIN, init);
    (void)plugin_register_shutdown(PLUGIN, shut_down);
}
