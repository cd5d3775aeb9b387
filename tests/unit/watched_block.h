/* An allocator for a source that is built into a test: it can refuse, and remembers the block that
 * it gave last, so that a pointer out of a copy is seen. */
#ifndef HT_TESTS_WATCHED_BLOCK_H
#define HT_TESTS_WATCHED_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool refuse_memory;
static uintptr_t block_start;
static size_t block_size;

static void *watched_malloc(size_t size)
{
    if (refuse_memory)
        return NULL;
    void *block = malloc(size);
    block_start = (uintptr_t)block;
    block_size = size;
    return block;
}

static bool in_block(const void *pointer)
{
    uintptr_t at = (uintptr_t)pointer;
    return pointer != NULL && at >= block_start && at < block_start + block_size;
}

/* NULL stays NULL; all else is equal and stands in the block. */
static bool string_copied(const char *copy, const char *original)
{
    if (original == NULL)
        return copy == NULL;
    return in_block(copy) && strcmp(copy, original) == 0;
}

#endif
