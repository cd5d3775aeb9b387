#include "net/error_queue.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "net/ancillary.h"
#include "net/socket_address.h"

/* Linux 5.9; older C libraries do not name them. */
#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif

/* What IP_RECVERR and IPV6_RECVERR hand over: behind the error stands who sent it. */
struct told {
    struct sock_extended_err about;
    union ht_socket_address responder;
};

/* What stands beside an item. */
struct beside {
    struct told told;
    struct timespec arrival;   /* {0, 0}: none */
    struct timespec departure; /* {0, 0}: none */
    int hop_limit;             /* -1: unknown */
};

/* The address is cut to that of its family. */
static void take_error(const struct cmsghdr *item, struct told *told)
{
    size_t length = item->cmsg_len - CMSG_LEN(0);
    if (item->cmsg_len < CMSG_LEN(sizeof told->about))
        return;
    *told = (struct told){.responder.any.sa_family = AF_UNSPEC};
    memcpy(told, CMSG_DATA(item), length < sizeof *told ? length : sizeof *told);
    size_t address_length = length - sizeof told->about;
    bool whole = (told->responder.any.sa_family == AF_INET &&
                  address_length >= sizeof told->responder.ipv4) ||
                 (told->responder.any.sa_family == AF_INET6 &&
                  address_length >= sizeof told->responder.ipv6);
    if (!whole)
        told->responder.any.sa_family = AF_UNSPEC;
}

static void take_time(const struct cmsghdr *item, struct beside *beside)
{
    struct scm_timestamping departures = {0};
    if (item->cmsg_type == SO_TIMESTAMPING && ht_copy_item(item, &departures, sizeof departures))
        beside->departure = departures.ts[0];
    else
        ht_take_arrival(item, &beside->arrival);
}

static void take_item(const struct cmsghdr *item, struct beside *beside)
{
    if (item->cmsg_level == SOL_SOCKET)
        take_time(item, beside);
    else if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR) ||
             (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR))
        take_error(item, &beside->told);
    else if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TTL) ||
             (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT))
        (void)ht_copy_item(item, &beside->hop_limit, sizeof beside->hop_limit);
}

static uint16_t port_of(const union ht_socket_address *name)
{
    if (name->any.sa_family == AF_INET)
        return ntohs(name->ipv4.sin_port);
    return name->any.sa_family == AF_INET6 ? ntohs(name->ipv6.sin6_port) : 0;
}

static void fill_error(const struct msghdr *message, const struct beside *beside,
                       struct ht_queued *queued)
{
    const struct sock_extended_err *about = &beside->told.about;
    union ht_socket_address name = {.any.sa_family = AF_UNSPEC};
    if (message->msg_namelen >= sizeof name.ipv4 && message->msg_namelen <= sizeof name)
        memcpy(&name, message->msg_name, message->msg_namelen);
    queued->kind = HT_QUEUED_ERROR;
    queued->stamp = beside->arrival;
    queued->responder = ht_socket_address_get(&beside->told.responder);
    queued->destination = ht_socket_address_get(&name);
    queued->port = port_of(&name);
    queued->type = about->ee_type;
    queued->code = about->ee_code;
    queued->hop_limit = beside->hop_limit;
    queued->quote_length = about->ee_rfc4884.len;
    queued->link_mtu = about->ee_errno == EMSGSIZE ? about->ee_info : 0;
}

struct ht_queued ht_error_queue_read(struct msghdr *message)
{
    struct beside beside = {.hop_limit = -1};
    struct ht_queued queued = {.kind = HT_QUEUED_OTHER, .hop_limit = -1};
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item))
        take_item(item, &beside);
    const struct sock_extended_err *about = &beside.told.about;
    if (about->ee_origin == SO_EE_ORIGIN_TIMESTAMPING && about->ee_info == SCM_TSTAMP_SND) {
        queued.kind = HT_QUEUED_STAMP;
        queued.stamp = beside.departure;
        queued.number = about->ee_data;
    } else if (about->ee_origin == SO_EE_ORIGIN_ICMP || about->ee_origin == SO_EE_ORIGIN_ICMP6) {
        fill_error(message, &beside, &queued);
    }
    return queued;
}

bool ht_error_queue_ask(int fd, uint8_t ip_version)
{
    bool ipv4 = ip_version == HT_IPV4;
    int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    if (!ht_set_option(fd, level, ipv4 ? IP_RECVERR : IPV6_RECVERR, 1))
        return false;
    (void)ht_set_option(fd, level, ipv4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
    (void)ht_set_option(fd, level, ipv4 ? IP_RECVERR_RFC4884 : IPV6_RECVERR_RFC4884, 1);
    if (!ht_set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS_NEW, 1))
        (void)ht_set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    return true;
}
