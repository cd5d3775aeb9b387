/* Refusals: ICMP errors that refuse a packet, numbered, and in the words of the RFC that defines
 * each. */
#ifndef HT_MODEL_REFUSAL_H
#define HT_MODEL_REFUSAL_H

#include <stdint.h>

/* The highest number that a refusal may have. */
#define HT_REFUSAL_MAX 63

/* The number of a refusal, from 1 to HT_REFUSAL_MAX: it fits in 6 bits, where type and code do not.
 * A code that no RFC defines has the number of its type. 0: not an error that refuses. */
uint8_t ht_refusal_of(uint8_t ip_version, int type, int code);

/* "host unreachable", "packet too big", ...; NULL for 0. */
const char *ht_refusal_words(uint8_t refusal);

#endif
