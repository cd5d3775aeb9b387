#include "output/fields.h"

#include <string.h>

#include "hoptrace/names.h"
#include "output/field_table.h"
#include "output/format.h"

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
    return scope == HT_FIELD_OF_REPORT
               ? sort_for_json(ht_report_fields, HT_REPORT_FIELDS, scope, order)
               : sort_for_json(ht_hop_fields, HT_HOP_FIELDS, scope, order);
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
    return last_position(of_report, sort_for_metrics(ht_hop_fields, HT_HOP_FIELDS, order));
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
           is_key_of_fields(ht_hop_fields, HT_HOP_FIELDS, name);
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

const char *ht_field_family(const void *report)
{
    enum ht_family family = ((const struct ht_report *)report)->family;
    return family != HT_FAMILY_ANY ? ht_family_name(family) : NULL;
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
