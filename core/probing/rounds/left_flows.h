/* TCP flows that were left while a SYN of theirs could still be answered: by rounds that were cut
 * short or dropped. Mostly there is none.
 *
 * All rounds of a flow have the same ports and sequence number, so that an answer without a
 * timestamp, as a reset, does not tell the round of its SYN: the next round of the flow would take
 * it for an answer to one of its own, and show the destination at a ttl where it is not. It rests
 * until no such answer can come. That belongs to the flow, not to its target: targets may share a
 * flow, and one may come again that was removed. */
#ifndef HT_PROBING_LEFT_FLOWS_H
#define HT_PROBING_LEFT_FLOWS_H

#include <stdint.h>

/* Flows that are remembered. Of more, those whose answers are over first are forgotten: then all
 * flows rest as long as they would. */
#define HT_LEFT_FLOWS_KEPT 64

struct ht_left_flow {
    int64_t until_ns; /* no answer comes any more; 0: the entry is free */
    uint32_t flow_tag;
};

/* {0} is empty. */
struct ht_left_flows {
    struct ht_left_flow kept[HT_LEFT_FLOWS_KEPT];
    int64_t forgotten_ns; /* the latest until_ns of a flow that was forgotten; 0: none was */
    int64_t latest_ns;    /* the latest until_ns of all */
};

/* Notes that a flow was left, and may be answered until `until_ns`. */
void ht_left_flows_note(struct ht_left_flows *flows, uint32_t flow_tag, int64_t until_ns);

/* Until when a flow rests, as seen at `now_ns`; a time in the past: it does not. */
int64_t ht_left_flows_until_ns(const struct ht_left_flows *flows, uint32_t flow_tag,
                               int64_t now_ns);

#endif
