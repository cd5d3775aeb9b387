#include <linux/rtnetlink.h>
#include <string.h>

#include "base/address.h"
#include "net/route_message.h"
#include "unit.h"

static uint8_t bytes[256];

static size_t begin(uint16_t type, uint8_t route_type, uint8_t prefix_length)
{
    const struct nlmsghdr header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                                    .nlmsg_type = type};
    const struct rtmsg route = {.rtm_type = route_type, .rtm_dst_len = prefix_length};
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + NLMSG_HDRLEN, &route, sizeof route);
    return header.nlmsg_len;
}

/* Returns the length of the message with the attribute. */
static size_t add(size_t length, uint16_t type, const void *content, size_t content_length)
{
    const struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(content_length),
                                     .rta_type = type};
    struct nlmsghdr header;
    memcpy(bytes + length, &attribute, sizeof attribute);
    memcpy(bytes + length + RTA_LENGTH(0), content, content_length);
    memcpy(&header, bytes, sizeof header);
    header.nlmsg_len = (uint32_t)(length + RTA_ALIGN(attribute.rta_len));
    memcpy(bytes, &header, sizeof header);
    return header.nlmsg_len;
}

static size_t write_local_route(struct ht_address *address)
{
    const uint32_t device = 7;
    const uint32_t priority = 9;
    CU_ASSERT(ht_address_parse("2001:db8::5", address));
    size_t length = begin(RTM_DELROUTE, RTN_LOCAL, 128);
    length = add(length, RTA_DST, address->bytes, 16);
    length = add(length, RTA_PRIORITY, &priority, sizeof priority);
    return add(length, RTA_OIF, &device, sizeof device);
}

static void test_facts(void)
{
    struct ht_address address;
    struct ht_route_message message;
    size_t length = write_local_route(&address);
    CU_ASSERT(ht_route_message_read(bytes, length, &message));
    CU_ASSERT_EQUAL(message.type, RTM_DELROUTE);
    CU_ASSERT_EQUAL(message.route_type, RTN_LOCAL);
    CU_ASSERT_EQUAL(message.prefix_length, 128);
    CU_ASSERT(ht_address_equal(&message.destination, &address));
    CU_ASSERT_EQUAL(message.device, 7);
    length = begin(RTM_NEWROUTE, RTN_UNICAST, 0);
    CU_ASSERT(ht_route_message_read(bytes, length, &message));
    CU_ASSERT_EQUAL(message.type, RTM_NEWROUTE);
    CU_ASSERT_EQUAL(message.destination.version, HT_IP_NONE);
    CU_ASSERT_EQUAL(message.device, 0);
}

static void test_others(void)
{
    struct ht_address address;
    struct ht_route_message message;
    size_t length = begin(RTM_NEWADDR, RTN_LOCAL, 128);
    CU_ASSERT_FALSE(ht_route_message_read(bytes, length, &message));
    length = write_local_route(&address);
    for (size_t cut = 0; cut < length; cut++)
        CU_ASSERT_FALSE(ht_route_message_read(bytes, cut, &message));
    const size_t first = NLMSG_LENGTH(sizeof(struct rtmsg));
    const uint16_t wrong[] = {0, RTA_LENGTH(0) - 1, (uint16_t)(length - first + 1)};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memcpy(bytes + first, &wrong[i], sizeof wrong[i]);
        CU_ASSERT_FALSE(ht_route_message_read(bytes, length, &message));
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_facts),
    UNIT_CASE(test_others),
};

UNIT_MAIN("net/route_message", cases)
