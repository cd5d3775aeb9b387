/* Targets, and their defaults. */
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "config/reading.h"

/* A setting that is not special to its group: one of the table, or a mistake. What was refused is
 * not told of again as a contradiction. */
static void read_key(struct ht_reading *reading, const config_setting_t *setting,
                     struct ht_settings *settings)
{
    const char *name = config_setting_name(setting);
    const struct ht_key *key = ht_key_find(name);
    if (key == NULL)
        ht_reading_tell(reading, setting, name, "unknown key");
    else if (!ht_reading_set(reading, key, setting, settings))
        (void)ht_key_set_harmless(key, settings);
}

void ht_reading_defaults(struct ht_reading *reading, const config_setting_t *group)
{
    struct ht_target *defaults = &reading->config->defaults;
    if (!config_setting_is_group(group)) {
        ht_reading_tell(reading, group, "defaults", "must be a group { ... }");
        return;
    }
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(setting);
        if (ht_reading_is_renamed(reading, setting))
            continue;
        if (strcmp(name, "tags") == 0)
            ht_reading_tags(reading, setting, defaults);
        else if (strcmp(name, "host") == 0 || strcmp(name, "name") == 0)
            ht_reading_tell(reading, setting, name, "belongs in a target, not in the defaults");
        else
            read_key(reading, setting, &defaults->settings);
    }
}

typedef int check_text(const char *text, struct ht_error *error);

/* The text of a host or a name, NULL (and a problem) if it is no good. */
static const char *read_label(struct ht_reading *reading, const config_setting_t *setting,
                              const char *key, check_text *check)
{
    struct ht_error error;
    if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
        ht_reading_tell(reading, setting, key, "must be a string");
        return NULL;
    }
    if (check(config_setting_get_string(setting), &error) != HT_OK) {
        ht_reading_tell(reading, setting, key, error.text);
        return NULL;
    }
    return config_setting_get_string(setting);
}

static void read_target_setting(struct ht_reading *reading, const config_setting_t *setting,
                                struct ht_target *target)
{
    const char *name = config_setting_name(setting);
    if (strcmp(name, "host") == 0)
        target->host = read_label(reading, setting, "host", ht_target_host_check);
    else if (strcmp(name, "name") == 0)
        target->name = read_label(reading, setting, "name", ht_target_name_check);
    else if (strcmp(name, "tags") == 0)
        ht_reading_tags(reading, setting, target);
    else
        read_key(reading, setting, &target->settings);
}

/* Where the key stands in the target, or the target itself. */
static const config_setting_t *place_of(const config_setting_t *target, const char *key)
{
    const config_setting_t *setting =
        config_setting_is_group(target) ? config_setting_get_member(target, key) : NULL;
    return setting != NULL ? setting : target;
}

/* Tells of a contradiction, whose text begins with the key; NULL: it does not. */
static const struct ht_key *tell_of_contradiction(struct ht_reading *reading,
                                                  const config_setting_t *place, const char *text)
{
    char name[32];
    size_t length = strcspn(text, ":");
    if (text[length] != ':' || length >= sizeof name) {
        ht_reading_tell(reading, place, NULL, text);
        return NULL;
    }
    memcpy(name, text, length);
    name[length] = '\0';
    ht_reading_tell(reading, place_of(place, name), NULL, text);
    return ht_key_find(name);
}

/* What only the complete target shows: settings that contradict each other, one after another.
 * *good: settings that did not, those of an earlier target; NULL: there are none. */
static void check_settings(struct ht_reading *reading, const config_setting_t *place,
                           struct ht_settings *settings, const struct ht_settings **good)
{
    struct ht_error error;
    while (!ht_settings_good_as(settings, *good) && ht_settings_check(settings, &error) != HT_OK) {
        const struct ht_key *key = tell_of_contradiction(reading, place, error.text);
        if (key == NULL || !ht_key_set_harmless(key, settings))
            return;
    }
    *good = settings;
}

/* A target without a name of its own bears that of its host. */
static void name_by_host(struct ht_reading *reading, const config_setting_t *place,
                         struct ht_target *target)
{
    struct ht_error error;
    if (ht_target_name_check(target->host, &error) == HT_OK)
        target->name = target->host;
    else
        ht_problem(&reading->problems, config_setting_source_line(place_of(place, "host")), "name",
                   "%s: this host needs a shorter name", error.text);
}

/* The defaults' port is for those targets that have one; a target's own is meant for it. */
static void check_port(struct ht_reading *reading, const config_setting_t *group,
                       const struct ht_settings *settings)
{
    const config_setting_t *port = config_setting_get_member(group, "port");
    struct ht_error error;
    if (port != NULL && (reading->asks & HT_CONFIG_ANY_PROTOCOL) == 0 &&
        ht_settings_check_port(settings, &error) != HT_OK)
        ht_reading_tell(reading, port, "port", error.text);
}

static void read_target_group(struct ht_reading *reading, const config_setting_t *group,
                              struct ht_target *target)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        if (!ht_reading_is_renamed(reading, setting))
            read_target_setting(reading, setting, target);
    }
    if (config_setting_get_member(group, "host") == NULL)
        ht_reading_tell(reading, group, "host", "is missing");
    if (target->host != NULL && config_setting_get_member(group, "name") == NULL)
        name_by_host(reading, group, target);
    check_port(reading, group, &target->settings);
}

static void read_target(struct ht_reading *reading, const config_setting_t *element,
                        struct ht_target *target, const struct ht_settings **good)
{
    *target = reading->config->defaults;
    if (config_setting_is_group(element)) {
        read_target_group(reading, element, target);
    } else if (config_setting_type(element) == CONFIG_TYPE_STRING) {
        target->host = read_label(reading, element, "host", ht_target_host_check);
        if (target->host != NULL)
            name_by_host(reading, element, target);
    } else {
        ht_reading_tell(reading, element, "targets",
                        "a target must be a string or a group { ... }");
    }
    check_settings(reading, element, &target->settings, good);
}

static int compare_names(const void *a, const void *b)
{
    const struct ht_target *left = *(const struct ht_target *const *)a;
    const struct ht_target *right = *(const struct ht_target *const *)b;
    int order = ht_target_names_compare(left->name, right->name);
    return order != 0 ? order : (left > right) - (left < right);
}

static void tell_of_clash(struct ht_reading *reading, const config_setting_t *list, size_t first,
                          size_t second)
{
    const struct ht_target *targets = reading->config->targets;
    const config_setting_t *place = config_setting_get_elem(list, (unsigned)second);
    const config_setting_t *other = config_setting_get_elem(list, (unsigned)first);
    struct ht_problems *problems = &reading->problems;
    unsigned line = config_setting_source_line(place_of(place, "name"));
    unsigned other_line = config_setting_source_line(place_of(other, "name"));
    char cited[160];
    ht_problem_cite(ht_sources_place(&problems->sources, problems->file, other_line),
                    ht_sources_place(&problems->sources, problems->file, line).file, cited,
                    sizeof cited);
    ht_problem(problems, line, "name", "'%s' is also the name of the target in %s%s",
               targets[second].name, cited,
               strcmp(targets[first].name, targets[second].name) == 0 ? ""
                                                                      : ", as '/' becomes '_'");
}

static void check_names(struct ht_reading *reading, const config_setting_t *list)
{
    const struct ht_config *config = reading->config;
    const struct ht_target **sorted =
        calloc(config->target_count + 1, sizeof(const struct ht_target *));
    if (sorted == NULL) {
        reading->problems.no_memory = true;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < config->target_count; i++) {
        if (config->targets[i].name != NULL)
            sorted[count++] = &config->targets[i];
    }
    qsort(sorted, count, sizeof(const struct ht_target *), compare_names);
    for (size_t first = 0, i = 1; i < count; i++) {
        if (ht_target_names_clash(sorted[first]->name, sorted[i]->name))
            tell_of_clash(reading, list, (size_t)(sorted[first] - config->targets),
                          (size_t)(sorted[i] - config->targets));
        else
            first = i;
    }
    free(sorted);
}

void ht_reading_targets(struct ht_reading *reading, const config_setting_t *list)
{
    struct ht_config *config = reading->config;
    if (!config_setting_is_list(list)) {
        ht_reading_tell(reading, list, "targets", "must be a list ( ... )");
        return;
    }
    size_t count = (size_t)config_setting_length(list);
    config->targets = calloc(count + 1, sizeof *config->targets);
    if (config->targets == NULL) {
        reading->problems.no_memory = true;
        return;
    }
    config->target_count = count;
    const struct ht_settings *good = NULL;
    for (size_t i = 0; i < count; i++)
        read_target(reading, config_setting_get_elem(list, (unsigned)i), &config->targets[i],
                    &good);
    check_names(reading, list);
}
