#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, length)   ((void)(start), (void)(length))
#define ASAN_UNPOISON_MEMORY_REGION(start, length) ((void)(start), (void)(length))
#endif

/* The first block has so many cells. */
#define CELLS_FIRST 8

struct ht_pool_block {
    struct ht_pool_block *next;
    uint8_t *cells;
};

void ht_pool_init(struct ht_pool *pool, size_t size)
{
    *pool = (struct ht_pool){.size = (size + HT_CACHE_LINE - 1) / HT_CACHE_LINE * HT_CACHE_LINE};
}

void ht_pool_fini(struct ht_pool *pool)
{
    for (struct ht_pool_block *block = pool->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    *pool = (struct ht_pool){.size = pool->size};
}

static bool add_block(struct ht_pool *pool)
{
    size_t count = pool->total > CELLS_FIRST ? pool->total : CELLS_FIRST;
    size_t bytes;
    if (__builtin_mul_overflow(count, pool->size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct ht_pool_block) + HT_CACHE_LINE, &bytes))
        return false;
    struct ht_pool_block *block = malloc(bytes);
    if (block == NULL)
        return false;
    uint8_t *cells = (uint8_t *)(block + 1);
    cells += (HT_CACHE_LINE - (uintptr_t)cells % HT_CACHE_LINE) % HT_CACHE_LINE;
    *block = (struct ht_pool_block){.next = pool->blocks, .cells = cells};
    ASAN_POISON_MEMORY_REGION(cells, count * pool->size);
    pool->blocks = block;
    pool->fresh = count;
    pool->total += count;
    return true;
}

void *ht_pool_take(struct ht_pool *pool)
{
    void *cell = pool->spare;
    if (cell != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(cell, pool->size);
        memcpy(&pool->spare, cell, sizeof pool->spare);
    } else {
        if (pool->fresh == 0 && !add_block(pool))
            return NULL;
        /* Upwards, as memory is best read ahead. */
        size_t count = pool->blocks->next != NULL ? pool->total / 2 : pool->total;
        cell = pool->blocks->cells + (count - pool->fresh--) * pool->size;
        ASAN_UNPOISON_MEMORY_REGION(cell, pool->size);
    }
    pool->taken++;
    return cell;
}

void ht_pool_give(struct ht_pool *pool, void *cell)
{
    memcpy(cell, &pool->spare, sizeof pool->spare);
    ASAN_POISON_MEMORY_REGION(cell, pool->size);
    pool->spare = cell;
    if (--pool->taken == 0)
        ht_pool_fini(pool);
}
