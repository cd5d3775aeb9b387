#include "probing/round/sending.h"

#include "base/assert.h"
#include "probing/log/hop_due.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_id.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/ratelimit/turns.h"
#include "probing/round/next_probe.h"
#include "wire/probe.h"

/* Passes of a hop are HT_PASS_SPACING_NS plus 0 to PASS_JITTER_NS apart, see pass_spacing_ns. In
 * 250 made-up networks with rate limits and silent hops 79 hops had false loss with it, and 2,043
 * without it. */
#define PASS_JITTER_NS (8 * HT_NS_PER_MS)

/* Time after which a probe that this host refused to send is due again. A hop is given up at the
 * HT_REFUSALS_MAX-th refusal, 0.2 s after the first. */
#define REFUSED_PAUSE_NS (100 * HT_NS_PER_MS)

/* What the probe is: one of the regular passes, of a second look (`further`), or a retry. */
static void note_kind(struct ht_probe_log *log, struct ht_probe *probe, bool regular, bool further)
{
    struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    probe->retry = !regular && !further;
    probe->further = further;
    if (regular) {
        hop->passes++;
    } else if (further) {
        log->further[probe->ttl].due--;
        log->further[probe->ttl].asked++;
    } else {
        hop->retries++;
    }
}

bool ht_sending_take(struct ht_round *round, int64_t now_ns, uint32_t *probe)
{
    uint8_t ttl;
    int64_t moves_ns;
    if (ht_next_probe_ns(round, now_ns, &moves_ns, &ttl) > now_ns)
        return false;
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    bool regular = hop->passes < ht_asked_probes(&round->log.asked, ttl);
    bool further = !regular && round->log.further != NULL && round->log.further[ttl].due > 0;
    if (round->log.probe_count == 0)
        ht_probe_id_begin(&round->flow, round->recalled, &round->ids, now_ns);
    *probe = ht_probe_log_add(&round->log, ttl, round->ids.next_number, now_ns);
    if (*probe == HT_NO_PROBE) {
        round->host.out_of_memory = true;
        return false;
    }
    round->ids.next_number++;
    round->log.probes[*probe].after_break = *probe > 0 && *probe == round->tcp.broken_off;
    note_kind(&round->log, &round->log.probes[*probe], regular, further);
    if (ht_path_end_is_ahead(&round->log.asked, &round->end, ttl)) {
        round->end.distance_sent_ttl = ttl;
        round->end.distance_sent_ns = HT_NEVER;
    }
    ht_turns_taken(&round->log, round->sites, hop, now_ns);
    /* Keeps the hop from being due again until the result of sending is known. */
    hop->not_before_ns = ht_time_add(now_ns, HT_PASS_SPACING_NS);
    return true;
}

/* Time from one pass of the hop to the next. Targets that began together must not stay in step: a
 * router that saves up no answers would give them to the same targets in every pass. The jitter is
 * a hash of flow and pass, the same in every process. */
static int64_t pass_spacing_ns(const struct ht_flow *flow, const struct ht_hop_state *hop)
{
    uint32_t mixed = (flow->flow_label ^ ((uint32_t)hop->passes << 20)) * UINT32_C(0x9e3779b1);
    mixed = (mixed ^ (mixed >> 15)) * UINT32_C(0x85ebca6b);
    return HT_PASS_SPACING_NS + (int64_t)(mixed >> 16) * PASS_JITTER_NS / 65536;
}

void ht_sending_sent(struct ht_round *round, uint32_t index, int64_t sent_ns, bool kernel_stamp)
{
    struct ht_probe *probe = &round->log.probes[index];
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    HT_ASSERT(probe->state == HT_PROBE_LEAVING);
    probe->sent_ns = sent_ns;
    probe->kernel_sent = kernel_stamp;
    ht_probe_log_set_state(&round->log, probe, HT_PROBE_AWAITED);
    hop->last_sent_ns = sent_ns;
    hop->asked = (uint8_t)(hop->asked < 15 ? hop->asked + 1 : 15);
    hop->first_sent_ns = ht_time_min(hop->first_sent_ns, sent_ns);
    hop->not_before_ns = ht_time_add(sent_ns, pass_spacing_ns(&round->flow, hop));
    round->timing.first_sent_ns = ht_time_min(round->timing.first_sent_ns, sent_ns);
    if (probe->ttl == round->end.distance_sent_ttl)
        round->end.distance_sent_ns = ht_time_min(round->end.distance_sent_ns, sent_ns);
    round->host.busy_since_ns = HT_NEVER;
    ht_hop_due_sent(&round->log, &round->end, &round->upcoming, probe->ttl);
    ht_turns_sent(round->recalled, &round->log, round->sites, probe);
    if (round->end.destination_ttl != 0 && probe->ttl > round->end.destination_ttl)
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_UNNEEDED);
}

/* A probe did not leave: one like it (pass, retry or distance probe) is due at `again_ns`. */
static void put_back(struct ht_probe_log *log, struct ht_path_end *end,
                     struct ht_upcoming *upcoming, struct ht_probe *probe, int64_t again_ns)
{
    struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    ht_probe_log_set_state(log, probe, HT_PROBE_UNSENT);
    ht_hop_due_reopen(upcoming);
    if (ht_path_end_is_ahead(&log->asked, end, probe->ttl))
        end->distance_sent_ttl = end->reaches_ttl;
    if (probe->further) {
        log->further[probe->ttl].due++;
        log->further[probe->ttl].asked--;
    } else if (probe->retry) {
        hop->retries--;
    } else {
        hop->passes--;
    }
    hop->not_before_ns = again_ns;
}

void ht_sending_refused(struct ht_round *round, uint32_t index, int64_t now_ns, int sys_errno)
{
    struct ht_probe *probe = &round->log.probes[index];
    round->host.refusal = sys_errno;
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    if (hop->failures < HT_REFUSALS_MAX)
        hop->failures++;
    put_back(&round->log, &round->end, &round->upcoming, probe,
             ht_time_add(now_ns, REFUSED_PAUSE_NS));
}

void ht_sending_busy(struct ht_round *round, uint32_t index, int64_t now_ns, int sys_errno)
{
    if (round->host.busy_since_ns == HT_NEVER)
        round->host.busy_since_ns = now_ns;
    /* A queue that is full for longer than the timeout refuses probes: the record must close. */
    if (now_ns - round->host.busy_since_ns > round->log.asked.timeout_ns)
        ht_sending_refused(round, index, now_ns, sys_errno);
    else
        put_back(&round->log, &round->end, &round->upcoming, &round->log.probes[index], now_ns);
}

/* A probe that seemed to have left did not. */
static void unsend(struct ht_probe_log *log, struct ht_probe *probe)
{
    if (probe->state != HT_PROBE_AWAITED && probe->state != HT_PROBE_LOST &&
        probe->state != HT_PROBE_UNNEEDED)
        return;
    ht_probe_log_set_state(log, probe, HT_PROBE_UNSENT);
}

void ht_sending_bounced(struct ht_probe_log *log, struct ht_host_faults *host, uint32_t index,
                        int sys_errno)
{
    unsend(log, &log->probes[index]);
    for (uint32_t i = 0; i < log->probe_count && log->received == 0; i++)
        unsend(log, &log->probes[i]);
    host->refusal = sys_errno;
    host->cut_off = true;
}
