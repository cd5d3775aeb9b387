/* Tags of targets. */
#include <string.h>

#include "config/names.h"
#include "config/reading.h"

/* Tags and labels that the outputs write themselves. */
static bool is_own_tag(const char *key)
{
    static const char *const own[] = {"family", "protocol", "target", "hop", "stat", "event"};
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

static void read_tag(struct ht_reading *reading, const config_setting_t *setting,
                     struct ht_tag *tags, size_t *count)
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

void ht_reading_tags(struct ht_reading *reading, const config_setting_t *group,
                     struct ht_target *target)
{
    if (!config_setting_is_group(group)) {
        ht_reading_tell(reading, group, "tags", "must be a group { ... }");
        return;
    }
    struct ht_config_memory *memory = reading->memory;
    struct ht_tag *tags = memory->tags + memory->tag_count;
    size_t count = target->tag_count;
    if (count > 0)
        memcpy(tags, target->tags, count * sizeof *tags);
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        if (!ht_reading_is_renamed(reading, setting))
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

size_t ht_reading_count_tags(const config_setting_t *defaults, const config_setting_t *targets)
{
    size_t common = group_tags(defaults);
    size_t count = common;
    for (int i = 0; targets != NULL && i < config_setting_length(targets); i++)
        count += common + group_tags(config_setting_get_elem(targets, (unsigned)i));
    return count;
}
