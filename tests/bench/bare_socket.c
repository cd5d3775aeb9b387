#include "bare_socket.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <unistd.h>

/* What to ask for, and what the kernel counts for an answer at most. */
#define RECEIVE_BUFFER (16 << 20)
#define ANSWER_COST    1024

socklen_t bare_address_length(sa_family_t family)
{
    return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

bool bare_source(union bare_address *source, const union bare_address *destination)
{
    union bare_address to = *destination;
    socklen_t length = sizeof *source;
    int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* A UDP socket that is connected sends nothing: the kernel only looks up the route. */
    to.ipv4.sin_port = htons(9);
    bool good = fd >= 0 && connect(fd, &to.any, bare_address_length(to.any.sa_family)) == 0 &&
                getsockname(fd, &source->any, &length) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

static bool pass_types(int fd, sa_family_t family)
{
    if (family == AF_INET) {
        const struct icmp_filter filter = {
            .data = ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH | 1u << ICMP_TIME_EXCEEDED)};
        return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) == 0;
    }
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0;
}

static bool set_filter(int fd, struct sock_filter *code, unsigned short length)
{
    const struct sock_fprog program = {.len = length, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

static int open_receiver(const struct bare_kind *kind, int protocol)
{
    struct sock_filter code[BARE_FILTER_MAX];
    int size = RECEIVE_BUFFER;
    int fd = socket(kind->family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0)
        return -1;
    /* Only root may; else the buffer is as large as the system allows. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    bool tcp = protocol == IPPROTO_TCP;
    if ((tcp || pass_types(fd, kind->family)) &&
        set_filter(fd, code, tcp ? bare_filter_tcp(kind, code) : bare_filter_icmp(kind, code)))
        return fd;
    close(fd);
    return -1;
}

/* In answers; the smallest buffer there can be if the kernel does not tell. */
static unsigned receive_room(int fd)
{
    int size = 0;
    socklen_t length = sizeof size;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length) != 0 || size < ANSWER_COST)
        return 1;
    return (unsigned)size / ANSWER_COST;
}

bool bare_sockets_open(struct bare_sockets *sockets, const struct bare_kind *kind)
{
    bool tcp = kind->protocol == IPPROTO_TCP;
    /* IPPROTO_RAW: packets come with their IP header, and nothing is received. */
    sockets->send_fd = socket(kind->family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    sockets->icmp_fd = open_receiver(kind, kind->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    sockets->tcp_fd = tcp ? open_receiver(kind, IPPROTO_TCP) : -1;
    sockets->room = receive_room(sockets->icmp_fd);
    return sockets->send_fd >= 0 && sockets->icmp_fd >= 0 && (!tcp || sockets->tcp_fd >= 0);
}
