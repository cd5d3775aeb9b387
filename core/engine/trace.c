#include "engine/trace.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "engine/due.h"
#include "engine/extent.h"
#include "engine/held.h"
#include "engine/limits.h"
#include "engine/listener.h"
#include "engine/naming.h"
#include "engine/room.h"
#include "engine/sharing.h"
#include "engine/unanswered.h"
#include "engine/window.h"
#include "model/refusal.h"
#include "wire/extension.h"

/* Passes are up to so much further apart. */
#define PASS_JITTER_NS (8 * HT_NS_PER_MS)

/* A send that this host refused is tried again after this time. */
#define REFUSED_PAUSE_NS (100 * HT_NS_PER_MS)

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

bool ht_trace_take(struct ht_trace *trace, int64_t now_ns, uint32_t *probe)
{
    uint8_t ttl;
    int64_t moves_ns;
    if (ht_due_first_ns(trace, now_ns, &moves_ns, &ttl) > now_ns)
        return false;
    size_t capacity = trace->probe_capacity;
    void *probes = trace->probes;
    if (!ht_room_grow(trace, &probes, sizeof *trace->probes, &capacity,
                      (size_t)trace->probe_count + 1, UINT32_MAX / sizeof *trace->probes)) {
        trace->out_of_memory = true;
        return false;
    }
    trace->probes = probes;
    trace->probe_capacity = (uint32_t)capacity;
    if (trace->probe_count == 0)
        ht_naming_begin(trace, now_ns);

    struct ht_hop_state *hop = ht_trace_hop(trace, ttl);
    bool retry = hop->passes >= trace->asked.probes;
    if (retry)
        hop->retries++;
    else
        hop->passes++;
    hop->awaited++;
    if (ht_extent_is_far(trace, ttl)) {
        trace->far_sent_ttl = ttl;
        trace->far_sent_ns = HT_NEVER;
    }
    ht_limits_taken(trace, hop, now_ns);
    trace->awaited++;
    *probe = trace->probe_count++;
    trace->probes[*probe] = (struct ht_probe){.sent_ns = now_ns,
                                              .number = trace->next_number++,
                                              .node = HT_NO_NODE,
                                              .ttl = ttl,
                                              .state = HT_PROBE_LEAVING,
                                              .retry = retry};
    /* Until the result of sending is known this keeps the hop from being due again. */
    hop->not_before_ns = ht_time_add(now_ns, HT_PASS_SPACING_NS);
    return true;
}

void ht_trace_settle(struct ht_trace *trace, struct ht_probe *probe, enum ht_probe_state state)
{
    if (probe->state == HT_PROBE_LEAVING || probe->state == HT_PROBE_AWAITED) {
        ht_trace_hop(trace, probe->ttl)->awaited--;
        trace->awaited--;
    }
    probe->state = (uint8_t)state;
}

/* Targets that began together must not stay in step: a router that saves no answers up would give
 * them to the same ones in every pass. By destination, as the path is: the same in every run. */
static int64_t pass_spacing_ns(const struct ht_trace *trace, const struct ht_hop_state *hop)
{
    uint32_t stirred =
        (trace->flow.flow_label ^ ((uint32_t)hop->passes << 20)) * UINT32_C(0x9e3779b1);
    stirred = (stirred ^ (stirred >> 15)) * UINT32_C(0x85ebca6b);
    return HT_PASS_SPACING_NS + (int64_t)(stirred >> 16) * PASS_JITTER_NS / 65536;
}

void ht_trace_sent(struct ht_trace *trace, uint32_t index, int64_t sent_ns, bool kernel_stamp)
{
    struct ht_probe *probe = &trace->probes[index];
    struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    probe->sent_ns = sent_ns;
    probe->kernel_sent = kernel_stamp;
    probe->state = HT_PROBE_AWAITED;
    hop->sent++;
    hop->last_sent_ns = sent_ns;
    hop->first_sent_ns = ht_time_min(hop->first_sent_ns, sent_ns);
    hop->not_before_ns = ht_time_add(sent_ns, pass_spacing_ns(trace, hop));
    trace->sent++;
    trace->first_sent_ns = ht_time_min(trace->first_sent_ns, sent_ns);
    if (probe->ttl == trace->far_sent_ttl)
        trace->far_sent_ns = ht_time_min(trace->far_sent_ns, sent_ns);
    trace->busy_since_ns = HT_NEVER;
    ht_due_sent(trace, probe->ttl);
    ht_limits_sent(trace, probe);
    if (trace->destination_ttl != 0 && probe->ttl > trace->destination_ttl)
        ht_trace_settle(trace, probe, HT_PROBE_UNNEEDED);
}

/* A probe did not leave: it is due again at `again_ns`, as what it was. */
static void put_back(struct ht_trace *trace, struct ht_probe *probe, int64_t again_ns)
{
    struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    ht_trace_settle(trace, probe, HT_PROBE_UNSENT);
    ht_due_reopen(trace);
    if (ht_extent_is_far(trace, probe->ttl))
        trace->far_sent_ttl = trace->reaches_ttl;
    trace->local_errors++;
    if (probe->retry)
        hop->retries--;
    else
        hop->passes--;
    hop->not_before_ns = again_ns;
}

void ht_trace_refused(struct ht_trace *trace, uint32_t index, int64_t now_ns, int sys_errno)
{
    struct ht_probe *probe = &trace->probes[index];
    trace->refusal = sys_errno;
    struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    if (hop->failures < HT_REFUSALS_MAX)
        hop->failures++;
    put_back(trace, probe, ht_time_add(now_ns, REFUSED_PAUSE_NS));
}

void ht_trace_busy(struct ht_trace *trace, uint32_t index, int64_t now_ns, int sys_errno)
{
    if (trace->busy_since_ns == HT_NEVER)
        trace->busy_since_ns = now_ns;
    /* A queue that stays full is no queue: the record must close one day. */
    if (now_ns - trace->busy_since_ns > trace->asked.timeout_ns)
        ht_trace_refused(trace, index, now_ns, sys_errno);
    else
        put_back(trace, &trace->probes[index], now_ns);
}

/* A probe that was taken for sent was not. */
static void unsend(struct ht_trace *trace, struct ht_probe *probe)
{
    if (probe->state != HT_PROBE_AWAITED && probe->state != HT_PROBE_LOST &&
        probe->state != HT_PROBE_UNNEEDED)
        return;
    ht_trace_settle(trace, probe, HT_PROBE_UNSENT);
    ht_trace_hop(trace, probe->ttl)->sent--;
    trace->sent--;
    trace->local_errors++;
}

void ht_trace_bounced(struct ht_trace *trace, uint32_t index, int sys_errno)
{
    unsend(trace, &trace->probes[index]);
    for (uint32_t i = 0; i < trace->probe_count && trace->received == 0; i++)
        unsend(trace, &trace->probes[i]);
    trace->refusal = sys_errno;
    trace->cut_off = true;
}

_Static_assert(HT_NODES_MAX *UINT8_MAX < HT_NO_NODE, "the nodes of all ttls can be counted");

/* Adds a node behind the last one of its ttl, if that has any. HT_NO_NODE: no memory. */
static uint16_t add_node(struct ht_trace *trace, uint8_t ttl, uint16_t last,
                         const struct ht_address *address)
{
    size_t capacity = trace->node_capacity;
    void *nodes = trace->nodes;
    if (!ht_room_grow(trace, &nodes, sizeof *trace->nodes, &capacity, (size_t)trace->node_count + 1,
                      HT_NO_NODE - 1))
        return HT_NO_NODE;
    trace->nodes = nodes;
    trace->node_capacity = (uint16_t)capacity;
    trace->nodes[trace->node_count] =
        (struct ht_node_state){.address = *address, .next = HT_NO_NODE};
    if (last == HT_NO_NODE)
        ht_trace_hop(trace, ttl)->first_node = trace->node_count;
    else
        trace->nodes[last].next = trace->node_count;
    return trace->node_count++;
}

bool ht_trace_is_proven(const struct ht_trace *trace, uint8_t ttl, const struct ht_address *address)
{
    for (uint16_t i = ht_trace_hop(trace, ttl)->first_node; i != HT_NO_NODE;
         i = trace->nodes[i].next) {
        if (trace->nodes[i].proven && ht_address_equal(&trace->nodes[i].address, address))
            return true;
    }
    return false;
}

void ht_trace_prove(struct ht_trace *trace, uint32_t index)
{
    if (trace->probes[index].node != HT_NO_NODE)
        trace->nodes[trace->probes[index].node].proven = true;
}

/* Finds or adds the node of this address at this ttl; *node is HT_NO_NODE if there are too many.
 * False: no memory. */
static bool node_for(struct ht_trace *trace, uint8_t ttl, const struct ht_address *address,
                     uint16_t *node)
{
    uint16_t last = HT_NO_NODE;
    unsigned count = 0;
    for (uint16_t i = ht_trace_hop(trace, ttl)->first_node; i != HT_NO_NODE;
         i = trace->nodes[i].next, count++) {
        last = i;
        if (!ht_address_equal(&trace->nodes[i].address, address))
            continue;
        *node = i;
        return true;
    }
    *node = count < HT_NODES_MAX ? add_node(trace, ttl, last, address) : HT_NO_NODE;
    return count == HT_NODES_MAX || *node != HT_NO_NODE;
}

bool ht_trace_borrow(struct ht_trace *trace, uint8_t ttl, const struct ht_node_state *node,
                     const struct ht_rtt *rtt)
{
    struct ht_hop_state *hop = ht_trace_hop(trace, ttl);
    struct ht_rtt *times = malloc(sizeof *times);
    struct ht_mpls *labels =
        node->mpls_count > 0 ? malloc(node->mpls_count * sizeof *labels) : NULL;
    uint16_t index = HT_NO_NODE;
    if (times != NULL && (labels != NULL || node->mpls_count == 0))
        (void)node_for(trace, ttl, &node->address, &index);
    if (index == HT_NO_NODE) {
        free(times);
        free(labels);
        return false;
    }
    ht_sharing_leave(hop);
    *times = *rtt;
    if (labels != NULL)
        memcpy(labels, node->mpls, node->mpls_count * sizeof *labels);
    uint16_t next = trace->nodes[index].next;
    trace->nodes[index] = *node;
    trace->nodes[index].next = next;
    trace->nodes[index].mpls = labels;
    hop->shared_rtt = times;
    hop->shared = true;
    ht_limits_leave(trace, hop);
    return true;
}

/* Keeps the labels of the last answer. Without memory the node goes without. */
static void note_labels(struct ht_node_state *node, const struct ht_reply *reply)
{
    struct ht_mpls labels[HT_MPLS_MAX];
    node->mpls_count = 0;
    if (reply->extension_length == 0)
        return;
    size_t count = ht_extension_mpls(reply->extension, reply->extension_length,
                                     reply->extension_announced, labels);
    if (count == 0)
        return;
    struct ht_mpls *room = realloc(node->mpls, count * sizeof *room);
    if (room == NULL)
        return;
    node->mpls = room;
    memcpy(node->mpls, labels, count * sizeof *labels);
    node->mpls_count = count & HT_NODE_LABELS_MASK;
}

static void note_answer(struct ht_node_state *node, const struct ht_reply *reply, bool refused)
{
    node->received++;
    if (refused) {
        unsigned refusal =
            ht_refusal_of(reply->responder.version, reply->icmp_type, reply->icmp_code);
        node->refusal = refusal & HT_NODE_REFUSAL_MASK;
    }
    node->by_tcp = reply->answer == HT_ANSWER_TCP;
    node->icmp_type = (uint8_t)reply->icmp_type;
    node->icmp_code = (uint8_t)reply->icmp_code;
    node->reply_ttl = reply->reply_ttl > 0 ? (uint8_t)reply->reply_ttl : 0;
    note_labels(node, reply);
}

/* A lost one may still turn out to have been answered in time: we were late to read it. So may one
 * that was taken for swallowed, unless its hop was told of as complete without it. */
static bool may_be_answered(const struct ht_trace *trace, const struct ht_probe *probe)
{
    if (probe->state == HT_PROBE_VOID)
        return !ht_trace_hop_complete(trace, probe->ttl);
    return probe->state == HT_PROBE_AWAITED || probe->state == HT_PROBE_LOST ||
           probe->state == HT_PROBE_UNNEEDED;
}

/* True if an answer may make something due sooner than the agenda says, even if the window does not
 * move (ht_due_before). */
static bool stirs(const struct ht_trace *trace)
{
    return trace->awaited == 0 || trace->received == 1 || trace->waits_its_turn ||
           trace->sharing != NULL || ht_limits_matter(trace);
}

/* Nobody between here and a router that quotes the right sequence number rewrites it. */
static void note_unshifted(struct ht_trace *trace, uint8_t ttl, const struct ht_reply *reply)
{
    if (trace->flow.protocol == HT_TCP && reply->answer != HT_ANSWER_TCP &&
        ttl > trace->unshifted_ttl && ht_reply_sequence_shift(reply, &trace->flow) == 0)
        trace->unshifted_ttl = ttl;
}

bool ht_trace_answered(struct ht_trace *trace, uint32_t index, const struct ht_reply *reply,
                       int64_t received_ns, bool kernel_stamp)
{
    struct ht_probe *probe = &trace->probes[index];
    if (!may_be_answered(trace, probe))
        return false;
    /* Stamps of different origin can be a hair apart on a very short path. */
    int64_t rtt_ns = ht_time_max(received_ns - probe->sent_ns, 0);
    if (rtt_ns > trace->asked.timeout_ns)
        return false;
    uint16_t node;
    if (!node_for(trace, probe->ttl, &reply->responder, &node)) {
        trace->out_of_memory = true;
        return false;
    }
    if (probe->state == HT_PROBE_VOID)
        ht_trace_hop(trace, probe->ttl)->sent++;
    trace->excused -= probe->excused;
    probe->excused = false;
    trace->local_errors -= probe->unread;
    probe->unread = false;
    ht_trace_settle(trace, probe, HT_PROBE_ANSWERED);
    probe->rtt_ns = rtt_ns;
    probe->node = node;
    probe->accepted = reply->syn_ack;
    trace->listening |= reply->syn_ack;
    enum ht_end end = ht_extent_end(trace, reply);
    probe->refused = end == HT_END_UNREACHABLE;
    probe->arrived = end == HT_END_DESTINATION;
    if (node != HT_NO_NODE)
        note_answer(&trace->nodes[node], reply, probe->refused);
    ht_trace_hop(trace, probe->ttl)->received++;
    trace->received++;
    trace->max_rtt_ns = ht_time_max(trace->max_rtt_ns, rtt_ns);
    trace->user_received |= !kernel_stamp;
    trace->user_sent |= !probe->kernel_sent;
    note_unshifted(trace, probe->ttl, reply);
    ht_extent_note(trace, probe->ttl, reply);
    ht_limits_answered(trace, probe, reply, received_ns);
    trace->stirred |= stirs(trace);
    return true;
}

bool ht_trace_hop_complete(const struct ht_trace *trace, uint8_t ttl)
{
    if (ttl - trace->asked.first_ttl >= trace->hop_count)
        return false;
    return ht_trace_hop(trace, ttl)->awaited == 0 && ht_due_hop_ns(trace, ttl) == HT_NEVER;
}

bool ht_trace_never_left(const struct ht_trace *trace)
{
    return trace->sent == 0 && trace->refusal != 0;
}
