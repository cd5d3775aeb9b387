/* The text of a configuration file, before libconfig sees it.
 *
 * libconfig 1.5 cuts integers to 32 bits without a word, takes an open comment for a closed one,
 * chokes on a comment in a last line without a newline, gives a string in a list the line of what
 * follows it, forgets to free a string that stands in the wrong place, prints stray bytes of an
 * include line, and stops at the first setting that stands twice. So the text is taken apart once
 * by the same lexical rules, and put together again such that none of that happens. */
#ifndef HT_CONFIG_SCAN_H
#define HT_CONFIG_SCAN_H

#include <stdbool.h>

#include "base/text.h"
#include "config/problems.h"

/* How the names begin that stand for those which were set twice, and told of here. */
#define HT_SCAN_RENAMED "*twice*"

/* Fills *out, which is the caller's to free in any case, with text of the same meaning and the
 * same lines, which problems->sources knows the places of; what is included stands in it.
 * *renamed: there are HT_SCAN_RENAMED names in it. False: problems were told (or
 * memory refused) after which libconfig need not be asked. */
bool ht_scan(const char *text, struct ht_problems *problems, struct ht_text *out, bool *renamed);

#endif
