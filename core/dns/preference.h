/* What the addresses of a name show of the order in which they are to be tried, RFC 6724. */
#ifndef HT_DNS_PREFERENCE_H
#define HT_DNS_PREFERENCE_H

#include <stdbool.h>

#include "hoptrace/address.h"

/* True if rules 2 to 8 (scope, label, precedence) make no difference between two destinations that
 * are reached from addresses of one kind. */
bool ht_preference_equal(const struct ht_address *a, const struct ht_address *b);

/* Rule 9: how many leading bits two IPv6 addresses have in common; 0 for others, among which the
 * resolver does not go by that. */
unsigned ht_preference_common_bits(const struct ht_address *a, const struct ht_address *b);

#endif
