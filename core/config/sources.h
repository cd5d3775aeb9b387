/* The texts that a configuration is made of: a file and those that it includes, put together to
 * one, and which line of that one stands where. */
#ifndef HT_CONFIG_SOURCES_H
#define HT_CONFIG_SOURCES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "hoptrace/error.h"

/* Reads all of a file into *text, which is the caller's to free; 0 or an errno, that of a FIFO
 * being HT_SOURCE_FIFO: it may never have a writer, and is not waited for. */
typedef int ht_source_load(const char *path, struct ht_text *text);
#define HT_SOURCE_FIFO ESPIPE

/* Says why a file could not be read; `what`: "", or its name and a blank. */
void ht_source_refuse(struct ht_error *error, int sys_errno, const char *what);

/* Where something stands, as a person looks for it. */
struct ht_place {
    const char *file;
    unsigned line;
};

/* From line `line` of the whole on: lines of one file, the first of them at `place`. */
struct ht_passage {
    unsigned line;
    struct ht_place place;
};

struct ht_source {
    struct ht_source *next;
    char *name;
    struct ht_text text;
};

struct ht_sources {
    ht_source_load *load;        /* NULL: nothing can be included */
    struct ht_source *first;     /* those that were included, owned */
    size_t bytes;                /* of them, all together */
    struct ht_passage *passages; /* by their lines */
    size_t passage_count;
    size_t passage_capacity;
};

/* Frees the included texts; places that were given out are gone with them. */
void ht_sources_fini(struct ht_sources *sources);

/* The text of a file that another one includes by this name, which is relative to that one's
 * folder. NULL: HT_ERR_INVALID (it cannot be read, or is no text), HT_ERR_NOMEM. */
const struct ht_source *ht_sources_include(struct ht_sources *sources, const char *including,
                                           const char *name, struct ht_error *error);

/* A passage begins in this line of the whole. False: no memory. */
bool ht_sources_pass(struct ht_sources *sources, unsigned line, struct ht_place place);

/* Where the line of the whole stands; before any passage began: there, in `file`. */
struct ht_place ht_sources_place(const struct ht_sources *sources, const char *file, unsigned line);

#endif
