/* What is said of a key's values, and of one that is wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/key_row.h"
#include "hoptrace/time.h"

/* A number of the key in the user's unit; its fraction without a locale's decimal point. */
static void append_number(struct ht_text *text, const struct ht_key *key, int64_t value)
{
    if (!ht_key_has_fractions(key)) {
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

void ht_key_describe(const struct ht_key *key, struct ht_text *text)
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

/* Turns a text that was put together into an error, and frees it. */
static int refuse(struct ht_text *text, struct ht_error *error)
{
    int code = text->failed ? ht_error_set(error, HT_ERR_NOMEM, "out of memory")
                            : ht_error_set(error, HT_ERR_INVALID, "%s", text->data);
    ht_text_fini(text);
    return code;
}

int ht_key_refuse_type(const struct ht_key *key, struct ht_error *error)
{
    struct ht_text text = {0};
    switch (key->type) {
    case HT_KEY_INTEGER:
        ht_text_puts(&text, "must be a whole number, ");
        append_range(&text, key);
        if (key->number_of_word != NULL)
            ht_text_puts(&text, ", or a DSCP name such as EF, AF41 or CS6");
        if (key->word != NULL)
            ht_text_printf(&text, ", or %s", key->word);
        break;
    case HT_KEY_SECONDS:
        ht_text_puts(&text, "must be a number of seconds, ");
        append_range(&text, key);
        if (key->word != NULL)
            ht_text_printf(&text, ", or %s", key->word);
        break;
    case HT_KEY_PERCENT:
        ht_text_puts(&text, "must be a percentage, ");
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

int ht_key_refuse_text(const struct ht_key *key, const char *text, struct ht_error *error)
{
    struct ht_error type;
    int code = ht_key_refuse_type(key, &type);
    return ht_error_set(error, code, "%s, not '%.60s'", type.text, text);
}

int ht_key_check_range(const struct ht_key *key, int64_t value, struct ht_error *error)
{
    if (ht_key_in_range(key, value))
        return HT_OK;
    struct ht_text text = {0};
    ht_text_puts(&text, "must be ");
    append_range(&text, key);
    if (value != INT64_MAX && value != INT64_MIN) {
        ht_text_puts(&text, ", not ");
        append_number(&text, key, value);
    }
    return refuse(&text, error);
}
