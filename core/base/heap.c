#include "base/heap.h"

#include <stdlib.h>

/* Flat: what is far down is reached in few steps, and children stand side by side. */
#define CHILDREN 4U

/* Slots are told apart by 32 bits. */
#define CAPACITY_MAX (UINT32_MAX / 2)

void ht_heap_fini(struct ht_heap *heap)
{
    free(heap->places);
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
    struct ht_heap_place *places = realloc(heap->places, capacity * sizeof *places);
    if (places == NULL)
        return false;
    heap->places = places;
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
    heap->first_free = heap->slots[slot].place;
    heap->free_slots--;
    return slot;
}

static void give_slot(struct ht_heap *heap, uint32_t slot)
{
    heap->slots[slot] = (struct ht_heap_slot){.place = heap->first_free};
    heap->first_free = slot;
    heap->free_slots++;
}

static void put(struct ht_heap *heap, struct ht_heap_place what, uint32_t place)
{
    heap->places[place] = what;
    heap->slots[what.slot].place = place;
}

static void sift_up(struct ht_heap *heap, struct ht_heap_place what, uint32_t place)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / CHILDREN;
        if (heap->places[parent].key_ns <= what.key_ns)
            break;
        put(heap, heap->places[parent], place);
        place = parent;
    }
    put(heap, what, place);
}

/* The child that comes first; none: the heap's end. */
static uint32_t first_child(const struct ht_heap *heap, uint32_t place)
{
    uint32_t first = place * CHILDREN + 1;
    if (first >= heap->count)
        return heap->count;
    uint32_t end = heap->count - first < CHILDREN ? heap->count : first + CHILDREN;
    for (uint32_t child = first + 1; child < end; child++) {
        if (heap->places[child].key_ns < heap->places[first].key_ns)
            first = child;
    }
    return first;
}

static void sift_down(struct ht_heap *heap, struct ht_heap_place what, uint32_t place)
{
    for (;;) {
        uint32_t child = first_child(heap, place);
        if (child == heap->count || heap->places[child].key_ns >= what.key_ns)
            break;
        put(heap, heap->places[child], place);
        place = child;
    }
    put(heap, what, place);
}

void ht_heap_set(struct ht_heap *heap, struct ht_heap_node *node, int64_t key_ns)
{
    bool earlier = node->slot == HT_HEAP_OUTSIDE || key_ns < node->key_ns;
    node->key_ns = key_ns;
    if (node->slot == HT_HEAP_OUTSIDE) {
        node->slot = take_slot(heap);
        heap->slots[node->slot] = (struct ht_heap_slot){.node = node, .place = heap->count++};
    }
    struct ht_heap_place what = {.key_ns = key_ns, .slot = node->slot};
    if (earlier)
        sift_up(heap, what, heap->slots[node->slot].place);
    else
        sift_down(heap, what, heap->slots[node->slot].place);
}

void ht_heap_remove(struct ht_heap *heap, struct ht_heap_node *node)
{
    if (node->slot == HT_HEAP_OUTSIDE)
        return;
    uint32_t place = heap->slots[node->slot].place;
    struct ht_heap_place last = heap->places[--heap->count];
    bool was_last = last.slot == node->slot;
    give_slot(heap, node->slot);
    node->slot = HT_HEAP_OUTSIDE;
    if (was_last)
        return;
    if (place > 0 && heap->places[(place - 1) / CHILDREN].key_ns > last.key_ns)
        sift_up(heap, last, place);
    else
        sift_down(heap, last, place);
}
