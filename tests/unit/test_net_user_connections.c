/* The table of connections: found by their flow, given up by their age. */
#include "net/user_connections.h"

#include <string.h>

#include "base/bytes.h"
#include "unit.h"

static struct ht_connections connections;
static struct ht_outgoing packet;

/* The SYN of a flow to the port, by the last byte of an address. */
static const struct ht_outgoing *syn(uint8_t host, uint16_t port)
{
    memset(&packet, 0, sizeof packet);
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &packet.source));
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.1", &packet.destination));
    packet.destination.bytes[3] = host;
    packet.length = 40;
    uint8_t *header = packet.bytes + HT_PACKET_HEADROOM;
    ht_store_u16(header, 61001);
    ht_store_u16(header + 2, port);
    header[12] = 40 / 4 << 4;
    header[39] = host;
    return &packet;
}

static void begin(void)
{
    CU_ASSERT_TRUE_FATAL(ht_connections_init(&connections));
}

static void connections_are_found_by_their_flow(void)
{
    begin();
    uint32_t first = ht_connections_add(&connections, 5, 100, syn(1, 80));
    uint32_t second = ht_connections_add(&connections, 6, 100, syn(1, 443));
    uint32_t third = ht_connections_add(&connections, 7, 200, syn(2, 80));
    CU_ASSERT_EQUAL(ht_connections_find(&connections, syn(1, 80)), first);
    CU_ASSERT_EQUAL(ht_connections_find(&connections, syn(1, 443)), second);
    CU_ASSERT_EQUAL(ht_connections_find(&connections, syn(2, 80)), third);
    CU_ASSERT_EQUAL(ht_connections_find(&connections, syn(2, 443)), HT_NO_CONNECTION);
    CU_ASSERT_EQUAL(connections.list[third].fd, 7);
    CU_ASSERT_EQUAL(connections.list[third].header_length, 40);
    CU_ASSERT_EQUAL(connections.list[third].header[39], 2);
    ht_connections_remove(&connections, second);
    CU_ASSERT_EQUAL(ht_connections_find(&connections, syn(1, 443)), HT_NO_CONNECTION);
    CU_ASSERT_EQUAL(ht_connections_find(&connections, syn(1, 80)), first);
    ht_connections_fini(&connections);
}

static void the_oldest_is_given_up_first(void)
{
    begin();
    CU_ASSERT_EQUAL(ht_connections_next_ns(&connections), HT_NEVER);
    uint32_t first = ht_connections_add(&connections, 5, 100, syn(1, 80));
    uint32_t second = ht_connections_add(&connections, 6, 200, syn(2, 80));
    uint32_t third = ht_connections_add(&connections, 7, 300, syn(3, 80));
    CU_ASSERT_EQUAL(ht_connections_next_ns(&connections), 100 + HT_CONNECTION_NS);
    ht_connections_remove(&connections, second);
    CU_ASSERT_EQUAL(ht_connections_next_ns(&connections), 100 + HT_CONNECTION_NS);
    ht_connections_remove(&connections, first);
    CU_ASSERT_EQUAL(ht_connections_next_ns(&connections), 300 + HT_CONNECTION_NS);
    ht_connections_remove(&connections, third);
    CU_ASSERT_EQUAL(ht_connections_next_ns(&connections), HT_NEVER);
    ht_connections_fini(&connections);
}

/* Many in few buckets, in and out in another order. */
static void there_is_room_for_as_many_as_said(void)
{
    begin();
    for (uint32_t i = 0; i < HT_CONNECTIONS_MAX; i++)
        CU_ASSERT_FATAL(
            ht_connections_add(&connections, (int)i, i, syn((uint8_t)i, (uint16_t)(1 + i / 256))) !=
            HT_NO_CONNECTION);
    CU_ASSERT_EQUAL(ht_connections_add(&connections, 1, 1, syn(1, 9999)), HT_NO_CONNECTION);
    for (uint32_t i = 0; i < HT_CONNECTIONS_MAX; i += 2)
        ht_connections_remove(
            &connections,
            ht_connections_find(&connections, syn((uint8_t)i, (uint16_t)(1 + i / 256))));
    for (uint32_t i = 0; i < HT_CONNECTIONS_MAX; i++) {
        uint32_t found =
            ht_connections_find(&connections, syn((uint8_t)i, (uint16_t)(1 + i / 256)));
        CU_ASSERT_EQUAL(found == HT_NO_CONNECTION, i % 2 == 0);
        if (i % 2 == 1)
            CU_ASSERT_EQUAL(connections.list[found].fd, (int)i);
    }
    CU_ASSERT_EQUAL(ht_connections_next_ns(&connections), 1 + HT_CONNECTION_NS);
    CU_ASSERT(ht_connections_add(&connections, 1, HT_CONNECTIONS_MAX, syn(0, 9999)) !=
              HT_NO_CONNECTION);
    ht_connections_fini(&connections);
}

/* The header's own length is not trusted beyond the packet, nor beyond what a header can be. */
static void headers_are_cut_to_what_is_there(void)
{
    begin();
    (void)syn(1, 80);
    packet.length = 24;
    uint32_t index = ht_connections_add(&connections, 5, 1, &packet);
    CU_ASSERT_EQUAL(connections.list[index].header_length, 24);
    ht_connections_fini(&connections);
}

static const struct unit_case cases[] = {
    UNIT_CASE(connections_are_found_by_their_flow),
    UNIT_CASE(the_oldest_is_given_up_first),
    UNIT_CASE(there_is_room_for_as_many_as_said),
    UNIT_CASE(headers_are_cut_to_what_is_there),
};

UNIT_MAIN("net/user_connections", cases)
