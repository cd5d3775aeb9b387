#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "model/protocol.h"
#include "probing/result/sightings.h"
#include "remember.h"
#include "support.h"
#include "wire/ip.h"

/* The fake clocks at the beginning: neither is 0, and they have nothing in common. */
#define BEGIN_MONO_NS (INT64_C(86412) * HT_NS_PER_S + 345)
#define BEGIN_WALL_NS (INT64_C(1767323045) * HT_NS_PER_S + 678901234)

/* Turns without any effect at one moment after which the engine is said to spin. */
#define IDLE_MAX 100

static void set_time(struct driver *driver, int64_t mono_ns)
{
    if (mono_ns > driver->now.mono_ns) {
        driver->now.mono_ns = mono_ns;
        driver->idle = 0;
    }
    driver->now.wall_ns = driver->now.mono_ns + driver->wall_offset_ns;
}

/* --- rounds --- */

/* Our address, unless a target has another one. */
static struct ht_address usual_source(const struct ht_address *destination)
{
    const uint8_t ipv4[4] = {198, 51, 100, 1};
    const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1};
    return destination->version == HT_IPV4 ? ht_address_from_bytes(ipv4, sizeof ipv4)
                                           : ht_address_from_bytes(ipv6, sizeof ipv6);
}

/* Another source is another flow. */
static void settle_addresses(struct driver *driver, struct progress *progress)
{
    progress->address = progress->next_address;
    if (!ht_address_equal(&progress->source, &progress->next_source))
        network_forget_flows(&driver->network);
    progress->source = progress->next_source;
}

/* The id or port of flow 0 and those behind it, as many as any target has flows. */
static struct ht_local_ids local_ids(const struct driver *driver)
{
    struct ht_local_ids ids = {.of_flow = {driver->local_id}, .count = 1};
    for (size_t i = 0; i < driver->scenario->target_count; i++) {
        uint16_t flows = ht_settings_most_flows(&driver->scenario->targets[i].target.settings);
        for (; ids.count < flows; ids.count++)
            ids.of_flow[ids.count] = (uint16_t)(driver->local_id + ids.count);
    }
    return ids;
}

/* Probes get another id, or another port to leave from, as soon as no round is under way. */
static void settle_local_id(struct driver *driver)
{
    if (driver->local_id == driver->next_local_id || ht_prober_rounds(driver->prober) > 0)
        return;
    driver->local_id = driver->next_local_id;
    const struct ht_local_ids ids = local_ids(driver);
    ht_prober_set_local_ids(driver->prober, &ids);
    network_forget_flows(&driver->network);
}

/* timeout=auto: ten times the longest time that is known, 0.1 to 1 s. */
static int64_t timeout_of(const struct script_target *target, const struct progress *progress)
{
    int64_t timeout_ns = target->target.settings.timeout_ns;
    if (timeout_ns != HT_TIMEOUT_AUTO)
        return timeout_ns;
    timeout_ns = 10 * progress->longest_rtt_ns;
    if (!progress->reached || timeout_ns == 0 || timeout_ns > HT_NS_PER_S)
        return HT_NS_PER_S;
    return ht_time_max(timeout_ns, HT_NS_PER_S / 10);
}

/* What the flows of the target's next round have to do with earlier rounds. */
static void remember_past(struct driver *driver, const struct script_target *target,
                          struct ht_flow_request flows[static HT_FLOWS_SEARCHED])
{
    struct progress *progress = driver_progress(driver, target);
    uint16_t count = ht_settings_most_flows(&target->target.settings);
    if (progress->previous == NULL)
        progress->previous = make(count * sizeof *progress->previous);
    for (uint16_t flow = 0; flow < count; flow++)
        flows[flow] = (struct ht_flow_request){.previous = &progress->previous[flow]};
    if (!driver->scenario->options.memory)
        return;
    remember_paths(driver, target, progress->paths);
    for (uint16_t flow = 0; flow < count; flow++)
        flows[flow] = (struct ht_flow_request){.previous = &progress->paths[flow]->round,
                                               .known = progress->paths[flow]};
}

static void start_due(struct driver *driver, struct script_target *target)
{
    struct progress *progress = driver_progress(driver, target);
    if (progress->due == 0 || progress->under_way)
        return;
    progress->due--;
    progress->started++;
    progress->under_way = true;
    progress->note_count = 0;
    settle_addresses(driver, progress);
    settle_local_id(driver);
    struct ledger_place *place = ledger_place(&driver->ledger, &progress->address);
    place->timeout_ns = timeout_of(target, progress);
    memset(place->nth, 0, sizeof place->nth);
    memset(place->tries, 0, sizeof place->tries);
    struct ht_flow_request flows[HT_FLOWS_SEARCHED];
    struct ht_round_request round = {.target = &target->target,
                                     .destination = progress->address,
                                     .source = progress->source,
                                     .device_mtu = driver->scenario->options.device_mtu,
                                     .flows = flows,
                                     .chosen = {{1}},
                                     .failure = 1 - target->target.settings.confidence / 100};
    remember_past(driver, target, flows);
    struct ht_error error = {0};
    if (ht_prober_start(driver->prober, &round, &error) != HT_OK)
        driver_fault(driver, "ht_prober_start: %s", error.text);
}

/* Starts what became due, or what its forerunner's end made room for. */
static void start_waiting(struct driver *driver)
{
    size_t count = driver->waiting_count;
    driver->waiting_count = 0;
    for (size_t i = 0; i < count; i++)
        start_due(driver, driver->waiting[i]);
}

static void wait_to_start(struct driver *driver, struct script_target *target)
{
    driver->waiting = grow(driver->waiting, driver->waiting_count, sizeof(struct script_target *));
    driver->waiting[driver->waiting_count++] = target;
}

/* Rounds that their forerunner's end makes due: "rounds" beyond those that have a time. */
static void renew(struct driver *driver, const struct script_target *target)
{
    struct progress *progress = driver_progress(driver, target);
    if (target->every_ns == 0 && progress->started >= target->starts.count &&
        progress->started < target->rounds)
        progress->due++;
}

static void on_report(void *user, const struct ht_report *report,
                      const struct ht_flow_sightings *seen)
{
    struct driver *driver = user;
    struct script_target *target = report->user;
    struct progress *progress = driver_progress(driver, target);
    if (!progress->under_way)
        driver_fault(driver, "%s: a record without a round", report->name);
    if (strcmp(report->name, target->name) != 0 ||
        !ht_address_equal(&report->address, &progress->address))
        driver_fault(driver, "%s: its record names another target", report->name);
    struct record *record = make(sizeof *record);
    record_init(record, report);
    progress->reported++;
    if (report->flow_count > 0) {
        checks_flows(driver, record, seen);
    } else {
        checks_record(driver, record, -1);
        if (driver->scenario->options.memory)
            remember_round(driver, record, 0, seen->known ? &seen->sightings : NULL);
    }
    if (!driver->scenario->options.waits)
        checks_notes(driver, progress, report);
    driver->records = grow(driver->records, driver->record_count, sizeof(struct record *));
    driver->records[driver->record_count++] = record;
    progress->under_way = false;
    if (!driver->closing)
        renew(driver, target);
    wait_to_start(driver, target);
    driver->idle = 0;
}

static void on_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    struct driver *driver = user;
    struct progress *progress = driver_progress(driver, so_far->user);
    if (progress->note_count >= sizeof progress->notes / sizeof progress->notes[0]) {
        driver_fault(driver, "%s: too many hops announced", so_far->name);
        return;
    }
    progress->notes[progress->note_count++] = (struct hop_note){
        .ttl = hop->ttl, .sent = hop->sent, .received = hop->received, .nodes = hop->node_count};
}

/* --- events --- */

static struct progress *progress_by_name(struct driver *driver, const char *name)
{
    for (size_t i = 0; i < driver->scenario->target_count; i++) {
        if (strcmp(driver->scenario->targets[i].name, name) == 0)
            return &driver->progress[i];
    }
    die("there is no target %s", name);
}

static void drop(struct driver *driver, const char *name)
{
    for (size_t i = 0; i < driver->scenario->target_count; i++) {
        struct script_target *target = &driver->scenario->targets[i];
        if (strcmp(target->name, name) != 0)
            continue;
        ht_prober_drop(driver->prober, &target->target);
        struct progress *progress = driver_progress(driver, target);
        progress->dropped += progress->under_way;
        progress->under_way = false;
        struct ledger_place *place = ledger_place(&driver->ledger, &progress->address);
        if (place->round_count == 1)
            ledger_close(&driver->ledger, place->rounds[0]);
    }
}

static void act(struct driver *driver, const struct script_action *action)
{
    switch (action->kind) {
    case ACTION_CLOSE:
        driver->closing = true;
        ledger_cut_short(&driver->ledger, driver->now.mono_ns);
        ht_prober_close_all(driver->prober, driver->now, action->reason);
        driver->closing = false;
        if (ht_prober_rounds(driver->prober) != 0)
            driver_fault(driver, "rounds are left after ht_prober_close_all");
        break;
    case ACTION_CLOCK:
        driver->wall_offset_ns += action->amount;
        set_time(driver, driver->now.mono_ns);
        break;
    case ACTION_OVERFLOW:
        driver->to_drop += (size_t)action->amount;
        break;
    case ACTION_DROP:
        drop(driver, action->target);
        break;
    case ACTION_UNREAD:
        driver->unread_until_ns = driver->now.mono_ns + action->amount;
        break;
    case ACTION_LOCAL_ID:
        driver->next_local_id = (uint16_t)action->amount;
        break;
    case ACTION_SOURCE:
        progress_by_name(driver, action->target)->next_source = action->address;
        break;
    case ACTION_ADDRESS:
        progress_by_name(driver, action->target)->next_address = action->address;
        break;
    case ACTION_STALL:
        set_time(driver, driver->now.mono_ns + action->amount);
        driver->longest_stall_ns = ht_time_max(driver->longest_stall_ns, action->amount);
        break;
    }
}

/* The receive buffer is full: an answer is gone. */
static bool dropped(struct driver *driver, const struct delivery *delivery)
{
    if (driver->to_drop == 0 || delivery->round == NULL)
        return false;
    driver->to_drop--;
    delivery->round->probes[delivery->probe].swallowed = true;
    ht_prober_overflowed(driver->prober, driver->now, 1);
    return true;
}

/* The kernel refuses to hand over an answer, and drops it. */
static bool is_unread(struct driver *driver, const struct delivery *delivery)
{
    if (driver->now.mono_ns >= driver->unread_until_ns)
        return false;
    ledger_unread(&driver->ledger, delivery->version, driver->now.mono_ns);
    ht_prober_unreadable(driver->prober, driver->now, delivery->version, EPERM);
    return true;
}

static void deliver(struct driver *driver, const struct delivery *delivery, int64_t arrived_ns)
{
    if (dropped(driver, delivery) || is_unread(driver, delivery))
        return;
    bool stamped = driver->scenario->options.stamps != HT_TIME_USER;
    int64_t received_ns = stamped ? arrived_ns : driver->now.mono_ns;
    struct ht_incoming packet = {.hop_limit = -1,
                                 .ip_version = delivery->version,
                                 .ip_protocol = delivery->protocol,
                                 .bytes = delivery->bytes,
                                 .length = delivery->length,
                                 .received_ns = received_ns,
                                 .kernel_stamp = stamped};
    if (delivery->version == 6) {
        packet.from = delivery->from;
        packet.hop_limit = delivery->hop_limit;
    }
    if (delivery->round != NULL)
        ledger_answered(delivery->round, delivery->probe, received_ns, &delivery->answer);
    ht_prober_receive(driver->prober, driver->now, &packet, 1);
}

static bool handle_events(struct driver *driver)
{
    bool any = false;
    struct event event;
    while (queue_take(&driver->queue, driver->now.mono_ns, &event)) {
        any = true;
        if (event.kind == EVENT_DELIVERY) {
            deliver(driver, event.subject, event.time_ns);
            free(event.subject);
        } else if (event.kind == EVENT_RESEND) {
            network_resend(&driver->network, event.subject, event.time_ns);
            free(event.subject);
        } else if (event.kind == EVENT_ACTION) {
            act(driver, event.subject);
        } else {
            driver_progress(driver, event.subject)->due++;
            wait_to_start(driver, event.subject);
        }
    }
    return any;
}

/* --- sending --- */

/* Parameters of 64-bit FNV-1a. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static void digest_bytes(struct driver *driver, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        driver->digest = (driver->digest ^ bytes[i]) * FNV_PRIME;
}

static void digest_packet(struct driver *driver, struct ht_outgoing *packet)
{
    uint64_t time_ns = (uint64_t)(packet->sent_ns - driver->begin_ns);
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(time_ns >> (8 * i));
    digest_bytes(driver, bytes, sizeof bytes);
    size_t length;
    const uint8_t *whole = ht_ip_prepend(packet, &length);
    digest_bytes(driver, whole, length);
}

/* Packets are whole only if the engine writes all of them: what was there before is no part. */
static void spoil(struct driver *driver, size_t count)
{
    memset(driver->batch, 0xa5, count * sizeof *driver->batch);
}

/* One batch, as the engine does: what has arrived meanwhile is read before the next one. */
static size_t send_due(struct driver *driver)
{
    size_t capacity = driver->scenario->options.batch;
    size_t count = ht_prober_collect(driver->prober, driver->now, driver->batch, capacity);
    for (size_t i = 0; i < count; i++) {
        set_time(driver, driver->now.mono_ns + driver->scenario->options.send_cost_ns);
        network_send(&driver->network, &driver->batch[i], driver->now);
        if (driver->batch[i].status == HT_SEND_DONE)
            digest_packet(driver, &driver->batch[i]);
    }
    if (count > 0)
        ht_prober_sent(driver->prober, driver->now, driver->batch, count);
    spoil(driver, count);
    return count;
}

/* --- the loop --- */

static void schedule(struct driver *driver)
{
    const struct scenario *scenario = driver->scenario;
    for (size_t i = 0; i < scenario->target_count; i++) {
        struct script_target *target = &scenario->targets[i];
        int64_t start_ns = driver->begin_ns;
        for (size_t n = 0; n < target->starts.count; n++) {
            start_ns = driver->begin_ns + target->starts.items_ns[n];
            queue_add(&driver->queue, start_ns, EVENT_START, target);
        }
        for (size_t n = target->starts.count; n < target->rounds && target->every_ns > 0; n++) {
            start_ns += target->every_ns;
            queue_add(&driver->queue, start_ns, EVENT_START, target);
        }
    }
    for (size_t i = 0; i < scenario->action_count; i++)
        queue_add(&driver->queue, driver->begin_ns + scenario->actions[i].time_ns, EVENT_ACTION,
                  &scenario->actions[i]);
}

/* One turn in the order that the contract gives: send, receive what is here, let time count. */
static bool turn(struct driver *driver)
{
    size_t records = driver->record_count;
    size_t sent = send_due(driver);
    bool events = handle_events(driver);
    ht_prober_advance(driver->prober, driver->now);
    start_waiting(driver);
    return events || sent > 0 || driver->record_count > records;
}

/* When the engine's loop would wake up next. */
static int64_t wake_ns(const struct driver *driver, int64_t engine_ns)
{
    int64_t period_ns = ht_prober_period_ns(driver->prober);
    if (period_ns == 0)
        return ht_time_min(engine_ns, queue_next_ns(&driver->queue));
    return ht_time_min(ht_prober_send_ns(driver->prober), driver->now.mono_ns + period_ns);
}

/* Moves the clock to what happens next. False: nothing will. */
static bool jump(struct driver *driver, bool busy)
{
    int64_t engine_ns = ht_prober_next_ns(driver->prober);
    size_t rounds = ht_prober_rounds(driver->prober);
    if ((engine_ns == HT_NEVER) != (rounds == 0))
        driver_fault(driver, "%zu rounds are under way, but there is %s next moment", rounds,
                     engine_ns == HT_NEVER ? "no" : "a");
    int64_t next_ns = wake_ns(driver, engine_ns);
    if (next_ns == HT_NEVER)
        return false;
    if (next_ns > driver->now.mono_ns) {
        set_time(driver, next_ns + driver->scenario->options.latency_ns);
    } else if (!busy && ++driver->idle > IDLE_MAX) {
        driver_fault(driver, "the engine says that it has work to do at once, and does none");
        return false;
    }
    if (driver->now.mono_ns - driver->begin_ns > driver->scenario->options.limit_ns) {
        driver_fault(driver, "still not finished; %zu rounds are under way", rounds);
        return false;
    }
    return true;
}

static void check_end(struct driver *driver)
{
    for (size_t i = 0; i < driver->scenario->target_count; i++) {
        const struct progress *progress = &driver->progress[i];
        if (progress->reported + progress->dropped != progress->started)
            driver_fault(driver, "%s: %u rounds, %u records", driver->scenario->targets[i].name,
                         progress->started, progress->reported);
    }
    if (driver->counters.sent != driver->ledger.packets)
        driver_fault(driver, "the engine counts %llu packets sent, not %zu",
                     (unsigned long long)driver->counters.sent, driver->ledger.packets);
}

void driver_run(struct driver *driver, const struct scenario *scenario)
{
    const struct script_options *options = &scenario->options;
    *driver = (struct driver){.scenario = scenario, .begin_ns = BEGIN_MONO_NS, .digest = FNV_BASIS};
    struct ht_prober_options prober = {.pps = options->pps,
                                       .secret = {UINT64_C(0x0123456789abcdef) * options->seed,
                                                  UINT64_C(0xfedcba9876543210) + options->seed},
                                       .on_report = on_report,
                                       .on_hop = options->waits ? NULL : on_hop,
                                       .user = driver};
    driver->local_id = (uint16_t)options->local_id;
    prober.ids = local_ids(driver);
    driver->prober = ht_prober_new(&prober);
    if (driver->prober == NULL)
        die("out of memory");
    driver->progress = make((scenario->target_count + 1) * sizeof *driver->progress);
    driver->batch = make(options->batch * sizeof *driver->batch);
    spoil(driver, options->batch);
    driver->next_local_id = driver->local_id;
    for (size_t i = 0; i < scenario->target_count; i++) {
        driver->progress[i].next_address = scenario->targets[i].address;
        driver->progress[i].next_source = usual_source(&scenario->targets[i].address);
    }
    driver->wall_offset_ns = BEGIN_WALL_NS - BEGIN_MONO_NS;
    set_time(driver, driver->begin_ns);
    network_init(&driver->network, scenario, &driver->ledger, &driver->queue, driver->begin_ns);
    schedule(driver);
    bool busy = true;
    while (jump(driver, busy))
        busy = turn(driver);
    driver->counters = ht_prober_counters(driver->prober);
    check_end(driver);
}

void driver_fini(struct driver *driver)
{
    ht_prober_free(driver->prober);
    ht_history_fini(&driver->history);
    for (size_t i = 0; i < driver->record_count; i++) {
        record_fini(driver->records[i]);
        free(driver->records[i]);
    }
    free(driver->records);
    for (size_t i = 0; i < driver->scenario->target_count; i++)
        free(driver->progress[i].previous);
    free(driver->progress);
    free(driver->waiting);
    free(driver->batch);
    network_fini(&driver->network);
    ledger_fini(&driver->ledger);
    queue_fini(&driver->queue);
}
