#include "api/events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/causes.h"
#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "api/where_event.h"

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
                               .time_ns = report->time_ns,
                               .flows = (uint16_t)report->flow_count,
                               .loss_percent = NAN,
                               .rtt_ms = NAN,
                               .usual_rtt_ms = NAN};
}

static void tell(const struct ht_engine *engine, const struct ht_event *event)
{
    if (engine->options.on_event != NULL)
        engine->options.on_event(engine->options.user, event);
}

static void notify(const struct ht_engine *engine, const struct ht_event *event)
{
    if (engine->options.on_notice != NULL)
        engine->options.on_notice(engine->options.user, event);
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
    if (event->flows > 1)
        (void)snprintf(tail, sizeof tail, ", seen by flow %u", (unsigned)event->flow);
    if (change->old_hops != change->new_hops)
        (void)snprintf(tail + strlen(tail), sizeof tail - strlen(tail), ", %u hops, were %u",
                       (unsigned)change->new_hops, (unsigned)change->old_hops);
    if (change->seen_before)
        (void)snprintf(tail + strlen(tail), sizeof tail - strlen(tail),
                       ", an earlier path is back");
    if (length > 0 && (size_t)length + strlen(tail) < sizeof event->message)
        memcpy(event->message + length, tail, strlen(tail) + 1);
}

static void fill_path(const struct ht_engine *engine, const struct ht_path_change *change,
                      uint16_t flow, const struct ht_report *report, struct ht_event *event)
{
    begin(report, HT_EVENT_PATH_CHANGED, event);
    set_addresses(&engine->zones, &change->old_address, &change->new_address, event);
    event->flow = flow;
    event->severity = change->seen_before ? HT_SEVERITY_OKAY : HT_SEVERITY_WARNING;
    event->time_ns = change->time_ns;
    event->ttl = change->ttl;
    event->old_hops = change->old_hops;
    event->new_hops = change->new_hops;
    event->has_old_path_id = change->has_old_path_id;
    event->has_new_path_id = change->has_new_path_id;
    event->old_path_id = change->old_path_id;
    event->new_path_id = change->new_path_id;
    event->seen_before = change->seen_before;
    describe_path(change, event);
}

static void fill_address(const struct ht_engine *engine, const struct ht_address *old_address,
                         const struct ht_report *report, struct ht_event *event)
{
    char was[HT_ADDRESS_TEXT_MAX];
    char is[HT_ADDRESS_TEXT_MAX];
    begin(report, HT_EVENT_ADDRESS_CHANGED, event);
    set_addresses(&engine->zones, old_address, &report->address, event);
    (void)snprintf(event->message, sizeof event->message, "%.*s has the address %s now, had %s",
                   HT_NAME_MAX, event->name, ht_address_format(&event->new_address, is),
                   ht_address_format(&event->old_address, was));
}

static void fill_marking(const struct ht_marking_event *marking, uint16_t flow,
                         const struct ht_report *report, struct ht_event *event)
{
    begin(report, HT_EVENT_MARKING_CHANGED, event);
    event->severity = HT_SEVERITY_WARNING;
    event->flow = flow;
    event->hop = marking->hop;
    event->old_tos = marking->old_tos;
    event->new_tos = marking->new_tos;
    int length = snprintf(event->message, sizeof event->message,
                          "path to %.*s: packets arrive at hop %u with TOS %u, were %u",
                          HT_NAME_MAX, event->name, (unsigned)marking->hop,
                          (unsigned)marking->new_tos, (unsigned)marking->old_tos);
    if (event->flows > 1 && length > 0 && (size_t)length < sizeof event->message)
        (void)snprintf(event->message + length, sizeof event->message - (size_t)length,
                       ", seen by flow %u", (unsigned)flow);
}

static void fill_mtu(const struct ht_mtu_event *mtu, const struct ht_report *report,
                     struct ht_event *event)
{
    begin(report, HT_EVENT_MTU_CHANGED, event);
    bool smaller = mtu->new_mtu < mtu->old_mtu;
    event->severity = HT_SEVERITY_WARNING;
    event->hop = mtu->hop;
    event->old_mtu = mtu->old_mtu;
    event->new_mtu = mtu->new_mtu;
    int length = snprintf(event->message, sizeof event->message,
                          "path to %.*s: takes packets of %u bytes now, took %u; %slimited ",
                          HT_NAME_MAX, event->name, (unsigned)mtu->new_mtu, (unsigned)mtu->old_mtu,
                          smaller ? "" : "no longer ");
    if (length <= 0 || (size_t)length >= sizeof event->message)
        return;
    if (mtu->hop != 0)
        (void)snprintf(event->message + length, sizeof event->message - (size_t)length,
                       "behind hop %u", (unsigned)mtu->hop);
    else
        (void)snprintf(event->message + length, sizeof event->message - (size_t)length,
                       "by this host");
}

/* Tells an event of one target alone. A callback may remove it. */
static void tell_alone(const struct ht_scheduled_target *scheduled, const struct ht_event *event)
{
    tell(scheduled->engine, event);
    if (!scheduled->removed)
        notify(scheduled->engine, event);
}

/* Tells an event that other targets may tell as well. */
static void tell_where(const struct ht_scheduled_target *scheduled, const struct ht_report *report,
                       const struct ht_where_event *found)
{
    struct ht_event event;
    struct ht_address chain[UINT8_MAX + 1];
    begin(report, ht_where_event_kind(found->kind), &event);
    ht_where_event_fill(scheduled, report, found, &event);
    size_t length = ht_where_event_chain(scheduled, report, found->place, chain);
    tell(scheduled->engine, &event);
    if (!scheduled->removed)
        ht_causes_take(scheduled, &event, chain, length);
}

void ht_events_tell(struct ht_scheduled_target *scheduled, const struct ht_report *report)
{
    const struct ht_engine *engine = scheduled->engine;
    struct ht_news *news = scheduled->news;
    struct ht_event event;
    if (news == NULL)
        return;
    bool told = engine->options.on_event != NULL || engine->options.on_notice != NULL;
    if (told && news->old_address.version != HT_IP_NONE) {
        fill_address(engine, &news->old_address, report, &event);
        tell_alone(scheduled, &event);
    }
    if (told && news->path.ttl != 0 && !scheduled->removed) {
        fill_path(engine, &news->path, news->path_flow, report, &event);
        tell_alone(scheduled, &event);
    }
    for (uint8_t i = 0; told && i < news->markings.count && !scheduled->removed; i++) {
        fill_marking(&news->markings.list[i].event, news->markings.list[i].flow, report, &event);
        tell_alone(scheduled, &event);
    }
    if (told && news->mtu.new_mtu != 0 && !scheduled->removed) {
        fill_mtu(&news->mtu, report, &event);
        tell_alone(scheduled, &event);
    }
    for (uint8_t i = 0; told && i < news->verdict.event_count && !scheduled->removed; i++) {
        if (news->verdict.events[i].told)
            tell_where(scheduled, report, &news->verdict.events[i]);
    }
    *news = (struct ht_news){.earlier_markings = news->markings};
}
