/* When the next probe of one hop is due; and at which of the first hops nothing is due before some
 * time, so that whoever asks with each packet looks at the others only. */
#ifndef HT_PROBING_HOP_DUE_H
#define HT_PROBING_HOP_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct ht_asked;
struct ht_round;

/* What comes next, as it was found out last. */
struct ht_upcoming {
    int64_t idle_until_ns; /* nothing is due at the quiet hops before then, at the earliest */
    uint16_t first_open;   /* every hop before it has all the probes it will get */
    uint16_t idle_count;   /* the quiet hops: these first ones */
    uint8_t window_ttl;    /* how far the window went when it was looked at last */
    bool held_more;        /* a further hop is held back: the window may reach further */
    bool waits_its_turn;   /* a probe is due but for one on its way that it, or its answer,
                              would get in the way of */
    bool recheck;          /* an answer may have made something due sooner: see the agenda */
};

/* When the next probe of this hop is due, were it inside the window; HT_NEVER: none will be unless
 * something happens. */
int64_t ht_hop_due_ns(const struct ht_round *round, uint8_t ttl);

/* True when every probe of this ttl is answered or given up, and no further one will be sent:
 * what a listener may be told already. */
bool ht_hop_due_complete(const struct ht_round *round, uint8_t ttl);

/* Some hop may get a further probe, or an earlier one, than was thought. */
void ht_hop_due_reopen(struct ht_upcoming *upcoming);

/* A probe of this ttl left: a retry of it may be the next that is due. */
void ht_hop_due_sent(struct ht_round *round, uint8_t ttl);

/* Answers are to be expected sooner than was thought, and with them retries. */
void ht_hop_due_hasten(struct ht_upcoming *upcoming);

/* Forgets which hops are quiet when that is over; or when nothing is awaited, so that a round that
 * is finished is seen to be. */
void ht_hop_due_refresh_idle(struct ht_round *round, int64_t now_ns);

/* Takes note of a hop at which nothing is due yet, if that is so of all hops before it. */
void ht_hop_due_note_idle(const struct ht_asked *asked, struct ht_upcoming *upcoming, unsigned ttl,
                          int64_t due_ns, int64_t now_ns);

#endif
