/* A packet from the network, and the probe that it answers: one that is outstanding, whose flow and
 * key (or timestamp) it names, and whose payload it shows as far as it shows any. Some answers name
 * a flow of ours, but no probe, or show something that was rewritten. */
#ifndef HT_PROBING_REPLY_MATCH_H
#define HT_PROBING_REPLY_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/packet.h"
#include "probing/log/round_state.h"
#include "probing/rounds/flow_table.h"
#include "wire/reply.h"

/* What tells the answers to this process's probes from others'. */
struct ht_identity {
    const uint64_t *secret; /* two words */
    uint16_t local_id;
};

/* What may name a probe in a reply, by rank. */
enum ht_label { HT_BY_TIMESTAMP, HT_BY_KEY, HT_BY_IP_ID, HT_LABELS };

struct ht_reply_match {
    struct ht_reply reply; /* points into the packet */
    uint32_t flow_tag;
    uint32_t probe;         /* its index, most probably */
    enum ht_label numbered; /* the label whose number is known; HT_LABELS: none yet */
    uint16_t number;
    bool possible; /* it may be an answer, else it is a stranger's */
};

enum ht_finding {
    HT_FOUND_NOTHING,   /* it is no answer to any of ours */
    HT_FOUND_FORGED,    /* it names a flow of ours, and shows what none of its probes carried */
    HT_FOUND_STALE,     /* it is one to the last round, or nobody can tell to which of two */
    HT_FOUND_PROBE,     /* it answers this one */
    HT_FOUND_WEAK,      /* the same, but shows little that a forger could not know or guess */
    HT_FOUND_REWRITTEN, /* it names this one, and shows what was rewritten on the way, if it is no
                           lie: see held.h */
    HT_FOUND_SYN, /* TCP: the destination answers a SYN of this round, but does not say which */
    HT_FOUND_UNLABELLED /* a quote is of some probe of this round, which only its length could tell,
                           and does not */
};

/* A probe and the round that it belongs to. */
struct ht_found {
    enum ht_finding finding;
    struct ht_round *round; /* NULL: nobody's; of what is forged the round whose flow it names */
    uint32_t probe;
};

/* Reads a packet, any bytes at all, and names the flow whose probe it answers. Begins to fetch what
 * will be looked up: the next three functions, each called some time after the one before it, go on
 * with that. */
void ht_reply_match_read(const struct ht_incoming *packet, struct ht_identity identity,
                         const struct ht_flow_table *flows, struct ht_reply_match *match);
void ht_reply_match_fetch_round(const struct ht_reply_match *match,
                                const struct ht_flow_table *flows);
void ht_reply_match_fetch_probe(struct ht_reply_match *match, const struct ht_flow_table *flows);
void ht_reply_match_fetch_answered(const struct ht_reply_match *match,
                                   const struct ht_flow_table *flows);

/* What it answers. */
struct ht_found ht_reply_match_find(const struct ht_reply_match *match, struct ht_identity identity,
                                    const struct ht_flow_table *flows);

#endif
