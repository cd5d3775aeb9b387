/* The search for a path's MTU, as questions about packets of one size and ttl and their answers.
 *
 * Packets that may not be fragmented pass every link whose MTU is at least their size. The router
 * before the first narrower one says so (too big), or drops them in silence, a black hole. Only an
 * answer proves anything: that nothing came may be loss, and is believed after several tries, more
 * of them where a hop is to be blamed. A path without a narrow link costs one question; one that is
 * as it was costs two.
 *
 * Invariant: good < bad; packets of `good` bytes have passed, packets of `bad` bytes have not, or
 * are larger than any that may be sent. */
#ifndef HT_PROBING_MTU_SEARCH_H
#define HT_PROBING_MTU_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

/* Narrow links of a path that are told. */
#define HT_MTU_LIMITS_MAX 8

/* A hop behind which packets must be smaller. */
struct ht_mtu_limit {
    uint8_t ttl;               /* the router that says so; of a silent one the last hop that larger
                                  packets have reached (0: this host) */
    bool silent;               /* nobody says so */
    uint16_t mtu;              /* bytes of the largest packet that gets through */
    struct ht_address address; /* of the router that says so; HT_IP_NONE: silent */
};

struct ht_mtu_result {
    uint16_t path; /* bytes of the largest packet that has reached the end; 0: not known yet */
    uint8_t limit_count;
    struct ht_mtu_limit limits[HT_MTU_LIMITS_MAX]; /* in the order in which larger packets meet
                                                      them: by falling MTU; the last one limits the
                                                      path */
};

/* What a search begins with. */
struct ht_mtu_task {
    uint16_t least;        /* bytes of packets that are known to pass */
    uint16_t most;         /* bytes of the largest packet that may be sent: the device's MTU */
    uint16_t least_mtu;    /* that a link may have: 68 (RFC 791), 1280 (RFC 8200) */
    uint8_t end_ttl;       /* where the path ends, or its last hop that answers */
    uint8_t answering[32]; /* bit ttl: the hop answers */
};

/* Send a packet of this size with this ttl; if nothing comes, again, up to so many times in all. */
struct ht_mtu_question {
    uint16_t size;
    uint8_t ttl;
    uint8_t tries;
};

enum ht_mtu_outcome {
    HT_MTU_PASSED,  /* the hop at the ttl, or the destination, has answered */
    HT_MTU_TOO_BIG, /* a router refused it */
    HT_MTU_NOTHING  /* no answer to any try */
};

struct ht_mtu_answer {
    enum ht_mtu_outcome outcome;
    uint8_t ttl;               /* HT_MTU_TOO_BIG: of the router */
    uint16_t mtu;              /* that it tells; 0: none (RFC 1191 section 3) */
    struct ht_address address; /* its */
};

enum ht_mtu_stage {
    HT_MTU_CHECKING, /* whether the path is as it was */
    HT_MTU_SIZING,   /* which packets reach the end */
    HT_MTU_PLACING,  /* up to where those that do not come, in silence */
    HT_MTU_DONE
};

struct ht_mtu_search {
    struct ht_mtu_task task;
    struct ht_mtu_result result;
    struct ht_mtu_limit wall; /* what stops packets of `bad` bytes; mtu 0: nothing is known of it */
    enum ht_mtu_stage stage;
    uint16_t good;
    uint16_t bad;
    uint8_t near_ttl; /* HT_MTU_PLACING: packets of `bad` bytes have come up to here, */
    uint8_t far_ttl;  /* and not up to here */
    bool far_is_sure; /* that was asked with more tries */
    bool confirms;    /* it is being asked so */
    uint8_t
        questions; /* asked so far: a path on which packets take turns must not be asked for ever
                    */
};

/* `before`: what an earlier search of the same path found; NULL: nothing. */
void ht_mtu_search_begin(struct ht_mtu_search *search, const struct ht_mtu_task *task,
                         const struct ht_mtu_result *before);

/* The next question; false: the search is over, and the result is there. */
bool ht_mtu_search_next(const struct ht_mtu_search *search, struct ht_mtu_question *question);

/* Takes the answer to it. */
void ht_mtu_search_take(struct ht_mtu_search *search, const struct ht_mtu_answer *answer);

#endif
