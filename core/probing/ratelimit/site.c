#include "probing/ratelimit/site.h"

#include <stdlib.h>
#include <string.h>

#include "hoptrace/time.h"
#include "probing/ratelimit/bucket_fit.h"

/* See ht_site_overdue_ns; the same bounds as for a retry (overdue.h). */
#define OVERDUE_MAX_NS   (300 * HT_NS_PER_MS)
#define OVERDUE_SLACK_NS (20 * HT_NS_PER_MS)

/* A time without a probe that is longer than PAUSE_TURNS turns and than PAUSE_MIN_NS: the router
 * saves answers up meanwhile. */
#define PAUSE_TURNS  4
#define PAUSE_MIN_NS (20 * HT_NS_PER_MS)

/* A limit that is estimated from some answers is uncertain by MARGIN_ANSWERS of them: those that
 * were saved up, and the one at the end. A probe is timely from the spacing with that margin on,
 * and came too soon below SOON_PERCENT of it; of those in between nothing can be said. */
#define MARGIN_ANSWERS 3
#define SOON_PERCENT   80

/* Answers (same + other) above which both counts are halved: fewer would tell the others' share
 * less exactly (see ht_site_has_one_router), with more a new router would be noticed later. */
#define VOTES_MAX 128

void ht_site_fini(struct ht_site *site)
{
    free(site->probes);
    *site = (struct ht_site){0};
}

/* True if this probe is not to be remembered. Where more than HT_SITE_PROBES leave in twice the
 * time after which one is overdue (memory_ns), those that are remembered are at least memory_ns /
 * HT_SITE_PROBES apart: else each would be pushed out before it can be judged, and no rate limit
 * would be found at full speed. By those of silent hops none is pushed out. */
static bool is_one_too_many(const struct ht_site *site, int64_t sent_ns, enum ht_site_kind kind)
{
    if (site->probe_count < HT_SITE_PROBES)
        return false;
    int64_t memory_ns = 2 * ht_site_overdue_ns(site);
    const struct ht_site_probe *oldest = &site->probes[site->probe_count % HT_SITE_PROBES];
    const struct ht_site_probe *newest = &site->probes[(site->probe_count - 1) % HT_SITE_PROBES];
    return sent_ns - oldest->sent_ns < memory_ns &&
           (kind == HT_SITE_SILENT || sent_ns - newest->sent_ns < memory_ns / HT_SITE_PROBES);
}

uint8_t ht_site_sent(struct ht_site *site, int64_t sent_ns, enum ht_site_kind kind)
{
    if (site->probes == NULL)
        site->probes = calloc(HT_SITE_PROBES, sizeof *site->probes);
    site->line.left_ns = ht_time_max(site->line.left_ns, sent_ns);
    bool needless = kind == HT_SITE_IGNORED && site->control.state == HT_SITE_FREE;
    if (site->probes == NULL || needless || is_one_too_many(site, sent_ns, kind)) {
        site->crowded = true;
        return 0;
    }
    uint8_t index = (uint8_t)(site->probe_count++ % HT_SITE_PROBES);
    site->probes[index] =
        (struct ht_site_probe){.sent_ns = sent_ns, .kind = (uint8_t)kind, .crowded = site->crowded};
    site->crowded = false;
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

/* Counts an answer of `router`. True if it is the router of this site from now on: the one before
 * is replaced as soon as others give more answers than it does. The answers of all former ones
 * count as others': where many routers answer by turns, none of them is to seem the only one. */
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
        return false;
    site->router = *router;
    site->target_count = 0;
    site->other += site->same - 1;
    site->same = 1;
    return true;
}

static void note_one_of_crowd(struct ht_site_routers *routers, uint32_t target)
{
    for (uint8_t i = 0; i < routers->crowd_count; i++) {
        if (routers->crowd[i] == target)
            return;
    }
    if (routers->crowd_count < HT_SITE_CROWD)
        routers->crowd[routers->crowd_count++] = target;
}

static unsigned place_of(const struct ht_site_routers *routers, uint32_t hash)
{
    unsigned i = 0;
    while (i < HT_SITE_ROUTERS && routers->hashes[i] != hash)
        i++;
    return i;
}

/* Counts an answer at a site where several routers answer. */
static void note_router(struct ht_site_routers *routers, uint32_t hash, uint32_t target)
{
    unsigned i = place_of(routers, hash);
    if (routers->crowd_count < HT_SITE_CROWD)
        note_one_of_crowd(routers, target);
    if (i == HT_SITE_ROUTERS) {
        i = routers->next;
        routers->hashes[i] = hash;
        routers->targets[i] = target;
        routers->met = (uint16_t)(routers->met & ~(1U << i));
        routers->next = (uint8_t)((i + 1) % HT_SITE_ROUTERS);
        routers->alone++;
    } else if (routers->targets[i] != target) {
        routers->met = (uint16_t)(routers->met | 1U << i);
        routers->common++;
    }
    if (routers->alone + routers->common > VOTES_MAX) {
        routers->alone /= 2;
        routers->common /= 2;
    }
}

/* Of the bytes as two words: a step for each byte took longer than the rest of an answer's count.
 * The factor is that of the 64-bit golden ratio. */
static uint32_t hash_of(const struct ht_address *router)
{
    uint64_t words[2];
    memcpy(words, router->bytes, sizeof words);
    uint64_t hash = (words[0] ^ words[1] << 32 ^ words[1] >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

/* A second router answers here: what the first one answered until now counts as well. */
static void note_first_router(struct ht_site *site)
{
    for (uint8_t i = 0; i < site->target_count; i++)
        note_router(&site->routers, hash_of(&site->router), site->targets[i]);
}

bool ht_site_answered(struct ht_site *site, uint8_t index, int64_t sent_ns, int64_t rtt_ns,
                      const struct ht_address *router, uint32_t target)
{
    bool replaced = router != NULL && vote(site, router);
    bool several = router != NULL && !ht_site_has_one_router(site);
    if (several && site->routers.crowd_count == 0)
        note_first_router(site);
    if (several)
        note_router(&site->routers, hash_of(router), target);
    bool own = router != NULL && (ht_address_equal(&site->router, router) ||
                                  (!ht_site_has_one_router(site) && ht_site_tells(site)));
    if (own) {
        note_target(site, target);
        site->longest_rtt_ns = ht_time_max(site->longest_rtt_ns, rtt_ns);
        site->answered_ns = ht_time_max(site->answered_ns, sent_ns);
    }
    if (site->probes != NULL && site->probes[index].sent_ns == sent_ns)
        site->probes[index].outcome = own ? HT_SITE_BY_ROUTER : HT_SITE_BY_OTHERS;
    return replaced;
}

bool ht_site_has_one_router(const struct ht_site *site)
{
    return site->same > 0 && site->other <= site->same / 8;
}

bool ht_site_shared(const struct ht_site *site)
{
    return site->target_count == HT_SITE_TARGETS && ht_site_has_one_router(site);
}

bool ht_site_met_again(const struct ht_site *site, const struct ht_address *router)
{
    unsigned i = place_of(&site->routers, hash_of(router));
    return i < HT_SITE_ROUTERS && (site->routers.met & 1U << i) != 0;
}

bool ht_site_has_few_routers(const struct ht_site *site)
{
    return site->same > 0 && !ht_site_has_one_router(site) &&
           site->routers.alone <= HT_SITE_ROUTERS;
}

/* True if routers that several targets meet give enough of the answers; see ht_site_tells. */
static bool are_shared(const struct ht_site_routers *routers)
{
    if (routers->alone <= HT_SITE_ROUTERS)
        return 2 * routers->common >= routers->alone;
    return routers->common >= 2 * routers->alone;
}

bool ht_site_tells(const struct ht_site *site)
{
    return ht_site_has_one_router(site) ||
           (site->remembered && site->routers.crowd_count == HT_SITE_CROWD &&
            are_shared(&site->routers));
}

/* --- the evidence -------------------------------------------------------------------------- */

int64_t ht_site_overdue_ns(const struct ht_site *site)
{
    return ht_time_min(2 * site->longest_rtt_ns + OVERDUE_SLACK_NS, OVERDUE_MAX_NS);
}

/* The longest time between two probes that is no pause. */
static int64_t asking_pause_ns(const struct ht_site *site)
{
    if (site->line.spacing_ns == 0)
        return HT_SITE_LATE_NS;
    return ht_time_max(PAUSE_TURNS * site->line.spacing_ns, PAUSE_MIN_NS);
}

/* The probes that count, in the order in which they were sent. */
struct walk {
    const struct ht_site *site;
    struct ht_site_span span;
    bool all;
    bool silent; /* the silence of HT_SITE_SILENT too */
    uint32_t next;
    int64_t answered_ns; /* when the last one that the router answered left; HT_NEVER: none did */
    int64_t gap_ns;      /* how long after that the present one left; HT_NEVER: after none */
};

static struct walk begin(const struct ht_site *site, struct ht_site_span span, int64_t now_ns,
                         bool all)
{
    uint32_t end = site->probes != NULL ? site->probe_count : 0;
    span.until_ns = ht_time_min(span.until_ns, now_ns - ht_site_overdue_ns(site) + 1);
    return (struct walk){.site = site,
                         .span = span,
                         .all = all,
                         .next = end < HT_SITE_PROBES ? 0 : end - HT_SITE_PROBES,
                         .answered_ns = HT_NEVER};
}

/* False for a silence that was to be expected. */
static bool tells(const struct walk *walk, const struct ht_site_probe *probe)
{
    return probe->outcome != HT_SITE_UNANSWERED || probe->kind < HT_SITE_SILENT ||
           (probe->kind == HT_SITE_SILENT && walk->silent);
}

static const struct ht_site_probe *next(struct walk *walk)
{
    uint32_t end = walk->site->probes != NULL ? walk->site->probe_count : 0;
    while (walk->next != end) {
        const struct ht_site_probe *probe = &walk->site->probes[walk->next++ % HT_SITE_PROBES];
        /* Others that are not remembered may have been answered shortly before. */
        int64_t gap_ns = probe->crowded ? 0 : probe->sent_ns - walk->answered_ns;
        walk->gap_ns = walk->answered_ns == HT_NEVER ? HT_NEVER : gap_ns;
        if (probe->outcome == HT_SITE_BY_ROUTER || probe->crowded)
            walk->answered_ns = probe->sent_ns;
        if (probe->sent_ns >= walk->span.from_ns && probe->sent_ns < walk->span.until_ns &&
            tells(walk, probe) && (walk->all || probe->outcome != HT_SITE_BY_OTHERS))
            return probe;
    }
    return NULL;
}

static void count_in(struct ht_rate_counts *counts, bool dropped)
{
    counts->answered += !dropped;
    counts->dropped += dropped;
}

/* Counts all probes and the drops in a row. */
static void count(struct walk walk, int64_t pause_ns, struct ht_site_evidence *evidence)
{
    int64_t before_ns = HT_NEVER;
    for (const struct ht_site_probe *probe; (probe = next(&walk)) != NULL;) {
        bool dropped = probe->outcome == HT_SITE_UNANSWERED;
        if (dropped && evidence->all.dropped == 0)
            evidence->fresh = evidence->all.answered;
        count_in(&evidence->all, dropped);
        if (walk.gap_ns >= HT_SITE_LATE_NS && walk.gap_ns != HT_NEVER)
            count_in(&evidence->late, dropped);
        if (!dropped) {
            if (evidence->since_drop++ > 0)
                evidence->since_drop_ns += ht_time_min(probe->sent_ns - before_ns, pause_ns);
            evidence->last_run = 0;
        } else {
            evidence->last_drop_ns = probe->sent_ns;
            evidence->since_drop = 0;
            evidence->since_drop_ns = 0;
            if (evidence->last_run++ == 0)
                evidence->last_run_ns = probe->sent_ns;
            if (evidence->last_run > evidence->longest_run)
                evidence->longest_run = evidence->last_run;
            if (probe->sent_ns < walk.site->control.alarm_ns)
                evidence->first_run = evidence->longest_run;
        }
        before_ns = probe->sent_ns;
    }
}

/* A stretch: probes without a pause in which the router saved answers up, from the drop that began
 * its first long run of drops, at least half as long as the longest: then it had none left. Where
 * probes did not wait at first, the first row is longer than any that turns leave. */
struct stretch {
    uint32_t run;
    int64_t run_ns;  /* when the first of the last drops in a row was sent */
    int64_t from_ns; /* when that drop was sent; 0: there is no long run yet */
    uint32_t answers;
    uint32_t between; /* answers up to the last drop */
    int64_t last_ns;  /* when the last drop was sent */
};

static void add(struct stretch *stretch, const struct ht_site_probe *probe, uint32_t long_run)
{
    if (probe->outcome != HT_SITE_UNANSWERED) {
        stretch->run = 0;
        stretch->answers++;
        return;
    }
    if (stretch->run++ == 0)
        stretch->run_ns = probe->sent_ns;
    if (stretch->from_ns == 0 && stretch->run >= long_run) {
        stretch->from_ns = stretch->run_ns;
        stretch->answers = 0;
    }
    stretch->between = stretch->answers;
    stretch->last_ns = probe->sent_ns;
}

static void end_stretch(struct ht_site_evidence *evidence, struct stretch *stretch)
{
    if (stretch->from_ns != 0 && stretch->between >= evidence->between) {
        evidence->between = stretch->between;
        evidence->between_ns = stretch->last_ns - stretch->from_ns;
    }
    *stretch = (struct stretch){0};
}

/* A probe begins a new stretch: the router saved answers up in the pause before it. */
static bool ends_pause(const struct ht_site_probe *probe, int64_t before_ns, int64_t pause_ns)
{
    int64_t after_ns = before_ns != HT_NEVER ? probe->sent_ns - before_ns : 0;
    return after_ns > pause_ns &&
           (probe->outcome != HT_SITE_UNANSWERED || after_ns >= HT_SITE_LATE_NS);
}

/* Answers, and drops, of a stretch of which its own longest row of drops counts. */
#define OWN_RUN 10

/* The longest row of drops of the stretch that begins with this probe, behind which the walk is;
 * `usual` if that is shorter, or the stretch has few of them. */
static uint32_t longest_run(struct walk walk, const struct ht_site_probe *probe, int64_t pause_ns,
                            uint32_t usual)
{
    uint32_t longest = 0;
    uint32_t run = 0;
    struct ht_rate_counts all = {0};
    int64_t before_ns = HT_NEVER;
    for (; probe != NULL && !ends_pause(probe, before_ns, pause_ns); probe = next(&walk)) {
        before_ns = probe->sent_ns;
        bool dropped = probe->outcome == HT_SITE_UNANSWERED;
        count_in(&all, dropped);
        run = dropped ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    bool tells = all.answered >= OWN_RUN && all.dropped >= OWN_RUN;
    return tells && longest < usual ? longest : usual;
}

/* Finds the rate of answers in the stretch that has most of them. Returns when the first stretch
 * began to count; HT_NEVER: none did. */
static int64_t measure(struct walk walk, int64_t pause_ns, uint32_t long_run,
                       struct ht_site_evidence *evidence)
{
    struct stretch stretch = {0};
    uint32_t usual = evidence->first_run > 0 ? evidence->first_run : evidence->longest_run;
    uint32_t enough = 0;
    int64_t emptied_ns = HT_NEVER;
    int64_t before_ns = HT_NEVER;
    for (const struct ht_site_probe *probe; (probe = next(&walk)) != NULL;) {
        if (before_ns == HT_NEVER || ends_pause(probe, before_ns, pause_ns)) {
            end_stretch(evidence, &stretch);
            enough = long_run < UINT32_MAX ? longest_run(walk, probe, pause_ns, usual) : usual;
            enough = (enough + 1) / 2 < long_run ? (enough + 1) / 2 : long_run;
        }
        before_ns = probe->sent_ns;
        add(&stretch, probe, enough);
        if (stretch.from_ns != 0)
            emptied_ns = ht_time_min(emptied_ns, stretch.from_ns);
    }
    end_stretch(evidence, &stretch);
    return emptied_ns;
}

/* Counts the probes of hops that may be silent, and others, sent from `emptied_ns` on. */
static void compare(struct walk walk, int64_t emptied_ns, struct ht_site_evidence *evidence)
{
    walk.silent = true;
    for (const struct ht_site_probe *probe; (probe = next(&walk)) != NULL;) {
        if (probe->sent_ns >= emptied_ns)
            count_in(probe->kind >= HT_SITE_RETRIED ? &evidence->retried : &evidence->others,
                     probe->outcome == HT_SITE_UNANSWERED);
    }
}

/* The order of a stretch's drops is seen; the next one's is another matter. */
static void end_order(struct ht_rate_evidence *rate, struct ht_rate_order *order)
{
    rate->again = (rate->again > 0 ? rate->again : 1) * ht_rate_order_odds(order);
    *order = (struct ht_rate_order){0};
}

/* Tells the probes that a router with a limit could answer from those that it could not. It had
 * none left from `emptied_ns` on; what it saves up in a pause tells nothing, up to the next drop.
 */
static struct ht_rate_evidence sort(struct walk walk, int64_t emptied_ns, int64_t timely_ns)
{
    struct ht_rate_evidence rate = {0};
    struct ht_rate_order later = {0};
    struct ht_rate_order *order = &rate.first;
    int64_t soon_ns = timely_ns / 100 * SOON_PERCENT;
    int64_t late_ns = ht_time_min(timely_ns, HT_SITE_LATE_NS);
    int64_t answered_ns = emptied_ns;
    int64_t before_ns = emptied_ns;
    bool saved = false;
    for (const struct ht_site_probe *probe; (probe = next(&walk)) != NULL;) {
        bool dropped = probe->outcome == HT_SITE_UNANSWERED;
        if (probe->sent_ns < emptied_ns) {
            rate.first.fresh += !dropped;
            continue;
        }
        if (probe->sent_ns - before_ns >= HT_SITE_LATE_NS) {
            end_order(&rate, &later);
            order = &later;
            saved = true;
        }
        before_ns = probe->sent_ns;
        if (saved && !dropped)
            order->fresh++;
        else if (probe->kind == HT_SITE_REGULAR)
            count_in(&order->then, dropped);
        int64_t after_ns = probe->crowded ? 0 : probe->sent_ns - answered_ns;
        if (probe->sent_ns > emptied_ns && after_ns >= late_ns)
            count_in(&rate.timely, dropped);
        else if (probe->sent_ns > emptied_ns && after_ns < soon_ns && !saved)
            count_in(&rate.soon, dropped);
        saved &= !dropped;
        if (!dropped || probe->crowded) /* those that are not remembered may have been answered */
            answered_ns = probe->sent_ns;
    }
    end_order(&rate, &later);
    return rate;
}

int64_t ht_site_timely_ns(const struct ht_site_evidence *evidence)
{
    if (evidence->between == 0)
        return HT_NEVER;
    return evidence->between_ns / evidence->between * (evidence->between + MARGIN_ANSWERS) /
           evidence->between;
}

struct ht_site_evidence ht_site_evidence(const struct ht_site *site, struct ht_site_span span,
                                         int64_t timely_ns, uint32_t long_run, int64_t now_ns)
{
    struct ht_site_evidence evidence = {0};
    struct walk walk = begin(site, span, now_ns, false);
    int64_t pause_ns = asking_pause_ns(site);
    count(walk, pause_ns, &evidence);
    int64_t emptied_ns = measure(walk, pause_ns, long_run, &evidence);
    if (timely_ns == HT_NEVER)
        timely_ns = ht_site_timely_ns(&evidence);
    evidence.rate = sort(walk, emptied_ns, timely_ns);
    evidence.rate.several = !ht_site_has_one_router(site);
    compare(walk, emptied_ns, &evidence);
    return evidence;
}

struct ht_site_evidence ht_site_count(const struct ht_site *site, struct ht_site_span span,
                                      int64_t now_ns, bool all)
{
    struct ht_site_evidence evidence = {0};
    count(begin(site, span, now_ns, all), asking_pause_ns(site), &evidence);
    return evidence;
}

double ht_site_bucket_odds(const struct ht_site *site, struct ht_site_span span, int64_t now_ns)
{
    struct ht_bucket_fit fit = {0};
    struct walk walk = begin(site, span, now_ns, false);
    int64_t before_ns = 0;
    for (const struct ht_site_probe *probe; (probe = next(&walk)) != NULL;) {
        ht_bucket_fit_add(&fit, probe->sent_ns - before_ns, probe->outcome == HT_SITE_UNANSWERED,
                          probe->crowded);
        before_ns = probe->sent_ns;
    }
    return ht_bucket_fit_odds(&fit);
}
