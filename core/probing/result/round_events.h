/* What subscribers are told of rounds: hops and nodes while a round is under way, the record at its
 * end; and what other targets may take over of its hops. */
#ifndef HT_PROBING_ROUND_EVENTS_H
#define HT_PROBING_ROUND_EVENTS_H

#include <stdint.h>

#include "hoptrace/error.h"
#include "hoptrace/time.h"
#include "probing/log/round_state.h"
#include "probing/multipath/path_view.h"
#include "probing/prober_options.h"
#include "probing/result/flow_merge.h"
#include "probing/result/report_builder.h"
#include "probing/result/sightings.h"

struct ht_flow_search;

/* A round whose record is to be closed: why it ended, and when. */
struct ht_round_ending {
    struct ht_round *round;
    enum ht_stop_reason reason;
    struct ht_now now;
};

/* The record of one flow, and what it points to. */
struct ht_flow_record {
    struct ht_report_builder builder;
    struct ht_sightings_room room;
    struct ht_error error; /* its text may be the record's sentence */
};

struct ht_round_events {
    const struct ht_prober_options *options; /* borrowed: the subscribers' callbacks */
    struct ht_flow_record first;             /* of a target's only flow, or its first one */
    struct ht_flow_record *further; /* owned: of the others; NULL as long as none has any */
    uint16_t further_count;
    struct ht_report *reports;      /* owned, likewise: of all flows of a target */
    struct ht_flow_sightings *seen; /* owned, likewise */
    struct ht_round **rounds;       /* owned, likewise; the rounds are borrowed */
    struct ht_flow_merge *merge;    /* owned, likewise */
    uint32_t overflows; /* received packets that this host has dropped; the prober counts them */
};

void ht_round_events_init(struct ht_round_events *events, const struct ht_prober_options *options);
void ht_round_events_fini(struct ht_round_events *events);

/* Calls on_hop for the complete hops it has not been called for, by rising ttl, up to the last one
 * that the report will list as things stand (ht_path_hop_count); of one of several flows for none.
 */
void ht_round_events_tell_hops(struct ht_round_events *events, struct ht_round *round,
                               struct ht_now now);

/* Calls on_node for the nodes that it has not been called for. */
void ht_round_events_tell_nodes(const struct ht_round_events *events, struct ht_probe_log *log,
                                struct ht_told *told);

/* Publishes the round's complete hops in the hop cache, for other targets. */
void ht_round_events_publish(struct ht_round_events *events, struct ht_round *round,
                             struct ht_now now);

/* Makes room for the records of a target with `flows` flows. False: no memory. */
bool ht_round_events_reserve(struct ht_round_events *events, uint16_t flows);

/* Makes the record and calls on_report; leaves the round's memory to the next one. */
void ht_round_events_close(struct ht_round_events *events, struct ht_round_ending ending);

/* The same of a target with several flows, `count` of them by rising number, for which there is
 * room: calls on_hop for all hops, and leaves the memory of each flow. `search`: for all paths,
 * with what it proves; NULL: there was none. `view`: scratch space. */
void ht_round_events_close_flows(struct ht_round_events *events,
                                 const struct ht_round_ending *endings, uint16_t count,
                                 struct ht_flow_search *search, struct ht_path_view *view);

#endif
