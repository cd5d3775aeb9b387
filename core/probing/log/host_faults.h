/* What this host did to a round: none of it is the network's doing. */
#ifndef HT_PROBING_HOST_FAULTS_H
#define HT_PROBING_HOST_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* The kernel refused to hand over what was received. */
struct ht_unread {
    int64_t when_ns; /* INT64_MIN: it never did */
    int sys_errno;
};

struct ht_host_faults {
    int64_t busy_since_ns;   /* queues here have been full since then; HT_NEVER: they are not */
    bool cut_off;            /* this host's kernel cannot get a packet out: no more is sent */
    bool out_of_memory;      /* what was measured is incomplete for want of memory */
    int refusal;             /* errno of the last send that this host refused; 0: none */
    int64_t overflowed_ns;   /* when this host last dropped answers; INT64_MIN: it did not */
    struct ht_unread unread; /* when answers could last not be read */
};

#endif
