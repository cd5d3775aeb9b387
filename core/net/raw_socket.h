/* Opens and sets up the two kinds of raw sockets. For core/net alone. */
#ifndef HT_NET_RAW_SOCKET_H
#define HT_NET_RAW_SOCKET_H

#include <stdint.h>

#include "hoptrace/error.h"
#include "net/sockets.h"

/* What is asked of the kernel for answers that wait to be read; it takes twice as much for its
 * own bookkeeping, which comes to some 10,000 answers. */
#define HT_RECEIVE_BUFFER (4 * 1024 * 1024)

/* A non-blocking socket for whole IP packets, which receives nothing. Returns the descriptor, or
 * -1 with *error (not NULL) filled in as ht_sockets_open says. */
int ht_raw_open_send(uint8_t ip_version, struct ht_error *error);

/* A non-blocking socket that receives the answers to probes from `ids` (none: nothing, until it
 * is known), and nothing that came before it was set up. Returns as above. */
int ht_raw_open_receive(uint8_t ip_version, enum ht_answers answers, const struct ht_local_ids *ids,
                        struct ht_error *error);

/* Admits the answers to probes from `ids` to such a socket, and nothing else. HT_ERR_NOMEM,
 * HT_ERR_SYSTEM: it admits what it did before. */
int ht_raw_admit(int fd, uint8_t ip_version, enum ht_answers answers,
                 const struct ht_local_ids *ids, struct ht_error *error);

#endif
