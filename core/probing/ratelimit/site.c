#include "probing/ratelimit/site.h"

#include <stdlib.h>
#include <string.h>

#include "hoptrace/time.h"

/* As for a retry: see window.h. */
#define OVERDUE_MAX_NS   (300 * HT_NS_PER_MS)
#define OVERDUE_SLACK_NS (20 * HT_NS_PER_MS)

/* A share of fewer probes says nothing. */
#define SHARE_PROBES 4

/* Least time between two probes, in percent of the spacing of turns. */
#define GAP_PERCENT 98

/* So many turns unused, and so long, are a pause. */
#define PAUSE_TURNS  4
#define PAUSE_MIN_NS (20 * HT_NS_PER_MS)

/* So many drops in a row are no accident: the router has none left to give. After a pause, in which
 * it saved some up, two might well be those of targets that are silent by themselves. */
#define EMPTIED_DROPS       2
#define EMPTIED_AFTER_PAUSE 3

/* Votes about who answers here are halved at so many. */
#define VOTES_MAX 128

/* How hops that answer go on is halved at so many. */
#define SEQUELS_MAX 64

void ht_site_fini(struct ht_site *site)
{
    free(site->probes);
    *site = (struct ht_site){0};
}

/* True if remembering one more probe would push out those whose time is not up yet: where very many
 * leave, only some are remembered, so far apart that all of them can be judged. */
static bool is_one_too_many(const struct ht_site *site, int64_t sent_ns)
{
    if (site->probe_count < HT_SITE_PROBES)
        return false;
    int64_t memory_ns = 2 * ht_site_overdue_ns(site);
    const struct ht_site_probe *oldest = &site->probes[site->probe_count % HT_SITE_PROBES];
    const struct ht_site_probe *newest = &site->probes[(site->probe_count - 1) % HT_SITE_PROBES];
    return sent_ns - oldest->sent_ns < memory_ns &&
           sent_ns - newest->sent_ns < memory_ns / HT_SITE_PROBES;
}

uint8_t ht_site_sent(struct ht_site *site, int64_t sent_ns, bool expected)
{
    if (site->probes == NULL)
        site->probes = calloc(HT_SITE_PROBES, sizeof *site->probes);
    site->left_ns = ht_time_max(site->left_ns, sent_ns);
    if (site->probes == NULL || is_one_too_many(site, sent_ns))
        return 0;
    uint8_t index = (uint8_t)(site->probe_count++ % HT_SITE_PROBES);
    site->probes[index] = (struct ht_site_probe){
        .sent_ns = sent_ns, .outcome = expected ? HT_SITE_UNANSWERED : HT_SITE_BY_OTHERS};
    return index;
}

/* --- who answers here ---------------------------------------------------------------------- */

static void note_target(struct ht_site *site, uint32_t target)
{
    for (uint8_t i = 0; i < site->target_count; i++) {
        if (site->targets[i] == target)
            return;
    }
    if (site->target_count < HT_SITE_TARGETS)
        site->targets[site->target_count++] = target;
}

static void forget_limit(struct ht_site *site)
{
    site->phase = HT_SITE_FREE;
    site->spacing_ns = 0;
    site->usual_share = 0;
    site->overrun = site->overrun_before = site->cleared = (struct ht_site_span){0};
    memset(site->sequels, 0, sizeof site->sequels);
}

/* Another router is here now: nothing is known of it. The votes for all others still stand against
 * it, lest where many routers take turns each seem to be the only one. */
static void replace_router(struct ht_site *site, const struct ht_address *router)
{
    site->router = *router;
    site->target_count = 0;
    site->other += site->same - 1;
    site->same = 1;
    forget_limit(site);
}

/* True if it is the router of this site that answered. */
static bool vote(struct ht_site *site, const struct ht_address *router)
{
    bool same = ht_address_equal(&site->router, router);
    site->same += same;
    site->other += !same;
    if (site->same + site->other > VOTES_MAX) {
        site->same /= 2;
        site->other = (site->other + 1) / 2; /* once seen, never forgotten */
    }
    if (same || site->other <= site->same)
        return same;
    replace_router(site, router);
    return true;
}

void ht_site_note_sequel(struct ht_site *site, enum ht_site_sequel sequel)
{
    uint16_t *sequels = site->sequels;
    if (sequels[sequel] < UINT16_MAX)
        sequels[sequel]++;
    if (sequels[HT_SITE_KEPT] + sequels[HT_SITE_RELAPSED] < SEQUELS_MAX)
        return;
    sequels[HT_SITE_KEPT] /= 2;
    sequels[HT_SITE_RELAPSED] /= 2;
}

void ht_site_answered(struct ht_site *site, uint8_t index, int64_t sent_ns, int64_t rtt_ns,
                      const struct ht_address *router, uint32_t target)
{
    bool own = router != NULL && vote(site, router);
    if (own) {
        note_target(site, target);
        site->longest_rtt_ns = ht_time_max(site->longest_rtt_ns, rtt_ns);
    }
    if (site->probes != NULL && site->probes[index].sent_ns == sent_ns)
        site->probes[index].outcome = own ? HT_SITE_BY_ROUTER : HT_SITE_BY_OTHERS;
    if (site->phase != HT_SITE_FREE && !ht_site_shared(site))
        forget_limit(site);
}

bool ht_site_shared(const struct ht_site *site)
{
    return site->target_count == HT_SITE_TARGETS && site->other <= site->same / 8;
}

/* --- what became of the probes ------------------------------------------------------------- */

int64_t ht_site_overdue_ns(const struct ht_site *site)
{
    return ht_time_min(2 * site->longest_rtt_ns + OVERDUE_SLACK_NS, OVERDUE_MAX_NS);
}

/* Nobody asked for longer than this between two probes; HT_NEVER: there is no pace that they should
 * keep to. */
static int64_t asking_pause_ns(const struct ht_site *site)
{
    if (site->spacing_ns == 0)
        return HT_NEVER;
    return ht_time_max(PAUSE_TURNS * site->spacing_ns, PAUSE_MIN_NS);
}

/* A stretch of time without a pause in the asking. */
struct stretch {
    struct ht_site_yield yield;
    uint32_t since;   /* answers after the last drop */
    int64_t row_ns;   /* when the first of the last drops in a row was sent */
    int64_t first_ns; /* the first drop that counts, 0: none yet */
    bool emptied;
    bool after_pause;
};

/* The drop that the answers are counted from is the first of the first few in a row: one may be an
 * accident, at a time when the router had many answers left to give. */
static void count_drop(struct ht_site_tally *tally, struct stretch *stretch, int64_t sent_ns)
{
    if (tally->at_last++ == 0)
        stretch->row_ns = sent_ns;
    bool emptied = tally->at_last >= (stretch->after_pause ? EMPTIED_AFTER_PAUSE : EMPTIED_DROPS);
    bool anew = emptied && !stretch->emptied;
    if (anew || stretch->first_ns == 0) {
        stretch->first_ns = stretch->row_ns;
        stretch->yield.between = 0;
    } else {
        stretch->yield.between += stretch->since;
    }
    stretch->yield.between_ns = sent_ns - stretch->first_ns;
    stretch->emptied |= emptied;
    if (tally->dropped++ == 0 || (emptied && !tally->emptied)) {
        tally->first_drop_ns = stretch->row_ns;
        tally->yield = (struct ht_site_yield){0};
    }
    tally->emptied |= emptied;
    stretch->since = 0;
    tally->last_drop_ns = sent_ns;
}

/* Once it is known when the router had run out, only what began with that counts. */
static void end_stretch(struct ht_site_tally *tally, struct stretch *stretch)
{
    if (stretch->emptied || !tally->emptied) {
        tally->yield.between += stretch->yield.between;
        tally->yield.between_ns += stretch->yield.between_ns;
    }
    *stretch = (struct stretch){.after_pause = true};
}

/* While nobody asks, a router saves up answers: what is counted from a drop on ends there, and
 * begins anew with the next few in a row. */
static void count_probe(struct ht_site_tally *tally, struct stretch *stretch,
                        const struct ht_site_probe *probe, int64_t pause_ns)
{
    if (tally->sent > 0 && probe->sent_ns - tally->last_sent_ns > pause_ns) {
        end_stretch(tally, stretch);
        tally->at_last = 0;
    }
    if (tally->sent++ == 0)
        tally->first_sent_ns = probe->sent_ns;
    tally->last_sent_ns = probe->sent_ns;
    tally->after += tally->dropped > 0;
    if (probe->outcome == HT_SITE_UNANSWERED) {
        count_drop(tally, stretch, probe->sent_ns);
    } else {
        tally->at_last = 0;
        tally->answered++;
        stretch->since++;
    }
}

struct ht_site_tally ht_site_count(const struct ht_site *site, int64_t since_ns, int64_t now_ns,
                                   bool by_others)
{
    struct ht_site_tally tally = {0};
    struct stretch stretch = {0};
    int64_t until_ns = now_ns - ht_site_overdue_ns(site);
    int64_t pause_ns = asking_pause_ns(site);
    uint32_t end = site->probes != NULL ? site->probe_count : 0;
    uint32_t oldest = end < HT_SITE_PROBES ? 0 : end - HT_SITE_PROBES;
    for (uint32_t i = oldest; i != end; i++) {
        const struct ht_site_probe *probe = &site->probes[i % HT_SITE_PROBES];
        if (probe->sent_ns < since_ns || probe->sent_ns > until_ns)
            continue;
        if (probe->outcome != HT_SITE_BY_OTHERS || by_others)
            count_probe(&tally, &stretch, probe, pause_ns);
    }
    end_stretch(&tally, &stretch);
    return tally;
}

double ht_site_lost_share(const struct ht_site *site, int64_t since_ns, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, since_ns, now_ns, true);
    return tally.sent < SHARE_PROBES ? -1 : (double)tally.dropped / (double)tally.sent;
}

/* --- turns --------------------------------------------------------------------------------- */

int64_t ht_site_turn_ns(const struct ht_site *site, uint32_t ticket)
{
    int64_t gap_ns = site->spacing_ns * GAP_PERCENT / 100;
    int64_t turn_ns = site->turn_ns + (int64_t)(int32_t)(ticket - site->turn) * site->spacing_ns;
    return ht_time_max(turn_ns, site->left_ns + gap_ns);
}

uint32_t ht_site_join(struct ht_site *site, int64_t now_ns)
{
    if (ht_site_turn_ns(site, site->next_ticket) < now_ns) {
        site->turn = site->next_ticket;
        site->turn_ns = now_ns;
    }
    site->waiting++;
    return site->next_ticket++;
}

void ht_site_leave(struct ht_site *site)
{
    site->waiting--;
}

void ht_site_set_spacing(struct ht_site *site, int64_t now_ns, int64_t spacing_ns, int64_t pause_ns)
{
    site->turn = site->next_ticket - site->waiting;
    site->turn_ns = now_ns + pause_ns;
    site->spacing_ns = spacing_ns;
}
