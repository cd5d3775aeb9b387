/* A target and where its rounds stand. */
#ifndef HT_API_SCHEDULED_TARGET_H
#define HT_API_SCHEDULED_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "api/memory.h"
#include "base/heap.h"
#include "dns/resolver.h"
#include "dns/reverse.h"
#include "history/round_memory.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"
#include "probing/rounds/schedule.h"

struct ht_engine;
struct ht_remembered;

/* A closed record that waits for names. */
struct ht_waiting_record {
    struct ht_report *report;        /* owned; NULL: none waits */
    struct ht_heap_node timer;       /* in the engine's `waiting` while one waits */
    struct ht_reverse_waiter waiter; /* for the name of the node below */
    size_t hop;                      /* index in the report */
    size_t node;                     /* index in the hop */
};

/* The engine's copy of the target has this struct in its `user`. */
struct ht_scheduled_target {
    struct ht_target target; /* strings and tags in `memory` */
    union {
        void *user;                               /* the caller's, until the target is removed */
        struct ht_scheduled_target *next_removed; /* then the next one to be freed */
    };
    void *memory; /* owned */
    struct ht_engine *engine;
    uint32_t id;
    uint32_t index; /* in the engine's list of targets */
    struct ht_schedule schedule;
    uint32_t phase;                   /* of its rounds, if it has one */
    struct ht_heap_node timer;        /* in the engine's `due` while a round is to come */
    struct ht_lookup *lookup;         /* under way; NULL: none */
    struct ht_address address;        /* of the last round: kept while the name still has it */
    struct ht_round_memory previous;  /* what the last round left, if nothing is remembered */
    struct ht_remembered *remembered; /* borrowed; NULL: nothing */
    struct ht_news *news;             /* owned; NULL as long as `remembered` is */
    struct ht_waiting_record waiting; /* of the round under way */
    double load_pps;                  /* packets of the last round / interval */
    int64_t begun_ns;                 /* when the last round began */
    uint32_t next_by_id;              /* index + 1 of the next one in the same bucket; 0: none */
    bool has_phase;
    bool in_round;
    bool triggered; /* while in a round: another one is asked for */
    bool measured;  /* `load_pps` is part of the engine's load */
    bool reported;  /* at least one record was delivered */
    bool removed;   /* to be freed once no call is under way that may refer to it */
};

/* True while the prober has a round of the target: its name was looked up, its record not closed.
 */
static inline bool ht_scheduled_target_is_probed(const struct ht_scheduled_target *scheduled)
{
    return scheduled->in_round && scheduled->lookup == NULL && scheduled->waiting.report == NULL;
}

/* Makes one from a copy of the target. NULL: no memory. */
struct ht_scheduled_target *ht_scheduled_target_new(struct ht_engine *engine,
                                                    const struct ht_target *target);
void ht_scheduled_target_free(struct ht_scheduled_target *scheduled);

#endif
