#include "net/raw_socket.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hoptrace/address.h"
#include "net/ancillary.h"
#include "net/attach.h"
#include "net/privilege.h"
#include "net/socket_address.h"

/* More than any queue holds: draining ends even if the socket keeps reporting errors. */
#define DRAIN_MAX 100000

static int open_refused(uint8_t ip_version, int refused, struct ht_error *error)
{
    if (refused == EPERM || refused == EACCES) {
        ht_privilege_refused(error, refused, "raw socket", "cap_net_raw");
    } else if (refused == EAFNOSUPPORT) {
        ht_error_set(error, HT_ERR_UNREACHABLE, "this host has no IPv%d", ip_version);
        error->sys_errno = refused;
    } else {
        ht_error_system(error, refused, "cannot open a raw IPv%d socket", ip_version);
    }
    return -1;
}

static int open_raw(uint8_t ip_version, int protocol, struct ht_error *error)
{
    int fd =
        socket(ht_socket_family(ip_version), SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    return fd >= 0 ? fd : open_refused(ip_version, errno, error);
}

int ht_raw_open_send(uint8_t ip_version, struct ht_error *error)
{
    /* IPPROTO_RAW implies that packets come with their IP header, in both families. */
    int fd = open_raw(ip_version, IPPROTO_RAW, error);
    if (fd < 0)
        return -1;
    if (ht_attach_refusal(fd, error) != HT_OK) {
        close(fd);
        return -1;
    }
    /* Else the kernel hides that the device's queue dropped a packet (ENOBUFS). No ICMP error can
     * come in by this: they are told to sockets of the quoted protocol, which is never 255. */
    if (ip_version == HT_IPV4)
        (void)ht_set_option(fd, IPPROTO_IP, IP_RECVERR, 1);
    else
        (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    /* Else the kernel refuses what a router has once called too big, and that router's answer,
     * which is what a path measurement is about, is seen in the first round only. */
    if (ip_version == HT_IPV4)
        (void)ht_set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    else
        (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    return fd;
}

/* Takes out what arrived between opening the socket and refusing everything. */
static void drain(int fd)
{
    char byte;
    for (int i = 0; i < DRAIN_MAX; i++) {
        if (recv(fd, &byte, sizeof byte, MSG_DONTWAIT) < 0 &&
            (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
    }
}

/* Strangers' types go before the kernel copies the packet for this socket. */
static bool pass_types_ipv4(int fd)
{
    const uint32_t passed = 1U << ICMP_ECHOREPLY | 1U << ICMP_DEST_UNREACH |
                            1U << ICMP_TIME_EXCEEDED | 1U << ICMP_PARAMETERPROB;
    const struct icmp_filter filter = {.data = ~passed};
    return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) == 0;
}

static bool pass_types_ipv6(int fd)
{
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0;
}

/* None of these is vital: without it a stamp, a counter or a hop limit is missing, or the buffer
 * is smaller. */
static void ask_for_extras(int fd, uint8_t ip_version)
{
    if (!ht_set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS_NEW, 1))
        (void)ht_set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    (void)ht_set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (!ht_set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, HT_RECEIVE_BUFFER))
        (void)ht_set_option(fd, SOL_SOCKET, SO_RCVBUF, HT_RECEIVE_BUFFER);
    if (ip_version == HT_IPV6)
        (void)ht_set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

/* Of TCP the filter alone chooses. */
static bool pass_types(int fd, uint8_t ip_version, enum ht_answers answers)
{
    if (answers == HT_ANSWERS_TCP)
        return true;
    return ip_version == HT_IPV4 ? pass_types_ipv4(fd) : pass_types_ipv6(fd);
}

int ht_raw_admit(int fd, uint8_t ip_version, enum ht_answers answers,
                 const struct ht_local_ids *ids, struct ht_error *error)
{
    struct ht_filter filter = {.length = 0};
    ht_filter_write(&filter, ip_version, answers, ids);
    return ht_attach_filter(fd, &filter, error);
}

/* From refusing everything to admitting our own: no packet of a stranger is ever queued. */
static int set_up_receive(int fd, uint8_t ip_version, enum ht_answers answers,
                          const struct ht_local_ids *ids, struct ht_error *error)
{
    if (ht_attach_refusal(fd, error) != HT_OK)
        return error->code;
    drain(fd);
    if (!pass_types(fd, ip_version, answers))
        return ht_error_system(error, errno, "cannot choose the ICMP types to receive");
    ask_for_extras(fd, ip_version);
    return ids->count != 0 ? ht_raw_admit(fd, ip_version, answers, ids, error) : HT_OK;
}

int ht_raw_open_receive(uint8_t ip_version, enum ht_answers answers, const struct ht_local_ids *ids,
                        struct ht_error *error)
{
    int fd = open_raw(ip_version, ht_filter_ip_protocol(ip_version, answers), error);
    if (fd < 0)
        return -1;
    if (set_up_receive(fd, ip_version, answers, ids, error) != HT_OK) {
        close(fd);
        return -1;
    }
    return fd;
}
