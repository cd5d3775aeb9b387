#define _GNU_SOURCE /* sendmmsg, in6_pktinfo */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "net/raw_internal.h"
#include "net/sent.h"
#include "wire/ip.h"

/* The kernel looks up the route by the address that the socket is bound to, not by the source that
 * stands in the packet; and rules may choose a route by source address. Hosts have one source for
 * nearly all they send: the first one's. */
static void bind_source(struct ht_family_sockets *family, const struct ht_outgoing *packet)
{
    if (family->bind_tried || packet->destination.version != HT_IPV4)
        return;
    struct sockaddr_in source = {.sin_family = AF_INET};
    memcpy(&source.sin_addr, packet->source.bytes, sizeof source.sin_addr);
    memcpy(family->bound_address, packet->source.bytes, sizeof family->bound_address);
    family->bind_tried = true;
    family->bound = bind(family->send_fd, (struct sockaddr *)&source, sizeof source) == 0;
}

static bool leaves_as_bound(const struct ht_family_sockets *family,
                            const struct ht_outgoing *packet)
{
    return family->bound && packet->interface_index == 0 &&
           memcmp(packet->source.bytes, family->bound_address, sizeof family->bound_address) == 0;
}

/* For any other source it is told beside the packet. */
static void set_route_ipv4(struct msghdr *message, union ht_control *control,
                           const struct ht_outgoing *packet)
{
    struct in_pktinfo info = {.ipi_ifindex = (int)packet->interface_index};
    memcpy(&info.ipi_spec_dst, packet->source.bytes, sizeof info.ipi_spec_dst);
    ht_add_item(message, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

/* Either the source or the device: with both, the kernel takes the device for a mere wish. */
static void set_route_ipv6(struct msghdr *message, union ht_control *control,
                           const struct ht_outgoing *packet, struct sockaddr_in6 *name)
{
    /* An address of one link is meant for the link that the interface is on. */
    if (name->sin6_scope_id == 0)
        name->sin6_scope_id = packet->interface_index;
    struct in6_pktinfo info = {.ipi6_ifindex = packet->interface_index};
    if (info.ipi6_ifindex == 0)
        info.ipi6_ifindex = name->sin6_scope_id;
    if (info.ipi6_ifindex == 0)
        memcpy(&info.ipi6_addr, packet->source.bytes, sizeof info.ipi6_addr);
    ht_add_item(message, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

/* What rules of the routing table may go by besides addresses. Of a packet that comes with its
 * header the kernel reads the destination alone: the rest must be told beside it. */
static void set_policy(struct msghdr *message, union ht_control *control,
                       const struct ht_outgoing *packet)
{
    const int tos = packet->tos; /* the bits that routers go by */
    bool ipv4 = packet->destination.version == HT_IPV4;
    if (tos != 0)
        ht_add_item(message, control, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TOS : IPV6_TCLASS,
                    &tos, sizeof tos);
    if (packet->fwmark != 0)
        ht_add_item(message, control, SOL_SOCKET, SO_MARK, &packet->fwmark, sizeof packet->fwmark);
}

static void ask_for_stamp(struct msghdr *message, union ht_control *control)
{
    const uint32_t request = HT_TRANSMIT_STAMP_REQUEST;
    ht_add_item(message, control, SOL_SOCKET, SO_TIMESTAMPING, &request, sizeof request);
}

static void fill_message(const struct ht_family_sockets *family, struct ht_send_area *area,
                         size_t i, struct ht_outgoing *packet, bool stamped)
{
    struct msghdr *message = &area->messages[i].msg_hdr;
    *message = (struct msghdr){.msg_name = &area->names[i].any, .msg_iovlen = 1};
    /* The port stays 0, as raw IPv6 sockets demand. */
    message->msg_namelen = ht_socket_address_set(&area->names[i], &packet->destination, 0);
    area->vectors[i].iov_base = ht_ip_prepend(packet, &area->vectors[i].iov_len);
    message->msg_iov = &area->vectors[i];
    if (packet->destination.version == HT_IPV6)
        set_route_ipv6(message, &area->controls[i], packet, &area->names[i].ipv6);
    else if (!leaves_as_bound(family, packet))
        set_route_ipv4(message, &area->controls[i], packet);
    set_policy(message, &area->controls[i], packet);
    if (stamped)
        ask_for_stamp(message, &area->controls[i]);
}

/* Sends from the front of the messages. Returns how many went, 0 with errno set if the first was
 * refused, for a reason of its own. */
static size_t send_some(struct ht_family_sockets *family, struct mmsghdr *messages, size_t count,
                        bool stamped)
{
    bool again = true;
    int sent = -1;
    for (int i = 0; i < HT_EINTR_MAX && again; i++) {
        bool first = i == 0;
        if (stamped)
            (void)ht_transmit_stamps_ready(&family->stamps, family->send_fd);
        sent = sendmmsg(family->send_fd, messages, (unsigned)count, MSG_DONTWAIT);
        again = sent < 0 && (errno == EINTR || (first && ht_send_may_be_stale(errno)));
        if (stamped)
            ht_transmit_stamps_sent(&family->stamps, count, sent);
    }
    return sent > 0 ? (size_t)sent : 0;
}

/* What raw IPv6 sockets say of a source address that this host no longer has. */
static int own_reason(const struct ht_outgoing *packet, int refused)
{
    bool source_is_gone =
        refused == EINVAL && packet->destination.version == HT_IPV6 && packet->interface_index == 0;
    return source_is_gone ? EADDRNOTAVAIL : refused;
}

static void send_run(struct ht_raw *raw, struct ht_family_sockets *family,
                     struct ht_outgoing *packets, size_t count, bool stamped)
{
    struct mmsghdr *messages = raw->send.messages;
    stamped = stamped && ht_transmit_stamps_ready(&family->stamps, family->send_fd);
    bind_source(family, &packets[0]);
    for (size_t i = 0; i < count; i++)
        fill_message(family, &raw->send, i, &packets[i], stamped);
    for (size_t done = 0; done < count;) {
        int64_t before_ns = ht_clock_mono_ns();
        size_t sent = send_some(family, messages + done, count - done, stamped);
        int refused = errno;
        int64_t after_ns = ht_clock_mono_ns();
        if (sent > 0)
            ht_stamp_sent(&family->pace_ns, packets + done, sent, before_ns, after_ns);
        else
            sent = ht_send_refused(packets + done, count - done,
                                   own_reason(&packets[done], refused), before_ns);
        if (stamped)
            ht_transmit_stamps_take(&family->stamps, family->send_fd, &raw->stamps, &raw->clock,
                                    packets + done, before_ns);
        done += sent;
    }
}

void ht_raw_send(void *state, struct ht_outgoing *packets, size_t count, bool more)
{
    struct ht_raw *raw = state;
    struct ht_family_sockets *family = ht_raw_family(raw, packets[0].destination.version);
    /* While more is waiting, stamps, which add almost half to the cost of sending, would be paid
     * for with the rate, and so would further calls. */
    bool stamped = !more;
    size_t most = stamped && !family->stamps.prompt ? HT_SEND_RUN : HT_BATCH_MAX;
    for (size_t done = 0; done < count; done += most)
        send_run(raw, family, packets + done, count - done < most ? count - done : most, stamped);
}
