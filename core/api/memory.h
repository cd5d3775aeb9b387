/* What an engine remembers of its targets from round to round, and what a round finds to have
 * changed. */
#ifndef HT_API_MEMORY_H
#define HT_API_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "history/marking.h"
#include "history/path_memory.h"
#include "history/path_mtu.h"
#include "history/where.h"
#include "hoptrace/address.h"
#include "hoptrace/report.h"
#include "probing/rounds/round_request.h"

struct ht_engine;
struct ht_flow_sightings;
struct ht_route;
struct ht_scheduled_target;

/* Changes of the marking that one round tells. */
#define HT_NEWS_MARKINGS_MAX 8

/* Changes of the marking, each with the lowest flow that shows it at this hop. Flows that show a
 * change from one value to another have met the same one, though it may have come after the last
 * probe of one of them, which shows it a round later. */
struct ht_marking_news {
    struct {
        struct ht_marking_event event;
        uint16_t flow;
    } list[HT_NEWS_MARKINGS_MAX];
    uint8_t count;
};

/* What the round under way has found, to be told before its record. */
struct ht_news {
    struct ht_path_change path; /* path.ttl 0: the path has not changed */
    uint16_t path_flow;         /* the flow whose path has changed */
    struct ht_marking_news markings;
    struct ht_marking_news earlier_markings; /* of the last round */
    struct ht_mtu_event mtu;                 /* mtu.new_mtu 0: it has not changed */
    struct ht_address old_address;           /* of the target; HT_IP_NONE: it has not changed */
    struct ht_where_verdict verdict;
    bool judged; /* `verdict` is there */
};

/* Reads the state file, if there is to be one. */
void ht_memory_open(struct ht_engine *engine);

/* Writes the state file when it is time; when that is, HT_NEVER: there is none. */
void ht_memory_save(struct ht_engine *engine);
int64_t ht_memory_next_ns(const struct ht_engine *engine);

/* Writes the state file for the last time, and forgets everything. */
void ht_memory_close(struct ht_engine *engine);

/* The target was added, or the state read: it goes on with the address that it had, and with what
 * is remembered of its name. */
void ht_memory_recall(struct ht_scheduled_target *scheduled);

/* A round along this route begins: what its flows have to do with earlier rounds, flows[] in
 * the order of their numbers, and of HT_FLOWS_ALL which flows there are to be. Of a target that is
 * not remembered, or for want of memory, flows[] stays as it is. */
void ht_memory_begin(struct ht_scheduled_target *scheduled, const struct ht_route *route,
                     struct ht_flow_request flows[static HT_FLOWS_SEARCHED],
                     struct ht_round_request *round);

/* Takes what the round has seen that the record tells of, flow by flow; what is news waits in the
 * target until its record is delivered: of several changes of the path the one at the lowest ttl,
 * of the lowest flow; of changes from one marking to another one likewise. Windows and places are
 * those of the record, all flows together. */
void ht_memory_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                    const struct ht_flow_sightings *seen);

/* Fills what the record says of the memory. It points into the memory, and to what is gone with the
 * next call. */
void ht_memory_show(struct ht_scheduled_target *scheduled, struct ht_report *report);

/* The target goes. Unless the memory outlives the process it is forgotten with the next
 * ht_memory_forget_left, if no target of the same name has come by then. */
void ht_memory_leave(struct ht_scheduled_target *scheduled);
void ht_memory_forget_left(struct ht_engine *engine);

#endif
