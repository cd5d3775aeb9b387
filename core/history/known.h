/* The addresses that are known at one ttl, and the verdict whether an answer from another one is a
 * change of the path. Pure.
 *
 * Known are the addresses that answered since the last change, at most HT_KNOWN_MAX. An answer from
 * any other is unknown, and the first of a run, in the order in which the probes were sent:
 *   a known answer        ends it: the run's addresses are known from now on
 *   n + k - 1 that count  end it: the path has changed
 *   the end of the round  leaves it open: it goes on in the next one
 * where k is the number of addresses that the run has shown, and n depends on how many answers (M)
 * came from known addresses since the last one became known:
 *   M  >= 60  20  10  5  3  fewer
 *   n      3   4   5  7 10  none: the unknown address is known at once
 * An answer to a further probe of a second look counts, and of those to the ordinary probes of a
 * round the first one: where routers take turns strictly, the ordinary probes of a round may all
 * meet the same router, since their number never changes. Then further probes meet the others, one
 * after the other, and k - 1 strangers do not make k + 1. Where routers take turns by chance, 2 of
 * them look like a change in 0.0007 of a hop's lives, 16 in 0.0025, 32 in 0.0045.
 * With HT_KNOWN_MAX addresses known there is no verdict any more. */
#ifndef HT_HISTORY_KNOWN_H
#define HT_HISTORY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

#define HT_KNOWN_MAX 64

/* Answers from known addresses (M) without which no unknown one is news. */
#define HT_NEWS_MIN 3

/* No rate limit that is remembered gives fewer answers than one in this time, an hour. */
#define HT_LIMIT_MAX_NS (INT64_C(3600) * 1000000000)

struct ht_known_address {
    struct ht_address address;
    uint32_t answers; /* since it was entered */
};

/* {0}: nothing is known. */
struct ht_known_hop {
    struct ht_known_address *addresses; /* owned: the known ones, then those of the open run */
    int64_t run_since_ns; /* wall clock: time of the record in which the open run began */
    int64_t limit_ns;     /* the router's rate limit: time of one answer; 0: none is known */
    uint32_t answers;     /* M */
    uint8_t known;
    uint8_t unknown;  /* addresses of the open run */
    uint8_t run;      /* answers in the open run that count; 0: none is open */
    uint8_t capacity; /* of `addresses` */
};

/* One answer of a round. */
struct ht_sighting {
    const struct ht_address *address; /* borrowed */
    int64_t sent_ns;                  /* when its probe left, monotonic */
    uint8_t ttl;
    bool further; /* it was a further probe of a second look */
};

/* What the answers of a round, in the order in which their probes were sent, make of a hop. */
enum ht_known_verdict {
    HT_KNOWN_CALM,   /* no run is open */
    HT_KNOWN_OPEN,   /* a run is open: `wanted` more unknown answers would make it a change */
    HT_KNOWN_CHANGED /* the path has changed */
};

struct ht_known_outcome {
    enum ht_known_verdict verdict;
    uint8_t wanted;   /* HT_KNOWN_OPEN: answers to further probes */
    int64_t since_ns; /* unless HT_KNOWN_CALM: when the probe left whose answer began the run, or
                         its part in this round if it was open before: INT64_MIN */
};

/* Unknown answers in a row from one address (n) that are a change where `answers` (M) came from
 * known addresses; 0: none are, the first one becomes known. */
uint8_t ht_known_run_of_change(uint32_t answers);

/* True if the address is known at the hop. */
bool ht_known_has(const struct ht_known_hop *hop, const struct ht_address *address);

/* The verdict on answers of one ttl; the hop stays as it is. */
struct ht_known_outcome ht_known_judge(const struct ht_known_hop *hop,
                                       const struct ht_sighting *answers, size_t count);

/* Enters them as far as the verdict goes: a change leaves its run open, and what comes after it out
 * (see ht_known_begin). `record_ns`: the record's time, for a run that begins. What there is no
 * memory for stays unknown, and begins no run. */
struct ht_known_outcome ht_known_enter(struct ht_known_hop *hop, const struct ht_sighting *answers,
                                       size_t count, int64_t record_ns);

/* Enters `answers` answers from an address that is known. */
void ht_known_note(struct ht_known_hop *hop, const struct ht_address *address, uint32_t answers);

/* The path has changed here, or before: forgets what was known, and knows what the open run has
 * shown instead. */
void ht_known_begin(struct ht_known_hop *hop);

/* The known address with the most answers, the lowest on a tie; NULL: none is known. */
const struct ht_known_address *ht_known_main(const struct ht_known_hop *hop);

/* Adds an address as known, or as the open run's (restoring a memory). False: no memory, or
 * HT_KNOWN_MAX there. */
bool ht_known_add(struct ht_known_hop *hop, const struct ht_address *address, uint32_t answers);
bool ht_known_add_unknown(struct ht_known_hop *hop, const struct ht_address *address,
                          uint32_t answers);

void ht_known_fini(struct ht_known_hop *hop);

#endif
