/* When the next probe of a hop is due; and which of the first hops are idle: no probe of theirs is
 * due before a known time. The next probe is asked for with each packet, and the search for it
 * begins behind the idle hops. */
#ifndef HT_PROBING_HOP_DUE_H
#define HT_PROBING_HOP_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct ht_asked;
struct ht_path_end;
struct ht_probe_log;

/* What was found by the last search for the next probe. Invariant: no probe of the hops
 * [0, idle_count) is due before idle_until_ns. */
struct ht_upcoming {
    int64_t idle_until_ns;
    uint16_t first_open; /* the hops [0, first_open) have all the probes that they will get */
    uint16_t idle_count;
    uint8_t window_ttl;  /* the window's last ttl */
    bool held_more;      /* a further hop is held back: the window may reach further */
    bool waits_its_turn; /* a due probe waits until one on its way, which it or its answer would get
                            in the way of, is answered or late */
    bool recheck;        /* a probe may be due before the send_ns of the round's last agenda */
};

/* When the next probe of this hop is due, if the hop is inside the window; HT_NEVER: none is, until
 * an answer, a verdict on a probe or a refused send changes that. */
int64_t ht_hop_due_ns(const struct ht_probe_log *log, const struct ht_path_end *end, uint8_t ttl);

/* True when every probe of this ttl is answered or given up and no further one will be sent:
 * subscribers may be told of the hop. */
bool ht_hop_due_complete(const struct ht_probe_log *log, const struct ht_path_end *end,
                         uint8_t ttl);

/* A hop may get a further probe, or an earlier one, than the last search found: forgets first_open
 * and the idle hops. */
void ht_hop_due_reopen(struct ht_upcoming *upcoming);

/* A probe of this ttl left: a retry of it may be the next that is due. */
void ht_hop_due_sent(struct ht_probe_log *log, struct ht_path_end *end,
                     struct ht_upcoming *upcoming, uint8_t ttl);

/* Answers, and with them retries, are expected sooner than at the last search: forgets the idle
 * hops, and has the agenda rechecked. */
void ht_hop_due_hasten(struct ht_upcoming *upcoming);

/* Advances first_open, and forgets the idle hops behind it once idle_until_ns is reached, or while
 * no probe is awaited, so that a finished round is seen to be finished. */
void ht_hop_due_refresh_idle(struct ht_probe_log *log, const struct ht_path_end *end,
                             struct ht_upcoming *upcoming, int64_t now_ns);

/* Adds this hop to the idle ones if its next probe is due after `now_ns`, at `due_ns`, and all hops
 * before it are idle. */
void ht_hop_due_note_idle(const struct ht_asked *asked, struct ht_upcoming *upcoming, unsigned ttl,
                          int64_t due_ns, int64_t now_ns);

#endif
