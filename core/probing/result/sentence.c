#include "probing/result/sentence.h"

#include "model/hop.h"
#include "probing/log/round_state.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"

bool ht_sentence_of_fault(const struct ht_round *round, const struct ht_zones *zones,
                          struct ht_error *error)
{
    char address[HT_ADDRESS_TEXT_MAX];
    const struct ht_address *destination = &round->flow.destination;
    const char *zone = ht_zones_name(zones, destination->scope_id);
    if (ht_round_never_left(&round->log, &round->host)) {
        (void)ht_error_system(error, round->host.refusal, "this host refuses to send to %s",
                              ht_address_format_zoned(destination, zone, address));
        return true;
    }
    if (!ht_loss_unread(&round->log, &round->end))
        return false;
    (void)ht_error_system(error, round->host.unread.sys_errno, "answers cannot be read");
    return true;
}

/* The node of a hop that refused a probe, of several the one that goes before the others; NULL:
 * none did. */
static const struct ht_node *refusing_node(const struct ht_hop *hop)
{
    const struct ht_node *best = NULL;
    for (size_t i = 0; i < hop->node_count; i++) {
        const struct ht_node *node = &hop->nodes[i];
        if (node->refusal != NULL &&
            (best == NULL || ht_node_goes_before(node->facts.received, &node->facts.address,
                                                 best->facts.received, &best->facts.address)))
            best = node;
    }
    return best;
}

bool ht_sentence_of_refusal(const struct ht_report *report, struct ht_error *error)
{
    char address[HT_ADDRESS_TEXT_MAX];
    if (report->status != HT_STATUS_UNREACHABLE || report->listed_hops == 0)
        return false;
    const struct ht_hop *hop = &report->hops[report->listed_hops - 1];
    const struct ht_node *node = refusing_node(hop);
    if (node == NULL)
        return false;
    (void)ht_error_set(error, HT_ERR_UNREACHABLE, "%s at hop %u says %s",
                       ht_address_format_zoned(&node->facts.address, node->zone, address),
                       (unsigned)hop->ttl, node->refusal);
    return true;
}
