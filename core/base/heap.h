/* A min-heap of things that own their key: each element holds its time and its place, so
 * that it can be moved or taken out in O(log n). */
#ifndef HT_BASE_HEAP_H
#define HT_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embed this in what is kept in a heap. {.position = HT_HEAP_OUTSIDE} before the first use. */
struct ht_heap_node {
    int64_t key_ns;
    size_t position;
};

#define HT_HEAP_OUTSIDE SIZE_MAX

/* A place in the heap: the key stands here too, so that comparing touches no node. */
struct ht_heap_place {
    int64_t key_ns;
    struct ht_heap_node *node; /* borrowed */
};

struct ht_heap {
    struct ht_heap_place *places; /* owned */
    size_t count;
    size_t capacity;
};

void ht_heap_fini(struct ht_heap *heap);

/* Makes room for `count` nodes in all, so that ht_heap_set cannot fail below it. False: no
 * memory, the heap is as it was. */
bool ht_heap_reserve(struct ht_heap *heap, size_t count);

/* Puts the node in, or moves it, under a new key. Room must have been reserved. */
void ht_heap_set(struct ht_heap *heap, struct ht_heap_node *node, int64_t key_ns);

/* Takes the node out; does nothing if it is not in. */
void ht_heap_remove(struct ht_heap *heap, struct ht_heap_node *node);

/* The node with the least key, or NULL. */
static inline struct ht_heap_node *ht_heap_first(const struct ht_heap *heap)
{
    return heap->count > 0 ? heap->places[0].node : NULL;
}

#endif
