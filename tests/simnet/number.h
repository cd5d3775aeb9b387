/* Numbers out of text: the whole text, within bounds, or nothing. */
#ifndef SIMNET_NUMBER_H
#define SIMNET_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

bool number_whole(const char *text, uint64_t low, uint64_t high, uint64_t *number);
bool number_real(const char *text, double low, double high, double *number);

/* "LOW-HIGH", or one number for both. */
bool number_range(const char *text, double low, double high, double *from, double *to);

/* "PER_SECOND" or "PER_SECOND/BURST"; without a burst it is one second's worth, at
 * least 1. */
bool number_rate(const char *text, double *per_second, double *burst);

#endif
