#include "heap.h"

#include <malloc.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static struct heap heap;

struct heap heap_now(void)
{
    return heap;
}

static void *enter(void *block)
{
    if (block != NULL) {
        heap.blocks++;
        heap.bytes += malloc_usable_size(block);
    }
    return block;
}

static void leave(void *block)
{
    if (block != NULL) {
        heap.blocks--;
        heap.bytes -= malloc_usable_size(block);
    }
}

void *__wrap_malloc(size_t size)
{
    return enter(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return enter(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    leave(block);
    void *moved = __real_realloc(block, size);
    /* Refused: the old block is still there. */
    (void)enter(moved == NULL && size > 0 ? block : moved);
    return moved;
}

void __wrap_free(void *block)
{
    leave(block);
    __real_free(block);
}
