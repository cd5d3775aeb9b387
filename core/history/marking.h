/* Where the network changes the marking of packets, TOS or traffic class: a verdict on what hops
 * quoted, and what is remembered of it. Pure.
 *
 * The values that the hops of a path quote, by rising ttl, begin with what was sent. A change is at
 * the first hop that quotes another value, unless a later hop shows the old one again: that router
 * clears it in its quotes only. (If the old one is 0, a later 0 may itself be cleared: routers that
 * clear quotes are then not known from others.) For the
 * same reason a value is none that one hop alone shows before a later one shows a third value, nor
 * is 0 before another value: the change is told of the hop that shows the last one. A hop with
 * several values shows each, and changes nothing.
 *
 * Congestion (CE) where the packet was sent as ECN-capable is a router's word on its queue, not a
 * change of the marking (RFC 3168 section 5). */
#ifndef HT_HISTORY_MARKING_H
#define HT_HISTORY_MARKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/quoted.h"
#include "hoptrace/report.h"

/* Changes of a path that are told, those of the lowest ttls. */
#define HT_MARKINGS_MAX 8

/* What a round, or all rounds so far, tell of the marking along one flow's path. {0}: nothing. */
struct ht_marking_path {
    uint8_t sent;  /* TOS that leaves this host */
    uint8_t last;  /* highest ttl that quoted one value; 0: none did */
    uint8_t count; /* of `changes` */
    bool fresh; /* memory: the last round was the first one of these changes, which may have come in
                   its midst: their places are not certain */
    uint8_t cleared_quotes[32]; /* bit ttl: its router quoted 0, which was in its quotes only */
    uint8_t true_quotes[32];    /* bit ttl: it quoted another value than 0 */
    struct ht_marking changes[HT_MARKINGS_MAX]; /* by rising ttl */
};

/* The verdict on one round. `before`: what is remembered; a 0 quoted by a router that clears its
 * quotes is left out. */
void ht_marking_judge(const struct ht_quoted_hop *hops, size_t hop_count, uint8_t sent,
                      const struct ht_marking_path *before, struct ht_marking_path *path);

/* A change of what is remembered. */
struct ht_marking_event {
    uint8_t hop; /* lowest that shows another value than before */
    uint8_t old_tos;
    uint8_t new_tos;
};

/* Enters the verdict on a round. True: the marking is another one than before, as *event says.
 * What the round did not show stays as it was. `changed_ttl`: the path is another one from this ttl
 * on, where only the value at its end is compared; 0: it is not. Where the round agrees with the
 * memory, *path has the narrower places of both afterwards. */
bool ht_marking_take(struct ht_marking_path *memory, const struct ht_quoted_hop *hops,
                     uint8_t changed_ttl, struct ht_marking_path *path,
                     struct ht_marking_event *event);

#endif
