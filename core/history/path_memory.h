/* What is remembered of one flow's path: the addresses at each ttl, the paths before, changes.
 * Pure.
 *
 * Bounds: HT_KNOWN_MAX addresses a ttl, HT_PAST_PATHS_MAX earlier paths. In bytes, of a path of 15
 * hops with one router each that never changed: about 1,500 (sizeof of the structs, and 15 times 32
 * for its address), and what where.h says. */
#ifndef HT_HISTORY_PATH_MEMORY_H
#define HT_HISTORY_PATH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/known.h"
#include "history/loss_window.h"
#include "history/marking.h"
#include "history/past_paths.h"
#include "history/round_memory.h"
#include "history/where.h"
#include "hoptrace/address.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"

/* Which path it is: packets that differ in one of these may take another one, and what differs in
 * none is comparable. */
struct ht_path_key {
    struct ht_address address; /* of the target */
    struct ht_address source;
    uint32_t fwmark;
    uint16_t port;     /* destination port; 0: none */
    uint16_t local_id; /* source port or ICMP id */
    uint8_t protocol;  /* enum ht_protocol */
    uint8_t tos;
    uint16_t flow;
    char interface[HT_INTERFACE_MAX]; /* as asked for; "": none */
};

struct ht_path_memory {
    struct ht_path_key key;
    struct ht_known_hop *hops; /* owned: [ttl - 1] */
    struct ht_past_paths past;
    int64_t since_ns;    /* wall clock: time of the last change, or of the first record */
    int64_t measured_ns; /* wall clock: time of the last record; 0: none yet */
    uint32_t changes;
    uint32_t path_id; /* of the last record that had one */
    bool has_path_id;
    uint8_t path_hops;                 /* hop_count of the same */
    uint8_t hop_count;                 /* of `hops` */
    struct ht_round_memory round;      /* what the last round leaves to the next */
    struct ht_where where;             /* what the last rounds show together */
    struct ht_loss_window flow_window; /* of several flows: this one's, end to end alone */
    struct ht_marking_path marking;    /* what is known of the marking along the path */
    struct ht_path_mtu *mtu;           /* owned: what is known of its MTU; NULL: nothing */
};

/* Nothing is known. */
extern const struct ht_path_memory ht_path_memory_none;

bool ht_path_key_equal(const struct ht_path_key *a, const struct ht_path_key *b);

/* NULL: no memory. Freed by ht_path_memory_free, which takes NULL. */
struct ht_path_memory *ht_path_memory_new(const struct ht_path_key *key);
void ht_path_memory_free(struct ht_path_memory *memory);

/* The hop of this ttl, NULL: nothing was ever known there. With `make`: NULL: no memory. */
const struct ht_known_hop *ht_path_memory_hop(const struct ht_path_memory *memory, uint8_t ttl);
struct ht_known_hop *ht_path_memory_make_hop(struct ht_path_memory *memory, uint8_t ttl);

/* A change of the path. */
struct ht_path_change {
    struct ht_address old_address;
    struct ht_address new_address;
    int64_t time_ns; /* of the record of its first sign */
    uint32_t old_path_id;
    uint32_t new_path_id;
    bool has_old_path_id;
    bool has_new_path_id;
    uint8_t ttl;
    uint8_t old_hops;
    uint8_t new_hops;
    bool seen_before;
};

/* What a round has seen. Answers of hops that were taken over from other targets are left out. */
struct ht_sightings {
    /* Borrowed: the answers by rising ttl, then in the order in which their probes were sent. NULL:
     * each is from an address that is known, the report's counts tell the rest. */
    const struct ht_sighting *list;
    size_t count;
    /* Borrowed, by ttl: the rate limit of the router there, as the time of one answer; 0: none is
     * known. NULL: of none. */
    const int64_t *limits_ns;
};

/* Takes what a finished round has seen: true if that is a change of the path, which is in *change
 * then. The caller leaves out rounds that were cut short or failed on this host. What is refused
 * memory is not known: no verdict comes of it. */
bool ht_path_memory_take(struct ht_path_memory *memory, const struct ht_report *report,
                         const struct ht_sightings *sightings, struct ht_path_change *change);

#endif
