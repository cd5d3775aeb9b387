/* How far the path of a round goes, as its answers tell, and which of its hops take part so far.
 *
 * Hops take part in one window from the first ttl on. Besides, a distance probe may run ahead of
 * them, to find out where the path ends: the window needs not feel its way from hop to hop then.
 * Whatever comes back to it only says how far the window may go at once; it counts for the path
 * when the window gets there, so that no hop between is ever passed over.
 *
 * The destination's answer ends the path at its ttl (destination_ttl), unless a router has answered
 * at a higher one: then whoever signed it is a node of that hop, and the path goes on.
 *
 * A refusal ends the path at its ttl (unreachable_ttl) as long as nothing shows that probes get
 * past the router that refused: no router of a higher ttl, nor the destination, has answered, and
 * no probe of the same ttl that was sent later than the first refused one has expired. */
#ifndef HT_PROBING_PATH_END_H
#define HT_PROBING_PATH_END_H

#include <stdbool.h>
#include <stdint.h>

struct ht_asked;
struct ht_flow;
struct ht_probe_log;
struct ht_reply;
struct ht_round;

/* What answers where a path ends. */
enum ht_end {
    HT_END_NONE, /* a router: the path goes on */
    HT_END_DESTINATION,
    HT_END_UNREACHABLE
};

struct ht_path_end {
    uint16_t window_hops;      /* hops that have been inside the window so far */
    uint8_t distance_sent_ttl; /* where the last distance probe went; 0: none did */
    uint8_t reaches_ttl;       /* highest ttl at which one expired; 0: none */
    uint8_t ends_ttl;          /* where one found the end of the path, or overshot it; 0: none */
    uint8_t distance_end;      /* enum ht_end: what answered it there */
    uint8_t guessed_ttl;       /* where the destination is, by that answer; 0: it does not tell */
    uint8_t destination_ttl;   /* lowest ttl at which the destination answered; 0: none yet */
    uint8_t unreachable_ttl;   /* lowest ttl with a terminal unreachable, see above; 0: none */
    uint8_t last_answer_ttl;   /* highest ttl that answered; 0: none */
    uint8_t last_router_ttl;   /* highest ttl at which a probe expired; 0: none */
    int64_t distance_sent_ns;  /* when the last distance probe left; HT_NEVER: it has not yet */
};

/* Lets the hops up to `last_ttl` take part, from now on. False: no memory. */
bool ht_path_end_widen(struct ht_round *round, uint8_t last_ttl, int64_t now_ns);

/* The round ends here: what distance probes found takes part, as far as no hop before was left out.
 */
void ht_path_end_join_ahead(struct ht_round *round);

/* Makes the hop at `distance_ttl` ready for a distance probe. False: no memory. */
bool ht_path_end_prepare(const struct ht_asked *asked, struct ht_probe_log *log,
                         uint8_t distance_ttl, int64_t now_ns);

/* True if this ttl is ahead of the hops that take part. */
bool ht_path_end_is_ahead(const struct ht_asked *asked, const struct ht_path_end *end, uint8_t ttl);

/* How many hops the destination's answer came back over, as far as its ttl tells. 0: it does not.
 */
uint8_t ht_path_end_way_back(const struct ht_probe_log *log, const struct ht_path_end *end);

/* What an answer says of its probe: it got to the destination, or no further than to a router that
 * refuses it; or neither. */
enum ht_end ht_path_end_end(const struct ht_flow *flow, const struct ht_reply *reply);

/* What an answer to a probe of this ttl, which is entered as answered, says about where the path
 * ends. */
void ht_path_end_note(struct ht_round *round, uint8_t ttl, const struct ht_reply *reply);

#endif
