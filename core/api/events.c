#include "api/events.h"

#include <stdio.h>
#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"

/* What every event has of its record. */
static void begin(const struct ht_report *report, enum ht_event_kind kind, struct ht_event *event)
{
    *event = (struct ht_event){.kind = kind,
                               .name = report->name,
                               .host = report->host,
                               .tags = report->tags,
                               .tag_count = report->tag_count,
                               .user = report->user,
                               .address = report->address,
                               .address_zone = report->address_zone,
                               .family = report->family,
                               .protocol = report->protocol,
                               .port = report->port,
                               .time_ns = report->time_ns};
}

static void set_addresses(const struct ht_zones *zones, const struct ht_address *old_address,
                          const struct ht_address *new_address, struct ht_event *event)
{
    event->old_address = *old_address;
    event->new_address = *new_address;
    event->old_zone = ht_zones_name(zones, old_address->scope_id);
    event->new_zone = ht_zones_name(zones, new_address->scope_id);
}

/* A name of HT_NAME_MAX bytes with two addresses of 45 fits; what follows may not. */
static void describe_path(const struct ht_path_change *change, struct ht_event *event)
{
    char was[HT_ADDRESS_TEXT_MAX];
    char is[HT_ADDRESS_TEXT_MAX];
    char tail[64] = "";
    int length = snprintf(event->message, sizeof event->message,
                          "path to %.*s: hop %u is now %s, was %s", HT_NAME_MAX, event->name,
                          (unsigned)change->ttl, ht_address_format(&event->new_address, is),
                          ht_address_format(&event->old_address, was));
    if (change->old_hops != change->new_hops)
        (void)snprintf(tail, sizeof tail, ", %u hops, were %u", (unsigned)change->new_hops,
                       (unsigned)change->old_hops);
    if (change->seen_before)
        (void)snprintf(tail + strlen(tail), sizeof tail - strlen(tail),
                       ", an earlier path is back");
    if (length > 0 && (size_t)length + strlen(tail) < sizeof event->message)
        memcpy(event->message + length, tail, strlen(tail) + 1);
}

static void tell_path(const struct ht_engine *engine, const struct ht_path_change *change,
                      const struct ht_report *report)
{
    struct ht_event event;
    begin(report, HT_EVENT_PATH_CHANGED, &event);
    set_addresses(&engine->zones, &change->old_address, &change->new_address, &event);
    event.severity = change->seen_before ? HT_SEVERITY_OKAY : HT_SEVERITY_WARNING;
    event.time_ns = change->time_ns;
    event.ttl = change->ttl;
    event.old_hops = change->old_hops;
    event.new_hops = change->new_hops;
    event.has_old_path_id = change->has_old_path_id;
    event.has_new_path_id = change->has_new_path_id;
    event.old_path_id = change->old_path_id;
    event.new_path_id = change->new_path_id;
    event.seen_before = change->seen_before;
    describe_path(change, &event);
    engine->options.on_event(engine->options.user, &event);
}

static void tell_address(const struct ht_engine *engine, const struct ht_address *old_address,
                         const struct ht_report *report)
{
    char was[HT_ADDRESS_TEXT_MAX];
    char is[HT_ADDRESS_TEXT_MAX];
    struct ht_event event;
    begin(report, HT_EVENT_ADDRESS_CHANGED, &event);
    set_addresses(&engine->zones, old_address, &report->address, &event);
    (void)snprintf(event.message, sizeof event.message, "%.*s has the address %s now, had %s",
                   HT_NAME_MAX, event.name, ht_address_format(&event.new_address, is),
                   ht_address_format(&event.old_address, was));
    engine->options.on_event(engine->options.user, &event);
}

void ht_events_tell(struct ht_scheduled_target *scheduled, const struct ht_report *report)
{
    if (scheduled->news == NULL)
        return;
    struct ht_news news = *scheduled->news;
    *scheduled->news = (struct ht_news){.path.ttl = 0};
    if (scheduled->engine->options.on_event == NULL)
        return;
    if (news.old_address.version != HT_IP_NONE)
        tell_address(scheduled->engine, &news.old_address, report);
    if (news.path.ttl != 0 && !scheduled->removed)
        tell_path(scheduled->engine, &news.path, report);
}
