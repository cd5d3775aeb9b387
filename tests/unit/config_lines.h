/* What the configuration's reader says, line by line. */
#ifndef HT_TESTS_CONFIG_LINES_H
#define HT_TESTS_CONFIG_LINES_H

#include <string.h>

#include "base/text.h"
#include "unit.h"

/* Appends a line to the text that `user` is. */
static inline void collect(void *user, const char *line)
{
    struct ht_text *lines = user;
    CU_ASSERT_PTR_NULL(strchr(line, '\n'));
    ht_text_puts(lines, line);
    ht_text_putc(lines, '\n');
}

#endif
