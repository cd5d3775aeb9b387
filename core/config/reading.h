/* A configuration that is being read: what its parts have in common. Internal to the reader of
 * files: file.c parses and reads the top level, file_targets.c targets, file_tags.c their tags,
 * reading.c single settings. */
#ifndef HT_CONFIG_READING_H
#define HT_CONFIG_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "config/file.h"
#include "config/problems.h"
#include "config/tree.h"

/* What is kept as long as the configuration: its strings are those of the tree. */
struct ht_config_memory {
    config_t tree;
    bool has_tree;
    struct ht_tag *tags;
    size_t tag_count; /* handed out */
};

/* One reading of a configuration. */
struct ht_reading {
    struct ht_problems problems;
    struct ht_config *config;
    struct ht_config_memory *memory;
    unsigned asks; /* of enum ht_config_asks */
    bool renamed;  /* settings that stood twice bear another name in the tree */
};

/* Tells of a problem where the setting stands; `key` may be NULL. */
void ht_reading_tell(struct ht_reading *reading, const config_setting_t *setting, const char *key,
                     const char *what);

/* Whether the setting stood twice, which was told, and is to be passed over. */
bool ht_reading_is_renamed(const struct ht_reading *reading, const config_setting_t *setting);

/* Sets the field of the key in the struct of its scope, or tells what is wrong; false: it did. */
bool ht_reading_set(struct ht_reading *reading, const struct ht_key *key,
                    const config_setting_t *setting, void *settings);

/* ---- file_tags.c ---- */

/* The most tags that reading all of the file can hand out. Both groups may be NULL. */
size_t ht_reading_count_tags(const config_setting_t *defaults, const config_setting_t *targets);

/* Merges the group into the tags that the target has from the defaults, with the room that
 * ht_reading_count_tags reckoned. */
void ht_reading_tags(struct ht_reading *reading, const config_setting_t *group,
                     struct ht_target *target);

/* ---- file_targets.c ---- */

/* Reads the members of the top level of these names into reading->config. */
void ht_reading_defaults(struct ht_reading *reading, const config_setting_t *group);
void ht_reading_targets(struct ht_reading *reading, const config_setting_t *list);

#endif
