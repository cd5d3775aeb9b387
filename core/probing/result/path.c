#include "probing/result/path.h"

#include "base/hash.h"
#include "model/hop.h"
#include "probing/log/hop_due.h"

/* Times that a cycle must be seen at the end of the path to be a loop. With fewer, two routers that
 * answer twice each in turn would be a loop; with more, a loop needs more hops to be seen. */
#define LOOP_REPEATS 3

uint8_t ht_path_hop_count(const struct ht_path_end *end)
{
    if (end->destination_ttl != 0)
        return end->destination_ttl;
    if (end->unreachable_ttl != 0)
        return end->unreachable_ttl;
    return end->last_answer_ttl;
}

bool ht_path_is_whole(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    for (unsigned ttl = log->asked.first_ttl; ttl < end->destination_ttl; ttl++) {
        const struct ht_hop_state *hop = ht_probe_log_hop(log, (uint8_t)ttl);
        bool silent = ht_hop_due_complete(log, end, (uint8_t)ttl) &&
                      ht_probe_log_open(log, (uint8_t)ttl) == 0;
        if (hop->received == 0 && !hop->shared && !silent)
            return false;
    }
    return end->destination_ttl != 0;
}

/* As ht_hop_main_node, but of the log. */
static const struct ht_node_facts *main_node(const struct ht_probe_log *log, uint8_t ttl)
{
    const struct ht_node_facts *best = NULL;
    for (const struct ht_node_facts *node = ht_probe_log_first_node(log, ttl); node != NULL;
         node = ht_probe_log_next_node(log, node)) {
        if (best == NULL ||
            ht_node_goes_before(node->received, &node->address, best->received, &best->address))
            best = node;
    }
    return best;
}

bool ht_path_id(const struct ht_report *report, uint32_t *path_id)
{
    uint32_t hash = HT_FNV1A_START;
    bool any = false;
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_node *node = ht_hop_main_node(&report->hops[i]);
        if (node == NULL)
            continue;
        hash = ht_fnv1a(hash, &report->hops[i].ttl, 1);
        hash = ht_fnv1a(hash, node->facts.address.bytes, ht_address_length(&node->facts.address));
        any = true;
    }
    *path_id = hash;
    return any;
}

/* True if the last addresses repeat with this period LOOP_REPEATS times, and are not all the same.
 * `last_first`: the `count` addresses of the path, the last one first. */
static bool repeats(const struct ht_address *const *last_first, size_t count, size_t period)
{
    bool differ = false;
    if (count < period * LOOP_REPEATS)
        return false;
    for (size_t i = 0; i < period * (LOOP_REPEATS - 1); i++) {
        if (!ht_address_equal(last_first[i], last_first[i + period]))
            return false;
        differ |= !ht_address_equal(last_first[i], last_first[0]);
    }
    return differ;
}

bool ht_path_loops(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    const struct ht_address *last_first[UINT8_MAX];
    size_t count = 0;
    if (end->destination_ttl != 0)
        return false;
    for (unsigned ttl = end->last_answer_ttl; ttl >= log->asked.first_ttl; ttl--) {
        const struct ht_node_facts *node = main_node(log, (uint8_t)ttl);
        if (node != NULL)
            last_first[count++] = &node->address;
    }
    for (size_t period = 2; period <= count / LOOP_REPEATS; period++) {
        if (repeats(last_first, count, period))
            return true;
    }
    return false;
}

enum ht_stop_reason ht_path_stop_reason(const struct ht_probe_log *log,
                                        const struct ht_path_end *end)
{
    const struct ht_asked *asked = &log->asked;
    if (end->destination_ttl != 0)
        return HT_STOP_DESTINATION;
    if (end->unreachable_ttl != 0)
        return HT_STOP_UNREACHABLE;
    if (ht_path_loops(log, end))
        return HT_STOP_LOOP;
    unsigned answered =
        end->last_answer_ttl >= asked->first_ttl ? end->last_answer_ttl : asked->first_ttl - 1U;
    if (asked->gap_limit != 0 && answered + asked->gap_limit <= asked->max_ttl)
        return HT_STOP_GAP_LIMIT;
    return HT_STOP_MAX_TTL;
}
