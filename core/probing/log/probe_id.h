/* What tells the probes of a round apart: numbers that follow one another, the keys and IPv4 ids
 * that a keyed permutation makes of them, timestamps, distances. */
#ifndef HT_PROBING_PROBE_ID_H
#define HT_PROBING_PROBE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/permutation.h"
#include "wire/probe.h"

struct ht_probe_log;
struct ht_round;
struct ht_round_memory;

/* What the probes of a round carry to be told apart. */
struct ht_probe_ids {
    struct ht_permutation keys; /* of numbers: the key of a probe tells nobody another one's, nor
                                   its IPv4 id */
    uint32_t serial;            /* number of this round, for the serials of its probes */
    uint16_t first_number;      /* they follow one another, but for those that are passed over */
    uint16_t next_number;
    uint16_t keyless_number; /* that make a key, an IPv4 id of 0: they are passed over */
    uint16_t idless_number;
    uint32_t passed_over;
    uint32_t first_timestamp; /* TCP: of the first probe; each one behind it has one more */
    uint32_t labelled_from;   /* index of the first probe that has a length label of its own;
                                 HT_NO_PROBE: none has */
    uint32_t unlabelled;      /* probes that were sent again to be told by their length, and whose
                                 own answers have not come yet */
};

/* Once the round has its flow: its permutation, and its first number. */
void ht_probe_id_init(struct ht_round *round, uint16_t first_number);

/* Before the first probe: where its timestamps begin. */
void ht_probe_id_begin(const struct ht_flow *flow, const struct ht_round_memory *recalled,
                       struct ht_probe_ids *ids, int64_t now_ns);

/* What the probe at this index carries; the same where its key is known, which takes half as long.
 */
struct ht_probe_name ht_probe_id_of(const struct ht_round *round, uint32_t probe);
struct ht_probe_name ht_probe_id_with_key(const struct ht_round *round, uint32_t probe,
                                          uint16_t key);

/* True if the number after `passed` further ones makes a key and an IPv4 id, neither of which may
 * be 0. */
bool ht_probe_id_number_fits(const struct ht_probe_ids *ids, uint16_t passed);

/* Passes over the next numbers: their keys are not free. */
void ht_probe_id_pass(struct ht_probe_ids *ids, uint16_t count);

/* The newest probe of this number. False: there is none that has left. */
bool ht_probe_id_find(const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                      uint16_t number, uint32_t *probe);

/* The number that a key, an IPv4 id is made of; the same for all rounds of a flow tag. */
uint16_t ht_probe_id_number_of_key(const struct ht_probe_ids *ids, uint16_t key);
uint16_t ht_probe_id_number_of_ip_id(const struct ht_probe_ids *ids, uint16_t ip_id);

/* Where the probe of this number, of this timestamp most probably stands, if it is there at all: to
 * be fetched before it is looked for. */
uint32_t ht_probe_id_index_of_number(const struct ht_probe_ids *ids, uint16_t number);
uint32_t ht_probe_id_index_of_timestamp(const struct ht_probe_ids *ids, uint32_t timestamp);

/* True if the number was one of the last round's, whose late answers may still come. */
bool ht_probe_id_is_stale(const struct ht_round_memory *recalled, const struct ht_probe_ids *ids,
                          uint16_t number);

/* The probe that carried this timestamp; the newest one with this length label (not 0). False:
 * there is none that has left. */
bool ht_probe_id_find_timestamp(const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                                uint32_t timestamp, uint32_t *probe);
bool ht_probe_id_find_length(const struct ht_flow *flow, const struct ht_probe_ids *ids,
                             const struct ht_probe_log *log, uint16_t length_label,
                             uint32_t *probe);

#endif
