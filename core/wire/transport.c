#include "wire/transport.h"

const struct ht_transport *const ht_transports[HT_PROTOCOLS] = {
    [HT_ICMP] = &ht_transport_echo,
    [HT_UDP] = &ht_transport_udp,
    [HT_TCP] = &ht_transport_tcp,
};
