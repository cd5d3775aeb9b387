/* Where the path of a round ends, as its answers tell, and how far its window goes.
 *
 * The window is the range of hops that take part, from the first ttl on; it only grows. A distance
 * probe may run ahead of it to find out where the path ends, so that the window need not go from
 * hop to hop. The answer to a distance probe only says how far the window may go at once; it counts
 * for the path when the window gets there, so that no hop in between is passed over.
 *
 * The destination's answer ends the path at its ttl (destination_ttl), unless a router has answered
 * at a higher one: then the address that answered is a node of its hop, and the path goes on.
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

/* What an answer says about the end of the path. */
enum ht_end {
    HT_END_NONE,        /* the probe expired at a router: the path goes on */
    HT_END_DESTINATION, /* the probe got to the destination */
    HT_END_UNREACHABLE  /* a router refused the probe: it got no further */
};

struct ht_path_end {
    uint16_t window_hops;      /* hops that have been inside the window so far */
    uint8_t distance_sent_ttl; /* of the last distance probe; 0: none was sent */
    uint8_t reaches_ttl;       /* highest ttl at which a distance probe expired; 0: none */
    uint8_t ends_ttl;          /* of the one that met the path's end, there or nearer; 0: none */
    uint8_t distance_end;      /* enum ht_end: of the answer to that probe */
    uint8_t guessed_ttl;       /* the destination's, as that answer tells, or other flows of the
                                  target; 0: they do not */
    uint8_t destination_ttl;   /* lowest ttl at which the destination answered; 0: none yet */
    uint8_t unreachable_ttl;   /* lowest ttl with a terminal unreachable, see above; 0: none */
    uint8_t last_answer_ttl;   /* highest ttl that answered; 0: none */
    uint8_t last_router_ttl;   /* highest ttl at which a probe expired; 0: none */
    int64_t distance_sent_ns;  /* when the last distance probe left; HT_NEVER: it has not yet */
};

/* Widens the window up to `last_ttl`. False: no memory. */
bool ht_path_end_widen(struct ht_round *round, uint8_t last_ttl, int64_t now_ns);

/* The round ends here: the window takes in what distance probes found, up to the first hop that no
 * probe was sent to. */
void ht_path_end_join_ahead(struct ht_round *round);

/* Makes the hops up to `distance_ttl` in the log, for a distance probe. False: no memory. */
bool ht_path_end_prepare(struct ht_probe_log *log, uint8_t distance_ttl, int64_t now_ns);

/* True if this ttl is beyond the window. */
bool ht_path_end_is_ahead(const struct ht_asked *asked, const struct ht_path_end *end, uint8_t ttl);

/* Hops that the destination's answer came back over, as its ttl tells; 0: it does not. */
uint8_t ht_path_end_way_back(const struct ht_probe_log *log, const struct ht_path_end *end);

/* What an answer to a probe of this flow says about the end of the path. */
enum ht_end ht_path_end_end(const struct ht_flow *flow, const struct ht_reply *reply);

/* Enters what the answer to a probe of this ttl says about the end of the path. The log has the
 * probe in HT_PROBE_ANSWERED. */
void ht_path_end_note(struct ht_round *round, uint8_t ttl, const struct ht_reply *reply);

#endif
