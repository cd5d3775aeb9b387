#include "history/path_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/hop.h"

const struct ht_path_memory ht_path_memory_none = {.hops = NULL};

bool ht_path_key_equal(const struct ht_path_key *a, const struct ht_path_key *b)
{
    return ht_address_equal(&a->address, &b->address) && ht_address_equal(&a->source, &b->source) &&
           a->fwmark == b->fwmark && a->port == b->port && a->local_id == b->local_id &&
           a->protocol == b->protocol && a->tos == b->tos && a->flow == b->flow &&
           strncmp(a->interface, b->interface, sizeof a->interface) == 0;
}

struct ht_path_memory *ht_path_memory_new(const struct ht_path_key *key)
{
    struct ht_path_memory *memory = calloc(1, sizeof *memory);
    if (memory != NULL)
        memory->key = *key;
    return memory;
}

void ht_path_memory_free(struct ht_path_memory *memory)
{
    if (memory == NULL)
        return;
    for (uint8_t i = 0; i < memory->hop_count; i++)
        ht_known_fini(&memory->hops[i]);
    free(memory->hops);
    ht_past_paths_fini(&memory->past);
    ht_where_fini(&memory->where);
    ht_loss_window_fini(&memory->flow_window);
    free(memory->mtu);
    free(memory);
}

static struct ht_known_hop *hop_at(const struct ht_path_memory *memory, uint8_t ttl)
{
    return ttl >= 1 && ttl <= memory->hop_count ? &memory->hops[ttl - 1] : NULL;
}

const struct ht_known_hop *ht_path_memory_hop(const struct ht_path_memory *memory, uint8_t ttl)
{
    return hop_at(memory, ttl);
}

struct ht_known_hop *ht_path_memory_make_hop(struct ht_path_memory *memory, uint8_t ttl)
{
    if (ttl > memory->hop_count) {
        struct ht_known_hop *hops = realloc(memory->hops, ttl * sizeof *hops);
        if (hops == NULL)
            return NULL;
        memset(&hops[memory->hop_count], 0, (size_t)(ttl - memory->hop_count) * sizeof *hops);
        memory->hops = hops;
        memory->hop_count = ttl;
    }
    return hop_at(memory, ttl);
}

/* A round of which every answer is from a known address. */
static void note_calm(struct ht_path_memory *memory, const struct ht_report *report)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *listed = &report->hops[i];
        struct ht_known_hop *hop = hop_at(memory, listed->ttl);
        if (hop == NULL || listed->shared)
            continue;
        for (size_t k = 0; k < listed->node_count; k++)
            ht_known_note(hop, &listed->nodes[k].facts.address, listed->nodes[k].facts.received);
    }
}

/* Number of sightings at `list` that are of one ttl with the first. */
static size_t same_ttl(const struct ht_sighting *list, size_t count)
{
    size_t same = 0;
    while (same < count && list[same].ttl == list[0].ttl)
        same++;
    return same;
}

/* Where the path is another one, and since when. */
struct onset {
    uint8_t ttl;      /* 0: the path has not changed */
    int64_t since_ns; /* when the probe of the first sign left; INT64_MIN: before this round */
};

/* The lowest ttl with an open run, once one at this or a higher ttl is a change: routers before the
 * change do not begin to answer from elsewhere in the same round. */
static struct onset find_change(const struct ht_path_memory *memory,
                                const struct ht_sightings *sightings)
{
    static const struct ht_known_hop nothing = {0};
    struct onset lowest = {0};
    bool changed = false;
    for (size_t i = 0, same; i < sightings->count && !changed; i += same) {
        const struct ht_sighting *answers = &sightings->list[i];
        same = same_ttl(answers, sightings->count - i);
        const struct ht_known_hop *hop = hop_at(memory, answers->ttl);
        struct ht_known_outcome outcome =
            ht_known_judge(hop != NULL ? hop : &nothing, answers, same);
        if (outcome.verdict != HT_KNOWN_CALM && lowest.ttl == 0)
            lowest = (struct onset){.ttl = answers->ttl, .since_ns = outcome.since_ns};
        changed = outcome.verdict == HT_KNOWN_CHANGED;
    }
    return changed ? lowest : (struct onset){0};
}

/* Enters the answers of the ttls [from, to]. */
static void enter(struct ht_path_memory *memory, const struct ht_sightings *sightings, uint8_t from,
                  uint8_t to, int64_t record_ns)
{
    for (size_t i = 0, same; i < sightings->count; i += same) {
        const struct ht_sighting *answers = &sightings->list[i];
        same = same_ttl(answers, sightings->count - i);
        if (answers->ttl < from || answers->ttl > to)
            continue;
        struct ht_known_hop *hop = ht_path_memory_make_hop(memory, answers->ttl);
        if (hop != NULL)
            (void)ht_known_enter(hop, answers, same, record_ns);
    }
}

/* From the change on, known is what its first sign and later probes have shown. */
static void begin_anew(struct ht_path_memory *memory, const struct ht_sightings *sightings,
                       struct onset onset, int64_t record_ns)
{
    for (unsigned ttl = onset.ttl; ttl <= memory->hop_count; ttl++)
        ht_known_begin(hop_at(memory, (uint8_t)ttl));
    for (size_t i = 0; i < sightings->count; i++) {
        const struct ht_sighting *answer = &sightings->list[i];
        if (answer->ttl < onset.ttl || answer->sent_ns < onset.since_ns)
            continue;
        struct ht_known_hop *hop = ht_path_memory_make_hop(memory, answer->ttl);
        if (hop != NULL)
            (void)ht_known_enter(hop, answer, 1, record_ns);
    }
}

/* The address that stands for a hop of the path as it is since the change; NULL: the hop is silent.
 * Where no answer came since, the report's. */
static const struct ht_address *main_since(const struct ht_path_memory *memory,
                                           const struct ht_hop *listed, struct onset onset)
{
    const struct ht_known_hop *hop = hop_at(memory, listed->ttl);
    const struct ht_known_address *known =
        listed->ttl >= onset.ttl && hop != NULL ? ht_known_main(hop) : NULL;
    if (known != NULL)
        return &known->address;
    const struct ht_node *node = ht_hop_main_node(listed);
    return node != NULL ? &node->facts.address : NULL;
}

/* As the record's path_id, of the path as it is since the change. */
static uint32_t path_id_since(const struct ht_path_memory *memory, const struct ht_report *report,
                              struct onset onset)
{
    uint32_t hash = HT_FNV1A_START;
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *listed = &report->hops[i];
        const struct ht_address *address = main_since(memory, listed, onset);
        if (address == NULL)
            continue;
        hash = ht_fnv1a(hash, &listed->ttl, 1);
        hash = ht_fnv1a(hash, address->bytes, ht_address_length(address));
    }
    return hash;
}

static struct ht_address main_address(const struct ht_path_memory *memory, uint8_t ttl)
{
    const struct ht_known_address *known = ht_known_main(hop_at(memory, ttl));
    return known != NULL ? known->address : (struct ht_address){.version = HT_IP_NONE};
}

/* The path has changed. */
static void take_change(struct ht_path_memory *memory, const struct ht_report *report,
                        const struct ht_sightings *sightings, struct onset onset,
                        struct ht_path_change *change)
{
    size_t length = ht_address_length(&memory->key.address);
    const struct ht_known_hop *hop = hop_at(memory, onset.ttl);
    *change = (struct ht_path_change){.ttl = onset.ttl,
                                      .time_ns = hop->run > 0 ? hop->run_since_ns : report->time_ns,
                                      .old_address = main_address(memory, onset.ttl),
                                      .old_path_id = memory->path_id,
                                      .has_old_path_id = memory->has_path_id,
                                      .old_hops = memory->path_hops,
                                      .new_hops = report->hop_count,
                                      .has_new_path_id = report->has_path_id};
    struct ht_past_path old;
    bool packed = ht_past_path_pack(memory->hops, memory->hop_count, length, &old);
    enter(memory, sightings, 1, (uint8_t)(onset.ttl - 1), report->time_ns);
    begin_anew(memory, sightings, onset, report->time_ns);
    change->new_address = main_address(memory, onset.ttl);
    change->new_path_id = path_id_since(memory, report, onset);
    change->seen_before =
        ht_past_paths_take(&memory->past, memory->hops, memory->hop_count, length, onset.ttl);
    if (packed)
        ht_past_paths_push(&memory->past, old);
    ht_loss_window_forget(&memory->flow_window, onset.ttl);
    memory->since_ns = change->time_ns;
    memory->changes++;
    memory->round.mtu = (struct ht_mtu_unfinished){.bad = 0};
    ht_path_mtu_forget_limits(memory->mtu);
}

static int64_t known_limit_ns(int64_t limit_ns)
{
    return limit_ns <= HT_LIMIT_MAX_NS ? limit_ns : HT_LIMIT_MAX_NS;
}

static void note_limits(struct ht_path_memory *memory, const struct ht_report *report,
                        const int64_t *limits_ns)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        struct ht_known_hop *hop = hop_at(memory, report->hops[i].ttl);
        if (hop != NULL && !report->hops[i].shared)
            hop->limit_ns = limits_ns != NULL ? known_limit_ns(limits_ns[report->hops[i].ttl]) : 0;
    }
}

bool ht_path_memory_take(struct ht_path_memory *memory, const struct ht_report *report,
                         const struct ht_sightings *sightings, struct ht_path_change *change)
{
    struct onset onset = {0};
    if (memory->measured_ns == 0)
        memory->since_ns = report->time_ns;
    memory->measured_ns = report->time_ns;
    if (sightings->list != NULL)
        onset = find_change(memory, sightings);
    if (sightings->list == NULL)
        note_calm(memory, report);
    else if (onset.ttl == 0)
        enter(memory, sightings, 1, UINT8_MAX, report->time_ns);
    else
        take_change(memory, report, sightings, onset, change);
    note_limits(memory, report, sightings->limits_ns);
    if (report->has_path_id) {
        memory->has_path_id = true;
        memory->path_id = report->path_id;
        memory->path_hops = report->hop_count;
    }
    return onset.ttl != 0;
}
