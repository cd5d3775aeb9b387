/* What a record must say, worked out from the ledger after the interface's definitions alone. */
#ifndef HT_SCENARIO_TRUTH_H
#define HT_SCENARIO_TRUTH_H

#include <stddef.h>

#include "ledger.h"
#include "record.h"

/* The differences between a record and what happened. */
struct complaints {
    size_t count;
    char first[200];
};

/* Compares a record with the round it belongs to; `round` NULL: nothing was handed out. */
void truth_compare(const struct record *record, struct ledger_round *round,
                   const struct ledger *ledger, struct complaints *complaints);

#endif
