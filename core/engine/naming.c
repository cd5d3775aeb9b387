#include "engine/naming.h"

#include "base/hash.h"

/* What the keys of a flow are made of, beside the secret: two numbers that differ. */
enum { KEYS_FIRST = 1, KEYS_SECOND = 2 };

/* What numbers become: tweaks of the permutation. */
enum { OF_KEY = 1, OF_IP_ID = 2, OF_LENGTH = 3 };

void ht_naming_init(struct ht_trace *trace, uint16_t first_number)
{
    const struct ht_flow *flow = &trace->flow;
    trace->keys = ht_permutation_of(ht_siphash_two(flow->secret, flow->flow_tag, KEYS_FIRST),
                                    ht_siphash_two(flow->secret, flow->flow_tag, KEYS_SECOND));
    trace->first_number = trace->next_number = first_number;
    trace->keyless_number = ht_naming_number_of_key(trace, 0);
    trace->idless_number = ht_naming_number_of_ip_id(trace, 0);
    trace->labelled_from = HT_NO_PROBE;
}

/* A later SYN has a later timestamp, in the next process too: a listener refuses what seems to be
 * older (RFC 7323 section 5). The clock counts microseconds, as that of new kernels does. */
void ht_naming_begin(struct ht_trace *trace, int64_t now_ns)
{
    const uint32_t code_mask = (UINT32_C(1) << HT_TIMESTAMP_CODE_BITS) - 1;
    uint32_t now = (trace->flow.clock_offset + (uint32_t)(now_ns / HT_NS_PER_US)) & ~code_mask;
    bool behind = (int32_t)(now - trace->previous->next_timestamp) < 0;
    trace->first_timestamp =
        trace->previous->next_number != 0 && behind ? trace->previous->next_timestamp : now;
}

/* UDP has this number of labels: they come in a permuted order, so that one label does not tell a
 * forger the next. TCP's few come in turn. */
#define LABELS_PERMUTED 256

/* By the probe's number, so that late answers of the last round have other ones. */
static uint16_t length_label(const struct ht_trace *trace, uint32_t probe)
{
    if (probe < trace->labelled_from)
        return 0;
    uint32_t labels = ht_probe_length_labels(&trace->flow);
    uint32_t place = (trace->first_number + probe) % labels;
    if (labels == LABELS_PERMUTED)
        place = ht_permute_byte(&trace->keys, OF_LENGTH, (uint8_t)place);
    return (uint16_t)(1 + place);
}

struct ht_probe_name ht_naming_of(const struct ht_trace *trace, uint32_t probe)
{
    uint16_t number = trace->probes[probe].number;
    return ht_naming_with_key(trace, probe, ht_permute(&trace->keys, OF_KEY, number));
}

struct ht_probe_name ht_naming_with_key(const struct ht_trace *trace, uint32_t probe, uint16_t key)
{
    uint16_t number = trace->probes[probe].number;
    bool ipv4 = trace->flow.destination.version == HT_IPV4;
    return (struct ht_probe_name){.key = key,
                                  .ip_id = ipv4 ? ht_permute(&trace->keys, OF_IP_ID, number) : 0,
                                  .serial = (uint64_t)trace->round << 32 | probe,
                                  .timestamp =
                                      trace->first_timestamp + (probe << HT_TIMESTAMP_CODE_BITS),
                                  .length_label = length_label(trace, probe)};
}

bool ht_naming_number_fits(const struct ht_trace *trace, uint16_t passed)
{
    uint16_t number = (uint16_t)(trace->next_number + passed);
    return number != trace->keyless_number && number != trace->idless_number;
}

uint16_t ht_naming_number_of_key(const struct ht_trace *trace, uint16_t key)
{
    return ht_permute_back(&trace->keys, OF_KEY, key);
}

uint16_t ht_naming_number_of_ip_id(const struct ht_trace *trace, uint16_t ip_id)
{
    return ht_permute_back(&trace->keys, OF_IP_ID, ip_id);
}

bool ht_naming_is_stale(const struct ht_trace *trace, uint16_t number)
{
    return (uint16_t)(trace->first_number - 1 - number) < trace->previous->numbers;
}

void ht_naming_pass(struct ht_trace *trace, uint16_t count)
{
    trace->next_number = (uint16_t)(trace->next_number + count);
    trace->passed_over += count;
}

uint32_t ht_naming_place_of_number(const struct ht_trace *trace, uint16_t number)
{
    return (uint16_t)(number - trace->first_number);
}

bool ht_naming_find(const struct ht_trace *trace, uint16_t number, uint32_t *probe)
{
    /* Where it would stand, were no number passed over; else some places before. */
    uint64_t keys = (uint64_t)trace->probe_count + trace->passed_over;
    uint64_t place = ht_naming_place_of_number(trace, number);
    if (place >= keys)
        return false;
    place += (keys - 1 - place) / 65536 * 65536;
    for (uint64_t back = 0; back <= trace->passed_over && back <= place; back++) {
        uint64_t index = place - back;
        if (index >= trace->probe_count || trace->probes[index].number != number)
            continue;
        *probe = (uint32_t)index;
        return trace->probes[index].state != HT_PROBE_UNSENT;
    }
    return false;
}

uint32_t ht_naming_place_of_timestamp(const struct ht_trace *trace, uint32_t timestamp)
{
    return (timestamp - trace->first_timestamp) >> HT_TIMESTAMP_CODE_BITS;
}

bool ht_naming_find_timestamp(const struct ht_trace *trace, uint32_t timestamp, uint32_t *probe)
{
    uint32_t index = ht_naming_place_of_timestamp(trace, timestamp);
    if (index >= trace->probe_count || trace->probes[index].state == HT_PROBE_UNSENT)
        return false;
    *probe = index;
    return true;
}

bool ht_naming_find_length(const struct ht_trace *trace, uint16_t label, uint32_t *probe)
{
    uint32_t labels = ht_probe_length_labels(&trace->flow);
    if (trace->labelled_from >= trace->probe_count || label == 0 || label > labels)
        return false;
    uint32_t place = label - 1U;
    if (labels == LABELS_PERMUTED)
        place = ht_permute_byte_back(&trace->keys, OF_LENGTH, (uint8_t)place);
    uint32_t newest = trace->probe_count - 1;
    uint32_t back = ((trace->first_number + newest) % labels + labels - place) % labels;
    if (back > newest - trace->labelled_from)
        return false;
    *probe = newest - back;
    return trace->probes[*probe].state != HT_PROBE_UNSENT;
}
