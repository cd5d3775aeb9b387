#include "net/route_lookup.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/route_message.h"
#include "net/socket_address.h"

/* A destination, a device and a mark; their answer, with all that a route may have besides. */
#define REQUEST_ATTRIBUTES_MAX 64
#define ANSWER_MAX             8192

struct request {
    struct nlmsghdr header;
    struct rtmsg route;
    uint8_t attributes[REQUEST_ATTRIBUTES_MAX];
};

static void add_attribute(struct request *request, unsigned short type, const void *data,
                          size_t length)
{
    size_t used = NLMSG_ALIGN(request->header.nlmsg_len);
    struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(length), .rta_type = type};
    memcpy((uint8_t *)request + used, &attribute, sizeof attribute);
    memcpy((uint8_t *)request + used + RTA_LENGTH(0), data, length);
    request->header.nlmsg_len = (uint32_t)(used + RTA_LENGTH(length));
}

static void write_request(const struct ht_route_question *question, uint32_t through,
                          struct request *request)
{
    const struct ht_address *destination = &question->destination;
    size_t length = ht_address_length(destination);
    *request = (struct request){
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof request->route),
                   .nlmsg_type = RTM_GETROUTE,
                   .nlmsg_flags = NLM_F_REQUEST},
        .route = {.rtm_family = (unsigned char)ht_socket_family(destination->version),
                  .rtm_dst_len = (unsigned char)(8 * length),
                  .rtm_tos = question->tos}};
    add_attribute(request, RTA_DST, destination->bytes, length);
    if (through == 0)
        through = destination->scope_id;
    if (through != 0)
        add_attribute(request, RTA_OIF, &through, sizeof through);
    if (question->fwmark != 0)
        add_attribute(request, RTA_MARK, &question->fwmark, sizeof question->fwmark);
}

struct ht_route_facts ht_route_lookup(const struct ht_route_question *question, uint32_t through)
{
    struct ht_route_facts facts = {0};
    struct request request;
    uint8_t answer[ANSWER_MAX];
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return facts;
    write_request(question, through, &request);
    /* The kernel answers such a question before send returns: nothing is waited for. */
    ssize_t length = send(fd, &request, request.header.nlmsg_len, 0);
    if (length >= 0)
        length = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    close(fd);
    struct ht_route_message message;
    if (length < 0 || !ht_route_message_read(answer, (size_t)length, &message) ||
        message.type != RTM_NEWROUTE)
        return facts;
    return (struct ht_route_facts){.device = message.device,
                                   .local = message.route_type == RTN_LOCAL,
                                   .broadcast = message.route_type == RTN_BROADCAST};
}
