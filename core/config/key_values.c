/* A value's way into its field. */
#include <string.h>

#include "config/key_row.h"

int64_t ht_key_load(const struct ht_key *key, const void *settings)
{
    const char *field = (const char *)settings + key->offset;
    if (key->type == HT_KEY_PERCENT) {
        double percent;
        memcpy(&percent, field, sizeof percent);
        return ht_seconds_to_ns(percent);
    }
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

void ht_key_store(const struct ht_key *key, void *settings, int64_t value)
{
    char *field = (char *)settings + key->offset;
    if (key->type == HT_KEY_PERCENT) {
        double percent = (double)value / (double)HT_KEY_UNIT;
        memcpy(field, &percent, sizeof percent);
    } else if (key->size == sizeof(uint8_t)) {
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

static int set_in_range(const struct ht_key *key, void *settings, int64_t value,
                        struct ht_error *error)
{
    int code = ht_key_check_range(key, value, error);
    if (code == HT_OK)
        ht_key_store(key, settings, value);
    return code;
}

int ht_key_set_integer(const struct ht_key *key, void *settings, int64_t value,
                       struct ht_error *error)
{
    if (ht_key_has_fractions(key))
        return set_in_range(key, settings, ht_whole_seconds_to_ns(value), error);
    if (key->type != HT_KEY_INTEGER)
        return ht_key_refuse_type(key, error);
    return set_in_range(key, settings, value, error);
}

int ht_key_set_number(const struct ht_key *key, void *settings, double value,
                      struct ht_error *error)
{
    if (!ht_key_has_fractions(key))
        return ht_key_refuse_type(key, error);
    return set_in_range(key, settings, ht_seconds_to_ns(value), error);
}

int ht_key_set_boolean(const struct ht_key *key, void *settings, bool value, struct ht_error *error)
{
    if (key->type != HT_KEY_BOOLEAN)
        return ht_key_refuse_type(key, error);
    *(bool *)((char *)settings + key->offset) = value;
    return HT_OK;
}

/* Sets the value that the key's one word stands for; false: `text` is another one. */
static bool set_by_word(const struct ht_key *key, void *settings, const char *text)
{
    bool is_word = key->word != NULL && strcmp(text, key->word) == 0;
    if (is_word)
        ht_key_store(key, settings, key->word_value);
    return is_word;
}

int ht_key_set_text(const struct ht_key *key, void *settings, const char *value,
                    struct ht_error *error)
{
    if (key->number_of_word != NULL)
        return ht_key_parse(key, settings, value, error);
    if (set_by_word(key, settings, value))
        return HT_OK;
    if (key->type != HT_KEY_TEXT)
        return ht_key_refuse_type(key, error);
    if (key->set_word != NULL)
        return key->set_word(key, settings, value, error);
    if (key->not_empty && value[0] == '\0')
        return ht_error_set(error, HT_ERR_INVALID, "must not be empty");
    memcpy((char *)settings + key->offset, &value, sizeof value);
    return HT_OK;
}

static bool parse_number(const struct ht_key *key, const char *text, int64_t *value)
{
    if (key->number_of_word != NULL && key->number_of_word(text, value))
        return true;
    return ht_key_has_fractions(key) ? ht_parse_seconds(text, value)
                                     : ht_parse_integer(text, value);
}

int ht_key_parse(const struct ht_key *key, void *settings, const char *text, struct ht_error *error)
{
    if (key->type == HT_KEY_TEXT)
        return ht_key_set_text(key, settings, text, error);
    if (key->type == HT_KEY_BOOLEAN) {
        bool yes = strcmp(text, "true") == 0;
        if (!yes && strcmp(text, "false") != 0)
            return ht_key_refuse_text(key, text, error);
        return ht_key_set_boolean(key, settings, yes, error);
    }
    if (set_by_word(key, settings, text))
        return HT_OK;
    int64_t value;
    if (!parse_number(key, text, &value))
        return ht_key_refuse_text(key, text, error);
    return set_in_range(key, settings, value, error);
}

/* Member by member, since a struct has gaps; each with its terminator. */
static void append_source(struct ht_text *text, const struct ht_settings *settings)
{
    const struct ht_address *source = &settings->source;
    ht_text_append(text, (const char *)source->bytes, sizeof source->bytes);
    ht_text_append(text, (const char *)&source->version, sizeof source->version);
    ht_text_append(text, (const char *)&source->scope_id, sizeof source->scope_id);
    ht_text_append(text, settings->source_zone, strlen(settings->source_zone) + 1);
}

void ht_key_append_value(const struct ht_key *key, const void *settings, struct ht_text *text)
{
    const char *field = (const char *)settings + key->offset;
    if (key->set_word == ht_set_source) {
        append_source(text, settings);
    } else if (key->type == HT_KEY_TEXT && key->set_word == NULL) {
        const char *string;
        memcpy(&string, field, sizeof string);
        ht_text_putc(text, string != NULL ? 'T' : 'N');
        ht_text_puts(text, string != NULL ? string : "");
        ht_text_putc(text, '\0');
    } else {
        ht_text_append(text, field, key->size);
    }
}

bool ht_key_is_default(const struct ht_key *key, const void *settings)
{
    return ht_key_load(key, settings) == key->standard;
}
