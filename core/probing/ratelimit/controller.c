#include "probing/ratelimit/controller.h"

#include "hoptrace/time.h"

/* Least time between two reviews of a site: each counts all probes that the site remembers. */
#define REVIEW_NS (10 * HT_NS_PER_MS)

/* Spacing below which drops are no limit's: 20,000 answers a second. */
#define LEAST_SPACING_NS (HT_NS_PER_S / 20000)

/* Spacing at which a search begins: 400 probes a second. */
#define FIRST_SPACING_NS (HT_NS_PER_S / 400)

/* After GROW_NS with a line of LINE_MIN a faster pace is tried: the router may give more now. */
#define LINE_MIN 8
#define GROW_NS  (60 * HT_NS_PER_S)

/* Probes that are sent during a search for each answer that the router is thought to give. Much
 * fewer would beat against the moments at which a router without a burst gives one. */
#define SEEKING_TIMES 4

/* Drops in a row that show that a router has no answers left: fewer may be an accident. */
#define LONG_RUN 3

/* Answers that make a limit known: one more or less of 40 is 2.5 percent, half of what
 * PACED_PERCENT leaves room for; of a search that has lasted for SOUGHT_NS 10 will do. */
#define KNOWN_ANSWERS 40
#define ROUGH_ANSWERS 10
#define SOUGHT_NS     HT_NS_PER_S

/* Rate of turns in percent of the limit, which is known to some percent; probes do not leave to the
 * microsecond. The first turn comes after PAUSE_TURNS turns, at most PAUSE_MAX_NS, so that the
 * router saves a few answers up. */
#define PACED_PERCENT 95
#define PAUSE_TURNS   4
#define PAUSE_MAX_NS  (200 * HT_NS_PER_MS)

/* A router that did not answer at all for so long a search is silent, not slow; it is asked no
 * slower than every SPACING_MAX_NS. */
#define SILENT_NS      (2 * HT_NS_PER_S)
#define SPACING_MAX_NS HT_SITE_LATE_NS

/* How many times as fast as with drops a router answers without any that has no limit, but hops
 * beside it that are silent. Answers that it had saved up may be a few times as fast. */
#define UNSTEADY_TIMES 4

/* Probes, or drops of them, after which PROVING ends. Without a verdict the drops are a limit's if
 * they end at this pace, and a token bucket explains with these odds what was seen until it was
 * found (as much as EXCUSING_ODDS asks for); or else loss. The rate says little where a router that
 * answers far more than it is asked for, but few in a row, drops some of what left together. */
#define PROVING_PROBES 200
#define PROVING_DROPS  8
#define BUCKET_ODDS    2

/* Odds of a bucket that raise an alarm: more than 1/4, which a first drop has. Before a fourth
 * drop, which raises one anyway, that is so in 90 to 96 % of rows of 100 probes behind a limit that
 * is asked for 1.5 times as much, and in 6 % with loss of 2 %, 33 % with loss of 20 %: a wrong one
 * costs a search. */
#define ALARM_ODDS (1.0 / 3)

/* Most probes of a single target that drops are tried of, and most that try them. */
#define TRIED_MAX 10
#define TRIES_MAX 4

/* Fewest probes that show that less is lost than usual. */
#define USUAL_PROBES 128

/* A search goes on slower, or anew, once the spacing that is seen is more than this percentage of
 * the present one: less is noise. */
#define SLOWER_PERCENT 110

static void enter(struct ht_site *site, int64_t now_ns, enum ht_site_state state,
                  int64_t spacing_ns, int64_t pause_ns)
{
    site->control.state = (uint8_t)state;
    site->control.odds_until_ns = 0;
    site->control.since_ns = now_ns + pause_ns; /* probes that are just leaving belong to before */
    ht_line_set_spacing(&site->line, now_ns, spacing_ns, pause_ns);
}

/* By the rate that is seen, one answer more: that is never too slow. */
static int64_t seeking_spacing_ns(const struct ht_site *site, const struct ht_site_evidence *seen)
{
    int64_t spacing_ns = seen->between_ns / (seen->between + 1);
    return site->line.waiting >= LINE_MIN ? spacing_ns / SEEKING_TIMES : spacing_ns;
}

/* Spacing of turns at a router that gives one answer in `limit_ns`. */
static int64_t paced_ns(int64_t limit_ns)
{
    return ht_time_min(limit_ns * 100 / PACED_PERCENT, SPACING_MAX_NS);
}

static void begin_proving(struct ht_site *site, int64_t now_ns, int64_t spacing_ns,
                          int64_t pause_ns)
{
    site->control.sought_odds = ht_site_bucket_odds(site, site->control.overrun, now_ns);
    enter(site, now_ns, HT_SITE_PROVING, spacing_ns, pause_ns);
}

static void prove(struct ht_site *site, int64_t now_ns, int64_t spacing_ns)
{
    site->control.limit_ns = spacing_ns;
    spacing_ns = paced_ns(spacing_ns);
    begin_proving(site, now_ns, spacing_ns, ht_time_min(PAUSE_TURNS * spacing_ns, PAUSE_MAX_NS));
}

/* From `from_ns` on the router is asked for more than it gives. The overrun before is kept: probes
 * that were sent in it may still be awaited. */
static void overrun(struct ht_site *site, int64_t from_ns)
{
    struct ht_site_control *control = &site->control;
    control->overrun.until_ns = ht_time_min(control->overrun.until_ns, from_ns);
    control->overrun_before = control->overrun;
    control->cleared.until_ns = ht_time_min(control->cleared.until_ns, from_ns);
    control->overrun = (struct ht_site_span){from_ns, HT_NEVER};
}

/* What became of the probes since the present state began. */
static struct ht_site_evidence seen_now(const struct ht_site *site, int64_t now_ns)
{
    return ht_site_evidence(site, (struct ht_site_span){site->control.since_ns, HT_NEVER}, HT_NEVER,
                            LONG_RUN, now_ns);
}

/* The first probes may be more than a site remembers: what they told stays, once all that left
 * before the alarm is judged. */
static void keep_first(const struct ht_site *site, struct ht_rate_evidence *rate, int64_t now_ns)
{
    const struct ht_rate_evidence *kept = &site->control.sought;
    if (now_ns < site->control.alarm_ns + ht_site_overdue_ns(site))
        return;
    rate->first.fresh = kept->first.fresh;
    if (kept->first.then.answered + kept->first.then.dropped >
        rate->first.then.answered + rate->first.then.dropped)
        rate->first.then = kept->first.then;
}

/* What tells a limit from loss: all since the alarm, by the limit that the search has found so far;
 * once it is found, what was seen until then and what became of the probes since. */
static struct ht_site_evidence seen_in_all(const struct ht_site *site, int64_t now_ns)
{
    struct ht_site_evidence seen = seen_now(site, now_ns);
    if (site->control.state == HT_SITE_SEEKING) {
        seen = ht_site_evidence(site, site->control.overrun, ht_site_timely_ns(&seen), UINT32_MAX,
                                now_ns);
        keep_first(site, &seen.rate, now_ns);
        return seen;
    }
    seen.rate = site->control.sought;
    seen.rate.timely.answered += seen.all.answered;
    seen.rate.timely.dropped += seen.all.dropped;
    return seen;
}

/* What was sent up to then is judged. */
static int64_t judged_ns(const struct ht_site *site, int64_t now_ns)
{
    return now_ns - ht_site_overdue_ns(site) + 1;
}

/* The drops are no limit's but the usual loss; what was sent before and is not judged yet may still
 * tell otherwise. Where a limit is known it stays, and so does the slower pace; a faster one that
 * was tried was too fast. */
static void take_back(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_control *control = &site->control;
    int64_t until_ns = judged_ns(site, now_ns);
    if (site->line.spacing_ns < control->former_ns) {
        control->limit_ns = site->line.spacing_ns;
        until_ns = now_ns; /* the router was asked too fast until now */
    } else {
        control->usual_share = control->alarm_share;
    }
    if (control->former_ns == 0) {
        control->cleared = (struct ht_site_span){control->overrun.from_ns, until_ns};
        control->overrun = (struct ht_site_span){0};
        enter(site, now_ns, HT_SITE_FREE, 0, 0);
    } else {
        control->overrun.until_ns = until_ns;
        enter(site, now_ns, HT_SITE_PACED, ht_time_max(control->former_ns, site->line.spacing_ns),
              0);
    }
    control->since_ns = until_ns;
}

/* A search begins; probes sent from `from_ns` on may have been dropped by a limit. */
static void begin_search(struct ht_site *site, int64_t now_ns, int64_t from_ns, int64_t spacing_ns)
{
    site->control.former_ns = site->line.spacing_ns;
    site->control.limit_ns = 0;
    site->control.recovered = 0;
    site->control.some_silent = false;
    site->control.rough = false;
    site->control.alarm_ns = now_ns;
    overrun(site, from_ns);
    enter(site, now_ns, HT_SITE_SEEKING, ht_time_min(spacing_ns, SPACING_MAX_NS), 0);
}

/* True if turns are kept to at a pace at which nothing was dropped while it was sought: of 20
 * probes it may be up to 5 percent too fast all the same. */
static bool is_unproven(const struct ht_site *site)
{
    return site->control.state == HT_SITE_PACED && site->control.limit_ns == 0;
}

/* True if a faster pace is to be tried: there are probes for it, nothing is dropped, and either no
 * limit was found yet, or long ago. */
static bool may_grow(const struct ht_site *site, const struct ht_site_evidence *seen,
                     int64_t now_ns)
{
    return site->control.state == HT_SITE_PACED && site->line.waiting >= LINE_MIN &&
           seen->since_drop >= ROUGH_ANSWERS &&
           (is_unproven(site) || now_ns - site->control.since_ns >= GROW_NS);
}

/* True if there are more drops than is lost anyway: at this hop, beyond it, and of the probes that
 * no limit drops. */
static bool is_alarming(const struct ht_site *site, const struct ht_site_evidence *seen,
                        double beyond_share)
{
    struct ht_rate_counts late = seen->late;
    struct ht_rate_counts soon = {seen->all.answered - late.answered,
                                  seen->all.dropped - late.dropped};
    double usual = site->control.usual_share + beyond_share;
    if (late.dropped > 0)
        usual += (double)late.dropped / (late.answered + late.dropped);
    return ht_rate_alarm(soon, usual, site->control.fits_bucket || is_unproven(site));
}

/* A search begins, unless the drops are those of silent hops, which is usual then. */
static void be_alarmed(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_control *control = &site->control;
    struct ht_site_evidence seen = seen_now(site, now_ns);
    control->alarm_share = ht_rate_share(seen.all);
    if (ht_rate_silent(seen.retried, seen.others)) {
        control->usual_share = control->alarm_share;
        control->since_ns = judged_ns(site, now_ns);
        return;
    }
    int64_t spacing_ns = ht_time_max(FIRST_SPACING_NS, seeking_spacing_ns(site, &seen));
    begin_search(site, now_ns, control->since_ns, ht_time_max(site->line.spacing_ns, spacing_ns));
}

/* A pace that was unproven was too fast: how fast the router answers, the drop tells, and the last
 * one of the search. */
static void slow_down(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_evidence seen =
        ht_site_evidence(site, site->control.overrun, HT_NEVER, LONG_RUN, now_ns);
    int64_t spacing_ns = site->line.spacing_ns;
    int64_t limit_ns = spacing_ns * SLOWER_PERCENT / 100;
    if (seen.between >= ROUGH_ANSWERS)
        limit_ns = ht_time_min(limit_ns, ht_time_max(spacing_ns, seen.between_ns / seen.between));
    site->control.former_ns = spacing_ns;
    site->control.sought = seen.rate;
    site->control.rough = true;
    prove(site, now_ns, limit_ns);
}

/* Counts what became of the probes since the present state began. */
static struct ht_site_evidence counted_now(const struct ht_site *site, int64_t now_ns)
{
    return ht_site_count(site, (struct ht_site_span){site->control.since_ns, HT_NEVER}, now_ns,
                         false);
}

static void review_steady(struct ht_site *site, const struct ht_site_evidence *seen, int64_t now_ns,
                          double beyond_share)
{
    struct ht_site_control *control = &site->control;
    if (seen->all.answered + seen->all.dropped >= USUAL_PROBES &&
        2 * ht_rate_share(seen->all) < control->usual_share)
        control->usual_share /= 2;
    if (is_alarming(site, seen, beyond_share)) {
        if (is_unproven(site))
            slow_down(site, now_ns);
        else
            be_alarmed(site, now_ns);
    } else if (may_grow(site, seen, now_ns)) {
        control->alarm_share = control->usual_share;
        /* While no limit is known, a pace that was tried may have been too fast. */
        begin_search(site, now_ns, control->limit_ns == 0 ? control->since_ns : now_ns,
                     site->line.spacing_ns / SEEKING_TIMES);
    }
}

/* No limit explains what is seen: neither its drops, nor, where any limit does, so high a rate. */
static bool is_loss(const struct ht_site_evidence *in_all)
{
    return ht_rate_verdict(&in_all->rate) == HT_RATE_LOSS ||
           (in_all->between > 0 && in_all->between_ns / in_all->between < LEAST_SPACING_NS);
}

/* False as long as a rate is that of a few answers, which the router may have saved up: then
 * whatever it drops afterwards came late enough for it. */
static bool knows_rate(const struct ht_site *site, const struct ht_site_evidence *in_all,
                       int64_t now_ns)
{
    return in_all->between >= ROUGH_ANSWERS || now_ns - site->control.since_ns >= SOUGHT_NS;
}

/* Mean time between the answers since the last drop, of which there are two at least. */
static int64_t undropped_spacing_ns(const struct ht_site_evidence *seen)
{
    return seen->since_drop_ns / (seen->since_drop - 1);
}

/* The present pace is slow enough: whatever the limit is, the router is asked for less. */
static void prove_pace(struct ht_site *site, const struct ht_site_evidence *seen, int64_t now_ns)
{
    int64_t asked_ns = undropped_spacing_ns(seen);
    if (asked_ns >= site->line.spacing_ns / 2)
        asked_ns = ht_time_max(asked_ns, site->line.spacing_ns);
    asked_ns = ht_time_min(asked_ns, SPACING_MAX_NS);
    begin_proving(site, now_ns, asked_ns, 0);
}

/* True if the answers since the last drop came much faster than a router with a limit gave them
 * before it: then what was dropped is another matter. */
static bool is_unsteady(const struct ht_site_evidence *seen)
{
    int64_t between_ns = seen->between_ns / (seen->between + 1);
    return between_ns > UNSTEADY_TIMES * undropped_spacing_ns(seen);
}

static void review_seeking(struct ht_site *site, const struct ht_site_evidence *seen,
                           int64_t now_ns)
{
    bool goes_on = site->line.waiting > 0 && now_ns - site->control.since_ns < SOUGHT_NS;
    uint32_t enough = goes_on ? KNOWN_ANSWERS : ROUGH_ANSWERS;
    struct ht_site_evidence in_all = seen_in_all(site, now_ns);
    site->control.sought = in_all.rate;
    site->control.some_silent = ht_rate_silent(in_all.retried, in_all.others);
    if (now_ns - ht_site_overdue_ns(site) < site->control.since_ns)
        return; /* what was sent before is not judged yet */
    bool silent = seen->all.answered == 0 && seen->between_ns >= SILENT_NS;
    bool loss = knows_rate(site, &in_all, now_ns) && is_loss(&in_all);
    int64_t slower_ns = ht_time_min(seeking_spacing_ns(site, seen), SPACING_MAX_NS);
    if (silent || loss ||
        (seen->since_drop >= enough && seen->all.dropped >= enough && is_unsteady(seen))) {
        double share = silent ? 1 : ht_rate_share(in_all.all);
        if (share > site->control.alarm_share)
            site->control.alarm_share = share;
        take_back(site, now_ns);
    } else if (seen->between >= enough) {
        prove(site, now_ns, seen->between_ns / seen->between);
    } else if (seen->since_drop >= enough) {
        prove_pace(site, seen, now_ns);
    } else if (slower_ns > site->line.spacing_ns * SLOWER_PERCENT / 100) {
        ht_line_set_spacing(&site->line, now_ns, slower_ns, 0);
    }
}

/* LIMITED only once it is seen that the drops end at this pace, or which one would do. */
static enum ht_rate_verdict verdict_of(const struct ht_site *site,
                                       const struct ht_site_evidence *seen, int64_t now_ns)
{
    struct ht_rate_evidence in_all = seen_in_all(site, now_ns).rate;
    uint32_t count = seen->all.answered + seen->all.dropped;
    /* Answers between drops tell a slower pace, once there are ROUGH_ANSWERS of them. */
    bool tells_pace = seen->between >= PROVING_DROPS / 2 && seen->between < ROUGH_ANSWERS;
    bool ends = count >= PROVING_PROBES || (seen->all.dropped >= PROVING_DROPS && !tells_pace);
    enum ht_rate_verdict verdict = ht_rate_verdict(&in_all);
    bool known =
        count >= ROUGH_ANSWERS && (seen->all.dropped == 0 || seen->between >= ROUGH_ANSWERS);
    bool slower = site->line.spacing_ns > site->control.former_ns;
    if (!slower && seen->all.dropped == 0 && known)
        return HT_RATE_LIMITED; /* nothing speaks against a pace that is no slower than before */
    if (verdict == HT_RATE_LIMITED && !known && !ends)
        return HT_RATE_UNDECIDED;
    if (verdict != HT_RATE_UNDECIDED || !ends)
        return verdict;
    bool bucket = site->control.sought_odds >= BUCKET_ODDS && seen->all.dropped < PROVING_DROPS;
    return bucket ? HT_RATE_LIMITED : HT_RATE_LOSS;
}

/* True if a pace at which nothing was dropped while a limit was sought is that of answers which the
 * router had saved up: it gives fewer. */
static bool is_too_fast(const struct ht_site *site, const struct ht_site_evidence *seen)
{
    int64_t given_ns = seen->between_ns / (seen->between + 1);
    return site->control.limit_ns == 0 && given_ns > site->line.spacing_ns * SLOWER_PERCENT / 100;
}

static void review_proving(struct ht_site *site, const struct ht_site_evidence *seen,
                           int64_t now_ns)
{
    switch (verdict_of(site, seen, now_ns)) {
    case HT_RATE_UNDECIDED:
        break;
    case HT_RATE_LIMITED:
        if (seen->between >= ROUGH_ANSWERS &&
            (site->control.former_ns == 0 || site->control.rough)) {
            site->control.rough = false; /* a bit too fast, or saved up when the pace was found */
            site->control.former_ns = site->line.spacing_ns;
            prove(site, now_ns,
                  ht_time_max(seen->between_ns / seen->between, site->control.limit_ns));
            break;
        }
        site->control.usual_share = seen->all.dropped > 0 ? ht_rate_share(seen->all) : 0;
        enter(site, now_ns, HT_SITE_PACED, site->line.spacing_ns, 0);
        if (!is_unproven(site))
            site->control.overrun.until_ns = now_ns;
        break;
    case HT_RATE_LOSS:
        if (is_too_fast(site, seen))
            enter(site, now_ns, HT_SITE_SEEKING,
                  ht_time_max(site->line.spacing_ns, seeking_spacing_ns(site, seen)), 0);
        else
            take_back(site, now_ns);
        break;
    }
}

static bool is_searching(const struct ht_site *site)
{
    return site->control.state == HT_SITE_SEEKING || site->control.state == HT_SITE_PROVING;
}

bool ht_controller_due(const struct ht_site *site, int64_t now_ns)
{
    return now_ns >= site->control.review_ns && ht_site_tells(site);
}

/* More drops raise an alarm anyway; where loss is usual it fits a bucket now and then; and one that
 * has saved nothing up, so that the first probe is dropped, is none that drops few. */
static void try_bucket(struct ht_site *site, const struct ht_site_evidence *seen, int64_t now_ns)
{
    struct ht_site_control *control = &site->control;
    if (seen->last_drop_ns == control->fitted_ns)
        return;
    control->fitted_ns = seen->last_drop_ns;
    control->fits_bucket =
        control->state == HT_SITE_FREE && control->usual_share <= 0 && seen->all.dropped > 0 &&
        !ht_rate_alarm(seen->all, 0, false) && seen->fresh > 0 &&
        ht_site_bucket_odds(site, (struct ht_site_span){control->since_ns, HT_NEVER}, now_ns) >=
            ALARM_ODDS;
}

struct ht_site_evidence ht_controller_look(struct ht_site *site, int64_t now_ns)
{
    if (is_searching(site))
        return seen_now(site, now_ns);
    struct ht_site_evidence seen = counted_now(site, now_ns);
    try_bucket(site, &seen, now_ns);
    return seen;
}

void ht_controller_dismiss(struct ht_site *site, int64_t now_ns)
{
    site->control.since_ns = ht_time_max(site->control.since_ns, judged_ns(site, now_ns));
}

bool ht_controller_suspects(const struct ht_site *site, const struct ht_site_evidence *seen)
{
    return !is_searching(site) && is_alarming(site, seen, 0);
}

void ht_controller_review(struct ht_site *site, const struct ht_site_evidence *seen, int64_t now_ns,
                          double beyond_share)
{
    site->control.review_ns = ht_time_add(now_ns, REVIEW_NS);
    if (!is_searching(site))
        review_steady(site, seen, now_ns, beyond_share);
    else if (site->control.state == HT_SITE_SEEKING)
        review_seeking(site, seen, now_ns);
    else
        review_proving(site, seen, now_ns);
}

void ht_controller_forget(struct ht_site *site)
{
    site->control = (struct ht_site_control){0};
    site->line.spacing_ns = 0;
}

static bool is_within(const struct ht_site_span *span, int64_t moment_ns)
{
    return moment_ns >= span->from_ns && moment_ns < span->until_ns;
}

bool ht_controller_overran(const struct ht_site *site, int64_t sent_ns)
{
    return is_within(&site->control.overrun, sent_ns) ||
           is_within(&site->control.overrun_before, sent_ns);
}

int64_t ht_controller_answer_ns(const struct ht_site *site)
{
    bool over_asked = site->control.state == HT_SITE_SEEKING && site->line.waiting >= LINE_MIN;
    return over_asked ? SEEKING_TIMES * site->line.spacing_ns : site->line.spacing_ns;
}

int64_t ht_controller_limit_ns(const struct ht_site *site)
{
    const struct ht_site_control *control = &site->control;
    int64_t former_ns = control->former_ns * PACED_PERCENT / 100;
    switch ((enum ht_site_state)control->state) {
    case HT_SITE_FREE:
        break;
    case HT_SITE_SEEKING:
        return former_ns;
    case HT_SITE_PROVING: /* a pace that was too fast is no limit */
        return former_ns != 0 ? ht_time_max(former_ns, control->limit_ns) : 0;
    case HT_SITE_PACED: /* who keeps to a limit stays 5 percent below it */
        return is_unproven(site) ? site->line.spacing_ns : control->limit_ns;
    }
    return 0;
}

void ht_controller_recall(struct ht_site *site, int64_t limit_ns, int64_t now_ns)
{
    site->control.limit_ns = limit_ns;
    enter(site, now_ns, HT_SITE_PACED, paced_ns(limit_ns), 0);
}

bool ht_controller_is_undecided(const struct ht_site *site)
{
    return site->control.former_ns == 0 && is_searching(site);
}

uint8_t ht_controller_tries(const struct ht_site *site, int64_t now_ns)
{
    const struct ht_site_control *control = &site->control;
    if (control->tries != 0 || control->state != HT_SITE_FREE || control->usual_share > 0 ||
        site->probe_count > TRIED_MAX || site->target_count > 1 || !ht_site_has_one_router(site))
        return 0;
    struct ht_site_evidence seen = counted_now(site, now_ns);
    bool tells = seen.all.dropped > 0 && seen.fresh > 0 && seen.fresh < TRIES_MAX;
    return tells ? (uint8_t)(seen.fresh + 1) : 0;
}

void ht_controller_try(struct ht_site *site, uint8_t tries, int64_t now_ns)
{
    site->control.tries = tries;
    site->control.tried_ns = now_ns;
}

bool ht_controller_tried(const struct ht_site *site, int64_t sent_ns)
{
    return site->control.tries != 0 && sent_ns <= site->control.tried_ns;
}

bool ht_controller_cleared(const struct ht_site *site, int64_t sent_ns)
{
    return is_within(&site->control.cleared, sent_ns);
}

double ht_controller_odds(struct ht_site *site, int64_t now_ns)
{
    struct ht_site_control *control = &site->control;
    if (now_ns < control->odds_until_ns)
        return control->odds;
    struct ht_rate_evidence in_all = seen_in_all(site, now_ns).rate;
    double bucket = ht_site_bucket_odds(site, control->overrun, now_ns);
    double by_rate = ht_rate_odds(&in_all);
    control->odds = by_rate > bucket ? by_rate : bucket;
    control->odds_until_ns = now_ns + REVIEW_NS;
    return control->odds;
}
