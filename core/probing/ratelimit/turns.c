#include "probing/ratelimit/turns.h"

#include <stdlib.h>
#include <string.h>

#include "history/path_memory.h"
#include "probing/log/round_state.h"
#include "probing/ratelimit/controller.h"
#include "probing/ratelimit/sites.h"
#include "wire/reply.h"

/* Ttls beyond a site that are looked at for what is lost on the way: its limit does not explain
 * that. */
#define BEYOND_TTLS 8U

/* Odds of a limit that excuse what is not decided when the record closes. With 1, 83 of 1,250
 * made-up networks with loss hid two fifths of it, where 33 would do so by chance; with 4 a few
 * more targets of routers without a burst show loss. */
#define EXCUSING_ODDS 2

/* Fewest probes of such a ttl of which a share is told. */
#define BEYOND_PROBES 3

/* A silence that is an outage if nothing beyond answered either: twice as long as any answer is
 * waited for (ht_site_overdue_ns), so that what was sent at first is judged at all ttls. */
#define OUTAGE_NS (600 * HT_NS_PER_MS)

/* How long after its beginning a round's probes may wait for turns where no interval says more, or
 * where not all that wait can be served: with the answers to the last ones a round takes some 10 s
 * at most. */
#define WAIT_MAX_NS (9300 * HT_NS_PER_MS)

/* A spacing above which a single round waits for no turn unless all that wait can be served: there
 * are 37 of them in WAIT_MAX_NS, too few for the targets of a shared router. */
#define HOPELESS_NS (250 * HT_NS_PER_MS)

/* A turn comes earlier or later than was foreseen when the spacing changes, so that a probe that
 * waits asks again after this time; sooner while the limit is sought, as it changes often then. */
#define LOOK_AGAIN_NS (500 * HT_NS_PER_MS)
#define LOOK_SOON_NS  (100 * HT_NS_PER_MS)

/* An answer may take 20 ms longer than any did before it is judged dropped (ht_site_overdue_ns): in
 * less, what has not been read yet makes none seem so. With 10 or 20 ms six or seven hops of
 * 900,000 in 2,000 crowds are false; without, 1,869 of half of them. */
#define UNREAD_NS (15 * HT_NS_PER_MS)

/* Where a few routers answer, a limit is told once one of them is met again: the last probe to a
 * hop that has not answered leaves a router of ten answers a second the time for one more. */
#define RETRY_APART_NS (150 * HT_NS_PER_MS)

/* Probes to a hop that does not answer whose silence says something of the router, by the state of
 * its site. Of a search it takes more: most of its probes are dropped. */
#define TELLING                                                                                    \
    {                                                                                              \
        [HT_SITE_FREE] = 1, [HT_SITE_SEEKING] = 4, [HT_SITE_PROVING] = 2, [HT_SITE_PACED] = 2      \
    }

/* Probes without an answer after which a hop is silent if no other hop answered when it was asked
 * again, though others were answered in that time. */
#define ASKED_IN_ALL 2

/* What became of the probes of all sites at this ttl. */
static struct ht_rate_counts counts_at(const struct ht_sites *sites, uint8_t ttl,
                                       struct ht_site_span span, int64_t now_ns)
{
    struct ht_rate_counts sum = ht_site_count(&sites->at[ttl], span, now_ns, true).all;
    for (const struct ht_router_site *router = sites->routers[ttl]; router != NULL;
         router = router->next) {
        struct ht_rate_counts counts = ht_site_count(&router->site, span, now_ns, true).all;
        sum.answered += counts.answered;
        sum.dropped += counts.dropped;
    }
    return sum;
}

/* What became of the probes that went past a site. */
struct beyond {
    double share;                /* the least that is lost at any of the ttls */
    struct ht_rate_counts since; /* since it has dropped all of its own; `dropped`: not answered yet
                                    count too */
};

/* At the next BEYOND_TTLS ttls: what a packet suffers on its way past this site. The share is that
 * of probes sent from `since_ns` on, or, at a ttl that has none, of all that its site remembers; 1
 * if nothing is known: then there is no ground to blame a router. */
static struct beyond look_beyond(const struct ht_sites *sites, uint8_t ttl, int64_t since_ns,
                                 struct ht_site_span silent, int64_t now_ns)
{
    const struct ht_site_span since = {since_ns, HT_NEVER};
    const struct ht_site_span ever = {INT64_MIN, HT_NEVER};
    struct beyond beyond = {.share = 1};
    for (unsigned next = ttl + 1U; next <= UINT8_MAX && next - ttl <= BEYOND_TTLS; next++) {
        struct ht_rate_counts counts = counts_at(sites, (uint8_t)next, since, now_ns);
        if (silent.from_ns != HT_NEVER) {
            struct ht_rate_counts passed = counts_at(sites, (uint8_t)next, silent, HT_NEVER - 1);
            beyond.since.answered += passed.answered;
            beyond.since.dropped += passed.dropped;
        }
        if (counts.answered + counts.dropped == 0)
            counts = counts_at(sites, (uint8_t)next, ever, now_ns);
        uint32_t all = counts.answered + counts.dropped;
        if (all >= BEYOND_PROBES && counts.dropped < beyond.share * all)
            beyond.share = (double)counts.dropped / all;
    }
    return beyond;
}

/* What is lost beyond a site, 0 to 1, where its drops are suspect. 1 as long as none of the probes
 * that went past it meanwhile is answered; if that lasts, it is an outage, whose drops are
 * forgotten. */
static double beyond_share(const struct ht_sites *sites, struct ht_site *site, uint8_t ttl,
                           const struct ht_site_evidence *seen, int64_t now_ns)
{
    if (!ht_controller_suspects(site, seen))
        return 0;
    /* Since when it has dropped all probes, of two at least. */
    int64_t silent_ns = seen->last_run > 1 ? seen->last_run_ns : HT_NEVER;
    struct ht_site_span silent = {silent_ns, now_ns - ht_site_overdue_ns(site) + 1};
    struct beyond beyond = look_beyond(sites, ttl, site->control.since_ns, silent, now_ns);
    if (silent_ns == HT_NEVER || beyond.since.answered > 0 || beyond.since.dropped == 0)
        return beyond.share;
    if (now_ns - silent_ns > OUTAGE_NS && beyond.since.dropped >= BEYOND_PROBES)
        ht_controller_dismiss(site, now_ns);
    return 1;
}

/* Reviews a site if that is due, and keeps count of the limited ones. */
static void review(struct ht_sites *sites, struct ht_site *site, uint8_t ttl, int64_t now_ns)
{
    if (!ht_controller_due(site, now_ns))
        return;
    bool was_free = site->control.state == HT_SITE_FREE;
    sites->limited = (uint16_t)(sites->limited - !was_free);
    struct ht_site_evidence seen = ht_controller_look(site, now_ns);
    ht_controller_review(site, &seen, now_ns, beyond_share(sites, site, ttl, &seen, now_ns));
    sites->limited = (uint16_t)(sites->limited + (site->control.state != HT_SITE_FREE));
    if (was_free && site->control.state != HT_SITE_FREE)
        sites->alarms++;
}

void ht_turns_review(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl,
                     int64_t now_ns)
{
    if (sites != NULL)
        review(sites, ht_sites_of(log, sites, ttl), ttl, now_ns);
}

/* True if a hop that has not answered may well be silent by itself: it was asked as often as
 * TELLING says for the site's state, and, where probes are sent again, others were answered
 * meanwhile. */
static bool seems_silent(const struct ht_hop_state *hop, const struct ht_site *site)
{
    static const uint8_t telling[] = TELLING;
    return hop->asked > telling[site->control.state] &&
           (site->control.state == HT_SITE_FREE || hop->first_sent_ns < site->answered_ns);
}

/* What a probe's silence tells of the router. */
static enum ht_site_kind kind_of(const struct ht_round_memory *recalled,
                                 const struct ht_hop_state *hop, const struct ht_site *site,
                                 uint8_t ttl)
{
    if (hop->site_guessed && hop->site != 0)
        return HT_SITE_IGNORED;
    if (hop->received != 0)
        return hop->asked <= hop->passes ? HT_SITE_REGULAR : HT_SITE_AGAIN;
    if (ht_round_memory_silent(recalled, ttl) ||
        (recalled->next_number != 0 && recalled->max_rtt_ns == 0))
        return HT_SITE_IGNORED;
    if (seems_silent(hop, site))
        return HT_SITE_SILENT;
    return hop->asked > 1 ? HT_SITE_RETRIED : HT_SITE_REGULAR;
}

void ht_turns_sent(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                   struct ht_sites *sites, struct ht_probe *probe)
{
    if (sites == NULL)
        return;
    struct ht_site *site = ht_sites_of(log, sites, probe->ttl);
    probe->site_index =
        ht_site_sent(site, probe->sent_ns,
                     kind_of(recalled, ht_probe_log_hop(log, probe->ttl), site, probe->ttl));
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
        ht_turns_review(log, sites, oldest->ttl, now_ns);
}

void ht_turns_answered(const struct ht_round *round, const struct ht_probe *probe,
                       const struct ht_reply *reply, int64_t received_ns)
{
    struct ht_sites *sites = round->sites;
    if (sites == NULL)
        return;
    sites->read_ns = received_ns;
    const struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    struct ht_site *site = ht_sites_at(sites, probe->ttl, hop->site);
    bool expired = reply->answer == HT_ANSWER_TIME_EXCEEDED;
    bool own = expired && !(hop->site_guessed && hop->site != 0);
    sites->limited = (uint16_t)(sites->limited - (site->control.state != HT_SITE_FREE));
    bool replaced = ht_site_answered(site, probe->site_index, probe->sent_ns, probe->rtt_ns,
                                     own ? &reply->node.address : NULL, round->flow.flow_tag);
    if ((replaced || site->control.state != HT_SITE_FREE) && !ht_site_tells(site))
        ht_controller_forget(site);
    sites->limited = (uint16_t)(sites->limited + (site->control.state != HT_SITE_FREE));
    site->control.recovered += hop->received == 1 && probe->sent_ns > hop->first_sent_ns;
    review(sites, site, probe->ttl, received_ns);
    review_overtaken(&round->log, round->sites, received_ns);
}

/* False if, as far as is known, another node than the site's routers answers this round's probes of
 * this ttl. */
static bool concerns(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                     const struct ht_path_end *end, const struct ht_site *site, uint8_t ttl)
{
    if ((end->destination_ttl != 0 && ttl >= end->destination_ttl) ||
        (recalled->destination_ttl != 0 && ttl >= recalled->destination_ttl))
        return false;
    const struct ht_node_facts *node = ht_probe_log_first_node(log, ttl);
    return node == NULL || !ht_site_has_one_router(site) ||
           ht_address_equal(&node->address, &site->router);
}

/* True if not all hops that are in line can be served in this time. */
static bool too_many(const struct ht_site *site, int64_t time_ns)
{
    return site->line.joined * ht_controller_answer_ns(site) > time_ns;
}

/* How long after its beginning a round may wait for turns. One that comes again leaves time for its
 * own last answers: max(interval - timeout, interval / 2). More than WAIT_MAX_NS only if all that
 * wait can be served meanwhile. */
static int64_t max_wait_ns(const struct ht_round *round, const struct ht_site *site)
{
    int64_t interval_ns = round->target->settings.interval_ns;
    int64_t free_ns = interval_ns - round->log.asked.timeout_ns;
    int64_t longest_ns = interval_ns != 0 ? ht_time_max(free_ns, interval_ns / 2) : WAIT_MAX_NS;
    return too_many(site, longest_ns) ? ht_time_min(longest_ns, WAIT_MAX_NS) : longest_ns;
}

bool ht_turns_time_is_up(const struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    const struct ht_site *site = ht_sites_of(&round->log, round->sites, ttl);
    return now_ns - round->timing.begun_ns >= max_wait_ns(round, site);
}

/* True if a probe does not wait, or wait any longer, for its turn: the round has waited long
 * enough; the hop has an answer already, and would keep hops without any waiting; or the router is
 * too slow. */
static bool given_up(const struct ht_round *round, const struct ht_hop_state *hop,
                     const struct ht_site *site, int64_t turn_ns, int64_t now_ns)
{
    const struct ht_settings *settings = &round->target->settings;
    int64_t longest_ns = max_wait_ns(round, site);
    if (now_ns - round->timing.begun_ns >= longest_ns)
        return true;
    if (hop->received != 0 && !hop->in_line && turn_ns - now_ns > longest_ns / 2)
        return true;
    return settings->interval_ns == 0 && ht_controller_answer_ns(site) > HOPELESS_NS &&
           too_many(site, longest_ns);
}

static struct ht_site *site_of(const struct ht_probe_log *log, struct ht_sites *sites,
                               const struct ht_hop_state *hop)
{
    size_t index = (size_t)(hop - log->hops);
    return ht_sites_at(sites, (uint8_t)(log->asked.first_ttl + index), hop->site);
}

void ht_turns_leave(const struct ht_probe_log *log, struct ht_sites *sites,
                    struct ht_hop_state *hop)
{
    if (hop->in_line)
        ht_line_leave(&site_of(log, sites, hop)->line);
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

/* When a hop that has not answered may be asked once more; 0: at once. */
static int64_t retry_ns(const struct ht_round *round, const struct ht_hop_state *hop,
                        const struct ht_site *site, uint8_t ttl)
{
    bool retry = hop->received == 0 && hop->passes >= ht_asked_probes(&round->log.asked, ttl);
    return retry && ht_site_has_few_routers(site) ? ht_time_add(hop->last_sent_ns, RETRY_APART_NS)
                                                  : 0;
}

/* When a probe that has to wait asks again, or leaves. */
static int64_t wait_ns(const struct ht_round *round, const struct ht_site *site, int64_t turn_ns,
                       int64_t now_ns)
{
    int64_t ends_ns = ht_time_add(round->timing.begun_ns, max_wait_ns(round, site));
    bool seeking = site->control.state == HT_SITE_SEEKING;
    int64_t again_ns = now_ns + (seeking ? LOOK_SOON_NS : LOOK_AGAIN_NS);
    return ht_time_min(ht_time_min(turn_ns, ends_ns), again_ns);
}

/* True if a probe does not wait though the router's limit is sought: it is its hop's first one.
 * What becomes of these tells a limit from hops that are silent by themselves, which those that are
 * asked again may all be. */
static bool is_evidence(const struct ht_hop_state *hop, const struct ht_site *site)
{
    return hop->asked == 0 && site->control.state == HT_SITE_SEEKING &&
           ht_controller_is_undecided(site);
}

/* By when what is unanswered is judged: where much may wait to be read, since this host stood still
 * or was busy sending, no later than that. */
static int64_t judging_ns(const struct ht_sites *sites, int64_t now_ns)
{
    return now_ns - sites->read_ns > UNREAD_NS ? sites->read_ns : now_ns;
}

int64_t ht_turns_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    ht_sites_choose(round->sites, round->look.known, round->flow.flow_tag, hop, ttl, now_ns);
    struct ht_site *site = ht_sites_at(round->sites, ttl, hop->site);
    review(round->sites, site, ttl, judging_ns(round->sites, now_ns));
    round->timing.begun_ns = ht_time_min(round->timing.begun_ns, now_ns);
    if (site->line.spacing_ns == 0 || is_evidence(hop, site) ||
        !concerns(round->recalled, &round->log, &round->end, site, ttl)) {
        ht_turns_leave(&round->log, round->sites, hop);
        return ht_time_max(now_ns, retry_ns(round, hop, site, ttl));
    }
    ht_line_close_up(&site->line, now_ns);
    int64_t turn_ns =
        ht_line_turn_ns(&site->line, hop->in_line ? hop->ticket : site->line.next_ticket);
    if (turn_ns > now_ns && given_up(round, hop, site, turn_ns, now_ns)) {
        ht_turns_leave(&round->log, round->sites, hop);
        hop->held = hop->line_too_long = true;
        return HT_NEVER;
    }
    if (!hop->in_line)
        hop->ticket = ht_line_join(&site->line, hop->waited, now_ns);
    hop->in_line = hop->waited = true;
    hop->held = turn_ns > now_ns;
    return hop->held ? wait_ns(round, site, turn_ns, now_ns) : now_ns;
}

int64_t ht_turns_dropped_ns(const struct ht_round *round, const struct ht_probe *probe)
{
    const struct ht_site *site = ht_sites_of(&round->log, round->sites, probe->ttl);
    bool as_before = ht_probe_log_hop(&round->log, probe->ttl)->received == 0 &&
                     ht_round_memory_silent(round->recalled, probe->ttl);
    if (as_before || !ht_controller_overran(site, probe->sent_ns) ||
        !concerns(round->recalled, &round->log, &round->end, site, probe->ttl))
        return HT_NEVER;
    return ht_time_add(probe->sent_ns, ht_site_overdue_ns(site));
}

uint8_t ht_turns_tries(const struct ht_round *round, const struct ht_probe *probe, int64_t now_ns)
{
    if (round->sites == NULL)
        return 0;
    const struct ht_site *site = ht_sites_of(&round->log, round->sites, probe->ttl);
    return concerns(round->recalled, &round->log, &round->end, site, probe->ttl)
               ? ht_controller_tries(site, now_ns)
               : 0;
}

void ht_turns_try(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl,
                  uint8_t tries, int64_t now_ns)
{
    ht_controller_try(ht_sites_of(log, sites, ttl), tries, now_ns);
}

uint8_t ht_turns_tries_again(const struct ht_round *round, const struct ht_probe *probe)
{
    const struct ht_site *site = ht_sites_of(&round->log, round->sites, probe->ttl);
    bool once = ht_probe_log_hop(&round->log, probe->ttl)->redone == site->control.tries;
    return once && ht_controller_is_undecided(site) ? site->control.tries : 0;
}

bool ht_turns_tried(const struct ht_round *round, const struct ht_probe *probe)
{
    return round->sites != NULL &&
           ht_controller_tried(ht_sites_of(&round->log, round->sites, probe->ttl), probe->sent_ns);
}

bool ht_turns_unexplained(const struct ht_round *round, const struct ht_probe *probe)
{
    const struct ht_site *site = ht_sites_of(&round->log, round->sites, probe->ttl);
    return ht_turns_tried(round, probe) && !ht_controller_overran(site, probe->sent_ns);
}

bool ht_turns_cleared(const struct ht_probe_log *log, struct ht_sites *sites,
                      const struct ht_probe *probe)
{
    return ht_controller_cleared(ht_sites_of(log, sites, probe->ttl), probe->sent_ns);
}

bool ht_turns_doubted(const struct ht_probe_log *log, struct ht_sites *sites,
                      const struct ht_probe *probe, int64_t now_ns)
{
    struct ht_site *site = ht_sites_of(log, sites, probe->ttl);
    return ht_controller_is_undecided(site) && probe->sent_ns >= site->control.overrun.from_ns &&
           ht_controller_odds(site, now_ns) < EXCUSING_ODDS;
}

bool ht_turns_silent(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    const struct ht_site_control *control = &ht_sites_at(sites, ttl, hop->site)->control;
    return hop->received == 0 && hop->asked > ASKED_IN_ALL && control->recovered == 0 &&
           control->some_silent;
}

int64_t ht_turns_decided_ns(const struct ht_probe_log *log, struct ht_sites *sites,
                            const struct ht_probe *probe)
{
    const struct ht_site *site = ht_sites_of(log, sites, probe->ttl);
    const struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    int64_t late_ns = ht_time_add(probe->sent_ns, log->asked.timeout_ns + 1);
    if (ht_controller_is_undecided(site))
        return ht_time_max(ht_time_add(hop->last_sent_ns, ht_site_overdue_ns(site) + 1), late_ns);
    return hop->received == 0 || ht_turns_cleared(log, sites, probe) ? late_ns : 0;
}

bool ht_turns_paced(const struct ht_probe_log *log, struct ht_sites *sites,
                    const struct ht_probe *probe)
{
    const struct ht_site_control *control = &ht_sites_of(log, sites, probe->ttl)->control;
    return control->state >= HT_SITE_PROVING && probe->sent_ns >= control->since_ns;
}

void ht_turns_recall(struct ht_round *round, int64_t now_ns)
{
    if (round->sites == NULL || round->look.known == NULL)
        return;
    for (unsigned ttl = 1; ttl <= round->look.known->hop_count; ttl++) {
        const struct ht_known_hop *known = ht_path_memory_hop(round->look.known, (uint8_t)ttl);
        const struct ht_known_address *router = ht_known_main(known);
        struct ht_site *site = &round->sites->at[ttl];
        if (known->limit_ns == 0 || router == NULL || site->same != 0 || site->other != 0 ||
            site->control.state != HT_SITE_FREE)
            continue;
        site->router = router->address;
        site->same = 1;
        site->longest_rtt_ns = round->recalled->max_rtt_ns;
        ht_controller_recall(site, known->limit_ns, now_ns);
        round->sites->limited++;
    }
}

bool ht_turns_limits(const struct ht_round *round, int64_t limits_ns[UINT8_MAX + 1])
{
    const struct ht_probe_log *log = &round->log;
    if (!ht_turns_matter(round))
        return false;
    memset(limits_ns, 0, (UINT8_MAX + 1) * sizeof *limits_ns);
    for (unsigned i = 0; i < log->made_hops; i++) {
        unsigned ttl = log->asked.first_ttl + i;
        const struct ht_site *site = ht_sites_of(log, round->sites, (uint8_t)ttl);
        const struct ht_node_facts *node = ht_probe_log_first_node(log, ttl);
        if (node != NULL && ht_site_has_one_router(site) &&
            ht_address_equal(&node->address, &site->router))
            limits_ns[ttl] = ht_controller_limit_ns(site);
    }
    return true;
}
