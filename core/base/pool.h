/* Memory for many short-lived objects of one size: a cell is taken and given back in constant time;
 * the cell that was given back last, which is still in the cache, is taken first. Cells come in
 * blocks, each as large as all blocks before it together; all are freed when no cell is taken any
 * more. */
#ifndef HT_BASE_POOL_H
#define HT_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct ht_pool_block;

struct ht_pool {
    size_t size;                  /* of a cell, in whole cache lines */
    struct ht_pool_block *blocks; /* owned, the newest first */
    const uint8_t *ready;         /* end of the newest block's part that has its pages */
    void *spare;                  /* list of free cells: each begins with the next one's address */
    size_t fresh;                 /* cells of the newest block that were never taken */
    size_t total;                 /* cells of all blocks */
    size_t taken;                 /* cells that are taken */
};

/* An empty pool of cells of `size` bytes. */
void ht_pool_init(struct ht_pool *pool, size_t size);

/* Frees all blocks, with the cells that are still taken. */
void ht_pool_fini(struct ht_pool *pool);

/* A cell with arbitrary content, aligned as a cache line is. NULL: no memory. */
void *ht_pool_take(struct ht_pool *pool);

/* Gives back a cell of this pool. */
void ht_pool_give(struct ht_pool *pool, void *cell);

#endif
