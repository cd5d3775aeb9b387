/* Somebody who forges answers: what he knows of a probe, and how he makes up the rest. */
#ifndef HT_FORGERY_LIAR_H
#define HT_FORGERY_LIAR_H

#include <stddef.h>
#include <stdint.h>

#include "model/packet.h"
#include "packet.h"

enum knowledge {
    KNOWS_TARGETS,   /* off the path: addresses, protocol, destination port, nothing else */
    KNOWS_CONSTANTS, /* what all probes of the flow have in common: another process of this host, or
                        who has seen probes of it in an earlier process */
    HAS_SEEN_OTHERS, /* the same, and other probes of this round */
    HAS_SEEN_LAST,   /* the same, and all of the last round: shows them again */
    KNOWLEDGE
};

enum vehicle {
    BY_EXCEEDED,    /* a router's time exceeded, that quotes a probe */
    BY_UNREACHABLE, /* port unreachable in the target's name */
    BY_ELSEWHERE,   /* time exceeded, whose quote has another destination, as behind a translator */
    BY_ECHO,        /* the target's echo reply */
    BY_ACCEPTANCE,  /* its SYN-ACK, with a timestamp */
    BY_RESET,       /* its reset */
    VEHICLES
};

struct liar {
    enum knowledge knowledge;
    enum vehicle vehicle;
    uint32_t quote; /* most bytes of the transport part that he quotes */
    uint64_t random;
};

/* A probe as it left. */
struct seen {
    uint8_t bytes[HT_PACKET_MAX];
    size_t length;
};

/* Makes an answer to a probe that he makes up after the model of `probe`, of which he knows what
 * his knowledge is. Returns its length, 0: this vehicle says nothing of this protocol. `reply` has
 * room for REPLY_MAX bytes and is as a raw socket gives it; *from is who signs it. */
size_t liar_lies(struct liar *liar, const struct seen *probe, struct ht_address *from,
                 uint8_t *reply);

#endif
