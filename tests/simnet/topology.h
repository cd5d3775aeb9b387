/* The simulated network as plain data: who stands where on whose path, and how each
 * behaves. Nothing here changes while packets flow; what does (rate limits, counters)
 * is kept by answer.h beside it.
 *
 * The tables are flat and refer to each other by index, because a generated network
 * has 100,000 targets and half a million routers. */
#ifndef SIMNET_TOPOLOGY_H
#define SIMNET_TOPOLOGY_H

#include "address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_INDEX       UINT32_MAX
#define MPLS_LABELS    8
#define OPEN_PORTS     16
#define INTERFACES     4
#define INTERFACE_NAME 63
#define NAME_TEXT      256 /* a DNS name as text, with its end */

#define NANOSECONDS_PER_MS 1000000.0

/* Where the host and the simulated services live; README.md documents them. */
#define GATEWAY_IPV4 "10.99.0.1"
#define GATEWAY_IPV6 "fd99::1"
#define DNS_IPV4     "10.98.0.53"
#define DNS_IPV6     "fd98::53"
#define FORGER_IPV4  "203.0.113.66"
#define FORGER_IPV6  "2001:db8:bad::66"

/* Forged answers, sent in addition to the true one. */
enum forgery {
    FORGE_DESTINATION,         /* the quote names another destination */
    FORGE_PROTOCOL,            /* ... another protocol */
    FORGE_ID,                  /* ... another ICMP id or source port */
    FORGE_PORT,                /* ... another destination port */
    FORGE_SEQUENCE,            /* ... another ICMP or TCP sequence number */
    FORGE_IP_ID,               /* ... another IPv4 id */
    FORGE_CHECKSUM,            /* ... another transport checksum */
    FORGE_PAYLOAD,             /* ... other payload bytes */
    FORGE_TRUNCATED,           /* the quote ends 4 bytes into the transport header */
    FORGE_RANDOM,              /* random bytes in place of the quote */
    FORGE_OUTER_SUM,           /* a true quote, but the ICMP checksum of the answer is wrong */
    FORGE_ECHO_ID,             /* an echo reply from the destination with a foreign id */
    FORGE_ECHO_SEQ,            /* ... with a foreign sequence number */
    FORGE_TCP_ACK,             /* a SYN-ACK that acknowledges something else */
    FORGE_TCP_PORT,            /* a SYN-ACK from another port */
    FORGE_DESTINATION_CUT,     /* a quote that names another destination, short of the payload */
    FORGE_DESTINATION_PAYLOAD, /* ... with other payload bytes */
    FORGE_PORT_CUT,            /* the same with another port */
    FORGE_PORT_PAYLOAD,
    FORGE_KINDS
};

/* What a firewall does to TCP that passes its hop: bits. */
enum firewall_action {
    FIREWALL_TRACK = 1,         /* drops what does not belong to the connection that it knows */
    FIREWALL_NO_DATA = 2,       /* drops a SYN with data */
    FIREWALL_OPTIONS = 4,       /* drops a SYN without MSS */
    FIREWALL_REWRITE = 8,       /* shifts sequence numbers, by chance for each connection */
    FIREWALL_REWRITE_FIXED = 16 /* ... alike for all connections of a four-tuple */
};

/* Of packets that are too big: with the MTU, without it as routers of before RFC 1191, not at all.
 */
enum too_big_words { TOO_BIG_MTU, TOO_BIG_PLAIN, TOO_BIG_NOTHING };

enum quote_mode {
    QUOTE_FULL,   /* as much as the RFCs allow: 576 bytes (IPv4), 1280 (IPv6) in all */
    QUOTE_BYTES,  /* quote_bytes of the transport */
    QUOTE_PADDED, /* the first 128 bytes, zeros after a shorter packet */
};

/* How a translator changes a field that is quoted. */
enum translation {
    TRANSLATE_NOT,
    TRANSLATE_CHANGE, /* all by the same bits */
    TRANSLATE_DELTA,  /* a checksum: by what another source address adds to it (RFC 1624) */
    TRANSLATE_ZERO,
    TRANSLATE_RANDOM /* each quote otherwise */
};

enum mpls_mode {
    MPLS_LENGTH,          /* RFC 4884: the length of the quote is given */
    MPLS_NO_LENGTH,       /* the older form: the quote is 128 bytes, length 0 */
    MPLS_BAD_SUM,         /* with length, checksum wrong */
    MPLS_ZERO_SUM,        /* with length, checksum 0: not computed */
    MPLS_SHORT_ANNOUNCED, /* with length, right behind a quote that may be short of 128 bytes */
    MPLS_SHORT            /* the same without length */
};

/* What one object of RFC 5837 says of an interface. */
struct interface {
    uint8_t role;
    bool has_index, has_address, has_name, has_mtu;
    uint32_t index, mtu;
    struct address address;
    char name[INTERFACE_NAME + 1];
};

/* How a hop answers. Several hops share one. */
struct behaviour {
    bool silent;
    bool per_packet;     /* several addresses: by packet, not by flow */
    double loss;         /* share of the answers that get lost, 0 to 1 */
    uint32_t lose_first; /* so many first answers are lost */
    uint32_t lose_every; /* every n-th answer is lost; 0: none */
    int64_t jitter_ns;   /* up to so much is added to the RTT */
    uint32_t late_every; /* every n-th answer comes late_ns later; 0: none */
    int64_t late_ns;
    uint32_t copies; /* an answer is sent so many times */
    int64_t copy_gap_ns;
    double rate_per_second; /* ICMP errors; 0: no limit */
    double rate_burst;

    uint8_t reply_ttl; /* the answer's ttl when it leaves the hop */
    int return_hops;   /* routers on the way back; -1: as many as on the way there */
    int unreachable;   /* answers everything with this unreachable code; -1: does not */
    int parameter;     /* ... with parameter problem and this code */
    bool expire_first; /* ... but with time exceeded where the ttl ends right here */
    uint32_t refuse_first, refuse_every; /* ... only the first so many, only every n-th; 0 */
    uint16_t too_big;                    /* greatest packet that goes on from here; 0: any */
    enum too_big_words too_big_says;     /* what the sender of a greater one is told */
    uint8_t firewall;                    /* bits of enum firewall_action */
    int dscp, ecn; /* what packets that get here are marked with from here on; -1: as they were */
    uint32_t destination;      /* router whose address they are sent to from here on; NO_INDEX */
    uint16_t port;             /* UDP, TCP: the port there; 0: as it was */
    uint32_t branch, branches; /* these and translations are for one of `branches` equal shares of
                                  the flows, number `branch` from 0; 0 branches: for all */

    enum quote_mode quote;
    uint16_t quote_bytes;
    uint8_t quote_ttl; /* 0: the true one */
    bool quote_clear_tos;
    enum translation quote_id;       /* of the IPv4 id */
    enum translation quote_checksum; /* of the transport checksum */
    bool quote_bad_ip_sum;           /* the quoted IPv4 header's checksum was not adjusted */
    bool quote_options;              /* the quoted IPv4 header has options */
    bool quote_extension;            /* the quoted IPv6 packet has an extension header */
    bool outer_options;              /* the answer's IPv4 header has options */
    bool outer_extension;            /* ... IPv6: an extension header before ICMPv6 */

    enum mpls_mode mpls_mode;
    uint8_t mpls_count;
    uint32_t mpls[MPLS_LABELS]; /* label(20) tc(3) bottom(1) ttl(8) */

    uint8_t interface_count;
    struct interface interfaces[INTERFACES]; /* RFC 5837, behind the label stack */

    uint32_t forge; /* bits 1 << enum forgery */
};

enum port_state { PORT_CLOSED, PORT_OPEN, PORT_FILTERED };
enum udp_mode { UDP_UNREACHABLE, UDP_SILENT, UDP_REPLY };
enum echo_tail { ECHO_KEPT, ECHO_ZERO, ECHO_CHANGE };

/* What a destination does with what reaches it. Several targets share one. */
struct endpoint {
    bool echo;
    uint16_t echo_cut;        /* most bytes of payload that come back */
    enum echo_tail echo_tail; /* what becomes of those behind the first 12 */
    enum udp_mode udp;
    enum port_state tcp; /* of the ports that are not listed */
    uint8_t open_count;
    uint16_t open[OPEN_PORTS];
    bool plain_tcp; /* of TCP options the listener knows MSS only */
    uint32_t from; /* router whose address the answers carry; NO_INDEX: the one they were sent to */
};

/* A machine with an address: a router, a destination, or both. */
struct router {
    struct address address;
    uint32_t target; /* NO_INDEX: nobody's destination */
    uint32_t name;   /* index into names, for PTR; NO_INDEX: none */
};

/* One position on a path: one machine, or several that share the load. */
struct hop {
    uint32_t first; /* into hop_routers */
    uint16_t count;
    uint16_t behaviour;
    int64_t rtt_ns;
};

/* A destination and its path. path_hops[path .. path + hop_count) are the hops; the
 * last is the destination itself, unless the path loops. */
struct target {
    uint32_t router;
    uint32_t name; /* index into names; generated: NO_INDEX, see topology_target_name */
    uint32_t path;
    uint16_t endpoint;
    uint8_t hop_count;
    uint8_t loop;    /* the last so many hops repeat for ever; 0: no loop */
    uint8_t blocked; /* the first ttl at which everything is refused; 0: none */
    bool watched;    /* by a firewall, or by a hop that refuses or changes something */
};

/* A DNS name; several entries of one name hold its several addresses. */
struct name {
    char *text;
    uint32_t router;
};

/* A growing table. */
struct table {
    void *items;
    uint32_t count, room;
};

struct topology {
    struct table routers;     /* struct router */
    struct table hops;        /* struct hop */
    struct table hop_routers; /* uint32_t: indices into routers */
    struct table path_hops;   /* uint32_t: indices into hops */
    struct table targets;     /* struct target */
    struct table behaviours;  /* struct behaviour */
    struct table endpoints;   /* struct endpoint */
    struct table names;       /* struct name, sorted by topology_seal */
    uint32_t *index;          /* open-addressing hash: address -> router */
    uint32_t index_mask;
    bool generated;           /* names follow from the numbers */
    uint32_t generated_names; /* with both families two targets bear one name */
};

void topology_init(struct topology *topology);
void topology_fini(struct topology *topology);

/* Builders. Each returns the new index, NO_INDEX without memory. */
uint32_t topology_router(struct topology *topology,
                         const struct address *address); /* finds or adds */
uint32_t topology_hop(struct topology *topology, const struct hop *hop);
uint32_t topology_behaviour(struct topology *topology, const struct behaviour *behaviour);
uint32_t topology_endpoint(struct topology *topology, const struct endpoint *endpoint);
uint32_t topology_target(struct topology *topology, const struct target *target);
uint32_t topology_name(struct topology *topology, const char *text, uint32_t router);
bool topology_hop_router(struct topology *topology, uint32_t router); /* appends to hop_routers */
bool topology_path_hop(struct topology *topology, uint32_t hop);      /* appends to path_hops */

/* To be called once, after all was added: makes names findable. */
void topology_seal(struct topology *topology);

struct behaviour behaviour_default(void);
bool behaviour_refuses(const struct behaviour *behaviour);      /* whether all or some */
bool behaviour_refuses_some(const struct behaviour *behaviour); /* not all */
struct endpoint endpoint_default(void);

/* Lookups. The index ones want a valid index. */
uint32_t topology_find(const struct topology *topology,
                       const struct address *address); /* or NO_INDEX */
const struct router *topology_get_router(const struct topology *topology, uint32_t index);
const struct hop *topology_get_hop(const struct topology *topology, uint32_t index);
const struct target *topology_get_target(const struct topology *topology, uint32_t index);
const struct behaviour *topology_get_behaviour(const struct topology *topology, uint32_t index);
const struct endpoint *topology_get_endpoint(const struct topology *topology, uint32_t index);

/* The hop of a target's path at this ttl and its RTT, which in a loop grows with each
 * turn; NULL past the end of the path. *number is the hop's index. */
const struct hop *topology_hop_at(const struct topology *topology, const struct target *target,
                                  unsigned ttl, uint32_t *number, int64_t *rtt_ns);

/* The address of the n-th machine of a hop. */
uint32_t topology_hop_member(const struct topology *topology, const struct hop *hop, uint32_t n);

/* Names as text; "" if there is none. */
const char *topology_target_name(const struct topology *topology, uint32_t target,
                                 char text[NAME_TEXT]);
const char *topology_router_name(const struct topology *topology, uint32_t router,
                                 char text[NAME_TEXT]);

/* The machines with this name (any case): calls `each` for every one. */
void topology_resolve(const struct topology *topology, const char *name,
                      void (*each)(void *context, const struct address *address), void *context);

#endif
