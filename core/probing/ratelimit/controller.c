#include "probing/ratelimit/controller.h"

#include "hoptrace/time.h"

/* Between two reviews. */
#define REVIEW_NS (10 * HT_NS_PER_MS)

/* More drops than so many within that time, besides so many times the usual loss, are no accident.
 * That share of drops, besides the usual ones, leaves no doubt, be it of all probes or of those
 * after the first drop; so many of these show it, or fewer if they came only after many answers. */
#define ALARM_DROPS    3
#define ALARM_TIMES    2
#define ALARM_NS       (2 * HT_NS_PER_S)
#define CERTAIN_SHARE  0.2
#define CERTAIN_PROBES 20

/* Among so many probes it shows that less is lost than used to be. */
#define USUAL_PROBES 128

/* The pace to begin with when all that is known is that a burst was too much. */
#define FIRST_SPACING_NS (HT_NS_PER_S / 400)

/* A limit is known when so many answers lie between two drops, or after that time; roughly, with
 * fewer. Without a drop among so many answers the pace is doubled. */
#define SOUGHT_ANSWERS 40
#define SOUGHT_NS      (1500 * HT_NS_PER_MS)
#define ROUGH_ANSWERS  10

/* Where fewer than one turn in so many is used by a line, nothing is found out yet. */
#define USED_TURNS 2

/* So many times of what a router is thought to give is asked while its limit is sought. Much less
 * would beat against the moments at which a router without a burst gives one; of much more nothing
 * but drops would be remembered. */
#define SEEKING_TIMES 4
#define FAR_TIMES     (4 * SEEKING_TIMES)

/* Turns are a little wider than the limit: it is known to some percent, and probes are not sent
 * off to the microsecond. Before the first such turn the router gets time to save a few answers. */
#define PACED_PERCENT 95
#define PAUSE_TURNS   4
#define PAUSE_MAX_NS  (200 * HT_NS_PER_MS)

/* No pace is slower. A router that gave nothing for so long is silent, not slow. */
#define SPACING_MAX_NS (4 * HT_NS_PER_S)
#define SILENT_NS      (1 * HT_NS_PER_S)

/* So many losses are to be expected before it can be said that they ended; no more than that share
 * of them means that they did. Where it is neither much less nor about as many, more are waited
 * for. In a case of doubt more is asked for: it began with what may have been an accident. Many
 * more drops than at the alarm show that they had only begun; fewer by so many standard deviations
 * (of a share that is hardly ever all) are not the same loss going on. */
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

/* Hops that never were answered, asked again so often in vain, while next to none recovered, show
 * that no limit keeps them silent, once time is up; after this time already, and with fewer, where
 * so many others were answered again and again. */
#define VAIN_PROBES 16
#define VAIN_TIMES  16
#define SOON_NS     (300 * HT_NS_PER_MS)
#define SOON_PROBES 4
#define KEPT_PROBES 6
#define KEPT_TIMES  4

/* Answers, and in the end nothing but drops, or drops only there: that is how a router rounds out
 * of answers. If targets that are silent by themselves came in any order, it would be so by chance
 * once in so many. */
#define RUN_OUT_ANSWERS 2
#define RUN_OUT_ORDERS  100

/* So many who wait are a line: they use each turn that comes. After that time with a line the
 * router may show whether it gives more now. */
#define LINE_MIN 8
#define GROW_NS  (60 * HT_NS_PER_S)

/* Asks at that pace from now on, but so that at least half of the probes that are remembered are
 * old enough to be judged. */
static void ask_every(struct ht_site *site, int64_t now_ns, int64_t spacing_ns)
{
    int64_t least_ns = ht_site_overdue_ns(site) / (HT_SITE_PROBES / 2);
    spacing_ns = ht_time_max(spacing_ns, least_ns);
    if (spacing_ns != site->spacing_ns)
        ht_site_set_spacing(site, now_ns, spacing_ns, 0);
}

static void seek(struct ht_site *site, int64_t now_ns, int64_t spacing_ns)
{
    site->phase = HT_SITE_SEEKING;
    site->phase_ns = now_ns;
    site->unproven = site->doubtful = false;
    ask_every(site, now_ns, spacing_ns);
}

static void pace(struct ht_site *site, int64_t now_ns, int64_t spacing_ns, bool unproven)
{
    spacing_ns = ht_time_min(spacing_ns * 100 / PACED_PERCENT, SPACING_MAX_NS);
    int64_t pause_ns = ht_time_min(PAUSE_TURNS * spacing_ns, PAUSE_MAX_NS);
    site->phase = HT_SITE_PACED;
    site->phase_ns = now_ns + pause_ns; /* not with what is on its way out */
    site->unproven = unproven;
    ht_site_set_spacing(site, now_ns, spacing_ns, pause_ns);
}

/* From then on more was asked than the router gives. What a former overrun is to blame for may
 * still be awaited. */
static void overrun(struct ht_site *site, int64_t from_ns)
{
    if (site->overrun.until_ns <= from_ns)
        site->overrun_before = site->overrun;
    site->cleared.until_ns = ht_time_min(site->cleared.until_ns, from_ns);
    site->overrun = (struct ht_site_span){from_ns, HT_NEVER};
}

static double share_of(const struct ht_site_tally *tally)
{
    return (double)tally->dropped / (double)tally->sent;
}

/* Of those after the first drop, or of all if that is more. */
static double latest_share(const struct ht_site_tally *tally)
{
    double share = share_of(tally);
    double latest = tally->after > 0 ? (double)(tally->dropped - 1) / (double)tally->after : 0;
    return latest > share ? latest : share;
}

/* Time for each answer between the first and the last drop; 0: there are too few to say. */
static int64_t answer_spacing_ns(const struct ht_site_tally *tally, uint32_t answers)
{
    const struct ht_site_yield *yield = &tally->yield;
    if (yield->between < answers || yield->between == 0)
        return 0;
    return yield->between_ns / yield->between;
}

/* Time for each answer of all, of which there is one at least. */
static int64_t all_answers_spacing_ns(const struct ht_site_tally *tally)
{
    return (tally->last_sent_ns - tally->first_sent_ns) / tally->answered;
}

/* --- an alarm ------------------------------------------------------------------------------ */

/* True if so many of those sent were all among these few, which is no accident in any order. */
static bool is_no_accident(uint32_t these, uint32_t few, uint32_t sent)
{
    double orders = 1;
    for (uint32_t i = 0; i < these && orders < RUN_OUT_ORDERS; i++)
        orders *= (double)(sent - i) / (double)(few - i);
    return orders >= RUN_OUT_ORDERS;
}

/* First the answers came, and in the end nothing but drops. */
static bool has_run_out(const struct ht_site_tally *tally)
{
    return tally->answered >= RUN_OUT_ANSWERS &&
           is_no_accident(tally->at_last, tally->dropped, tally->sent);
}

/* All drops are among the last probes: so it is where a router has saved up answers that come to an
 * end. */
static bool began_late(const struct ht_site_tally *tally)
{
    return is_no_accident(tally->dropped, tally->after + 1, tally->sent);
}

/* Far more is asked than it gives. */
static void sound_alarm(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns)
{
    int64_t spacing_ns = answer_spacing_ns(tally, ROUGH_ANSWERS) / SEEKING_TIMES;
    if (spacing_ns == 0)
        spacing_ns = ht_time_max(site->spacing_ns, FIRST_SPACING_NS);
    overrun(site, site->alarm_ns);
    site->ran_out = has_run_out(tally);
    site->sequels[HT_SITE_RECOVERED] = site->sequels[HT_SITE_IN_VAIN] = 0;
    site->worsened = false;
    seek(site, now_ns, spacing_ns);
}

/* They had only begun: what the slower pace is to be held against is what is dropped now. What was
 * tried meanwhile is no pace to go back to. */
static void worsen(struct ht_site *site, double share, int64_t now_ns)
{
    struct ht_site_tally lately =
        ht_site_count(site, ht_controller_since_ns(site, now_ns), now_ns, false);
    site->alarming_share = share;
    sound_alarm(site, &lately, now_ns);
    site->worsened = true;
}

/* More is dropped of all that was sent since the alarm than what it was sounded for. */
static bool only_began(const struct ht_site *site, const struct ht_site_tally *tally)
{
    double expected = site->alarming_share * (double)tally->sent;
    return (double)tally->dropped > WORSE_TIMES * expected + ALARM_DROPS;
}

/* --- the limit is sought ------------------------------------------------------------------- */

/* The losses did not end at the slower pace: they are no limit's. */
static void take_back(struct ht_site *site, int64_t now_ns, double share)
{
    site->usual_share = share;
    site->phase = site->former_ns != 0 ? HT_SITE_PACED : HT_SITE_FREE;
    if (site->doubtful) { /* should worse follow, it began with that */
        if (site->late)
            site->cleared = (struct ht_site_span){site->alarm_ns, site->phase_ns};
        site->phase_ns = site->alarm_ns;
    } else {
        site->phase_ns = now_ns;
        site->cleared = (struct ht_site_span){site->overrun.from_ns, now_ns};
        site->overrun = (struct ht_site_span){0};
    }
    site->unproven = site->doubtful = false;
    ht_site_set_spacing(site, now_ns, site->former_ns, 0);
}

/* More than the router gives was asked until now. */
static void settle(struct ht_site *site, int64_t now_ns, int64_t spacing_ns, bool unproven)
{
    pace(site, now_ns, spacing_ns, unproven);
    site->overrun.until_ns = site->phase_ns;
}

/* Begins anew at about the right pace: what went unanswered before says nothing. At so slow a pace
 * nothing more would be found out in time. */
static void slow_down(struct ht_site *site, int64_t now_ns, int64_t answer_spacing_ns)
{
    int64_t spacing_ns = answer_spacing_ns / SEEKING_TIMES;
    site->sequels[HT_SITE_RECOVERED] = site->sequels[HT_SITE_IN_VAIN] = 0;
    if (spacing_ns * ROUGH_ANSWERS > SOUGHT_NS)
        settle(site, now_ns, answer_spacing_ns, true);
    else
        seek(site, now_ns, spacing_ns);
}

/* Hops that are silent stay so, while those that answer go on answering, as far as can be told by
 * now: what a limit drops is not always the same targets'. */
static bool drops_are_constant(const struct ht_site *site, int64_t now_ns)
{
    const uint16_t *sequels = site->sequels;
    int64_t sought_ns = now_ns - site->phase_ns;
    if (site->worsened || (site->ran_out && !ht_controller_steady(site)))
        return false;
    if (VAIN_TIMES * sequels[HT_SITE_RECOVERED] >= sequels[HT_SITE_IN_VAIN] ||
        KEPT_TIMES * sequels[HT_SITE_RELAPSED] > sequels[HT_SITE_KEPT])
        return false;
    if (ht_controller_steady(site) && sequels[HT_SITE_IN_VAIN] >= SOON_PROBES)
        return sought_ns >= SOON_NS;
    return sequels[HT_SITE_IN_VAIN] >= VAIN_PROBES && sought_ns >= SOUGHT_NS;
}

/* No limit is behind the drops since the alarm, unless many more came since, of which nobody has
 * been asked again yet. */
static void clear(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, site->overrun.from_ns, now_ns, false);
    if (only_began(site, &tally))
        worsen(site, share_of(&tally), now_ns);
    else
        take_back(site, now_ns, tally.sent > 0 ? share_of(&tally) : site->usual_share);
}

/* Most turns came and went unused, so long had those whose turn it was other probes to send. */
static bool was_hindered(const struct ht_site *site, int64_t now_ns)
{
    int64_t turns = (now_ns - site->phase_ns) / site->spacing_ns;
    struct ht_site_tally all = ht_site_count(site, site->phase_ns, now_ns, true);
    return site->waiting >= LINE_MIN && all.sent < ht_time_min(turns, HT_SITE_PROBES) / USED_TURNS;
}

/* Time is up. */
static void end_seeking(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns)
{
    if (was_hindered(site, now_ns)) {
        seek(site, now_ns, site->spacing_ns);
        return;
    }
    int64_t found_ns = answer_spacing_ns(tally, 1);
    /* Between two drops that are close a single answer makes it look fast. */
    if (found_ns > 0 && tally->yield.between < ROUGH_ANSWERS)
        found_ns = ht_time_max(found_ns, all_answers_spacing_ns(tally));
    if (found_ns == 0 && site->sequels[HT_SITE_IN_VAIN] > 0 && tally->answered > 0 &&
        (tally->dropped > 0 || tally->answered < SOUGHT_ANSWERS))
        found_ns = all_answers_spacing_ns(tally);
    /* So few that there is no time between them, or that they are not remembered any more; or next
     * to nobody was asked. */
    uint16_t recovered = site->sequels[HT_SITE_RECOVERED];
    uint16_t in_vain = site->sequels[HT_SITE_IN_VAIN];
    if (found_ns == 0 && recovered > 0 &&
        (in_vain > VAIN_TIMES * recovered || in_vain + recovered < VAIN_PROBES))
        found_ns =
            (now_ns - site->phase_ns) / (recovered > tally->answered ? recovered : tally->answered);
    if (found_ns > 0)
        settle(site, now_ns, found_ns, true);
    else if (tally->answered == 0 && tally->last_drop_ns - tally->first_drop_ns >= SILENT_NS)
        take_back(site, now_ns, 1);
    else
        settle(site, now_ns, site->spacing_ns, false);
}

/* So much more is asked than the router gives that hardly an answer is among what is remembered. */
static bool asks_far_too_fast(const struct ht_site *site, const struct ht_site_tally *tally)
{
    return tally->sent >= HT_SITE_PROBES / 4 && tally->answered > 0 &&
           tally->sent > FAR_TIMES * tally->answered && site->sequels[HT_SITE_RECOVERED] > 0;
}

static void review_seeking(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, site->phase_ns, now_ns, false);
    int64_t found_ns = answer_spacing_ns(&tally, SOUGHT_ANSWERS);
    int64_t about_ns = answer_spacing_ns(&tally, ROUGH_ANSWERS);
    if (asks_far_too_fast(site, &tally))
        slow_down(site, now_ns, all_answers_spacing_ns(&tally));
    else if (drops_are_constant(site, now_ns))
        clear(site, now_ns);
    else if (found_ns > 0 && tally.emptied)
        settle(site, now_ns, found_ns, true);
    else if (now_ns - site->phase_ns >= SOUGHT_NS)
        end_seeking(site, &tally, now_ns);
    else if (about_ns / 2 > SEEKING_TIMES * site->spacing_ns ||
             (about_ns > 0 && about_ns < SEEKING_TIMES * site->spacing_ns * 3 / 4))
        ask_every(site, now_ns, about_ns / SEEKING_TIMES);
    else if (tally.dropped == 0 && tally.answered >= ROUGH_ANSWERS && site->waiting > 0)
        seek(site, now_ns, site->spacing_ns / 2);
}

/* --- steady, with or without a limit ------------------------------------------------------- */

/* The drops of a doubtful case ended at the slower pace. */
static void confirm(struct ht_site *site)
{
    overrun(site, site->alarm_ns);
    site->overrun.until_ns = site->phase_ns;
    site->unproven = site->doubtful = false;
}

/* Was a doubtful case more than an accident, and did the drops end at the slower pace? */
static void resolve_doubt(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally all = ht_site_count(site, site->alarm_ns, now_ns, false);
    if (only_began(site, &all)) {
        worsen(site, share_of(&all), now_ns);
        return;
    }
    struct ht_site_tally tally = ht_site_count(site, site->phase_ns, now_ns, false);
    double expected = site->alarming_share * (double)tally.sent;
    if (expected < DOUBT_DROPS)
        return;
    if ((double)tally.dropped / expected <= DOUBT_LEFT)
        confirm(site);
    else if (began_late(&tally))
        worsen(site, latest_share(&tally), now_ns);
    else
        take_back(site, now_ns, share_of(&tally));
}

/* So many fewer are dropped than at the alarm that it is not the same loss going on. */
static bool far_fewer(const struct ht_site *site, const struct ht_site_tally *tally)
{
    double share = site->alarming_share < ALARMING_MAX ? site->alarming_share : ALARMING_MAX;
    double expected = share * (double)tally->sent;
    double fewer = expected - (double)tally->dropped;
    return fewer > 0 && fewer * fewer > FEWER_SIGMAS * FEWER_SIGMAS * expected * (1 - share);
}

/* Where a limit is known, what goes on at the slower pace is what is usual there. */
static void keep_pace(struct ht_site *site, double usual_share)
{
    site->usual_share = usual_share;
    site->unproven = false;
}

/* Did the drops end at the slower pace? */
static void prove(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_tally tally = ht_site_count(site, site->phase_ns, now_ns, false);
    double expected = site->alarming_share * (double)tally.sent;
    if (expected < PROOF_DROPS)
        return;
    double share = share_of(&tally);
    double left = (double)tally.dropped / expected;
    if (expected < SURE_DROPS && left > SURELY_ENDED && left < SURELY_GOES_ON)
        return;
    bool go_on = left > PROOF_LEFT;
    if (share - site->alarming_share > CERTAIN_SHARE || (go_on && far_fewer(site, &tally)))
        worsen(site, share, now_ns);
    else if (go_on && site->former_ns == 0)
        take_back(site, now_ns, share);
    else
        keep_pace(site, go_on ? share : site->usual_share);
}

/* A little more is asked than it gives, or there is loss. */
static void try_slower(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns)
{
    if (tally->answered == 0)
        return;
    pace(site, now_ns, all_answers_spacing_ns(tally), true);
    site->doubtful = true;
    site->late = began_late(tally);
}

static void review_losses(struct ht_site *site, const struct ht_site_tally *tally, int64_t now_ns,
                          double beyond_share)
{
    double usual = site->usual_share + beyond_share;
    double share = share_of(tally);
    if ((double)tally->dropped <= ALARM_TIMES * usual * (double)tally->sent + ALARM_DROPS) {
        if (tally->sent >= USUAL_PROBES && 2 * share < site->usual_share)
            site->usual_share /= 2;
        return;
    }
    if (tally->after >= CERTAIN_PROBES || began_late(tally))
        share = latest_share(tally);
    else if (share - usual < CERTAIN_SHARE)
        return; /* soon it will be clear how bad it is */
    site->alarming_share = share;
    site->former_ns = site->spacing_ns;
    site->alarm_ns = ht_controller_since_ns(site, now_ns);
    if (share - usual >= CERTAIN_SHARE)
        sound_alarm(site, tally, now_ns);
    else
        try_slower(site, tally, now_ns);
}

static bool may_grow(const struct ht_site *site, int64_t now_ns)
{
    return site->phase == HT_SITE_PACED && now_ns - site->phase_ns >= GROW_NS &&
           site->waiting >= LINE_MIN;
}

static void grow(struct ht_site *site, int64_t now_ns)
{
    site->former_ns = site->spacing_ns;
    overrun(site, now_ns);
    site->ran_out = site->worsened = false;
    seek(site, now_ns, site->spacing_ns * 2 / 3);
}

/* --- reviews ------------------------------------------------------------------------------- */

bool ht_controller_due(const struct ht_site *site, int64_t now_ns)
{
    return now_ns >= site->review_ns && ht_site_shared(site);
}

int64_t ht_controller_since_ns(const struct ht_site *site, int64_t now_ns)
{
    return ht_time_max(site->phase_ns, now_ns - ALARM_NS);
}

void ht_controller_review(struct ht_site *site, int64_t now_ns, double beyond_share)
{
    site->review_ns = ht_time_add(now_ns, REVIEW_NS);
    if (site->phase == HT_SITE_SEEKING) {
        review_seeking(site, now_ns);
    } else if (site->doubtful) {
        resolve_doubt(site, now_ns);
    } else if (site->unproven) {
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
    if (site->doubtful && site->late && sent_ns >= site->alarm_ns && sent_ns < site->phase_ns)
        return true;
    return is_within(&site->overrun, sent_ns) || is_within(&site->overrun_before, sent_ns);
}

bool ht_controller_cleared(const struct ht_site *site, int64_t sent_ns)
{
    return is_within(&site->cleared, sent_ns);
}

bool ht_controller_steady(const struct ht_site *site)
{
    const uint16_t *sequels = site->sequels;
    return sequels[HT_SITE_KEPT] >= KEPT_PROBES &&
           KEPT_TIMES * sequels[HT_SITE_RELAPSED] <= sequels[HT_SITE_KEPT];
}
