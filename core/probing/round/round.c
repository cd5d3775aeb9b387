#include "probing/round/round.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/prefetch.h"
#include "probing/hop_cache/hop_cache.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_id.h"
#include "probing/log/tcp_listener.h"
#include "probing/ratelimit/turns.h"
#include "probing/round/held.h"
#include "probing/round/held_verdict.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/next_probe.h"
#include "probing/round/sizing.h"
#include "wire/probe.h"

/* HT_TIMEOUT_AUTO */
#define TIMEOUT_TIMES  10
#define TIMEOUT_MIN_NS (100 * HT_NS_PER_MS)
#define TIMEOUT_MAX_NS HT_NS_PER_S

/* The longest time that is known loses this part each round: it is half in 11 rounds. */
#define LONGEST_FADES 16

void ht_round_init(struct ht_round *round, const struct ht_target *target,
                   const struct ht_flow *flow, uint32_t interface_index, uint32_t serial,
                   uint16_t first_number, struct ht_round_room *room)
{
    const struct ht_settings *settings = &target->settings;
    uint16_t probes = ht_settings_probes(settings);
    const struct ht_asked asked = {
        .timeout_ns =
            settings->timeout_ns != HT_TIMEOUT_AUTO ? settings->timeout_ns : TIMEOUT_MAX_NS,
        .probes = probes,
        .end_probes = settings->end_probes != 0 ? settings->end_probes : probes,
        .first_ttl = settings->first_ttl,
        .max_ttl = settings->max_ttl,
        .gap_limit = settings->gap_limit,
        .retries = settings->retries};
    *round = (struct ht_round){.target = target,
                               .flow = *flow,
                               .interface_index = interface_index,
                               .fwmark = settings->fwmark,
                               .ids.serial = serial,
                               .recalled = &ht_round_memory_none,
                               .hints.look_ahead = 1,
                               .timing = {.begun_ns = HT_NEVER, .first_sent_ns = HT_NEVER},
                               .host = {.busy_since_ns = HT_NEVER,
                                        .overflowed_ns = INT64_MIN,
                                        .unread.when_ns = INT64_MIN}};
    ht_probe_log_init(&round->log, &asked, room);
    ht_probe_id_init(round, first_number);
}

/* Where the last round did not reach the target, its answers may have come too late. */
static int64_t timeout_by(const struct ht_round_memory *memory)
{
    if (memory->destination_ttl == 0 || memory->longest_rtt_ns == 0)
        return TIMEOUT_MAX_NS;
    int64_t timeout_ns = ht_time_max(TIMEOUT_TIMES * memory->longest_rtt_ns, TIMEOUT_MIN_NS);
    return ht_time_min(timeout_ns, TIMEOUT_MAX_NS);
}

void ht_round_recall(struct ht_round *round, const struct ht_round_memory *memory)
{
    struct ht_asked *asked = &round->log.asked;
    round->recalled = memory;
    asked->end_ttl = memory->destination_ttl;
    if (round->target->settings.timeout_ns == HT_TIMEOUT_AUTO)
        asked->timeout_ns = timeout_by(memory);
    round->tcp.one_by_one = memory->one_by_one;
    round->ids.alone |= memory->alone;
    if (memory->labels_lengths && ht_probe_length_labels(&round->flow) > 0)
        round->ids.labelled_from = 0;
}

void ht_round_leave(struct ht_round *round, struct ht_round_memory *memory)
{
    const struct ht_probe_ids *ids = &round->ids;
    round->recalled = &ht_round_memory_none;
    memory->max_rtt_ns = round->log.max_rtt_ns;
    memory->longest_rtt_ns -= memory->longest_rtt_ns / LONGEST_FADES;
    memory->longest_rtt_ns = ht_time_max(memory->longest_rtt_ns, memory->max_rtt_ns);
    memory->next_timestamp =
        ids->first_timestamp + (round->log.probe_count << HT_TIMESTAMP_CODE_BITS);
    memory->numbers = (uint16_t)(ids->next_number - ids->first_number);
    memory->next_number = ids->next_number;
    memory->last_router_ttl = round->end.last_router_ttl;
    memory->one_by_one = round->tcp.one_by_one;
    memory->alone = round->ids.alone;
    memory->labels_lengths = ids->labelled_from != HT_NO_PROBE;
    memory->mtu = ht_sizing_leave(round->sizing);
}

void ht_round_fini(struct ht_round *round)
{
    ht_held_free(&round->doubted);
    ht_sizing_free(round->sizing);
    for (uint16_t i = 0; i < round->log.made_hops; i++) {
        struct ht_hop_state *hop = &round->log.hops[i];
        ht_turns_leave(&round->log, round->sites, hop);
        if (hop->shared)
            free(hop->shared_rtt);
        else
            ht_hop_cache_leave(hop);
    }
    ht_probe_log_fini(&round->log);
}

void ht_round_fetch(const struct ht_round *round)
{
    ht_prefetch(round, HT_ROUND_BUSY_BYTES);
}

void ht_round_fetch_next(const struct ht_round *round)
{
    if (round->log.probe_count < round->log.probe_capacity)
        ht_prefetch(&round->log.probes[round->log.probe_count], sizeof *round->log.probes);
    if (round->upcoming.first_open < round->end.window_hops)
        ht_prefetch(&round->log.hops[round->upcoming.first_open],
                    (size_t)(round->end.window_hops - round->upcoming.first_open) *
                        sizeof *round->log.hops);
}

void ht_round_fetch_all(const struct ht_round *round)
{
    ht_prefetch(round->target, sizeof *round->target);
    ht_probe_log_fetch_all(&round->log, round->end.window_hops);
}

struct ht_round_agenda ht_round_agenda(struct ht_round *round, int64_t now_ns)
{
    struct ht_round_agenda agenda = {.send_ns = HT_NEVER, .expire_ns = HT_NEVER};
    uint8_t ttl;
    int64_t moves_ns;
    round->upcoming.recheck = false;
    int64_t due_ns = ht_next_probe_ns(round, now_ns, &moves_ns, &ttl);
    agenda.send_ns = ht_time_min(moves_ns, due_ns);
    agenda.send_ns = ht_time_min(agenda.send_ns, ht_tcp_listener_held(round).by_ns);
    agenda.distance = ttl != 0 && ht_path_end_is_ahead(&round->log.asked, &round->end, ttl);
    const struct ht_probe *oldest = ht_probe_log_oldest(&round->log);
    /* An answer that takes exactly the timeout still counts. */
    if (oldest != NULL && oldest->state == HT_PROBE_AWAITED)
        agenda.expire_ns = ht_time_add(oldest->sent_ns, round->log.asked.timeout_ns + 1);
    agenda.expire_ns = ht_time_min(agenda.expire_ns, ht_loss_due_ns(round));
    if (round->doubted.held != NULL)
        agenda.expire_ns = ht_time_min(agenda.expire_ns, ht_held_due_ns(round, now_ns));
    /* Last of all, since it is about the path that the rest has found. */
    if (round->sizing != NULL && agenda.send_ns == HT_NEVER && agenda.expire_ns == HT_NEVER)
        agenda.send_ns = ht_sizing_next_ns(round, now_ns);
    return agenda;
}

bool ht_round_never_left(const struct ht_probe_log *log, const struct ht_host_faults *host)
{
    return log->left == 0 && host->refusal != 0;
}

struct ht_round *ht_round_of_timer(struct ht_heap_node *timer)
{
    return (struct ht_round *)(void *)((char *)timer - offsetof(struct ht_round, slot.timer));
}
