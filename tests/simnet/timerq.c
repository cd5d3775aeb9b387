#include "timerq.h"

#include <stdlib.h>
#include <string.h>

#define SMALL 256

bool timerq_init(struct timerq *queue, uint32_t small, uint32_t large)
{
    memset(queue, 0, sizeof *queue);
    queue->small = small;
    queue->large = large;
    queue->heap = malloc(((size_t)small + large) * sizeof *queue->heap);
    queue->lengths = malloc(((size_t)small + large) * sizeof *queue->lengths);
    queue->small_bytes = malloc((size_t)small * SMALL);
    queue->large_bytes = malloc((size_t)large * FRAME_MAX);
    queue->free_small = malloc(small * sizeof *queue->free_small);
    queue->free_large = malloc(large * sizeof *queue->free_large);
    if (!queue->heap || !queue->lengths || !queue->small_bytes || !queue->large_bytes ||
        !queue->free_small || !queue->free_large)
        return false;
    /* Handed out from the end: the first slots are used over and over and stay cached. */
    while (queue->free_small_count < small) {
        queue->free_small[queue->free_small_count] = small - 1 - queue->free_small_count;
        queue->free_small_count++;
    }
    while (queue->free_large_count < large) {
        queue->free_large[queue->free_large_count] = small + large - 1 - queue->free_large_count;
        queue->free_large_count++;
    }
    return true;
}

void timerq_fini(struct timerq *queue)
{
    free(queue->heap);
    free(queue->lengths);
    free(queue->small_bytes);
    free(queue->large_bytes);
    free(queue->free_small);
    free(queue->free_large);
    memset(queue, 0, sizeof *queue);
}

static uint8_t *slot_bytes(const struct timerq *queue, uint32_t slot)
{
    if (slot < queue->small)
        return queue->small_bytes + (size_t)slot * SMALL;
    return queue->large_bytes + (size_t)(slot - queue->small) * FRAME_MAX;
}

static bool before(const struct timer_entry *a, const struct timer_entry *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void push(struct timerq *queue, struct timer_entry entry)
{
    uint32_t place = queue->count++;

    while (place > 0) {
        uint32_t parent = (place - 1) / 4;

        if (!before(&entry, &queue->heap[parent]))
            break;
        queue->heap[place] = queue->heap[parent];
        place = parent;
    }
    queue->heap[place] = entry;
}

static struct timer_entry pop(struct timerq *queue)
{
    struct timer_entry first = queue->heap[0], last = queue->heap[--queue->count];
    uint32_t place = 0;

    for (;;) {
        uint32_t child = place * 4 + 1, best = child, end = child + 4;

        if (child >= queue->count)
            break;
        if (end > queue->count)
            end = queue->count;
        while (++child < end) {
            if (before(&queue->heap[child], &queue->heap[best]))
                best = child;
        }
        if (!before(&queue->heap[best], &last))
            break;
        queue->heap[place] = queue->heap[best];
        place = best;
    }
    queue->heap[place] = last;
    return first;
}

bool timerq_add(struct timerq *queue, const uint8_t header[FRAME_HEADER], const uint8_t *packet,
                size_t length, int64_t due_ns)
{
    uint32_t slot;
    uint8_t *bytes;

    if (length + FRAME_HEADER > FRAME_MAX)
        return false;
    if (length + FRAME_HEADER <= SMALL && queue->free_small_count)
        slot = queue->free_small[--queue->free_small_count];
    else if (queue->free_large_count)
        slot = queue->free_large[--queue->free_large_count];
    else
        return false;
    bytes = slot_bytes(queue, slot);
    memcpy(bytes, header, FRAME_HEADER);
    memcpy(bytes + FRAME_HEADER, packet, length);
    queue->lengths[slot] = (uint32_t)length + FRAME_HEADER;
    push(queue, (struct timer_entry){.due_ns = due_ns, .order = queue->order++, .slot = slot});
    return true;
}

int64_t timerq_next(const struct timerq *queue)
{
    return queue->count ? queue->heap[0].due_ns : INT64_MAX;
}

bool timerq_take(struct timerq *queue, int64_t now_ns, struct frame *frame, int64_t *due_ns)
{
    struct timer_entry entry;

    if (timerq_next(queue) > now_ns || queue->count == 0)
        return false;
    entry = pop(queue);
    *due_ns = entry.due_ns;
    *frame = (struct frame){.bytes = slot_bytes(queue, entry.slot),
                            .length = queue->lengths[entry.slot],
                            .slot = entry.slot};
    return true;
}

void timerq_release(struct timerq *queue, const struct frame *frame)
{
    if (frame->slot < queue->small)
        queue->free_small[queue->free_small_count++] = frame->slot;
    else
        queue->free_large[queue->free_large_count++] = frame->slot;
}
