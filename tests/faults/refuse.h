/* An allocator that refuses when told to. Linked into a program it takes the place of malloc and
 * its kin for all that runs there, the libraries included, with or without sanitizers. */
#ifndef HT_TESTS_REFUSE_H
#define HT_TESTS_REFUSE_H

#include <stddef.h>

/* From now on `count` allocations are refused, the `first` one (1 is the next) and those behind it;
 * SIZE_MAX: all. */
void refuse_allocations(size_t first, size_t count);

/* Refuses no more. Returns how many were refused. */
size_t refuse_no_more(void);

/* Neither counts nor refuses what is asked for by the library whose file name holds `part`. */
void refuse_spare_library(const char *part);

#endif
