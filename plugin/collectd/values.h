/* What the daemon is told of one record: names and numbers, without the daemon's types. */
#ifndef HT_COLLECTD_VALUES_H
#define HT_COLLECTD_VALUES_H

#include "hoptrace/report.h"

/* Takes one value; NaN: no answer, or unknown. The strings are gone when the call returns. */
typedef void value_sink(void *user, const char *type, const char *type_instance, double value);

/* Hands every value of the record to `sink`, end to end first, then hop by hop. Hops beyond the
 * record's last one have no value at all: a path that became shorter has nothing to say there. */
void values_of(const struct ht_report *report, value_sink *sink, void *user);

#endif
