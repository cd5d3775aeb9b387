/* The keys of one target's settings: one table that the library, the command line, the
 * configuration file and collectd's configuration all feed, so that defaults, ranges and wording
 * exist once. The numbers' ranges are those of the interface. */
#ifndef HT_CONFIG_KEYS_H
#define HT_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/numbers.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

enum ht_key_type {
    HT_KEY_INTEGER,
    HT_KEY_SECONDS, /* a number of seconds, fractions allowed, kept in nanoseconds */
    HT_KEY_BOOLEAN,
    HT_KEY_TEXT /* a word of a list, an address with or without a zone, an interface */
};

/* One row of the table; its layout is keys.c's own affair. */
struct ht_key;

/* The key of this name as the configuration file spells it ("max_ttl"); NULL: no such key. */
const struct ht_key *ht_key_find(const char *name);

/* The same in any spelling: case, '_' and '-' do not count ("MaxTtl", "max-ttl"). */
const struct ht_key *ht_key_find_loosely(const char *name);

const char *ht_key_name(const struct ht_key *key);
enum ht_key_type ht_key_type(const struct ht_key *key);

/* Appends what a help text says of the key's values ("1 to 255, default 30"); nothing for a key
 * that says it all by its type. */
void ht_key_describe(const struct ht_key *key, struct ht_text *text);

/* Each sets one field, or returns HT_ERR_INVALID with a text that says what is wrong with the
 * value ("must be 1 to 255, not 300", "must be one of icmp, udp, tcp, not 'sctp'") but does not
 * name the key: the caller puts that, and the place, before it. Wrong type for the key:
 * HT_ERR_INVALID too. An integer is good where seconds are expected. */
int ht_key_set_integer(const struct ht_key *key, struct ht_settings *settings, int64_t value,
                       struct ht_error *error);
int ht_key_set_number(const struct ht_key *key, struct ht_settings *settings, double value,
                      struct ht_error *error);
int ht_key_set_boolean(const struct ht_key *key, struct ht_settings *settings, bool value,
                       struct ht_error *error);
int ht_key_set_text(const struct ht_key *key, struct ht_settings *settings, const char *value,
                    struct ht_error *error); /* of integers those alone that may be a word (tos) */

/* From a command line, where everything is text: numbers are parsed strictly (all of the text,
 * decimal, no blanks, nothing that overflows), booleans are "true" or "false"; then set as
 * above. */
int ht_key_parse(const struct ht_key *key, struct ht_settings *settings, const char *text,
                 struct ht_error *error);

/* Sets the field to a value that contradicts no other setting, in place of one that was refused.
 * False: no value of the key ever does, and nothing has changed. */
bool ht_key_set_harmless(const struct ht_key *key, struct ht_settings *settings);

/* HT_OK, or HT_ERR_INVALID ("icmp has no ports"): a port was chosen and the protocol has none.
 * ht_settings_check does not ask this: a port among defaults is for those that have one. */
int ht_settings_check_port(const struct ht_settings *settings, struct ht_error *error);

/* HT_ERR_INVALID, saying what type the key's values have. */
int ht_key_refuse_type(const struct ht_key *key, struct ht_error *error);

/* The numbers that are not a target's but the process's. */
enum ht_limit { HT_LIMIT_PPS, HT_LIMIT_ROUNDS, HT_LIMIT_DEADLINE /* in nanoseconds */ };

#define HT_PPS_DEFAULT 1000

/* HT_OK, or HT_ERR_INVALID with a text as the setters above give. */
int ht_limit_check(enum ht_limit limit, int64_t value, struct ht_error *error);

/* As ht_limit_check, from text that is parsed strictly; *value is set if it is good. */
int ht_limit_parse(enum ht_limit limit, const char *text, int64_t *value, struct ht_error *error);

/* HT_ERR_INVALID, saying what type the number has. */
int ht_limit_refuse_type(enum ht_limit limit, struct ht_error *error);

/* Appends the range, as ht_key_describe. */
void ht_limit_describe(enum ht_limit limit, struct ht_text *text);

/* The defaults, in the layout of this version. */
void ht_settings_set_defaults(struct ht_settings *settings);

/* As ht_settings_check, of settings in the layout of this version. The check of one setting against
 * another (first_ttl <= max_ttl, source against family) is here alone; the text begins with
 * "KEY: ". */
int ht_settings_check_values(const struct ht_settings *settings, struct ht_error *error);

#endif
