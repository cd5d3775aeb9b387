#define _GNU_SOURCE /* recvmmsg */
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

#include "net/raw_internal.h"

/* A pending error, then a success; a signal or two. */
#define RECEIVE_ATTEMPTS 4

/* What a packet takes of the receive buffer beside its bytes, at least; and with them, at most:
 * some drivers give each packet two pages, and a long one twice its length. */
#define PACKET_OVERHEAD 512
#define PACKET_MOST     8192

/* What stood beside a packet. */
struct extras {
    struct timespec stamp; /* {0, 0}: none */
    int hop_limit;         /* -1: unknown */
    bool has_drops;
    uint32_t drops;
};

void ht_receive_area_init(struct ht_receive_area *area)
{
    for (size_t i = 0; i < HT_BATCH_MAX; i++) {
        area->vectors[i].iov_base = area->bytes[i];
        area->vectors[i].iov_len = HT_RECEIVE_MAX;
        struct msghdr *message = &area->messages[i].msg_hdr;
        message->msg_iov = &area->vectors[i];
        message->msg_iovlen = 1;
        message->msg_control = area->controls[i].bytes;
    }
}

/* The kernel writes the lengths it used over the lengths there are, in the messages that it filled:
 * to touch all others as well would cost more than a few packets do. Who sent an IPv4 packet stands
 * in the packet. */
static void rearm(struct ht_receive_area *area, uint8_t ip_version)
{
    size_t count = area->ip_version == ip_version ? area->used : HT_BATCH_MAX;
    area->ip_version = ip_version;
    for (size_t i = 0; i < count; i++) {
        struct msghdr *message = &area->messages[i].msg_hdr;
        message->msg_name = ip_version == HT_IPV4 ? NULL : &area->names[i].any;
        message->msg_namelen = ip_version == HT_IPV4 ? 0 : sizeof area->names[i];
        message->msg_controllen = sizeof area->controls[i].bytes;
        message->msg_flags = 0;
    }
}

/* The message behind those that were filled may have been begun. */
static void note_used(struct ht_receive_area *area, int count)
{
    size_t used = count > 0 ? (size_t)count + 1 : 1;
    area->used = used < HT_BATCH_MAX ? used : HT_BATCH_MAX;
}

/* *sys_errno: see struct ht_missed. */
static size_t read_batch(int fd, uint8_t ip_version, struct ht_receive_area *area, int *sys_errno)
{
    rearm(area, ip_version);
    for (int i = 0; i < RECEIVE_ATTEMPTS; i++) {
        int count = recvmmsg(fd, area->messages, HT_BATCH_MAX, MSG_DONTWAIT, NULL);
        note_used(area, count);
        if (count > 0)
            return (size_t)count;
        if (count == 0 || errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
    }
    *sys_errno = errno;
    return 0;
}

static struct extras read_extras(struct msghdr *message)
{
    struct extras extras = {.hop_limit = -1};
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL)
            extras.has_drops = ht_copy_item(item, &extras.drops, sizeof extras.drops);
        else if (item->cmsg_level == SOL_SOCKET)
            ht_take_arrival(item, &extras.stamp);
        else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT)
            (void)ht_copy_item(item, &extras.hop_limit, sizeof extras.hop_limit);
    }
    return extras;
}

/* It wraps, and a packet may have been queued before the counter was last seen: then it shows an
 * older value. */
uint32_t ht_advance_drops(uint32_t *drops, uint32_t seen)
{
    uint32_t newly = seen - *drops;
    if (newly > INT32_MAX)
        return 0;
    *drops = seen;
    return newly;
}

/* What the kernel holds for a socket. False: it does not tell. */
static bool read_memory(const struct ht_receiver *receiver, uint32_t info[SK_MEMINFO_VARS])
{
    socklen_t length = SK_MEMINFO_VARS * sizeof info[0];
    return getsockopt(receiver->fd, SOL_SOCKET, SO_MEMINFO, info, &length) == 0 &&
           length >= (SK_MEMINFO_DROPS + 1) * sizeof info[0];
}

/* From now on what is read counts anew. */
static void note_emptied(struct ht_receiver *receiver)
{
    receiver->held = 0;
    receiver->held_most = 0;
}

/* How many packets were dropped since the buffer was last read empty, `so_far` being those that
 * the packets told of. When it is read empty, the counter as it is now has its say: packets show
 * it only as it was before them, so that drops without a later packet would go unseen; unless what
 * was read cannot have filled it. IPv6 counts strangers' packets with a wrong checksum too; but a
 * buffer that held little was not full. */
static uint32_t judge_drops(struct ht_receiver *receiver, uint8_t ip_version, uint32_t so_far,
                            bool emptied)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    uint32_t drops = so_far;
    if (!emptied && so_far == 0)
        return 0;
    if (so_far == 0 && receiver->held_most < receiver->size) {
        note_emptied(receiver);
        return 0;
    }
    if (read_memory(receiver, info) && emptied)
        drops += ht_advance_drops(&receiver->drops, info[SK_MEMINFO_DROPS]);
    receiver->size = info[SK_MEMINFO_RCVBUF];
    bool was_full = receiver->held >= receiver->size / 2;
    if (emptied)
        note_emptied(receiver);
    return was_full || ip_version == HT_IPV4 ? drops : 0;
}

static uint32_t take_packet(struct ht_raw *raw, struct ht_receiver *receiver, size_t i,
                            struct ht_incoming *packet)
{
    struct ht_receive_area *area = &raw->receive;
    struct extras extras = read_extras(&area->messages[i].msg_hdr);
    packet->from = (struct ht_address){0};
    if (area->messages[i].msg_hdr.msg_namelen > 0)
        packet->from = ht_socket_address_get(&area->names[i]);
    packet->hop_limit = extras.hop_limit;
    packet->bytes = area->bytes[i];
    packet->length = area->messages[i].msg_len;
    receiver->held += packet->length + PACKET_OVERHEAD;
    receiver->held_most += 2 * packet->length + PACKET_MOST;
    packet->kernel_stamp = ht_stamp_to_mono(&raw->clock, extras.stamp, &packet->received_ns);
    return extras.has_drops ? ht_advance_drops(&receiver->drops, extras.drops) : 0;
}

size_t ht_raw_receive(void *state, uint8_t ip_version, enum ht_answers answers,
                      struct ht_incoming *packets, struct ht_missed *missed)
{
    struct ht_raw *raw = state;
    struct ht_receiver *receiver = &ht_raw_family(raw, ip_version)->receivers[answers];
    size_t count = read_batch(receiver->fd, ip_version, &raw->receive, &missed->sys_errno);
    if (count > 0)
        ht_stamp_clock_update(&raw->clock, ht_clock_now());
    for (size_t i = 0; i < count; i++) {
        packets[i].ip_version = ip_version;
        packets[i].told = false;
        packets[i].ip_protocol = ht_filter_ip_protocol(ip_version, answers);
        missed->overflows += take_packet(raw, receiver, i, &packets[i]);
    }
    bool emptied = count < HT_BATCH_MAX && missed->sys_errno == 0;
    missed->overflows = judge_drops(receiver, ip_version, missed->overflows, emptied);
    return count;
}
