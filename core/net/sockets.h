/* The raw sockets of one engine: few, whatever the number of targets.
 *
 * For each address family one to send on (whole IP packets, IP_HDRINCL) and one to receive ICMP
 * on, with kernel receive stamps and a filter that admits only answers to our own probes. */
#ifndef HT_NET_SOCKETS_H
#define HT_NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/packet.h"
#include "net/clock.h"

struct ht_sockets;

/* Most packets one call hands over. */
#define HT_BATCH_MAX 64

/* Makes the object without any socket. NULL: no memory. */
struct ht_sockets *ht_sockets_new(void);
void ht_sockets_free(struct ht_sockets *sockets);

/* Opens the sockets of one family (4 or 6), for answers to probes from `local_id`. Once a family.
 * HT_ERR_PERMISSION: its text names the command that grants the privilege. HT_ERR_UNREACHABLE:
 * the family is not there. */
int ht_sockets_open(struct ht_sockets *sockets, uint8_t ip_version, uint16_t local_id,
                    struct ht_error *error);

/* The descriptor to watch for readability, -1 if the family is not open. */
int ht_sockets_receive_fd(const struct ht_sockets *sockets, uint8_t ip_version);

/* Sends `count` packets, in order, with as few system calls as there are runs of one family, and
 * fills in each one's result. Never waits. */
void ht_sockets_send(struct ht_sockets *sockets, struct ht_outgoing *batch, size_t count);

/* Reads up to HT_BATCH_MAX packets of one family. The packets point into the object's buffers and
 * are good until the next call. Returns their number, 0 when none is waiting. *overflows is the
 * number of packets newly dropped for want of receive buffer. */
size_t ht_sockets_receive(struct ht_sockets *sockets, uint8_t ip_version,
                          struct ht_incoming *packets, uint32_t *overflows);

#endif
