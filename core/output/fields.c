#include "output/fields.h"

#include <string.h>

#include "hoptrace/names.h"
#include "output/field_table.h"
#include "output/format.h"

_Static_assert(HT_QUOTED_FIELDS <= HT_WORDS_MAX, "each has a word");

/* ---- order ---- */

static size_t last_position(size_t last, size_t position)
{
    return position > last ? position : last;
}

static size_t sort_for_json(const struct ht_field *fields, size_t count, enum ht_field_scope scope,
                            const struct ht_field *order[HT_POSITIONS_MAX])
{
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        size_t position = fields[i].json.position;
        if (fields[i].scope != scope || position == 0)
            continue;
        order[position - 1] = &fields[i];
        last = last_position(last, position);
    }
    return last;
}

size_t ht_fields_in_json(enum ht_field_scope scope, const struct ht_field *order[HT_POSITIONS_MAX])
{
    if (scope == HT_FIELD_OF_REPORT || scope == HT_FIELD_OF_WINDOW ||
        scope == HT_FIELD_OF_MULTIPATH || scope == HT_FIELD_OF_MTU)
        return sort_for_json(ht_report_fields, HT_REPORT_FIELDS, scope, order);
    if (scope == HT_FIELD_OF_FLOW || scope == HT_FIELD_OF_LINK || scope == HT_FIELD_OF_BALANCER)
        return sort_for_json(ht_flow_fields, HT_FLOW_FIELDS, scope, order);
    if (scope == HT_FIELD_OF_MARKING || scope == HT_FIELD_OF_TRANSLATOR ||
        scope == HT_FIELD_OF_INTERFACE || scope == HT_FIELD_OF_MTU_LIMIT)
        return sort_for_json(ht_packet_fields, HT_PACKET_FIELDS, scope, order);
    if (scope == HT_FIELD_OF_EVENT)
        return sort_for_json(ht_event_fields_of_all, HT_EVENT_FIELDS, scope, order);
    return sort_for_json(ht_hop_fields, HT_HOP_FIELDS, scope, order);
}

static size_t sort_for_metrics(const struct ht_field *fields, size_t count,
                               const struct ht_field *order[HT_POSITIONS_MAX])
{
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        size_t position = fields[i].metric.position;
        if (position == 0)
            continue;
        order[position - 1] = &fields[i];
        last = last_position(last, position);
    }
    return last;
}

size_t ht_fields_in_metrics(const struct ht_field *order[HT_POSITIONS_MAX])
{
    size_t of_report = sort_for_metrics(ht_report_fields, HT_REPORT_FIELDS, order);
    size_t of_hops = sort_for_metrics(ht_hop_fields, HT_HOP_FIELDS, order);
    size_t of_flows = sort_for_metrics(ht_flow_fields, HT_FLOW_FIELDS, order);
    return last_position(last_position(of_report, of_hops), of_flows);
}

size_t ht_stats_in_json(const struct ht_stat *order[HT_POSITIONS_MAX])
{
    for (size_t i = 0; i < HT_STATS; i++)
        order[ht_stats[i].json.position - 1] = &ht_stats[i];
    return HT_STATS;
}

/* ---- names ---- */

/* `key` has a comma before the name and a sign behind it. */
static bool is_key(const struct ht_influx_key *key, const char *name)
{
    return key->bytes != NULL && key->bytes[1] == name[0] &&
           strncmp(key->bytes + 1, name, key->length - 2) == 0 && name[key->length - 2] == '\0';
}

static bool is_key_of_fields(const struct ht_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].type != HT_FIELD_RTT && is_key(&fields[i].influx, name))
            return true;
    }
    return false;
}

bool ht_field_is_in_influx(const char *name)
{
    for (size_t i = 0; i < HT_STATS; i++) {
        if (is_key(&ht_stats[i].influx, name))
            return true;
    }
    return is_key_of_fields(ht_report_fields, HT_REPORT_FIELDS, name) ||
           is_key_of_fields(ht_hop_fields, HT_HOP_FIELDS, name) ||
           is_key_of_fields(ht_flow_fields, HT_FLOW_FIELDS, name);
}

bool ht_field_is_in_event(enum ht_event_kind kind, const char *name)
{
    const struct ht_event_field *own = ht_event_fields(kind);
    while (own->name != NULL && strcmp(own->name, name) != 0)
        own++;
    return own->name != NULL || is_key_of_fields(ht_event_fields_of_all, HT_EVENT_FIELDS, name);
}

/* ---- events ---- */

struct ht_field ht_field_of_event(const struct ht_event_field *own)
{
    static const enum ht_field_type types[] = {
        [HT_EVENT_FIELD_UINT8] = HT_FIELD_UINT8,     [HT_EVENT_FIELD_UINT16] = HT_FIELD_UINT16,
        [HT_EVENT_FIELD_UINT32] = HT_FIELD_UINT32,   [HT_EVENT_FIELD_HEX] = HT_FIELD_HEX,
        [HT_EVENT_FIELD_BOOLEAN] = HT_FIELD_BOOLEAN, [HT_EVENT_FIELD_MS] = HT_FIELD_MS,
        [HT_EVENT_FIELD_PERCENT] = HT_FIELD_PERCENT, [HT_EVENT_FIELD_WORD] = HT_FIELD_WORD,
        [HT_EVENT_FIELD_ADDRESS] = HT_FIELD_ADDRESS, [HT_EVENT_FIELD_STRINGS] = HT_FIELD_STRINGS,
    };
    return (struct ht_field){.scope = HT_FIELD_OF_EVENT,
                             .type = types[own->type],
                             .offset = own->offset,
                             .zone = own->zone,
                             .count = own->count,
                             .word = own->word,
                             .known = own->known,
                             .json = {.name = own->name}};
}

/* ---- words ---- */

const char *ht_field_schema(const void *report)
{
    (void)report;
    return "hoptrace/1";
}

const char *ht_field_name(const void *report)
{
    return ht_report_name(report);
}

static const char *known_family(enum ht_family family)
{
    return family != HT_FAMILY_ANY ? ht_family_name(family) : NULL;
}

const char *ht_field_family(const void *report)
{
    return known_family(((const struct ht_report *)report)->family);
}

const char *ht_field_protocol(const void *report)
{
    return ht_protocol_name(((const struct ht_report *)report)->protocol);
}

const char *ht_field_status(const void *report)
{
    return ht_status_name(((const struct ht_report *)report)->status);
}

const char *ht_field_stop_reason(const void *report)
{
    return ht_stop_reason_name(((const struct ht_report *)report)->stop_reason);
}

const char *ht_field_time_source(const void *report)
{
    return ht_time_source_name(((const struct ht_report *)report)->time_source);
}

const char *ht_field_flow_status(const void *flow)
{
    return ht_status_name(((const struct ht_flow_result *)flow)->status);
}

const char *ht_field_balanced_by(const void *balancer)
{
    return ((const struct ht_balancer *)balancer)->by_packet ? "packet" : "flow";
}

const char *ht_field_marking_part(const void *marking, unsigned index)
{
    const struct ht_marking *change = marking;
    unsigned differs = change->from ^ change->to;
    if (index == 0 && (differs & ~HT_ECN_MASK) != 0)
        return "dscp";
    return index == 1 && (differs & HT_ECN_MASK) != 0 ? "ecn" : NULL;
}

const char *ht_field_translated(const void *translator, unsigned index)
{
    static const char *const names[HT_QUOTED_FIELDS] = {
        [HT_QUOTED_CHECKSUM] = "checksum",
        [HT_QUOTED_ID] = "id",
        [HT_QUOTED_SOURCE] = "source",
        [HT_QUOTED_SEQUENCE] = "sequence",
        [HT_QUOTED_FLOW_LABEL] = "flow_label",
        [HT_QUOTED_DESTINATION] = "destination",
        [HT_QUOTED_PORT] = "port",
    };
    const struct ht_translator *at = translator;
    return index < HT_QUOTED_FIELDS && (at->what >> index & 1) != 0 ? names[index] : NULL;
}

const char *ht_field_interface_role(const void *interface)
{
    static const char *const names[] = {[HT_INTERFACE_INCOMING] = "incoming",
                                        [HT_INTERFACE_SUB_INCOMING] = "sub_incoming",
                                        [HT_INTERFACE_OUTGOING] = "outgoing",
                                        [HT_INTERFACE_NEXT_HOP] = "next_hop"};
    return names[((const struct ht_interface *)interface)->role];
}

const char *ht_field_sockets(const void *report)
{
    enum ht_sockets_kind kind = ((const struct ht_report *)report)->sockets;
    return kind != HT_SOCKETS_AUTO ? ht_sockets_kind_name(kind) : NULL;
}

const char *ht_field_event_schema(const void *event)
{
    (void)event;
    return "hoptrace-event/1";
}

const char *ht_field_event(const void *event)
{
    return ht_event_name(((const struct ht_event *)event)->kind);
}

const char *ht_field_severity(const void *event)
{
    return ht_severity_name(((const struct ht_event *)event)->severity);
}

const char *ht_field_event_name(const void *event)
{
    return ht_event_target(event);
}

const char *ht_field_event_family(const void *event)
{
    return known_family(((const struct ht_event *)event)->family);
}

const char *ht_field_event_protocol(const void *event)
{
    return ht_protocol_name(((const struct ht_event *)event)->protocol);
}
