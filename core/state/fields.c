#include "state/fields.h"

#include <string.h>

#include "history/path_memory.h"
#include "hoptrace/time.h"

/* No timeout is above 60 s, and no round-trip time above that. */
#define RTT_MOST_NS (60 * (uint64_t)HT_NS_PER_S)

#define FIELD(type, key, member, most)                                                             \
    {                                                                                              \
        "\"" key "\":", most, offsetof(type, member), sizeof(((type *)0)->member)                  \
    }
#define PATH(key, member, most)  FIELD(struct ht_path_memory, key, member, most)
#define ROUND(key, member, most) FIELD(struct ht_round_memory, key, member, most)

const struct ht_state_field ht_state_path_fields[] = {
    PATH("port", key.port, UINT16_MAX),
    PATH("local_id", key.local_id, UINT16_MAX),
    PATH("tos", key.tos, UINT8_MAX),
    PATH("fwmark", key.fwmark, UINT32_MAX),
    PATH("flow", key.flow, UINT8_MAX),
    PATH("path_since_ns", since_ns, INT64_MAX),
    PATH("measured_ns", measured_ns, INT64_MAX),
    PATH("path_changes", changes, UINT32_MAX),
    PATH("hop_count", path_hops, UINT8_MAX),
};
const size_t ht_state_path_field_count =
    sizeof ht_state_path_fields / sizeof ht_state_path_fields[0];

const struct ht_state_field ht_state_round_fields[] = {
    ROUND("destination_ttl", destination_ttl, UINT8_MAX),
    ROUND("last_router_ttl", last_router_ttl, UINT8_MAX),
    ROUND("max_rtt_ns", max_rtt_ns, RTT_MOST_NS),
    ROUND("next_timestamp", next_timestamp, UINT32_MAX),
    ROUND("numbers", numbers, UINT16_MAX),
    ROUND("next_number", next_number, UINT16_MAX),
    ROUND("one_by_one", one_by_one, 1),
    ROUND("labels_lengths", labels_lengths, 1),
};
const size_t ht_state_round_field_count =
    sizeof ht_state_round_fields / sizeof ht_state_round_fields[0];

static uint64_t load(const void *at, uint8_t size)
{
    uint16_t two;
    uint32_t four;
    int64_t eight;
    switch (size) {
    case 1:
        return *(const uint8_t *)at;
    case sizeof two:
        memcpy(&two, at, sizeof two);
        return two;
    case sizeof four:
        memcpy(&four, at, sizeof four);
        return four;
    default:
        memcpy(&eight, at, sizeof eight);
        return eight > 0 ? (uint64_t)eight : 0;
    }
}

uint64_t ht_state_field_get(const struct ht_state_field *field, const void *of)
{
    uint64_t value = load((const char *)of + field->offset, field->size);
    return value < field->most ? value : field->most;
}

void ht_state_field_set(const struct ht_state_field *field, void *of, uint64_t value)
{
    void *at = (char *)of + field->offset;
    uint8_t one = (uint8_t)value;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;
    int64_t eight = (int64_t)value;
    const void *source = field->size == 1             ? (const void *)&one
                         : field->size == sizeof two  ? (const void *)&two
                         : field->size == sizeof four ? (const void *)&four
                                                      : (const void *)&eight;
    memcpy(at, source, field->size);
}
