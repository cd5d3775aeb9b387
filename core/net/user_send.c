#define _GNU_SOURCE /* sendmmsg */
#include <errno.h>
#include <netinet/in.h>
#include <sys/eventfd.h>

#include "base/bytes.h"
#include "net/sent.h"
#include "net/user_internal.h"
#include "wire/ip.h"

#define UDP_HEADER_LENGTH 8
#define UDP_DESTINATION   2

/* How often a packet is given to the kernel while that tells of errors about earlier packets: each
 * is told once, and few come in between two calls. A refusal of this packet's own is always the
 * same. */
#define STALE_MAX 16

/* The kernel writes the UDP header, with the checksum that the packet has by its payload. */
static void fill_bytes(struct ht_send_area *area, size_t i, struct ht_outgoing *packet)
{
    uint8_t *transport = ht_outgoing_transport(packet);
    bool udp = packet->ip_protocol == HT_IPPROTO_UDP;
    size_t skipped = udp ? UDP_HEADER_LENGTH : 0;
    struct msghdr *message = &area->messages[i].msg_hdr;
    area->vectors[i].iov_base = transport + skipped;
    area->vectors[i].iov_len = packet->length - skipped;
    *message = (struct msghdr){
        .msg_name = &area->names[i].any, .msg_iov = &area->vectors[i], .msg_iovlen = 1};
    message->msg_namelen = ht_socket_address_set(
        &area->names[i], &packet->destination, udp ? ht_load_u16(transport + UDP_DESTINATION) : 0);
}

static void add_ipv4(struct msghdr *message, union ht_control *control,
                     const struct ht_outgoing *packet)
{
    const int ttl = packet->ttl;
    const int tos = packet->tos;
    ht_add_item(message, control, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    if (tos != 0)
        ht_add_item(message, control, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    if (packet->interface_index == 0)
        return;
    struct in_pktinfo info = {.ipi_ifindex = (int)packet->interface_index};
    memcpy(&info.ipi_spec_dst, packet->source.bytes, sizeof info.ipi_spec_dst);
    ht_add_item(message, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

/* Source and interface are those that the socket is bound to. */
static void add_ipv6(struct msghdr *message, union ht_control *control,
                     const struct ht_outgoing *packet, struct sockaddr_in6 *name)
{
    const int hop_limit = packet->ttl;
    const int traffic_class = packet->tos;
    if (name->sin6_scope_id == 0)
        name->sin6_scope_id = packet->interface_index;
    name->sin6_flowinfo = htonl(packet->flow_label);
    /* Older kernels take no such items from ICMPv6 sockets: see set_icmpv6. */
    if (packet->ip_protocol == HT_IPPROTO_ICMPV6)
        return;
    ht_add_item(message, control, IPPROTO_IPV6, IPV6_HOPLIMIT, &hop_limit, sizeof hop_limit);
    if (traffic_class != 0)
        ht_add_item(message, control, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class,
                    sizeof traffic_class);
}

static void fill_message(struct ht_send_area *area, size_t i, struct ht_outgoing *packet,
                         bool stamped)
{
    const uint32_t request = HT_TRANSMIT_STAMP_REQUEST;
    struct msghdr *message = &area->messages[i].msg_hdr;
    union ht_control *control = &area->controls[i];
    fill_bytes(area, i, packet);
    if (packet->destination.version == HT_IPV4)
        add_ipv4(message, control, packet);
    else
        add_ipv6(message, control, packet, &area->names[i].ipv6);
    if (packet->ip_protocol == HT_IPPROTO_ICMPV6)
        return;
    if (packet->fwmark != 0)
        ht_add_item(message, control, SOL_SOCKET, SO_MARK, &packet->fwmark, sizeof packet->fwmark);
    if (stamped)
        ht_add_item(message, control, SOL_SOCKET, SO_TIMESTAMPING, &request, sizeof request);
}

/* ICMPv6 sockets take ancillary data since Linux 5.18 only, and pass over it before: what a packet
 * is to have is set at the socket. False, with errno. */
static bool set_icmpv6(struct ht_user_socket *socket, const struct ht_outgoing *packet)
{
    if (socket->ip_protocol != HT_IPPROTO_ICMPV6)
        return true;
    if (socket->hop_limit != packet->ttl &&
        !ht_set_option(socket->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, packet->ttl))
        return false;
    socket->hop_limit = packet->ttl;
    if (socket->traffic_class != packet->tos &&
        !ht_set_option(socket->fd, IPPROTO_IPV6, IPV6_TCLASS, packet->tos))
        return false;
    socket->traffic_class = packet->tos;
    if (packet->fwmark != 0 && !ht_set_option(socket->fd, SOL_SOCKET, SO_MARK, (int)packet->fwmark))
        return false;
    return true;
}

/* Packets that no router may cut to pieces have this at the socket too (IPv4; of IPv6 all are so).
 * False, with errno. */
static bool set_whole(struct ht_user_socket *socket, const struct ht_outgoing *packet)
{
    bool ipv4 = packet->destination.version == HT_IPV4;
    if (!ipv4 || socket->whole == packet->whole)
        return true;
    if (!ht_set_option(socket->fd, IPPROTO_IP, IP_MTU_DISCOVER,
                       packet->whole ? IP_PMTUDISC_PROBE : IP_PMTUDISC_INTERFACE))
        return false;
    socket->whole = packet->whole;
    return true;
}

/* Sends from the front of the messages, again where errors about earlier packets were told instead:
 * they are in the queue as well. Returns how many went, 0 with errno set if the first was refused,
 * for a reason of its own. */
static size_t send_some(struct ht_user_socket *socket, struct mmsghdr *messages, size_t count,
                        bool stamped)
{
    int sent = -1;
    for (int i = 0; i < STALE_MAX && sent < 0; i++) {
        if (stamped)
            (void)ht_transmit_stamps_ready(&socket->stamps, socket->fd);
        sent = sendmmsg(socket->fd, messages, (unsigned)count, MSG_DONTWAIT);
        if (stamped)
            ht_transmit_stamps_sent(&socket->stamps, count, sent);
        if (sent < 0 && errno != EINTR && !ht_send_may_be_stale(errno))
            break;
    }
    return sent > 0 ? (size_t)sent : 0;
}

static void take_stamps(struct ht_user *user, struct ht_user_family *family,
                        struct ht_user_socket *socket, struct ht_outgoing *packets,
                        int64_t before_ns)
{
    struct ht_user_sent sent = {.packets = packets, .before_ns = before_ns};
    (void)ht_user_read_errors(user, &family->receivers[HT_ANSWERS_ICMP], socket, &sent);
    if (socket->stamps.sent > 0)
        socket->stamps.prompt = sent.stamped == socket->stamps.sent;
}

/* Packets of one socket; of ICMPv6 they have one hop limit and traffic class, of IPv4 all or none
 * may be cut to pieces. */
static void send_run(struct ht_user *user, struct ht_user_family *family,
                     struct ht_user_socket *socket, struct ht_outgoing *packets, size_t count,
                     bool stamped)
{
    struct mmsghdr *messages = user->send.messages;
    stamped = stamped && packets[0].ip_protocol != HT_IPPROTO_ICMPV6 &&
              ht_transmit_stamps_ready(&socket->stamps, socket->fd);
    for (size_t i = 0; i < count; i++)
        fill_message(&user->send, i, &packets[i], stamped);
    for (size_t done = 0; done < count;) {
        int64_t before_ns = ht_clock_mono_ns();
        bool ready = set_icmpv6(socket, &packets[done]) && set_whole(socket, &packets[done]);
        size_t sent = ready ? send_some(socket, messages + done, count - done, stamped) : 0;
        int refused = errno == EINVAL ? EADDRNOTAVAIL : errno;
        int64_t after_ns = ht_clock_mono_ns();
        if (sent > 0)
            ht_stamp_sent(&family->pace_ns, packets + done, sent, before_ns, after_ns);
        else
            sent = ht_send_refused(packets + done, count - done, refused, before_ns);
        if (stamped)
            take_stamps(user, family, socket, packets + done, before_ns);
        done += sent;
    }
}

static bool is_alike(const struct ht_outgoing *packet, const struct ht_outgoing *other)
{
    return packet->ip_protocol == other->ip_protocol && packet->whole == other->whole &&
           (packet->ip_protocol != HT_IPPROTO_ICMPV6 ||
            (packet->ttl == other->ttl && packet->tos == other->tos &&
             packet->fwmark == other->fwmark));
}

/* How many packets from the front on leave by the socket with one call, at most `most`. */
static size_t run_length(struct ht_user_family *family, const struct ht_user_socket *socket,
                         const struct ht_outgoing *packets, size_t most)
{
    size_t length = 1;
    while (length < most && is_alike(&packets[0], &packets[length]) &&
           ht_user_socket_of(family, &packets[length]) == socket)
        length++;
    return length;
}

/* Sends datagrams from the front on, by one socket. Returns how many packets that disposes of. */
static size_t send_datagrams(struct ht_user *user, struct ht_user_family *family,
                             struct ht_outgoing *packets, size_t count, bool more)
{
    struct ht_user_socket *socket = ht_user_socket_of(family, &packets[0]);
    if (socket == NULL)
        return ht_send_refused(packets, 1, errno, ht_clock_mono_ns());
    /* As with raw sockets (raw_send.c). */
    bool stamped = !more;
    size_t most = stamped && !socket->stamps.prompt ? HT_SEND_RUN : HT_BATCH_MAX;
    size_t length = run_length(family, socket, packets, count < most ? count : most);
    send_run(user, family, socket, packets, length, stamped);
    return length;
}

/* What sending has read is not seen on its socket any more: the receiver is readable all the same.
 */
static void ring(struct ht_user_receiver *receiver)
{
    if (receiver->count > 0 && !receiver->rung)
        receiver->rung = eventfd_write(receiver->wake_fd, 1) == 0;
}

void ht_user_send(void *state, struct ht_outgoing *packets, size_t count, bool more)
{
    struct ht_user *user = state;
    struct ht_user_family *family = ht_user_family(user, packets[0].destination.version);
    for (size_t done = 0; done < count;) {
        if (packets[done].ip_protocol != HT_IPPROTO_TCP) {
            done += send_datagrams(user, family, packets + done, count - done, more);
        } else {
            ht_user_tcp_send(user, family, &packets[done]);
            done++;
        }
    }
    ring(&family->receivers[HT_ANSWERS_ICMP]);
    ring(&family->receivers[HT_ANSWERS_TCP]);
}
