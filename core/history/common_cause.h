/* One cause for what many targets tell at once: events of one kind at one place, told within 10 s.
 * Pure.
 *
 * The place of an event is a chain of addresses: those of the hops from the one before the first
 * possible place to the one behind the last. What breaks lies between two neighbours of the chain,
 * a link; different targets often enclose the same link in different chains.
 *
 * An event waits for HT_CAUSE_NS. Then, if of the events that wait, of its kind, those of at least
 * HT_CAUSE_TARGETS targets have a link of its chain in common, the link that most targets have is
 * the place of one cause, which sums up all events that have it; otherwise it stands alone. Where
 * several links in a row have as many, the cause lies between the first and the last of them.
 *
 * A cause is remembered for HT_CAUSE_KEEP_NS since its last event: later events of its kind whose
 * chain has its link join it without another cause. HT_CAUSES_MAX of them; the one that had no
 * event for longest goes.
 *
 * Bounds: HT_CAUSE_WAITING_MAX events wait at most, the oldest is decided early; chains have
 * HT_CHAIN_MAX addresses at most. In bytes: 48 for each event that waits and 24 for each address of
 * its chain. */
#ifndef HT_HISTORY_COMMON_CAUSE_H
#define HT_HISTORY_COMMON_CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

#define HT_CAUSE_NS          (10 * INT64_C(1000000000))
#define HT_CAUSE_KEEP_NS     (3600 * INT64_C(1000000000))
#define HT_CAUSE_TARGETS     8
#define HT_CAUSES_MAX        16
#define HT_CAUSE_WAITING_MAX 4096
#define HT_CHAIN_MAX         16

struct ht_link {
    struct ht_address after;
    struct ht_address by;
};

struct ht_waiting_event {
    struct ht_address *chain; /* owned: [length] */
    int64_t time_ns;          /* monotonic: when it was told */
    uint64_t ticket;          /* the caller's name for it */
    uint32_t target;          /* the caller's number of the target */
    uint8_t kind;
    uint8_t length;
};

struct ht_known_cause {
    struct ht_link link; /* the one that most targets had */
    int64_t time_ns;     /* of its last event */
    uint8_t kind;
};

/* {0}: nothing waits. */
struct ht_common_causes {
    struct ht_waiting_event *waiting; /* owned: by time */
    uint64_t *tickets;                /* owned: of the last outcome */
    size_t count;                     /* of `waiting` */
    size_t capacity;                  /* of both */
    size_t known_count;
    struct ht_known_cause known[HT_CAUSES_MAX];
};

enum ht_cause_answer {
    HT_CAUSE_WAITS, /* ht_common_causes_take tells */
    HT_CAUSE_JOINS, /* a cause that was told sums it up */
    HT_CAUSE_ALONE  /* no link, or no memory: it stands alone */
};

/* Enters an event at its place; the chain is copied. Times rise. */
enum ht_cause_answer ht_common_causes_add(struct ht_common_causes *causes, uint8_t kind,
                                          uint32_t target, const struct ht_address *chain,
                                          size_t length, int64_t time_ns, uint64_t ticket);

/* What became of events. */
struct ht_cause_outcome {
    bool common; /* one cause sums them up; else there is one, which stands alone */
    uint8_t kind;
    struct ht_link place;    /* if common */
    int64_t time_ns;         /* of the first one */
    const uint64_t *tickets; /* by time; valid until the next call */
    size_t count;
    size_t targets;
};

/* The next outcome at `now`; false: there is none yet. Call it until it is false. */
bool ht_common_causes_take(struct ht_common_causes *causes, int64_t now_ns,
                           struct ht_cause_outcome *outcome);

/* When the next outcome is due; INT64_MAX: nothing waits. */
int64_t ht_common_causes_due_ns(const struct ht_common_causes *causes);

void ht_common_causes_fini(struct ht_common_causes *causes);

#endif
