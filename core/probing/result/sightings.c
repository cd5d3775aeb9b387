#include "probing/result/sightings.h"

#include <stdlib.h>
#include <string.h>

#include "base/scratch.h"
#include "probing/ratelimit/turns.h"

void ht_sightings_fini(struct ht_sightings_room *room)
{
    free(room->list);
    *room = (struct ht_sightings_room){0};
}

static bool make_room(struct ht_sightings_room *room, size_t count)
{
    void *list = room->list;
    bool done = ht_scratch_reserve(&list, sizeof *room->list, &room->capacity, count);
    room->list = list;
    return done;
}

/* Answers of hops that were taken over have no probes of this round, and those of addresses beyond
 * HT_NODES_MAX no node. */
static bool counts(const struct ht_probe *probe, uint8_t hop_count)
{
    return probe->state == HT_PROBE_ANSWERED && probe->ttl <= hop_count &&
           probe->node != HT_NO_NODE;
}

/* Counting sort by ttl: within one, probes stay in the order in which they were handed out. */
bool ht_sightings_of(struct ht_sightings_room *room, const struct ht_round *round,
                     uint8_t hop_count, struct ht_sightings *sightings)
{
    const struct ht_probe_log *log = &round->log;
    uint32_t ends[UINT8_MAX + 2] = {0};
    *sightings = (struct ht_sightings){
        .limits_ns = ht_turns_limits(round, room->limits_ns) ? room->limits_ns : NULL};
    if (!round->look.unknown)
        return true;
    if (!make_room(room, log->received + 1U))
        return false;
    for (uint32_t i = 0; i < log->probe_count; i++)
        ends[log->probes[i].ttl + 1] += counts(&log->probes[i], hop_count);
    for (unsigned ttl = 1; ttl <= UINT8_MAX; ttl++)
        ends[ttl] += ends[ttl - 1];
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (!counts(probe, hop_count))
            continue;
        room->list[ends[probe->ttl]++] =
            (struct ht_sighting){.address = &log->nodes[probe->node].address,
                                 .sent_ns = probe->sent_ns,
                                 .ttl = probe->ttl,
                                 .further = probe->further};
        sightings->count++;
    }
    sightings->list = room->list;
    return true;
}
