#define _GNU_SOURCE /* struct mmsghdr */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/attach.h"
#include "net/error_queue.h"
#include "net/privilege.h"
#include "net/raw_socket.h"
#include "net/user_internal.h"
#include "wire/ip.h"

/* Where ports stand in a UDP header, and the id in an echo request. */
enum { UDP_SOURCE = 0, ECHO_ID = 4 };

static uint16_t local_id_of(const struct ht_outgoing *packet)
{
    const uint8_t *transport = packet->bytes + HT_PACKET_HEADROOM;
    return ht_load_u16(transport + (packet->ip_protocol == HT_IPPROTO_UDP ? UDP_SOURCE : ECHO_ID));
}

/* Of a socket that is bound to an address the kernel takes the interface of a packet for a mere
 * wish (IPv6): the socket has to be bound to it as well, and hears what arrives by it. */
static uint32_t interface_of(const struct ht_outgoing *packet)
{
    return packet->destination.version == HT_IPV6 ? packet->interface_index : 0;
}

static bool is_socket_of(const struct ht_user_socket *socket, const struct ht_outgoing *packet,
                         uint16_t local_id)
{
    return socket->fd >= 0 && socket->ip_protocol == packet->ip_protocol &&
           socket->local_id == local_id && socket->interface_index == interface_of(packet) &&
           ht_address_equal(&socket->source, &packet->source);
}

bool ht_user_bind(int fd, const struct ht_address *source, uint16_t local_id)
{
    union ht_socket_address local;
    socklen_t length = ht_socket_address_set(&local, source, local_id);
    return ht_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) && bind(fd, &local.any, length) == 0;
}

/* As packets of raw sockets are: never fragments, nor held to what a router has once called too
 * big. What may not be cut to pieces has another setting for IPv4 (user_send.c). */
static void set_like_raw(int fd, uint8_t ip_version)
{
    if (ip_version == HT_IPV4) {
        (void)ht_set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE);
        return;
    }
    (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    /* The flow label is taken from the destination's address. */
    (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1);
}

static void ask_for_extras(int fd)
{
    (void)ht_set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (!ht_set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, HT_RECEIVE_BUFFER))
        (void)ht_set_option(fd, SOL_SOCKET, SO_RCVBUF, HT_RECEIVE_BUFFER);
}

/* No answer comes to a UDP socket but through its error queue, which no filter touches. */
static bool set_up(int fd, const struct ht_outgoing *packet, uint16_t local_id)
{
    struct ht_error error = {.sys_errno = 0};
    bool refuses = packet->ip_protocol == HT_IPPROTO_UDP;
    uint8_t ip_version = packet->destination.version;
    if (refuses && ht_attach_refusal(fd, &error) != HT_OK) {
        errno = error.sys_errno;
        return false;
    }
    int interface = (int)interface_of(packet);
    if (interface != 0 && !ht_set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, interface))
        return false;
    set_like_raw(fd, ip_version);
    ask_for_extras(fd);
    return ht_error_queue_ask(fd, ip_version) && ht_user_bind(fd, &packet->source, local_id);
}

/* -1, with errno. */
static int open_datagram(const struct ht_outgoing *packet, uint16_t local_id)
{
    int fd = socket(ht_socket_family(packet->destination.version),
                    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, packet->ip_protocol);
    if (fd < 0 || set_up(fd, packet, local_id))
        return fd;
    int refused = errno;
    close(fd);
    errno = refused;
    return -1;
}

static void close_socket(struct ht_user_socket *socket)
{
    if (socket->fd >= 0)
        close(socket->fd);
    socket->fd = -1;
}

/* A place for one more socket. */
static struct ht_user_socket *make_room(struct ht_user_family *family)
{
    if (family->socket_count < HT_USER_SOCKETS_MAX)
        return &family->sockets[family->socket_count++];
    struct ht_user_socket *oldest = &family->sockets[0];
    for (size_t i = 1; i < HT_USER_SOCKETS_MAX; i++) {
        if (family->sockets[i].last_used < oldest->last_used)
            oldest = &family->sockets[i];
    }
    close_socket(oldest);
    return oldest;
}

static struct ht_user_socket *open_socket(struct ht_user_family *family,
                                          const struct ht_outgoing *packet, uint16_t local_id)
{
    int fd = open_datagram(packet, local_id);
    if (fd < 0)
        return NULL;
    struct ht_user_socket *socket = make_room(family);
    *socket = (struct ht_user_socket){.fd = fd,
                                      .ip_protocol = packet->ip_protocol,
                                      .local_id = local_id,
                                      .source = packet->source,
                                      .interface_index = interface_of(packet),
                                      .hop_limit = -1};
    /* Errors are always reported. */
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (size_t)(socket - family->sockets)};
    if (epoll_ctl(family->receivers[HT_ANSWERS_ICMP].epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return socket;
    int refused = errno;
    close_socket(socket);
    errno = refused;
    return NULL;
}

static struct ht_user_socket *find_socket(struct ht_user_family *family,
                                          const struct ht_outgoing *packet, uint16_t local_id)
{
    if (is_socket_of(&family->sockets[family->latest], packet, local_id))
        return &family->sockets[family->latest];
    for (size_t i = 0; i < family->socket_count; i++) {
        if (is_socket_of(&family->sockets[i], packet, local_id))
            return &family->sockets[i];
    }
    return NULL;
}

struct ht_user_socket *ht_user_socket_of(struct ht_user_family *family,
                                         const struct ht_outgoing *packet)
{
    uint16_t local_id = local_id_of(packet);
    struct ht_user_socket *socket = find_socket(family, packet, local_id);
    if (socket == NULL)
        socket = open_socket(family, packet, local_id);
    if (socket == NULL)
        return NULL;
    family->latest = (size_t)(socket - family->sockets);
    socket->last_used = ++family->uses;
    return socket;
}

void ht_user_sockets_close(struct ht_user_family *family)
{
    for (size_t i = 0; i < family->socket_count; i++)
        close_socket(&family->sockets[i]);
    family->socket_count = family->latest = 0;
}

int ht_user_try_echo(uint8_t ip_version, struct ht_error *error)
{
    int fd = socket(ht_socket_family(ip_version), SOCK_DGRAM | SOCK_CLOEXEC,
                    ip_version == HT_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    if (fd >= 0) {
        close(fd);
        return HT_OK;
    }
    if (errno == EACCES || errno == EPERM)
        return ht_privilege_ping_refused(error, errno);
    return ht_error_system(error, errno, "cannot open an IPv%d socket for ICMP", ip_version);
}
