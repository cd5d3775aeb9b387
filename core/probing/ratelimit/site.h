/* One ttl that many paths have in common: who answers there, what became of the last probes that
 * all rounds sent there, and a line in which they wait for their turns if that router keeps to a
 * limit (controller.h). */
#ifndef HT_PROBING_SITE_H
#define HT_PROBING_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

/* So many targets must have seen a router before it counts as shared. That is few, since a router
 * that answers seldom is seen by few; nothing follows from it while nothing is dropped. */
#define HT_SITE_TARGETS 2

/* Probes that a site remembers; an index fits in 8 bits. */
#define HT_SITE_PROBES 256

enum ht_site_phase {
    HT_SITE_FREE,    /* no limit is known */
    HT_SITE_SEEKING, /* it drops, or may: more than it gives is asked, to see how much it gives */
    HT_SITE_PACED    /* just below its limit: what is lost now is lost on the way */
};

enum ht_site_outcome {
    HT_SITE_UNANSWERED,
    HT_SITE_BY_ROUTER,
    HT_SITE_BY_OTHERS /* by another router or the destination: says nothing of the limit */
};

/* How a hop of a target went on here, after it had been answered or dropped before. */
enum ht_site_sequel {
    HT_SITE_KEPT,      /* answered, as before */
    HT_SITE_RELAPSED,  /* dropped, but answered before */
    HT_SITE_RECOVERED, /* answered, but dropped before */
    HT_SITE_IN_VAIN,   /* dropped, as before */
    HT_SITE_SEQUELS
};

struct ht_site_probe {
    int64_t sent_ns;
    uint8_t outcome; /* enum ht_site_outcome */
};

/* {0}: no moment is within. */
struct ht_site_span {
    int64_t from_ns;
    int64_t until_ns; /* not within any more */
};

/* {0} is empty. */
struct ht_site {
    struct ht_address router;          /* who answers mostly; HT_IP_NONE: nobody yet */
    uint32_t targets[HT_SITE_TARGETS]; /* some that saw it, all different */
    uint8_t target_count;
    uint8_t phase; /* enum ht_site_phase */
    bool unproven; /* whether the drops end at this pace is not clear yet, ... */
    bool doubtful; /* ... and they were so few that until then they pass for loss, ... */
    bool late;     /* ... unless they came only after many answers */
    bool ran_out;  /* before the alarm everybody was answered at first, and then nobody */
    bool worsened; /* there were few drops, then many: they are not those of silent hops */
    uint32_t same; /* answers by the router, and by others, both halved now and then */
    uint32_t other;

    uint16_t sequels[HT_SITE_SEQUELS]; /* how often: of hops that were answered lately, of the
                                           others since the alarm */

    struct ht_site_probe *probes; /* owned; the last HT_SITE_PROBES, used in turn */
    uint32_t probe_count;         /* ever sent */
    int64_t longest_rtt_ns;

    int64_t phase_ns;      /* since when the phase, or its pace, holds */
    int64_t review_ns;     /* not to be looked at again before */
    int64_t alarm_ns;      /* since when there was reason to lower the pace */
    double alarming_share; /* lost when the pace was last lowered */
    double usual_share;    /* lost for other reasons than the pace */
    int64_t former_ns;     /* the spacing before it was last widened; 0: none */

    struct ht_site_span overrun; /* more than the router gives was asked; HT_NEVER: is still */
    struct ht_site_span overrun_before;
    struct ht_site_span cleared; /* a limit was blamed for what was dropped, but is not any more */

    int64_t spacing_ns; /* of turns; 0: no limit */
    int64_t turn_ns;    /* when the turn of the ticket `turn` comes */
    int64_t left_ns;    /* when the last probe left */
    uint32_t turn;
    uint32_t next_ticket;
    uint32_t waiting; /* tickets that are out */
};

void ht_site_fini(struct ht_site *site);

/* Enters a probe that left, if there is room for it; returns the index under which its answer is to
 * be told. `expected`: if none comes, that says something. Without memory the site learns
 * nothing. */
uint8_t ht_site_sent(struct ht_site *site, int64_t sent_ns, bool expected);

/* A probe was answered. `router` says who let it expire, NULL if its ttl did not expire; `target`
 * tells one target from another. */
void ht_site_answered(struct ht_site *site, uint8_t index, int64_t sent_ns, int64_t rtt_ns,
                      const struct ht_address *router, uint32_t target);

/* Notes how a hop went on. */
void ht_site_note_sequel(struct ht_site *site, enum ht_site_sequel sequel);

/* True if one router answers (nearly) all of many targets here. */
bool ht_site_shared(const struct ht_site *site);

/* Share of the probes sent since `since_ns` that went unanswered, of those whose time is up at
 * `now_ns`; negative: too few to say. */
double ht_site_lost_share(const struct ht_site *site, int64_t since_ns, int64_t now_ns);

/* How long an answer of the shared router may take before it counts as dropped. */
int64_t ht_site_overdue_ns(const struct ht_site *site);

/* Answers from the first drop that counts to the last one, and how long that took: what a router
 * gives that has run out of answers. */
struct ht_site_yield {
    uint32_t between;
    int64_t between_ns;
};

/* What became of the probes. */
struct ht_site_tally {
    uint32_t sent; /* those answered or overdue */
    uint32_t answered;
    uint32_t dropped;
    struct ht_site_yield yield; /* pauses left out */
    uint32_t after;             /* probes after the first drop of all */
    uint32_t at_last;           /* drops in a row at the end */
    int64_t first_sent_ns;
    int64_t last_sent_ns;
    int64_t first_drop_ns; /* that counts */
    int64_t last_drop_ns;
    bool emptied; /* so many in a row were dropped that the router had no answers left to give */
};

/* Counts what was sent from `since_ns` on and is answered or overdue; answers by others only if
 * `by_others`. */
struct ht_site_tally ht_site_count(const struct ht_site *site, int64_t since_ns, int64_t now_ns,
                                   bool by_others);

/* Gets in line: returns a ticket, to be given back when it was used or is not wanted any more. Only
 * with a limit. */
uint32_t ht_site_join(struct ht_site *site, int64_t now_ns);
void ht_site_leave(struct ht_site *site);

/* When the turn of a ticket comes, as things stand: not too soon after the last probe either, if
 * that was late. Routers that save no answers up would drop it. */
int64_t ht_site_turn_ns(const struct ht_site *site, uint32_t ticket);

/* Changes the pace of those in line (0: no limit); the next turn comes after `pause_ns`. Who has
 * not used a turn that came waits for a new one, lest all those leave at once. */
void ht_site_set_spacing(struct ht_site *site, int64_t now_ns, int64_t spacing_ns,
                         int64_t pause_ns);

#endif
