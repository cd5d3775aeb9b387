/* Addresses as the socket calls want them, and back. */
#ifndef HT_NET_SOCKET_ADDRESS_H
#define HT_NET_SOCKET_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "hoptrace/address.h"

union ht_socket_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* AF_INET or AF_INET6 for enum ht_ip_version. */
int ht_socket_family(uint8_t ip_version);

/* Fills in an address with its scope, and a port in host order. Returns the length to pass on. */
socklen_t ht_socket_address_set(union ht_socket_address *socket_address,
                                const struct ht_address *address, uint16_t port);

/* HT_IP_NONE for any other family. */
struct ht_address ht_socket_address_get(const union ht_socket_address *socket_address);

#endif
