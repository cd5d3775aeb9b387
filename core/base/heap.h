/* A min-heap whose nodes know where they are in it, so that each can be moved or taken out in
 * O(log n). The heap has copies of the keys and moves its own entries: it touches no memory of the
 * other nodes, which may not be in the cache.
 *
 * Invariant, for each entry i > 0: entries[(i - 1) / 4].key_ns <= entries[i].key_ns. */
#ifndef HT_BASE_HEAP_H
#define HT_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embed this in the objects that are in a heap. {.slot = HT_HEAP_OUTSIDE} before the first use. */
struct ht_heap_node {
    int64_t key_ns;
    uint32_t slot;
};

#define HT_HEAP_OUTSIDE UINT32_MAX

/* Where a node's entry is: the slot of a node stays the same while the node is in the heap. */
struct ht_heap_slot {
    struct ht_heap_node *node; /* borrowed */
    uint32_t index;            /* of a free slot: the next free one */
};

struct ht_heap_entry {
    int64_t key_ns;
    uint32_t slot;
};

struct ht_heap {
    struct ht_heap_entry *entries; /* owned, in heap order */
    struct ht_heap_slot *slots;    /* owned, as many as entries */
    uint32_t count;
    uint32_t capacity;
    uint32_t slots_used; /* slots [0, slots_used) are or were in use */
    uint32_t free_slots; /* slots among them that are free */
    uint32_t first_free; /* index of a free slot, the head of a list */
};

void ht_heap_fini(struct ht_heap *heap);

/* Makes room for `count` nodes in all: ht_heap_set needs it. False: no memory, the heap is as it
 * was. */
bool ht_heap_reserve(struct ht_heap *heap, size_t count);

/* Puts the node in, or moves it, under a new key. Room must have been reserved. */
void ht_heap_set(struct ht_heap *heap, struct ht_heap_node *node, int64_t key_ns);

/* Takes the node out; does nothing if it is not in. */
void ht_heap_remove(struct ht_heap *heap, struct ht_heap_node *node);

/* The node at an index below `count`; the key of the first is the least, the others' order is not
 * defined. */
static inline struct ht_heap_node *ht_heap_at(const struct ht_heap *heap, uint32_t index)
{
    return heap->slots[heap->entries[index].slot].node;
}

/* The node with the least key, or NULL. */
static inline struct ht_heap_node *ht_heap_first(const struct ht_heap *heap)
{
    return heap->count > 0 ? ht_heap_at(heap, 0) : NULL;
}

#endif
