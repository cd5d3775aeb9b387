#include "net/user_connections.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Of a TCP header: its ports, which it begins with, and where its length stands, in words of 32
 * bits. */
#define PORTS_LENGTH 4
#define OFFSET_PLACE 12

bool ht_connections_init(struct ht_connections *connections)
{
    *connections = (struct ht_connections){
        .free = HT_NO_CONNECTION, .newest = HT_NO_CONNECTION, .oldest = HT_NO_CONNECTION};
    for (size_t i = 0; i < HT_CONNECTION_BUCKETS; i++)
        connections->buckets[i] = HT_NO_CONNECTION;
    connections->list = calloc(HT_CONNECTIONS_MAX, sizeof *connections->list);
    return connections->list != NULL;
}

void ht_connections_fini(struct ht_connections *connections)
{
    free(connections->list);
    connections->list = NULL;
}

static const uint8_t *header_of(const struct ht_outgoing *packet)
{
    return packet->bytes + HT_PACKET_HEADROOM;
}

/* By destination and ports. */
static uint32_t *bucket_of(struct ht_connections *connections, const struct ht_address *destination,
                           const uint8_t *header)
{
    uint32_t hash = ht_fnv1a(HT_FNV1A_START, destination->bytes, sizeof destination->bytes);
    hash = ht_fnv1a(hash, header, PORTS_LENGTH);
    return &connections->buckets[(hash ^ hash >> 16) % HT_CONNECTION_BUCKETS];
}

static bool is_of_flow(const struct ht_connection *connection, const struct ht_outgoing *packet)
{
    return memcmp(connection->header, header_of(packet), PORTS_LENGTH) == 0 &&
           ht_address_equal(&connection->destination, &packet->destination) &&
           ht_address_equal(&connection->source, &packet->source);
}

uint32_t ht_connections_find(const struct ht_connections *connections,
                             const struct ht_outgoing *packet)
{
    uint32_t index =
        *bucket_of((struct ht_connections *)connections, &packet->destination, header_of(packet));
    while (index != HT_NO_CONNECTION && !is_of_flow(&connections->list[index], packet))
        index = connections->list[index].next;
    return index;
}

static uint32_t take_free(struct ht_connections *connections)
{
    uint32_t index = connections->free;
    if (index != HT_NO_CONNECTION)
        connections->free = connections->list[index].next;
    else if (connections->made < HT_CONNECTIONS_MAX)
        index = connections->made++;
    return index;
}

static uint8_t header_length(const struct ht_outgoing *packet)
{
    size_t length = (size_t)(header_of(packet)[OFFSET_PLACE] >> 4) * 4;
    length = length < packet->length ? length : packet->length;
    return (uint8_t)(length < HT_TCP_HEADER_MAX ? length : HT_TCP_HEADER_MAX);
}

uint32_t ht_connections_add(struct ht_connections *connections, int fd, int64_t sent_ns,
                            const struct ht_outgoing *packet)
{
    uint32_t index = take_free(connections);
    if (index == HT_NO_CONNECTION)
        return index;
    uint32_t *bucket = bucket_of(connections, &packet->destination, header_of(packet));
    struct ht_connection *connection = &connections->list[index];
    *connection = (struct ht_connection){.fd = fd,
                                         .source = packet->source,
                                         .destination = packet->destination,
                                         .sent_ns = sent_ns,
                                         .next = *bucket,
                                         .newer = HT_NO_CONNECTION,
                                         .older = connections->newest,
                                         .header_length = header_length(packet)};
    memcpy(connection->header, header_of(packet), connection->header_length);
    *bucket = index;
    if (connections->newest != HT_NO_CONNECTION)
        connections->list[connections->newest].newer = index;
    else
        connections->oldest = index;
    connections->newest = index;
    return index;
}

static void unchain(struct ht_connections *connections, uint32_t index)
{
    const struct ht_connection *connection = &connections->list[index];
    uint32_t *link = bucket_of(connections, &connection->destination, connection->header);
    while (*link != index)
        link = &connections->list[*link].next;
    *link = connection->next;
}

void ht_connections_remove(struct ht_connections *connections, uint32_t index)
{
    struct ht_connection *connection = &connections->list[index];
    unchain(connections, index);
    if (connection->older != HT_NO_CONNECTION)
        connections->list[connection->older].newer = connection->newer;
    else
        connections->oldest = connection->newer;
    if (connection->newer != HT_NO_CONNECTION)
        connections->list[connection->newer].older = connection->older;
    else
        connections->newest = connection->older;
    connection->fd = -1;
    connection->next = connections->free;
    connections->free = index;
}

int64_t ht_connections_next_ns(const struct ht_connections *connections)
{
    if (connections->oldest == HT_NO_CONNECTION)
        return HT_NEVER;
    return ht_time_add(connections->list[connections->oldest].sent_ns, HT_CONNECTION_NS);
}
