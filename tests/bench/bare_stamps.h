/* The kernel's stamps for the bare loop: what exact times cost. */
#ifndef BENCH_BARE_STAMPS_H
#define BENCH_BARE_STAMPS_H

#include "bare_socket.h"

#include <stdint.h>

/* Packets of a call at most, in each direction. */
#define BARE_BATCH 64

/* Room for a stamp beside a packet, and in the error queue for what the kernel puts beside it. */
struct bare_stamp_room {
    _Alignas(8) uint8_t bytes[128];
};

struct bare_stamps {
    uint64_t sent, received; /* stamps that came, of each kind */
    struct mmsghdr queued[BARE_BATCH];
    struct bare_stamp_room queued_room[BARE_BATCH];
    struct bare_stamp_room out_room[BARE_BATCH];
    struct bare_stamp_room in_room[BARE_BATCH];
};

/* From now on packets that are received have stamps, and those that are sent get one if they ask
 * for it. `out` and `in`: the messages of all calls, BARE_BATCH each; `out` is made to ask. False
 * with errno set. */
bool bare_stamps_begin(struct bare_stamps *stamps, const struct bare_sockets *sockets,
                       struct mmsghdr *out, struct mmsghdr *in);

/* Takes the stamps of what was sent. */
void bare_stamps_take_sent(struct bare_stamps *stamps, const struct bare_sockets *sockets);

/* Takes those of `count` messages that were received, and makes all ready to receive again. */
void bare_stamps_take_received(struct bare_stamps *stamps, struct mmsghdr *in, size_t count);

#endif
