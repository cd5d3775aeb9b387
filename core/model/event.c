#include "model/event.h"

#include <stdbool.h>

#include "hoptrace/names.h"

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
#define WORD(called, function)                                                                     \
    {                                                                                              \
        .name = (called), .type = HT_EVENT_FIELD_WORD, .word = (function)                          \
    }
#define STRINGS(called, member, count_member)                                                      \
    {                                                                                              \
        .name = (called), .type = HT_EVENT_FIELD_STRINGS,                                          \
        .offset = offsetof(struct ht_event, member),                                               \
        .count = offsetof(struct ht_event, count_member)                                           \
    }
#define ADDRESSES_OF_PLACE                                                                         \
    ADDRESS("after_address", after_address, after_zone), ADDRESS("by_address", by_address, by_zone)
#define PLACE                                                                                      \
    IF_KNOWN("after_hop", UINT8, after_hop, has_place),                                            \
        IF_KNOWN("by_hop", UINT8, by_hop, has_place), ADDRESSES_OF_PLACE

static const char *status_of(const void *event)
{
    return ht_status_name(((const struct ht_event *)event)->status);
}

static const char *stop_reason_of(const void *event)
{
    return ht_stop_reason_name(((const struct ht_event *)event)->stop_reason);
}

static const char *summed_up_by(const void *event)
{
    return ht_event_name(((const struct ht_event *)event)->of);
}

#define LOSS                                                                                       \
    {                                                                                              \
        FIELD("loss_percent", PERCENT, loss_percent), PLACE                                        \
    }
#define TIMES                                                                                      \
    {                                                                                              \
        FIELD("rtt_ms", MS, rtt_ms), FIELD("usual_rtt_ms", MS, usual_rtt_ms), PLACE                \
    }
#define OUTAGE                                                                                     \
    {                                                                                              \
        WORD("status", status_of), WORD("stop_reason", stop_reason_of),                            \
            FIELD("last_hop", UINT8, last_hop), ADDRESS("last_address", last_address, last_zone)   \
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
    [HT_EVENT_LOSS_BEGAN] = {"loss_began", LOSS},
    [HT_EVENT_LOSS_ENDED] = {"loss_ended", LOSS},
    [HT_EVENT_RTT_ROSE] = {"rtt_rose", TIMES},
    [HT_EVENT_RTT_FELL] = {"rtt_fell", TIMES},
    [HT_EVENT_UNREACHED] = {"unreached", OUTAGE},
    [HT_EVENT_REACHED] = {"reached", OUTAGE},
    [HT_EVENT_COMMON_CAUSE] = {"common_cause",
                               {WORD("of", summed_up_by), FIELD("targets", UINT32, targets),
                                STRINGS("names", names, name_count), ADDRESSES_OF_PLACE}},
    [HT_EVENT_MARKING_CHANGED] = {"marking_changed",
                                  {FIELD("old_tos", UINT8, old_tos),
                                   FIELD("new_tos", UINT8, new_tos), FIELD("hop", UINT8, hop)}},
    [HT_EVENT_MTU_CHANGED] = {"mtu_changed",
                              {FIELD("old_mtu", UINT16, old_mtu), FIELD("new_mtu", UINT16, new_mtu),
                               FIELD("hop", UINT8, hop)}},
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
