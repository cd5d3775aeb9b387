#include <arpa/inet.h>

#include "net/socket_address.h"
#include "unit.h"

static void test_socket_addresses(void)
{
    union ht_socket_address raw;
    struct ht_address address;
    CU_ASSERT(ht_address_parse("192.0.2.1", &address));
    CU_ASSERT_EQUAL(ht_socket_address_set(&raw, &address, 80), sizeof raw.ipv4);
    CU_ASSERT_EQUAL(raw.ipv4.sin_port, htons(80));
    struct ht_address back = ht_socket_address_get(&raw);
    CU_ASSERT(ht_address_equal(&address, &back));
    CU_ASSERT(ht_address_parse("fe80::1", &address));
    address.scope_id = 3;
    CU_ASSERT_EQUAL(ht_socket_address_set(&raw, &address, 0), sizeof raw.ipv6);
    back = ht_socket_address_get(&raw);
    CU_ASSERT(ht_address_equal(&address, &back));
    CU_ASSERT_EQUAL(back.scope_id, 3);
    raw.any.sa_family = AF_UNIX;
    CU_ASSERT_EQUAL(ht_socket_address_get(&raw).version, HT_IP_NONE);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_socket_addresses),
};

UNIT_MAIN("net/socket_address", cases)
