#include "engine/trace.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "engine/due.h"
#include "engine/extent.h"
#include "engine/held.h"
#include "engine/held_verdict.h"
#include "engine/limits.h"
#include "engine/listener.h"
#include "engine/naming.h"
#include "engine/room.h"
#include "engine/sharing.h"
#include "engine/unanswered.h"

void ht_trace_init(struct ht_trace *trace, const struct ht_target *target,
                   const struct ht_flow *flow, uint32_t interface_index, uint32_t round,
                   uint16_t first_number, struct ht_trace_room *room)
{
    const struct ht_settings *settings = &target->settings;
    *trace = (struct ht_trace){.target = target,
                               .asked = {.timeout_ns = settings->timeout_ns,
                                         .probes = settings->probes,
                                         .first_ttl = settings->first_ttl,
                                         .max_ttl = settings->max_ttl,
                                         .gap_limit = settings->gap_limit,
                                         .retries = settings->retries},
                               .flow = *flow,
                               .interface_index = interface_index,
                               .fwmark = settings->fwmark,
                               .round = round,
                               .previous = &ht_previous_none,
                               .look_ahead = 1,
                               .begun_ns = HT_NEVER,
                               .first_sent_ns = HT_NEVER,
                               .busy_since_ns = HT_NEVER,
                               .overflowed_ns = INT64_MIN,
                               .unread.when_ns = INT64_MIN,
                               .room = room};
    ht_naming_init(trace, first_number);
    if (room == NULL)
        return;
    trace->probes = room->probes;
    trace->hops = room->hops;
    trace->nodes = room->nodes;
    trace->probe_capacity = trace->hop_capacity = trace->node_capacity = HT_TRACE_ROOM;
}

void ht_trace_recall(struct ht_trace *trace, const struct ht_previous *previous)
{
    trace->previous = previous;
    trace->one_by_one = previous->one_by_one;
    if (previous->labels_lengths && ht_probe_length_labels(&trace->flow) > 0)
        trace->labelled_from = 0;
}

void ht_trace_leave(struct ht_trace *trace, struct ht_previous *previous)
{
    int64_t ready_ns = ht_listener_quiet_ns(trace);
    trace->previous = &ht_previous_none;
    previous->max_rtt_ns = trace->max_rtt_ns;
    previous->ready_ns = ready_ns;
    previous->next_timestamp =
        trace->first_timestamp + (trace->probe_count << HT_TIMESTAMP_CODE_BITS);
    previous->numbers = (uint16_t)(trace->next_number - trace->first_number);
    previous->next_number = trace->next_number;
    previous->last_router_ttl = trace->last_router_ttl;
    previous->one_by_one = trace->one_by_one;
    previous->labels_lengths = trace->labelled_from != HT_NO_PROBE;
}

void ht_trace_fini(struct ht_trace *trace)
{
    ht_held_free(trace);
    for (uint16_t i = 0; i < trace->node_count; i++)
        free(trace->nodes[i].mpls);
    for (uint16_t i = 0; i < trace->made_hops; i++) {
        ht_limits_leave(trace, &trace->hops[i]);
        if (trace->hops[i].shared)
            free(trace->hops[i].shared_rtt);
        else
            ht_sharing_leave(&trace->hops[i]);
    }
    ht_room_free(trace, trace->probes);
    ht_room_free(trace, trace->hops);
    ht_room_free(trace, trace->nodes);
    trace->probes = NULL;
    trace->hops = NULL;
    trace->nodes = NULL;
}

/* Nearly always no number was passed over. */
void ht_trace_fetch_probe(const struct ht_trace *trace, uint32_t probe)
{
    if (probe < trace->probe_count)
        ht_fetch(&trace->probes[probe], sizeof *trace->probes);
}

/* The hop behind it says whether the window goes on there, and to a far one the row may go on;
 * nodes are added as they come. */
void ht_trace_fetch_answered(const struct ht_trace *trace, uint32_t probe)
{
    if (probe < trace->probe_count) {
        size_t hop = trace->probes[probe].ttl - trace->asked.first_ttl;
        size_t from = hop < trace->hop_count ? hop : trace->hop_count;
        ht_fetch(&trace->hops[from], (hop - from + 2) * sizeof *trace->hops);
    }
    if (trace->node_count < trace->node_capacity)
        ht_fetch(&trace->nodes[trace->node_count], sizeof *trace->nodes);
}

void ht_trace_fetch_next(const struct ht_trace *trace)
{
    if (trace->probe_count < trace->probe_capacity)
        ht_fetch(&trace->probes[trace->probe_count], sizeof *trace->probes);
    if (trace->first_open < trace->hop_count)
        ht_fetch(&trace->hops[trace->first_open],
                 (size_t)(trace->hop_count - trace->first_open) * sizeof *trace->hops);
}

void ht_trace_fetch_all(const struct ht_trace *trace)
{
    ht_fetch(trace->target, sizeof *trace->target);
    ht_fetch(trace->probes, trace->probe_count * sizeof *trace->probes);
    ht_fetch(trace->hops, trace->hop_count * sizeof *trace->hops);
    ht_fetch(trace->nodes, trace->node_count * sizeof *trace->nodes);
}

struct ht_trace_agenda ht_trace_agenda(struct ht_trace *trace, int64_t now_ns)
{
    struct ht_trace_agenda agenda = {.send_ns = HT_NEVER, .expire_ns = HT_NEVER};
    uint8_t ttl;
    int64_t moves_ns;
    trace->stirred = false;
    int64_t due_ns = ht_due_first_ns(trace, now_ns, &moves_ns, &ttl);
    agenda.send_ns = ht_time_min(moves_ns, due_ns);
    agenda.far = ttl != 0 && ht_extent_is_far(trace, ttl);
    while (trace->oldest_awaited < trace->probe_count) {
        const struct ht_probe *probe = &trace->probes[trace->oldest_awaited];
        if (probe->state == HT_PROBE_AWAITED) {
            /* An answer at the very end of the timeout still counts. */
            agenda.expire_ns = ht_time_add(probe->sent_ns, trace->asked.timeout_ns + 1);
            break;
        }
        if (probe->state == HT_PROBE_LEAVING)
            break;
        trace->oldest_awaited++;
    }
    agenda.expire_ns = ht_time_min(agenda.expire_ns, ht_unanswered_due_ns(trace));
    if (trace->held != NULL)
        agenda.expire_ns = ht_time_min(agenda.expire_ns, ht_held_due_ns(trace, now_ns));
    return agenda;
}

bool ht_trace_never_left(const struct ht_trace *trace)
{
    return trace->sent == 0 && trace->refusal != 0;
}
