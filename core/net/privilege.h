/* What is said where a privilege is missing. No file outside core/net includes it. */
#ifndef HT_NET_PRIVILEGE_H
#define HT_NET_PRIVILEGE_H

#include "hoptrace/error.h"

/* HT_ERR_PERMISSION: `what` was refused (with this errno), and which command grants `capabilities`
 * ("cap_net_raw") to the running program. */
int ht_privilege_refused(struct ht_error *error, int refused, const char *what,
                         const char *capabilities);

/* HT_ERR_PERMISSION: a socket for ICMP without privilege was refused, and what may be done. */
int ht_privilege_ping_refused(struct ht_error *error, int refused);

#endif
