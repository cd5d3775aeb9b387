/* A scenario file while it is read: what its readers share. */
#ifndef HT_TESTS_SCENARIO_READING_H
#define HT_TESTS_SCENARIO_READING_H

#include <stddef.h>

#include "scenario.h"

#define WORDS_MAX 48

struct reading {
    struct scenario *scenario;
    const char *file;
    unsigned line;
    char text[1024]; /* the line as it stands, without its comment */
    char *words[WORDS_MAX];
    size_t count;
    struct ht_settings defaults;
    size_t network; /* that further rules belong to */
};

/* Ends the program; says what is wrong with which word, and where. */
_Noreturn void reading_fail(const struct reading *reading, const char *what, const char *word);

/* The value of "KEY=VALUE" if the word begins with this key; else NULL. */
const char *reading_value(const char *word, const char *key);

/* Sets the setting that a word "KEY=VALUE" names; false: it names none. */
bool reading_set_setting(const struct reading *reading, struct ht_settings *settings,
                         const char *word);

/* The settings and options that hold until the file says otherwise. */
void reading_begin(struct reading *reading);

/* The statements "option" and "defaults". */
void read_options(struct reading *reading);
void read_defaults(struct reading *reading);

#endif
