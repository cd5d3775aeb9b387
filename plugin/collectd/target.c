#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "hoptrace.h"

/* The daemon would do this too, but drops a leading '/' instead, so that names that differ could
 * become one. */
static void set_instance(struct target *target)
{
    size_t length = strnlen(target->name, HT_NAME_MAX);
    for (size_t i = 0; i < length; i++)
        target->instance[i] = (char)(target->name[i] == '/' ? '_' : target->name[i]);
    target->instance[length] = '\0';
}

struct target *target_new(const char *name)
{
    struct target *target = calloc(1, sizeof *target);
    if (target == NULL)
        return NULL;
    if (mailbox_init(&target->mailbox) != 0) {
        free(target);
        return NULL;
    }
    target->options_end = &target->options;
    target->name = strdup(name);
    target->host = strdup(name);
    if (target->name == NULL || target->host == NULL) {
        target_free(target);
        return NULL;
    }
    set_instance(target);
    return target;
}

void target_free(struct target *target)
{
    if (target == NULL)
        return;
    while (target->options != NULL) {
        struct option *option = target->options;
        target->options = option->next;
        option_free(option);
    }
    mailbox_fini(&target->mailbox);
    ht_event_list_fini(&target->events);
    free(target->name);
    free(target->host);
    free(target);
}

static int set_host(struct target *target, const struct option *option, struct ht_error *error)
{
    const char *text;
    if (option_host(option, &text, error) != HT_OK)
        return HT_ERR_INVALID;
    char *host = strdup(text);
    if (host == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory");
    free(target->host);
    target->host = host;
    return HT_OK;
}

/* Kept until all defaults are known: they may follow the target in the file. */
static int keep(struct target *target, const struct option *option, struct ht_error *error)
{
    struct option *kept = option_copy(option);
    if (kept == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory");
    *target->options_end = kept;
    target->options_end = &kept->next;
    return HT_OK;
}

int target_option(struct target *target, const struct option *option, struct ht_error *error)
{
    if (option_is(option, "Host"))
        return set_host(target, option, error);
    if (option_of_process(option) == HT_DAEMON_TAKES)
        return ht_error_set(error, HT_ERR_INVALID, "%s: is for all targets together", option->key);
    struct ht_settings scratch;
    ht_settings_init(&scratch);
    int status = option_apply(option, &scratch, error);
    return status == HT_OK ? keep(target, option, error) : status;
}

int target_settle(struct target *target, const struct ht_settings *defaults, int64_t interval_ns,
                  struct ht_error *error)
{
    struct ht_error inner;
    /* The host may be the name, which was not looked at as a host. */
    if (ht_target_host_check(target->host, &inner) != HT_OK)
        return ht_error_set(error, HT_ERR_INVALID, "Host: %s", inner.text);
    target->settings = *defaults;
    for (const struct option *own = target->options; own != NULL; own = own->next) {
        int status = option_apply(own, &target->settings, error);
        if (status != HT_OK)
            return status;
    }
    /* The defaults' port is for those targets that have one. */
    for (const struct option *own = target->options; own != NULL; own = own->next) {
        if (option_is(own, "Port") && ht_settings_check_port(&target->settings, &inner) != HT_OK)
            return ht_error_set(error, HT_ERR_INVALID, "Port: %s", inner.text);
    }
    if (target->settings.interval_ns == 0)
        target->settings.interval_ns = interval_ns;
    return ht_settings_check(&target->settings, error);
}

int64_t target_value_time(struct target *target, int64_t record_ns)
{
    /* Whole seconds, where rounds are far enough apart: some write plugins keep no finer time. */
    int64_t step_ns = ht_time_min(HT_NS_PER_S, target->settings.interval_ns / 2);
    int64_t time_ns = record_ns;
    if (time_ns <= target->last_value_ns)
        time_ns = target->last_value_ns + step_ns;
    target->last_value_ns = time_ns;
    return time_ns;
}
