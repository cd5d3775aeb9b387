/* Names beyond ASCII, as the DNS has them. */
#ifndef HT_DNS_IDN_H
#define HT_DNS_IDN_H

#include "hoptrace/error.h"

/* Longest name of the DNS, with its terminator. */
#define HT_IDN_MAX 256

/* The name that is to be looked up for `host` (UTF-8, whatever the locale): by IDNA2008 its A-label
 * form, in `ascii`, which has room for HT_IDN_MAX bytes; `host` itself if that is ASCII. NULL:
 * *error says why there is none: HT_ERR_RESOLVE, HT_ERR_NOMEM. */
const char *ht_idn_lookup_name(const char *host, char *ascii, struct ht_error *error);

#endif
