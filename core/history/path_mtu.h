/* What is known of a path's MTU. Pure. */
#ifndef HT_HISTORY_PATH_MTU_H
#define HT_HISTORY_PATH_MTU_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/report.h"

/* As struct ht_mtu. {0}: nothing is known. */
struct ht_path_mtu {
    uint16_t path; /* 0: not known */
    uint8_t limit_count;
    struct ht_mtu_limit limits[HT_MTU_LIMITS_MAX];
};

/* Where a search stood that was not finished. {0}: there is none. */
struct ht_mtu_unfinished {
    uint16_t good;     /* bytes of packets that have reached the end, */
    uint16_t bad;      /* of some that have not; 0: there is no such search */
    uint8_t near_ttl;  /* the latter have come up to here, */
    uint8_t far_ttl;   /* and not up to here; 0: that was not asked yet */
    uint8_t quiet_ttl; /* the quiet hops up to here were asked */
};

/* A change of what is remembered. */
struct ht_mtu_event {
    uint8_t hop; /* behind which packets must be smaller, or need not be any more; 0: this host */
    uint16_t old_mtu;
    uint16_t new_mtu;
};

/* Enters what a round has found in *known, made where it is NULL, as memory allows. True: the path
 * takes packets of another size than before, as *event says. */
bool ht_path_mtu_take(struct ht_path_mtu **known, const struct ht_mtu *found,
                      struct ht_mtu_event *event);

/* The path has changed: where its limits are is to be looked for anew. NULL is allowed. */
void ht_path_mtu_forget_limits(struct ht_path_mtu *known);

#endif
