/* Which host of several measures a target: rendezvous hashing over the target's name. Hosts that
 * share a list of targets and a number of hosts divide it among them without a word. */
#ifndef HT_CONFIG_SHARD_H
#define HT_CONFIG_SHARD_H

#include <stdbool.h>
#include <stdint.h>

/* Most hosts that share a list. */
#define HT_SHARD_HOSTS_MAX 10000

/* Host `host` of `hosts`: 1 <= host <= hosts <= HT_SHARD_HOSTS_MAX; all zero: one host measures
 * all. */
struct ht_shard {
    uint16_t host;
    uint16_t hosts;
};

/* The weight of `host` (counted from 1) for a name: 64-bit FNV-1a over the name's bytes, a zero
 * byte and the number in decimal digits, then MurmurHash3's finalizer. It is the same in every
 * version, since hosts of different versions must agree. */
uint64_t ht_shard_weight(const char *name, uint16_t host);

/* Whether this host measures the name: none of the other hosts has a greater weight, nor a lower
 * one of them the same. One of 1/N of all names, whatever the names; when the number of hosts goes
 * from N to N + 1, names move to the new host alone. */
bool ht_shard_has(const struct ht_shard *shard, const char *name);

#endif
