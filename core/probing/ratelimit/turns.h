/* Routers' rate limits as a round meets them: when its probes may leave, and which of them went
 * unanswered only because of a limit.
 *
 * Sites (sites.h) outlive the rounds. A round without sites (there is no memory) waits for no
 * turns. */
#ifndef HT_PROBING_TURNS_H
#define HT_PROBING_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"
#include "probing/ratelimit/sites.h"

/* Tell the site that a probe of a round left; that it was answered. */
void ht_turns_sent(const struct ht_round_memory *recalled, const struct ht_probe_log *log,
                   struct ht_sites *sites, struct ht_probe *probe);
void ht_turns_answered(const struct ht_round *round, const struct ht_probe *probe,
                       const struct ht_reply *reply, int64_t received_ns);

/* Brings the site of this ttl up to date, before probes are judged lost or dropped by its limit. */
void ht_turns_review(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl,
                     int64_t now_ns);

/* When a probe of this ttl that is due may leave, or is to ask again if that is sooner. Joins the
 * line if it has to wait, and sets the hop's `held`. HT_NEVER: it is not sent at all, its turn
 * would come too late (`line_too_long`). */
int64_t ht_turns_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* The hop's probe leaves now. */
void ht_turns_taken(const struct ht_probe_log *log, struct ht_sites *sites,
                    struct ht_hop_state *hop, int64_t now_ns);

/* The hop's probe does not wait any longer: gives its ticket back. */
void ht_turns_leave(const struct ht_probe_log *log, struct ht_sites *sites,
                    struct ht_hop_state *hop);

/* When an awaited probe is to be taken for dropped because of a limit: ht_site_overdue_ns after it
 * was sent. HT_NEVER: no limit explains its silence. */
int64_t ht_turns_dropped_ns(const struct ht_round *round, const struct ht_probe *probe);

/* How many further probes an unanswered probe's hop is to get, so that it shows whether a limit has
 * dropped it (ht_controller_tries); it gets them; and how many more, at the pace of a search, if
 * the router drops again. */
uint8_t ht_turns_tries(const struct ht_round *round, const struct ht_probe *probe, int64_t now_ns);
void ht_turns_try(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl,
                  uint8_t tries, int64_t now_ns);
uint8_t ht_turns_tries_again(const struct ht_round *round, const struct ht_probe *probe);

/* True if the probe is one of those that are, or were, tried; and no limit explains it. */
bool ht_turns_tried(const struct ht_round *round, const struct ht_probe *probe);
bool ht_turns_unexplained(const struct ht_round *round, const struct ht_probe *probe);

/* True if a probe that was taken for dropped because of a limit was lost after all. */
bool ht_turns_cleared(const struct ht_probe_log *log, struct ht_sites *sites,
                      const struct ht_probe *probe);

/* True if it is not decided why the probe was dropped, and a limit is not probable enough. */
bool ht_turns_doubted(const struct ht_probe_log *log, struct ht_sites *sites,
                      const struct ht_probe *probe, int64_t now_ns);

/* True if the hop is silent by itself: it was asked again, and neither it nor any other hop
 * answered when it was. */
bool ht_turns_silent(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl);

/* True if the probe left when its router's pace was known. */
bool ht_turns_paced(const struct ht_probe_log *log, struct ht_sites *sites,
                    const struct ht_probe *probe);

/* True if the round has lasted as long as its probes may wait for turns: hops are asked again a
 * bounded number of times from then on. */
bool ht_turns_time_is_up(const struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* When an excused probe can be decided about for good: it is late, and all that this round can tell
 * of its site is seen; 0: the limit is known, and the hop has answered. */
int64_t ht_turns_decided_ns(const struct ht_probe_log *log, struct ht_sites *sites,
                            const struct ht_probe *probe);

/* A round begins: limits that its target's memory knows are kept to where nothing else is known. */
void ht_turns_recall(struct ht_round *round, int64_t now_ns);

/* For each ttl of the round, the limit that was found of the router that answers there, as the time
 * of one answer; 0: none. False: there is none at all, `limits_ns` is as it was. */
bool ht_turns_limits(const struct ht_round *round, int64_t limits_ns[UINT8_MAX + 1]);

/* True if some site of this round has a rate limit, or one is sought there. */
static inline bool ht_turns_matter(const struct ht_round *round)
{
    return round->sites != NULL && round->sites->limited != 0;
}

#endif
