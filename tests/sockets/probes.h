/* Probes and what comes of them, for the tests of core/net. */
#ifndef HT_TESTS_NET_PROBES_H
#define HT_TESTS_NET_PROBES_H

#include <stddef.h>
#include <stdint.h>

#include "model/packet.h"
#include "net/sockets.h"

/* The id that the tests' sockets are opened for. */
#define TEST_ID 61001
extern const struct ht_local_ids test_ids; /* it alone */

struct ht_address address_of(const char *text);

/* An ICMP echo request with this id and sequence number. */
void make_probe(struct ht_outgoing *packet, const char *source, const char *destination,
                uint16_t local_id, uint16_t key);

/* What came in within a time. */
struct harvest {
    size_t received;
    size_t kernel_stamps;
    uint64_t overflows;
    int64_t first_ns; /* of the first packet */
    int64_t last_ns;
    int hop_limit;     /* of the last */
    uint16_t last_key; /* sequence number of the last, if it is an echo reply */
    struct ht_address from;
};

/* Reads until `wanted` packets came or nothing has for `quiet_ms`. */
struct harvest reap(struct ht_sockets *sockets, uint8_t ip_version, size_t wanted, int quiet_ms);

/* Sockets with this family open for TEST_ID; ends the program with a `not ok` line if refused. */
struct ht_sockets *open_sockets(uint8_t ip_version);

#endif
