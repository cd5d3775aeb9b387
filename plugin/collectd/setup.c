#include "setup.h"

#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "config/names.h"
#include "daemon.h"
#include "hoptrace.h"

void setup_init(struct setup *setup)
{
    *setup = (struct setup){0};
    ht_process_settings_init(&setup->process);
    setup->process.events = true;
    ht_settings_init(&setup->defaults);
    /* No value carries a name: looking for them would be work for nothing. */
    setup->defaults.numeric = true;
    setup->targets_end = &setup->targets;
    self_init(&setup->self);
}

void setup_fini(struct setup *setup)
{
    while (setup->targets != NULL) {
        struct target *target = setup->targets;
        setup->targets = target->next;
        target_free(target);
    }
    setup->targets_end = &setup->targets;
    free((char *)setup->process.state);
    setup->process.state = NULL;
    self_fini(&setup->self);
}

/* What an option says is gone with it. */
static int set_of_process(struct setup *setup, const struct option *option, struct ht_error *error)
{
    struct ht_process_settings settings = setup->process;
    int status = option_apply_process(option, &settings, error);
    if (status != HT_OK)
        return status;
    if (settings.state != setup->process.state) {
        settings.state = strdup(settings.state);
        if (settings.state == NULL)
            return ht_error_set(error, HT_ERR_NOMEM, "%s: no memory", option->key);
        free((char *)setup->process.state);
    }
    setup->process = settings;
    return HT_OK;
}

void setup_option(struct setup *setup, const struct option *option)
{
    struct ht_error error;
    int status = option_of_process(option) != HT_DAEMON_KNOWS_NOT
                     ? set_of_process(setup, option, &error)
                     : option_apply(option, &setup->defaults, &error);
    if (status != HT_OK)
        daemon_say(DAEMON_WARNING, "%s; this line is ignored", error.text);
}

static int check_unique(const struct setup *setup, const char *name, struct ht_error *error)
{
    for (const struct target *other = setup->targets; other != NULL; other = other->next) {
        if (ht_target_names_clash(other->name, name))
            return ht_error_set(error, HT_ERR_INVALID, "there is a target \"%s\" already",
                                other->name);
    }
    return HT_OK;
}

static int fill(struct target *target, const struct option *options, size_t count,
                struct ht_error *error)
{
    for (size_t i = 0; i < count; i++) {
        int status = target_option(target, &options[i], error);
        if (status != HT_OK)
            return status;
    }
    return HT_OK;
}

static int add(struct setup *setup, const char *name, const struct option *options, size_t count,
               struct ht_error *error)
{
    int status = ht_target_name_check(name, error);
    if (status == HT_OK)
        status = check_unique(setup, name, error);
    if (status != HT_OK)
        return status;
    struct target *target = target_new(name);
    if (target == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory");
    status = fill(target, options, count, error);
    if (status != HT_OK) {
        target_free(target);
        return status;
    }
    *setup->targets_end = target;
    setup->targets_end = &target->next;
    return HT_OK;
}

void setup_target(struct setup *setup, const struct option *head, const struct option *options,
                  size_t option_count)
{
    struct ht_error error;
    if (head->type != OPTION_TEXT) {
        daemon_say(DAEMON_WARNING, "a target is skipped: %s must have one string, its name",
                   head->key);
        return;
    }
    if (add(setup, head->text, options, option_count, &error) != HT_OK)
        daemon_say(DAEMON_WARNING, "target \"%s\" is skipped: %s", head->text, error.text);
}

void setup_filter(struct setup *setup, bool (*keep)(void *user, struct target *target), void *user)
{
    struct target **link = &setup->targets;
    while (*link != NULL) {
        struct target *target = *link;
        if (keep(user, target)) {
            link = &target->next;
            continue;
        }
        *link = target->next;
        target_free(target);
    }
    setup->targets_end = link;
}

struct settling {
    const struct ht_settings *defaults;
    const struct ht_shard *shard;
    size_t elsewhere; /* targets that other hosts measure */
    int64_t interval_ns;
};

static bool settle(void *user, struct target *target)
{
    struct settling *settling = user;
    struct ht_error error;
    if (target_settle(target, settling->defaults, settling->interval_ns, &error) == HT_OK) {
        bool ours = ht_shard_has(settling->shard, target->name);
        settling->elsewhere += !ours;
        return ours;
    }
    daemon_say(DAEMON_WARNING, "target \"%s\" is skipped: %s", target->name, error.text);
    return false;
}

void setup_settle(struct setup *setup, int64_t interval_ns)
{
    struct settling settling = {
        .defaults = &setup->defaults, .shard = &setup->process.shard, .interval_ns = interval_ns};
    setup->interval_ns = interval_ns;
    setup_filter(setup, settle, &settling);
    if (settling.elsewhere > 0)
        daemon_say(DAEMON_NOTICE, "%zu target%s other hosts than %u of %u", settling.elsewhere,
                   settling.elsewhere == 1 ? " falls to" : "s fall to", setup->process.shard.host,
                   setup->process.shard.hosts);
}
