/* The last paths that a memory has held, packed, to tell one that comes back. Pure. */
#ifndef HT_HISTORY_PAST_PATHS_H
#define HT_HISTORY_PAST_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/known.h"

#define HT_PAST_PATHS_MAX 16

/* The known addresses of an earlier path: for each one, by rising ttl, the ttl in one byte and the
 * address in 4 or 16, as its version has. */
struct ht_past_path {
    uint8_t *bytes; /* owned */
    uint32_t size;
};

/* {0}: none. */
struct ht_past_paths {
    struct ht_past_path *list; /* owned: the last one first */
    uint8_t count;
};

/* Packs what is known at hops [ttl - 1]; false: no memory. */
bool ht_past_path_pack(const struct ht_known_hop *hops, size_t hop_count, size_t address_length,
                       struct ht_past_path *path);

/* Puts it first, in place of the oldest if there are HT_PAST_PATHS_MAX. It is freed if there is no
 * memory for it. */
void ht_past_paths_push(struct ht_past_paths *past, struct ht_past_path path);

/* Puts it last (restoring). False: no memory, or HT_PAST_PATHS_MAX there: it stays the caller's. */
bool ht_past_paths_append(struct ht_past_paths *past, struct ht_past_path path);

/* Takes out the first one that the path at hops [ttl - 1] is: at each ttl where both know addresses
 * they have one in common, and at `ttl` both know some. False: there is none. */
bool ht_past_paths_take(struct ht_past_paths *past, const struct ht_known_hop *hops,
                        size_t hop_count, size_t address_length, uint8_t ttl);

void ht_past_paths_fini(struct ht_past_paths *past);

#endif
