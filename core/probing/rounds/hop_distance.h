/* How long the paths are that were measured so far: so far ahead a probe is hardly ever in vain.
 * And how their ways back compare, which is all that an answer from far ahead may tell. */
#ifndef HT_PROBING_HOP_DISTANCE_H
#define HT_PROBING_HOP_DISTANCE_H

#include <stdint.h>

/* Ways back that are longer or shorter by so many hops, or more, say nothing. */
#define HT_ASYMMETRY_MAX 16

/* {0}: nothing is known. */
struct ht_hop_distances {
    uint32_t count[256];                        /* paths by the ttl of their destination */
    uint32_t asymmetries[2 * HT_ASYMMETRY_MAX]; /* and by how much longer they are back,
                                            HT_ASYMMETRY_MAX being just as long */
    uint32_t total;
    uint8_t common_ttl;   /* nearly all paths reach at least this far; 0: unknown */
    uint8_t longest_ttl;  /* none of them was longer */
    uint8_t shortest_ttl; /* nor shorter */
    int8_t asymmetry;     /* so many hops most are longer back than there; negative: shorter */
};

/* A path was measured whole. Older ones count less and less. `way_back`: how many hops an answer of
 * its destination came over, 0 if that is not known. */
void ht_hop_distances_add(struct ht_hop_distances *distances, uint8_t destination_ttl,
                          uint8_t way_back);

/* Of the paths that go beyond `ttl`, two in three end at this one or before, as far as is known. 0:
 * nothing is known of such paths. */
uint8_t ht_hop_distances_mostly(const struct ht_hop_distances *distances, uint8_t ttl);

#endif
