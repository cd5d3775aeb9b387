#include "engine/sending.h"

#include "engine/due.h"
#include "engine/extent.h"
#include "engine/hop_due.h"
#include "engine/limits.h"
#include "engine/naming.h"
#include "engine/probe_log.h"
#include "engine/room.h"

/* Passes are up to so much further apart. */
#define PASS_JITTER_NS (8 * HT_NS_PER_MS)

/* A send that this host refused is tried again after this time. */
#define REFUSED_PAUSE_NS (100 * HT_NS_PER_MS)

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
    ht_hop_due_sent(trace, probe->ttl);
    ht_limits_sent(trace, probe);
    if (trace->destination_ttl != 0 && probe->ttl > trace->destination_ttl)
        ht_probe_log_settle(trace, probe, HT_PROBE_UNNEEDED);
}

/* A probe did not leave: it is due again at `again_ns`, as what it was. */
static void put_back(struct ht_trace *trace, struct ht_probe *probe, int64_t again_ns)
{
    struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    ht_probe_log_settle(trace, probe, HT_PROBE_UNSENT);
    ht_hop_due_reopen(trace);
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
    ht_probe_log_settle(trace, probe, HT_PROBE_UNSENT);
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
