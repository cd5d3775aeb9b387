/* The text of a configuration file, before it is read as a tree: taken apart by the lexical rules
 * of libconfig, and put together again without comments, in the same lines, such that each setting
 * of a group has a name of its own. */
#ifndef HT_CONFIG_SCAN_H
#define HT_CONFIG_SCAN_H

#include <stdbool.h>

#include "base/text.h"
#include "config/problems.h"

/* How the names begin that stand for those which were set twice, and told of here. */
#define HT_SCAN_RENAMED "*twice*"

/* Fills *out, which is the caller's to free in any case, with text of the same meaning and the
 * same lines. *renamed: there are HT_SCAN_RENAMED names in it. False: problems were told (or
 * memory refused) after which there is no tree. */
bool ht_scan(const char *text, struct ht_problems *problems, struct ht_text *out, bool *renamed);

#endif
