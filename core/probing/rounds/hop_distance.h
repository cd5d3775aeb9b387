/* How many hops away the destinations of the paths are that were measured so far: up to the ttl
 * that nearly all of them reach, a probe is hardly ever wasted. And their asymmetry,
 *
 *   asymmetry = hops on the way back - hops on the way there
 *
 * by which the answer to a distance probe tells how far away the destination is. */
#ifndef HT_PROBING_HOP_DISTANCE_H
#define HT_PROBING_HOP_DISTANCE_H

#include <stdint.h>

/* Asymmetries from -HT_ASYMMETRY_MAX to HT_ASYMMETRY_MAX - 1 are counted; others say nothing. */
#define HT_ASYMMETRY_MAX 16

/* {0}: nothing is known. */
struct ht_hop_distances {
    uint32_t count[256];                        /* paths by the ttl of their destination */
    uint32_t asymmetries[2 * HT_ASYMMETRY_MAX]; /* paths by asymmetry + HT_ASYMMETRY_MAX */
    uint32_t total;       /* sum of count: paths, of which older ones weigh less */
    uint8_t common_ttl;   /* seven of eight paths reach at least this far; 0: unknown */
    uint8_t longest_ttl;  /* of the longest path ever; 0: there was none */
    uint8_t shortest_ttl; /* of the shortest path ever; 0: there was none */
    int8_t asymmetry;     /* the most frequent one */
};

/* Enters a path that was measured whole. `way_back`: hops that an answer of its destination came
 * over; 0: unknown. */
void ht_hop_distances_add(struct ht_hop_distances *distances, uint8_t destination_ttl,
                          uint8_t way_back);

/* The lowest ttl at which or before which two thirds of the paths end that go beyond `ttl`. 0: no
 * such path is known. */
uint8_t ht_hop_distances_mostly(const struct ht_hop_distances *distances, uint8_t ttl);

#endif
