#include "model/event.h"

#include <stdbool.h>

#define FIELD(called, what, member)                                                                \
    {                                                                                              \
        .name = (called), .type = HT_EVENT_FIELD_##what,                                           \
        .offset = offsetof(struct ht_event, member)                                                \
    }
#define IF_KNOWN(called, what, member, flag)                                                       \
    {                                                                                              \
        .name = (called), .type = HT_EVENT_FIELD_##what,                                           \
        .offset = offsetof(struct ht_event, member), .known = offsetof(struct ht_event, flag)      \
    }
#define ADDRESS(called, member, zone_member)                                                       \
    {                                                                                              \
        .name = (called), .type = HT_EVENT_FIELD_ADDRESS,                                          \
        .offset = offsetof(struct ht_event, member),                                               \
        .zone = offsetof(struct ht_event, zone_member)                                             \
    }

static const struct {
    const char *name;
    struct ht_event_field fields[HT_EVENT_FIELDS_MAX + 1];
} kinds[HT_EVENT_KINDS] = {
    [HT_EVENT_PATH_CHANGED] = {"path_changed",
                               {FIELD("ttl", UINT8, ttl),
                                ADDRESS("old_address", old_address, old_zone),
                                ADDRESS("new_address", new_address, new_zone),
                                IF_KNOWN("old_path_id", HEX, old_path_id, has_old_path_id),
                                IF_KNOWN("new_path_id", HEX, new_path_id, has_new_path_id),
                                FIELD("old_hops", UINT8, old_hops),
                                FIELD("new_hops", UINT8, new_hops),
                                FIELD("seen_before", BOOLEAN, seen_before)}},
    [HT_EVENT_ADDRESS_CHANGED] = {"address_changed",
                                  {ADDRESS("old_address", old_address, old_zone),
                                   ADDRESS("new_address", new_address, new_zone)}},
};

const char *ht_event_name(enum ht_event_kind kind)
{
    return kind < HT_EVENT_KINDS ? kinds[kind].name : "";
}

const struct ht_event_field *ht_event_fields(enum ht_event_kind kind)
{
    static const struct ht_event_field none = {0};
    return kind < HT_EVENT_KINDS ? kinds[kind].fields : &none;
}

const char *ht_severity_name(enum ht_severity severity)
{
    static const char *const names[] = {"okay", "warning", "failure"};
    return severity <= HT_SEVERITY_FAILURE ? names[severity] : "";
}
