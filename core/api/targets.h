/* The targets of an engine. */
#ifndef HT_API_TARGETS_H
#define HT_API_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_engine;
struct ht_scheduled_target;

struct ht_targets {
    struct ht_scheduled_target **list; /* owned, and so are its entries */
    size_t count;
    size_t capacity;
    uint32_t last_id;
    bool removals; /* some entry is to be freed */
};

/* Frees the targets that were removed while a call was under way. */
void ht_targets_free_removed(struct ht_engine *engine);

/* Frees all. */
void ht_targets_fini(struct ht_targets *targets);

#endif
