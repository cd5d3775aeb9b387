#include "probing/hop_cache/hop_cache.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/hash.h"
#include "probing/log/hop_due.h"
#include "probing/log/node_parts.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/ratelimit/turns.h"
#include "wire/probe.h"

/* Targets that must have measured a hop alike before others take it over:
 *
 *   answers at this ttl               targets
 *   another router gave some          AGREED_BESIDE
 *   one router gave them all          AGREED_ALONE
 *   ... and CLEAR_ANSWERS or more     AGREED_CLEAR */
#define AGREED_CLEAR  1
#define CLEAR_ANSWERS 64
#define AGREED_ALONE  2
#define AGREED_BESIDE HT_HOP_CACHE_SOURCES

/* One target in CHECKS_ONE_IN measures all its hops itself, so that a path that goes another way is
 * noticed; at most CHECKS_MAX of them at one ttl in CHECKS_NS. Without that bound they were more
 * than 300 at once among 5,000 targets: enough to overrun a router that all others spared. */
#define CHECKS_ONE_IN 16
#define CHECKS_MAX    32
#define CHECKS_NS     (1 * HT_NS_PER_S)

/* Targets in a row that may fail to measure a hop for others; after them each target measures it
 * itself. */
#define FAILURES_MAX 2

/* Answers of a site's router before a hop waits for another target's measurement. */
#define HOLD_ANSWERS 8

/* How long a measurement holds for a single round; for rounds that come again it is their interval.
 */
#define FRESH_NS (60 * HT_NS_PER_S)

/* A hop that waits for another target's measurement asks again after this time. */
#define LOOK_AGAIN_NS (100 * HT_NS_PER_MS)

/* Cached hops at most, which bounds memory. Then those older than FRESH_NS are freed, which takes a
 * look at all of them: not more often than every SWEEP_NS. */
#define CACHED_HOPS_MAX 16384
#define SWEEP_NS        (1 * HT_NS_PER_S)

static void free_cached(struct ht_cached_hop *cached)
{
    ht_node_free_parts(&cached->node);
    free(cached);
}

void ht_hop_cache_fini(struct ht_hop_cache *cache)
{
    for (size_t i = 0; i < HT_HOP_CACHE_BUCKETS; i++) {
        for (struct ht_cached_hop *cached = cache->buckets[i], *next; cached != NULL;
             cached = next) {
            next = cached->next;
            free_cached(cached);
        }
    }
    *cache = (struct ht_hop_cache){0};
}

/* --- what is known ------------------------------------------------------------------------- */

/* A hash of what probes must have in common for one measurement to stand for another: routers may
 * treat other packets in another way. */
static uint32_t manner_of(const struct ht_round *round)
{
    const struct ht_settings *settings = &round->target->settings;
    const struct ht_flow *flow = &round->flow;
    uint32_t hash = HT_FNV1A_START;
    hash = ht_fnv1a(hash, flow->source.bytes, sizeof flow->source.bytes);
    hash = ht_fnv1a(hash, (const uint8_t *)&flow->port, sizeof flow->port);
    hash = ht_fnv1a(hash, &flow->protocol, sizeof flow->protocol);
    hash = ht_fnv1a(hash, &flow->tos, sizeof flow->tos);
    hash =
        ht_fnv1a(hash, (const uint8_t *)&round->log.asked.probes, sizeof round->log.asked.probes);
    hash = ht_fnv1a(hash, (const uint8_t *)&settings->fwmark, sizeof settings->fwmark);
    return ht_fnv1a(hash, (const uint8_t *)&round->interface_index, sizeof round->interface_index);
}

static struct ht_cached_hop **bucket_of(struct ht_hop_cache *cache, uint32_t manner, uint8_t ttl,
                                        const struct ht_address *beyond)
{
    uint32_t hash = ht_fnv1a(manner, &ttl, 1);
    hash = ht_fnv1a(hash, beyond->bytes, sizeof beyond->bytes);
    return &cache->buckets[hash % HT_HOP_CACHE_BUCKETS];
}

static struct ht_cached_hop *find(struct ht_hop_cache *cache, uint32_t manner, uint8_t ttl,
                                  const struct ht_address *beyond)
{
    struct ht_cached_hop *cached = *bucket_of(cache, manner, ttl, beyond);
    while (cached != NULL && (cached->manner != manner || cached->ttl != ttl ||
                              !ht_address_equal(&cached->beyond, beyond)))
        cached = cached->next;
    return cached;
}

static void forget_sources(struct ht_cached_hop *cached)
{
    for (size_t i = 0; i < HT_HOP_CACHE_SOURCES; i++)
        cached->sources[i].time_ns = INT64_MIN;
}

/* Frees old cached hops, if there is no room and it was not tried just now. */
static void sweep(struct ht_hop_cache *cache, int64_t now_ns)
{
    if (cache->count < CACHED_HOPS_MAX || now_ns - cache->swept_ns < SWEEP_NS)
        return;
    cache->swept_ns = now_ns;
    for (size_t i = 0; i < HT_HOP_CACHE_BUCKETS; i++) {
        for (struct ht_cached_hop **link = &cache->buckets[i]; *link != NULL;) {
            struct ht_cached_hop *cached = *link;
            if (cached->measuring > 0 ||
                now_ns - cached->sources[cached->last].time_ns < FRESH_NS) {
                link = &cached->next;
                continue;
            }
            *link = cached->next;
            free_cached(cached);
            cache->count--;
        }
    }
}

/* As find; made if it is not there. NULL: no room, or no memory. */
static struct ht_cached_hop *make(struct ht_hop_cache *cache, uint32_t manner, uint8_t ttl,
                                  const struct ht_address *beyond, int64_t now_ns)
{
    struct ht_cached_hop *cached = find(cache, manner, ttl, beyond);
    if (cached != NULL)
        return cached;
    sweep(cache, now_ns);
    cached = cache->count < CACHED_HOPS_MAX ? malloc(sizeof *cached) : NULL;
    if (cached == NULL)
        return NULL;
    struct ht_cached_hop **bucket = bucket_of(cache, manner, ttl, beyond);
    *cached = (struct ht_cached_hop){.next = *bucket,
                                     .beyond = *beyond,
                                     .manner = manner,
                                     .ttl = ttl,
                                     .disagreed_ns = INT64_MIN};
    forget_sources(cached);
    *bucket = cached;
    cache->count++;
    return cached;
}

/* --- taking over --------------------------------------------------------------------------- */

/* From when on measurements are fresh enough for this round. */
static int64_t fresh_from_ns(const struct ht_round *round, int64_t now_ns)
{
    int64_t interval_ns = round->target->settings.interval_ns;
    return now_ns - (interval_ns != 0 ? interval_ns : FRESH_NS);
}

static struct ht_hop_state *hop_at(const struct ht_probe_log *log, const struct ht_path_end *end,
                                   unsigned ttl)
{
    unsigned index = ttl - log->asked.first_ttl;
    return index < end->window_hops ? &log->hops[index] : NULL;
}

/* The one router that was seen at a ttl, measured or taken over; NULL: none, or several. */
static const struct ht_address *router_at(const struct ht_probe_log *log, unsigned ttl)
{
    const struct ht_node_facts *first = ht_probe_log_first_node(log, ttl);
    return first != NULL && ht_probe_log_next_node(log, first) == NULL ? &first->address : NULL;
}

/* True if the path of this round ends at this ttl or before, as far as is known. */
static bool at_end(const struct ht_round *round, unsigned ttl)
{
    const struct ht_settings *settings = &round->target->settings;
    return ttl > settings->max_ttl ||
           (round->recalled->destination_ttl != 0 && ttl >= round->recalled->destination_ttl) ||
           (round->end.destination_ttl != 0 && ttl >= round->end.destination_ttl) ||
           (round->end.unreachable_ttl != 0 && ttl >= round->end.unreachable_ttl);
}

/* True if this hop may still be taken over: of the round's probes to it none counts, and none was
 * answered, and it is worth waiting for. */
static bool eligible(const struct ht_round *round, const struct ht_hop_state *hop, uint8_t ttl)
{
    const struct ht_site *site = &round->sites->at[ttl];
    return !hop->own && hop->sent == 0 && hop->received == 0 && hop->awaited == 0 &&
           site->same >= HOLD_ANSWERS && ht_site_shared(site) && !at_end(round, ttl + 1U);
}

/* True if this target measures the hop itself to check on the others; counts it. */
static bool is_a_check(const struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    struct ht_cached_hop_checks *checks = &round->cache->checks[ttl];
    if (round->flow.flow_tag % CHECKS_ONE_IN != 0)
        return false;
    if (now_ns - checks->since_ns >= CHECKS_NS)
        *checks = (struct ht_cached_hop_checks){.since_ns = now_ns};
    return checks->count++ < CHECKS_MAX;
}

static int64_t measure(struct ht_hop_state *hop, int64_t now_ns)
{
    hop->own = true;
    hop->held = false;
    return now_ns;
}

static int64_t wait(const struct ht_probe_log *log, struct ht_sites *sites,
                    struct ht_hop_state *hop, int64_t now_ns)
{
    ht_turns_leave(log, sites, hop);
    hop->held = true;
    return now_ns + LOOK_AGAIN_NS;
}

/* The round's own probes of a hop that it takes over count no more, whatever becomes of them: a
 * router's limit seems to have dropped all of them. */
static void annul_excused(struct ht_probe_log *log, uint8_t ttl)
{
    for (uint32_t i = 0; i < log->probe_count && log->excused > 0; i++) {
        struct ht_probe *probe = &log->probes[i];
        if (probe->ttl == ttl && probe->state == HT_PROBE_EXCUSED)
            ht_probe_log_set_state(log, probe, HT_PROBE_VOID);
    }
}

/* Takes over a cached hop, of which the round knows nothing: its node, whose parts are copied, and
 * its times. False: no memory. */
static bool borrow(struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl,
                   const struct ht_node_facts *node, const struct ht_rtt *rtt)
{
    struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    struct ht_rtt *times = malloc(sizeof *times);
    struct ht_node_facts own = *node;
    uint16_t index = HT_NO_NODE;
    if (ht_node_own_parts(&own) && times != NULL)
        (void)ht_probe_log_node_for(log, ttl, &node->address, &index);
    if (index == HT_NO_NODE) {
        free(times);
        ht_node_free_parts(&own);
        return false;
    }
    annul_excused(log, ttl);
    ht_hop_cache_leave(hop);
    *times = *rtt;
    log->nodes[index] = own;
    hop->shared_rtt = times;
    hop->shared = true;
    ht_turns_leave(log, sites, hop);
    return true;
}

/* Targets that have measured this hop since `fresh_ns`, all alike. */
static unsigned sources_since(const struct ht_cached_hop *cached, int64_t fresh_ns)
{
    unsigned count = 0;
    for (size_t i = 0; i < HT_HOP_CACHE_SOURCES; i++)
        count += cached->sources[i].time_ns >= fresh_ns;
    return count;
}

static unsigned sources_needed(const struct ht_site *site)
{
    if (site->other > 0)
        return AGREED_BESIDE;
    return site->same >= CLEAR_ANSWERS ? AGREED_CLEAR : AGREED_ALONE;
}

/* The router beyond is known: takes the hop over, waits for the targets that measure it, or
 * measures it. As ht_hop_cache_turn_ns. */
static int64_t ask(struct ht_round *round, struct ht_hop_state *hop, uint8_t ttl,
                   const struct ht_address *beyond, int64_t now_ns)
{
    int64_t fresh_ns = fresh_from_ns(round, now_ns);
    unsigned needed = sources_needed(&round->sites->at[ttl]);
    struct ht_cached_hop *cached = make(round->cache, manner_of(round), ttl, beyond, now_ns);
    if (cached == NULL || cached->disagreed_ns >= fresh_ns || cached->failures >= FAILURES_MAX)
        return measure(hop, now_ns);
    unsigned sources = sources_since(cached, fresh_ns);
    if (sources >= needed)
        return borrow(&round->log, round->sites, ttl, &cached->node, &cached->rtt)
                   ? HT_NEVER
                   : measure(hop, now_ns);
    if (cached->measuring + sources >= needed)
        return wait(&round->log, round->sites, hop, now_ns);
    hop->share = cached;
    cached->measuring++;
    return measure(hop, now_ns);
}

int64_t ht_hop_cache_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    struct ht_hop_state *hop = hop_at(&round->log, &round->end, ttl);
    const struct ht_hop_state *next = hop_at(&round->log, &round->end, ttl + 1U);
    if (!eligible(round, hop, ttl))
        return now_ns;
    if (is_a_check(round, ttl, now_ns))
        return measure(hop, now_ns);
    if (next == NULL)
        return wait(&round->log, round->sites, hop, now_ns);
    if (!next->shared && next->received == 0)
        return ht_hop_due_complete(&round->log, &round->end, (uint8_t)(ttl + 1))
                   ? measure(hop, now_ns)
                   : wait(&round->log, round->sites, hop, now_ns);
    const struct ht_address *beyond = router_at(&round->log, ttl + 1U);
    return beyond != NULL ? ask(round, hop, ttl, beyond, now_ns) : measure(hop, now_ns);
}

/* --- publishing ---------------------------------------------------------------------------- */

bool ht_hop_cache_wants(struct ht_round *round, uint8_t ttl)
{
    struct ht_hop_state *hop = hop_at(&round->log, &round->end, ttl);
    if (hop->shared || hop->published || !ht_hop_due_complete(&round->log, &round->end, ttl))
        return false;
    if (hop->share == NULL && !ht_site_shared(&round->sites->at[ttl]))
        return false;
    const struct ht_hop_state *next = hop_at(&round->log, &round->end, ttl + 1U);
    if (next == NULL || (!next->shared && next->received == 0)) {
        /* The router beyond may answer yet. A hop that is measured for others has to be published
         * all the same: they wait for it. */
        return hop->share != NULL;
    }
    return !at_end(round, ttl + 1U);
}

/* Measurements of this hop saw different routers: for an interval each target measures it itself.
 */
static void disagree(struct ht_cached_hop *cached, int64_t now_ns)
{
    cached->disagreed_ns = now_ns;
    forget_sources(cached);
}

/* Notes that a target measured the hop: in place of its own last measurement, or of the oldest. */
static void note_source(struct ht_cached_hop *cached, uint32_t target, int64_t now_ns)
{
    uint8_t slot = 0;
    for (uint8_t i = 0; i < HT_HOP_CACHE_SOURCES; i++) {
        if (cached->sources[i].target == target && cached->sources[i].time_ns != INT64_MIN) {
            slot = i;
            break;
        }
        if (cached->sources[i].time_ns < cached->sources[slot].time_ns)
            slot = i;
    }
    cached->sources[slot] = (struct ht_cached_hop_source){.target = target, .time_ns = now_ns};
    cached->last = slot;
}

static void enter(struct ht_cached_hop *cached, const struct ht_round *round,
                  const struct ht_hop *hop, int64_t now_ns)
{
    const struct ht_node *node = &hop->nodes[0];
    bool fresh = cached->sources[cached->last].time_ns >= fresh_from_ns(round, now_ns);
    if (fresh && !ht_address_equal(&cached->node.address, &node->facts.address)) {
        disagree(cached, now_ns);
        return;
    }
    note_source(cached, round->flow.flow_tag, now_ns);
    cached->failures = 0;
    cached->rtt = hop->rtt;
    ht_node_free_parts(&cached->node);
    cached->node = node->facts;
    cached->node.refusal = 0;
    cached->node.proven = false;
    (void)ht_node_own_parts(&cached->node);
}

/* True if the router refused: it refuses one target's packets, which says nothing of others'. */
static bool refuses(const struct ht_hop *hop)
{
    return hop->node_count == 1 && hop->nodes[0].refusal != NULL;
}

void ht_hop_cache_publish(struct ht_round *round, const struct ht_hop *hop, int64_t now_ns)
{
    struct ht_hop_state *state = hop_at(&round->log, &round->end, hop->ttl);
    const struct ht_address *beyond = router_at(&round->log, hop->ttl + 1U);
    struct ht_cached_hop *cached = state->share;
    state->published = true;
    if (beyond != NULL && (cached == NULL || !ht_address_equal(&cached->beyond, beyond)))
        cached = make(round->cache, manner_of(round), hop->ttl, beyond, now_ns);
    if (cached != NULL && beyond != NULL) {
        if (hop->node_count == 1 && !refuses(hop))
            enter(cached, round, hop, now_ns);
        else if (hop->node_count > 1)
            disagree(cached, now_ns);
    }
    bool failed = hop->node_count == 0 || refuses(hop);
    if (state->share != NULL && failed && state->share->failures < FAILURES_MAX)
        state->share->failures++;
    ht_hop_cache_leave(state);
}

void ht_hop_cache_leave(struct ht_hop_state *hop)
{
    HT_ASSERT(hop->share == NULL || hop->share->measuring > 0);
    if (hop->share != NULL)
        hop->share->measuring--;
    hop->share = NULL;
}
