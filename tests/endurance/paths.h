/* What the paths really are, from a file, and whether a report says the same. */
#ifndef HT_TESTS_ENDURANCE_PATHS_H
#define HT_TESTS_ENDURANCE_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "hoptrace.h"

#define PATH_HOPS_MAX 32

struct path {
    char host[256]; /* a name of it */
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_address address;
    struct ht_address hops[PATH_HOPS_MAX]; /* HT_IP_NONE: a silent one */
    size_t hop_count;
};

struct paths {
    struct path *items;
    size_t count;
};

/* Reads lines of a name, its address and the addresses of its hops, `*` for a silent one. False:
 * there is no such file, or nothing that can be used in it. */
bool paths_read(struct paths *paths, const char *file);

void paths_fini(struct paths *paths);

/* NULL if the report shows this path, hop by hop, with an answer to every probe; else what is
 * wrong. */
const char *path_compare(const struct path *path, const struct ht_report *report);

#endif
