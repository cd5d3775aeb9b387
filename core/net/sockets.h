/* The sockets of one engine: few, whatever the number of targets. In which way probes leave and
 * answers come in is a backend's matter. Of raw sockets it is so:
 *
 * For each address family one to send on and one to receive ICMP on, with kernel receive stamps and
 * a filter that admits only answers to our own probes; and, only while there are TCP targets, since
 * the kernel shows it every segment of this host, one to receive TCP on. */
#ifndef HT_NET_SOCKETS_H
#define HT_NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "model/packet.h"
#include "net/clock.h"
#include "wire/filter.h"

struct ht_sockets;
struct ht_backend; /* backend.h */

/* Most packets one call hands over. */
#define HT_BATCH_MAX 64

/* Most bytes of a packet that are kept: a quote of a full Ethernet frame, its headers, extensions.
 */
#define HT_RECEIVE_MAX 2048

/* Makes the object without any socket, upon a backend. `instead`: the one that takes its place if
 * it is refused the privilege for the first socket; NULL: none does. NULL: no memory. */
struct ht_sockets *ht_sockets_new(const struct ht_backend *backend,
                                  const struct ht_backend *instead);
void ht_sockets_free(struct ht_sockets *sockets);

/* Opens the sockets of one family (4 or 6), for answers to probes from `ids` (none: they are told
 * later, by ht_sockets_admit). Once a family; after a failure it may be tried again, and packets of
 * that family fail to be sent with the errno of the failure. Raw sockets need CAP_NET_RAW; nothing
 * else here does, once this is done.
 * HT_ERR_PERMISSION: its text names the command that grants the privilege. HT_ERR_UNREACHABLE:
 * the family is not there. HT_ERR_NOMEM; HT_ERR_SYSTEM: descriptors exhausted, and the like;
 * HT_ERR_INVALID: already open. */
int ht_sockets_open(struct ht_sockets *sockets, uint8_t ip_version, const struct ht_local_ids *ids,
                    struct ht_error *error);

/* Opens the socket that receives TCP answers of one family; nothing if it is open. Errors as above;
 * HT_ERR_INVALID: the backend cannot receive them. */
int ht_sockets_open_tcp(struct ht_sockets *sockets, uint8_t ip_version,
                        const struct ht_local_ids *ids, struct ht_error *error);

/* Whether echo requests of a family that is open can leave. Errors as ht_sockets_open. */
int ht_sockets_open_echo(struct ht_sockets *sockets, uint8_t ip_version, struct ht_error *error);

/* The backend in use; NULL until a socket was opened, or refused for good. */
const struct ht_backend *ht_sockets_backend(const struct ht_sockets *sockets);

/* What the privilege was refused with that the backend in use does without; NULL: it was not
 * refused. */
const struct ht_error *ht_sockets_refusal(const struct ht_sockets *sockets);

/* Lets the sockets that are open receive the answers to probes from `ids`, and nothing else.
 * Needs no privilege. HT_ERR_NOMEM, HT_ERR_SYSTEM: some may admit nothing yet. */
int ht_sockets_admit(struct ht_sockets *sockets, const struct ht_local_ids *ids,
                     struct ht_error *error);

/* Closes it; nothing if it is not open. */
void ht_sockets_close_tcp(struct ht_sockets *sockets, uint8_t ip_version);

/* The descriptor to watch for readability, -1 if that socket is not open. */
int ht_sockets_receive_fd(const struct ht_sockets *sockets, uint8_t ip_version,
                          enum ht_answers answers);

/* Sends `count` packets, in order, several of one family to a system call, and fills in each one's
 * result: one that is refused does not keep back those behind it. Never waits. A packet is routed
 * by its destination, its interface_index (for a link-local destination without a scope too) and
 * the source address it carries. sent_ns is the kernel's stamp where the device gives one at once,
 * else our own estimate, which is early rather than late, by some microseconds; of a full batch,
 * HT_BATCH_MAX packets, it always is. */
void ht_sockets_send(struct ht_sockets *sockets, struct ht_outgoing *batch, size_t count);

/* What this host did not get to read. */
struct ht_missed {
    uint32_t overflows; /* packets newly dropped for want of receive buffer; while there is none,
                           newer kernels count other ICMP packets of this host as well */
    int sys_errno;      /* why the kernel did not hand over what may be waiting; 0: it did */
};

/* Reads up to HT_BATCH_MAX packets of one socket. The packets point into the object's buffers and
 * are good until the next call. Returns their number, 0 when none is waiting (or the socket is not
 * open), or when the kernel refuses to hand it over. Of a packet longer than HT_RECEIVE_MAX the
 * beginning is handed over. */
size_t ht_sockets_receive(struct ht_sockets *sockets, uint8_t ip_version, enum ht_answers answers,
                          struct ht_incoming *packets, struct ht_missed *missed);

#endif
