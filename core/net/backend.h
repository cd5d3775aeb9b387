/* The seam between what an engine asks of its sockets (sockets.h) and a way in which probes leave
 * and answers come in: one row each. Raw sockets write IP headers themselves; a way that may not
 * tells the kernel the same fields (struct ht_outgoing). */
#ifndef HT_NET_BACKEND_H
#define HT_NET_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "hoptrace/settings.h"
#include "model/packet.h"
#include "net/sockets.h"

/* `state` is what `new` made. IP versions are HT_IPV4 or HT_IPV6. */
struct ht_backend {
    const char *name;
    enum ht_sockets_kind kind;
    /* Which kinds of answers it can receive: bits, 1 << enum ht_answers. */
    uint32_t answers;
    int64_t connection_ns; /* how long a TCP probe may be answered, where one of a flow is on its
                              way at a time, and answers of its destination come without the
                              kernel's stamp; 0: no such limit */
    bool binds_number;     /* its sockets are bound to the reserved numbers (reserve.h) */

    /* Makes the state without any descriptor. NULL: no memory. */
    void *(*new)(void);
    /* Closes what is open and frees the state. */
    void (*free)(void *state);

    /* Opens what receives such answers to probes from `ids` (none: nothing, until `admit`), and
     * with HT_ANSWERS_ICMP what sends. Not open before; on failure nothing is. Errors as
     * ht_sockets_open. */
    int (*open)(void *state, uint8_t ip_version, enum ht_answers answers,
                const struct ht_local_ids *ids, struct ht_error *error);
    /* Whether echo requests can leave, once the family is open. NULL: they can. Errors as
     * ht_sockets_open. */
    int (*open_echo)(void *state, uint8_t ip_version, struct ht_error *error);
    /* Sets the filter of one that is open. HT_ERR_NOMEM, HT_ERR_SYSTEM: it admits what it did. */
    int (*admit)(void *state, uint8_t ip_version, enum ht_answers answers,
                 const struct ht_local_ids *ids, struct ht_error *error);
    /* Closes what receives such answers; nothing if it is not open. */
    void (*close)(void *state, uint8_t ip_version, enum ht_answers answers);
    /* The descriptor to watch for readability, -1 if it is not open. */
    int (*receive_fd)(const void *state, uint8_t ip_version, enum ht_answers answers);

    /* Sends 1 to HT_BATCH_MAX packets of one family, which is open, and fills in their results.
     * `more`: others wait behind them, so that the rate counts for more than exact times. */
    void (*send)(void *state, struct ht_outgoing *packets, size_t count, bool more);
    /* As ht_sockets_receive, of one that is open. */
    size_t (*receive)(void *state, uint8_t ip_version, enum ht_answers answers,
                      struct ht_incoming *packets, struct ht_missed *missed);
};

/* Raw sockets: the privilege CAP_NET_RAW, all kinds of answers. */
extern const struct ht_backend ht_backend_raw;

/* Datagram sockets and their error queues: no privilege. ICMP as far as
 * net.ipv4.ping_group_range admits this process. */
extern const struct ht_backend ht_backend_user;

#endif
