#include "api/where_event.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/address.h"
#include "hoptrace/names.h"
#include "model/hop.h"

#define US_A_MS 1000.0

/* "hop 255 (ADDRESS)" */
#define HOP_TEXT_MAX (HT_ADDRESS_TEXT_MAX + 16)

static const struct {
    enum ht_event_kind kind;
    enum ht_severity severity;
} told_as[HT_WHERE_KINDS] = {
    [HT_WHERE_LOSS_BEGAN] = {HT_EVENT_LOSS_BEGAN, HT_SEVERITY_WARNING},
    [HT_WHERE_LOSS_ENDED] = {HT_EVENT_LOSS_ENDED, HT_SEVERITY_OKAY},
    [HT_WHERE_UNREACHED] = {HT_EVENT_UNREACHED, HT_SEVERITY_FAILURE},
    [HT_WHERE_REACHED] = {HT_EVENT_REACHED, HT_SEVERITY_OKAY},
    [HT_WHERE_RTT_ROSE] = {HT_EVENT_RTT_ROSE, HT_SEVERITY_WARNING},
    [HT_WHERE_RTT_FELL] = {HT_EVENT_RTT_FELL, HT_SEVERITY_OKAY},
};

enum ht_event_kind ht_where_event_kind(enum ht_where_kind kind)
{
    return told_as[kind].kind;
}

/* --- addresses ----------------------------------------------------------------------------- */

static const struct ht_address *main_of_record(const struct ht_report *report, uint8_t ttl)
{
    const struct ht_node *node = NULL;
    for (size_t i = 0; i < report->listed_hops && node == NULL; i++) {
        if (report->hops[i].ttl == ttl)
            node = ht_hop_main_node(&report->hops[i]);
    }
    return node != NULL ? &node->facts.address : NULL;
}

/* Of the hop as it is known, or as the record shows it; HT_IP_NONE: neither. */
static struct ht_address address_at(const struct ht_scheduled_target *scheduled,
                                    const struct ht_report *report, uint8_t ttl)
{
    static const struct ht_address none = {.version = HT_IP_NONE};
    const struct ht_path_memory *memory = scheduled->remembered->memories[0];
    const struct ht_known_hop *hop = ht_path_memory_hop(memory, ttl);
    const struct ht_known_address *known = hop != NULL ? ht_known_main(hop) : NULL;
    if (ttl == 0)
        return report->source;
    if (ttl == memory->where.destination_ttl)
        return report->address;
    const struct ht_address *address =
        known != NULL ? &known->address : main_of_record(report, ttl);
    return address != NULL ? *address : none;
}

size_t ht_where_event_chain(const struct ht_scheduled_target *scheduled,
                            const struct ht_report *report, struct ht_span place,
                            struct ht_address *chain)
{
    size_t count = 0;
    for (unsigned ttl = place.after_hop; place.by_hop != 0 && ttl <= place.by_hop; ttl++) {
        chain[count] = address_at(scheduled, report, (uint8_t)ttl);
        count += chain[count].version != HT_IP_NONE;
    }
    return count;
}

/* --- facts --------------------------------------------------------------------------------- */

static void set_place(const struct ht_scheduled_target *scheduled, const struct ht_report *report,
                      struct ht_span place, struct ht_event *event)
{
    const struct ht_zones *zones = &scheduled->engine->zones;
    event->has_place = place.by_hop != 0;
    if (!event->has_place)
        return;
    event->after_hop = place.after_hop;
    event->by_hop = place.by_hop;
    event->after_address = address_at(scheduled, report, place.after_hop);
    event->by_address = address_at(scheduled, report, place.by_hop);
    event->after_zone = ht_zones_name(zones, event->after_address.scope_id);
    event->by_zone = ht_zones_name(zones, event->by_address.scope_id);
}

static void set_last_hop(const struct ht_scheduled_target *scheduled,
                         const struct ht_report *report, struct ht_event *event)
{
    event->status = report->status;
    event->stop_reason = report->stop_reason;
    for (size_t i = report->listed_hops; i > 0; i--) {
        const struct ht_node *node = ht_hop_main_node(&report->hops[i - 1]);
        if (node == NULL)
            continue;
        event->last_hop = report->hops[i - 1].ttl;
        event->last_address = node->facts.address;
        event->last_zone = ht_zones_name(&scheduled->engine->zones, event->last_address.scope_id);
        return;
    }
}

static double ms_of(uint32_t time_us)
{
    return time_us > 0 ? time_us / US_A_MS : NAN;
}

static void set_facts(const struct ht_scheduled_target *scheduled, const struct ht_report *report,
                      const struct ht_where_event *found, struct ht_event *event)
{
    const struct ht_where_verdict *verdict = &scheduled->news->verdict;
    switch (found->kind) {
    case HT_WHERE_LOSS_BEGAN:
    case HT_WHERE_LOSS_ENDED:
        if (verdict->window.sent > 0)
            event->loss_percent = 100 * ht_counts_loss(verdict->window);
        break;
    case HT_WHERE_RTT_ROSE:
    case HT_WHERE_RTT_FELL:
        event->rtt_ms = ms_of(verdict->time.recent_us);
        if (!found->became_usual && !found->path_changed)
            event->usual_rtt_ms = ms_of(verdict->time.usual_us);
        break;
    default:
        set_last_hop(scheduled, report, event);
    }
}

/* --- the message --------------------------------------------------------------------------- */

/* Appends this part if the message has room for all of it; else it is left out, and false. */
__attribute__((format(printf, 2, 3))) static bool append(struct ht_event *event, const char *format,
                                                         ...)
{
    char part[HT_EVENT_MESSAGE_MAX];
    size_t length = strlen(event->message);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    if (size < 0 || length + (size_t)size >= sizeof event->message)
        return false;
    memcpy(event->message + length, part, (size_t)size + 1);
    return true;
}

static void format_hop(uint8_t ttl, const struct ht_address *address, char text[HOP_TEXT_MAX])
{
    char name[HT_ADDRESS_TEXT_MAX];
    if (ttl == 0)
        (void)snprintf(text, HOP_TEXT_MAX, "this host");
    else if (address->version == HT_IP_NONE)
        (void)snprintf(text, HOP_TEXT_MAX, "hop %u", (unsigned)ttl);
    else
        (void)snprintf(text, HOP_TEXT_MAX, "hop %u (%s)", (unsigned)ttl,
                       ht_address_format(address, name));
}

/* With the hops' numbers alone, where their addresses find no room. */
static void append_place(struct ht_event *event, const char *before)
{
    char after[HOP_TEXT_MAX];
    char by[HOP_TEXT_MAX];
    if (!event->has_place)
        return;
    format_hop(event->after_hop, &event->after_address, after);
    format_hop(event->by_hop, &event->by_address, by);
    if (!append(event, "%s between %s and %s", before, after, by))
        (void)append(event, "%s between hop %u and hop %u", before, (unsigned)event->after_hop,
                     (unsigned)event->by_hop);
}

static void describe_fall(const struct ht_where_event *found, struct ht_event *event)
{
    if (found->became_usual)
        (void)append(event, "the risen time, %.1f ms, is the usual one now", event->rtt_ms);
    else if (found->path_changed)
        (void)append(event, "another path, of which no time is usual yet");
    else
        (void)append(event, "the time fell to %.1f ms, usual are %.1f ms", event->rtt_ms,
                     event->usual_rtt_ms);
}

static void describe_outage(struct ht_event *event)
{
    char last[HOP_TEXT_MAX];
    format_hop(event->last_hop, &event->last_address, last);
    (void)append(event, "no answer of the target in two rounds");
    if (event->last_hop == 0)
        (void)append(event, ", nor of a router");
    else
        (void)append(event, ", the last one is of %s", last);
    append_place(event, ", it breaks");
}

static void describe(const struct ht_where_event *found, struct ht_event *event)
{
    (void)append(event, "path to %.*s: ", HT_NAME_MAX, event->name);
    switch (found->kind) {
    case HT_WHERE_LOSS_BEGAN:
        (void)append(event, "loss of %.1f %% begins", event->loss_percent);
        append_place(event, "");
        break;
    case HT_WHERE_LOSS_ENDED:
        (void)append(event, "loss has ended, %.1f %% are left", event->loss_percent);
        append_place(event, ", it was");
        break;
    case HT_WHERE_RTT_ROSE:
        (void)append(event, "the time rose from %.1f to %.1f ms", event->usual_rtt_ms,
                     event->rtt_ms);
        append_place(event, "");
        break;
    case HT_WHERE_RTT_FELL:
        describe_fall(found, event);
        break;
    case HT_WHERE_UNREACHED:
        describe_outage(event);
        break;
    default:
        (void)append(event, "the target answers again");
    }
    if (found->untold > 0)
        (void)append(event, " (and %u more before, which were not told)", found->untold);
}

void ht_where_event_fill(const struct ht_scheduled_target *scheduled,
                         const struct ht_report *report, const struct ht_where_event *found,
                         struct ht_event *event)
{
    event->severity = told_as[found->kind].severity;
    event->time_ns = found->time_ns;
    set_place(scheduled, report, found->place, event);
    set_facts(scheduled, report, found, event);
    describe(found, event);
}
