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

/* Flat, since each node that moves is written to, wherever it is. */
#define CHILDREN 4

static void sift_up(struct ht_heap *heap, struct ht_heap_node *node, size_t position)
{
    while (position > 0) {
        size_t parent = (position - 1) / CHILDREN;
        if (heap->places[parent].key_ns <= node->key_ns)
            break;
        place(heap, heap->places[parent], position);
        position = parent;
    }
    place(heap, (struct ht_heap_place){node->key_ns, node}, position);
}

/* The place of the child that comes first; none: the heap's end. */
static size_t first_child(const struct ht_heap *heap, size_t position)
{
    size_t first = position * CHILDREN + 1;
    if (first >= heap->count)
        return heap->count;
    size_t end = heap->count - first < CHILDREN ? heap->count : first + CHILDREN;
    for (size_t child = first + 1; child < end; child++) {
        if (heap->places[child].key_ns < heap->places[first].key_ns)
            first = child;
    }
    return first;
}

static void sift_down(struct ht_heap *heap, struct ht_heap_node *node, size_t position)
{
    for (;;) {
        size_t child = first_child(heap, position);
        if (child == heap->count || heap->places[child].key_ns >= node->key_ns)
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
    if (position > 0 && heap->places[(position - 1) / CHILDREN].key_ns > last->key_ns)
        sift_up(heap, last, position);
    else
        sift_down(heap, last, position);
}
