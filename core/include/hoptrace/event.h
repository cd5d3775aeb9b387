/* What has changed of a target, as found by comparing its rounds: plain data. */
#ifndef HT_HOPTRACE_EVENT_H
#define HT_HOPTRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/export.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"

HT_BEGIN_C

/* Later versions add kinds at the end. */
enum ht_event_kind {
    HT_EVENT_PATH_CHANGED,    /* an address answers at a ttl where others were known */
    HT_EVENT_ADDRESS_CHANGED, /* the target's name has another address */
    HT_EVENT_LOSS_BEGAN,      /* loss of the path is significant */
    HT_EVENT_LOSS_ENDED,
    HT_EVENT_RTT_ROSE, /* the time is above the usual one */
    HT_EVENT_RTT_FELL,
    HT_EVENT_UNREACHED, /* two rounds in a row without an answer of the target */
    HT_EVENT_REACHED,
    HT_EVENT_COMMON_CAUSE, /* at least 8 targets told the same at the same place within 10 s; told
                              as an event of the first of them */
    HT_EVENT_MARKING_CHANGED, /* a hop quotes another TOS or traffic class than before */
    HT_EVENT_MTU_CHANGED,     /* the path takes packets of another size than before */
    HT_EVENT_KINDS
};

enum ht_severity { HT_SEVERITY_OKAY, HT_SEVERITY_WARNING, HT_SEVERITY_FAILURE };

/* Longest message, with its terminator. */
#define HT_EVENT_MESSAGE_MAX 256

/* An event and the record of the round that found it agree. Later versions add members at the
 * end. */
struct ht_event {
    enum ht_event_kind kind;
    enum ht_severity severity;
    char message[HT_EVENT_MESSAGE_MAX]; /* a sentence that names the target */

    /* As in the record. */
    const char *name;
    const char *host;
    const struct ht_tag *tags;
    size_t tag_count;
    void *user;
    struct ht_address address;
    const char *address_zone;
    enum ht_family family;
    enum ht_protocol protocol;
    uint16_t port; /* 0 for ICMP */

    int64_t time_ns; /* wall clock, since 1970: the record's, or that of the earlier record of which
                        the first sign was part */
    uint16_t flow;   /* 0: the target's only flow */

    /* HT_EVENT_ADDRESS_CHANGED: of the target; HT_EVENT_PATH_CHANGED: of the node at `ttl` with the
     * most answers before, and since. */
    struct ht_address old_address;
    struct ht_address new_address;
    const char *old_zone; /* of old_address; NULL: none, or unknown */
    const char *new_zone;

    /* HT_EVENT_PATH_CHANGED. */
    uint8_t ttl;          /* lowest at which the path is another one */
    uint8_t old_hops;     /* hop_count of the last record before */
    uint8_t new_hops;     /* hop_count of the record */
    bool has_old_path_id; /* old_path_id is known */
    bool has_new_path_id;
    uint32_t old_path_id; /* of the last record before */
    uint32_t new_path_id; /* of the path as it is since */
    bool seen_before;     /* an earlier path of this target has come back */

    /* All but HT_EVENT_PATH_CHANGED and _ADDRESS_CHANGED: between which hops. */
    bool has_place;                  /* the hops are known */
    uint8_t after_hop;               /* the last hop before it; 0: this host */
    uint8_t by_hop;                  /* the first one behind it */
    struct ht_address after_address; /* of these hops; HT_IP_NONE: unknown */
    struct ht_address by_address;
    const char *after_zone;
    const char *by_zone;

    double loss_percent; /* HT_EVENT_LOSS_BEGAN, _LOSS_ENDED: of the window; NaN: unknown */
    double rtt_ms;       /* HT_EVENT_RTT_ROSE, _RTT_FELL: of the last rounds; NaN: unknown */
    double usual_rtt_ms; /* the same: before; NaN: not known any more */

    /* HT_EVENT_UNREACHED, _REACHED: of the record. */
    enum ht_status status;
    enum ht_stop_reason stop_reason;
    uint8_t last_hop; /* the last one that answered; 0: none */
    struct ht_address last_address;
    const char *last_zone;

    /* HT_EVENT_COMMON_CAUSE */
    enum ht_event_kind of;    /* what it sums up */
    uint32_t targets;         /* how many targets told it */
    const char *const *names; /* of the first of them */
    size_t name_count;        /* 20 at most */

    uint16_t flows; /* how many the target has; 0 and 1: one */

    /* HT_EVENT_MARKING_CHANGED: the first hop that quotes another value than before.
     * HT_EVENT_MTU_CHANGED: behind which packets must be smaller (ht_mtu_limit.ttl), or need not be
     * any more; 0: this host. */
    uint8_t hop;
    uint8_t old_tos; /* what it quoted before */
    uint8_t new_tos;

    /* HT_EVENT_MTU_CHANGED: bytes of the largest packets that reach the target. */
    uint16_t old_mtu;
    uint16_t new_mtu;
};

/* "path_changed", "address_changed"; "okay", "warning", "failure". Static; "" for other values. */
HT_API const char *ht_event_name(enum ht_event_kind kind);
HT_API const char *ht_severity_name(enum ht_severity severity);

/* A deep copy in one block, independent of the engine; NULL: no memory. */
HT_API struct ht_event *ht_event_copy(const struct ht_event *event);

/* Frees what ht_event_copy gave. NULL is allowed. */
HT_API void ht_event_free(struct ht_event *event);

HT_END_C

#endif
