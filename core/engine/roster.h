/* All rounds of a prober: which wait and which are under way, whose turn it is, how many may be at
 * it at a time, and how far each of them may look ahead. Others read what stands here; only these
 * functions write it. */
#ifndef HT_ENGINE_ROSTER_H
#define HT_ENGINE_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/flow_table.h"
#include "engine/lengths.h"
#include "engine/round_queues.h"

struct ht_roster {
    struct ht_round_queues queues;
    struct ht_flow_table flows; /* of the rounds under way */
    struct ht_lengths lengths;  /* of those that are finished */
    size_t runs;
    size_t under_way; /* of these, those that are neither waiting nor blocked */
    size_t done;      /* of these, those that are finished */
    size_t lingering; /* of these, those that only wait */
    size_t together;  /* about as many came together with those that are here */
    size_t blocked;   /* those that wait for the flow of another one */
    bool paced;       /* no more probes leave than a ceiling allows */
};

void ht_roster_init(struct ht_roster *roster, bool paced);

/* Frees what the roster owns; no run is in it. */
void ht_roster_fini(struct ht_roster *roster);

/* Makes room for one more run. False: no memory. */
bool ht_roster_reserve(struct ht_roster *roster);

/* Takes in a run, which waits. There is room for it. */
void ht_roster_enter(struct ht_roster *roster, struct ht_round *round);

/* Lets a run go, whatever its state, and those that waited for its flow wait for their turn. */
void ht_roster_leave(struct ht_roster *roster, struct ht_round *round);

/* How many further runs are wanted: before the first one begins as many as are kept in memory; then
 * none while many wait, and many at a time. */
size_t ht_roster_wanted(const struct ht_roster *roster);

/* True while there is time to make runs ready: none is under way. */
bool ht_roster_at_rest(const struct ht_roster *roster);

/* True if no more runs that are finished can be kept beside those under way. */
bool ht_roster_full(const struct ht_roster *roster);

/* True if a run that waits may begin. */
bool ht_roster_may_begin(const struct ht_roster *roster);

/* The next run that may begin is under way from now on, a probe being due. NULL: none may. */
struct ht_round *ht_roster_begin(struct ht_roster *roster);

/* Moves a run that is under way to HT_ROUND_READY, HT_ROUND_ACTIVE or HT_ROUND_DONE. `lingers`: it
 * knows its destination and only waits. */
void ht_roster_move(struct ht_roster *roster, struct ht_round *round, enum ht_round_state state,
                    bool lingers);

/* HT_ROUND_READY, HT_ROUND_PATIENT or HT_ROUND_PARTING: which of them a run with this trace is in
 * if a probe is due, which is a far one or not. */
enum ht_round_state ht_roster_urgency(const struct ht_roster *roster, const struct ht_round *round,
                                      bool far);

/* Sets how far a trace may look ahead as things stand. */
void ht_roster_set_look_ahead(const struct ht_roster *roster, struct ht_round *round);

#endif
