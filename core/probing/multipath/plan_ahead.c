/* How many flows are asked at a ttl at once. */
#include "probing/multipath/plan.h"

/* Flows that in the mean are asked after the last one that is needed. With none a search through 16
 * lanes takes 40 batches, with 0.1 it takes 20 and 0.3 % more probes; with 0.3 it would take 15 and
 * 0.7 % more, and through nine hops of 4 0.3 % more. */
#define SPARE 0.1

/* Where more flows are lacking these are enough for a batch, and no batch has more for fewer. */
#define LACKING_MAX 15
#define AHEAD_MAX   64

/* The greatest share of the flows at the ttl, and of those through a node before, that pass this
 * node, by what is known. */
static double greatest_share(const struct ht_path_view *view, uint16_t node)
{
    uint32_t known = 0;
    for (uint16_t other = 1; other < view->node_count; other++)
        known += view->nodes[other].ttl == view->nodes[node].ttl ? view->nodes[other].steady : 0;
    double greatest = (view->nodes[node].steady + 1.0) / (known + 1.0);
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct ht_path_link *link = &view->links[i];
        if (link->to != node)
            continue;
        uint32_t all = 0;
        for (uint32_t k = view->nodes[link->from].first_link; k != HT_NO_LINK;
             k = view->links[k].next)
            all += view->links[k].flows;
        double share = (link->flows + 1.0) / (all + 1.0);
        greatest = share > greatest ? share : greatest;
    }
    return greatest;
}

/* The most flows of which no more than SPARE come, in the mean, after `lacking` have passed a node
 * that has this share of them: the sum, over the flows, of the probability that those before it
 * were enough. */
static uint32_t flows_for(uint32_t lacking, double share)
{
    double passed[LACKING_MAX] = {1}; /* [k]: probability that k of the flows before pass it */
    double spare = 0;
    uint32_t flows = 0;
    if (lacking > LACKING_MAX)
        return lacking;
    while (flows < AHEAD_MAX) {
        double fewer = 0;
        for (uint32_t k = 0; k < lacking; k++)
            fewer += passed[k];
        spare += 1 - fewer;
        if (spare > SPARE)
            break;
        flows++;
        for (uint32_t k = lacking; k-- > 1;)
            passed[k] += (passed[k - 1] - passed[k]) * share;
        passed[0] *= 1 - share;
    }
    return flows > lacking ? flows : lacking;
}

uint32_t ht_plan_ahead(const struct ht_path_view *view, uint8_t ttl)
{
    uint32_t most = 0;
    for (uint16_t node = 1; node < view->node_count; node++) {
        const struct ht_view_node *seen = &view->nodes[node];
        if (seen->ttl != ttl || seen->lacking == 0 || seen->steady == 0)
            continue;
        uint32_t flows = flows_for(seen->lacking, greatest_share(view, node));
        most = flows > most ? flows : most;
    }
    return most;
}
