#include "config/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/load.h"
#include "config/names.h"
#include "config/problems.h"
#include "config/scan.h"
#include "config/tree.h"
#include "hoptrace/settings.h"

/* What is kept as long as the configuration: its strings are those of the tree. */
struct ht_config_memory {
    config_t tree;
    bool has_tree;
    struct ht_tag *tags;
    size_t tag_count; /* handed out */
};

struct reading {
    struct ht_problems problems;
    struct ht_config *config;
    struct ht_config_memory *memory;
    unsigned asks; /* of enum ht_config_asks */
    bool renamed;  /* settings that stood twice bear another name in the tree */
};

static void tell_at(struct reading *reading, const config_setting_t *place, const char *key,
                    const char *what)
{
    ht_problem(&reading->problems, config_setting_source_line(place), key, "%s", what);
}

/* ---- settings ---- */

static int set_key(const struct ht_key *key, struct ht_settings *settings,
                   const config_setting_t *setting, struct ht_error *error)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
        return ht_key_set_integer(key, settings, config_setting_get_int(setting), error);
    case CONFIG_TYPE_INT64:
        return ht_key_set_integer(key, settings, config_setting_get_int64(setting), error);
    case CONFIG_TYPE_FLOAT:
        return ht_key_set_number(key, settings, config_setting_get_float(setting), error);
    case CONFIG_TYPE_BOOL:
        return ht_key_set_boolean(key, settings, config_setting_get_bool(setting) != 0, error);
    case CONFIG_TYPE_STRING:
        return ht_key_set_text(key, settings, config_setting_get_string(setting), error);
    default:
        return ht_key_refuse_type(key, error);
    }
}

/* A setting that is not special to its group: one of the table, or a mistake. What was refused is
 * not told of again as a contradiction. */
static void read_key(struct reading *reading, const config_setting_t *setting,
                     struct ht_settings *settings)
{
    const char *name = config_setting_name(setting);
    const struct ht_key *key = ht_key_find(name);
    struct ht_error error;
    if (key == NULL) {
        tell_at(reading, setting, name, "unknown key");
    } else if (set_key(key, settings, setting, &error) != HT_OK) {
        tell_at(reading, setting, name, error.text);
        (void)ht_key_set_harmless(key, settings);
    }
}

static bool is_renamed(const struct reading *reading, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    return reading->renamed && strncmp(name, HT_SCAN_RENAMED, strlen(HT_SCAN_RENAMED)) == 0;
}

/* ---- tags ---- */

/* Tags and labels that the outputs write themselves. */
static bool is_own_tag(const char *key)
{
    static const char *const own[] = {"family", "protocol", "target", "hop", "stat"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(own[i], key) == 0)
            return true;
    }
    return false;
}

static void put_tag(struct ht_tag *tags, size_t *count, struct ht_tag tag)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(tags[i].key, tag.key) == 0) {
            tags[i] = tag;
            return;
        }
    }
    tags[(*count)++] = tag;
}

static void read_tag(struct reading *reading, const config_setting_t *setting, struct ht_tag *tags,
                     size_t *count)
{
    const char *key = config_setting_name(setting);
    unsigned line = config_setting_source_line(setting);
    if (is_own_tag(key))
        ht_problem(&reading->problems, line, "tags",
                   "'%s' is the name of a tag of the records' own", key);
    else if (config_setting_type(setting) != CONFIG_TYPE_STRING)
        ht_problem(&reading->problems, line, "tags", "'%s' must be a string", key);
    else if (!ht_text_is_utf8(config_setting_get_string(setting)))
        ht_problem(&reading->problems, line, "tags", "'%s' must be UTF-8", key);
    else
        put_tag(tags, count,
                (struct ht_tag){.key = key, .value = config_setting_get_string(setting)});
}

/* Merges the group into the tags that the target has from the defaults. The room was reckoned by
 * count_tags. */
static void read_tags(struct reading *reading, const config_setting_t *group,
                      struct ht_target *target)
{
    if (!config_setting_is_group(group)) {
        tell_at(reading, group, "tags", "must be a group { ... }");
        return;
    }
    struct ht_config_memory *memory = reading->memory;
    struct ht_tag *tags = memory->tags + memory->tag_count;
    size_t count = target->tag_count;
    if (count > 0)
        memcpy(tags, target->tags, count * sizeof *tags);
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        if (!is_renamed(reading, setting))
            read_tag(reading, setting, tags, &count);
    }
    memory->tag_count += count;
    target->tags = tags;
    target->tag_count = count;
}

static size_t group_tags(const config_setting_t *group)
{
    if (group == NULL || !config_setting_is_group(group))
        return 0;
    const config_setting_t *tags = config_setting_get_member(group, "tags");
    return tags != NULL && config_setting_is_group(tags) ? (size_t)config_setting_length(tags) : 0;
}

/* The most tags that reading the whole file can hand out. */
static size_t count_tags(const config_setting_t *defaults, const config_setting_t *targets)
{
    size_t common = group_tags(defaults);
    size_t count = common;
    for (int i = 0; targets != NULL && i < config_setting_length(targets); i++)
        count += common + group_tags(config_setting_get_elem(targets, (unsigned)i));
    return count;
}

/* ---- targets ---- */

static void read_defaults(struct reading *reading, const config_setting_t *group)
{
    struct ht_target *defaults = &reading->config->defaults;
    if (!config_setting_is_group(group)) {
        tell_at(reading, group, "defaults", "must be a group { ... }");
        return;
    }
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(setting);
        if (is_renamed(reading, setting))
            continue;
        if (strcmp(name, "tags") == 0)
            read_tags(reading, setting, defaults);
        else if (strcmp(name, "host") == 0 || strcmp(name, "name") == 0)
            tell_at(reading, setting, name, "belongs in a target, not in the defaults");
        else
            read_key(reading, setting, &defaults->settings);
    }
}

typedef int check_text(const char *text, struct ht_error *error);

/* The text of a host or a name, NULL (and a problem) if it is no good. */
static const char *read_label(struct reading *reading, const config_setting_t *setting,
                              const char *key, check_text *check)
{
    struct ht_error error;
    if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
        tell_at(reading, setting, key, "must be a string");
        return NULL;
    }
    if (check(config_setting_get_string(setting), &error) != HT_OK) {
        tell_at(reading, setting, key, error.text);
        return NULL;
    }
    return config_setting_get_string(setting);
}

static void read_target_setting(struct reading *reading, const config_setting_t *setting,
                                struct ht_target *target)
{
    const char *name = config_setting_name(setting);
    if (strcmp(name, "host") == 0)
        target->host = read_label(reading, setting, "host", ht_target_host_check);
    else if (strcmp(name, "name") == 0)
        target->name = read_label(reading, setting, "name", ht_target_name_check);
    else if (strcmp(name, "tags") == 0)
        read_tags(reading, setting, target);
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
static const struct ht_key *tell_of_contradiction(struct reading *reading,
                                                  const config_setting_t *place, const char *text)
{
    char name[32];
    size_t length = strcspn(text, ":");
    if (text[length] != ':' || length >= sizeof name) {
        tell_at(reading, place, NULL, text);
        return NULL;
    }
    memcpy(name, text, length);
    name[length] = '\0';
    tell_at(reading, place_of(place, name), NULL, text);
    return ht_key_find(name);
}

/* What only the complete target shows: settings that contradict each other, one after another. */
static void check_settings(struct reading *reading, const config_setting_t *place,
                           struct ht_settings *settings)
{
    struct ht_error error;
    while (ht_settings_check(settings, &error) != HT_OK) {
        const struct ht_key *key = tell_of_contradiction(reading, place, error.text);
        if (key == NULL || !ht_key_set_harmless(key, settings))
            return;
    }
}

/* A target without a name of its own bears that of its host. */
static void name_by_host(struct reading *reading, const config_setting_t *place,
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
static void check_port(struct reading *reading, const config_setting_t *group,
                       const struct ht_settings *settings)
{
    const config_setting_t *port = config_setting_get_member(group, "port");
    struct ht_error error;
    if (port != NULL && (reading->asks & HT_CONFIG_ANY_PROTOCOL) == 0 &&
        ht_settings_check_port(settings, &error) != HT_OK)
        tell_at(reading, port, "port", error.text);
}

static void read_target_group(struct reading *reading, const config_setting_t *group,
                              struct ht_target *target)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        if (!is_renamed(reading, setting))
            read_target_setting(reading, setting, target);
    }
    if (config_setting_get_member(group, "host") == NULL)
        tell_at(reading, group, "host", "is missing");
    if (target->host != NULL && config_setting_get_member(group, "name") == NULL)
        name_by_host(reading, group, target);
    check_port(reading, group, &target->settings);
}

static void read_target(struct reading *reading, const config_setting_t *element,
                        struct ht_target *target)
{
    *target = reading->config->defaults;
    if (config_setting_is_group(element)) {
        read_target_group(reading, element, target);
    } else if (config_setting_type(element) == CONFIG_TYPE_STRING) {
        target->host = read_label(reading, element, "host", ht_target_host_check);
        if (target->host != NULL)
            name_by_host(reading, element, target);
    } else {
        tell_at(reading, element, "targets", "a target must be a string or a group { ... }");
    }
    check_settings(reading, element, &target->settings);
}

static int compare_names(const void *a, const void *b)
{
    const struct ht_target *left = *(const struct ht_target *const *)a;
    const struct ht_target *right = *(const struct ht_target *const *)b;
    int order = ht_target_names_compare(left->name, right->name);
    return order != 0 ? order : (left > right) - (left < right);
}

static void tell_of_clash(struct reading *reading, const config_setting_t *list, size_t first,
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

static void check_names(struct reading *reading, const config_setting_t *list)
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

static void read_targets(struct reading *reading, const config_setting_t *list)
{
    struct ht_config *config = reading->config;
    if (!config_setting_is_list(list)) {
        tell_at(reading, list, "targets", "must be a list ( ... )");
        return;
    }
    size_t count = (size_t)config_setting_length(list);
    config->targets = calloc(count + 1, sizeof *config->targets);
    if (config->targets == NULL) {
        reading->problems.no_memory = true;
        return;
    }
    config->target_count = count;
    for (size_t i = 0; i < count; i++)
        read_target(reading, config_setting_get_elem(list, (unsigned)i), &config->targets[i]);
    check_names(reading, list);
}

/* ---- the top level ---- */

static int check_limit(enum ht_limit limit, const config_setting_t *setting, int64_t *value,
                       struct ht_error *error)
{
    bool seconds = limit == HT_LIMIT_DEADLINE;
    int type = config_setting_type(setting);
    if (type == CONFIG_TYPE_FLOAT && seconds) {
        *value = ht_seconds_to_ns(config_setting_get_float(setting));
    } else if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) {
        int64_t whole = type == CONFIG_TYPE_INT ? config_setting_get_int(setting)
                                                : config_setting_get_int64(setting);
        *value = seconds ? ht_whole_seconds_to_ns(whole) : whole;
    } else {
        return ht_limit_refuse_type(limit, error);
    }
    return ht_limit_check(limit, *value, error);
}

static int64_t read_limit(struct reading *reading, const config_setting_t *setting,
                          enum ht_limit limit)
{
    int64_t value = 0;
    struct ht_error error;
    if (check_limit(limit, setting, &value, &error) == HT_OK)
        return value;
    tell_at(reading, setting, config_setting_name(setting), error.text);
    return 0;
}

/* The members of the top level but `defaults` and `targets`, which are read in that order. */
static void read_top_setting(struct reading *reading, const config_setting_t *setting)
{
    struct ht_config *config = reading->config;
    const char *name = config_setting_name(setting);
    if (strcmp(name, "pps") == 0) {
        config->has_pps = true;
        config->pps = (uint32_t)read_limit(reading, setting, HT_LIMIT_PPS);
    } else if (strcmp(name, "deadline") == 0) {
        config->has_deadline = true;
        config->deadline_ns = read_limit(reading, setting, HT_LIMIT_DEADLINE);
    } else if (ht_key_find(name) != NULL || strcmp(name, "tags") == 0) {
        tell_at(reading, setting, name, "belongs in the defaults or in a target");
    } else if (strcmp(name, "defaults") != 0 && strcmp(name, "targets") != 0) {
        tell_at(reading, setting, name, "unknown key");
    }
}

static void read_tree(struct reading *reading)
{
    bool need_targets = (reading->asks & HT_CONFIG_TARGETS) != 0;
    const config_setting_t *root = config_root_setting(&reading->memory->tree);
    const config_setting_t *defaults = config_setting_get_member(root, "defaults");
    const config_setting_t *targets = config_setting_get_member(root, "targets");
    reading->memory->tags =
        calloc(count_tags(defaults, targets) + 1, sizeof *reading->memory->tags);
    if (reading->memory->tags == NULL) {
        reading->problems.no_memory = true;
        return;
    }
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        if (!is_renamed(reading, setting))
            read_top_setting(reading, setting);
    }
    if (defaults != NULL)
        read_defaults(reading, defaults);
    if (targets != NULL)
        read_targets(reading, targets);
    if (need_targets && targets == NULL)
        ht_problem(&reading->problems, 1, "targets", "is missing");
    else if (need_targets && config_setting_is_list(targets) && config_setting_length(targets) == 0)
        tell_at(reading, targets, "targets", "must not be empty");
}

/* ---- the way in ---- */

static bool read_clean(struct reading *reading, const char *text)
{
    config_t *tree = &reading->memory->tree;
    enum ht_tree_outcome outcome = ht_tree_read(tree, text);
    reading->memory->has_tree = outcome != HT_TREE_NO_MEMORY;
    if (outcome == HT_TREE_NO_MEMORY)
        reading->problems.no_memory = true;
    else if (outcome == HT_TREE_WRONG)
        ht_problem(&reading->problems, (unsigned)config_error_line(tree), NULL, "%s",
                   config_error_text(tree));
    return outcome == HT_TREE_READ;
}

static bool parse(struct reading *reading, const char *text)
{
    struct ht_text clean;
    bool good = ht_scan(text, &reading->problems, &clean, &reading->renamed) &&
                read_clean(reading, clean.data);
    ht_text_fini(&clean);
    return good;
}

static int finish(struct reading *reading)
{
    int code = reading->problems.no_memory   ? HT_ERR_NOMEM
               : reading->problems.count > 0 ? HT_ERR_INVALID
                                             : HT_OK;
    if (code != HT_OK)
        ht_config_fini(reading->config);
    return code;
}

static bool begin(struct reading *reading)
{
    *reading->config = (struct ht_config){0};
    ht_settings_init(&reading->config->defaults.settings);
    reading->memory = calloc(1, sizeof *reading->memory);
    if (reading->memory == NULL)
        return false;
    reading->config->memory = reading->memory;
    return true;
}

/* `text` may be changed meanwhile. */
static int read_whole(struct reading *reading, const struct ht_text *text)
{
    const char *nul = text->length > 0 ? memchr(text->data, '\0', text->length) : NULL;
    if (text->failed || !begin(reading))
        return HT_ERR_NOMEM;
    if (nul != NULL) {
        unsigned line = 1;
        for (const char *at = text->data; at < nul; at++)
            line += *at == '\n';
        ht_problem(&reading->problems, line, NULL, "a NUL byte: this is not a text file");
    } else if (parse(reading, text->length > 0 ? text->data : "")) {
        read_tree(reading);
    }
    return finish(reading);
}

int ht_config_read_text(const char *text, size_t length, const char *name, unsigned asks,
                        struct ht_config *config, ht_config_problem *problem, void *user)
{
    struct reading reading = {
        .problems = {.file = name, .tell = problem, .user = user}, .config = config, .asks = asks};
    *config = (struct ht_config){0};
    struct ht_text copy = {0};
    ht_text_append(&copy, text, length);
    int code = read_whole(&reading, &copy);
    ht_sources_fini(&reading.problems.sources);
    ht_text_fini(&copy);
    return code;
}

int ht_config_read_file(const char *path, unsigned asks, struct ht_config *config,
                        ht_config_problem *problem, void *user)
{
    struct reading reading = {.problems = {.file = path,
                                           .tell = problem,
                                           .user = user,
                                           .sources = {.load = ht_load_file}},
                              .config = config,
                              .asks = asks};
    *config = (struct ht_config){0};
    struct ht_text text = {0};
    int code;
    int sys_errno = ht_load_file(path, &text);
    if (sys_errno != 0) {
        struct ht_error error;
        ht_source_refuse(&error, sys_errno, "");
        ht_problem_of_file(&reading.problems, error.text);
        code = reading.problems.no_memory ? HT_ERR_NOMEM : HT_ERR_INVALID;
    } else {
        code = read_whole(&reading, &text);
    }
    ht_sources_fini(&reading.problems.sources);
    ht_text_fini(&text);
    return code;
}

void ht_config_fini(struct ht_config *config)
{
    if (config->memory != NULL) {
        if (config->memory->has_tree)
            config_destroy(&config->memory->tree);
        free(config->memory->tags);
        free(config->memory);
    }
    free(config->targets);
    *config = (struct ht_config){0};
}
