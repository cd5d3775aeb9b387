#include "probing/ratelimit/turns.h"

#include <stdlib.h>

#include "probing/log/round_state.h"
#include "probing/ratelimit/controller.h"
#include "wire/reply.h"

/* Pairs of interface and IP version that have sites, which bounds memory; rounds of further pairs
 * wait for no turns. */
#define SITES_MAX 16

/* Ttls beyond a site that are looked at for what is lost on the way: its limit does not explain
 * that. */
#define BEYOND_TTLS 8U

/* How long after its beginning a round's probes may wait for turns: with the answers to the last
 * ones a round takes some 10 s at most. */
#define WAIT_MAX_NS (9300 * HT_NS_PER_MS)

/* A spacing above which a single round waits for no turn: WAIT_MAX_NS has 37 of them, which are too
 * few to serve the targets of a shared router. */
#define HOPELESS_NS (250 * HT_NS_PER_MS)

/* A turn comes earlier or later than was foreseen when the spacing changes, so that a probe that
 * waits asks again after this time; sooner while the limit is sought, as it changes often then. */
#define LOOK_AGAIN_NS (500 * HT_NS_PER_MS)
#define LOOK_SOON_NS  (100 * HT_NS_PER_MS)

/* Probes of a round to a hop that has not answered at all after which that hop may well be silent
 * by itself: the silence of further ones says nothing of the router. More while its limit is
 * sought. */
#define ASKED_SILENT  2
#define ASKED_SEEKING 3

void ht_rate_limits_fini(struct ht_rate_limits *limits)
{
    for (struct ht_sites *sites = limits->first, *next; sites != NULL; sites = next) {
        next = sites->next;
        for (size_t ttl = 0; ttl <= UINT8_MAX; ttl++)
            ht_site_fini(&sites->at[ttl]);
        free(sites);
    }
    *limits = (struct ht_rate_limits){0};
}

struct ht_sites *ht_rate_limits_sites(struct ht_rate_limits *limits, uint32_t interface_index,
                                      uint8_t ip_version)
{
    for (struct ht_sites *sites = limits->first; sites != NULL; sites = sites->next) {
        if (sites->interface_index == interface_index && sites->ip_version == ip_version)
            return sites;
    }
    struct ht_sites *made = limits->count < SITES_MAX ? calloc(1, sizeof *made) : NULL;
    if (made == NULL)
        return NULL;
    made->interface_index = interface_index;
    made->ip_version = ip_version;
    made->next = limits->first;
    limits->first = made;
    limits->count++;
    return made;
}

/* The least share lost at any of the next BEYOND_TTLS ttls: what a packet suffers on its way past
 * this site. Of probes sent from `since_ns` on, or, at a ttl that has none, of all that its site
 * remembers. 1 if nothing is known: then there is no ground to blame a router. */
static double beyond_share(const struct ht_sites *sites, uint8_t ttl, int64_t since_ns,
                           int64_t now_ns)
{
    double least = 1;
    for (unsigned next = ttl + 1U; next <= UINT8_MAX && next - ttl <= BEYOND_TTLS; next++) {
        double share = ht_site_lost_share(&sites->at[next], since_ns, now_ns);
        if (share < 0)
            share = ht_site_lost_share(&sites->at[next], INT64_MIN, now_ns);
        if (share >= 0 && share < least)
            least = share;
    }
    return least;
}

/* Reviews a site if that is due, and keeps count of the limited ones. */
static void review(struct ht_sites *sites, uint8_t ttl, int64_t now_ns)
{
    struct ht_site *site = &sites->at[ttl];
    if (!ht_controller_due(site, now_ns))
        return;
    sites->limited = (uint16_t)(sites->limited - (site->control.phase != HT_SITE_FREE));
    int64_t since_ns = ht_controller_since_ns(site, now_ns);
    ht_controller_review(site, now_ns, beyond_share(sites, ttl, since_ns, now_ns));
    sites->limited = (uint16_t)(sites->limited + (site->control.phase != HT_SITE_FREE));
}

void ht_turns_review(struct ht_sites *sites, uint8_t ttl, int64_t now_ns)
{
    if (sites != NULL)
        review(sites, ttl, now_ns);
}

void ht_turns_sent(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                   struct ht_sites *sites, struct ht_probe *probe)
{
    if (sites == NULL)
        return;
    const struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    struct ht_site *site = &sites->at[probe->ttl];
    uint32_t asked = hop->sent + hop->redone;
    uint32_t telling = site->control.phase == HT_SITE_SEEKING ? ASKED_SEEKING : ASKED_SILENT;
    bool expected =
        hop->received != 0 || (asked <= telling && !ht_round_memory_silent(recalled, probe->ttl));
    probe->site_index = ht_site_sent(site, probe->sent_ns, expected);
}

/* Counts what became of a probe, if its hop had one answered or dropped before. */
static void note_sequel(const struct ht_probe_log *log, struct ht_sites *sites,
                        const struct ht_probe *probe, bool answered)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    struct ht_site *site = &sites->at[probe->ttl];
    if (hop->received > answered)
        ht_site_note_sequel(site, answered ? HT_SITE_KEPT : HT_SITE_RELAPSED);
    else if (hop->redone > 0 && answered)
        ht_site_note_sequel(site, HT_SITE_RECOVERED);
    else if (hop->redone > 0 && probe->sent_ns >= site->control.phase_ns)
        ht_site_note_sequel(site, HT_SITE_IN_VAIN); /* not of a probe sent before this phase */
}

void ht_turns_dropped(const struct ht_probe_log *log, struct ht_sites *sites,
                      const struct ht_probe *probe)
{
    note_sequel(log, sites, probe, false);
}

/* Reviews the site of the round's oldest awaited probe once that has waited longer than any answer
 * on this path took. A router that answers nothing any more gets no review by its own answers;
 * without this one its limit was noticed only when the probes' time was up, and the answers that
 * would have shown it were forgotten by then. */
static void review_overtaken(const struct ht_probe_log *log, struct ht_sites *sites, int64_t now_ns)
{
    if (log->oldest_awaited == log->probe_count)
        return;
    const struct ht_probe *oldest = &log->probes[log->oldest_awaited];
    if (oldest->state == HT_PROBE_AWAITED && now_ns - oldest->sent_ns > log->max_rtt_ns)
        review(sites, oldest->ttl, now_ns);
}

void ht_turns_answered(const struct ht_round *round, const struct ht_probe *probe,
                       const struct ht_reply *reply, int64_t received_ns)
{
    struct ht_sites *sites = round->sites;
    if (sites == NULL)
        return;
    struct ht_site *site = &sites->at[probe->ttl];
    bool expired = reply->answer == HT_ANSWER_TIME_EXCEEDED;
    sites->limited = (uint16_t)(sites->limited - (site->control.phase != HT_SITE_FREE));
    ht_site_answered(site, probe->site_index, probe->sent_ns, probe->rtt_ns,
                     expired ? &reply->node.address : NULL, round->flow.flow_tag);
    if (expired && ht_address_equal(&reply->node.address, &site->router))
        note_sequel(&round->log, round->sites, probe, true);
    sites->limited = (uint16_t)(sites->limited + (site->control.phase != HT_SITE_FREE));
    review(sites, probe->ttl, received_ns);
    review_overtaken(&round->log, round->sites, received_ns);
}

/* False if, as far as is known, another node than the site's router answers this round's probes of
 * this ttl. */
static bool concerns(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                     const struct ht_path_end *end, const struct ht_site *site, uint8_t ttl)
{
    if ((end->destination_ttl != 0 && ttl >= end->destination_ttl) ||
        (recalled->destination_ttl != 0 && ttl >= recalled->destination_ttl))
        return false;
    const struct ht_node_facts *node = ht_probe_log_first_node(log, ttl);
    return node == NULL || ht_address_equal(&node->address, &site->router);
}

/* How long after its beginning a round may wait for turns. One that comes again leaves time for its
 * own last answers: min(WAIT_MAX_NS, max(interval - timeout, interval / 2)). */
static int64_t max_wait_ns(const struct ht_settings *settings)
{
    if (settings->interval_ns == 0)
        return WAIT_MAX_NS;
    int64_t free_ns = settings->interval_ns - settings->timeout_ns;
    return ht_time_min(WAIT_MAX_NS, ht_time_max(free_ns, settings->interval_ns / 2));
}

/* True if a probe does not wait, or wait any longer, for its turn: the round has waited long
 * enough; the hop has an answer already, and would keep hops without any waiting; or the router is
 * too slow. */
static bool given_up(const struct ht_round *round, const struct ht_hop_state *hop,
                     const struct ht_site *site, int64_t turn_ns, int64_t now_ns)
{
    const struct ht_settings *settings = &round->target->settings;
    int64_t longest_ns = max_wait_ns(settings);
    if (now_ns - round->timing.begun_ns >= longest_ns)
        return true;
    if (hop->received != 0 && !hop->in_line && turn_ns - now_ns > longest_ns / 2)
        return true;
    return settings->interval_ns == 0 && site->control.phase == HT_SITE_PACED &&
           site->line.spacing_ns > HOPELESS_NS;
}

static struct ht_site *site_of(const struct ht_probe_log *log, struct ht_sites *sites,
                               const struct ht_hop_state *hop)
{
    size_t index = (size_t)(hop - log->hops);
    return &sites->at[log->asked.first_ttl + index];
}

void ht_turns_leave(const struct ht_probe_log *log, struct ht_sites *sites,
                    struct ht_hop_state *hop)
{
    if (hop->in_line)
        ht_site_leave(site_of(log, sites, hop));
    hop->in_line = false;
    hop->held = false;
}

void ht_turns_taken(const struct ht_probe_log *log, struct ht_sites *sites,
                    struct ht_hop_state *hop, int64_t now_ns)
{
    if (sites == NULL)
        return;
    ht_turns_leave(log, sites, hop);
    site_of(log, sites, hop)->line.left_ns =
        ht_time_max(site_of(log, sites, hop)->line.left_ns, now_ns);
}

/* When a probe that has to wait asks again, or leaves. */
static int64_t wait_ns(const struct ht_round *round, const struct ht_site *site, int64_t turn_ns,
                       int64_t now_ns)
{
    int64_t ends_ns = ht_time_add(round->timing.begun_ns, max_wait_ns(&round->target->settings));
    bool seeking = site->control.phase == HT_SITE_SEEKING;
    int64_t again_ns = now_ns + (seeking ? LOOK_SOON_NS : LOOK_AGAIN_NS);
    return ht_time_min(ht_time_min(turn_ns, ends_ns), again_ns);
}

int64_t ht_turns_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    struct ht_site *site = &round->sites->at[ttl];
    review(round->sites, ttl, now_ns);
    round->timing.begun_ns = ht_time_min(round->timing.begun_ns, now_ns);
    if (site->line.spacing_ns == 0 ||
        !concerns(round->recalled, &round->log, &round->end, site, ttl)) {
        ht_turns_leave(&round->log, round->sites, hop);
        return now_ns;
    }
    int64_t turn_ns = ht_site_turn_ns(site, hop->in_line ? hop->ticket : site->line.next_ticket);
    if (turn_ns > now_ns && given_up(round, hop, site, turn_ns, now_ns)) {
        ht_turns_leave(&round->log, round->sites, hop);
        hop->held = hop->line_too_long = true;
        return HT_NEVER;
    }
    if (!hop->in_line)
        hop->ticket = ht_site_join(site, now_ns);
    hop->in_line = true;
    hop->held = turn_ns > now_ns;
    return hop->held ? wait_ns(round, site, turn_ns, now_ns) : now_ns;
}

int64_t ht_turns_dropped_ns(const struct ht_round *round, const struct ht_probe *probe)
{
    const struct ht_site *site = &round->sites->at[probe->ttl];
    bool as_before = ht_probe_log_hop(&round->log, probe->ttl)->received == 0 &&
                     ht_round_memory_silent(round->recalled, probe->ttl);
    if (as_before || !ht_controller_overran(site, probe->sent_ns) ||
        !concerns(round->recalled, &round->log, &round->end, site, probe->ttl))
        return HT_NEVER;
    return ht_time_add(probe->sent_ns, ht_site_overdue_ns(site));
}

bool ht_turns_cleared(const struct ht_sites *sites, const struct ht_probe *probe)
{
    return ht_controller_cleared(&sites->at[probe->ttl], probe->sent_ns);
}

bool ht_turns_steady(const struct ht_sites *sites, uint8_t ttl)
{
    return ht_controller_steady(&sites->at[ttl]);
}
