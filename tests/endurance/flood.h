/* What the files of the flood share: flood.c steals probes and sends, garbage.c makes what is sent.
 */
#ifndef HT_TESTS_ENDURANCE_FLOOD_H
#define HT_TESTS_ENDURANCE_FLOOD_H

#include <stddef.h>
#include <stdint.h>

#include "paths.h"

#define BATCH     64
#define FRAME_MAX 1514
#define ETHERNET  14
#define STOLEN    64

/* The code at the end of what a payload says: nobody else can make it (core/wire/payload.h). */
#define CODE_OFFSET 8
#define CODE_LENGTH 4

struct frame {
    size_t length;
    uint8_t bytes[FRAME_MAX];
};

/* A probe that came by: an IP packet. */
struct stolen {
    size_t length;
    size_t payload; /* where it begins */
    uint8_t bytes[128];
};

struct flood {
    int fd;
    int wire_fd;
    uint8_t mac[6]; /* of the host */
    struct paths paths;
    struct ht_address host4;
    struct ht_address host6;
    struct ht_address forger4;
    struct ht_address forger6;
    uint16_t local_id;
    uint64_t random;
    uint64_t sent;
    uint64_t stolen_count;
    uint64_t told; /* answers to stolen probes */
    struct stolen stolen[STOLEN];
    struct frame frames[BATCH];
};

/* Makes a frame of some kind of garbage. */
void garbage_make(struct flood *flood, struct frame *frame);

#endif
