#include "remember.h"

#include <stdio.h>
#include <string.h>

#include "model/protocol.h"
#include "support.h"

void remember_paths(struct driver *driver, const struct script_target *target,
                    struct ht_path_memory *paths[static HT_FLOWS_SEARCHED])
{
    const struct progress *progress = &driver->progress[target - driver->scenario->targets];
    const struct ht_settings *settings = &target->target.settings;
    struct ht_path_key keys[HT_FLOWS_SEARCHED];
    for (uint16_t flow = 0; flow < ht_settings_most_flows(settings); flow++)
        keys[flow] =
            (struct ht_path_key){.address = progress->address,
                                 .source = progress->source,
                                 .port = settings->protocol == HT_ICMP ? 0 : settings->port,
                                 .local_id = driver->local_id,
                                 .protocol = (uint8_t)settings->protocol,
                                 .tos = settings->tos,
                                 .flow = flow};
    struct ht_remembered *remembered = ht_history_make(&driver->history, target->name);
    if (remembered == NULL ||
        !ht_remembered_paths(remembered, keys, ht_settings_most_flows(settings)))
        die("out of memory");
    memcpy(paths, remembered->memories,
           ht_settings_most_flows(settings) * sizeof(struct ht_path_memory *));
    remembered->in_use = true;
}

static void complain(struct driver *driver, const struct record *record, const char *what)
{
    driver->faults++;
    printf("# %s, record %u: the change told at ttl %u %s\n", record->report.name, record->number,
           record->change.ttl, what);
}

/* A change and the record that it belongs to agree. */
static void check_change(struct driver *driver, const struct record *record)
{
    const struct ht_path_change *change = &record->change;
    const struct ht_report *report = &record->report;
    const struct ht_hop *hop = record_hop(record, change->ttl);
    if (hop == NULL || hop->shared)
        complain(driver, record, "is none of a hop that was measured");
    else if (record_node(hop, &change->new_address) == NULL && change->time_ns == report->time_ns)
        complain(driver, record, "is to an address that did not answer there");
    if (ht_address_equal(&change->old_address, &change->new_address))
        complain(driver, record, "is from an address to the same");
    if (change->new_hops != report->hop_count)
        complain(driver, record, "has another hop count");
    if (change->time_ns > report->time_ns)
        complain(driver, record, "is to come");
}

static bool is_entered(const struct ht_report *report)
{
    return report->stop_reason != HT_STOP_DEADLINE && report->stop_reason != HT_STOP_INTERRUPTED &&
           report->status < HT_STATUS_RESOLVE_ERROR;
}

void remember_round(struct driver *driver, struct record *record, uint16_t flow,
                    const struct ht_sightings *sightings)
{
    const struct script_target *target = record->report.user;
    struct ht_path_memory *path = driver->progress[target - driver->scenario->targets].paths[flow];
    uint32_t changes = path->changes;
    if (!is_entered(&record->report))
        return;
    record->changed = ht_path_memory_take(path, &record->report, sightings, &record->change);
    record->mtu_changed = record->report.mtu != NULL &&
                          ht_path_mtu_take(&path->mtu, &record->mtu, &record->mtu_event);
    if (path->changes != changes + record->changed) {
        printf("# %s, record %u: %u changes in all, after %u\n", target->name, record->number,
               path->changes, changes);
        driver->faults++;
    }
    if (record->changed)
        check_change(driver, record);
}

/* Rounds since the first sign of the change. */
static unsigned rounds_since(const struct driver *driver, const struct record *record)
{
    unsigned rounds = 0;
    for (size_t i = 0; i < driver->record_count; i++) {
        const struct ht_report *report = &driver->records[i]->report;
        rounds += report->user == record->report.user && report->time_ns > record->change.time_ns &&
                  report->time_ns <= record->report.time_ns;
    }
    return rounds;
}

static void print_change(const struct driver *driver, const struct record *record)
{
    const struct ht_path_change *change = &record->change;
    char old_address[HT_ADDRESS_TEXT_MAX];
    char new_address[HT_ADDRESS_TEXT_MAX];
    printf("# event %s#%u ttl=%u old=%s new=%s old_hops=%u new_hops=%u seen_before=%d since=%u\n",
           record->report.name, record->number, change->ttl,
           ht_address_format(&change->old_address, old_address),
           ht_address_format(&change->new_address, new_address), change->old_hops, change->new_hops,
           change->seen_before, rounds_since(driver, record));
}

/* True if the scenario asks about changes of this very record, or about their number. */
static bool is_expected(const struct driver *driver, const struct record *record)
{
    char subject[SCRIPT_NAME_MAX + 12];
    (void)snprintf(subject, sizeof subject, "%s#%u", record->report.name, record->number);
    for (size_t i = 0; i < driver->scenario->expectation_count; i++) {
        const struct script_expectation *expectation = &driver->scenario->expectations[i];
        if (strcmp(expectation->words[0], subject) == 0 &&
            strcmp(expectation->words[1], "event") == 0)
            return true;
        if (strcmp(expectation->words[0], "run") == 0 &&
            strcmp(expectation->words[1], "events") == 0)
            return true;
    }
    return false;
}

size_t remember_check(const struct driver *driver)
{
    size_t unexpected = 0;
    if (!driver->scenario->options.memory)
        return 0;
    for (size_t i = 0; i < driver->record_count; i++) {
        const struct record *record = driver->records[i];
        if (!record->changed)
            continue;
        print_change(driver, record);
        unexpected += !is_expected(driver, record);
    }
    printf("%s no change but those expected   # seen: %zu others\n",
           unexpected == 0 ? "ok" : "not ok", unexpected);
    return unexpected;
}
