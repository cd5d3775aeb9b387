#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(2);
}

void *grow(void *items, size_t count, size_t size)
{
    /* Doubles at every power of two, so no capacity has to be kept. */
    if ((count & (count - 1)) != 0)
        return items;
    size_t capacity = count == 0 ? 1 : count * 2;
    void *larger = realloc(items, capacity * size);
    if (larger == NULL)
        die("out of memory");
    return larger;
}

void *make(size_t size)
{
    void *block = calloc(1, size);
    if (block == NULL)
        die("out of memory");
    return block;
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) / 9007199254740992.0;
}
