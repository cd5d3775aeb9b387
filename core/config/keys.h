/* The keys of one target's settings: one table that the library, the command line, the
 * configuration file and collectd's configuration all feed, so that defaults, ranges and wording
 * exist once. The numbers' ranges are those of the interface. */
#ifndef HT_CONFIG_KEYS_H
#define HT_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/settings.h"

enum ht_key_type {
    HT_KEY_INTEGER,
    HT_KEY_SECONDS, /* a number of seconds, fractions allowed, kept in nanoseconds */
    HT_KEY_BOOLEAN,
    HT_KEY_TEXT /* a word of a list, an address, an interface */
};

/* One row of the table; its layout is keys.c's own affair. */
struct ht_key;

/* The key of this name as the configuration file spells it ("max_ttl"); NULL: no such key. */
const struct ht_key *ht_key_find(const char *name);

/* The same in any spelling: case, '_' and '-' do not count ("MaxTtl", "max-ttl"). */
const struct ht_key *ht_key_find_loosely(const char *name);

const char *ht_key_name(const struct ht_key *key);
enum ht_key_type ht_key_type(const struct ht_key *key);

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
                    struct ht_error *error);

/* From a command line, where everything is text: numbers are parsed strictly (all of the text,
 * decimal, no blanks, nothing that overflows), then set as above. */
int ht_key_parse(const struct ht_key *key, struct ht_settings *settings, const char *text,
                 struct ht_error *error);

/* Strict readings of numbers, for options that are not a target's: false if `text` is anything
 * but one decimal number. Seconds: finite, fractions allowed. */
bool ht_parse_integer(const char *text, int64_t *value);
bool ht_parse_seconds(const char *text, int64_t *value_ns);

/* ht_settings_init and ht_settings_check of hoptrace.h are defined over this table. The check of
 * one setting against another (first_ttl <= max_ttl, source against family) is in
 * ht_settings_check alone. */

#endif
