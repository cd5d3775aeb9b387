#include "net/route_message.h"

#include <linux/rtnetlink.h>
#include <string.h>

static void take_attribute(const struct rtattr *attribute, const uint8_t *content,
                           struct ht_route_message *message)
{
    size_t length = attribute->rta_len - RTA_LENGTH(0);
    if (attribute->rta_type == RTA_OIF && length == sizeof message->device)
        memcpy(&message->device, content, length);
    else if (attribute->rta_type == RTA_DST)
        message->destination = ht_address_from_bytes(content, length);
}

bool ht_route_message_read(const uint8_t *bytes, size_t length, struct ht_route_message *message)
{
    struct nlmsghdr header;
    struct rtmsg route;
    if (length < NLMSG_LENGTH(sizeof route))
        return false;
    memcpy(&header, bytes, sizeof header);
    bool is_route = header.nlmsg_type == RTM_NEWROUTE || header.nlmsg_type == RTM_DELROUTE;
    if (!is_route || header.nlmsg_len > length)
        return false;
    memcpy(&route, bytes + NLMSG_HDRLEN, sizeof route);
    *message = (struct ht_route_message){.type = header.nlmsg_type,
                                         .route_type = route.rtm_type,
                                         .prefix_length = route.rtm_dst_len};
    struct rtattr attribute;
    for (size_t at = NLMSG_LENGTH(sizeof route); at + sizeof attribute <= header.nlmsg_len;
         at += RTA_ALIGN(attribute.rta_len)) {
        memcpy(&attribute, bytes + at, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > header.nlmsg_len - at)
            return false;
        take_attribute(&attribute, bytes + at + RTA_LENGTH(0), message);
    }
    return true;
}
