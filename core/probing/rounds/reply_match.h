/* Matches replies: finds the probe that a packet from the network answers. That is one which is
 * outstanding, whose flow and key (or timestamp) the packet names, and whose payload it shows as
 * far as it shows any. A quote that shows the whole payload's identity may name another
 * destination: a translator has rewritten that. Some replies name a flow of ours but no probe, or
 * show something that was rewritten on the way. */
#ifndef HT_PROBING_REPLY_MATCH_H
#define HT_PROBING_REPLY_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/local_ids.h"
#include "model/packet.h"
#include "probing/log/round_state.h"
#include "probing/rounds/flow_table.h"
#include "wire/reply.h"

/* What tells the answers to this process's probes from those to others'. */
struct ht_identity {
    const uint64_t *secret;         /* borrowed: two words, which flow tags are hashed under */
    const struct ht_local_ids *ids; /* borrowed */
    uint16_t flows;                 /* that a target has at most */
};

/* A label: what may name a probe in a reply, the most certain first. */
enum ht_label { HT_BY_TIMESTAMP, HT_BY_KEY, HT_BY_IP_ID, HT_LABELS };

struct ht_reply_match {
    struct ht_reply reply; /* points into the packet */
    uint32_t flow_tag;
    uint32_t probe;         /* index of the probe, most probably: it is fetched ahead */
    enum ht_label numbered; /* the label that `number` was computed from; HT_LABELS: none yet */
    uint16_t number;
    uint16_t flow; /* that its local id names; 0: also of those that all have one */
    bool possible; /* it may be an answer to a probe of this process */
};

enum ht_finding {
    HT_FOUND_NOTHING, /* the reply answers no probe of ours */
    HT_FOUND_FORGED,  /* it names a flow of ours, and shows what none of its probes carried */
    HT_FOUND_STALE,   /* it answers the last round, or one of two rounds and does not tell which */
    HT_FOUND_PROBE,   /* it answers this probe */
    HT_FOUND_WEAK,    /* the same, but shows little that a forger could not know or guess */
    HT_FOUND_REWRITTEN,  /* it names this probe, and shows something rewritten on the way, unless it
                            is forged: see held.h */
    HT_FOUND_SYN,        /* TCP: it answers a SYN of this round, and does not tell which */
    HT_FOUND_UNLABELLED, /* it quotes a probe of this round, and only the length could tell which,
                            but does not */
};

/* The probe that a reply answers, and its round. */
struct ht_found {
    enum ht_finding finding;
    struct ht_round *round; /* of a forged reply: whose flow it names; NULL: none */
    uint32_t probe;         /* of HT_FOUND_PROBE, _WEAK and _REWRITTEN: its index */
};

/* Reads a packet, any bytes at all, and which flow it names. Begins to fetch into the cache what
 * ht_reply_match_find will read; the next three functions, in this order and each some time after
 * the one before it, go on with that. */
void ht_reply_match_read(const struct ht_incoming *packet, struct ht_identity identity,
                         const struct ht_flow_table *flows, struct ht_reply_match *match);
void ht_reply_match_fetch_round(const struct ht_reply_match *match,
                                const struct ht_flow_table *flows);
void ht_reply_match_fetch_probe(struct ht_reply_match *match, const struct ht_flow_table *flows);
void ht_reply_match_fetch_answered(const struct ht_reply_match *match,
                                   const struct ht_flow_table *flows);

/* What a reply answers that ht_reply_match_read has read. The three functions in between only save
 * time. */
struct ht_found ht_reply_match_find(const struct ht_reply_match *match, struct ht_identity identity,
                                    const struct ht_flow_table *flows);

#endif
