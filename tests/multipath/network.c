#include "network.h"

#include <string.h>

#include "random.h"

static uint64_t hash(uint64_t seed, uint64_t node, uint64_t flow)
{
    uint64_t state = seed ^ (node << 32) ^ (flow << 8);
    (void)random_bits(&state);
    return random_bits(&state);
}

static uint8_t choose(const struct net_node *node, uint64_t bits)
{
    unsigned sum = 0;
    for (uint8_t i = 0; i < node->next_count; i++)
        sum += node->weights[i];
    unsigned mark = (unsigned)((bits >> 33) % sum);
    uint8_t i = 0;
    while (mark >= node->weights[i])
        mark -= node->weights[i++];
    return node->next[i];
}

uint8_t net_walk(const struct net *net, uint64_t seed, uint64_t *chance, uint32_t flow, uint8_t ttl)
{
    uint8_t at = 0;
    for (uint8_t i = 0; i < ttl && net->nodes[at].next_count > 0; i++) {
        const struct net_node *node = &net->nodes[at];
        at = choose(node, node->packet ? random_bits(chance) : hash(seed, at, flow));
    }
    return at;
}

uint8_t net_probe(const struct net *net, uint64_t seed, uint64_t *chance, uint32_t flow,
                  uint8_t ttl)
{
    uint8_t at = net_walk(net, seed, chance, flow, ttl);
    if (net->nodes[at].limited && random_chance(chance, 0.5))
        return NET_LIMITED;
    return net->nodes[at].silent || random_chance(chance, net->loss) ? NET_LOST : at;
}

struct ht_address net_address(uint8_t node)
{
    const uint8_t bytes[4] = {10, 0, 0, node};
    return ht_address_from_bytes(bytes, sizeof bytes);
}

uint8_t net_node_of(const struct ht_address *address)
{
    return address->bytes[3];
}

void net_link(struct net *net, uint8_t from, uint8_t to, uint8_t weight)
{
    struct net_node *node = &net->nodes[from];
    node->next[node->next_count] = to;
    node->weights[node->next_count++] = weight;
}

uint8_t net_add(struct net *net, const uint8_t *from, uint8_t count)
{
    uint8_t node = net->count++;
    for (uint8_t i = 0; i < count; i++)
        net_link(net, from[i], node, 1);
    return node;
}

void net_widen(struct net *net, const uint8_t *from, uint8_t count, uint8_t *to, uint8_t width)
{
    for (uint8_t i = 0; i < width; i++)
        to[i] = net_add(net, from, count);
}
