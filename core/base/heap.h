/* A min-heap of things that know where they are in it, so that they can be moved or taken out in
 * O(log n). The heap touches nothing but its own memory while it moves others: they may be far
 * away. */
#ifndef HT_BASE_HEAP_H
#define HT_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embed this in what is kept in a heap. {.slot = HT_HEAP_OUTSIDE} before the first use. */
struct ht_heap_node {
    int64_t key_ns;
    uint32_t slot;
};

#define HT_HEAP_OUTSIDE UINT32_MAX

/* Where a node is: its slot stays the same while it is in the heap. */
struct ht_heap_slot {
    struct ht_heap_node *node; /* borrowed */
    uint32_t place;            /* of a free slot: the next free one */
};

struct ht_heap_place {
    int64_t key_ns;
    uint32_t slot;
};

struct ht_heap {
    struct ht_heap_place *places; /* owned, in heap order */
    struct ht_heap_slot *slots;   /* owned, as many as places */
    uint32_t count;
    uint32_t capacity;
    uint32_t slots_used; /* the others were never used */
    uint32_t free_slots; /* so many of the used ones are free ... */
    uint32_t first_free; /* ... from here on */
};

void ht_heap_fini(struct ht_heap *heap);

/* Makes room for `count` nodes in all, so that ht_heap_set cannot fail below it. False: no
 * memory, the heap is as it was. */
bool ht_heap_reserve(struct ht_heap *heap, size_t count);

/* Puts the node in, or moves it, under a new key. Room must have been reserved. */
void ht_heap_set(struct ht_heap *heap, struct ht_heap_node *node, int64_t key_ns);

/* Takes the node out; does nothing if it is not in. */
void ht_heap_remove(struct ht_heap *heap, struct ht_heap_node *node);

/* The node at a place below `count`, in no order but that the first one's key is the least. */
static inline struct ht_heap_node *ht_heap_at(const struct ht_heap *heap, uint32_t place)
{
    return heap->slots[heap->places[place].slot].node;
}

/* The node with the least key, or NULL. */
static inline struct ht_heap_node *ht_heap_first(const struct ht_heap *heap)
{
    return heap->count > 0 ? ht_heap_at(heap, 0) : NULL;
}

#endif
