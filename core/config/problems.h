/* What is wrong with a configuration file, told line by line. */
#ifndef HT_CONFIG_PROBLEMS_H
#define HT_CONFIG_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/file.h"
#include "config/sources.h"

struct ht_problems {
    const char *file; /* its name in what is said */
    struct ht_sources sources;
    ht_config_problem *tell;
    void *user;
    size_t count;
    bool no_memory; /* also when it was refused elsewhere */
};

/* Tells "FILE: TEXT". */
void ht_problem_of_file(struct ht_problems *problems, const char *text);

/* Tells "FILE:LINE: KEY: ..." of a line of the whole text; `key` may be NULL. */
void ht_problem(struct ht_problems *problems, unsigned line, const char *key, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

/* The same of a place. */
void ht_problem_at(struct ht_problems *problems, struct ht_place place, const char *key,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Writes "line 7", or "line 7 of FILE" if that is another file than `from`. */
void ht_problem_cite(struct ht_place place, const char *from, char *text, size_t size);

#endif
