#include "checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "flows.h"
#include "probing/result/sightings.h"
#include "remember.h"
#include "truth.h"

/* What came in waits no longer than this (ht_prober_period_ns), twice: for the turn that reads it,
 * and for the one that closes the record. */
#define LONGEST_WAIT_NS (2 * 20600 * HT_NS_PER_US)

void driver_fault(struct driver *driver, const char *format, ...)
{
    if (driver->faults++ >= 10)
        return;
    printf("# at %.6f s: ", (double)(driver->now.mono_ns - driver->begin_ns) / 1e9);
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}

struct progress *driver_progress(struct driver *driver, const struct script_target *target)
{
    return &driver->progress[target - driver->scenario->targets];
}

/* What is known loses a sixteenth in each round. */
static void note_longest(struct progress *progress, const struct ledger_round *round, bool reached)
{
    progress->reached = reached;
    progress->longest_rtt_ns -= progress->longest_rtt_ns / 16;
    for (size_t i = 0; i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (probe->answered_ns != HT_NEVER)
            progress->longest_rtt_ns =
                ht_time_max(progress->longest_rtt_ns, probe->answered_ns - probe->sent_ns);
    }
}
void checks_notes(struct driver *driver, const struct progress *progress,
                  const struct ht_report *report)
{
    /* A second look at the path may find an end that is nearer, and add to what was announced. */
    bool looks = driver->scenario->options.memory;
    if (!driver->closing && (progress->note_count < report->listed_hops ||
                             (progress->note_count > report->listed_hops && !looks)))
        driver_fault(driver, "%s: %zu hops were announced, the record lists %zu", report->name,
                     progress->note_count, report->listed_hops);
    for (size_t i = 0; i < progress->note_count && i < report->listed_hops; i++) {
        const struct hop_note *note = &progress->notes[i];
        const struct ht_hop *hop = &report->hops[i];
        bool less = note->sent <= hop->sent && note->received <= hop->received &&
                    note->nodes <= hop->node_count;
        bool same = note->sent == hop->sent && note->received == hop->received &&
                    note->nodes == hop->node_count;
        if (note->ttl != hop->ttl || !less || (!same && !looks))
            driver_fault(driver, "%s: hop %u was announced with %u of %u, the record has %u of %u",
                         report->name, note->ttl, note->received, note->sent, hop->received,
                         hop->sent);
    }
}

/* Finds the round that a record belongs to: several targets may share a destination, and only
 * the engine knows whose packets are whose. The one that agrees best is meant; of several flows the
 * one that the engine says, since another one that is under way may agree as well so far. */
static const struct ledger_round *attribute(struct driver *driver, const struct record *record,
                                            const struct script_target *target, int flow)
{
    const struct ledger_place *place =
        ledger_place(&driver->ledger, &driver_progress(driver, target)->address);
    const struct ledger_round *best = NULL;
    struct complaints least;
    truth_compare(record, NULL, &driver->ledger, &least);
    if (place->round_count > 0 && record->report.sent > 0)
        least.count = SIZE_MAX; /* something was handed out: an empty round is no candidate */
    for (size_t i = 0; i < place->round_count; i++) {
        struct complaints complaints;
        struct ledger_round *round = place->rounds[i];
        if (flow >= 0 ? round->target != &target->target || round->flow != flow
                      : round->target->settings.flows > 1)
            continue;
        truth_compare(record, round, &driver->ledger, &complaints);
        if (complaints.count < least.count || (complaints.count == least.count && best == NULL)) {
            least = complaints;
            best = round;
        }
    }
    if (least.count > 0)
        driver_fault(driver, "%s, record %u: %s (%zu in all)", record->report.name, record->number,
                     least.first, least.count);
    return best;
}

/* Where a target's destination, the one at this address, was in its last record; 0: nowhere. */
static uint8_t last_destination(const struct driver *driver, const struct script_target *target,
                                const struct ht_address *address)
{
    for (size_t i = driver->record_count; i-- > 0;) {
        const struct ht_report *report = &driver->records[i]->report;
        if (report->user == target && ht_address_equal(&report->address, address))
            return report->status == HT_STATUS_REACHED ? report->hop_count : 0;
    }
    return 0;
}

void checks_record(struct driver *driver, struct record *record, int flow)
{
    const struct script_options *options = &driver->scenario->options;
    const struct script_target *target = record->report.user;
    struct progress *progress = driver_progress(driver, target);
    record->number = progress->reported;
    record->delivered_ns = driver->now.mono_ns;
    record->closed_by_us = driver->closing;
    record->last_destination = last_destination(driver, target, &record->report.address);
    record->slack_ns = driver->longest_stall_ns + options->latency_ns +
                       options->batch * options->send_cost_ns + options->waits * LONGEST_WAIT_NS;
    struct ledger_round *round = (struct ledger_round *)attribute(driver, record, target, flow);
    record->round = round;
    if (round == NULL)
        return;
    ledger_close(&driver->ledger, round);
    note_longest(progress, round, record->report.status == HT_STATUS_REACHED);
}

/* Rounds of flows that were measured at single ttls have no record of their own. */
static void close_others(struct driver *driver, const struct record *record)
{
    const struct script_target *target = record->report.user;
    struct ledger_place *place =
        ledger_place(&driver->ledger, &driver_progress(driver, target)->address);
    for (size_t i = place->round_count; i-- > 0;) {
        if (place->rounds[i]->target == &target->target)
            ledger_close(&driver->ledger, place->rounds[i]);
    }
}

void checks_flows(struct driver *driver, struct record *record,
                  const struct ht_flow_sightings *seen)
{
    struct record flows[HT_FLOWS_MAX];
    size_t count = seen->known ? record->report.flow_count : 0;
    record->number = driver_progress(driver, record->report.user)->reported;
    for (size_t i = 0; i < count; i++) {
        uint16_t number = record->report.flows[i].flow;
        record_init(&flows[i], seen[i].report);
        checks_record(driver, &flows[i], number);
        remember_round(driver, &flows[i], number, &seen[i].sightings);
        if (flows[i].changed && (!record->changed || flows[i].change.ttl < record->change.ttl)) {
            record->changed = true;
            record->change = flows[i].change;
            record->change_flow = number;
        }
    }
    if (count > 0)
        driver->faults += flows_check(record, flows, count);
    close_others(driver, record);
    for (size_t i = 0; i < count; i++)
        record_fini(&flows[i]);
}
