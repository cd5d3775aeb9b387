#include "probing/log/node_parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The block, made as large as `size` bytes and set to these; NULL, and it is freed: there are none,
 * or no memory. */
static void *replace(const void *block, const void *bytes, size_t size)
{
    void *room = size > 0 ? realloc((void *)block, size) : NULL;
    if (room != NULL)
        return memcpy(room, bytes, size);
    free((void *)block);
    return NULL;
}

void ht_node_set_labels(struct ht_node_facts *node, const struct ht_mpls *labels, size_t count)
{
    node->mpls = replace(node->mpls, labels, count * sizeof *labels);
    node->mpls_count = node->mpls != NULL ? (uint8_t)count : 0;
}

void ht_node_set_interfaces(struct ht_node_facts *node, const struct ht_interface *interfaces,
                            size_t count)
{
    node->interfaces = replace(node->interfaces, interfaces, count * sizeof *interfaces);
    node->interface_count = node->interfaces != NULL ? (uint8_t)count : 0;
}

bool ht_node_own_parts(struct ht_node_facts *node)
{
    const struct ht_node_facts other = *node;
    node->mpls = NULL;
    node->interfaces = NULL;
    ht_node_set_labels(node, other.mpls, other.mpls_count);
    ht_node_set_interfaces(node, other.interfaces, other.interface_count);
    if (node->mpls_count == other.mpls_count && node->interface_count == other.interface_count)
        return true;
    ht_node_free_parts(node);
    return false;
}

void ht_node_free_parts(struct ht_node_facts *node)
{
    if (node->mpls != NULL)
        ht_node_set_labels(node, NULL, 0);
    if (node->interfaces != NULL)
        ht_node_set_interfaces(node, NULL, 0);
}
