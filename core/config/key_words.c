/* What a word may be. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "config/key_row.h"
#include "config/numbers.h"
#include "config/process.h"
#include "hoptrace/names.h"
#include "model/protocol.h"

/* "0x" and hexadecimal digits, which may be too many. */
static bool is_hexadecimal(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2] != '\0' &&
           text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0';
}

/* A TOS byte by its code point, which is its upper six bits: names of the IANA registry (RFC 2474,
 * 2597, 3246, 5865, 8622). */
bool ht_number_of_tos(const char *word, int64_t *value)
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

int ht_set_family(const struct ht_key *key, void *settings, const char *value,
                  struct ht_error *error)
{
    struct ht_settings *target = settings;
    for (enum ht_family family = HT_FAMILY_ANY; family <= HT_FAMILY_IPV6; family++) {
        if (strcmp(value, ht_family_name(family)) == 0) {
            target->family = family;
            return HT_OK;
        }
    }
    return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'", key->words, value);
}

int ht_set_protocol(const struct ht_key *key, void *settings, const char *value,
                    struct ht_error *error)
{
    struct ht_settings *target = settings;
    for (enum ht_protocol protocol = 0; protocol < HT_PROTOCOLS; protocol++) {
        if (strcmp(value, ht_protocols[protocol].name) == 0) {
            target->protocol = protocol;
            return HT_OK;
        }
    }
    return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'", key->words, value);
}

bool ht_is_interface_name(const char *name)
{
    size_t length = strnlen(name, HT_INTERFACE_MAX);
    if (length == 0 || length >= HT_INTERFACE_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c <= ' ' || c == 0x7f || c == '/')
            return false;
    }
    return true;
}

/* The zone stays a name: what number its device has is asked when a round begins. */
int ht_set_source(const struct ht_key *key, void *settings, const char *value,
                  struct ht_error *error)
{
    struct ht_settings *target = settings;
    (void)key;
    struct ht_address source;
    const char *zone;
    if (!ht_address_parse_zoned(value, &source, &zone))
        return ht_error_set(error, HT_ERR_INVALID, "must be an IPv4 or IPv6 address, not '%.60s'",
                            value);
    if (zone != NULL && !ht_address_is_link_local(&source))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be a link-local address to have a zone, not '%.60s'", value);
    if (zone != NULL && !ht_is_interface_name(zone))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be followed by a network device behind '%%', not '%.60s'", value);
    target->source = source;
    memset(target->source_zone, 0, sizeof target->source_zone);
    if (zone != NULL)
        memcpy(target->source_zone, zone, strlen(zone));
    return HT_OK;
}

int ht_set_interface(const struct ht_key *key, void *settings, const char *value,
                     struct ht_error *error)
{
    struct ht_settings *target = settings;
    (void)key;
    if (!ht_is_interface_name(value))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be the name of a network device, 1 to %d bytes, not '%.60s'",
                            HT_INTERFACE_MAX - 1, value);
    memset(target->interface, 0, sizeof target->interface);
    memcpy(target->interface, value, strlen(value));
    return HT_OK;
}

int ht_set_hop_values(const struct ht_key *key, void *settings, const char *value,
                      struct ht_error *error)
{
    struct ht_settings *target = settings;
    bool all = strcmp(value, "all") == 0;
    if (!all && strcmp(value, "none") != 0)
        return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'", key->words,
                            value);
    target->hop_values = all ? HT_HOP_VALUES_ALL : HT_HOP_VALUES_NONE;
    return HT_OK;
}

int ht_set_trigger(const struct ht_key *key, void *settings, const char *value,
                   struct ht_error *error)
{
    static const char *const words[] = {[HT_TRIGGER_INTERVAL] = "interval",
                                        [HT_TRIGGER_STDIN] = "stdin",
                                        [HT_TRIGGER_SIGHUP] = "sighup",
                                        [HT_TRIGGER_SIGUSR1] = "sigusr1",
                                        [HT_TRIGGER_SIGUSR2] = "sigusr2"};
    struct ht_process_settings *process = settings;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i]) == 0) {
            process->trigger = (enum ht_trigger)i;
            return HT_OK;
        }
    }
    return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'", key->words, value);
}

/* Host K of N, as "K/N". */
static bool parse_shard(const char *text, struct ht_shard *shard)
{
    char host_text[8] = "";
    int64_t host;
    int64_t hosts;
    const char *slash = strchr(text, '/');
    if (slash == NULL || (size_t)(slash - text) >= sizeof host_text)
        return false;
    memcpy(host_text, text, (size_t)(slash - text));
    if (!ht_parse_integer(host_text, &host) || !ht_parse_integer(slash + 1, &hosts) || host < 1 ||
        host > hosts || hosts > HT_SHARD_HOSTS_MAX)
        return false;
    *shard = (struct ht_shard){.host = (uint16_t)host, .hosts = (uint16_t)hosts};
    return true;
}

int ht_set_shard(const struct ht_key *key, void *settings, const char *value,
                 struct ht_error *error)
{
    struct ht_process_settings *process = settings;
    (void)key;
    if (parse_shard(value, &process->shard))
        return HT_OK;
    return ht_error_set(error, HT_ERR_INVALID,
                        "must be K/N, host K of N hosts, 1 to %d, not '%.60s'", HT_SHARD_HOSTS_MAX,
                        value);
}

int ht_set_sockets(const struct ht_key *key, void *settings, const char *value,
                   struct ht_error *error)
{
    struct ht_process_settings *process = settings;
    for (enum ht_sockets_kind kind = HT_SOCKETS_AUTO; kind <= HT_SOCKETS_USER; kind++) {
        if (strcmp(value, ht_sockets_kind_name(kind)) == 0) {
            process->sockets = kind;
            return HT_OK;
        }
    }
    return ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'", key->words, value);
}
