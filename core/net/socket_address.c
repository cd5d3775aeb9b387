#include "net/socket_address.h"

#include <arpa/inet.h>
#include <string.h>

int ht_socket_family(uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? AF_INET : AF_INET6;
}

socklen_t ht_socket_address_set(union ht_socket_address *socket_address,
                                const struct ht_address *address, uint16_t port)
{
    if (address->version == HT_IPV4) {
        struct sockaddr_in *ipv4 = &socket_address->ipv4;
        *ipv4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&ipv4->sin_addr, address->bytes, sizeof ipv4->sin_addr);
        return sizeof *ipv4;
    }
    struct sockaddr_in6 *ipv6 = &socket_address->ipv6;
    *ipv6 = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = address->scope_id};
    memcpy(&ipv6->sin6_addr, address->bytes, sizeof ipv6->sin6_addr);
    return sizeof *ipv6;
}

struct ht_address ht_socket_address_get(const union ht_socket_address *socket_address)
{
    struct ht_address address = {.version = HT_IP_NONE};
    if (socket_address->any.sa_family == AF_INET) {
        address.version = HT_IPV4;
        memcpy(address.bytes, &socket_address->ipv4.sin_addr, 4);
    } else if (socket_address->any.sa_family == AF_INET6) {
        address.version = HT_IPV6;
        memcpy(address.bytes, &socket_address->ipv6.sin6_addr, 16);
        address.scope_id = socket_address->ipv6.sin6_scope_id;
    }
    return address;
}
