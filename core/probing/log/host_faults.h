/* Faults of this host during a round: none is the network's, nor shown as its loss. */
#ifndef HT_PROBING_HOST_FAULTS_H
#define HT_PROBING_HOST_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* The last time that the kernel refused to hand over received packets. */
struct ht_unread {
    int64_t when_ns; /* INT64_MIN: never */
    int sys_errno;
};

struct ht_host_faults {
    int64_t busy_since_ns; /* since when a send queue of this host is full; HT_NEVER: none is */
    bool cut_off;          /* this host's kernel cannot get a packet out: no more is sent */
    bool out_of_memory;    /* memory was refused: the measurement is incomplete */
    int refusal;           /* errno of the last send that this host refused; 0: none */
    int64_t overflowed_ns; /* when this host last dropped received packets; INT64_MIN: never */
    struct ht_unread unread;
};

#endif
