/* How long the paths are that were measured so far: so far ahead a probe is hardly ever in vain. */
#ifndef HT_ENGINE_LENGTHS_H
#define HT_ENGINE_LENGTHS_H

#include <stdint.h>

/* {0}: nothing is known. */
struct ht_lengths {
    uint32_t count[256]; /* paths by the ttl of their destination */
    uint32_t total;
    uint8_t common_ttl;  /* nearly all paths reach at least this far; 0: unknown */
    uint8_t longest_ttl; /* none of them was longer */
};

/* A path was measured whole. Older ones count less and less. */
void ht_lengths_add(struct ht_lengths *lengths, uint8_t destination_ttl);

/* Of the paths that go beyond `ttl`, two in three end at this one or before, as far as is known. 0:
 * nothing is known of such paths. */
uint8_t ht_lengths_mostly(const struct ht_lengths *lengths, uint8_t ttl);

#endif
