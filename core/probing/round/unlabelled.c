#include "probing/round/unlabelled.h"

#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/round/held.h"
#include "probing/round/loss_verdict.h"
#include "wire/reply.h"

static void label_lengths(struct ht_round *round)
{
    round->ids.labelled_from = round->log.probe_count;
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        if (!ht_held_has(&round->doubted, i))
            round->ids.unlabelled += ht_loss_redo(&round->log, &round->upcoming, i);
    }
    round->upcoming.recheck = true;
}

void ht_unlabelled_note(struct ht_round *round, const struct ht_reply *reply)
{
    uint16_t label;
    uint32_t probe;
    if (round->ids.labelled_from == HT_NO_PROBE)
        label_lengths(round);
    bool known = ht_reply_length_label(reply, &round->flow, &label);
    if (known && label == 0 && round->ids.unlabelled > 0)
        round->ids.unlabelled--; /* probably of a probe that was sent again with a label */
    else if (!known ||
             !ht_probe_id_find_length(&round->flow, &round->ids, &round->log, label, &probe))
        round->doubted.forged++;
}
