/* Where packets come from and go to: a packet socket on the far end of a veth pair, or a
 * tun device. */
#ifndef SIMNET_LINK_H
#define SIMNET_LINK_H

#include "timerq.h"

#define LINK_BATCH 64

struct link;

/* A received packet. The bytes may be changed and are good until link_done. */
struct link_packet {
    uint8_t *bytes;                      /* the IP packet */
    size_t length;                       /* what was received; a longer packet is cut */
    int64_t arrival_ns;                  /* CLOCK_MONOTONIC */
    bool partial;                        /* the transport checksum was left to the device */
    uint8_t answer_header[FRAME_HEADER]; /* leads an answer back to the sender */
};

/* Each of these says on stderr what is wrong and returns NULL when it fails. */
struct link *link_open_device(const char *name); /* existing Ethernet device, AF_PACKET */
struct link *link_open_tun(const char *name);    /* creates the tun device and sets it up */
void link_close(struct link *link);

/* To be polled for input. */
int link_fd(const struct link *link);

/* Does the kernel stamp the arrivals? Else they are stamped when they are read. */
bool link_stamps(const struct link *link);

/* The next packet that has come, without waiting. False: none, for now. After true call
 * link_done before the next call. */
bool link_receive(struct link *link, struct link_packet *packet);
void link_done(struct link *link);

/* Sends up to LINK_BATCH frames. Returns how many the link refused. */
unsigned link_send(struct link *link, const struct frame *frames, unsigned count);

/* Takes a reported error away. False if the device is gone for good. */
bool link_usable(struct link *link);

/* Packets dropped before we could read them, since the last call. */
uint64_t link_drops(struct link *link);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t link_now_ns(void);

#endif
