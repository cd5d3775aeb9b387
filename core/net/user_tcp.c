#define _GNU_SOURCE /* struct mmsghdr */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/error_queue.h"
#include "net/sent.h"
#include "net/user_internal.h"
#include "wire/ip.h"

/* Of a TCP header, RFC 9293 section 3.1. */
enum { SOURCE_PORT = 0, DESTINATION_PORT = 2, FLAGS = 13, FLAG_RST = 0x04 };

/* Of the timer among the connections' indices. */
#define TIMER_TAG HT_NO_CONNECTION

/* Connections looked at in one turn. */
#define EVENTS_MAX 16

int ht_user_tcp_open(struct ht_user_family *family, struct ht_error *error)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = TIMER_TAG};
    family->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (family->timer_fd < 0 || epoll_ctl(family->receivers[HT_ANSWERS_TCP].epoll_fd, EPOLL_CTL_ADD,
                                          family->timer_fd, &event) != 0)
        return ht_error_system(error, errno, "timer refused");
    family->timer_ns = HT_NEVER;
    if (!ht_connections_init(&family->connections))
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    return HT_OK;
}

/* A connection that was accepted is reset; any other one ends without a packet. */
static void give_up(struct ht_connections *connections, uint32_t index)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int fd = connections->list[index].fd;
    ht_connections_remove(connections, index);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

void ht_user_tcp_close(struct ht_user_family *family)
{
    struct ht_connections *connections = &family->connections;
    while (connections->list != NULL && connections->oldest != HT_NO_CONNECTION)
        give_up(connections, connections->oldest);
    ht_connections_fini(connections);
    if (family->timer_fd >= 0)
        close(family->timer_fd);
    family->timer_fd = -1;
}

/* Gives up those that were tried long enough, and sets the timer to the next one. */
static void expire(struct ht_user_family *family, int64_t now_ns)
{
    struct itimerspec when = {.it_value = {0}};
    while (ht_connections_next_ns(&family->connections) <= now_ns)
        give_up(&family->connections, family->connections.oldest);
    int64_t next_ns = ht_connections_next_ns(&family->connections);
    if (next_ns == family->timer_ns)
        return;
    if (next_ns != HT_NEVER) {
        when.it_value.tv_sec = next_ns / HT_NS_PER_S;
        when.it_value.tv_nsec = next_ns % HT_NS_PER_S;
    }
    if (timerfd_settime(family->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0)
        family->timer_ns = next_ns;
}

/* ---- what comes back ---- */

static void take_error(struct ht_user *user, struct ht_user_receiver *receiver,
                       const struct ht_connection *connection, const struct ht_queued *queued,
                       size_t length)
{
    uint8_t *bytes = receiver->buffers[receiver->count] + HT_REBUILT_HEADROOM;
    struct ht_incoming *packet = &receiver->packets[receiver->count];
    struct ht_told_error told = {.responder = queued->responder,
                                 .source = connection->source,
                                 .destination = connection->destination,
                                 .hop_limit = queued->hop_limit,
                                 .type = queued->type,
                                 .code = queued->code,
                                 .ip_protocol = HT_IPPROTO_TCP,
                                 .quote_length = queued->quote_length};
    length = ht_rebuilt_quote(&told, connection->header, connection->header_length, bytes, length);
    if (!ht_rebuilt_error(&told, bytes, length, packet))
        return;
    ht_stamp_clock_update(&user->clock, ht_clock_now());
    packet->kernel_stamp = ht_stamp_to_mono(&user->clock, queued->stamp, &packet->received_ns);
    receiver->count++;
}

/* The ICMP error that ended the connection, if one did. */
static bool read_error(struct ht_user *user, struct ht_user_receiver *receiver,
                       const struct ht_connection *connection)
{
    union ht_socket_address name;
    union ht_control control;
    struct iovec vector = {receiver->buffers[receiver->count] + HT_REBUILT_HEADROOM,
                           HT_RECEIVE_MAX - HT_REBUILT_QUOTE_MAX};
    struct msghdr message = {.msg_name = &name.any,
                             .msg_namelen = sizeof name,
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t length = recvmsg(connection->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (length < 0)
        return false;
    struct ht_queued queued = ht_error_queue_read(&message);
    if (queued.kind != HT_QUEUED_ERROR)
        return false;
    take_error(user, receiver, connection, &queued, (size_t)length);
    return true;
}

/* The destination's own answer. The kernel has measured how long a SYN-ACK took, of a reset it says
 * nothing: our clock does. */
static void take_answer(struct ht_user_receiver *receiver, const struct ht_connection *connection,
                        bool accepted, uint32_t rtt_us)
{
    uint8_t *bytes = receiver->buffers[receiver->count] + HT_REBUILT_HEADROOM;
    struct ht_incoming *packet = &receiver->packets[receiver->count];
    if (!ht_rebuilt_answer(&connection->destination, &connection->source, connection->header,
                           connection->header_length, accepted, bytes, packet))
        return;
    packet->kernel_stamp = accepted && rtt_us != 0;
    packet->received_ns = packet->kernel_stamp
                              ? connection->sent_ns + (int64_t)rtt_us * HT_NS_PER_US
                              : ht_clock_mono_ns();
    receiver->count++;
}

/* True if the destination has accepted or refused the connection. */
static bool read_answer(struct ht_user_receiver *receiver, const struct ht_connection *connection)
{
    struct tcp_info info = {.tcpi_state = TCP_CLOSE};
    socklen_t length = sizeof info;
    int error = 0;
    socklen_t error_length = sizeof error;
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &error_length) != 0 ||
        getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return false;
    bool accepted = error == 0 && info.tcpi_state != TCP_SYN_SENT && info.tcpi_state != TCP_CLOSE;
    if (accepted || error == ECONNREFUSED)
        take_answer(receiver, connection, accepted, info.tcpi_rtt);
    return accepted || error != 0;
}

/* Takes the connection's answer, if there is one; with it the connection has served. */
static void look_at(struct ht_user *user, struct ht_user_family *family, uint32_t index)
{
    struct ht_user_receiver *receiver = &family->receivers[HT_ANSWERS_TCP];
    const struct ht_connection *connection = &family->connections.list[index];
    if (connection->fd >= 0 &&
        (read_error(user, receiver, connection) || read_answer(receiver, connection)))
        give_up(&family->connections, index);
}

static void take_event(struct ht_user *user, struct ht_user_family *family, uint64_t tag)
{
    uint64_t rung;
    if (tag < HT_CONNECTIONS_MAX)
        look_at(user, family, (uint32_t)tag);
    else if (tag == TIMER_TAG && read(family->timer_fd, &rung, sizeof rung) == (ssize_t)sizeof rung)
        family->timer_ns = HT_NEVER;
}

void ht_user_tcp_read(struct ht_user *user, struct ht_user_family *family)
{
    struct ht_user_receiver *receiver = &family->receivers[HT_ANSWERS_TCP];
    int count = 1;
    while (count > 0 && receiver->count < HT_BATCH_MAX) {
        struct epoll_event events[EVENTS_MAX];
        size_t room = HT_BATCH_MAX - receiver->count;
        count =
            epoll_wait(receiver->epoll_fd, events, (int)(room < EVENTS_MAX ? room : EVENTS_MAX), 0);
        for (int i = 0; i < count; i++)
            take_event(user, family, events[i].data.u64);
    }
    expire(family, ht_clock_mono_ns());
}

/* ---- what leaves ---- */

static bool set_options_ipv4(int fd, const struct ht_outgoing *packet)
{
    return ht_set_option(fd, IPPROTO_IP, IP_TTL, packet->ttl) &&
           (packet->tos == 0 || ht_set_option(fd, IPPROTO_IP, IP_TOS, packet->tos));
}

static bool set_options_ipv6(int fd, const struct ht_outgoing *packet)
{
    (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1);
    return ht_set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, packet->ttl) &&
           (packet->tos == 0 || ht_set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, packet->tos));
}

static bool set_up(int fd, const struct ht_outgoing *packet)
{
    bool ipv4 = packet->destination.version == HT_IPV4;
    const uint8_t *header = packet->bytes + HT_PACKET_HEADROOM;
    if (packet->interface_index != 0 &&
        !ht_set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)packet->interface_index))
        return false;
    if (packet->fwmark != 0 && !ht_set_option(fd, SOL_SOCKET, SO_MARK, (int)packet->fwmark))
        return false;
    return (ipv4 ? set_options_ipv4(fd, packet) : set_options_ipv6(fd, packet)) &&
           ht_error_queue_ask(fd, packet->destination.version) &&
           ht_user_bind(fd, &packet->source, ht_load_u16(header + SOURCE_PORT));
}

/* The errno of a connection that does not come about; 0: its SYN has left, and ECONNREFUSED: it was
 * answered at once. */
static int connect_to(int fd, const struct ht_outgoing *packet)
{
    union ht_socket_address name;
    const uint8_t *header = packet->bytes + HT_PACKET_HEADROOM;
    socklen_t length =
        ht_socket_address_set(&name, &packet->destination, ht_load_u16(header + DESTINATION_PORT));
    if (packet->destination.version == HT_IPV6) {
        name.ipv6.sin6_flowinfo = htonl(packet->flow_label);
        if (name.ipv6.sin6_scope_id == 0)
            name.ipv6.sin6_scope_id = packet->interface_index;
    }
    return connect(fd, &name.any, length) == 0 || errno == EINPROGRESS ? 0 : errno;
}

/* Enters the connection that the packet's SYN has begun. The errno of what is short. */
static int enter(struct ht_user_family *family, int fd, int64_t sent_ns,
                 const struct ht_outgoing *packet, uint32_t *index)
{
    *index = ht_connections_add(&family->connections, fd, sent_ns, packet);
    if (*index == HT_NO_CONNECTION)
        return EAGAIN;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u64 = *index};
    if (epoll_ctl(family->receivers[HT_ANSWERS_TCP].epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    int refused = errno;
    ht_connections_remove(&family->connections, *index);
    return refused;
}

/* The errno of a SYN that did not leave. */
static int begin(struct ht_user_family *family, int fd, struct ht_outgoing *packet)
{
    uint32_t index;
    if (!set_up(fd, packet))
        return errno;
    int64_t before_ns = ht_clock_mono_ns();
    int refused = connect_to(fd, packet);
    if (refused != 0 && refused != ECONNREFUSED)
        return refused;
    int short_of = enter(family, fd, before_ns, packet, &index);
    if (short_of != 0)
        return short_of;
    ht_outgoing_result(packet, HT_SEND_DONE, 0, before_ns);
    if (refused == ECONNREFUSED) {
        take_answer(&family->receivers[HT_ANSWERS_TCP], &family->connections.list[index], false, 0);
        give_up(&family->connections, index);
    }
    return 0;
}

static bool is_reset(const struct ht_outgoing *packet)
{
    return (packet->bytes[HT_PACKET_HEADROOM + FLAGS] & FLAG_RST) != 0;
}

/* Descriptors are there again when other connections have been answered. */
static int busy_or(int refused)
{
    return refused == EMFILE || refused == ENFILE ? ENOBUFS : refused;
}

void ht_user_tcp_send(struct ht_user *user, struct ht_user_family *family,
                      struct ht_outgoing *packet)
{
    int64_t now_ns = ht_clock_mono_ns();
    /* The kernel resets what it has opened itself. */
    if (is_reset(packet)) {
        ht_outgoing_result(packet, HT_SEND_DONE, 0, now_ns);
        return;
    }
    /* Room for the answer to the flow's last probe, and for one that comes at once. */
    if (family->receivers[HT_ANSWERS_TCP].count + 2 > HT_BATCH_MAX) {
        (void)ht_send_refused(packet, 1, EAGAIN, now_ns);
        return;
    }
    uint32_t last = ht_connections_find(&family->connections, packet);
    if (last != HT_NO_CONNECTION)
        look_at(user, family, last);
    last = ht_connections_find(&family->connections, packet);
    if (last != HT_NO_CONNECTION)
        give_up(&family->connections, last);
    int fd = socket(ht_socket_family(packet->destination.version),
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int refused = fd >= 0 ? begin(family, fd, packet) : errno;
    if (refused != 0)
        (void)ht_send_refused(packet, 1, busy_or(refused), now_ns);
    if (refused != 0 && fd >= 0)
        close(fd);
    expire(family, now_ns);
}
