/* What has changed of late in what this host takes in: for each of its addresses the kernel has a
 * local route, and a packet to an address without one is dropped. An address that goes loses its
 * route at once; one that comes may be chosen as a source, over IPv6, some time before it has one:
 * milliseconds, on a busy machine a second. */
#ifndef HT_NET_ADDRESS_CHANGES_H
#define HT_NET_ADDRESS_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"

/* Changes that are remembered: more than there are addresses on most hosts, so that all may change
 * at once. */
#define HT_ADDRESS_CHANGES_KEPT 64

struct ht_address_change {
    struct ht_address address; /* without a scope */
    int64_t read_ns;
};

struct ht_address_changes {
    int fd;                                                 /* owned; -1: nothing is told */
    struct ht_address_change last[HT_ADDRESS_CHANGES_KEPT]; /* a ring */
    size_t next;          /* index of the one to be replaced next */
    int64_t forgotten_ns; /* of what was read up to then, not all is remembered; 0: all is */
};

/* Nothing is told, so that ht_address_changes_close may follow. */
void ht_address_changes_init(struct ht_address_changes *changes);

/* Has changes told from now on; `epoll_fd` is readable while some are unread, with `epoll_tag` as
 * their epoll data (u64). Where netlink is refused, as in a sandbox, nothing is told and this is
 * HT_OK. HT_ERR_NOMEM, HT_ERR_SYSTEM: memory or descriptors are exhausted. */
int ht_address_changes_open(struct ht_address_changes *changes, int epoll_fd, uint64_t epoll_tag,
                            struct ht_error *error);
void ht_address_changes_close(struct ht_address_changes *changes);

/* Reads what was told, without waiting; it bears the time `now_ns`. */
void ht_address_changes_read(struct ht_address_changes *changes, int64_t now_ns);

/* Whether something read after `since_ns` was about this address, or may have been: what is too
 * much to be remembered is about all of them. The scope of an address does not count. */
bool ht_address_changes_since(const struct ht_address_changes *changes,
                              const struct ht_address *address, int64_t since_ns);

#endif
