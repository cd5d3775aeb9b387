/* Hosts that are addresses already. */
#ifndef HT_DNS_LITERAL_H
#define HT_DNS_LITERAL_H

#include "hoptrace/address.h"
#include "hoptrace/error.h"
#include "hoptrace/settings.h"

enum ht_literal {
    HT_LITERAL_NONE, /* a name, to be looked up */
    HT_LITERAL_GOOD, /* an address of the family asked for */
    HT_LITERAL_BAD   /* an address, or nothing at all, that cannot be used: an error says why */
};

/* Reads "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "fe80::1%2". Nothing is asked but the index of
 * an interface, of the kernel. *address is set for HT_LITERAL_GOOD, *error for HT_LITERAL_BAD:
 * HT_ERR_RESOLVE for the wrong family, HT_ERR_UNREACHABLE for an interface that is not there. */
enum ht_literal ht_literal_read(const char *host, enum ht_family family, struct ht_address *address,
                                struct ht_error *error);

#endif
