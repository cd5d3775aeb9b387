/* An allocator that refuses, for a test program that is linked with --wrap=malloc, calloc and
 * realloc: for what the program itself calls, not for what the system's libraries do. */
#ifndef HT_TESTS_REFUSED_MEMORY_H
#define HT_TESTS_REFUSED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static size_t allocations_left = SIZE_MAX; /* those behind are refused */

static bool refused(void)
{
    if (allocations_left == 0)
        return true;
    if (allocations_left != SIZE_MAX)
        allocations_left--;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return refused() ? NULL : __real_realloc(block, size);
}

#endif
