/* Which hops rewrite fields of packets besides the marking, translators and firewalls: a verdict on
 * what hops quoted. Pure.
 *
 * A field is rewritten at the first hop that quotes it otherwise than it left, unless a later hop
 * quotes it as it left: that router garbles its quotes only. */
#ifndef HT_HISTORY_TRANSLATORS_H
#define HT_HISTORY_TRANSLATORS_H

#include <stddef.h>

#include "history/quoted.h"
#include "hoptrace/report.h"

/* Fills `list`, by rising ttl; returns how many there are: each field has one at most. */
size_t ht_translators_of(const struct ht_quoted_hop *hops, size_t hop_count,
                         struct ht_translator list[static HT_QUOTED_FIELDS]);

#endif
