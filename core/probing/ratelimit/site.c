#include "probing/ratelimit/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "hoptrace/time.h"

/* See ht_site_overdue_ns; the same bounds as for a retry (overdue.h). */
#define OVERDUE_MAX_NS   (300 * HT_NS_PER_MS)
#define OVERDUE_SLACK_NS (20 * HT_NS_PER_MS)

/* Fewest probes of which a lost share is told: one loss of fewer would be more than a quarter. */
#define SHARE_PROBES 4

/* Least time between two probes, in percent of the spacing of turns: less than 100, so that a line
 * makes up for a probe that left late, and still above the rate limit's own spacing, which is 95
 * percent of it (PACED_PERCENT in controller.c). */
#define GAP_PERCENT 98

/* A pause is a time without a probe that is longer than PAUSE_TURNS turns and than PAUSE_MIN_NS. */
#define PAUSE_TURNS  4
#define PAUSE_MIN_NS (20 * HT_NS_PER_MS)

/* Drops in a row that show that a router has no answers left: fewer may be an accident. After a
 * pause, in which it saved answers up, two may well be those of hops that are silent by
 * themselves: with two a limit was taken for twice as high as it is. */
#define EMPTIED_DROPS       2
#define EMPTIED_AFTER_PAUSE 3

/* Answers (same + other) above which both counts are halved: fewer would tell the others' share
 * less exactly (see ht_site_shared), with more a new router would be noticed later. */
#define VOTES_MAX 128

/* KEPT and RELAPSED together at which both are halved: what was long ago weighs less. */
#define SEQUELS_MAX 64

void ht_site_fini(struct ht_site *site)
{
    free(site->probes);
    *site = (struct ht_site){0};
}

/* True if this probe is not to be remembered. Where more than HT_SITE_PROBES leave in twice the
 * time after which one is overdue (memory_ns), those that are remembered are at least memory_ns /
 * HT_SITE_PROBES apart: else each would be pushed out before it can be judged, and no rate limit
 * would be found at full speed. */
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
    site->line.left_ns = ht_time_max(site->line.left_ns, sent_ns);
    if (site->probes == NULL || is_one_too_many(site, sent_ns))
        return 0;
    uint8_t index = (uint8_t)(site->probe_count++ % HT_SITE_PROBES);
    site->probes[index] = (struct ht_site_probe){
        .sent_ns = sent_ns, .outcome = expected ? HT_SITE_UNANSWERED : HT_SITE_BY_OTHERS};
    return index;
}

/* --- the router that answers --------------------------------------------------------------- */

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
    site->control.phase = HT_SITE_FREE;
    site->line.spacing_ns = 0;
    site->control.usual_share = 0;
    site->control.overrun = site->control.overrun_before = site->control.cleared =
        (struct ht_site_span){0};
    memset(site->sequels, 0, sizeof site->sequels);
}

/* Another router is here now, of which nothing is known. The answers of all former ones count as
 * others': where many routers answer by turns, none of them is to seem the only one. */
static void replace_router(struct ht_site *site, const struct ht_address *router)
{
    site->router = *router;
    site->target_count = 0;
    site->other += site->same - 1;
    site->same = 1;
    forget_limit(site);
}

/* Counts an answer of `router`. True if it is the router of this site, from now on or already: the
 * one before is replaced as soon as others give more answers than it does. */
static bool vote(struct ht_site *site, const struct ht_address *router)
{
    bool same = ht_address_equal(&site->router, router);
    site->same += same;
    site->other += !same;
    if (site->same + site->other > VOTES_MAX) {
        site->same /= 2;
        site->other = (site->other + 1) / 2; /* never 0 again: others are known to answer here */
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
    if (site->control.phase != HT_SITE_FREE && !ht_site_shared(site))
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

/* The longest time between two probes that is no pause; HT_NEVER: without turns there are none. */
static int64_t asking_pause_ns(const struct ht_site *site)
{
    if (site->line.spacing_ns == 0)
        return HT_NEVER;
    return ht_time_max(PAUSE_TURNS * site->line.spacing_ns, PAUSE_MIN_NS);
}

/* A stretch: probes without a pause between them. */
struct stretch {
    struct ht_site_yield yield;
    uint32_t since;    /* answers after the last drop */
    int64_t streak_ns; /* when the first of the last drops in a row was sent */
    int64_t first_ns;  /* when the first drop that counts was sent; 0: none yet */
    bool emptied;      /* as in the tally */
    bool after_pause;  /* false: the first stretch of all */
};

/* Counts a drop. The yield counts from the first of the first EMPTIED_DROPS in a row; until there
 * are any, from the very first drop, which may be an accident while the router had many answers
 * left. */
static void count_drop(struct ht_site_tally *tally, struct stretch *stretch, int64_t sent_ns)
{
    if (tally->at_last++ == 0)
        stretch->streak_ns = sent_ns;
    bool emptied = tally->at_last >= (stretch->after_pause ? EMPTIED_AFTER_PAUSE : EMPTIED_DROPS);
    bool anew = emptied && !stretch->emptied;
    if (anew || stretch->first_ns == 0) {
        stretch->first_ns = stretch->streak_ns;
        stretch->yield.between = 0;
    } else {
        stretch->yield.between += stretch->since;
    }
    stretch->yield.between_ns = sent_ns - stretch->first_ns;
    stretch->emptied |= emptied;
    if (tally->dropped++ == 0 || (emptied && !tally->emptied)) {
        tally->first_drop_ns = stretch->streak_ns;
        tally->yield = (struct ht_site_yield){0};
    }
    tally->emptied |= emptied;
    stretch->since = 0;
    tally->last_drop_ns = sent_ns;
}

/* Adds the yield of a stretch to the tally's: of any stretch, until one shows when the router ran
 * out of answers (emptied); from then on only of stretches that show it. */
static void end_stretch(struct ht_site_tally *tally, struct stretch *stretch)
{
    if (stretch->emptied || !tally->emptied) {
        tally->yield.between += stretch->yield.between;
        tally->yield.between_ns += stretch->yield.between_ns;
    }
    *stretch = (struct stretch){.after_pause = true};
}

/* In a pause a router saves answers up, so that a stretch ends there: the next one counts from its
 * own drops. */
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
    int64_t gap_ns = site->line.spacing_ns * GAP_PERCENT / 100;
    int64_t turn_ns =
        site->line.turn_ns + (int64_t)(int32_t)(ticket - site->line.turn) * site->line.spacing_ns;
    return ht_time_max(turn_ns, site->line.left_ns + gap_ns);
}

uint32_t ht_site_join(struct ht_site *site, int64_t now_ns)
{
    if (ht_site_turn_ns(site, site->line.next_ticket) < now_ns) {
        site->line.turn = site->line.next_ticket;
        site->line.turn_ns = now_ns;
    }
    site->line.waiting++;
    return site->line.next_ticket++;
}

void ht_site_leave(struct ht_site *site)
{
    HT_ASSERT(site->line.waiting > 0);
    site->line.waiting--;
}

void ht_site_set_spacing(struct ht_site *site, int64_t now_ns, int64_t spacing_ns, int64_t pause_ns)
{
    site->line.turn = site->line.next_ticket - site->line.waiting;
    site->line.turn_ns = now_ns + pause_ns;
    site->line.spacing_ns = spacing_ns;
}
