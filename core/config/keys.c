#include "config/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "hoptrace/names.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"

typedef int set_text(struct ht_settings *settings, const char *value, struct ht_error *error);

/* Words for whole numbers: false if `word` is none of them. */
typedef bool number_of_word(const char *word, int64_t *value);

struct ht_key {
    const char *name;
    size_t offset;
    size_t size;      /* of the field */
    int64_t minimum;  /* seconds: in nanoseconds */
    int64_t maximum;  /* seconds: in nanoseconds */
    int64_t standard; /* the default */
    set_text *set_text;
    number_of_word *number_of_word; /* integers that a word may stand for, else NULL */
    const char *words; /* what a text may be, where that is a list; what it means to choose no
                          number, where that is to be told */
    enum ht_key_type type;
    bool may_be_unset; /* the default, beside the range, says that nothing was chosen */
};

static set_text set_family, set_protocol, set_source, set_interface;
static number_of_word number_of_tos;

#define FIELD(field)                                                                               \
    .offset = offsetof(struct ht_settings, field), .size = sizeof(((struct ht_settings *)0)->field)
#define INTEGER(field, least, most, normal)                                                        \
    .name = #field, .type = HT_KEY_INTEGER, FIELD(field), .minimum = (least), .maximum = (most),   \
    .standard = (normal)
#define SECONDS(key, field, least_ms, most_ms, normal_ms)                                          \
    .name = (key), .type = HT_KEY_SECONDS, FIELD(field), .minimum = (least_ms)*HT_NS_PER_MS,       \
    .maximum = (most_ms)*HT_NS_PER_MS, .standard = (normal_ms)*HT_NS_PER_MS
#define TEXT(field, setter) .name = #field, .type = HT_KEY_TEXT, FIELD(field), .set_text = (setter)

static const struct ht_key table[] = {
    {TEXT(family, set_family), .words = "any, ipv4, ipv6"},
    {TEXT(protocol, set_protocol), .words = "icmp, udp, tcp"},
    {INTEGER(port, 1, 65535, 0), .may_be_unset = true},
    {INTEGER(first_ttl, 1, 255, 1)},
    {INTEGER(max_ttl, 1, 255, 30)},
    {INTEGER(gap_limit, 0, 255, 5)},
    {INTEGER(probes, 1, 1000, 3)},
    {INTEGER(retries, 0, 10, 1)},
    {SECONDS("timeout", timeout_ns, 1, 60000, 1000)},
    {INTEGER(payload_size, 0, 1400, HT_PAYLOAD_OF_PROTOCOL), .may_be_unset = true,
     .words = "32, tcp 0"},
    {INTEGER(tos, 0, 255, 0), .number_of_word = number_of_tos},
    {TEXT(source, set_source)},
    {TEXT(interface, set_interface)},
    {INTEGER(fwmark, 0, UINT32_MAX, 0)},
    {.name = "numeric", .type = HT_KEY_BOOLEAN, FIELD(numeric)},
    {.name = "share_hops", .type = HT_KEY_BOOLEAN, FIELD(share_hops)},
    {SECONDS("interval", interval_ns, 100, 86400000, 0), .may_be_unset = true},
};

static const struct ht_key limits[] = {
    [HT_LIMIT_PPS] = {.name = "pps",
                      .type = HT_KEY_INTEGER,
                      .maximum = 10000000,
                      .standard = HT_PPS_DEFAULT},
    [HT_LIMIT_ROUNDS] = {.name = "rounds", .type = HT_KEY_INTEGER, .maximum = UINT32_MAX},
    [HT_LIMIT_DEADLINE] = {.name = "deadline",
                           .type = HT_KEY_SECONDS,
                           .maximum = 86400 * HT_NS_PER_S},
};

#define TABLE_ROWS (sizeof table / sizeof table[0])

/* ---- the table ---- */

const struct ht_key *ht_key_find(const char *name)
{
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

/* The next character that counts in a loose comparison, in lower case. */
static char next_letter(const char **text)
{
    while (**text == '_' || **text == '-')
        (*text)++;
    char letter = **text;
    if (letter != '\0')
        (*text)++;
    if (letter >= 'A' && letter <= 'Z')
        letter = (char)(letter - 'A' + 'a');
    return letter;
}

static bool loosely_equal(const char *a, const char *b)
{
    char letter;
    do {
        letter = next_letter(&a);
        if (letter != next_letter(&b))
            return false;
    } while (letter != '\0');
    return true;
}

const struct ht_key *ht_key_find_loosely(const char *name)
{
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        if (loosely_equal(table[i].name, name))
            return &table[i];
    }
    return NULL;
}

const char *ht_key_name(const struct ht_key *key)
{
    return key->name;
}

enum ht_key_type ht_key_type(const struct ht_key *key)
{
    return key->type;
}

/* ---- what is said of a value ---- */

/* A number of the key in the user's unit; seconds without a locale's decimal point. */
static void append_number(struct ht_text *text, const struct ht_key *key, int64_t value)
{
    if (key->type != HT_KEY_SECONDS) {
        ht_text_printf(text, "%" PRId64, value);
        return;
    }
    uint64_t size_ns = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char digits[32];
    if (snprintf(digits, sizeof digits, "%" PRIu64 ".%09" PRIu64, size_ns / HT_NS_PER_S,
                 size_ns % HT_NS_PER_S) < 0)
        return;
    size_t length = strlen(digits);
    while (digits[length - 1] == '0')
        length--;
    if (digits[length - 1] == '.')
        length--;
    ht_text_puts(text, value < 0 ? "-" : "");
    ht_text_append(text, digits, length);
}

static void append_range(struct ht_text *text, const struct ht_key *key)
{
    append_number(text, key, key->minimum);
    ht_text_puts(text, " to ");
    append_number(text, key, key->maximum);
}

static void describe(const struct ht_key *key, struct ht_text *text)
{
    if (key->type == HT_KEY_BOOLEAN || (key->type == HT_KEY_TEXT && key->words == NULL))
        return;
    if (key->type == HT_KEY_TEXT) {
        ht_text_puts(text, key->words);
        return;
    }
    /* A maximum that only the type sets is of no interest. */
    if (key->maximum == UINT32_MAX)
        return;
    append_range(text, key);
    if (key->may_be_unset && key->words == NULL)
        return;
    ht_text_puts(text, ", default ");
    if (key->may_be_unset)
        ht_text_puts(text, key->words);
    else
        append_number(text, key, key->standard);
}

void ht_key_describe(const struct ht_key *key, struct ht_text *text)
{
    describe(key, text);
}

void ht_limit_describe(enum ht_limit limit, struct ht_text *text)
{
    describe(&limits[limit], text);
}

/* Turns a text that was put together into an error, and frees it. */
static int refuse(struct ht_text *text, struct ht_error *error)
{
    int code = text->failed ? ht_error_set(error, HT_ERR_NOMEM, "out of memory")
                            : ht_error_set(error, HT_ERR_INVALID, "%s", text->data);
    ht_text_fini(text);
    return code;
}

static int refuse_type(const struct ht_key *key, struct ht_error *error)
{
    struct ht_text text = {0};
    switch (key->type) {
    case HT_KEY_INTEGER:
        ht_text_puts(&text, "must be a whole number, ");
        append_range(&text, key);
        if (key->number_of_word != NULL)
            ht_text_puts(&text, ", or a DSCP name such as EF, AF41 or CS6");
        break;
    case HT_KEY_SECONDS:
        ht_text_puts(&text, "must be a number of seconds, ");
        append_range(&text, key);
        break;
    case HT_KEY_BOOLEAN:
        ht_text_puts(&text, "must be true or false");
        break;
    case HT_KEY_TEXT:
        ht_text_puts(&text, "must be a string");
        break;
    }
    return refuse(&text, error);
}

int ht_key_refuse_type(const struct ht_key *key, struct ht_error *error)
{
    return refuse_type(key, error);
}

int ht_limit_refuse_type(enum ht_limit limit, struct ht_error *error)
{
    return refuse_type(&limits[limit], error);
}

/* The text is what the user wrote where a number was wanted. */
static int refuse_text(const struct ht_key *key, const char *value, struct ht_error *error)
{
    struct ht_error type;
    int code = refuse_type(key, &type);
    return ht_error_set(error, code, "%s, not '%.60s'", type.text, value);
}

static int check_range(const struct ht_key *key, int64_t value, struct ht_error *error)
{
    if (value >= key->minimum && value <= key->maximum)
        return HT_OK;
    struct ht_text text = {0};
    ht_text_puts(&text, "must be ");
    append_range(&text, key);
    /* The farthest values stand for those that could not be held. */
    if (value != INT64_MAX && value != INT64_MIN) {
        ht_text_puts(&text, ", not ");
        append_number(&text, key, value);
    }
    return refuse(&text, error);
}

/* ---- fields ---- */

static int64_t load(const struct ht_key *key, const struct ht_settings *settings)
{
    const char *field = (const char *)settings + key->offset;
    switch (key->size) {
    case sizeof(uint8_t):
        return *(const uint8_t *)field;
    case sizeof(uint16_t): {
        uint16_t value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    case sizeof(uint32_t): {
        uint32_t value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    default: {
        int64_t value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    }
}

/* The value is within the key's range, and so within the field's type. */
static void store(const struct ht_key *key, struct ht_settings *settings, int64_t value)
{
    char *field = (char *)settings + key->offset;
    if (key->size == sizeof(uint8_t)) {
        *(uint8_t *)field = (uint8_t)value;
    } else if (key->size == sizeof(uint16_t)) {
        uint16_t narrow = (uint16_t)value;
        memcpy(field, &narrow, sizeof narrow);
    } else if (key->size == sizeof(uint32_t)) {
        uint32_t middle = (uint32_t)value;
        memcpy(field, &middle, sizeof middle);
    } else {
        memcpy(field, &value, sizeof value);
    }
}

static int set_in_range(const struct ht_key *key, struct ht_settings *settings, int64_t value,
                        struct ht_error *error)
{
    int code = check_range(key, value, error);
    if (code == HT_OK)
        store(key, settings, value);
    return code;
}

int ht_key_set_integer(const struct ht_key *key, struct ht_settings *settings, int64_t value,
                       struct ht_error *error)
{
    if (key->type == HT_KEY_SECONDS)
        return set_in_range(key, settings, ht_whole_seconds_to_ns(value), error);
    if (key->type != HT_KEY_INTEGER)
        return refuse_type(key, error);
    return set_in_range(key, settings, value, error);
}

int ht_key_set_number(const struct ht_key *key, struct ht_settings *settings, double value,
                      struct ht_error *error)
{
    if (key->type != HT_KEY_SECONDS)
        return refuse_type(key, error);
    return set_in_range(key, settings, ht_seconds_to_ns(value), error);
}

int ht_key_set_boolean(const struct ht_key *key, struct ht_settings *settings, bool value,
                       struct ht_error *error)
{
    if (key->type != HT_KEY_BOOLEAN)
        return refuse_type(key, error);
    *(bool *)((char *)settings + key->offset) = value;
    return HT_OK;
}

int ht_key_set_text(const struct ht_key *key, struct ht_settings *settings, const char *value,
                    struct ht_error *error)
{
    if (key->number_of_word != NULL)
        return ht_key_parse(key, settings, value, error);
    if (key->type != HT_KEY_TEXT)
        return refuse_type(key, error);
    return key->set_text(settings, value, error);
}

/* "0x" and hexadecimal digits, which may be too many. */
static bool is_hexadecimal(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2] != '\0' &&
           text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0';
}

/* A TOS byte by its code point, which is its upper six bits: names of the IANA registry (RFC 2474,
 * 2597, 3246, 5865, 8622). */
static bool number_of_tos(const char *word, int64_t *value)
{
    static const struct {
        const char *name;
        uint8_t code_point;
    } others[] = {{"EF", 46}, {"VOICE-ADMIT", 44}, {"LE", 1}};
    bool class_selector = strncasecmp(word, "CS", 2) == 0 && word[2] >= '0' && word[2] <= '7';
    bool assured = strncasecmp(word, "AF", 2) == 0 && word[2] >= '1' && word[2] <= '4' &&
                   word[3] >= '1' && word[3] <= '3';
    if (class_selector && word[3] == '\0') {
        *value = (int64_t)(word[2] - '0') << 5;
        return true;
    }
    if (assured && word[4] == '\0') {
        *value = (int64_t)(word[2] - '0') << 5 | (int64_t)(word[3] - '0') << 3;
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcasecmp(word, others[i].name) == 0) {
            *value = (int64_t)others[i].code_point << 2;
            return true;
        }
    }
    if (!is_hexadecimal(word))
        return false;
    unsigned long long number = strtoull(word, NULL, 16);
    *value = number > INT64_MAX ? INT64_MAX : (int64_t)number;
    return true;
}

static int set_family(struct ht_settings *settings, const char *value, struct ht_error *error)
{
    for (enum ht_family family = HT_FAMILY_ANY; family <= HT_FAMILY_IPV6; family++) {
        if (strcmp(value, ht_family_name(family)) == 0) {
            settings->family = family;
            return HT_OK;
        }
    }
    return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'",
                        ht_key_find("family")->words, value);
}

static int set_protocol(struct ht_settings *settings, const char *value, struct ht_error *error)
{
    for (enum ht_protocol protocol = HT_ICMP; protocol <= HT_TCP; protocol++) {
        if (strcmp(value, ht_protocol_name(protocol)) == 0) {
            settings->protocol = protocol;
            return HT_OK;
        }
    }
    return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'",
                        ht_key_find("protocol")->words, value);
}

/* As the kernel names devices: neither blanks nor slashes. */
static bool is_interface_name(const char *value)
{
    size_t length = strnlen(value, HT_INTERFACE_MAX);
    if (length == 0 || length >= HT_INTERFACE_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c <= ' ' || c == 0x7f || c == '/')
            return false;
    }
    return true;
}

/* The zone stays a name: what number its device has is asked when a round begins. */
static int set_source(struct ht_settings *settings, const char *value, struct ht_error *error)
{
    struct ht_address source;
    const char *zone;
    if (!ht_address_parse_zoned(value, &source, &zone))
        return ht_error_set(error, HT_ERR_INVALID, "must be an IPv4 or IPv6 address, not '%.60s'",
                            value);
    if (zone != NULL && !ht_address_is_link_local(&source))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be a link-local address to have a zone, not '%.60s'", value);
    if (zone != NULL && !is_interface_name(zone))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be followed by a network device behind '%%', not '%.60s'", value);
    settings->source = source;
    memset(settings->source_zone, 0, sizeof settings->source_zone);
    if (zone != NULL)
        memcpy(settings->source_zone, zone, strlen(zone));
    return HT_OK;
}

static int set_interface(struct ht_settings *settings, const char *value, struct ht_error *error)
{
    if (!is_interface_name(value))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be the name of a network device, 1 to %d bytes, not '%.60s'",
                            HT_INTERFACE_MAX - 1, value);
    memset(settings->interface, 0, sizeof settings->interface);
    memcpy(settings->interface, value, strlen(value));
    return HT_OK;
}

/* ---- numbers ---- */

static bool parse_number(const struct ht_key *key, const char *text, int64_t *value)
{
    if (key->number_of_word != NULL && key->number_of_word(text, value))
        return true;
    return key->type == HT_KEY_SECONDS ? ht_parse_seconds(text, value)
                                       : ht_parse_integer(text, value);
}

int ht_key_parse(const struct ht_key *key, struct ht_settings *settings, const char *text,
                 struct ht_error *error)
{
    if (key->type == HT_KEY_TEXT)
        return ht_key_set_text(key, settings, text, error);
    if (key->type == HT_KEY_BOOLEAN) {
        bool yes = strcmp(text, "true") == 0;
        if (!yes && strcmp(text, "false") != 0)
            return refuse_text(key, text, error);
        return ht_key_set_boolean(key, settings, yes, error);
    }
    int64_t value;
    if (!parse_number(key, text, &value))
        return refuse_text(key, text, error);
    return set_in_range(key, settings, value, error);
}

int ht_limit_check(enum ht_limit limit, int64_t value, struct ht_error *error)
{
    return check_range(&limits[limit], value, error);
}

int ht_limit_parse(enum ht_limit limit, const char *text, int64_t *value, struct ht_error *error)
{
    int64_t parsed;
    if (!parse_number(&limits[limit], text, &parsed))
        return refuse_text(&limits[limit], text, error);
    int code = ht_limit_check(limit, parsed, error);
    if (code == HT_OK)
        *value = parsed;
    return code;
}

/* ---- settings as a whole ---- */

static void clear_source(struct ht_settings *settings)
{
    settings->source = (struct ht_address){0};
    memset(settings->source_zone, 0, sizeof settings->source_zone);
}

/* The keys of check_contradictions. */
bool ht_key_set_harmless(const struct ht_key *key, struct ht_settings *settings)
{
    if (strcmp(key->name, "first_ttl") == 0)
        settings->first_ttl = 1;
    else if (strcmp(key->name, "max_ttl") == 0)
        settings->max_ttl = 255;
    else if (strcmp(key->name, "family") == 0)
        settings->family = HT_FAMILY_ANY;
    else if (strcmp(key->name, "source") == 0)
        clear_source(settings);
    else
        return false;
    return true;
}

static bool is_number(const struct ht_key *key)
{
    return key->type == HT_KEY_INTEGER || key->type == HT_KEY_SECONDS;
}

void ht_settings_set_defaults(struct ht_settings *settings)
{
    *settings = (struct ht_settings){.struct_size = sizeof *settings};
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        if (is_number(&table[i]))
            store(&table[i], settings, table[i].standard);
    }
}

static int check_numbers(const struct ht_settings *settings, struct ht_error *error)
{
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        const struct ht_key *key = &table[i];
        struct ht_error wrong;
        if (!is_number(key) || (key->may_be_unset && load(key, settings) == key->standard))
            continue;
        int code = check_range(key, load(key, settings), &wrong);
        if (code != HT_OK)
            return ht_error_set(error, code, "%s: %s", key->name, wrong.text);
    }
    return HT_OK;
}

static bool is_interface_name_or_none(const char name[HT_INTERFACE_MAX])
{
    return name[0] == '\0' || is_interface_name(name);
}

/* What a program that fills the struct by itself can get wrong. */
static int check_words(const struct ht_settings *settings, struct ht_error *error)
{
    if ((unsigned)settings->family > HT_FAMILY_IPV6)
        return ht_error_set(error, HT_ERR_INVALID, "family: must be one of %s",
                            ht_key_find("family")->words);
    if ((unsigned)settings->protocol > HT_TCP)
        return ht_error_set(error, HT_ERR_INVALID, "protocol: must be one of %s",
                            ht_key_find("protocol")->words);
    if (settings->source.version != HT_IP_NONE && ht_address_length(&settings->source) == 0)
        return ht_error_set(error, HT_ERR_INVALID, "source: must be an IPv4 or IPv6 address");
    if (!is_interface_name_or_none(settings->source_zone) ||
        (settings->source_zone[0] != '\0' && !ht_address_is_link_local(&settings->source)))
        return ht_error_set(error, HT_ERR_INVALID,
                            "source: its zone must be the network device of a link-local address");
    if (!is_interface_name_or_none(settings->interface))
        return ht_error_set(error, HT_ERR_INVALID,
                            "interface: must be the name of a network device, 1 to %d bytes",
                            HT_INTERFACE_MAX - 1);
    return HT_OK;
}

static int check_contradictions(const struct ht_settings *settings, struct ht_error *error)
{
    if (settings->first_ttl > settings->max_ttl)
        return ht_error_set(error, HT_ERR_INVALID, "first_ttl: %u is above max_ttl %u",
                            settings->first_ttl, settings->max_ttl);
    uint8_t version = settings->source.version;
    if ((settings->family == HT_FAMILY_IPV4 && version == HT_IPV6) ||
        (settings->family == HT_FAMILY_IPV6 && version == HT_IPV4))
        return ht_error_set(error, HT_ERR_INVALID, "source: is not of family %s",
                            ht_family_name(settings->family));
    return HT_OK;
}

int ht_settings_check_port(const struct ht_settings *settings, struct ht_error *error)
{
    return settings->port == 0 || settings->protocol != HT_ICMP
               ? HT_OK
               : ht_error_set(error, HT_ERR_INVALID, "icmp has no ports");
}

int ht_settings_check_values(const struct ht_settings *settings, struct ht_error *error)
{
    int code = check_numbers(settings, error);
    if (code == HT_OK)
        code = check_words(settings, error);
    if (code == HT_OK)
        code = check_contradictions(settings, error);
    return code;
}
