/* A site: where a router's rate limit is estimated, one ttl of the paths that leave by one
 * interface. It knows which router answers there, what became of the last probes that all rounds
 * sent there, and, once the router is known to keep to a rate limit (controller.h), when each of
 * the probes that wait may leave:
 *
 *   turn    a moment at which one probe may leave; turns are spacing_ns apart
 *   line    the probes that wait for their turns, first come, first served
 *   ticket  a number in the line: its turn comes at turn_ns + (ticket - turn) * spacing_ns */
#ifndef HT_PROBING_SITE_H
#define HT_PROBING_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

/* Targets that a router must have answered before it counts as shared. Two are enough: a router
 * that answers seldom is seen by few targets, and while it drops nothing, nothing follows. */
#define HT_SITE_TARGETS 2

/* Probes of a site that are remembered; an index fits in 8 bits. */
#define HT_SITE_PROBES 256

enum ht_site_phase {
    HT_SITE_FREE,    /* no rate limit is known */
    HT_SITE_SEEKING, /* the router drops probes, or may: it is asked for more answers than it gives,
                        to measure how many it gives */
    HT_SITE_PACED    /* turns just below the rate limit: what is lost now is lost on the path */
};

enum ht_site_outcome {
    HT_SITE_UNANSWERED,
    HT_SITE_BY_ROUTER,
    HT_SITE_BY_OTHERS /* answered by another router or by the destination, or no answer was to be
                         expected: says nothing of the rate limit */
};

/* What became of a probe, by what had become of its target's earlier probes to the same hop:
 *
 *              | one was answered | all were dropped
 *   answered   | KEPT             | RECOVERED
 *   dropped    | RELAPSED         | IN_VAIN          */
enum ht_site_sequel {
    HT_SITE_KEPT,
    HT_SITE_RELAPSED,
    HT_SITE_RECOVERED,
    HT_SITE_IN_VAIN,
    HT_SITE_SEQUELS
};

struct ht_site_probe {
    int64_t sent_ns;
    uint8_t outcome; /* enum ht_site_outcome */
};

/* The moments t with from_ns <= t < until_ns. {0}: none. */
struct ht_site_span {
    int64_t from_ns;
    int64_t until_ns;
};

/* What the controller makes of the site's probes; it alone writes it (and ht_site_answered, where
 * another router takes over: then nothing is known). */
struct ht_site_control {
    uint8_t phase; /* enum ht_site_phase */
    bool unproven; /* whether the drops end at this pace is still open, ... */
    bool doubtful; /* ... and there were so few that they count as loss until that is known, ... */
    bool late;     /* ... unless they came only after many answers */
    bool ran_out;  /* before the alarm: first answers, in the end nothing but drops */
    bool worsened; /* few drops raised the alarm, many followed: not those of silent hops */

    int64_t phase_ns;      /* since when the phase, or its spacing, holds */
    int64_t review_ns;     /* the next review is not before */
    int64_t alarm_ns;      /* the probes whose drops raised the last alarm were sent from here on */
    double alarming_share; /* share of them that was dropped, 0 to 1 */
    double usual_share;    /* share that is lost for other reasons than a rate limit, 0 to 1 */
    int64_t former_ns;     /* the spacing to go back to if the drops are no limit's; 0: none */

    struct ht_site_span overrun; /* the router was asked for more than it gives; until HT_NEVER: it
                                    still is */
    struct ht_site_span overrun_before; /* the one before, whose probes may still be awaited */
    struct ht_site_span cleared; /* drops once put down to a rate limit, by now known as loss */
};

/* The line of probes that wait for their turns. */
struct ht_site_line {
    int64_t spacing_ns; /* between turns; 0: none are kept */
    int64_t turn_ns;    /* when the turn of the ticket `turn` comes */
    int64_t left_ns;    /* when the last probe left */
    uint32_t turn;
    uint32_t next_ticket;
    uint32_t waiting; /* tickets not given back yet: the length of the line */
};

/* {0} is empty. */
struct ht_site {
    struct ht_address router;          /* gives most of the answers; HT_IP_NONE: none came yet */
    uint32_t targets[HT_SITE_TARGETS]; /* targets that it answered, all different */
    uint8_t target_count;
    uint32_t same; /* answers by `router`, and by others; see VOTES_MAX in site.c */
    uint32_t other;

    uint16_t sequels[HT_SITE_SEQUELS]; /* counts: of KEPT and RELAPSED lately (SEQUELS_MAX), of
                                          RECOVERED and IN_VAIN since the last search began */

    struct ht_site_probe *probes; /* owned; probe n is at n % HT_SITE_PROBES */
    uint32_t probe_count;         /* probes ever entered */
    int64_t longest_rtt_ns;       /* of the router's answers */

    struct ht_site_control control;
    struct ht_site_line line;
};

void ht_site_fini(struct ht_site *site);

/* Enters a probe that left; returns its index for ht_site_answered. Where more probes leave than
 * can be remembered until they are overdue, some are not entered. `expected`: if no answer comes,
 * that says something of the router. Without memory the site learns nothing. */
uint8_t ht_site_sent(struct ht_site *site, int64_t sent_ns, bool expected);

/* A probe was answered. `router`: where its ttl expired; NULL: it did not expire. `target`: a
 * number that is the target's alone. */
void ht_site_answered(struct ht_site *site, uint8_t index, int64_t sent_ns, int64_t rtt_ns,
                      const struct ht_address *router, uint32_t target);

/* Counts what became of a probe to a hop that had been asked before. */
void ht_site_note_sequel(struct ht_site *site, enum ht_site_sequel sequel);

/* True if one router answers (nearly) all targets here: it answered HT_SITE_TARGETS of them, and
 * other <= same / 8. */
bool ht_site_shared(const struct ht_site *site);

/* Unanswered share, 0 to 1, of the probes that were sent from `since_ns` on and no later than
 * ht_site_overdue_ns before `now_ns`; negative: too few to say. */
double ht_site_lost_share(const struct ht_site *site, int64_t since_ns, int64_t now_ns);

/* How long an answer of the router may take before it counts as dropped:
 * 2 * longest_rtt_ns + 20 ms, but at most 300 ms. */
int64_t ht_site_overdue_ns(const struct ht_site *site);

/* What a router gives that has no answers left over: its rate is between / between_ns. */
struct ht_site_yield {
    uint32_t between;   /* answers after the first drop that counts, and before the last drop */
    int64_t between_ns; /* from that first drop to the last one */
};

/* What became of the probes; sent = answered + dropped. */
struct ht_site_tally {
    uint32_t sent;
    uint32_t answered;
    uint32_t dropped;
    struct ht_site_yield yield; /* summed up, the pauses left out */
    uint32_t after;             /* probes sent after the very first drop */
    uint32_t at_last;           /* drops in a row at the end */
    int64_t first_sent_ns;
    int64_t last_sent_ns;
    int64_t first_drop_ns; /* when the first dropped probe that counts for the yield was sent */
    int64_t last_drop_ns;
    bool emptied; /* there were enough drops in a row to show that the router had no answers left */
};

/* Counts the probes that were sent from `since_ns` on and no later than ht_site_overdue_ns before
 * `now_ns`; those in HT_SITE_BY_OTHERS, as answered, only if `by_others`. */
struct ht_site_tally ht_site_count(const struct ht_site *site, int64_t since_ns, int64_t now_ns,
                                   bool by_others);

/* Joins the line: returns a ticket, to be given back by ht_site_leave when its turn was used or is
 * not wanted any more. Only while spacing_ns is not 0. */
uint32_t ht_site_join(struct ht_site *site, int64_t now_ns);
void ht_site_leave(struct ht_site *site);

/* When the turn of a ticket comes, by the present spacing; but no sooner after the last probe than
 * 0.98 * spacing_ns, even if that one left late: a router that saves no answers up would drop it.
 */
int64_t ht_site_turn_ns(const struct ht_site *site, uint32_t ticket);

/* Changes the spacing of turns (0: none are kept); the line's first turn comes after `pause_ns`.
 * Turns that had come and were not used come again, spaced: else all of their probes would leave at
 * once. */
void ht_site_set_spacing(struct ht_site *site, int64_t now_ns, int64_t spacing_ns,
                         int64_t pause_ns);

#endif
