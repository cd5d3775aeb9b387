/* The keys of a target's settings and of the process's: one table that the library, the command
 * line, the configuration file and collectd's configuration all read, so that names, defaults,
 * ranges, help and wording exist once. A new key is a row of keys.c and a field of its struct. */
#ifndef HT_CONFIG_KEYS_H
#define HT_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/same.h"
#include "base/text.h"
#include "config/numbers.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

enum ht_key_type {
    HT_KEY_INTEGER,
    HT_KEY_SECONDS, /* a number of seconds, fractions allowed, kept in nanoseconds */
    HT_KEY_PERCENT, /* a number, fractions allowed, kept in a double */
    HT_KEY_BOOLEAN,
    HT_KEY_TEXT /* a word of a list, an address with or without a zone, an interface, a path */
};

/* What a key is of, and so the struct that its value is a field of. The name of a key is unique
 * in its scope. */
enum ht_key_scope {
    HT_SCOPE_TARGET, /* struct ht_settings */
    HT_SCOPE_PROCESS /* struct ht_process_settings */
};

/* What collectd's configuration says of a key of the process. */
enum ht_key_daemon {
    HT_DAEMON_KNOWS_NOT,    /* there is no such key */
    HT_DAEMON_TAKES,        /* outside of any target */
    HT_DAEMON_TAKES_DEFAULT /* the default alone: a daemon has nothing of the kind */
};

/* One way in which the command line gives a key. */
struct ht_key_option {
    char letter;          /* 0: there is only the long option */
    const char *name;     /* of the long option; NULL: there is only the letter */
    const char *argument; /* what the help calls its value; NULL: it takes none */
    const char *help;     /* what it means; the key's range follows where there is an argument */
    const char *value;    /* what an option without argument stands for */
};

/* Most options of one key, most keys, and so most options. */
#define HT_KEY_OPTIONS_MAX 4
#define HT_KEYS_MAX        64
#define HT_OPTIONS_MAX     (HT_KEYS_MAX * HT_KEY_OPTIONS_MAX)

/* One row of the table; its layout is known to the files of the table alone (key_row.h). */
struct ht_key;

/* The key of a target, or of the process, of this name as the configuration file spells it
 * ("max_ttl"); NULL: no such key. */
const struct ht_key *ht_key_find(const char *name);
const struct ht_key *ht_process_key_find(const char *name);

/* The same in any spelling: case, '_' and '-' do not count ("MaxTtl", "max-ttl"). */
const struct ht_key *ht_key_find_loosely(const char *name);
const struct ht_key *ht_process_key_find_loosely(const char *name);

/* The keys in the order of the help: `index` from 0 on; NULL: there are no more. */
const struct ht_key *ht_key_at(size_t index);

const char *ht_key_name(const struct ht_key *key);
enum ht_key_type ht_key_type(const struct ht_key *key);
enum ht_key_scope ht_key_scope(const struct ht_key *key);

/* Whether the configuration file takes the key: one of the process at its top level, one of a
 * target in the defaults and in targets. */
bool ht_key_in_file(const struct ht_key *key);

/* What collectd's configuration says of it; a target's key is taken everywhere. */
enum ht_key_daemon ht_key_daemon(const struct ht_key *key);

/* The key's options in the order of the help; behind the last one stands one without help. */
const struct ht_key_option *ht_key_options(const struct ht_key *key);

/* Appends what a help text says of the key's values ("1 to 255, default 30"); nothing for a key
 * that says it all by its type. */
void ht_key_describe(const struct ht_key *key, struct ht_text *text);

/* Each sets one field of *settings, which is the struct of the key's scope, or returns
 * HT_ERR_INVALID with a text that says what is wrong with the value ("must be 1 to 255, not 300",
 * "must be one of icmp, udp, tcp, not 'sctp'") but does not name the key: the caller puts that, and
 * the place, before it. Nothing is changed then. Wrong type for the key: HT_ERR_INVALID too. An
 * integer is good where seconds are expected. */
int ht_key_set_integer(const struct ht_key *key, void *settings, int64_t value,
                       struct ht_error *error);
int ht_key_set_number(const struct ht_key *key, void *settings, double value,
                      struct ht_error *error);
int ht_key_set_boolean(const struct ht_key *key, void *settings, bool value,
                       struct ht_error *error);
int ht_key_set_text(const struct ht_key *key, void *settings, const char *value,
                    struct ht_error *error); /* of numbers those alone that may be a word */

/* From a command line, where everything is text: numbers are parsed strictly (all of the text,
 * decimal, no blanks, nothing that overflows), booleans are "true" or "false"; then set as
 * above. */
int ht_key_parse(const struct ht_key *key, void *settings, const char *text,
                 struct ht_error *error);

/* Appends bytes that are equal if and only if the values of the key's field are. */
void ht_key_append_value(const struct ht_key *key, const void *settings, struct ht_text *text);

/* Whether the field of a key that is a number has its default. */
bool ht_key_is_default(const struct ht_key *key, const void *settings);

/* Sets the field to a value that contradicts no other setting, in place of one that was refused.
 * False: no value of the key ever does, and nothing has changed. */
bool ht_key_set_harmless(const struct ht_key *key, struct ht_settings *settings);

/* HT_OK, or HT_ERR_INVALID ("icmp has no ports"): a port was chosen and the protocol has none.
 * ht_settings_check does not ask this: a port among defaults is for those that have one. */
int ht_settings_check_port(const struct ht_settings *settings, struct ht_error *error);

/* HT_ERR_INVALID, saying what type the key's values have. */
int ht_key_refuse_type(const struct ht_key *key, struct ht_error *error);

/* The defaults, in the layout of this version. */
void ht_settings_set_defaults(struct ht_settings *settings);

/* As ht_settings_check, of settings in the layout of this version. The check of one setting against
 * another (first_ttl <= max_ttl, source against family) is here alone; the text begins with
 * "KEY: ". */
int ht_settings_check_values(const struct ht_settings *settings, struct ht_error *error);

/* True if these are good because others are, which were checked: nearly all targets of thousands
 * have the same. `good` NULL: there are none yet. */
static inline bool ht_settings_good_as(const struct ht_settings *settings,
                                       const struct ht_settings *good)
{
    return good != NULL && ht_same_bytes(settings, good, sizeof *good);
}

#endif
