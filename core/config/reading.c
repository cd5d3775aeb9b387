#include "config/reading.h"

#include <string.h>

#include "config/scan.h"

void ht_reading_tell(struct ht_reading *reading, const config_setting_t *setting, const char *key,
                     const char *what)
{
    ht_problem(&reading->problems, config_setting_source_line(setting), key, "%s", what);
}

bool ht_reading_is_renamed(const struct ht_reading *reading, const config_setting_t *setting)
{
    const char *name = config_setting_name(setting);
    return reading->renamed && strncmp(name, HT_SCAN_RENAMED, strlen(HT_SCAN_RENAMED)) == 0;
}

static int set_key(const struct ht_key *key, void *settings, const config_setting_t *setting,
                   struct ht_error *error)
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

bool ht_reading_set(struct ht_reading *reading, const struct ht_key *key,
                    const config_setting_t *setting, void *settings)
{
    struct ht_error error;
    if (set_key(key, settings, setting, &error) == HT_OK)
        return true;
    ht_reading_tell(reading, setting, config_setting_name(setting), error.text);
    return false;
}
