#include "config/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/load.h"
#include "config/reading.h"
#include "config/scan.h"

/* ---- the top level ---- */

/* The members of the top level but `defaults` and `targets`, which are read in that order. */
static void read_top_setting(struct ht_reading *reading, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    const struct ht_key *key = ht_process_key_find(name);
    if (key != NULL && ht_key_in_file(key))
        (void)ht_reading_set(reading, key, setting, &reading->config->process);
    else if (ht_key_find(name) != NULL || strcmp(name, "tags") == 0)
        ht_reading_tell(reading, setting, name, "belongs in the defaults or in a target");
    else if (strcmp(name, "defaults") != 0 && strcmp(name, "targets") != 0)
        ht_reading_tell(reading, setting, name, "unknown key");
}

static void read_tree(struct ht_reading *reading)
{
    const config_setting_t *root = config_root_setting(&reading->memory->tree);
    const config_setting_t *defaults = config_setting_get_member(root, "defaults");
    const config_setting_t *targets = config_setting_get_member(root, "targets");
    reading->memory->tags =
        calloc(ht_reading_count_tags(defaults, targets) + 1, sizeof *reading->memory->tags);
    if (reading->memory->tags == NULL) {
        reading->problems.no_memory = true;
        return;
    }
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        if (!ht_reading_is_renamed(reading, setting))
            read_top_setting(reading, setting);
    }
    if (defaults != NULL)
        ht_reading_defaults(reading, defaults);
    if (targets != NULL)
        ht_reading_targets(reading, targets);
    /* A list of targets elsewhere, which was read above, will do. */
    bool need_targets =
        (reading->asks & HT_CONFIG_TARGETS) != 0 && reading->config->process.targets_file == NULL;
    if (need_targets && targets == NULL)
        ht_problem(&reading->problems, 1, "targets", "is missing");
    else if (need_targets && config_setting_is_list(targets) && config_setting_length(targets) == 0)
        ht_reading_tell(reading, targets, "targets", "must not be empty");
}

/* ---- the way in ---- */

static bool read_clean(struct ht_reading *reading, const char *text)
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

static bool parse(struct ht_reading *reading, const char *text)
{
    struct ht_text clean;
    bool good = ht_scan(text, &reading->problems, &clean, &reading->renamed) &&
                read_clean(reading, clean.data);
    ht_text_fini(&clean);
    return good;
}

static void note_included(struct ht_reading *reading)
{
    struct ht_text *included = &reading->config->included;
    const struct ht_source *source = reading->problems.sources.first;
    for (; source != NULL; source = source->next)
        ht_text_append(included, source->name, strlen(source->name) + 1);
    reading->problems.no_memory |= included->failed;
}

static int finish(struct ht_reading *reading)
{
    note_included(reading);
    int code = reading->problems.no_memory   ? HT_ERR_NOMEM
               : reading->problems.count > 0 ? HT_ERR_INVALID
                                             : HT_OK;
    if (code != HT_OK)
        ht_config_fini(reading->config);
    return code;
}

static bool begin(struct ht_reading *reading)
{
    *reading->config = (struct ht_config){0};
    ht_settings_init(&reading->config->defaults.settings);
    ht_process_settings_init(&reading->config->process);
    reading->memory = calloc(1, sizeof *reading->memory);
    if (reading->memory == NULL)
        return false;
    reading->config->memory = reading->memory;
    return true;
}

/* `text` may be changed meanwhile. */
static int read_whole(struct ht_reading *reading, const struct ht_text *text)
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
    struct ht_reading reading = {
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
    struct ht_reading reading = {.problems = {.file = path,
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
    ht_text_fini(&config->included);
    *config = (struct ht_config){0};
}
