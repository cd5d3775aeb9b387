#include "probing/ratelimit/controller.h"

#include "hoptrace/time.h"

/* Least time between two reviews of a site: each counts all probes that the site remembers. */
#define REVIEW_NS (10 * HT_NS_PER_MS)

/* Drops are no accident when, of the probes of the last ALARM_NS,
 *
 *   dropped > ALARM_TIMES * usual share * sent + ALARM_DROPS
 *
 * the usual share being what is lost here for other reasons, and beyond this site. A share of drops
 * that is CERTAIN_SHARE above it leaves no doubt: the limit is sought. That share is taken of all
 * probes, or of those after the first drop once they are CERTAIN_PROBES; where all drops came only
 * after many answers, fewer will do (more may never come: 12 drops among the last 16 probes once
 * waited for them to become 20). */
#define ALARM_DROPS    3
#define ALARM_TIMES    2
#define ALARM_NS       (2 * HT_NS_PER_S)
#define CERTAIN_SHARE  0.2
#define CERTAIN_PROBES 20

/* Fewest probes that show that less is lost than usual. */
#define USUAL_PROBES 128

/* Spacing at which a search begins when all that is known is that a burst was too much: 400 probes
 * a second, from where the search goes on to what the answers show. */
#define FIRST_SPACING_NS (HT_NS_PER_S / 400)

/* Answers between the first and the last drop that make a limit known: one more or less of 40 is
 * 2.5 percent, half of what PACED_PERCENT leaves room for. A search ends after SOUGHT_NS with what
 * is known by then. ROUGH_ANSWERS of them tell the limit roughly; as many without a drop halve the
 * spacing. */
#define SOUGHT_ANSWERS 40
#define SOUGHT_NS      (1500 * HT_NS_PER_MS)
#define ROUGH_ANSWERS  10

/* A search begins anew if fewer than one turn in USED_TURNS was used although a line was there:
 * this host was busy, and nothing was found out. */
#define USED_TURNS 2

/* Probes that are sent during a search for each answer that the router is thought to give. Much
 * fewer would beat against the moments at which a router without a burst gives one; of much more
 * nothing but drops would be remembered. FAR_TIMES: probes for each answer that are too many. */
#define SEEKING_TIMES 4
#define FAR_TIMES     (4 * SEEKING_TIMES)

/* Rate of turns in percent of the limit: the limit is known to some percent, and probes do not
 * leave to the microsecond. The first turn comes after PAUSE_TURNS turns, at most PAUSE_MAX_NS, so
 * that the router saves a few answers up. */
#define PACED_PERCENT 95
#define PAUSE_TURNS   4
#define PAUSE_MAX_NS  (200 * HT_NS_PER_MS)

/* The widest spacing. A router that did not answer at all for SILENT_NS of a search is silent, not
 * slow. */
#define SPACING_MAX_NS (4 * HT_NS_PER_S)
#define SILENT_NS      (1 * HT_NS_PER_S)

/* Whether drops end at a slower pace is judged by
 *
 *   expected = share dropped at the alarm * probes sent at the pace: as many a loss would take
 *   left     = dropped / expected
 *
 *   expected        left                              verdict
 *   < PROOF_DROPS   any                               open
 *   < SURE_DROPS    > SURELY_ENDED, < SURELY_GOES_ON  open: more probes decide
 *   otherwise       <= PROOF_LEFT                     the drops ended: a limit's
 *   otherwise       > PROOF_LEFT                      the drops go on: no limit's
 *
 * A doubtful case began with what may have been an accident, and asks for more: at least
 * DOUBT_DROPS expected, at most DOUBT_LEFT of them left.
 *
 * The drops had only begun at the alarm if, of the probes since the alarm,
 * dropped > WORSE_TIMES * expected + ALARM_DROPS. They are not the same loss going on if
 * expected - dropped > FEWER_SIGMAS * sqrt(expected * (1 - share)), FEWER_SIGMAS standard
 * deviations; the share counts as ALARMING_MAX at most, since it is hardly ever all. */
#define PROOF_DROPS    8
#define PROOF_LEFT     0.4
#define SURE_DROPS     24
#define SURELY_ENDED   0.25
#define SURELY_GOES_ON 0.7
#define DOUBT_DROPS    12
#define DOUBT_LEFT     0.2
#define WORSE_TIMES    2
#define FEWER_SIGMAS   4
#define ALARMING_MAX   0.95

/* Hops are silent by themselves, and not kept so by a limit, when (see enum ht_site_sequel)
 *
 *   IN_VAIN >= VAIN_PROBES, IN_VAIN > VAIN_TIMES * RECOVERED, KEPT >= KEPT_TIMES * RELAPSED
 *
 * SOUGHT_NS after the search began. Where moreover KEPT >= KEPT_PROBES, others being answered again
 * and again, SOON_NS and SOON_PROBES are enough. */
#define VAIN_PROBES 16
#define VAIN_TIMES  16
#define SOON_NS     (300 * HT_NS_PER_MS)
#define SOON_PROBES 4
#define KEPT_PROBES 6
#define KEPT_TIMES  4

/* A router runs out of answers where there are RUN_OUT_ANSWERS, and in the end nothing but drops,
 * or drops only there. Hops that are silent by themselves, coming in any order, would look the same
 * by chance once in RUN_OUT_ORDERS orders at most: that is the test's error rate. */
#define RUN_OUT_ANSWERS 2
#define RUN_OUT_ORDERS  100

/* Fewest waiting probes of which it can be expected that each turn is used. With as many, GROW_NS
 * after a pace was set, a faster one is tried: the router may give more now. */
#define LINE_MIN 8
#define GROW_NS  (60 * HT_NS_PER_S)

/* Sets the spacing of a search, but so wide that at least half of the probes that the site
 * remembers are old enough to be judged. */
static void ask_every(struct ht_site *site, int64_t now_ns, int64_t spacing_ns)
{
    int64_t least_ns = ht_site_overdue_ns(site) / (HT_SITE_PROBES / 2);
    spacing_ns = ht_time_max(spacing_ns, least_ns);
    if (spacing_ns != site->line.spacing_ns)
        ht_site_set_spacing(site, now_ns, spacing_ns, 0);
}

static void seek(struct ht_site *site, int64_t now_ns, int64_t spacing_ns)
{
    site->control.phase = HT_SITE_SEEKING;
    site->control.phase_ns = now_ns;
    site->control.unproven = site->control.doubtful = false;
    ask_every(site, now_ns, spacing_ns);
}

static void pace(struct ht_site *site, int64_t now_ns, int64_t spacing_ns, bool unproven)
{
    spacing_ns = ht_time_min(spacing_ns * 100 / PACED_PERCENT, SPACING_MAX_NS);
    int64_t pause_ns = ht_time_min(PAUSE_TURNS * spacing_ns, PAUSE_MAX_NS);
    site->control.phase = HT_SITE_PACED;
    site->control.phase_ns =
        now_ns + pause_ns; /* probes that are just leaving belong to the old pace */
    site->control.unproven = unproven;
    ht_site_set_spacing(site, now_ns, spacing_ns, pause_ns);
}

/* From `from_ns` on the router is asked for more than it gives. The overrun before is kept: probes
 * that were sent in it may still be awaited. */
static void overrun(struct ht_site *site, int64_t from_ns)
{
    if (site->control.overrun.until_ns <= from_ns)
        site->control.overrun_before = site->control.overrun;
    site->control.cleared.until_ns = ht_time_min(site->control.cleared.until_ns, from_ns);
    site->control.overrun = (struct ht_site_span){from_ns, HT_NEVER};
}

static double share_of(const struct ht_site_tally *tally)
{
    return (double)tally->dropped / (double)tally->sent;
}

/* The share of all probes, or of those after the first drop if that is more. */
static double latest_share(const struct ht_site_tally *tally)
{
    double share = share_of(tally);
    double latest = tally->after > 0 ? (double)(tally->dropped - 1) / (double)tally->after : 0;
    return latest > share ? latest : share;
}

/* Time for each answer between the first and the last drop, 1 / limit; 0: there are fewer than
 * `answers`. */
static int64_t answer_spacing_ns(const struct ht_site_tally *tally, uint32_t answers)
{
    const struct ht_site_yield *yield = &tally->yield;
    if (yield->between < answers || yield->between == 0)
        return 0;
    return yield->between_ns / yield->between;
}

/* Time for each answer of all; there is at least one. */
static int64_t all_answers_spacing_ns(const struct ht_site_tally *tally)
{
    return (tally->last_sent_ns - tally->first_sent_ns) / tally->answered;
}

/* --- an alarm ------------------------------------------------------------------------------ */

/* True if `these` probes out of `sent`, taken at random, would all be among `few` given ones by
 * chance at most once in RUN_OUT_ORDERS: C(few, these) / C(sent, these). */
static bool is_no_accident(uint32_t these, uint32_t few, uint32_t sent)
{
    double orders = 1;
    for (uint32_t i = 0; i < these && orders < RUN_OUT_ORDERS; i++)
        orders *= (double)(sent - i) / (double)(few - i);
    return orders >= RUN_OUT_ORDERS;
}

/* Answers came, and in the end nothing but drops: drops in any order would hardly end so. */
static bool has_run_out(const struct ht_site_tally *tally)
{
    return tally->answered >= RUN_OUT_ANSWERS &&
           is_no_accident(tally->at_last, tally->dropped, tally->sent);
}

/* All drops are among the last probes, as at a router whose saved-up answers come to an end. */
static bool began_late(const struct ht_site_tally *tally)
{
    return is_no_accident(tally->dropped, tally->after + 1, tally->sent);
}

/* Far more is asked than the router gives: its limit is sought. */
static void sound_alarm(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns)
{
    int64_t spacing_ns = answer_spacing_ns(tally, ROUGH_ANSWERS) / SEEKING_TIMES;
    if (spacing_ns == 0)
        spacing_ns = ht_time_max(site->line.spacing_ns, FIRST_SPACING_NS);
    overrun(site, site->control.alarm_ns);
    site->control.ran_out = has_run_out(tally);
    site->sequels[HT_SITE_RECOVERED] = site->sequels[HT_SITE_IN_VAIN] = 0;
    site->control.worsened = false;
    seek(site, now_ns, spacing_ns);
}

/* At the last alarm the drops had only begun: the share that is dropped now is what a slower pace
 * is to be compared with. The pace that was tried meanwhile is none to go back to: former_ns stays.
 */
static void worsen(struct ht_site *site, double share, int64_t now_ns)
{
    struct ht_site_tally lately =
        ht_site_count(site, ht_controller_since_ns(site, now_ns), now_ns, false);
    site->control.alarming_share = share;
    sound_alarm(site, &lately, now_ns);
    site->control.worsened = true;
}

/* Far more is dropped of the probes since the alarm than the share that raised it. */
static bool only_began(const struct ht_site *site, const struct ht_site_tally *tally)
{
    double expected = site->control.alarming_share * (double)tally->sent;
    return (double)tally->dropped > WORSE_TIMES * expected + ALARM_DROPS;
}

/* --- the limit is sought ------------------------------------------------------------------- */

/* The drops are no limit's: the former spacing comes back, and `share` is the usual loss. */
static void take_back(struct ht_site *site, int64_t now_ns, double share)
{
    site->control.usual_share = share;
    site->control.phase = site->control.former_ns != 0 ? HT_SITE_PACED : HT_SITE_FREE;
    if (site->control.doubtful) { /* should more drops follow, these were the first of them */
        if (site->control.late)
            site->control.cleared =
                (struct ht_site_span){site->control.alarm_ns, site->control.phase_ns};
        site->control.phase_ns = site->control.alarm_ns;
    } else {
        site->control.phase_ns = now_ns;
        site->control.cleared = (struct ht_site_span){site->control.overrun.from_ns, now_ns};
        site->control.overrun = (struct ht_site_span){0};
    }
    site->control.unproven = site->control.doubtful = false;
    ht_site_set_spacing(site, now_ns, site->control.former_ns, 0);
}

/* Ends a search: turns come every `spacing_ns`, and until now the router was overrun. */
static void settle(struct ht_site *site, int64_t now_ns, int64_t spacing_ns, bool unproven)
{
    pace(site, now_ns, spacing_ns, unproven);
    site->control.overrun.until_ns = site->control.phase_ns;
}

/* Begins the search anew, slower: what went unanswered before says nothing. Where not even
 * ROUGH_ANSWERS would come within SOUGHT_NS, the limit is taken as it is known now. */
static void slow_down(struct ht_site *site, int64_t now_ns, int64_t answer_spacing_ns)
{
    int64_t spacing_ns = answer_spacing_ns / SEEKING_TIMES;
    site->sequels[HT_SITE_RECOVERED] = site->sequels[HT_SITE_IN_VAIN] = 0;
    if (spacing_ns * ROUGH_ANSWERS > SOUGHT_NS)
        settle(site, now_ns, answer_spacing_ns, true);
    else
        seek(site, now_ns, spacing_ns);
}

/* Hops that are silent stay silent, and hops that answer go on answering: no limit's doing, which
 * does not always drop the same targets' probes. False as long as that cannot be told. */
static bool drops_are_constant(const struct ht_site *site, int64_t now_ns)
{
    const uint16_t *sequels = site->sequels;
    int64_t sought_ns = now_ns - site->control.phase_ns;
    if (site->control.worsened || (site->control.ran_out && !ht_controller_steady(site)))
        return false;
    if (VAIN_TIMES * sequels[HT_SITE_RECOVERED] >= sequels[HT_SITE_IN_VAIN] ||
        KEPT_TIMES * sequels[HT_SITE_RELAPSED] > sequels[HT_SITE_KEPT])
        return false;
    if (ht_controller_steady(site) && sequels[HT_SITE_IN_VAIN] >= SOON_PROBES)
        return sought_ns >= SOON_NS;
    return sequels[HT_SITE_IN_VAIN] >= VAIN_PROBES && sought_ns >= SOUGHT_NS;
}

/* No limit is behind the drops since the alarm, unless many more came since: their hops have not
 * been asked again yet, so that the constancy of the first ones says nothing of them. */
static void clear(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, site->control.overrun.from_ns, now_ns, false);
    if (only_began(site, &tally))
        worsen(site, share_of(&tally), now_ns);
    else
        take_back(site, now_ns, tally.sent > 0 ? share_of(&tally) : site->control.usual_share);
}

/* Most turns of the search went unused, though a line was there: this host was busy. */
static bool was_hindered(const struct ht_site *site, int64_t now_ns)
{
    int64_t turns = (now_ns - site->control.phase_ns) / site->line.spacing_ns;
    struct ht_site_tally all = ht_site_count(site, site->control.phase_ns, now_ns, true);
    return site->line.waiting >= LINE_MIN &&
           all.sent < ht_time_min(turns, HT_SITE_PROBES) / USED_TURNS;
}

/* The search has lasted SOUGHT_NS: takes the best that is known. */
static void end_seeking(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns)
{
    if (was_hindered(site, now_ns)) {
        seek(site, now_ns, site->line.spacing_ns);
        return;
    }
    int64_t found_ns = answer_spacing_ns(tally, 1);
    /* A single answer between two close drops makes a router look fast. */
    if (found_ns > 0 && tally->yield.between < ROUGH_ANSWERS)
        found_ns = ht_time_max(found_ns, all_answers_spacing_ns(tally));
    if (found_ns == 0 && site->sequels[HT_SITE_IN_VAIN] > 0 && tally->answered > 0 &&
        (tally->dropped > 0 || tally->answered < SOUGHT_ANSWERS))
        found_ns = all_answers_spacing_ns(tally);
    /* The answers are so few that there is no time between them, or that they are not remembered
     * any more; or next to nothing was asked. */
    uint16_t recovered = site->sequels[HT_SITE_RECOVERED];
    uint16_t in_vain = site->sequels[HT_SITE_IN_VAIN];
    if (found_ns == 0 && recovered > 0 &&
        (in_vain > VAIN_TIMES * recovered || in_vain + recovered < VAIN_PROBES))
        found_ns = (now_ns - site->control.phase_ns) /
                   (recovered > tally->answered ? recovered : tally->answered);
    if (found_ns > 0)
        settle(site, now_ns, found_ns, true);
    else if (tally->answered == 0 && tally->last_drop_ns - tally->first_drop_ns >= SILENT_NS)
        take_back(site, now_ns, 1);
    else
        settle(site, now_ns, site->line.spacing_ns, false);
}

/* So much more is asked than the router gives that hardly an answer is among the probes that are
 * remembered. */
static bool asks_far_too_fast(const struct ht_site *site, const struct ht_site_tally *tally)
{
    return tally->sent >= HT_SITE_PROBES / 4 && tally->answered > 0 &&
           tally->sent > FAR_TIMES * tally->answered && site->sequels[HT_SITE_RECOVERED] > 0;
}

static void review_seeking(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, site->control.phase_ns, now_ns, false);
    int64_t found_ns = answer_spacing_ns(&tally, SOUGHT_ANSWERS);
    int64_t about_ns = answer_spacing_ns(&tally, ROUGH_ANSWERS);
    if (asks_far_too_fast(site, &tally))
        slow_down(site, now_ns, all_answers_spacing_ns(&tally));
    else if (drops_are_constant(site, now_ns))
        clear(site, now_ns);
    else if (found_ns > 0 && tally.emptied)
        settle(site, now_ns, found_ns, true);
    else if (now_ns - site->control.phase_ns >= SOUGHT_NS)
        end_seeking(site, &tally, now_ns);
    else if (about_ns / 2 > SEEKING_TIMES * site->line.spacing_ns ||
             (about_ns > 0 && about_ns < SEEKING_TIMES * site->line.spacing_ns * 3 / 4))
        ask_every(site, now_ns, about_ns / SEEKING_TIMES);
    else if (tally.dropped == 0 && tally.answered >= ROUGH_ANSWERS && site->line.waiting > 0)
        seek(site, now_ns, site->line.spacing_ns / 2);
}

/* --- steady, with or without a limit ------------------------------------------------------- */

/* The drops of a doubtful case ended at the slower pace: they were a limit's. */
static void confirm(struct ht_site *site)
{
    overrun(site, site->control.alarm_ns);
    site->control.overrun.until_ns = site->control.phase_ns;
    site->control.unproven = site->control.doubtful = false;
}

/* Decides a doubtful case: did the drops end at the slower pace, or had they only begun? */
static void resolve_doubt(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally all = ht_site_count(site, site->control.alarm_ns, now_ns, false);
    if (only_began(site, &all)) {
        worsen(site, share_of(&all), now_ns);
        return;
    }
    struct ht_site_tally tally = ht_site_count(site, site->control.phase_ns, now_ns, false);
    double expected = site->control.alarming_share * (double)tally.sent;
    if (expected < DOUBT_DROPS)
        return;
    if ((double)tally.dropped / expected <= DOUBT_LEFT)
        confirm(site);
    else if (began_late(&tally))
        worsen(site, latest_share(&tally), now_ns);
    else
        take_back(site, now_ns, share_of(&tally));
}

/* Fewer are dropped than at the alarm, by more than chance explains: not the same loss going on. */
static bool far_fewer(const struct ht_site *site, const struct ht_site_tally *tally)
{
    double share =
        site->control.alarming_share < ALARMING_MAX ? site->control.alarming_share : ALARMING_MAX;
    double expected = share * (double)tally->sent;
    double fewer = expected - (double)tally->dropped;
    return fewer > 0 && fewer * fewer > FEWER_SIGMAS * FEWER_SIGMAS * expected * (1 - share);
}

/* The limit stands; `usual_share` is lost for other reasons. */
static void keep_pace(struct ht_site *site, double usual_share)
{
    site->control.usual_share = usual_share;
    site->control.unproven = false;
}

/* Decides whether the drops ended at the slower pace of a limit that was found. */
static void prove(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, site->control.phase_ns, now_ns, false);
    double expected = site->control.alarming_share * (double)tally.sent;
    if (expected < PROOF_DROPS)
        return;
    double share = share_of(&tally);
    double left = (double)tally.dropped / expected;
    if (expected < SURE_DROPS && left > SURELY_ENDED && left < SURELY_GOES_ON)
        return;
    bool go_on = left > PROOF_LEFT;
    if (share - site->control.alarming_share > CERTAIN_SHARE || (go_on && far_fewer(site, &tally)))
        worsen(site, share, now_ns);
    else if (go_on && site->control.former_ns == 0)
        take_back(site, now_ns, share);
    else
        keep_pace(site, go_on ? share : site->control.usual_share);
}

/* Either a little more is asked than the router gives, or there is loss: a pace just below what it
 * answered is to tell. */
static void try_slower(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns)
{
    if (tally->answered == 0)
        return;
    pace(site, now_ns, all_answers_spacing_ns(tally), true);
    site->control.doubtful = true;
    site->control.late = began_late(tally);
}

static void review_losses(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns,
                          double beyond_share)
{
    double usual = site->control.usual_share + beyond_share;
    double share = share_of(tally);
    if ((double)tally->dropped <= ALARM_TIMES * usual * (double)tally->sent + ALARM_DROPS) {
        if (tally->sent >= USUAL_PROBES && 2 * share < site->control.usual_share)
            site->control.usual_share /= 2;
        return;
    }
    if (tally->after >= CERTAIN_PROBES || began_late(tally))
        share = latest_share(tally);
    else if (share - usual < CERTAIN_SHARE)
        return; /* more probes will show how large the share is */
    site->control.alarming_share = share;
    site->control.former_ns = site->line.spacing_ns;
    site->control.alarm_ns = ht_controller_since_ns(site, now_ns);
    if (share - usual >= CERTAIN_SHARE)
        sound_alarm(site, tally, now_ns);
    else
        try_slower(site, tally, now_ns);
}

static bool may_grow(const struct ht_site *site, int64_t now_ns)
{
    return site->control.phase == HT_SITE_PACED && now_ns - site->control.phase_ns >= GROW_NS &&
           site->line.waiting >= LINE_MIN;
}

static void grow(struct ht_site *site, int64_t now_ns)
{
    site->control.former_ns = site->line.spacing_ns;
    overrun(site, now_ns);
    site->control.ran_out = site->control.worsened = false;
    seek(site, now_ns, site->line.spacing_ns * 2 / 3);
}

/* --- reviews ------------------------------------------------------------------------------- */

bool ht_controller_due(const struct ht_site *site, int64_t now_ns)
{
    return now_ns >= site->control.review_ns && ht_site_shared(site);
}

int64_t ht_controller_since_ns(const struct ht_site *site, int64_t now_ns)
{
    return ht_time_max(site->control.phase_ns, now_ns - ALARM_NS);
}

void ht_controller_review(struct ht_site *site, int64_t now_ns, double beyond_share)
{
    site->control.review_ns = ht_time_add(now_ns, REVIEW_NS);
    if (site->control.phase == HT_SITE_SEEKING) {
        review_seeking(site, now_ns);
    } else if (site->control.doubtful) {
        resolve_doubt(site, now_ns);
    } else if (site->control.unproven) {
        prove(site, now_ns);
    } else if (may_grow(site, now_ns)) {
        grow(site, now_ns);
    } else {
        struct ht_site_tally tally =
            ht_site_count(site, ht_controller_since_ns(site, now_ns), now_ns, false);
        if (tally.sent > 0)
            review_losses(site, &tally, now_ns, beyond_share);
    }
}

static bool is_within(const struct ht_site_span *span, int64_t moment_ns)
{
    return moment_ns >= span->from_ns && moment_ns < span->until_ns;
}

bool ht_controller_overran(const struct ht_site *site, int64_t sent_ns)
{
    if (site->control.doubtful && site->control.late && sent_ns >= site->control.alarm_ns &&
        sent_ns < site->control.phase_ns)
        return true;
    return is_within(&site->control.overrun, sent_ns) ||
           is_within(&site->control.overrun_before, sent_ns);
}

bool ht_controller_cleared(const struct ht_site *site, int64_t sent_ns)
{
    return is_within(&site->control.cleared, sent_ns);
}

bool ht_controller_steady(const struct ht_site *site)
{
    const uint16_t *sequels = site->sequels;
    return sequels[HT_SITE_KEPT] >= KEPT_PROBES &&
           KEPT_TIMES * sequels[HT_SITE_RELAPSED] <= sequels[HT_SITE_KEPT];
}
