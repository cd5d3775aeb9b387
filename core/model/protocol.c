#include "model/protocol.h"

/* UDP: traceroute's first port, 32768 + 666, which no service has. TCP: the port of web servers,
 * which most firewalls let through; no payload, since a SYN with data is no client's. */
const struct ht_protocol_row ht_protocols[HT_PROTOCOLS] = {
    [HT_ICMP] = {.name = "icmp", .port = 0, .payload_size = 32},
    [HT_UDP] = {.name = "udp", .port = 33434, .payload_size = 32},
    [HT_TCP] = {.name = "tcp", .port = 80, .payload_size = 0},
};

uint16_t ht_settings_port(const struct ht_settings *settings)
{
    uint16_t usual = ht_protocols[settings->protocol].port;
    return usual == 0 || settings->port == 0 ? usual : settings->port;
}

/* Several flows are many probes already: a hop's answers by all of them are its figure. */
uint16_t ht_settings_probes(const struct ht_settings *settings)
{
    if (settings->probes != HT_PROBES_OF_FLOWS)
        return settings->probes;
    return settings->flows > 1 ? 1 : 3;
}

uint16_t ht_settings_most_flows(const struct ht_settings *settings)
{
    return settings->flows == HT_FLOWS_ALL ? HT_FLOWS_SEARCHED : settings->flows;
}

uint16_t ht_settings_payload_size(const struct ht_settings *settings)
{
    return settings->payload_size != HT_PAYLOAD_OF_PROTOCOL
               ? settings->payload_size
               : ht_protocols[settings->protocol].payload_size;
}
