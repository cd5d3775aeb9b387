#include "state/fields.h"

#include <string.h>

#include "history/path_memory.h"
#include "state/scan.h"

#define RTT_MOST_NS (HT_STATE_US_MOST * (uint64_t)1000)

#define FIELD(type, key, member, most, version)                                                    \
    {                                                                                              \
        "\"" key "\":", most, offsetof(type, member), sizeof(((type *)0)->member), version         \
    }
#define PATH(key, member, most)           FIELD(struct ht_path_memory, key, member, most, 1)
#define ROUND(key, member, most, version) FIELD(struct ht_round_memory, key, member, most, version)
#define WHERE(key, member, most)          FIELD(struct ht_where, key, member, most, 2)

const struct ht_state_field ht_state_path_fields[] = {
    PATH("port", key.port, UINT16_MAX),
    PATH("local_id", key.local_id, UINT16_MAX),
    PATH("tos", key.tos, UINT8_MAX),
    PATH("fwmark", key.fwmark, UINT32_MAX),
    PATH("flow", key.flow, HT_FLOWS_SEARCHED - 1),
    PATH("path_since_ns", since_ns, INT64_MAX),
    PATH("measured_ns", measured_ns, INT64_MAX),
    PATH("path_changes", changes, UINT32_MAX),
    PATH("hop_count", path_hops, UINT8_MAX),
};
const size_t ht_state_path_field_count =
    sizeof ht_state_path_fields / sizeof ht_state_path_fields[0];

const struct ht_state_field ht_state_round_fields[] = {
    ROUND("destination_ttl", destination_ttl, UINT8_MAX, 1),
    ROUND("last_router_ttl", last_router_ttl, UINT8_MAX, 1),
    ROUND("max_rtt_ns", max_rtt_ns, RTT_MOST_NS, 1),
    ROUND("longest_rtt_ns", longest_rtt_ns, RTT_MOST_NS, 2),
    ROUND("next_timestamp", next_timestamp, UINT32_MAX, 1),
    ROUND("numbers", numbers, UINT16_MAX, 1),
    ROUND("next_number", next_number, UINT16_MAX, 1),
    ROUND("one_by_one", one_by_one, 1, 1),
    ROUND("labels_lengths", labels_lengths, 1, 1),
};
const size_t ht_state_round_field_count =
    sizeof ht_state_round_fields / sizeof ht_state_round_fields[0];

const struct ht_state_field ht_state_where_fields[] = {
    WHERE("in_doubt", window.in_doubt, 1),
    WHERE("calm_is_kept", window.calm_is_kept, 1),
    WHERE("calm_newer", window.calm_rounds[0], HT_WINDOW_MAX),
    WHERE("calm_older", window.calm_rounds[1], HT_WINDOW_MAX),
    WHERE("since_value", usual.since_value, UINT16_MAX),
    WHERE("unusual", usual.unusual, UINT16_MAX),
    WHERE("next", times.next, UINT16_MAX),
    WHERE("in_block", times.in_block, UINT16_MAX),
    WHERE("doubt_ns", doubt_ns, INT64_MAX),
    WHERE("round", round, UINT32_MAX),
    WHERE("destination_ttl", destination_ttl, UINT8_MAX),
    WHERE("loss_after_hop", loss_place.after_hop, UINT8_MAX),
    WHERE("loss_by_hop", loss_place.by_hop, UINT8_MAX),
    WHERE("rtt_after_hop", rtt_place.after_hop, UINT8_MAX),
    WHERE("rtt_by_hop", rtt_place.by_hop, UINT8_MAX),
    WHERE("outage_after_hop", outage_place.after_hop, UINT8_MAX),
    WHERE("outage_by_hop", outage_place.by_hop, UINT8_MAX),
    WHERE("reach", reach, HT_REACH_UNREACHED),
    WHERE("lossy", loss.lossy, 1),
    WHERE("age", loss.age, UINT16_MAX),
    WHERE("low", loss.low, UINT16_MAX),
    WHERE("risen", time.risen, 1),
    WHERE("risen_since", time.since, UINT16_MAX),
};
const size_t ht_state_where_field_count =
    sizeof ht_state_where_fields / sizeof ht_state_where_fields[0];

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

void ht_state_put_number(struct ht_text *text, uint64_t value)
{
    char digits[20];
    size_t begin = sizeof digits;
    do {
        digits[--begin] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    ht_text_append(text, digits + begin, sizeof digits - begin);
}

void ht_state_put_fields(struct ht_text *text, const struct ht_state_field *fields, size_t count,
                         const void *of)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = ht_state_field_get(&fields[i], of);
        ht_text_puts(text, fields[i].key);
        if (fields[i].most == 1)
            ht_text_puts(text, value != 0 ? "true" : "false");
        else
            ht_state_put_number(text, value);
        ht_text_putc(text, ',');
    }
}

static bool scan_truth(struct ht_reader *in)
{
    bool truth = ht_scan_has(in, "true");
    if (!truth)
        ht_scan_exactly(in, "false");
    return truth;
}

void ht_state_scan_fields(struct ht_reader *in, const struct ht_state_field *fields, size_t count,
                          unsigned version, void *of)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].version > version)
            continue;
        ht_scan_exactly(in, fields[i].key);
        uint64_t value = fields[i].most == 1 ? scan_truth(in) : ht_scan_number(in, fields[i].most);
        ht_state_field_set(&fields[i], of, value);
        ht_scan_exactly(in, ",");
    }
}
