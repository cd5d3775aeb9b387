/* Randomness of the operating system. */
#ifndef HT_NET_RANDOM_H
#define HT_NET_RANDOM_H

#include <stddef.h>

#include "hoptrace/error.h"

/* Fills `bytes` with `length` (at most 256) random bytes. HT_ERR_SYSTEM. */
int ht_random(void *bytes, size_t length, struct ht_error *error);

#endif
