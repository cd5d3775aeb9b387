/* The targets of an engine. */
#ifndef HT_API_TARGETS_H
#define HT_API_TARGETS_H

#include <stddef.h>
#include <stdint.h>

struct ht_engine;
struct ht_scheduled_target;

struct ht_targets {
    struct ht_scheduled_target **list; /* owned, and so are its entries */
    uint32_t *buckets; /* owned: `capacity` chains by id; index + 1 of the first one, 0: none */
    size_t count;
    size_t capacity; /* 0, or a power of two */
    uint32_t last_id;
    uint32_t tcp_count;                  /* targets that are measured by TCP */
    struct ht_scheduled_target *removed; /* chain of entries that are to be freed */
};

/* The target with this id; NULL: there is none. Takes a time that does not depend on `count`: ids
 * are given in ascending order, so that their low bits spread them evenly over the buckets. */
struct ht_scheduled_target *ht_targets_find(const struct ht_targets *targets, uint32_t id);

/* Frees the targets that were removed while a call was under way. */
void ht_targets_free_removed(struct ht_engine *engine);

/* Frees all. */
void ht_targets_fini(struct ht_targets *targets);

#endif
