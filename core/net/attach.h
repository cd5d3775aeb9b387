/* Socket filters, put in place. */
#ifndef HT_NET_ATTACH_H
#define HT_NET_ATTACH_H

#include "hoptrace/error.h"
#include "wire/filter.h"

/* From here on the socket queues only what the filter admits. What it queued before stays.
 * HT_ERR_SYSTEM, HT_ERR_NOMEM. */
int ht_attach_filter(int fd, const struct ht_filter *filter, struct ht_error *error);

/* From here on the socket queues nothing. Errors as above. */
int ht_attach_refusal(int fd, struct ht_error *error);

#endif
