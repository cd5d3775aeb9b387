#include "base/heap.h"

#include <stdlib.h>

#include "base/assert.h"

/* Children of an entry: the more, the fewer steps to the deepest entry, and the more compares at
 * each; the children of an entry are neighbours in memory. */
#define CHILDREN 4U

/* Entries; a slot's number has 32 bits. */
#define CAPACITY_MAX (UINT32_MAX / 2)

void ht_heap_fini(struct ht_heap *heap)
{
    free(heap->entries);
    free(heap->slots);
    *heap = (struct ht_heap){0};
}

bool ht_heap_reserve(struct ht_heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return true;
    size_t capacity = heap->capacity < 16 ? 16 : heap->capacity;
    while (capacity < count)
        capacity *= 2;
    if (capacity > CAPACITY_MAX)
        return false;
    struct ht_heap_entry *entries = realloc(heap->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    heap->entries = entries;
    struct ht_heap_slot *slots = realloc(heap->slots, capacity * sizeof *slots);
    if (slots == NULL)
        return false;
    heap->slots = slots;
    heap->capacity = (uint32_t)capacity;
    return true;
}

static uint32_t take_slot(struct ht_heap *heap)
{
    if (heap->free_slots == 0)
        return heap->slots_used++;
    uint32_t slot = heap->first_free;
    heap->first_free = heap->slots[slot].index;
    heap->free_slots--;
    return slot;
}

static void give_slot(struct ht_heap *heap, uint32_t slot)
{
    heap->slots[slot] = (struct ht_heap_slot){.index = heap->first_free};
    heap->first_free = slot;
    heap->free_slots++;
}

static void put(struct ht_heap *heap, struct ht_heap_entry what, uint32_t index)
{
    HT_ASSERT(index < heap->capacity && what.slot < heap->slots_used);
    heap->entries[index] = what;
    heap->slots[what.slot].index = index;
}

static void sift_up(struct ht_heap *heap, struct ht_heap_entry what, uint32_t index)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / CHILDREN;
        if (heap->entries[parent].key_ns <= what.key_ns)
            break;
        put(heap, heap->entries[parent], index);
        index = parent;
    }
    put(heap, what, index);
}

/* The index of the child with the least key; heap->count: there is no child. */
static uint32_t first_child(const struct ht_heap *heap, uint32_t index)
{
    uint32_t first = index * CHILDREN + 1;
    if (first >= heap->count)
        return heap->count;
    uint32_t end = heap->count - first < CHILDREN ? heap->count : first + CHILDREN;
    for (uint32_t child = first + 1; child < end; child++) {
        if (heap->entries[child].key_ns < heap->entries[first].key_ns)
            first = child;
    }
    return first;
}

static void sift_down(struct ht_heap *heap, struct ht_heap_entry what, uint32_t index)
{
    for (;;) {
        uint32_t child = first_child(heap, index);
        if (child == heap->count || heap->entries[child].key_ns >= what.key_ns)
            break;
        put(heap, heap->entries[child], index);
        index = child;
    }
    put(heap, what, index);
}

void ht_heap_set(struct ht_heap *heap, struct ht_heap_node *node, int64_t key_ns)
{
    bool earlier = node->slot == HT_HEAP_OUTSIDE || key_ns < node->key_ns;
    node->key_ns = key_ns;
    if (node->slot == HT_HEAP_OUTSIDE) {
        node->slot = take_slot(heap);
        heap->slots[node->slot] = (struct ht_heap_slot){.node = node, .index = heap->count++};
    }
    struct ht_heap_entry what = {.key_ns = key_ns, .slot = node->slot};
    if (earlier)
        sift_up(heap, what, heap->slots[node->slot].index);
    else
        sift_down(heap, what, heap->slots[node->slot].index);
}

void ht_heap_remove(struct ht_heap *heap, struct ht_heap_node *node)
{
    if (node->slot == HT_HEAP_OUTSIDE)
        return;
    uint32_t index = heap->slots[node->slot].index;
    struct ht_heap_entry last = heap->entries[--heap->count];
    bool was_last = last.slot == node->slot;
    give_slot(heap, node->slot);
    node->slot = HT_HEAP_OUTSIDE;
    if (was_last)
        return;
    if (index > 0 && heap->entries[(index - 1) / CHILDREN].key_ns > last.key_ns)
        sift_up(heap, last, index);
    else
        sift_down(heap, last, index);
}
