/* The descriptors that c-ares has open, watched in an epoll set. All have one tag there, so that
 * poll tells which of them is ready. */
#ifndef HT_DNS_DESCRIPTORS_H
#define HT_DNS_DESCRIPTORS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_descriptors {
    int epoll_fd;
    uint64_t epoll_tag;
    struct pollfd *list; /* owned, the descriptors are not: one or two a server */
    size_t count;
    size_t capacity;
    bool incomplete; /* memory or the kernel refused: one is not in the epoll set */
};

/* A descriptor that is ready. */
struct ht_ready_descriptor {
    int fd;
    bool readable; /* or failed */
    bool writable; /* or failed, and to be written */
};

void ht_descriptors_init(struct ht_descriptors *descriptors, int epoll_fd, uint64_t epoll_tag);

/* The descriptors must have been closed. */
void ht_descriptors_fini(struct ht_descriptors *descriptors);

/* What a descriptor, a new one at need, is to be watched for; for neither: it is about to be
 * closed. */
void ht_descriptors_watch(struct ht_descriptors *descriptors, int fd, bool readable, bool writable);

/* Looks which descriptors are ready. True if one is. */
bool ht_descriptors_poll(struct ht_descriptors *descriptors);

/* Takes one of those that the last look found ready; others may be opened and closed in between.
 * False: none is left. */
bool ht_descriptors_take(struct ht_descriptors *descriptors, struct ht_ready_descriptor *ready);

#endif
