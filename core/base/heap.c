#include "base/heap.h"

#include <stdlib.h>

void ht_heap_fini(struct ht_heap *heap)
{
    free(heap->places);
    *heap = (struct ht_heap){0};
}

bool ht_heap_reserve(struct ht_heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return true;
    size_t capacity = heap->capacity < 16 ? 16 : heap->capacity;
    while (capacity < count) {
        if (capacity > SIZE_MAX / 2 / sizeof *heap->places)
            return false;
        capacity *= 2;
    }
    struct ht_heap_place *places = realloc(heap->places, capacity * sizeof *places);
    if (places == NULL)
        return false;
    heap->places = places;
    heap->capacity = capacity;
    return true;
}

static void place(struct ht_heap *heap, struct ht_heap_place what, size_t position)
{
    heap->places[position] = what;
    what.node->position = position;
}

static void sift_up(struct ht_heap *heap, struct ht_heap_node *node, size_t position)
{
    while (position > 0) {
        size_t parent = (position - 1) / 2;
        if (heap->places[parent].key_ns <= node->key_ns)
            break;
        place(heap, heap->places[parent], position);
        position = parent;
    }
    place(heap, (struct ht_heap_place){node->key_ns, node}, position);
}

static void sift_down(struct ht_heap *heap, struct ht_heap_node *node, size_t position)
{
    for (;;) {
        size_t child = position * 2 + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->places[child + 1].key_ns < heap->places[child].key_ns)
            child++;
        if (heap->places[child].key_ns >= node->key_ns)
            break;
        place(heap, heap->places[child], position);
        position = child;
    }
    place(heap, (struct ht_heap_place){node->key_ns, node}, position);
}

void ht_heap_set(struct ht_heap *heap, struct ht_heap_node *node, int64_t key_ns)
{
    if (node->position == HT_HEAP_OUTSIDE) {
        node->key_ns = key_ns;
        sift_up(heap, node, heap->count++);
    } else {
        bool earlier = key_ns < node->key_ns;
        node->key_ns = key_ns;
        if (earlier)
            sift_up(heap, node, node->position);
        else
            sift_down(heap, node, node->position);
    }
}

void ht_heap_remove(struct ht_heap *heap, struct ht_heap_node *node)
{
    size_t position = node->position;
    if (position == HT_HEAP_OUTSIDE)
        return;
    node->position = HT_HEAP_OUTSIDE;
    struct ht_heap_node *last = heap->places[--heap->count].node;
    if (last == node)
        return;
    if (position > 0 && heap->places[(position - 1) / 2].key_ns > last->key_ns)
        sift_up(heap, last, position);
    else
        sift_down(heap, last, position);
}
