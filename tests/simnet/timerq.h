/* Answers that wait for their time: a heap over slots that are all made beforehand, so
 * that nothing is allocated while packets flow. */
#ifndef SIMNET_TIMERQ_H
#define SIMNET_TIMERQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 14 /* Ethernet */
#define FRAME_MAX    2064

/* A packet with the frame header before it. The small ones are many: most answers are. */
struct frame {
    uint8_t *bytes;  /* FRAME_HEADER bytes, then the packet */
    uint32_t length; /* of both */
    uint32_t slot;
};

struct timer_entry {
    int64_t due_ns;
    uint64_t order; /* equal times leave in the order they came */
    uint32_t slot;
};

struct timerq {
    struct timer_entry *heap;
    uint32_t count, small, large; /* large slots are numbered behind the small ones */
    uint8_t *small_bytes, *large_bytes;
    uint32_t *lengths;
    uint32_t *free_small, *free_large;
    uint32_t free_small_count, free_large_count;
    uint64_t order;
};

/* Room for `small` answers up to 256 bytes and `large` ones up to FRAME_MAX. False
 * without memory; fini is safe then, too. */
bool timerq_init(struct timerq *queue, uint32_t small, uint32_t large);
void timerq_fini(struct timerq *queue);

/* Copies a packet with its frame header into the queue. False if there is no room. */
bool timerq_add(struct timerq *queue, const uint8_t header[FRAME_HEADER], const uint8_t *packet,
                size_t length, int64_t due_ns);

/* When the next one is due; INT64_MAX when there is none. */
int64_t timerq_next(const struct timerq *queue);

/* Takes the next one if it is due by now_ns. The bytes are good until timerq_release. */
bool timerq_take(struct timerq *queue, int64_t now_ns, struct frame *frame, int64_t *due_ns);
void timerq_release(struct timerq *queue, const struct frame *frame);

#endif
