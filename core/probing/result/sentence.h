/* The sentence of a record (`error`): which node's refusal ended the path, or why this host could
 * not measure it. */
#ifndef HT_PROBING_SENTENCE_H
#define HT_PROBING_SENTENCE_H

#include <stdbool.h>

#include "base/zone.h"
#include "hoptrace/error.h"
#include "hoptrace/report.h"
#include "probing/log/round_state.h"

/* True if this host itself kept the round from being measured: the record's status is `error`. The
 * reason is *error, whose text is the sentence. */
bool ht_sentence_of_fault(const struct ht_round *round, const struct ht_zones *zones,
                          struct ht_error *error);

/* Which node refused where the path ends, and the words of its refusal; of several the node that
 * goes before the others (model/hop.h). False: none did, and *error is as it was. */
bool ht_sentence_of_refusal(const struct ht_report *report, struct ht_error *error);

#endif
