#include "probing/round/partial.h"

#include "hoptrace/settings.h"
#include "model/protocol.h"
#include "probing/log/hop_due.h"
#include "probing/log/path_end.h"
#include "probing/log/round_state.h"

void ht_partial_begin(struct ht_asked *asked)
{
    asked->partial = true;
    asked->probes = asked->end_probes = 1;
}

/* The window takes in the hops up to a ttl; of those that are new nothing is due. */
static bool reach(struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    uint16_t before = round->end.window_hops;
    if (!ht_path_end_widen(round, ttl, now_ns))
        return false;
    for (uint16_t i = before; i < round->end.window_hops; i++)
        round->log.hops[i].passes = 1;
    return true;
}

bool ht_partial_ask(struct ht_round *round, uint8_t ttl, int64_t now_ns)
{
    if (round->log.asked.partial && !reach(round, ttl, now_ns))
        return false;
    if (ht_path_end_is_ahead(&round->log.asked, &round->end, ttl))
        return true;
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    if (hop->passes > 0)
        hop->passes--;
    ht_hop_due_reopen(&round->upcoming);
    round->upcoming.recheck = true;
    return true;
}

void ht_partial_complete(struct ht_round *round, uint8_t end_ttl)
{
    const struct ht_settings *settings = &round->target->settings;
    struct ht_asked *asked = &round->log.asked;
    asked->partial = false;
    asked->probes = ht_settings_probes(settings);
    asked->end_probes = settings->end_probes != 0 ? settings->end_probes : asked->probes;
    round->end.guessed_ttl = end_ttl;
    for (uint16_t i = 0; i < round->end.window_hops; i++) {
        if (round->log.hops[i].asked == 0)
            round->log.hops[i].passes = 0;
    }
    ht_hop_due_reopen(&round->upcoming);
    round->upcoming.recheck = true;
}
