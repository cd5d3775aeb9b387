/* Settings as a whole. */
#include <string.h>

#include "base/address.h"
#include "config/key_row.h"
#include "config/process.h"
#include "hoptrace/names.h"
#include "model/protocol.h"

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
    return key->type == HT_KEY_INTEGER || ht_key_has_fractions(key);
}

/* What is no number is 0 already. */
static void store_defaults(enum ht_key_scope scope, void *settings)
{
    for (const struct ht_key *key = ht_key_rows; key < ht_key_rows_end; key++) {
        if (key->scope == scope && is_number(key))
            ht_key_store(key, settings, key->standard);
    }
}

void ht_settings_set_defaults(struct ht_settings *settings)
{
    *settings = (struct ht_settings){.struct_size = (uint32_t)sizeof *settings};
    store_defaults(HT_SCOPE_TARGET, settings);
}

void ht_process_settings_init(struct ht_process_settings *settings)
{
    *settings = (struct ht_process_settings){0};
    store_defaults(HT_SCOPE_PROCESS, settings);
}

/* Beside the range, and good. */
static bool is_beside_range(const struct ht_key *key, const struct ht_settings *settings)
{
    return (key->may_be_unset && ht_key_is_default(key, settings)) ||
           (key->word != NULL && ht_key_load(key, settings) == key->word_value);
}

static int check_numbers(const struct ht_settings *settings, struct ht_error *error)
{
    for (const struct ht_key *key = ht_key_rows; key < ht_key_rows_end; key++) {
        struct ht_error wrong;
        if (key->scope != HT_SCOPE_TARGET || !is_number(key))
            continue;
        int64_t value = ht_key_load(key, settings);
        if (ht_key_in_range(key, value) || is_beside_range(key, settings))
            continue;
        int code = ht_key_check_range(key, value, &wrong);
        if (code != HT_OK)
            return ht_error_set(error, code, "%s: %s", key->name, wrong.text);
    }
    return HT_OK;
}

static bool is_interface_name_or_none(const char name[HT_INTERFACE_MAX])
{
    return name[0] == '\0' || ht_is_interface_name(name);
}

/* What a program that fills the struct by itself can get wrong. */
static int check_words(const struct ht_settings *settings, struct ht_error *error)
{
    if ((unsigned)settings->family > HT_FAMILY_IPV6)
        return ht_error_set(error, HT_ERR_INVALID, "family: must be one of %s",
                            ht_key_find("family")->words);
    if ((unsigned)settings->protocol >= HT_PROTOCOLS)
        return ht_error_set(error, HT_ERR_INVALID, "protocol: must be one of %s",
                            ht_key_find("protocol")->words);
    if ((unsigned)settings->hop_values > HT_HOP_VALUES_NONE)
        return ht_error_set(error, HT_ERR_INVALID, "hop_values: must be one of %s",
                            ht_key_find("hop_values")->words);
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
    const struct ht_protocol_row *protocol = &ht_protocols[settings->protocol];
    if (settings->port == 0 || protocol->port != 0)
        return HT_OK;
    return ht_error_set(error, HT_ERR_INVALID, "%s has no ports", protocol->name);
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
