/* What an ICMP error says that refuses a packet, in the words of the RFC that defines it. */
#ifndef HT_MODEL_REFUSAL_H
#define HT_MODEL_REFUSAL_H

#include <stdint.h>

/* No refusal has a higher number. */
#define HT_REFUSAL_MAX 63

/* The number of a refusal, from 1 on: it fits where a type and a code do not. Of a code that nobody
 * has defined, the number of its type as such. 0: not an error that refuses. */
uint8_t ht_refusal_of(uint8_t ip_version, int type, int code);

/* "host unreachable", "packet too big", ...; NULL for 0. */
const char *ht_refusal_words(uint8_t refusal);

#endif
