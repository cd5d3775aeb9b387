#include "api/taken.h"

#include "base/sized.h"
#include "config/layout.h"

/* A target behind its settings, which have a size of their own. */
#define REST_OFFSET offsetof(struct ht_target, name)

_Static_assert(REST_OFFSET == sizeof(struct ht_settings), "the rest begins where settings end");

int ht_target_take(struct ht_target *own, const struct ht_target *given, size_t struct_size,
                   struct ht_error *error)
{
    *own = (struct ht_target){.name = NULL};
    int code = ht_settings_take(&own->settings, &given->settings, error);
    if (code != HT_OK)
        return code;
    size_t offset = given->settings.struct_size;
    if (struct_size < offset || struct_size > HT_SIZED_MAX)
        return ht_error_set(error, HT_ERR_INVALID,
                            "target: %zu bytes is the size of no version of this struct",
                            struct_size);
    return ht_sized_take(&own->name, sizeof *own - REST_OFFSET, (const char *)given + offset,
                         struct_size - offset, offsetof(struct ht_target, tags) - REST_OFFSET,
                         "target", error);
}

int ht_engine_options_take(struct ht_engine_options *own, const struct ht_engine_options *given,
                           size_t struct_size, struct ht_error *error)
{
    *own = (struct ht_engine_options){.on_report = NULL};
    return ht_sized_take(own, sizeof *own, given, struct_size,
                         offsetof(struct ht_engine_options, on_hop), "engine options", error);
}
