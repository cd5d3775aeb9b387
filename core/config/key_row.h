/* A row of the table of keys, for the files that make and read it: keys.c has the rows, key_words.c
 * what a word may be, key_values.c sets fields, key_sentences.c says what is wrong, settings.c
 * judges settings as a whole. */
#ifndef HT_CONFIG_KEY_ROW_H
#define HT_CONFIG_KEY_ROW_H

#include "config/keys.h"
#include "hoptrace/time.h"

/* Numbers with fractions are read, compared and told with nine decimals: seconds in nanoseconds, in
 * which they are kept, percent in billionths. */
#define HT_KEY_UNIT HT_NS_PER_S

/* Sets the field of a key whose values are words, as ht_key_set_text: in the struct of the key's
 * scope. */
typedef int ht_set_word(const struct ht_key *key, void *settings, const char *value,
                        struct ht_error *error);

/* Words for whole numbers: false if `word` is none of them. */
typedef bool ht_number_of_word(const char *word, int64_t *value);

struct ht_key {
    const char *name;
    size_t offset;                     /* of the field in the struct of the scope */
    size_t size;                       /* of the field */
    int64_t minimum;                   /* of what has fractions: in units of HT_KEY_UNIT, as the
                                          two below */
    int64_t maximum;                   /* UINT32_MAX: set by the type alone, and not told */
    int64_t standard;                  /* the default */
    ht_set_word *set_word;             /* HT_KEY_TEXT; NULL: the field borrows the text */
    ht_number_of_word *number_of_word; /* HT_KEY_INTEGER; NULL: no word stands for one */
    const char *word;                  /* of a number: the one that stands for `word_value`, beside
                                          the range; NULL: there is none */
    int64_t word_value;
    const char *words; /* what a text may be, where that is a list; what it means to choose no
                          number, where that is to be told */
    enum ht_key_type type;
    enum ht_key_scope scope;
    bool not_empty;            /* HT_KEY_TEXT: there is no such thing as an empty one */
    bool may_be_unset;         /* the default, beside the range, says that nothing was chosen */
    bool in_file;              /* of a key of the process, as ht_key_in_file tells */
    enum ht_key_daemon daemon; /* of a key of the process */
    struct ht_key_option options[HT_KEY_OPTIONS_MAX + 1];
};

/* All rows, in the order of the help, and behind them. What looks at all keys of each of very many
 * targets walks them; others ask ht_key_at. */
extern const struct ht_key *const ht_key_rows;
extern const struct ht_key *const ht_key_rows_end;

static inline bool ht_key_has_fractions(const struct ht_key *key)
{
    return key->type == HT_KEY_SECONDS || key->type == HT_KEY_PERCENT;
}

static inline bool ht_key_in_range(const struct ht_key *key, int64_t value)
{
    return value >= key->minimum && value <= key->maximum;
}

/* ---- key_words.c ---- */

ht_set_word ht_set_family, ht_set_protocol, ht_set_source, ht_set_interface, ht_set_hop_values,
    ht_set_trigger, ht_set_shard, ht_set_sockets;

/* A TOS byte by the name of its DSCP code point, or hexadecimal. */
ht_number_of_word ht_number_of_tos;

/* As the kernel names devices: neither blanks nor slashes. */
bool ht_is_interface_name(const char *name);

/* ---- key_values.c ---- */

/* The field of a key that is a number. The value stored is within the key's range, and so within
 * the field's type. */
int64_t ht_key_load(const struct ht_key *key, const void *settings);
void ht_key_store(const struct ht_key *key, void *settings, int64_t value);

/* ---- key_sentences.c ---- */

/* HT_OK, or HT_ERR_INVALID ("must be 1 to 255, not 300"). INT64_MAX and INT64_MIN stand for what
 * could not be held, and are not told. */
int ht_key_check_range(const struct ht_key *key, int64_t value, struct ht_error *error);

/* HT_ERR_INVALID: the text is what the user wrote where another type was wanted. */
int ht_key_refuse_text(const struct ht_key *key, const char *text, struct ht_error *error);

#endif
