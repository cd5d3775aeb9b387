/* The file that records go to instead of stdout. */
#ifndef HT_EXEC_SINK_H
#define HT_EXEC_SINK_H

#include <stdbool.h>

#include "base/text.h"

/* Opens the file for appending, and makes it if there is none; a last line that has no end gets
 * one, so that what is appended is no part of it. *fd is the caller's to close. Returns 0 or an
 * errno. */
int sink_open(const char *path, int *fd);

/* True if the file can be replaced: there is none of this name, or a regular file. A device, a FIFO
 * or a link would be gone: /dev/null for all of this machine. */
bool sink_is_replaceable(const char *path);

/* Makes the text the file's whole content, at one stroke: who reads it has the old or the new one.
 * It is first written to PATH.tmp, beside it. Returns 0 or an errno; EINVAL: it is not replaceable.
 */
int sink_replace(const char *path, const struct ht_text *text);

#endif
