#define _GNU_SOURCE /* MADV_POPULATE_WRITE */
#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/prefetch.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, length)   ((void)(start), (void)(length))
#define ASAN_UNPOISON_MEMORY_REGION(start, length) ((void)(start), (void)(length))
#endif

/* Cells of the first block. */
#define CELLS_FIRST 8

/* Bytes, ahead of the first touch, for which the kernel is asked to give all pages at once instead
 * of one by each page fault: 1 % less CPU for 10,000 targets. Cells that are never taken waste up
 * to AHEAD bytes. PAGE_SIZE: bytes of the smallest pages. */
#define AHEAD     ((size_t)128 * 1024)
#define PAGE_SIZE ((uintptr_t)4096)

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
    pool->ready = cells;
    pool->fresh = count;
    pool->total += count;
    return true;
}

/* Before the first touch of a cell of a block that ends at `end`: has the kernel give its pages and
 * the ones behind. Kernels before Linux 5.14 do not know MADV_POPULATE_WRITE, and larger pages need
 * not be asked for: then each page is given when it is touched. */
static void ready_pages(struct ht_pool *pool, uint8_t *cell, const uint8_t *end)
{
    if (cell + pool->size <= pool->ready)
        return;
    size_t length = (size_t)(end - cell) < AHEAD ? (size_t)(end - cell) : AHEAD;
    uintptr_t before = (uintptr_t)cell % PAGE_SIZE;
#ifdef MADV_POPULATE_WRITE
    (void)madvise(cell - before, length + before, MADV_POPULATE_WRITE);
#endif
    pool->ready = cell + length;
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
        /* By rising address, as hardware reads ahead. */
        size_t count = pool->blocks->next != NULL ? pool->total / 2 : pool->total;
        uint8_t *cells = pool->blocks->cells;
        cell = cells + (count - pool->fresh--) * pool->size;
        ready_pages(pool, cell, cells + count * pool->size);
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
