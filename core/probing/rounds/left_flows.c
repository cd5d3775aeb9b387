#include "probing/rounds/left_flows.h"

#include <stddef.h>

#include "hoptrace/time.h"

/* The entry of this flow, else the one that is over first. */
static struct ht_left_flow *entry_for(struct ht_left_flows *flows, uint32_t flow_tag)
{
    struct ht_left_flow *first = &flows->kept[0];
    for (size_t i = 0; i < HT_LEFT_FLOWS_KEPT; i++) {
        struct ht_left_flow *flow = &flows->kept[i];
        if (flow->flow_tag == flow_tag && flow->until_ns != 0)
            return flow;
        if (flow->until_ns < first->until_ns)
            first = flow;
    }
    return first;
}

void ht_left_flows_note(struct ht_left_flows *flows, uint32_t flow_tag, int64_t until_ns)
{
    struct ht_left_flow *flow = entry_for(flows, flow_tag);
    struct ht_left_flow left = {.until_ns = until_ns, .flow_tag = flow_tag};
    struct ht_left_flow over = *flow;
    flows->latest_ns = ht_time_max(flows->latest_ns, until_ns);
    if (over.until_ns > until_ns) {
        over = left;
        left = *flow;
    }
    *flow = left;
    if (over.flow_tag != left.flow_tag)
        flows->forgotten_ns = ht_time_max(flows->forgotten_ns, over.until_ns);
}

int64_t ht_left_flows_until_ns(const struct ht_left_flows *flows, uint32_t flow_tag, int64_t now_ns)
{
    if (flows->latest_ns <= now_ns)
        return 0;
    for (size_t i = 0; i < HT_LEFT_FLOWS_KEPT; i++) {
        const struct ht_left_flow *flow = &flows->kept[i];
        if (flow->flow_tag == flow_tag && flow->until_ns != 0)
            return ht_time_max(flow->until_ns, flows->forgotten_ns);
    }
    return flows->forgotten_ns;
}
