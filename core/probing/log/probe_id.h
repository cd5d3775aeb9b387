/* What tells the probes of a round apart:
 *   number        16 bits, rising by 1 but for numbers that are passed over; stays in this process
 *   key, IPv4 id  keyed permutations of the number; neither is 0
 *   timestamp     TCP: rising by 1 above its secret bits
 *   serial        round's serial << 32 | probe's index: unique
 *   length label  only where quotes show nothing else of their probe, see unlabelled.h */
#ifndef HT_PROBING_PROBE_ID_H
#define HT_PROBING_PROBE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/permutation.h"
#include "wire/probe.h"

struct ht_probe_log;
struct ht_round;
struct ht_round_memory;

struct ht_probe_ids {
    struct ht_permutation keys; /* without it a probe's key tells neither another probe's key nor
                                   its own IPv4 id */
    uint32_t serial;            /* of this round */
    uint16_t first_number;      /* of the first probe */
    uint16_t next_number;       /* of the next probe */
    uint16_t keyless_number;    /* its key would be 0: passed over */
    uint16_t idless_number;     /* its IPv4 id would be 0: passed over */
    uint32_t passed_over;       /* numbers between first_number and next_number without a probe */
    uint32_t first_timestamp;   /* TCP: of the first probe */
    uint32_t labelled_from;     /* index of the first probe with a length label; or HT_NO_PROBE */
    bool alone;                 /* one probe is on its way at a time: nothing else than that would
                                   tell which one is answered */
    uint32_t unlabelled;        /* probes without a label that were sent again with one, and whose
                                   own answers may still come */
};

/* Makes the permutation of the round's flow, which is complete, and sets the first number. */
void ht_probe_id_init(struct ht_round *round, uint16_t first_number);

/* Before the first probe: sets its timestamp. */
void ht_probe_id_begin(const struct ht_flow *flow, const struct ht_round_memory *recalled,
                       struct ht_probe_ids *ids, int64_t now_ns);

/* The key of the probe at this index, and its identity; where its key is known that takes half as
 * long. */
uint16_t ht_probe_id_key(const struct ht_round *round, uint32_t probe);
void ht_probe_id_of(const struct ht_round *round, uint32_t probe, struct ht_probe_id *id);
void ht_probe_id_with_key(const struct ht_round *round, uint32_t probe, uint16_t key,
                          struct ht_probe_id *id);

/* True if the number next_number + passed makes a key and an IPv4 id that are not 0. */
bool ht_probe_id_number_fits(const struct ht_probe_ids *ids, uint16_t passed);

/* Passes over the next `count` numbers: their keys are not free. */
void ht_probe_id_pass(struct ht_probe_ids *ids, uint16_t count);

/* The newest probe of this number. False: no probe of this number has left. */
bool ht_probe_id_find(const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                      uint16_t number, uint32_t *probe);

/* The number that makes this key; that makes this IPv4 id. The same in all rounds of a flow tag. */
uint16_t ht_probe_id_number_of_key(const struct ht_probe_ids *ids, uint16_t key);
uint16_t ht_probe_id_number_of_ip_id(const struct ht_probe_ids *ids, uint16_t ip_id);

/* The probable index of the probe of this number; of this timestamp: to be fetched before the
 * search for it. There may be no such probe. */
uint32_t ht_probe_id_index_of_number(const struct ht_probe_ids *ids, uint16_t number);
uint32_t ht_probe_id_index_of_timestamp(const struct ht_probe_ids *ids, uint32_t timestamp);

/* True if the number was one of the last round's, whose late answers may still come. */
bool ht_probe_id_is_stale(const struct ht_round_memory *recalled, const struct ht_probe_ids *ids,
                          uint16_t number);

/* The probe that carried this timestamp; the newest probe with this length label (not 0). False: no
 * probe with it has left. */
bool ht_probe_id_find_timestamp(const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                                uint32_t timestamp, uint32_t *probe);
bool ht_probe_id_find_length(const struct ht_flow *flow, const struct ht_probe_ids *ids,
                             const struct ht_probe_log *log, uint16_t length_label,
                             uint32_t *probe);

#endif
