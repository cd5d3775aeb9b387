#include "config/tree.h"

#include <stdbool.h>
#include <stddef.h>

#include "config/trial.h"

/* libconfig 1.5 does not look whether its allocations succeed: it ends the process, crashes, or
 * leaves out what it had to copy. */
struct attempt {
    config_t *tree;
    const char *text;
};

/* Every string of the setting and below it is there, and every name of a member. */
static bool is_whole(const config_setting_t *setting)
{
    if (config_setting_type(setting) == CONFIG_TYPE_STRING)
        return config_setting_get_string(setting) != NULL;
    bool named = config_setting_is_group(setting);
    int count = config_setting_is_aggregate(setting) ? config_setting_length(setting) : 0;
    for (int i = 0; i < count; i++) {
        const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
        if ((named && config_setting_name(member) == NULL) || !is_whole(member))
            return false;
    }
    return true;
}

/* True: the text can be parsed, or what is wrong with it can be told. */
static bool try_to_parse(const void *argument)
{
    const struct attempt *attempt = argument;
    config_init(attempt->tree);
    if (config_read_string(attempt->tree, attempt->text) != CONFIG_TRUE)
        return config_error_text(attempt->tree) != NULL;
    return is_whole(config_root_setting(attempt->tree));
}

/* The steps are those that were tried. */
enum ht_tree_outcome ht_tree_read(config_t *tree, const char *text)
{
    const struct attempt attempt = {.tree = tree, .text = text};
    if (!ht_trial(try_to_parse, &attempt))
        return HT_TREE_NO_MEMORY;
    config_init(tree);
    return config_read_string(tree, text) == CONFIG_TRUE ? HT_TREE_READ : HT_TREE_WRONG;
}
