/* The sockets that targets need, and this process's reserved numbers: opened when the first target
 * needs them, and tried again where that may help. */
#ifndef HT_API_OPENING_H
#define HT_API_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "hoptrace/settings.h"
#include "model/local_ids.h"
#include "net/reserve.h"

struct ht_engine;

/* One thing to open. */
struct ht_opening {
    bool tried;
    struct ht_error error; /* HT_OK: it is open */
};

struct ht_openings {
    uint64_t host_secret[2]; /* where the search for a number begins */
    struct ht_reservation reservations[HT_FLOWS_SEARCHED];
    struct ht_local_ids ids;   /* the numbers that `reservations` hold */
    uint16_t asked_ports;      /* what `ports` tells of: how many a target needs */
    struct ht_opening number;  /* the first reservation: what every target needs */
    struct ht_opening ports;   /* the others: what targets with several flows need besides */
    struct ht_opening icmp[2]; /* IPv4, IPv6: what every target of the family needs besides */
    struct ht_opening tcp[2];  /* what its TCP targets need besides */
    struct ht_opening echo[2]; /* what its ICMP targets need besides */
    struct ht_opening mark;    /* what targets with a mark need besides */
    bool no_mtu_told;          /* that TCP has no path MTU */
    bool refusal_told;         /* that raw sockets were refused, and others are used */
    int64_t reserve_again_ns;  /* earliest next search after all numbers were found taken */
};

/* Opens the sockets that a target with these settings needs for a family (4 or 6), and reserves the
 * numbers, unless that is done or will never succeed. NULL: it is done; else why not, or why its
 * packets cannot be marked. */
const struct ht_error *ht_opening_open(struct ht_engine *engine, uint8_t ip_version,
                                       const struct ht_settings *settings);

/* Reserves more numbers than there are, as far as they can be had: a search for all paths lacks
 * them. `user`: the engine. */
void ht_opening_reserve_more(void *user);

/* Holds no numbers; lets them go. */
void ht_openings_init(struct ht_openings *openings);
void ht_openings_fini(struct ht_openings *openings);

/* Closes the TCP sockets of both families. */
void ht_opening_close_tcp(struct ht_engine *engine);

#endif
