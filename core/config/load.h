/* Files of a configuration. */
#ifndef HT_CONFIG_LOAD_H
#define HT_CONFIG_LOAD_H

#include "base/text.h"

/* Appends all of the file to the text. Returns 0, an errno, or HT_SOURCE_FIFO. */
int ht_load_file(const char *path, struct ht_text *text);

/* The same of an open descriptor, from where it stands to its end. */
int ht_load_descriptor(int fd, struct ht_text *text);

#endif
