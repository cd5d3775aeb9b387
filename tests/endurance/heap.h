/* What this program has on its heap: the linker puts counters before malloc and its kin, which
 * works with and without a sanitizer. */
#ifndef HT_TESTS_ENDURANCE_HEAP_H
#define HT_TESTS_ENDURANCE_HEAP_H

#include <stddef.h>

struct heap {
    size_t blocks;
    size_t bytes; /* as the allocator gives them, not less than asked for */
};

/* What is allocated now and not freed. */
struct heap heap_now(void);

#endif
