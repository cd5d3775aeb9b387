/* A scenario as its file tells it: plain data. README.md describes the file. */
#ifndef HT_SCENARIO_SCENARIO_H
#define HT_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"
#include "model/packet.h"
#include "value.h"

#define SCRIPT_NAME_MAX   64
#define SCRIPT_WORDS_MAX  24
#define RESPONDERS_MAX    16
#define SCRIPT_LABELS_MAX 4

enum answer {
    ANSWER_EXCEEDED, /* time exceeded, by a router */
    ANSWER_END,      /* what the destination of this protocol says when it is well */
    ANSWER_REFUSED,  /* TCP: RST */
    ANSWER_LISTENER, /* TCP: SYN-ACK, but to one SYN at a time */
    ANSWER_UNREACHABLE,
    ANSWER_PARAMETER, /* parameter problem */
    ANSWER_TOO_BIG,   /* packet too big; IPv4: unreachable, fragmentation needed */
    ANSWER_SILENT
};

/* What a firewall before this ttl does to TCP: bits. */
enum firewall {
    FIREWALL_TRACK = 1u << 0,        /* one connection a four-tuple, else nothing passes */
    FIREWALL_REWRITE = 1u << 1,      /* another sequence number for each connection */
    FIREWALL_REWRITE_FIXED = 1u << 2 /* one for all connections of a four-tuple */
};

/* Where an extension structure stands behind a quote. */
enum label_place {
    LABELS_PADDED,          /* RFC 4884: behind 128 bytes at least, which are announced */
    LABELS_SHORT_ANNOUNCED, /* right behind the quote, which is announced */
    LABELS_SHORT            /* right behind the quote */
};

/* What a host sends back of an echo request's payload behind the first 12 bytes. */
enum echo_tail { ECHO_KEPT, ECHO_ZERO, ECHO_CHANGE };

enum balance {
    BALANCE_TURN,   /* by the number of the probe */
    BALANCE_RANDOM, /* by chance */
    BALANCE_FLOW,   /* by what routers hash: addresses, protocol, first four transport bytes */
    BALANCE_ROTATE, /* each probe of this ttl the next one, over all rounds */
    BALANCE_PASSING /* likewise, each probe of this ttl or a higher one */
};

/* An address that may answer, and its share. HT_IP_NONE: the router of this ttl. */
struct responder {
    struct ht_address address;
    bool is_destination;
    uint32_t weight;
};

struct responders {
    struct responder items[RESPONDERS_MAX];
    size_t count;
};

struct labels {
    struct ht_mpls items[SCRIPT_LABELS_MAX];
    size_t count;
};

/* What befalls one probe. Each member is set by the property of the same name. */
struct behaviour {
    struct {
        enum answer kind;
        uint8_t code;
    } answer;
    struct times rtt;
    struct range rtt_ttls; /* of the rule that said so: a rising rtt rises over them */
    int64_t jitter_ns;     /* most that is added by chance */
    double loss;           /* percent, by chance */
    double answer_loss;    /* percent of a listener's SYN-ACKs */
    struct {
        double per_second; /* 0: none */
        double burst;
    } limit; /* of the answers of one address */
    struct responders by;
    enum balance balance;
    uint32_t crowd;  /* the responder is the first one of so many addresses */
    uint32_t copies; /* of the answer; default 1 */
    int64_t copy_gap_ns;
    uint32_t quote;    /* most bytes of the probe's transport part that a router quotes */
    uint32_t rewrite;  /* bits, what a middlebox changed: see packet.h */
    uint32_t firewall; /* bits of enum firewall */
    bool unnamed;      /* the answer names no probe any more */
    bool plain_tcp;    /* a SYN-ACK has no option but MSS */
    uint32_t echo_cut; /* most bytes of payload that come back */
    enum echo_tail echo_tail;
    uint32_t at;       /* ttl of the router that answers, whatever the probe's; 0: the probe's */
    uint32_t link_mtu; /* that a router tells with ANSWER_TOO_BIG; 0: none */
    enum label_place label_place;
    uint32_t forge; /* bits, further answers that are lies: see forge.h */
    struct labels mpls;
    uint32_t reply_ttl; /* as the answer arrives; default 60 */
    struct {
        enum ht_send_status status;
        int sys_errno;
    } send;
};

/* A line of the network: whom it concerns, and what it changes. */
struct rule {
    struct ranges ttl;
    struct ranges nth;   /* n-th probe of its ttl that left, from the last start of a round */
    struct ranges sizes; /* bytes of the IP packet */
    struct ranges tries; /* n-th attempt to send one, from the last start of a round */
    int64_t from_ns;     /* the time of sending, from the beginning */
    int64_t until_ns;
    uint32_t branch; /* which of `branches` equal shares of the flows; 0 of 0: all */
    uint32_t branches;
    uint32_t given; /* bits: the properties that this line sets */
    struct behaviour effect;
};

/* The way to one destination; the first network of a scenario ("*") is everybody's. */
struct script_network {
    struct ht_address destination;
    struct rule *rules;
    size_t rule_count;
};

struct script_target {
    char name[SCRIPT_NAME_MAX];
    char host[HT_ADDRESS_TEXT_MAX];
    struct ht_target target;
    struct ht_address address;
    struct times starts;
    uint32_t rounds;  /* the first ones at `starts` */
    int64_t every_ns; /* between the starts of the further ones; 0: each at its forerunner's end */
};

enum action_kind {
    ACTION_CLOSE,
    ACTION_CLOCK,
    ACTION_OVERFLOW,
    ACTION_DROP,
    ACTION_STALL,
    ACTION_UNREAD,
    ACTION_LOCAL_ID,
    ACTION_SOURCE,
    ACTION_ADDRESS
};

struct script_action {
    enum action_kind kind;
    int64_t time_ns;
    int64_t amount; /* time by which the clock steps or we stall; number of packets lost; id */
    struct ht_address address; /* that the target, or we for it, have from its next round on */
    enum ht_stop_reason reason;
    char target[SCRIPT_NAME_MAX];
};

struct script_expectation {
    unsigned line;
    char text[256]; /* for the output */
    char words[SCRIPT_WORDS_MAX][SCRIPT_NAME_MAX];
    size_t word_count;
    char comparison[4];
    char value[256];
};

struct script_options {
    uint32_t pps;
    uint32_t batch;       /* most packets collected at once; default 64 */
    uint32_t local_id;    /* default 4711 */
    uint32_t seed;        /* default 1 */
    uint32_t memory;      /* 1: targets remember their paths; default 0 */
    uint32_t device_mtu;  /* of the device that probes leave by; default 1500 */
    uint32_t waits;       /* 1: hops are not told, so that what comes in may wait; default 0 */
    int64_t send_cost_ns; /* each packet of a batch leaves so much after its forerunner */
    int64_t latency_ns;   /* every wake-up comes so late */
    int64_t limit_ns;     /* of the fake time: who is not finished by then hangs; default 600 s */
    enum ht_time_source stamps;
};

struct scenario {
    struct script_options options;
    struct script_network *networks;
    size_t network_count;
    struct script_target *targets;
    size_t target_count;
    struct script_action *actions;
    size_t action_count;
    struct script_expectation *expectations;
    size_t expectation_count;
};

/* Reads a file; a line that cannot be understood ends the program, naming it. */
void scenario_read(struct scenario *scenario, const char *file);

void scenario_fini(struct scenario *scenario);

#endif
