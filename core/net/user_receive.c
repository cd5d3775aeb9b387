#define _GNU_SOURCE /* recvmmsg */
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "net/error_queue.h"
#include "net/user_internal.h"
#include "wire/ip.h"

/* Sockets looked at in one turn. */
#define EVENTS_MAX 16

/* A pending error, then a success; a signal or two. */
#define READ_ATTEMPTS 4

/* What the largest item takes of a receive buffer: a device's page or more. A queue that has less
 * room than that may have lost one. */
#define ITEM_MAX 16384

/* Points the messages at the room that the receiver has left. Returns their number. */
static size_t prepare(struct ht_user_reading *reading, const struct ht_user_receiver *receiver)
{
    size_t room = HT_BATCH_MAX - receiver->count;
    for (size_t i = 0; i < room; i++) {
        reading->vectors[i].iov_base = receiver->buffers[receiver->count + i] + HT_REBUILT_HEADROOM;
        reading->vectors[i].iov_len = HT_RECEIVE_MAX;
        reading->messages[i].msg_hdr =
            (struct msghdr){.msg_name = &reading->names[i].any,
                            .msg_namelen = sizeof reading->names[i],
                            .msg_iov = &reading->vectors[i],
                            .msg_iovlen = 1,
                            .msg_control = reading->controls[i].bytes,
                            .msg_controllen = sizeof reading->controls[i].bytes};
    }
    return room;
}

/* Takes the packet in that was read into the buffer of this index, at or behind `count`: only now
 * is the buffer not to be read into. */
static void keep(struct ht_user_receiver *receiver, size_t buffer)
{
    uint8_t *kept = receiver->buffers[buffer];
    receiver->buffers[buffer] = receiver->buffers[receiver->count];
    receiver->buffers[receiver->count] = kept;
    receiver->count++;
}

static void take_error(struct ht_user *user, struct ht_user_receiver *receiver,
                       const struct ht_user_socket *socket, const struct ht_queued *queued,
                       size_t buffer, size_t length)
{
    const struct ht_told_error told = {.responder = queued->responder,
                                       .source = socket->source,
                                       .destination = queued->destination,
                                       .hop_limit = queued->hop_limit,
                                       .type = queued->type,
                                       .code = queued->code,
                                       .ip_protocol = socket->ip_protocol,
                                       .local_id = socket->local_id,
                                       .port = queued->port,
                                       .link_mtu = queued->link_mtu,
                                       .quote_length = queued->quote_length};
    struct ht_incoming *packet = &receiver->packets[receiver->count];
    if (!ht_rebuilt_error(&told, receiver->buffers[buffer] + HT_REBUILT_HEADROOM, length, packet))
        return;
    packet->kernel_stamp = ht_stamp_to_mono(&user->clock, queued->stamp, &packet->received_ns);
    keep(receiver, buffer);
}

static void take_stamp(struct ht_user *user, struct ht_user_socket *socket,
                       const struct ht_queued *queued, struct ht_user_sent *sent)
{
    size_t place =
        sent != NULL ? ht_transmit_stamps_place(&socket->stamps, queued->number) : SIZE_MAX;
    if (place == SIZE_MAX)
        return;
    sent->stamped++;
    ht_transmit_stamp_apply(&sent->packets[place], &user->clock, queued->stamp, sent->before_ns);
}

size_t ht_user_read_errors(struct ht_user *user, struct ht_user_receiver *receiver,
                           struct ht_user_socket *socket, struct ht_user_sent *sent)
{
    struct ht_user_reading *reading = &user->reading;
    size_t room = prepare(reading, receiver);
    size_t first = receiver->count;
    int count = room > 0 ? recvmmsg(socket->fd, reading->messages, (unsigned)room,
                                    MSG_ERRQUEUE | MSG_DONTWAIT, NULL)
                         : 0;
    if (count > 0)
        ht_stamp_clock_update(&user->clock, ht_clock_now());
    for (size_t i = 0; count > 0 && i < (size_t)count; i++) {
        struct ht_queued queued = ht_error_queue_read(&reading->messages[i].msg_hdr);
        if (queued.kind == HT_QUEUED_STAMP)
            take_stamp(user, socket, &queued, sent);
        else if (queued.kind == HT_QUEUED_ERROR)
            take_error(user, receiver, socket, &queued, first + i, reading->messages[i].msg_len);
    }
    return count > 0 ? (size_t)count : 0;
}

/* What stood beside an echo reply. */
struct beside {
    struct timespec arrival; /* {0, 0}: none */
    int hop_limit;           /* -1: unknown */
};

static struct beside read_beside(struct ht_user_receiver *receiver, struct ht_user_socket *socket,
                                 struct msghdr *message)
{
    struct beside beside = {.hop_limit = -1};
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item)) {
        uint32_t drops;
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
            if (ht_copy_item(item, &drops, sizeof drops))
                receiver->dropped += ht_advance_drops(&socket->drops, drops);
        } else if (item->cmsg_level == SOL_SOCKET) {
            ht_take_arrival(item, &beside.arrival);
        } else if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TTL) ||
                   (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT)) {
            (void)ht_copy_item(item, &beside.hop_limit, sizeof beside.hop_limit);
        }
    }
    return beside;
}

static int read_batch(int fd, struct ht_user_reading *reading, size_t room)
{
    int count = -1;
    for (int i = 0; i < READ_ATTEMPTS && count < 0; i++) {
        count = recvmmsg(fd, reading->messages, (unsigned)room, MSG_DONTWAIT, NULL);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
    }
    return count;
}

/* Reads echo replies. Returns the number of packets read; *sys_errno: see struct ht_missed. */
static size_t read_replies(struct ht_user *user, struct ht_user_receiver *receiver,
                           struct ht_user_socket *socket, int *sys_errno)
{
    struct ht_user_reading *reading = &user->reading;
    size_t room = prepare(reading, receiver);
    size_t first = receiver->count;
    if (room == 0)
        return 0;
    int count = read_batch(socket->fd, reading, room);
    if (count < 0)
        *sys_errno = errno;
    else
        ht_stamp_clock_update(&user->clock, ht_clock_now());
    for (size_t i = 0; count > 0 && i < (size_t)count; i++) {
        struct beside beside = read_beside(receiver, socket, &reading->messages[i].msg_hdr);
        struct ht_address responder = ht_socket_address_get(&reading->names[i]);
        struct ht_incoming *packet = &receiver->packets[receiver->count];
        if (!ht_rebuilt_echo(&responder, &socket->source, beside.hop_limit,
                             receiver->buffers[first + i] + HT_REBUILT_HEADROOM,
                             reading->messages[i].msg_len, packet))
            continue;
        packet->kernel_stamp = ht_stamp_to_mono(&user->clock, beside.arrival, &packet->received_ns);
        keep(receiver, first + i);
    }
    return count > 0 ? (size_t)count : 0;
}

/* What the kernel makes of an ICMP error is pending besides, until it is told: it would keep the
 * socket readable. */
static bool forget_pending(int fd)
{
    int pending = 0;
    socklen_t length = sizeof pending;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &length) == 0 && pending != 0;
}

/* The kernel does not count what an error queue had no room for: one that is full may have lost
 * some. */
static bool may_have_lost(int fd)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof info;
    return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &length) == 0 &&
           info[SK_MEMINFO_RMEM_ALLOC] + ITEM_MAX >= info[SK_MEMINFO_RCVBUF];
}

static bool is_refusal(int sys_errno)
{
    return sys_errno == ENOMEM || sys_errno == ENOBUFS;
}

/* True if something was read. */
static bool read_socket(struct ht_user *user, struct ht_user_receiver *receiver,
                        struct ht_user_socket *socket, int *sys_errno)
{
    int refused = 0;
    receiver->dropped += may_have_lost(socket->fd);
    size_t count = ht_user_read_errors(user, receiver, socket, NULL);
    if (socket->ip_protocol != HT_IPPROTO_UDP)
        count += read_replies(user, receiver, socket, &refused);
    if (is_refusal(refused))
        *sys_errno = refused;
    return count > 0 || forget_pending(socket->fd);
}

/* Reads until there is no more room, or nothing more to read. */
static void read_all(struct ht_user *user, struct ht_user_family *family,
                     struct ht_user_receiver *receiver, int *sys_errno)
{
    bool more = true;
    while (more && receiver->count < HT_BATCH_MAX && *sys_errno == 0) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(receiver->epoll_fd, events, EVENTS_MAX, 0);
        more = false;
        for (int i = 0; i < count && receiver->count < HT_BATCH_MAX; i++) {
            if (events[i].data.u64 < HT_USER_SOCKETS_MAX)
                more |=
                    read_socket(user, receiver, &family->sockets[events[i].data.u64], sys_errno);
        }
    }
}

static void hush(struct ht_user_receiver *receiver)
{
    eventfd_t rung;
    if (receiver->rung && eventfd_read(receiver->wake_fd, &rung) == 0)
        receiver->rung = false;
}

size_t ht_user_receive(void *state, uint8_t ip_version, enum ht_answers answers,
                       struct ht_incoming *packets, struct ht_missed *missed)
{
    struct ht_user *user = state;
    struct ht_user_family *family = ht_user_family(user, ip_version);
    struct ht_user_receiver *receiver = &family->receivers[answers];
    hush(receiver);
    if (answers == HT_ANSWERS_TCP)
        ht_user_tcp_read(user, family);
    else
        read_all(user, family, receiver, &missed->sys_errno);
    size_t count = receiver->count;
    for (size_t i = 0; i < count; i++)
        packets[i] = receiver->packets[i];
    missed->overflows = receiver->dropped;
    receiver->count = 0;
    receiver->dropped = 0;
    return count;
}
