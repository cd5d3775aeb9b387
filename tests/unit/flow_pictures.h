/* Flow maps from pictures: a line a flow, a character a ttl.
 *   a to z  a router        A to Z  the flow ends there
 *   -       silent: 5 tries .       nothing is known */
#ifndef HT_TESTS_FLOW_PICTURES_H
#define HT_TESTS_FLOW_PICTURES_H

#include "probing/multipath/multipath.h"

static inline struct ht_address picture_address(char node)
{
    const uint8_t bytes[4] = {192, 0, 2, (uint8_t)node};
    return ht_address_from_bytes(bytes, sizeof bytes);
}

/* Enters one probe; '.' asks it only. */
static inline void picture_take(struct ht_flow_map *map, uint16_t flow, uint8_t ttl, char node)
{
    struct ht_multipath_probe probe = {.flow = flow, .ttl = ttl};
    struct ht_address address = picture_address(node);
    bool ends = node >= 'A' && node <= 'Z';
    for (int i = 0; node == '-' && i < 5; i++)
        ht_multipath_take(map, probe, HT_MULTIPATH_SILENT, NULL);
    if (node != '-' && node != '.')
        ht_multipath_take(map, probe, ends ? HT_MULTIPATH_ENDED : HT_MULTIPATH_ANSWERED, &address);
}

/* `flows`: up to NULL, or `max`. */
static inline void picture_enter(struct ht_flow_map *map, const char *const *flows, uint16_t max)
{
    for (uint16_t flow = 0; flow < max && flows[flow] != NULL; flow++) {
        for (uint8_t i = 0; flows[flow][i] != '\0'; i++)
            picture_take(map, flow, (uint8_t)(i + 1), flows[flow][i]);
    }
}

/* The letter of a node; '^' this host, '-' a silent one, '?' none. */
static inline char picture_letter(const struct ht_path_view *view, uint16_t node)
{
    if (node == HT_HOST_NODE)
        return '^';
    if (!ht_is_node(node))
        return '?';
    const struct ht_map_node *known = &view->map->nodes[node - 1];
    return known->kind == HT_NODE_SILENT ? '-' : (char)known->address.bytes[3];
}

#endif
