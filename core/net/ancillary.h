/* What stands beside a packet in socket calls. For core/net alone. */
#ifndef HT_NET_ANCILLARY_H
#define HT_NET_ANCILLARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Room for ancillary data, aligned as it must be: sending, an address with an interface, ttl, a
 * traffic class, a flow label, a mark and the wish for a stamp; receiving, a stamp, a counter and a
 * hop limit; of the error queue, a stamp, three stamps, a hop limit and an error with an address.
 */
union ht_control {
    struct cmsghdr alignment;
    uint8_t bytes[256];
};

/* Copies the value of an ancillary item; false if it is shorter than that. */
static inline bool ht_copy_item(const struct cmsghdr *item, void *value, size_t length)
{
    if (item->cmsg_len < CMSG_LEN(length))
        return false;
    memcpy(value, CMSG_DATA(item), length);
    return true;
}

/* Adds an item to what stands beside a packet, which is in `control`. */
static inline void ht_add_item(struct msghdr *message, union ht_control *control, int level,
                               int type, const void *data, size_t length)
{
    struct cmsghdr *header = (void *)(control->bytes + message->msg_controllen);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(header), data, length);
    message->msg_control = control->bytes;
    message->msg_controllen += CMSG_SPACE(length);
}

/* When a packet arrived, if this item of level SOL_SOCKET says that. */
static inline void ht_take_arrival(const struct cmsghdr *item, struct timespec *stamp)
{
    /* SO_TIMESTAMPNS_NEW has 64-bit members on every machine. */
    int64_t parts[2];
    if (item->cmsg_type == SO_TIMESTAMPNS_NEW && ht_copy_item(item, parts, sizeof parts)) {
        stamp->tv_sec = (time_t)parts[0];
        stamp->tv_nsec = (long)parts[1];
    } else if (item->cmsg_type == SO_TIMESTAMPNS) {
        (void)ht_copy_item(item, stamp, sizeof *stamp);
    }
}

/* False, with errno: refused. */
static inline bool ht_set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

#endif
