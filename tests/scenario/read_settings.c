#include <string.h>

#include "reading.h"
#include "support.h"

/* The defaults of the interface, section 1, written down once more: a wrong one must show. */
static const struct ht_settings usual_settings = {
    .protocol = HT_ICMP,
    .first_ttl = 1,
    .max_ttl = 30,
    .gap_limit = 5,
    .retries = 1,
    .probes = 3,
    .flows = 1,
    .confidence = 95,
    .payload_size = 32,
    .numeric = true,
    .timeout_ns = 1000000000,
};

static const struct script_options usual_options = {
    .batch = 64,
    .local_id = 4711,
    .seed = 1,
    .device_mtu = 1500,
    .limit_ns = INT64_C(600000000000),
    .stamps = HT_TIME_KERNEL,
};

enum field_type { FIELD_U8, FIELD_U16, FIELD_U32, FIELD_TIME };

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
};

static const struct field setting_fields[] = {
    {"port", FIELD_U16, offsetof(struct ht_settings, port)},
    {"first_ttl", FIELD_U8, offsetof(struct ht_settings, first_ttl)},
    {"max_ttl", FIELD_U8, offsetof(struct ht_settings, max_ttl)},
    {"gap_limit", FIELD_U8, offsetof(struct ht_settings, gap_limit)},
    {"retries", FIELD_U8, offsetof(struct ht_settings, retries)},
    {"probes", FIELD_U16, offsetof(struct ht_settings, probes)},
    {"end_probes", FIELD_U16, offsetof(struct ht_settings, end_probes)},
    {"payload_size", FIELD_U16, offsetof(struct ht_settings, payload_size)},
    {"tos", FIELD_U8, offsetof(struct ht_settings, tos)},
    {"flows", FIELD_U8, offsetof(struct ht_settings, flows)},
    {"timeout", FIELD_TIME, offsetof(struct ht_settings, timeout_ns)},
    {"interval", FIELD_TIME, offsetof(struct ht_settings, interval_ns)},
    {"share_hops", FIELD_U8, offsetof(struct ht_settings, share_hops)},
    {"mtu", FIELD_U8, offsetof(struct ht_settings, mtu)},
};

static const struct field option_fields[] = {
    {"pps", FIELD_U32, offsetof(struct script_options, pps)},
    {"batch", FIELD_U32, offsetof(struct script_options, batch)},
    {"local_id", FIELD_U32, offsetof(struct script_options, local_id)},
    {"seed", FIELD_U32, offsetof(struct script_options, seed)},
    {"send_cost", FIELD_TIME, offsetof(struct script_options, send_cost_ns)},
    {"latency", FIELD_TIME, offsetof(struct script_options, latency_ns)},
    {"limit", FIELD_TIME, offsetof(struct script_options, limit_ns)},
    {"memory", FIELD_U32, offsetof(struct script_options, memory)},
    {"waits", FIELD_U32, offsetof(struct script_options, waits)},
    {"device_mtu", FIELD_U32, offsetof(struct script_options, device_mtu)},
};

static bool store(char *place, enum field_type type, const char *text)
{
    uint32_t number = 0;
    switch (type) {
    case FIELD_U8: {
        bool good = value_unsigned(text, UINT8_MAX, &number);
        uint8_t small = (uint8_t)number;
        memcpy(place, &small, sizeof small);
        return good;
    }
    case FIELD_U16: {
        bool good = value_unsigned(text, UINT16_MAX, &number);
        uint16_t small = (uint16_t)number;
        memcpy(place, &small, sizeof small);
        return good;
    }
    case FIELD_U32: {
        bool good = value_unsigned(text, UINT32_MAX, &number);
        memcpy(place, &number, sizeof number);
        return good;
    }
    default: {
        int64_t time_ns = 0;
        bool good = value_time(text, &time_ns);
        memcpy(place, &time_ns, sizeof time_ns);
        return good;
    }
    }
}

/* Sets the field that a word names; false: it names none of these. */
static bool set_field(const struct reading *reading, const struct field *fields, size_t count,
                      void *into, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = reading_value(word, fields[i].name);
        if (value == NULL)
            continue;
        if (!store((char *)into + fields[i].offset, fields[i].type, value))
            reading_fail(reading, "bad value", word);
        return true;
    }
    return false;
}

bool reading_set_setting(const struct reading *reading, struct ht_settings *settings,
                         const char *word)
{
    static const char *const protocols[] = {"icmp", "udp", "tcp"};
    const char *protocol = reading_value(word, "protocol");
    const char *flows = reading_value(word, "flows");
    unsigned confidence;
    if (flows != NULL && strcmp(flows, "all") == 0) {
        settings->flows = HT_FLOWS_ALL;
        return true;
    }
    if (reading_value(word, "confidence") != NULL) {
        if (!value_unsigned(reading_value(word, "confidence"), 99, &confidence))
            reading_fail(reading, "bad value", word);
        settings->confidence = confidence;
        return true;
    }
    for (size_t i = 0; protocol != NULL && i < 3; i++) {
        if (strcmp(protocol, protocols[i]) == 0) {
            settings->protocol = (enum ht_protocol)i;
            return true;
        }
    }
    if (strcmp(word, "timeout=auto") == 0) {
        settings->timeout_ns = HT_TIMEOUT_AUTO;
        return true;
    }
    return set_field(reading, setting_fields, sizeof setting_fields / sizeof setting_fields[0],
                     settings, word);
}

void reading_begin(struct reading *reading)
{
    reading->scenario->options = usual_options;
    reading->defaults = usual_settings;
}

void read_options(struct reading *reading)
{
    static const char *const stamps[] = {"user", "kernel_rx", "kernel"};
    struct script_options *options = &reading->scenario->options;
    for (size_t i = 1; i < reading->count; i++) {
        const char *word = reading->words[i];
        const char *value = reading_value(word, "stamps");
        size_t n = 0;
        while (value != NULL && n < 3 && strcmp(stamps[n], value) != 0)
            n++;
        if (value != NULL && n < 3)
            options->stamps = (enum ht_time_source)n;
        else if (!set_field(reading, option_fields, sizeof option_fields / sizeof option_fields[0],
                            options, word))
            reading_fail(reading, "no such option", word);
    }
    if (options->batch == 0 || options->local_id > UINT16_MAX)
        reading_fail(reading, "out of range", reading->text);
}

void read_defaults(struct reading *reading)
{
    for (size_t i = 1; i < reading->count; i++) {
        if (!reading_set_setting(reading, &reading->defaults, reading->words[i]))
            reading_fail(reading, "no such setting", reading->words[i]);
    }
}
