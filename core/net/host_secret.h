/* A secret that all processes of this host have in common until it boots again. */
#ifndef HT_NET_HOST_SECRET_H
#define HT_NET_HOST_SECRET_H

#include <stdint.h>

#include "hoptrace/error.h"

/* Fills in 128 bits made of the kernel's boot id. Any process of this host may read that one;
 * no other host can. Where it cannot be read (no /proc) they are random, and the next process
 * has others: HT_OK as well. HT_ERR_SYSTEM: there is no randomness either. */
int ht_host_secret(uint64_t secret[2], struct ht_error *error);

#endif
