#include "option.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/names.h"

/* Beyond this a double no longer tells one whole number from the next. */
#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

static const char one_value[] = "takes exactly one value";

bool option_is(const struct option *option, const char *name)
{
    return strcasecmp(option->key, name) == 0;
}

static int wrong(const struct option *option, const char *what, struct ht_error *error)
{
    return ht_error_set(error, HT_ERR_INVALID, "%s: %s", option->key, what);
}

static bool is_whole(double number)
{
    return fabs(number) <= WHOLE_MAX && trunc(number) == number;
}

/* The daemon reads every number as a double: where the key wants an integer, it must be one. */
static int set_number(const struct ht_key *key, void *settings, double number,
                      struct ht_error *error)
{
    if (ht_key_type(key) != HT_KEY_INTEGER)
        return ht_key_set_number(key, settings, number, error);
    if (!is_whole(number))
        return ht_key_refuse_type(key, error);
    return ht_key_set_integer(key, settings, (int64_t)number, error);
}

/* The words of the daemon's own booleans. */
static int set_word(const struct ht_key *key, void *settings, const char *word,
                    struct ht_error *error)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(word, words[i]) == 0)
            return ht_key_set_boolean(key, settings, i % 2 == 1, error);
    }
    return ht_key_refuse_type(key, error);
}

static int set_text(const struct ht_key *key, void *settings, const char *text,
                    struct ht_error *error)
{
    return ht_key_type(key) == HT_KEY_BOOLEAN ? set_word(key, settings, text, error)
                                              : ht_key_parse(key, settings, text, error);
}

static int set(const struct ht_key *key, const struct option *option, void *settings,
               struct ht_error *error)
{
    switch (option->type) {
    case OPTION_NUMBER:
        return set_number(key, settings, option->number, error);
    case OPTION_BOOLEAN:
        return ht_key_set_boolean(key, settings, option->boolean, error);
    case OPTION_TEXT:
        return set_text(key, settings, option->text, error);
    case OPTION_MALFORMED:
        break;
    }
    return ht_error_set(error, HT_ERR_INVALID, "%s", one_value);
}

int option_apply(const struct option *option, struct ht_settings *settings, struct ht_error *error)
{
    const struct ht_key *key = ht_key_find_loosely(option->key);
    if (key == NULL)
        return wrong(option, "unknown key", error);
    struct ht_error inner;
    if (set(key, option, settings, &inner) != HT_OK)
        return wrong(option, inner.text, error);
    return HT_OK;
}

enum ht_key_daemon option_of_process(const struct option *option)
{
    const struct ht_key *key = ht_process_key_find_loosely(option->key);
    return key != NULL ? ht_key_daemon(key) : HT_DAEMON_KNOWS_NOT;
}

int option_apply_process(const struct option *option, struct ht_process_settings *settings,
                         struct ht_error *error)
{
    const struct ht_key *key = ht_process_key_find_loosely(option->key);
    struct ht_process_settings tried = *settings;
    struct ht_error inner;
    int status = set(key, option, &tried, &inner);
    if (ht_key_daemon(key) == HT_DAEMON_TAKES_DEFAULT &&
        (status != HT_OK || !ht_key_is_default(key, &tried)))
        return wrong(option, "a daemon has none", error);
    if (status != HT_OK)
        return wrong(option, inner.text, error);
    *settings = tried;
    return HT_OK;
}

int option_host(const struct option *option, const char **host, struct ht_error *error)
{
    struct ht_error inner;
    if (option->type == OPTION_MALFORMED)
        return wrong(option, one_value, error);
    if (option->type != OPTION_TEXT)
        return wrong(option, "must be a string", error);
    if (ht_target_host_check(option->text, &inner) != HT_OK)
        return wrong(option, inner.text, error);
    *host = option->text;
    return HT_OK;
}

struct option *option_copy(const struct option *option)
{
    struct option *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *option;
    copy->next = NULL;
    copy->key = strdup(option->key);
    copy->text = option->text != NULL ? strdup(option->text) : NULL;
    if (copy->key == NULL || (option->text != NULL && copy->text == NULL)) {
        option_free(copy);
        return NULL;
    }
    return copy;
}

void option_free(struct option *option)
{
    if (option == NULL)
        return;
    free((char *)option->key);
    free((char *)option->text);
    free(option);
}
