/* The search for a path's MTU, as questions about packets of one size and ttl and their answers.
 *
 * Packets that may not be cut to pieces pass every link whose MTU is at least their size. The
 * router before the first narrower one says so (too big), or drops them in silence, a black hole.
 * Only an answer proves anything: that nothing came may be loss, or a rate limit, and is believed
 * as far as others like them, but small enough, are answered meanwhile (mtu_tries.h); more of them
 * where a hop is to be blamed. A path without a narrow link costs one question; so does one that is
 * as it was.
 *
 * A black hole lies behind the last hop that packets of `bad` bytes reach. Its place is told once
 * no hop before the first that they do not reach is left to be asked. That includes the quiet ones:
 * that a hop has not answered the usual probes may be loss, too. Where a hop answers too little for
 * a proof, or hops may not be asked, nothing is told.
 *
 * Invariant: good < bad; packets of `good` bytes have passed, packets of `bad` bytes have not, or
 * are larger than any that may be sent. Pure. */
#ifndef HT_PROBING_MTU_SEARCH_H
#define HT_PROBING_MTU_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/path_mtu.h"
#include "hoptrace/address.h"

/* What a search begins with. */
struct ht_mtu_task {
    uint16_t least;        /* bytes of packets that are known to pass */
    uint16_t most;         /* bytes of the largest packet that may be sent: the device's MTU */
    uint16_t least_mtu;    /* that a link may have: 68 (RFC 791), 1280 (RFC 8200) */
    uint8_t first_ttl;     /* the first hop that may be asked; 0: as 1 */
    uint8_t end_ttl;       /* the destination's */
    uint8_t answering[32]; /* bit ttl: the hop has answered usual probes. The others are quiet */
};

/* Do packets of this size get to this ttl? */
struct ht_mtu_question {
    uint16_t size;
    uint16_t control; /* bytes of packets that are known to get there */
    uint8_t ttl;
    uint8_t needed; /* control packets that are answered, if none is lost, before silence of those
                       of `size` means no (mtu_tries.h) */
    bool both;      /* whether the control packets still get there is part of the question */
    bool quiet;     /* so is whether the hop answers anything */
};

enum ht_mtu_outcome {
    HT_MTU_PASSED,  /* the hop at the ttl, or the destination, has answered */
    HT_MTU_TOO_BIG, /* a router refused a packet */
    HT_MTU_STOPPED, /* they do not get there, in silence */
    HT_MTU_SILENT,  /* a quiet hop has answered no packet at all */
    HT_MTU_UNKNOWN  /* no proof: too few control packets are answered */
};

/* Of ht_mtu_answer.ttl: where the router is, is not known. */
#define HT_MTU_ANY_TTL UINT8_MAX

struct ht_mtu_answer {
    enum ht_mtu_outcome outcome;
    uint8_t ttl;               /* HT_MTU_TOO_BIG: of the router; 0: this host */
    uint16_t size;             /* the same: of the packet */
    uint16_t mtu;              /* that the router tells; 0: none (RFC 1191 section 3) */
    struct ht_address address; /* its */
};

enum ht_mtu_stage {
    HT_MTU_CHECKING, /* whether the path is as it was */
    HT_MTU_SIZING,   /* which packets reach the end */
    HT_MTU_PLACING,  /* up to where those come that do not */
    HT_MTU_DONE
};

struct ht_mtu_search {
    struct ht_mtu_task task;
    struct ht_path_mtu result; /* HT_MTU_DONE: path 0: it could not be found out */
    struct ht_mtu_limit wall;  /* what stops packets of `bad` bytes; mtu 0: it does not tell */
    bool wall_unplaced;        /* which hop's it is, is not known */
    enum ht_mtu_stage stage;
    uint16_t good;
    uint16_t bad;
    uint16_t hint;      /* the size to ask about next, where it is between them */
    uint8_t near_ttl;   /* HT_MTU_PLACING: packets of `bad` bytes have come up to here, */
    uint8_t far_ttl;    /* and not up to here */
    uint8_t quiet_ttl;  /* the quiet hops up to here were asked */
    bool far_is_sure;   /* far_ttl was asked with more packets */
    bool confirms;      /* it is being asked so */
    uint8_t unsure[32]; /* bit ttl: the hop answers, but too little for a proof */
    uint8_t questions;  /* so far: a path on which packets take turns must not be asked for ever */
};

/* `before`: what an earlier search of the same path found; path 0: nothing. `unfinished`: a later
 * one that goes on instead; bad 0: none. */
void ht_mtu_search_begin(struct ht_mtu_search *search, const struct ht_mtu_task *task,
                         const struct ht_path_mtu *before,
                         const struct ht_mtu_unfinished *unfinished);

/* The next question; false: the search is over, and the result is there. */
bool ht_mtu_search_next(const struct ht_mtu_search *search, struct ht_mtu_question *question);

/* Takes the answer to it. */
void ht_mtu_search_take(struct ht_mtu_search *search, const struct ht_mtu_answer *answer);

/* Where a search that is not over stands. */
struct ht_mtu_unfinished ht_mtu_search_leave(const struct ht_mtu_search *search);

#endif
