#include "engine/unlabelled.h"

#include "engine/held.h"
#include "engine/naming.h"
#include "engine/unanswered.h"

static void label_lengths(struct ht_trace *trace)
{
    trace->labelled_from = trace->probe_count;
    for (uint32_t i = trace->oldest_awaited; i < trace->probe_count; i++) {
        if (!ht_held_has(trace, i))
            trace->unlabelled += ht_unanswered_redo(trace, i);
    }
    trace->stirred = true;
}

void ht_unlabelled_note(struct ht_trace *trace, const struct ht_reply *reply)
{
    uint16_t label;
    uint32_t probe;
    if (trace->labelled_from == HT_NO_PROBE)
        label_lengths(trace);
    bool known = ht_reply_length_label(reply, &trace->flow, &label);
    if (known && label == 0 && trace->unlabelled > 0)
        trace->unlabelled--; /* of one that was sent again, as far as anybody knows */
    else if (!known || !ht_naming_find_length(trace, label, &probe))
        trace->forged++;
}
