#include "probing/hop_cache/hop_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "probing/log/hop_due.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/ratelimit/turns.h"
#include "wire/probe.h"

/* So many targets must have measured a hop alike before others take it over: one is enough where so
 * many answers at this ttl came from one router and none from any other; many are needed where it
 * is known that some targets see other ones. */
#define AGREED_CLEAR  1
#define CLEAR_ANSWERS 64
#define AGREED_ALONE  2
#define AGREED_BESIDE HT_HOP_CACHE_SOURCES

/* One target in so many measures all its hops itself: whoever goes another way gets noticed. They
 * are at most so many at one ttl in that time, lest they alone ask more than a router gives. */
#define CHECKS_ONE_IN 16
#define CHECKS_MAX    32
#define CHECKS_NS     (1 * HT_NS_PER_S)

/* So many in a row may fail to measure it before everybody does. */
#define FAILURES_MAX 2

/* A router must have answered so often before a hop is held back for it. */
#define HOLD_ANSWERS 8

/* How long a measurement holds in a single round; in rounds that come again it is their interval.
 */
#define FRESH_NS (60 * HT_NS_PER_S)

/* Who waits for others' measurement looks again after this time. */
#define LOOK_AGAIN_NS (100 * HT_NS_PER_MS)

#define SHARES_MAX 16384
#define SWEEP_NS   (1 * HT_NS_PER_S)

void ht_hop_cache_fini(struct ht_hop_cache *cache)
{
    for (size_t i = 0; i < HT_HOP_CACHE_BUCKETS; i++) {
        for (struct ht_cached_hop *share = cache->buckets[i], *next; share != NULL; share = next) {
            next = share->next;
            free(share);
        }
    }
    *cache = (struct ht_hop_cache){0};
}

/* --- what is known ------------------------------------------------------------------------- */

/* Measurements are alike only if these are: routers may treat other packets in another way. */
static uint32_t manner_of(const struct ht_round *round)
{
    const struct ht_settings *settings = &round->target->settings;
    const struct ht_flow *flow = &round->flow;
    uint32_t hash = HT_FNV1A_START;
    hash = ht_fnv1a(hash, flow->source.bytes, sizeof flow->source.bytes);
    hash = ht_fnv1a(hash, (const uint8_t *)&flow->port, sizeof flow->port);
    hash = ht_fnv1a(hash, &flow->protocol, sizeof flow->protocol);
    hash = ht_fnv1a(hash, &flow->tos, sizeof flow->tos);
    hash = ht_fnv1a(hash, (const uint8_t *)&settings->probes, sizeof settings->probes);
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
    struct ht_cached_hop *share = *bucket_of(cache, manner, ttl, beyond);
    while (share != NULL && (share->manner != manner || share->ttl != ttl ||
                             !ht_address_equal(&share->beyond, beyond)))
        share = share->next;
    return share;
}

static void forget_sources(struct ht_cached_hop *share)
{
    for (size_t i = 0; i < HT_HOP_CACHE_SOURCES; i++)
        share->sources[i].time_ns = INT64_MIN;
}

/* Forgets what is old, if there is no room. */
static void sweep(struct ht_hop_cache *cache, int64_t now_ns)
{
    if (cache->count < SHARES_MAX || now_ns - cache->swept_ns < SWEEP_NS)
        return;
    cache->swept_ns = now_ns;
    for (size_t i = 0; i < HT_HOP_CACHE_BUCKETS; i++) {
        for (struct ht_cached_hop **link = &cache->buckets[i]; *link != NULL;) {
            struct ht_cached_hop *share = *link;
            if (share->measuring > 0 || now_ns - share->sources[share->last].time_ns < FRESH_NS) {
                link = &share->next;
                continue;
            }
            *link = share->next;
            free(share);
            cache->count--;
        }
    }
}

/* As find, made if it is not there. NULL: no room. */
static struct ht_cached_hop *make(struct ht_hop_cache *cache, uint32_t manner, uint8_t ttl,
                                  const struct ht_address *beyond, int64_t now_ns)
{
    struct ht_cached_hop *share = find(cache, manner, ttl, beyond);
    if (share != NULL)
        return share;
    sweep(cache, now_ns);
    share = cache->count < SHARES_MAX ? malloc(sizeof *share) : NULL;
    if (share == NULL)
        return NULL;
    struct ht_cached_hop **bucket = bucket_of(cache, manner, ttl, beyond);
    *share = (struct ht_cached_hop){.next = *bucket,
                                    .beyond = *beyond,
                                    .manner = manner,
                                    .ttl = ttl,
                                    .disagreed_ns = INT64_MIN};
    forget_sources(share);
    *bucket = share;
    cache->count++;
    return share;
}

/* --- taking over --------------------------------------------------------------------------- */

/* The moment from which on measurements are of this round's round. */
static int64_t fresh_from_ns(const struct ht_round *round, int64_t now_ns)
{
    int64_t interval_ns = round->target->settings.interval_ns;
    return now_ns - (interval_ns != 0 ? interval_ns : FRESH_NS);
}

static struct ht_hop_state *hop_at(const struct ht_asked *asked, const struct ht_probe_log *log,
                                   const struct ht_path_end *end, unsigned ttl)
{
    unsigned index = ttl - asked->first_ttl;
    return index < end->window_hops ? &log->hops[index] : NULL;
}

/* The one router that was seen at a ttl, measured or taken over; NULL: none, or several. */
static const struct ht_address *router_at(const struct ht_probe_log *log, unsigned ttl)
{
    const struct ht_node_state *first = ht_probe_log_first_node(log, ttl);
    return first != NULL && ht_probe_log_next_node(log, first) == NULL ? &first->address : NULL;
}

/* True if what lies at this ttl is the path's end, or beyond it. */
static bool at_end(const struct ht_round *round, unsigned ttl)
{
    const struct ht_settings *settings = &round->target->settings;
    return ttl > settings->max_ttl ||
           (round->recalled->destination_ttl != 0 && ttl >= round->recalled->destination_ttl) ||
           (round->end.destination_ttl != 0 && ttl >= round->end.destination_ttl) ||
           (round->end.unreachable_ttl != 0 && ttl >= round->end.unreachable_ttl);
}

/* True if this hop may still be taken over: nothing of its own is known, and it is worth it. */
static bool eligible(const struct ht_round *round, const struct ht_hop_state *hop, uint8_t ttl)
{
    const struct ht_site *site = &round->sites->at[ttl];
    return !hop->own && hop->sent == 0 && hop->received == 0 && hop->awaited == 0 &&
           site->same >= HOLD_ANSWERS && ht_site_shared(site) && !at_end(round, ttl + 1U);
}

/* True if this target measures the hop itself to check on the others. */
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

static int64_t wait(const struct ht_round *round, struct ht_hop_state *hop, int64_t now_ns)
{
    ht_turns_leave(round, hop);
    hop->held = true;
    return now_ns + LOOK_AGAIN_NS;
}

/* Takes over another target's measurement of a hop of which nothing is known here: its node, whose
 * labels are copied, and its times. False: no memory. */
static bool borrow(struct ht_round *round, uint8_t ttl, const struct ht_node_state *node,
                   const struct ht_rtt *rtt)
{
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    struct ht_rtt *times = malloc(sizeof *times);
    struct ht_mpls *labels =
        node->mpls_count > 0 ? malloc(node->mpls_count * sizeof *labels) : NULL;
    uint16_t index = HT_NO_NODE;
    if (times != NULL && (labels != NULL || node->mpls_count == 0))
        (void)ht_probe_log_node_for(&round->log, ttl, &node->address, &index);
    if (index == HT_NO_NODE) {
        free(times);
        free(labels);
        return false;
    }
    ht_hop_cache_leave(hop);
    *times = *rtt;
    if (labels != NULL)
        memcpy(labels, node->mpls, node->mpls_count * sizeof *labels);
    uint16_t next = round->log.nodes[index].next;
    round->log.nodes[index] = *node;
    round->log.nodes[index].next = next;
    round->log.nodes[index].mpls = labels;
    hop->shared_rtt = times;
    hop->shared = true;
    ht_turns_leave(round, hop);
    return true;
}

/* So many targets have measured this hop since then, all alike. */
static unsigned sources_since(const struct ht_cached_hop *share, int64_t fresh_ns)
{
    unsigned count = 0;
    for (size_t i = 0; i < HT_HOP_CACHE_SOURCES; i++)
        count += share->sources[i].time_ns >= fresh_ns;
    return count;
}

static unsigned sources_needed(const struct ht_site *site)
{
    if (site->other > 0)
        return AGREED_BESIDE;
    return site->same >= CLEAR_ANSWERS ? AGREED_CLEAR : AGREED_ALONE;
}

/* The router beyond is known: takes the hop over, waits for those who measure it, or measures. */
static int64_t ask(struct ht_round *round, struct ht_hop_state *hop, uint8_t ttl,
                   const struct ht_address *beyond, int64_t now_ns)
{
    int64_t fresh_ns = fresh_from_ns(round, now_ns);
    unsigned needed = sources_needed(&round->sites->at[ttl]);
    struct ht_cached_hop *share = make(round->cache, manner_of(round), ttl, beyond, now_ns);
    if (share == NULL || share->disagreed_ns >= fresh_ns || share->failures >= FAILURES_MAX)
        return measure(hop, now_ns);
    unsigned sources = sources_since(share, fresh_ns);
    if (sources >= needed)
        return borrow(round, ttl, &share->node, &share->rtt) ? HT_NEVER : measure(hop, now_ns);
    if (share->measuring + sources >= needed)
        return wait(round, hop, now_ns);
    hop->share = share;
    share->measuring++;
    return measure(hop, now_ns);
}

int64_t ht_hop_cache_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    struct ht_hop_state *hop = hop_at(&round->asked, &round->log, &round->end, ttl);
    const struct ht_hop_state *next = hop_at(&round->asked, &round->log, &round->end, ttl + 1U);
    if (!eligible(round, hop, ttl))
        return now_ns;
    if (is_a_check(round, ttl, now_ns))
        return measure(hop, now_ns);
    if (next == NULL)
        return wait(round, hop, now_ns);
    if (!next->shared && next->received == 0)
        return ht_hop_due_complete(round, (uint8_t)(ttl + 1)) ? measure(hop, now_ns)
                                                              : wait(round, hop, now_ns);
    const struct ht_address *beyond = router_at(&round->log, ttl + 1U);
    return beyond != NULL ? ask(round, hop, ttl, beyond, now_ns) : measure(hop, now_ns);
}

/* --- publishing ---------------------------------------------------------------------------- */

bool ht_hop_cache_wants(struct ht_round *round, uint8_t ttl)
{
    struct ht_hop_state *hop = hop_at(&round->asked, &round->log, &round->end, ttl);
    if (hop->shared || hop->published || !ht_hop_due_complete(round, ttl))
        return false;
    if (hop->share == NULL && !ht_site_shared(&round->sites->at[ttl]))
        return false;
    const struct ht_hop_state *next = hop_at(&round->asked, &round->log, &round->end, ttl + 1U);
    if (next == NULL || (!next->shared && next->received == 0)) {
        /* The router beyond may answer yet; who measures for others knows it. */
        return hop->share != NULL;
    }
    return !at_end(round, ttl + 1U);
}

/* Those who measured this hop saw different routers. */
static void disagree(struct ht_cached_hop *share, int64_t now_ns)
{
    share->disagreed_ns = now_ns;
    forget_sources(share);
}

/* The place of a target's own last measurement, or the oldest one's. */
static void note_source(struct ht_cached_hop *share, uint32_t target, int64_t now_ns)
{
    uint8_t slot = 0;
    for (uint8_t i = 0; i < HT_HOP_CACHE_SOURCES; i++) {
        if (share->sources[i].target == target && share->sources[i].time_ns != INT64_MIN) {
            slot = i;
            break;
        }
        if (share->sources[i].time_ns < share->sources[slot].time_ns)
            slot = i;
    }
    share->sources[slot] = (struct ht_cached_hop_source){.target = target, .time_ns = now_ns};
    share->last = slot;
}

static void enter(struct ht_cached_hop *share, const struct ht_round *round,
                  const struct ht_hop *hop, int64_t now_ns)
{
    const struct ht_node *node = &hop->nodes[0];
    bool fresh = share->sources[share->last].time_ns >= fresh_from_ns(round, now_ns);
    if (fresh && !ht_address_equal(&share->node.address, &node->address)) {
        disagree(share, now_ns);
        return;
    }
    note_source(share, round->flow.flow_tag, now_ns);
    share->failures = 0;
    share->rtt = hop->rtt;
    share->node =
        (struct ht_node_state){.address = node->address,
                               .received = node->received & HT_NODE_RECEIVED_MASK,
                               .reply_ttl = node->reply_ttl > 0 ? (uint8_t)node->reply_ttl : 0,
                               .icmp_type = (uint8_t)node->icmp_type,
                               .icmp_code = (uint8_t)node->icmp_code,
                               .by_tcp = node->icmp_type < 0,
                               .mpls_count = node->mpls_count & HT_NODE_LABELS_MASK,
                               .mpls = share->mpls};
    if (node->mpls_count > 0)
        memcpy(share->mpls, node->mpls, node->mpls_count * sizeof *node->mpls);
}

/* What a router refuses it refuses to one target, not to others. */
static bool refuses(const struct ht_hop *hop)
{
    return hop->node_count == 1 && hop->nodes[0].refusal != NULL;
}

void ht_hop_cache_publish(struct ht_round *round, const struct ht_hop *hop, int64_t now_ns)
{
    struct ht_hop_state *state = hop_at(&round->asked, &round->log, &round->end, hop->ttl);
    const struct ht_address *beyond = router_at(&round->log, hop->ttl + 1U);
    struct ht_cached_hop *share = state->share;
    state->published = true;
    if (beyond != NULL && (share == NULL || !ht_address_equal(&share->beyond, beyond)))
        share = make(round->cache, manner_of(round), hop->ttl, beyond, now_ns);
    if (share != NULL && beyond != NULL) {
        if (hop->node_count == 1 && !refuses(hop))
            enter(share, round, hop, now_ns);
        else if (hop->node_count > 1)
            disagree(share, now_ns);
    }
    bool failed = hop->node_count == 0 || refuses(hop);
    if (state->share != NULL && failed && state->share->failures < FAILURES_MAX)
        state->share->failures++;
    ht_hop_cache_leave(state);
}

void ht_hop_cache_leave(struct ht_hop_state *hop)
{
    if (hop->share != NULL)
        hop->share->measuring--;
    hop->share = NULL;
}
