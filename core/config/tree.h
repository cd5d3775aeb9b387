/* The settings of a configuration file as a tree: the grammar of libconfig 1.5.
 *
 * libconfig itself ends the process, or crashes, when memory is refused: here that is an answer
 * like any other. What libconfig's lexer would have to see to has been done by scan.h. */
#ifndef HT_CONFIG_TREE_H
#define HT_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum ht_setting_type {
    HT_SETTING_INTEGER,
    HT_SETTING_FLOAT,
    HT_SETTING_BOOLEAN,
    HT_SETTING_STRING,
    HT_SETTING_GROUP, /* { name = value; ... } */
    HT_SETTING_LIST,  /* ( value, ... ) */
    HT_SETTING_ARRAY  /* [ value, ... ], all of one of the first four types */
};

struct ht_setting {
    enum ht_setting_type type;
    unsigned line;    /* of its name, or of the value if it has none */
    const char *name; /* "" in a list or an array */
    union {
        int64_t integer; /* the farthest value if it is too large */
        double number;
        bool boolean;
        const char *string;
    };
    struct ht_setting *items; /* owned: of a group, a list or an array */
    size_t count;             /* 0 of anything else */
    size_t capacity;
};

/* Why a text is no tree. */
struct ht_tree_error {
    const char *text; /* NULL: no memory */
    unsigned line;
};

/* Reads what ht_scan has made into *root, a group, which is the caller's to free in any case. Names
 * and strings of the tree are in the text, which changes by that. False: *error says why. */
bool ht_tree_read(struct ht_text *text, struct ht_setting *root, struct ht_tree_error *error);

/* Frees what the root holds. */
void ht_tree_fini(struct ht_setting *root);

/* The member of a group that has this name, NULL if there is none. */
const struct ht_setting *ht_setting_member(const struct ht_setting *group, const char *name);

#endif
