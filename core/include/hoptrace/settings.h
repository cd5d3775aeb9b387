/* The settings of a target: plain data, in the terms of the command line and the configuration. */
#ifndef HT_HOPTRACE_SETTINGS_H
#define HT_HOPTRACE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"
#include "hoptrace/export.h"

HT_BEGIN_C

enum ht_protocol { HT_ICMP, HT_UDP, HT_TCP };
enum ht_family { HT_FAMILY_ANY, HT_FAMILY_IPV4, HT_FAMILY_IPV6 };

/* By what kind of sockets probes leave and answers come in. */
enum ht_sockets_kind {
    HT_SOCKETS_AUTO, /* raw ones where they are allowed, else those without privilege */
    HT_SOCKETS_RAW,  /* needs the privilege CAP_NET_RAW */
    HT_SOCKETS_USER  /* needs none; ICMP where net.ipv4.ping_group_range admits this process */
};

/* As the kernel's IFNAMSIZ. */
#define HT_INTERFACE_MAX 16

/* Payload size: the protocol's default, 32 bytes; TCP: 0. */
#define HT_PAYLOAD_OF_PROTOCOL UINT16_MAX

/* Probes of a hop and round: 3; with several flows 1 of each flow. */
#define HT_PROBES_OF_FLOWS UINT16_MAX

/* Most constant flows of a target, and of one whose paths are all searched for. */
#define HT_FLOWS_MAX      64
#define HT_FLOWS_SEARCHED 512

/* Flows: as many as it takes to see all paths, HT_FLOWS_SEARCHED at most. */
#define HT_FLOWS_ALL UINT8_MAX

/* Timeout: ten times the longest time known of the path, 0.1 to 1 s; 1 s while none is. */
#define HT_TIMEOUT_AUTO INT64_C(0)

/* Whether stores (influx, Prometheus, collectd) have values for each hop. */
enum ht_hop_values { HT_HOP_VALUES_ALL, HT_HOP_VALUES_NONE };

/* How one target is measured. ht_settings_init() gives the defaults. Later versions add members at
 * the end. */
struct ht_settings {
    uint32_t struct_size;      /* set by ht_settings_init: the program's sizeof(struct ht_settings);
                                  not to be changed */
    enum ht_family family;     /* HT_FAMILY_ANY: the resolver's order, RFC 6724 */
    enum ht_protocol protocol; /* default HT_ICMP */
    uint32_t fwmark;           /* of the packets, for policy routing; default 0: none */
    uint16_t port;             /* destination port; 0: the protocol's default */
    uint8_t first_ttl;         /* 1-255, default 1 */
    uint8_t max_ttl;           /* first_ttl-255, default 30 */
    uint8_t gap_limit;         /* silent hops in a row that end the probing, default 5; 0: none */
    uint8_t retries;           /* 0-10 extra probes for a hop without any answer, default 1 */
    uint16_t probes;           /* 1-1000 a hop, flow and round, or (default) HT_PROBES_OF_FLOWS */
    uint16_t payload_size;     /* 0-8900 bytes after the header, or (default)
                                  HT_PAYLOAD_OF_PROTOCOL */
    uint8_t tos;               /* IPv4 TOS byte or IPv6 traffic class, default 0; routes may
                                  depend on it */
    bool numeric;              /* no reverse names, default false */
    bool share_hops;           /* hops may be taken over from other targets, default false */
    int64_t timeout_ns;        /* how long a reply to one probe counts, default 1 s;
                                  HT_TIMEOUT_AUTO: by the times known of the path */
    int64_t interval_ns;       /* a round each interval; 0 (default): one round */
    struct ht_address source;  /* HT_IP_NONE (default): the kernel's choice */
    char interface[HT_INTERFACE_MAX]; /* "" (default): the routing table's choice */
    /* The device, by name or number, that a link-local source belongs to. "" (default):
     * source.scope_id tells; if that is 0, `interface` does, or the destination's device. */
    char source_zone[HT_INTERFACE_MAX];
    uint16_t end_probes; /* 1-1000 at the destination's ttl and round; 0 (default): as `probes` */
    uint16_t window;     /* 2-1000 rounds that verdicts look back, default 20 */
    double loss_warning; /* percent above which loss is an event, default 5; 100: never */
    double rtt_warning;  /* percent above the usual time that are an event, default 50; 10000:
                            never */
    uint8_t flows;       /* 1-64 constant flows, default 1, or HT_FLOWS_ALL: routers that balance by
                            flow send some of them along different paths */
    enum ht_hop_values hop_values; /* default HT_HOP_VALUES_ALL */
    double confidence; /* percent, 50-99.9, default 95: with HT_FLOWS_ALL, how sure it is that no
                          branch is missing */
    bool mtu;          /* find the path MTU and the hop that limits it, default false */
};

/* As ht_settings_init, for bindings to other languages: `struct_size` is the size that their struct
 * has. One that no version has leaves *settings as it is. */
HT_API void ht_settings_init_sized(struct ht_settings *settings, size_t struct_size);

/* The defaults of every setting. */
static inline void ht_settings_init(struct ht_settings *settings)
{
    ht_settings_init_sized(settings, sizeof *settings);
}

/* HT_OK, or HT_ERR_INVALID naming the setting that is out of range or contradicts another, or
 * saying that ht_settings_init was not called or that this library is too old for what is set. */
HT_API int ht_settings_check(const struct ht_settings *settings, struct ht_error *error);

/* The destination port that these settings mean: 0 for ICMP. */
HT_API uint16_t ht_settings_port(const struct ht_settings *settings);

/* The regular probes of a hop, flow and round that these settings mean. */
HT_API uint16_t ht_settings_probes(const struct ht_settings *settings);

/* The payload's bytes that these settings mean. */
HT_API uint16_t ht_settings_payload_size(const struct ht_settings *settings);

/* A pair of words for the outputs; the library does not interpret it. */
struct ht_tag {
    const char *key;
    const char *value;
};

/* Longest name of a target, without its terminator. */
#define HT_NAME_MAX 127

/* What to measure. Strings and tags belong to the caller. Bytes that are not set must be zero, but
 * for `settings`, which ht_settings_init sets. Later versions add members at the end. */
struct ht_target {
    struct ht_settings settings; /* first, since its size tells where the others begin */
    const char *name;            /* unique; NULL: as host */
    const char *host;            /* name or address */
    const struct ht_tag *tags;
    size_t tag_count;
    void *user; /* handed through to the reports */
};

HT_END_C

#endif
