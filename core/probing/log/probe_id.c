#include "probing/log/probe_id.h"

#include "probing/log/round_state.h"

#include "base/hash.h"
#include "wire/probe.h"

/* Hash inputs: the permutation's 128 bits are the hashes, under the secret, of the flow tag with
 * each of these. */
enum { KEYS_FIRST = 1, KEYS_SECOND = 2 };

/* Tweaks of the permutation, one for each identifier that it makes. */
enum { OF_KEY = 1, OF_IP_ID = 2, OF_LENGTH = 3 };

void ht_probe_id_init(struct ht_round *round, uint16_t first_number)
{
    const struct ht_flow *flow = &round->flow;
    round->ids.keys = ht_permutation_of(ht_siphash_two(flow->secret, flow->flow_tag, KEYS_FIRST),
                                        ht_siphash_two(flow->secret, flow->flow_tag, KEYS_SECOND));
    round->ids.first_number = round->ids.next_number = first_number;
    round->ids.keyless_number = ht_probe_id_number_of_key(&round->ids, 0);
    round->ids.idless_number = ht_probe_id_number_of_ip_id(&round->ids, 0);
    round->ids.labelled_from = HT_NO_PROBE;
}

/* A later SYN has a later timestamp, in the next process too: a listener refuses a segment that
 * seems older (RFC 7323 section 5). The clock counts microseconds, as that of new kernels does. */
void ht_probe_id_begin(const struct ht_flow *flow, const struct ht_round_memory *recalled,
                       struct ht_probe_ids *ids, int64_t now_ns)
{
    const uint32_t code_mask = (UINT32_C(1) << HT_TIMESTAMP_CODE_BITS) - 1;
    uint32_t now = (flow->clock_offset + (uint32_t)(now_ns / HT_NS_PER_US)) & ~code_mask;
    bool behind = (int32_t)(now - recalled->next_timestamp) < 0;
    ids->first_timestamp = recalled->next_number != 0 && behind ? recalled->next_timestamp : now;
}

/* Number of UDP's length labels: they are used in a permuted order, so that one label does not tell
 * a forger the next. TCP's few are used in turn. */
#define LABELS_PERMUTED 256

/* By the probe's number, so that late answers to the last round have other labels. */
static uint16_t length_label(const struct ht_round *round, uint32_t probe)
{
    if (probe < round->ids.labelled_from)
        return 0;
    uint32_t labels = ht_probe_length_labels(&round->flow);
    uint32_t label = (round->ids.first_number + probe) % labels;
    if (labels == LABELS_PERMUTED)
        label = ht_permute_byte(&round->ids.keys, OF_LENGTH, (uint8_t)label);
    return (uint16_t)(1 + label);
}

static uint16_t sized(const struct ht_probe *probe)
{
    return probe->state == HT_PROBE_SIZED ? probe->sized : 0;
}

uint16_t ht_probe_id_key(const struct ht_round *round, uint32_t probe)
{
    return ht_permute(&round->ids.keys, OF_KEY, round->log.probes[probe].number);
}

void ht_probe_id_of(const struct ht_round *round, uint32_t probe, struct ht_probe_id *id)
{
    ht_probe_id_with_key(round, probe, ht_probe_id_key(round, probe), id);
}

/* By members, and through a pointer: a whole struct that was only just written is slow to read,
 * more so behind writes to memory that is not in the cache. */
void ht_probe_id_with_key(const struct ht_round *round, uint32_t probe, uint16_t key,
                          struct ht_probe_id *id)
{
    const struct ht_probe_ids *ids = &round->ids;
    bool ipv4 = round->flow.destination.version == HT_IPV4;
    uint16_t number = round->log.probes[probe].number;
    id->key = key;
    id->ip_id = ipv4 ? ht_permute(&ids->keys, OF_IP_ID, number) : 0;
    id->serial = (uint64_t)ids->serial << 32 | probe;
    id->timestamp = ids->first_timestamp + (probe << HT_TIMESTAMP_CODE_BITS);
    id->length_label = length_label(round, probe);
    id->sized = sized(&round->log.probes[probe]);
}

bool ht_probe_id_number_fits(const struct ht_probe_ids *ids, uint16_t passed)
{
    uint16_t number = (uint16_t)(ids->next_number + passed);
    return number != ids->keyless_number && number != ids->idless_number;
}

uint16_t ht_probe_id_number_of_key(const struct ht_probe_ids *ids, uint16_t key)
{
    return ht_permute_back(&ids->keys, OF_KEY, key);
}

uint16_t ht_probe_id_number_of_ip_id(const struct ht_probe_ids *ids, uint16_t ip_id)
{
    return ht_permute_back(&ids->keys, OF_IP_ID, ip_id);
}

bool ht_probe_id_is_stale(const struct ht_round_memory *recalled, const struct ht_probe_ids *ids,
                          uint16_t number)
{
    return (uint16_t)(ids->first_number - 1 - number) < recalled->numbers;
}

void ht_probe_id_pass(struct ht_probe_ids *ids, uint16_t count)
{
    ids->next_number = (uint16_t)(ids->next_number + count);
    ids->passed_over += count;
}

uint32_t ht_probe_id_index_of_number(const struct ht_probe_ids *ids, uint16_t number)
{
    return (uint16_t)(number - ids->first_number);
}

bool ht_probe_id_find(const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                      uint16_t number, uint32_t *probe)
{
    /* The index is `last`, less the numbers that were passed over before this one. */
    uint64_t numbers = (uint64_t)log->probe_count + ids->passed_over;
    uint64_t last = ht_probe_id_index_of_number(ids, number);
    if (last >= numbers)
        return false;
    last += (numbers - 1 - last) / 65536 * 65536;
    for (uint64_t back = 0; back <= ids->passed_over && back <= last; back++) {
        uint64_t index = last - back;
        if (index >= log->probe_count || log->probes[index].number != number)
            continue;
        *probe = (uint32_t)index;
        return log->probes[index].state != HT_PROBE_UNSENT;
    }
    return false;
}

uint32_t ht_probe_id_index_of_timestamp(const struct ht_probe_ids *ids, uint32_t timestamp)
{
    return (timestamp - ids->first_timestamp) >> HT_TIMESTAMP_CODE_BITS;
}

bool ht_probe_id_find_timestamp(const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                                uint32_t timestamp, uint32_t *probe)
{
    uint32_t index = ht_probe_id_index_of_timestamp(ids, timestamp);
    if (index >= log->probe_count || log->probes[index].state == HT_PROBE_UNSENT)
        return false;
    *probe = index;
    return true;
}

bool ht_probe_id_find_length(const struct ht_flow *flow, const struct ht_probe_ids *ids,
                             const struct ht_probe_log *log, uint16_t label, uint32_t *probe)
{
    uint32_t labels = ht_probe_length_labels(flow);
    if (ids->labelled_from >= log->probe_count || label == 0 || label > labels)
        return false;
    uint32_t turn = label - 1U;
    if (labels == LABELS_PERMUTED)
        turn = ht_permute_byte_back(&ids->keys, OF_LENGTH, (uint8_t)turn);
    uint32_t newest = log->probe_count - 1;
    uint32_t back = ((ids->first_number + newest) % labels + labels - turn) % labels;
    if (back > newest - ids->labelled_from)
        return false;
    *probe = newest - back;
    return log->probes[*probe].state != HT_PROBE_UNSENT;
}
