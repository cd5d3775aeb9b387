/* The part of a socket filter that knows this process's numbers. */
#ifndef HT_WIRE_FILTER_NUMBERS_H
#define HT_WIRE_FILTER_NUMBERS_H

#include <stdint.h>

#include "wire/filter.h"

/* Refuses the packet if the accumulator is none of these numbers, and goes on behind if it is one.
 * Few are compared one by one, in the order of their flows; of more, sorted, those of the part that
 * it would be in. */
void ht_filter_numbers(struct ht_filter *filter, const uint16_t *numbers, uint16_t count);

#endif
