#include "config/layout.h"

#include <string.h>

#include "base/sized.h"
#include "config/keys.h"

/* Up to here the settings of every version go. */
#define LEAST_SIZE offsetof(struct ht_settings, interface)

void ht_settings_init_sized(struct ht_settings *settings, size_t struct_size)
{
    struct ht_settings defaults;
    if (struct_size < LEAST_SIZE || struct_size > HT_SIZED_MAX)
        return;
    ht_settings_set_defaults(&defaults);
    defaults.struct_size = (uint32_t)struct_size;
    memset(settings, 0, struct_size);
    memcpy(settings, &defaults, struct_size < sizeof defaults ? struct_size : sizeof defaults);
}

int ht_settings_take(struct ht_settings *own, const struct ht_settings *given,
                     struct ht_error *error)
{
    if (given->struct_size < LEAST_SIZE)
        return ht_error_set(error, HT_ERR_INVALID,
                            "settings: struct_size is %u: ht_settings_init was not called",
                            given->struct_size);
    if (given->struct_size < sizeof *own) /* else each member is copied */
        ht_settings_set_defaults(own);
    int code =
        ht_sized_take(own, sizeof *own, given, given->struct_size, LEAST_SIZE, "settings", error);
    own->struct_size = sizeof *own;
    return code;
}

int ht_settings_check(const struct ht_settings *settings, struct ht_error *error)
{
    struct ht_settings own;
    int code = ht_settings_take(&own, settings, error);
    return code == HT_OK ? ht_settings_check_values(&own, error) : code;
}
