#include "history/path_loss.h"

#include "base/assert.h"
#include "base/exact_test.h"

#define HOPS_MAX 255

/* Of hops that lose no more, this share is left out by chance. */
#define LEVEL 0.05

bool ht_loses_more(struct ht_counts hop, struct ht_counts than)
{
    return ht_loses_significantly(ht_counts_lost(hop), hop.sent, ht_counts_lost(than), than.sent,
                                  LEVEL);
}

/* Neighbours that have one value. */
struct block {
    double sent;
    double lost;
    size_t last; /* index of its last hop */
};

static bool violates(const struct block *before, const struct block *after)
{
    return before->lost * after->sent >= after->lost * before->sent;
}

/* Appends a block of one, and pools it with those before it that lose no less. */
static size_t pool(struct block *blocks, size_t count, struct ht_counts counts, size_t index)
{
    struct block block = {.sent = counts.sent, .lost = ht_counts_lost(counts), .last = index};
    while (count > 0 && violates(&blocks[count - 1], &block)) {
        count--;
        block.sent += blocks[count].sent;
        block.lost += blocks[count].lost;
    }
    blocks[count] = block;
    return count + 1;
}

/* Marks the hops whose loss is on the path: those that lose no more than the one that loses least
 * of all behind them. */
static void choose(const struct ht_counts *hops, size_t count, struct ht_counts destination,
                   bool *on_path)
{
    struct ht_counts least = destination;
    for (size_t i = count; i-- > 0;) {
        on_path[i] = hops[i].received > 0 && !ht_loses_more(hops[i], least);
        if (on_path[i] && ht_counts_loss(hops[i]) < ht_counts_loss(least))
            least = hops[i];
    }
}

void ht_path_loss(const struct ht_counts *hops, size_t count, struct ht_counts destination,
                  float *percent)
{
    struct block blocks[HOPS_MAX + 1];
    bool on_path[HOPS_MAX];
    size_t block_count = 0;
    HT_ASSERT(count <= HOPS_MAX && destination.sent > 0);
    choose(hops, count, destination, on_path);
    for (size_t i = 0; i < count; i++) {
        if (on_path[i])
            block_count = pool(blocks, block_count, hops[i], i);
    }
    (void)pool(blocks, block_count, destination, count);
    for (size_t i = 0, block = 0; i <= count; i++) {
        while (blocks[block].last < i)
            block++;
        percent[i] = (float)(100 * blocks[block].lost / blocks[block].sent);
    }
}
