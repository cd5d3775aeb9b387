/* The record of one round of one target: plain data. Unknown numbers are NaN, never 0. */
#ifndef HT_HOPTRACE_REPORT_H
#define HT_HOPTRACE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/export.h"
#include "hoptrace/settings.h"

HT_BEGIN_C

enum ht_status {
    HT_STATUS_REACHED,
    HT_STATUS_INCOMPLETE, /* silence, a loop, the deadline, an interruption */
    HT_STATUS_UNREACHABLE,
    HT_STATUS_RESOLVE_ERROR,
    HT_STATUS_PERMISSION_ERROR,
    HT_STATUS_ERROR
}; /* the values are the result_code of the outputs */

enum ht_stop_reason {
    HT_STOP_DESTINATION,
    HT_STOP_UNREACHABLE,
    HT_STOP_GAP_LIMIT,
    HT_STOP_MAX_TTL,
    HT_STOP_LOOP,
    HT_STOP_DEADLINE,
    HT_STOP_INTERRUPTED,
    HT_STOP_RESOLVE_ERROR,
    HT_STOP_PERMISSION_ERROR,
    HT_STOP_ERROR
};

enum ht_time_source {
    HT_TIME_USER,      /* departure and arrival read from a clock by this process */
    HT_TIME_KERNEL_RX, /* arrival stamped by the kernel */
    HT_TIME_KERNEL     /* departure and arrival stamped by the kernel */
};

/* Round-trip times over the replies; NaN without replies. */
struct ht_rtt {
    double min_ms;
    double avg_ms;
    double max_ms;
    double stddev_ms; /* divided by n, not n - 1: 0 for one reply */
    double median_ms; /* nearest rank */
    double p95_ms;    /* nearest rank */
    double jitter_ms; /* mean absolute difference of consecutive replies in sending order; NaN with
                         fewer than 2 replies */
};

/* One entry of an MPLS label stack, RFC 4950. */
struct ht_mpls {
    uint32_t label;
    uint8_t tc;
    bool bottom;
    uint8_t ttl;
};

/* The longest name of an interface, in bytes (RFC 5837 section 4.3). */
#define HT_INTERFACE_NAME_MAX 63

/* What a router says an interface is to the packet that it quotes, RFC 5837 section 4.1. */
enum ht_interface_role {
    HT_INTERFACE_INCOMING,     /* the packet came in by it */
    HT_INTERFACE_SUB_INCOMING, /* a component of that, below IP: a member of a bundle */
    HT_INTERFACE_OUTGOING,     /* the packet would have left by it */
    HT_INTERFACE_NEXT_HOP      /* the next router, to which the packet would have gone */
};

/* One interface, RFC 5837. What the router leaves out is 0, HT_IP_NONE, an empty name. */
struct ht_interface {
    enum ht_interface_role role;
    uint32_t index; /* ifIndex, RFC 2863 */
    uint32_t mtu;   /* bytes */
    struct ht_address address;
    char name[HT_INTERFACE_NAME_MAX + 1]; /* ifName: any bytes, up to the first 0 */
};

/* Interfaces of a node, those that stand first. */
#define HT_INTERFACES_MAX 4

/* Fields of a probe that translators and firewalls rewrite. */
enum ht_quoted_field {
    HT_QUOTED_CHECKSUM, /* of ICMP, UDP or TCP */
    HT_QUOTED_ID,       /* IPv4 */
    HT_QUOTED_SOURCE,
    HT_QUOTED_SEQUENCE,   /* TCP */
    HT_QUOTED_FLOW_LABEL, /* IPv6 */
    HT_QUOTED_DESTINATION,
    HT_QUOTED_PORT, /* UDP, TCP: the destination's */
    HT_QUOTED_FIELDS
};

/* The bits of TOS or traffic class that are ECN's (RFC 3168); the others are DSCP (RFC 2474). */
#define HT_ECN_MASK 0x03U

/* A change of what packets are marked with, their TOS or traffic class, as quotes tell it. */
struct ht_marking {
    uint8_t ttl;       /* the first hop that quotes the new value */
    uint8_t after_ttl; /* the last one before it that quotes the old value; 0: this host */
    uint8_t from;
    uint8_t to;
};

/* A hop that rewrites other fields, or sees them first. */
struct ht_translator {
    uint8_t ttl;  /* the first hop that quotes these fields otherwise than they left this host */
    uint8_t what; /* 1 << enum ht_quoted_field, each field of a flow at one hop only */
};

/* Narrow links of a path that are told. */
#define HT_MTU_LIMITS_MAX 8

/* A hop behind which packets must be smaller than those that get to it. */
struct ht_mtu_limit {
    uint8_t ttl; /* the router that says so; of a silent one the last hop that larger packets reach;
                    0: this host */
    bool silent; /* no router says so: larger packets vanish */
    uint16_t mtu;              /* bytes of the largest packet, IP header included, that gets on */
    struct ht_address address; /* of the router at `ttl`; HT_IP_NONE: unknown */
};

/* The path MTU: of one flow, towards the target (of ICMP the way back as well, since answers are as
 * long as requests). */
struct ht_mtu {
    uint16_t path; /* bytes of the largest packet, IP header included, that reaches the target */
    const struct ht_mtu_limit *limits; /* as larger packets meet them, by falling MTU: the last one
                                          limits the path, and no other is silent. None: this
                                          host's device limits it */
    size_t limit_count;                /* HT_MTU_LIMITS_MAX at most */
};

/* What is known of an address that answered, from its last reply unless it says otherwise. It is
 * the same in a reply, in a round, among hops that are shared, and in the report. */
struct ht_node_facts {
    struct ht_address address;
    const struct ht_mpls *mpls;            /* the label stack, outermost first; NULL: none */
    const struct ht_interface *interfaces; /* in the router's order; NULL: none */
    uint16_t received;                     /* replies of the round */
    uint8_t mpls_count;
    uint8_t interface_count;
    uint8_t reply_ttl;  /* as the reply arrived; 0: unknown */
    uint8_t reply_hops; /* hops of its way back, this host's among them: of the initial ttls that
                           are in use the least possible one, less reply_ttl, plus 1. As many as its
                           ttl where the way back is as long as the way there; 0: unknown */
    uint8_t icmp_type;  /* meaningless if by_tcp */
    uint8_t icmp_code;
    uint8_t refusal : 6; /* number of its last refusal of a packet, even if it answered in another
                            way since; 0: it refused none */
    bool by_tcp : 1;     /* a TCP segment: it has no type and code */
    bool proven : 1;     /* quotes that prove little came more than once: it is believed since */
    bool quoted : 1;     /* an ICMP error of it quoted a probe: the next four are of the last one */
    uint8_t quoted_tos;  /* TOS or traffic class of the probe */
    uint8_t quoted_ttl;  /* ttl or hop limit of the probe, as the router received it */
    uint8_t quoted_fields; /* fields that the quote shows, a bit each: 1 << enum ht_quoted_field */
    uint8_t rewritten;     /* those of them that differ from what left this host */
    uint8_t reply_tos;     /* IPv4: TOS of the reply */
};

/* One address that answered at a hop. */
struct ht_node {
    struct ht_node_facts facts;
    const char *zone;     /* name of its scope's device ("eth0"); NULL: none, or unknown */
    const char *hostname; /* NULL: unknown or not asked for */
    const char *refusal;  /* facts.refusal in words ("host unreachable"); NULL: none. Static */
    uint32_t asn;         /* autonomous system that announces the address; 0: unknown */
    const char *as_name;  /* its name; NULL: unknown */
    struct ht_rtt rtt;
    /* Of a target with several flows; else NULL, 0, 0, NaN. */
    const uint16_t *flows; /* the flows that it answered, by rising number */
    size_t flow_count;
    uint32_t flows_sent; /* probes of these flows at its ttl */
    double loss_percent; /* share of these probes that nothing answered */
    uint8_t branch;      /* number of the node among those of its ttl, 1 to 16; the same one as long
                            as the target is remembered. 0: it was always alone there, or is one of
                            more than 16 */
};

/* Nodes of a ttl that have a number. */
#define HT_BRANCHES_MAX 16

/* One flow of a target with several. */
struct ht_flow_result {
    uint16_t flow;        /* its number, from 0 on */
    uint8_t hop_count;    /* as in the report, of this flow's path */
    uint16_t source_port; /* 0 for ICMP */
    enum ht_status status;
    bool has_path_id;
    uint32_t path_id;
    uint32_t sent; /* end to end: probes at the destination's ttl. Where no probe of the flow was
                      answered by the destination: at the ttl where the longest other flow has it;
                      without one, at the last ttl probed */
    uint32_t received;
    double loss_percent; /* NaN: nothing was sent, or it is not known yet */
    struct ht_rtt rtt;   /* end to end */
};

/* Two nodes, at ttl and ttl + 1, that answered the same flow. Where a flow has several nodes at
 * both ttls, which of them follow each other is unknown, and not told; nor what the same flow
 * showed at two ttls behind a router that a search for all paths has found to take turns packet by
 * packet. */
struct ht_node_link {
    uint8_t ttl; /* of `from` */
    struct ht_address from;
    struct ht_address to;
    const char *from_zone; /* as a node's */
    const char *to_zone;
    const uint16_t *flows; /* by rising number */
    size_t flow_count;
};

/* A ttl with several nodes. */
struct ht_balancer {
    uint8_t ttl;
    bool by_packet; /* one flow has several nodes there; else each flow has one */
    uint16_t width; /* nodes */
};

/* What the flows of a target show together. */
struct ht_multipath {
    uint16_t flows;
    uint16_t paths;       /* different paths of the flows: two differ if at a ttl where both were
                             answered their main nodes differ */
    uint16_t width;       /* most nodes of one ttl */
    uint16_t lossy_flows; /* flows that pass a lossy node */
    bool has_proof;       /* whether all branches were seen is known: */
    bool complete;        /* they were, with this confidence */
    double confidence;    /* percent; NaN: without proof */
    struct ht_address lossy_node;  /* HT_IP_NONE: none */
    struct ht_address lossy_after; /* HT_IP_NONE: none, or unknown */
    const char *lossy_node_zone;
    const char *lossy_after_zone;
    const struct ht_balancer *balancers; /* by rising ttl */
    size_t balancer_count;
};

/* What the last rounds of a target that is remembered show together (libhoptrace(3)). */
struct ht_report_window {
    uint16_t rounds; /* that these numbers are of */
    uint32_t sent;   /* end to end */
    uint32_t received;
    double loss_percent; /* NaN: nothing was sent */
    struct ht_rtt rtt;   /* end to end; jitter_ms: the mean of the rounds' */
    bool loss_significant;
    bool has_loss_place;    /* between which hops it begins is known */
    uint8_t loss_after_hop; /* the last hop before it; 0: this host */
    uint8_t loss_by_hop;    /* the first one behind it */
    bool rtt_risen;
    bool has_rtt_place;
    uint8_t rtt_after_hop;
    uint8_t rtt_by_hop;
};

struct ht_hop {
    uint8_t ttl;
    bool shared; /* measured for another target in the same round */
    uint32_t sent;
    uint32_t received;
    double loss_percent; /* NaN if nothing was sent */
    struct ht_rtt rtt;
    const struct ht_node *nodes; /* in the order of their first reply, 256 at most */
    size_t node_count;           /* 0: a silent hop */
    uint32_t other_received;     /* replies from further addresses */
    /* Of a target that is remembered; NaN: unknown. */
    double path_loss_percent;   /* loss that goes on to the destination */
    double window_loss_percent; /* of this hop, over the window */
    double rate_limit_pps;      /* answers a second that the router gives at most; NaN: no limit is
                                   known */
};

struct ht_report {
    /* Copies of the target's members. */
    const char *name;
    const char *host;
    const struct ht_tag *tags;
    size_t tag_count;
    void *user;

    struct ht_address address; /* HT_IP_NONE if the name did not resolve */
    struct ht_address source;  /* HT_IP_NONE if never known */
    const char *address_zone;  /* as a node's; NULL: none, or unknown */
    const char *source_zone;
    enum ht_family family; /* of address; without one, what was asked for */
    enum ht_protocol protocol;
    uint16_t port;   /* 0 for ICMP */
    uint8_t max_ttl; /* setting of the target, for the head of a record */
    uint16_t probes; /* setting of the target, likewise: of each flow */

    int64_t time_ns;     /* wall clock, since 1970: first probe left, or target was given up */
    int64_t duration_ns; /* from time_ns until the record closed: no probe was awaited any more */

    enum ht_status status;
    enum ht_stop_reason stop_reason;
    const char *error; /* a sentence, or NULL */

    /* Of a record that was cut short (HT_STOP_DEADLINE, HT_STOP_INTERRUPTED). */
    bool reached_unknown; /* the destination had not answered yet, and may be reachable */
    bool path_unknown;    /* the end of the path, or a hop before it, was not found out yet */

    uint8_t hop_count; /* last ttl of the path; 0: nothing answered; with path_unknown: so far */
    bool has_path_id;
    uint32_t path_id;

    uint32_t sent;         /* every probe that left this host, retries included; not the ones that
                              were still awaited when the record was cut short */
    uint32_t received;     /* replies within the timeout, at most one a probe */
    uint32_t local_errors; /* probes that this host could not send, or not read the answers of */
    uint32_t rx_overflows; /* received packets that this host dropped during the round */
    uint32_t forged; /* answers that named a probe of this target, or its flow, and were refused */
    enum ht_time_source time_source;

    double loss_percent; /* end to end; NaN if nothing was sent, or not known yet */
    struct ht_rtt rtt;   /* end to end */

    const struct ht_hop *hops; /* from first_ttl to hop_count */
    size_t listed_hops;

    /* Of a target that is remembered: those with an interval, all with a state file. */
    bool remembered;       /* false: there is no memory, and of these nothing is known */
    uint32_t path_changes; /* of this memory, this record's among them */
    int64_t path_since_ns; /* wall clock: the last change; before there is one, the first record */
    /* How many events were told of the target, this record's among them, by enum ht_event_kind;
     * event_kinds of them. NULL without memory. */
    const uint32_t *event_counts;
    size_t event_kinds;
    const struct ht_report_window *window; /* NULL without memory */

    /* Of a target with several flows; else NULL and 0. Hops, and their counts and nodes, are then
     * those of all flows; `loss_percent` and `rtt` are of all flows' end-to-end probes, `status` is
     * that of the flow that came farthest, and `hop_count` the longest path's. */
    const struct ht_flow_result *flows; /* by number */
    size_t flow_count;
    const struct ht_node_link *links; /* by rising ttl */
    size_t link_count;
    const struct ht_multipath *multipath;
    const uint32_t *as_path; /* known systems of the hops in order, each once in a row */
    size_t as_path_count;
    const struct ht_marking *marking; /* by rising ttl; of several flows each change once */
    size_t marking_count;
    const struct ht_translator *translators; /* by rising ttl */
    size_t translator_count;
    bool hides_hop_values; /* setting of the target: stores have no values for each hop */

    enum ht_sockets_kind sockets; /* by which it was measured; HT_SOCKETS_AUTO: by none */

    const int64_t *rtts_ns; /* of each reply that `rtt` is of, in no order */
    size_t rtt_count;

    const struct ht_mtu *mtu; /* NULL: not asked for, or not found out; of TCP always */
    bool asks_mtu;            /* setting of the target: it is asked for */
};

/* A deep copy in one block, independent of the engine; NULL: no memory. */
HT_API struct ht_report *ht_report_copy(const struct ht_report *report);

/* Frees what ht_report_copy or ht_trace gave. NULL is allowed. */
HT_API void ht_report_free(struct ht_report *report);

HT_END_C

#endif
