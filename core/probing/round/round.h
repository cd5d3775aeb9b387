/* The life of a round: it recalls what the last round of its target left, says what comes next, and
 * leaves a memory to the next one. */
#ifndef HT_PROBING_ROUND_H
#define HT_PROBING_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* When a round wants to be looked at again. */
struct ht_round_agenda {
    int64_t send_ns;   /* a probe, a reset or a move of the window is due; HT_NEVER: none is */
    int64_t expire_ns; /* a verdict on a probe or a held answer is due; HT_NEVER: none is */
    bool distance;     /* the probe that is due is a distance probe */
};

/* Prepares a round that has sent nothing. `flow` is complete (ht_flow_init); `room` as in
 * ht_probe_log_init. */
void ht_round_init(struct ht_round *round, const struct ht_target *target,
                   const struct ht_flow *flow, uint32_t interface_index, uint32_t serial,
                   uint16_t first_number, struct ht_round_room *room);

/* Has a round that has sent nothing begin with what the last round left, which it borrows. */
void ht_round_recall(struct ht_round *round, const struct ht_round_memory *memory);

/* Leaves to the next round what the report does not say (ht_round_memory_note leaves the rest).
 * Ends the borrowing of what was recalled, which may be the same memory. */
void ht_round_leave(struct ht_round *round, struct ht_round_memory *memory);

/* Frees what the round owns. */
void ht_round_fini(struct ht_round *round);

/* Fetch into the CPU's cache: what each packet touches; once that is there, what sending the next
 * probe touches; what the report is made of. */
void ht_round_fetch(const struct ht_round *round);
void ht_round_fetch_next(const struct ht_round *round);
void ht_round_fetch_all(const struct ht_round *round);

/* The round whose slot.timer this is. */
struct ht_round *ht_round_of_timer(struct ht_heap_node *timer);

/* What comes next, as things stand at `now_ns`. Both HT_NEVER: the round is finished. */
struct ht_round_agenda ht_round_agenda(struct ht_round *round, int64_t now_ns);

/* True if no probe left and this host refused one: the measurement failed here, not in the
 * network. */
bool ht_round_never_left(const struct ht_probe_log *log, const struct ht_host_faults *host);

#endif
