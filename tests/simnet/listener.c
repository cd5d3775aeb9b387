#include "listener.h"

#include "rng.h"

#include <stdlib.h>
#include <string.h>

#define WAYS         4
#define LIMIT_NS     500000000
#define FLOW_LIFE_NS 63000000000 /* five retransmissions of the SYN-ACK, then Linux gives up */
#define WINDOW       65535u

enum flow_state { FLOW_FREE, FLOW_SYN_RECV, FLOW_ESTABLISHED };

struct flow {
    uint64_t key;
    int64_t since_ns;   /* when the state was entered */
    int64_t limited_ns; /* when the limited kind of answer was last given */
    uint32_t client_sequence;
    struct segment_options offered; /* by the first SYN */
    enum flow_state state;
};

struct listener {
    uint32_t mask;
    struct flow flows[][WAYS];
};

struct listener *listener_new(uint32_t flows)
{
    uint32_t places = 64;
    struct listener *listener;

    while (places < flows / WAYS && places < 1u << 24)
        places *= 2;
    listener = calloc(1, sizeof *listener + places * sizeof listener->flows[0]);
    if (listener)
        listener->mask = places - 1;
    return listener;
}

void listener_free(struct listener *listener)
{
    free(listener);
}

/* The flow's entry, or one to be used for it (free, expired or the oldest). */
static struct flow *find_flow(struct listener *listener, uint64_t key, int64_t now_ns)
{
    struct flow *ways = listener->flows[key & listener->mask], *best = &ways[0];

    for (unsigned i = 0; i < WAYS; i++) {
        if (ways[i].state != FLOW_FREE && now_ns - ways[i].since_ns > FLOW_LIFE_NS)
            ways[i].state = FLOW_FREE;
        if (ways[i].state != FLOW_FREE && ways[i].key == key)
            return &ways[i];
        if (best->state != FLOW_FREE &&
            (ways[i].state == FLOW_FREE || ways[i].since_ns < best->since_ns))
            best = &ways[i];
    }
    return best;
}

static bool within_limit(struct flow *flow, int64_t now_ns)
{
    if (flow->limited_ns && now_ns - flow->limited_ns < LIMIT_NS)
        return false;
    flow->limited_ns = now_ns;
    return true;
}

/* The clock of timestamps counts milliseconds, each flow's from somewhere else. */
static uint32_t timestamp(const struct flow *flow, int64_t now_ns)
{
    return (uint32_t)(mix64(flow->key + 1) + (uint64_t)now_ns / 1000000);
}

static uint32_t own_sequence(const struct flow *flow)
{
    return (uint32_t)mix64(flow->key);
}

static void accept_syn(const struct flow *flow, int64_t now_ns, struct segment *answer)
{
    *answer = (struct segment){.sequence = own_sequence(flow),
                               .ack = flow->client_sequence + 1,
                               .flags = TCP_SYN | TCP_ACK,
                               .options = flow->offered};
    answer->options.mss = true;
    answer->options.ts_value = timestamp(flow, now_ns);
    answer->options.ts_echo = flow->offered.ts_value;
}

/* RFC 5961, 4; Linux leaves the timestamp out where it would echo 0. */
static void challenge(const struct flow *flow, int64_t now_ns, struct segment *answer)
{
    *answer = (struct segment){
        .sequence = own_sequence(flow) + 1, .ack = flow->client_sequence + 1, .flags = TCP_ACK};
    answer->options.timestamps = flow->offered.timestamps && flow->offered.ts_value != 0;
    answer->options.ts_value = timestamp(flow, now_ns);
    answer->options.ts_echo = flow->offered.ts_value;
}

/* PAWS (RFC 7323, 5): older than what opened the request. */
static bool is_old(const struct flow *flow, const struct probe *probe)
{
    return flow->offered.timestamps && flow->offered.ts_value != 0 &&
           probe->tcp_options.timestamps &&
           (int32_t)(probe->tcp_options.ts_value - flow->offered.ts_value) < 0;
}

static bool syn_received(struct flow *flow, const struct probe *probe, int64_t now_ns,
                         struct segment *answer)
{
    if (probe->tcp_flags & TCP_SYN) {
        if (probe->tcp_sequence == flow->client_sequence && !is_old(flow, probe))
            accept_syn(flow, now_ns, answer);
        else
            challenge(flow, now_ns, answer);
        return within_limit(flow, now_ns);
    }
    if (probe->tcp_flags & TCP_ACK && probe->tcp_ack == own_sequence(flow) + 1) {
        flow->state = FLOW_ESTABLISHED;
        flow->since_ns = now_ns;
    }
    return false;
}

/* Takes data without reading it and agrees to every close. */
static bool established(struct flow *flow, const struct probe *probe, int64_t now_ns,
                        struct segment *answer)
{
    size_t length = probe->length - probe->payload;

    if (!(probe->tcp_flags & TCP_FIN) && length == 0)
        return false;
    *answer = (struct segment){.sequence = probe->tcp_ack,
                               .ack = probe->tcp_sequence + (uint32_t)length,
                               .flags = TCP_ACK,
                               .options = {.timestamps = probe->tcp_options.timestamps,
                                           .ts_value = timestamp(flow, now_ns),
                                           .ts_echo = probe->tcp_options.ts_value}};
    if (probe->tcp_flags & TCP_FIN) {
        answer->ack++;
        answer->flags |= TCP_FIN;
        flow->state = FLOW_FREE;
    }
    return true;
}

bool listener_closed(const struct probe *probe, struct segment *answer)
{
    if (probe->tcp_flags & TCP_RST)
        return false;
    if (probe->tcp_flags & TCP_ACK) {
        *answer = (struct segment){.sequence = probe->tcp_ack, .flags = TCP_RST};
        return true;
    }
    *answer =
        (struct segment){.flags = TCP_RST | TCP_ACK,
                         .ack = probe->tcp_sequence + (uint32_t)(probe->length - probe->payload) +
                                !!(probe->tcp_flags & TCP_SYN) + !!(probe->tcp_flags & TCP_FIN)};
    return true;
}

bool listener_segment(struct listener *listener, const struct probe *probe, bool plain,
                      int64_t now_ns, struct segment *answer)
{
    uint64_t key = probe_connection(probe);
    struct flow *flow = find_flow(listener, key, now_ns);
    bool known = flow->state != FLOW_FREE && flow->key == key;

    if (probe->tcp_flags & TCP_RST) {
        if (known && probe->tcp_sequence - flow->client_sequence - 1 <= WINDOW)
            flow->state = FLOW_FREE;
        return false;
    }
    if (known && flow->state == FLOW_SYN_RECV)
        return syn_received(flow, probe, now_ns, answer);
    if (known)
        return established(flow, probe, now_ns, answer);
    if (!(probe->tcp_flags & TCP_SYN))
        /* The last ACK of a closed connection is no reason to complain. */
        return (probe->tcp_flags & TCP_FIN || probe->length > probe->payload) &&
               listener_closed(probe, answer);
    *flow = (struct flow){.key = key,
                          .since_ns = now_ns,
                          .client_sequence = probe->tcp_sequence,
                          .state = FLOW_SYN_RECV};
    if (!plain)
        flow->offered = probe->tcp_options;
    accept_syn(flow, now_ns, answer);
    return true;
}
