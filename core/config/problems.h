/* What is wrong with a configuration file, told line by line. */
#ifndef HT_CONFIG_PROBLEMS_H
#define HT_CONFIG_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/file.h"

struct ht_problems {
    const char *file; /* its name in what is said */
    ht_config_problem *tell;
    void *user;
    size_t count;
    bool no_memory; /* also when it was refused elsewhere */
};

/* Tells "FILE: TEXT". */
void ht_problem_of_file(struct ht_problems *problems, const char *text);

/* Tells "FILE:LINE: KEY: ..."; `key` may be NULL. */
void ht_problem(struct ht_problems *problems, unsigned line, const char *key, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

#endif
