/* A site: where a router's rate limit is estimated, one ttl of the paths that leave by one
 * interface, or one router of several there (sites.h). It knows which router answers there, what
 * became of the last probes that all rounds sent there (the evidence), and the line of those that
 * wait until the router may be asked again (line.h). */
#ifndef HT_PROBING_SITE_H
#define HT_PROBING_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/time.h"
#include "probing/ratelimit/line.h"
#include "probing/ratelimit/rate_verdict.h"

/* Targets that a router must have answered before it counts as shared. Two are enough: a router
 * that answers seldom is seen by few targets. */
#define HT_SITE_TARGETS 2

/* Probes of a site that are remembered; an index fits in 8 bits. */
#define HT_SITE_PROBES 256

/* The slowest limit that is thought of, one answer in so long a time: a probe that leaves later
 * after an answer than that is dropped by none. */
#define HT_SITE_LATE_NS (2 * HT_NS_PER_S)

enum ht_site_outcome {
    HT_SITE_UNANSWERED,
    HT_SITE_BY_ROUTER,
    HT_SITE_BY_OTHERS /* answered by another router or by the destination */
};

/* Why a probe was sent: that decides what its silence tells. */
enum ht_site_kind {
    HT_SITE_REGULAR, /* nothing was dropped at its hop: with others of its kind it tells the order
                        in which a router drops */
    HT_SITE_AGAIN,   /* in place of a dropped one, of a hop that has answered others */
    HT_SITE_RETRIED, /* of a hop that was asked before and never answered */
    HT_SITE_SILENT,  /* the same, so often that no answer is expected: it tells silent hops only */
    HT_SITE_IGNORED  /* of a hop that was silent in the last round: it tells nothing */
};

struct ht_site_probe {
    int64_t sent_ns;
    uint8_t outcome; /* enum ht_site_outcome */
    uint8_t kind;    /* enum ht_site_kind */
    bool crowded;    /* others left shortly before, and are not remembered */
};

/* Routers that answer at a site with several. Two targets that meet the same router are what tells
 * a balancer's routers, whose limits many targets share, from those of paths that have parted. */
#define HT_SITE_ROUTERS 16

/* Targets that several routers must have answered before a limit is told there. Of fewer an outage
 * is more likely than that they ask for too much: what is lost then all at once looks like a limit
 * for a while, and each probe waits for its turn. */
#define HT_SITE_CROWD 8

struct ht_site_routers {
    uint32_t crowd[HT_SITE_CROWD]; /* targets that were answered, all different */
    uint8_t crowd_count;
    uint32_t hashes[HT_SITE_ROUTERS];  /* of their addresses; the oldest one's place is taken */
    uint32_t targets[HT_SITE_ROUTERS]; /* the first that each answered */
    uint16_t met;                      /* bit i: router i answered another one, too */
    uint8_t next;
    uint16_t alone;  /* answers of routers that were new */
    uint16_t common; /* answers of one that had answered another target */
};

/* The moments t with from_ns <= t < until_ns. {0}: none. */
struct ht_site_span {
    int64_t from_ns;
    int64_t until_ns;
};

enum ht_site_state {
    HT_SITE_FREE,    /* no rate limit is known */
    HT_SITE_SEEKING, /* drops: the router is asked slower and slower, until it is known how many
                        answers a second it gives */
    HT_SITE_PROVING, /* asked just below that: do the drops end? */
    HT_SITE_PACED    /* they did: what is lost now is lost on the path */
};

/* The controller's; it alone writes it. */
struct ht_site_control {
    uint8_t state;     /* enum ht_site_state */
    int64_t since_ns;  /* since when the state, or its spacing, holds */
    int64_t review_ns; /* the next review is not before */
    int64_t alarm_ns;  /* when the drops raised an alarm: from then on, those that were
                          dropped are asked again, and so more of those that are silent */
    int64_t former_ns; /* the spacing to go back to if the drops are no limit's; 0: none */
    int64_t limit_ns;  /* the spacing that the router was found to keep; 0: none is known, or it may
                          give more by now */
    bool rough; /* the limit is hardly more than a guess: drops may make it lower once more */
    uint32_t recovered; /* hops that answered first when they were asked again, since the alarm */
    bool some_silent;   /* those asked again answer much less often than others: some never do */
    double odds;        /* that the drops are a limit's, as they were known up to ... */
    int64_t odds_until_ns;
    int64_t tried_ns;  /* when a single target's first drops began to be tried, see ... */
    uint8_t tries;     /* ... ht_controller_tries, by how many probes; 0: not yet */
    int64_t fitted_ns; /* when the last drop left up to which a bucket was tried; 0: none was */
    bool fits_bucket;  /* it explains them */
    struct ht_rate_evidence sought; /* what was seen until the limit was found */
    double sought_odds;             /* that a token bucket explains the drops until then */
    double alarm_share;             /* share that was dropped at the alarm, 0 to 1 */
    double usual_share;             /* share that is lost for other reasons than a limit, 0 to 1 */
    struct ht_site_span overrun; /* the router was asked for more than it gives; until HT_NEVER: it
                                    still is, or may be */
    struct ht_site_span overrun_before; /* the one before, whose probes may still be awaited */
    struct ht_site_span cleared; /* drops once put down to a rate limit, by now known as loss */
};

/* {0} is empty. */
struct ht_site {
    struct ht_address router;          /* gives most of the answers; HT_IP_NONE: none came yet */
    uint32_t targets[HT_SITE_TARGETS]; /* targets that it answered, all different */
    uint8_t target_count;
    uint32_t same; /* answers by `router`, and by others; see VOTES_MAX in site.c */
    uint32_t other;
    struct ht_site_routers routers;
    bool remembered;              /* rounds that ask here have a memory of their path */
    struct ht_site_probe *probes; /* owned; probe n is at n % HT_SITE_PROBES */
    uint32_t probe_count;         /* probes ever entered */
    bool crowded;                 /* for the next probe */
    int64_t longest_rtt_ns;       /* of the router's answers */
    int64_t answered_ns;          /* when the last probe that it answered was sent */
    struct ht_site_control control;
    struct ht_line line;
};

void ht_site_fini(struct ht_site *site);

/* Enters a probe that left; returns its index for ht_site_answered. Where more probes leave than
 * can be remembered until they are overdue, some are not entered. Without memory the site learns
 * nothing. */
uint8_t ht_site_sent(struct ht_site *site, int64_t sent_ns, enum ht_site_kind kind);

/* A probe was answered. `router`: where its ttl expired; NULL: it did not expire. `target`: a
 * number that is the target's alone. True if the site's router is another one from now on. */
bool ht_site_answered(struct ht_site *site, uint8_t index, int64_t sent_ns, int64_t rtt_ns,
                      const struct ht_address *router, uint32_t target);

/* True if one router answers (nearly) all probes here: other <= same / 8; and if it answered
 * HT_SITE_TARGETS of the targets. */
bool ht_site_has_one_router(const struct ht_site *site);
bool ht_site_shared(const struct ht_site *site);

/* True if several routers answer, and there may be few: alone <= HT_SITE_ROUTERS. */
bool ht_site_has_few_routers(const struct ht_site *site);

/* True if this router is known to have answered several targets where several routers answer. */
bool ht_site_met_again(const struct ht_site *site, const struct ht_address *router);

/* True if a limit can be told here: one router answers nearly all; or, where rounds are remembered,
 * a few do to HT_SITE_CROWD targets and more, most of whose answers are of routers that several
 * targets meet: common >= 2 * alone. As long as there may be few routers (alone <=
 * HT_SITE_ROUTERS), each of which answers once before it can be met again, 2 * common >= alone will
 * do: those of a low limit hardly answer oftener in a round. Their limits, taken together, are then
 * one limit of all that are asked. */
bool ht_site_tells(const struct ht_site *site);

/* How long an answer of the router may take before it counts as dropped:
 * 2 * longest_rtt_ns + 20 ms, but at most 300 ms. */
int64_t ht_site_overdue_ns(const struct ht_site *site);

/* What became of the probes. */
struct ht_site_evidence {
    struct ht_rate_counts all;
    struct ht_rate_counts late; /* of these, those that no limit drops */
    struct ht_rate_evidence rate;
    struct ht_rate_counts retried; /* HT_SITE_RETRIED and HT_SITE_SILENT, and ... */
    struct ht_rate_counts others;  /* ... others, since the router had none left */
    uint32_t fresh;                /* answers before the first drop */
    uint32_t longest_run;          /* most drops in a row */
    uint32_t first_run;            /* the same of those before the alarm */
    uint32_t last_run;             /* drops in a row at the end ... */
    int64_t last_run_ns;           /* when the first of them was sent */
    int64_t last_drop_ns;          /* when the last dropped probe was sent; 0: none was dropped */
    uint32_t since_drop;           /* answers after it, and how long they took */
    int64_t since_drop_ns;
    uint32_t between;   /* answers while the router had none left: its rate is ... */
    int64_t between_ns; /* ... between / between_ns */
};

/* How late after the last answer a probe can be answered at the rate that is seen; HT_NEVER: none
 * is. */
int64_t ht_site_timely_ns(const struct ht_site_evidence *evidence);

/* Counts the probes that were sent in the span and no later than ht_site_overdue_ns before
 * `now_ns`. `timely_ns`: how late after the last answer one is timely, for `rate`; HT_NEVER: by the
 * rate that is found. `long_run`: drops in a row that show that the router had no answers left;
 * half of the longest row will do, if it is shorter, that of the same stretch without a pause.
 * UINT32_MAX: half of the longest row of all it has to be. */
struct ht_site_evidence ht_site_evidence(const struct ht_site *site, struct ht_site_span span,
                                         int64_t timely_ns, uint32_t long_run, int64_t now_ns);

/* The same without what takes longer: `rate`, `retried`, `others`, `between` and `between_ns` are
 * 0. `all`: those that
 * others answered count too. */
struct ht_site_evidence ht_site_count(const struct ht_site *site, struct ht_site_span span,
                                      int64_t now_ns, bool all);

/* The odds that a token bucket explains what became of them (bucket_fit.h): up to
 * HT_SITE_PROBES probes, each for all buckets, too many for each review. */
double ht_site_bucket_odds(const struct ht_site *site, struct ht_site_span span, int64_t now_ns);

#endif
