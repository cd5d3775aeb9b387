#include "wire/quoted_fields.h"

#include <stdbool.h>
#include <string.h>

#include "wire/transport.h"

static void enter(struct ht_quoted_fields *fields, enum ht_quoted_field field, bool same)
{
    fields->shown |= (uint8_t)(1U << field);
    if (!same)
        fields->rewritten |= (uint8_t)(1U << field);
}

/* As ht_address_equal, inline: twice for every ICMP error. */
static bool is_same(const struct ht_address *quoted, const struct ht_address *sent)
{
    return quoted->version == sent->version &&
           memcmp(quoted->bytes, sent->bytes, sizeof sent->bytes) == 0;
}

struct ht_quoted_fields ht_quoted_fields_of(const struct ht_reply *reply,
                                            const struct ht_flow *flow,
                                            const struct ht_probe_id *name)
{
    const struct ht_transport *transport = ht_transport_of(flow);
    struct ht_quoted_fields fields = {0};
    enter(&fields, HT_QUOTED_SOURCE, is_same(&reply->quoted_source, &flow->source));
    if (reply->shows_checksum)
        enter(&fields, HT_QUOTED_CHECKSUM, reply->checksum == transport->checksum(flow, name));
    if (flow->destination.version == HT_IPV4)
        enter(&fields, HT_QUOTED_ID, reply->ip_id == name->ip_id);
    else
        enter(&fields, HT_QUOTED_FLOW_LABEL, reply->flow_label == flow->flow_label);
    if (transport->sequence_shift != NULL)
        enter(&fields, HT_QUOTED_SEQUENCE, transport->sequence_shift(reply, flow) == 0);
    enter(&fields, HT_QUOTED_DESTINATION, is_same(&reply->destination, &flow->destination));
    if (transport->has_ports)
        enter(&fields, HT_QUOTED_PORT, reply->port == flow->port);
    return fields;
}
