#include "probing/round/unlabelled.h"

#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/round/held.h"
#include "probing/round/loss_verdict.h"
#include "wire/reply.h"

/* The awaited probes are void, and sent again in a way that tells them apart. Returns their number.
 */
static uint32_t redo_awaited(struct ht_round *round)
{
    uint32_t redone = 0;
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        if (!ht_held_has(&round->doubted, i))
            redone += ht_loss_redo(&round->log, &round->upcoming, i);
    }
    round->upcoming.recheck = true;
    return redone;
}

static void label_lengths(struct ht_round *round)
{
    round->ids.labelled_from = round->log.probe_count;
    round->ids.unlabelled += redo_awaited(round);
}

/* None leaves before an answer to those that have left can no longer count. */
static void send_alone(struct ht_round *round)
{
    int64_t last_ns = round->log.probes[round->log.probe_count - 1].sent_ns;
    round->ids.alone = true;
    round->tcp.rests_until_ns = ht_time_add(last_ns, round->log.asked.timeout_ns);
    (void)redo_awaited(round);
}

void ht_unlabelled_note(struct ht_round *round, const struct ht_reply *reply)
{
    uint16_t label;
    uint32_t probe;
    if (reply->told) {
        send_alone(round);
        return;
    }
    if (round->ids.labelled_from == HT_NO_PROBE)
        label_lengths(round);
    bool known = ht_reply_length_label(reply, &round->flow, &label);
    if (known && label == 0 && round->ids.unlabelled > 0)
        round->ids.unlabelled--; /* probably of a probe that was sent again with a label */
    else if (!known ||
             !ht_probe_id_find_length(&round->flow, &round->ids, &round->log, label, &probe))
        round->doubted.forged++;
}
