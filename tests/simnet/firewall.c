#include "firewall.h"

#include "rng.h"
#include "topology.h"

#include <netinet/in.h>
#include <stdlib.h>

#define WAYS           4
#define EMBRYONIC_NS   30000000000
#define ESTABLISHED_NS 3600000000000
#define WINDOW         65535u

struct connection {
    uint64_t key; /* 0: the entry is free */
    int64_t seen_ns;
    int64_t ends_ns;   /* INT64_MAX: not yet known */
    uint32_t sequence; /* the client's initial one, as the client has it */
    uint32_t shift;
    bool established;
};

struct firewall {
    struct rng rng;
    uint32_t mask;
    struct connection connections[][WAYS];
};

struct firewall *firewall_new(uint32_t connections, uint64_t seed)
{
    uint32_t places = 1;
    struct firewall *firewall;

    while (places < connections / WAYS && places < 1u << 24)
        places *= 2;
    firewall = calloc(1, sizeof *firewall + places * sizeof firewall->connections[0]);
    if (firewall) {
        firewall->mask = places - 1;
        firewall->rng.state = mix64(seed ^ 0xf1e3a11);
    }
    return firewall;
}

void firewall_free(struct firewall *firewall)
{
    free(firewall);
}

static uint64_t connection_key(uint32_t hop, const struct probe *probe)
{
    return mix64(probe_connection(probe) + hop) | 1;
}

static bool is_over(const struct connection *connection, int64_t now_ns)
{
    int64_t life_ns = connection->established ? ESTABLISHED_NS : EMBRYONIC_NS;

    return now_ns >= connection->ends_ns || now_ns - connection->seen_ns > life_ns;
}

/* The connection's entry, or one to be used for it: free, over, or the oldest. */
static struct connection *find(struct firewall *firewall, uint64_t key, int64_t now_ns)
{
    struct connection *ways = firewall->connections[key >> 1 & firewall->mask], *best = &ways[0];

    for (unsigned i = 0; i < WAYS; i++) {
        if (ways[i].key && is_over(&ways[i], now_ns))
            ways[i].key = 0;
        if (ways[i].key == key)
            return &ways[i];
        if (best->key && (!ways[i].key || ways[i].seen_ns < best->seen_ns))
            best = &ways[i];
    }
    return best;
}

static uint32_t choose_shift(struct firewall *firewall, unsigned does, uint64_t key)
{
    if (does & FIREWALL_REWRITE)
        return (uint32_t)rng_next(&firewall->rng) | 1;
    return does & FIREWALL_REWRITE_FIXED ? (uint32_t)(key >> 20) | 1 : 0;
}

static bool opens(const struct probe *probe)
{
    return (probe->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool resets(const struct connection *connection, const struct probe *probe)
{
    return probe->tcp_flags & TCP_RST && probe->tcp_sequence - connection->sequence - 1 <= WINDOW;
}

/* What it says of any SYN, and of segments of a connection that it knows. */
static bool may_open(unsigned does, const struct probe *probe)
{
    return !(does & FIREWALL_NO_DATA && probe->length > probe->payload) &&
           !(does & FIREWALL_OPTIONS && !probe->tcp_options.mss);
}

static bool belongs(const struct connection *connection, const struct probe *probe)
{
    if (opens(probe))
        return probe->tcp_sequence == connection->sequence;
    return !(probe->tcp_flags & TCP_RST) || resets(connection, probe);
}

static void note(struct connection *connection, const struct probe *probe, int64_t now_ns)
{
    connection->seen_ns = now_ns;
    if (resets(connection, probe) || probe->tcp_flags & TCP_FIN)
        connection->ends_ns = now_ns;
    else if (probe->tcp_flags & TCP_ACK)
        connection->established = true;
}

bool firewall_pass(struct firewall *firewall, uint32_t hop, unsigned does,
                   const struct probe *probe, int64_t now_ns, uint32_t *shift)
{
    uint64_t key;
    struct connection *connection;

    *shift = 0;
    if (probe->protocol != IPPROTO_TCP)
        return true;
    if (opens(probe) && !may_open(does, probe))
        return false;
    if (!(does & (FIREWALL_TRACK | FIREWALL_REWRITE | FIREWALL_REWRITE_FIXED)))
        return true;
    key = connection_key(hop, probe);
    connection = find(firewall, key, now_ns);
    if (connection->key != key) {
        if (!opens(probe))
            return !(does & FIREWALL_TRACK);
        *connection = (struct connection){.key = key,
                                          .ends_ns = INT64_MAX,
                                          .sequence = probe->tcp_sequence,
                                          .shift = choose_shift(firewall, does, key)};
    } else if (does & FIREWALL_TRACK && !belongs(connection, probe)) {
        return false;
    }
    note(connection, probe, now_ns);
    *shift = connection->shift;
    return true;
}

void firewall_refused(struct firewall *firewall, uint32_t hop, const struct probe *probe,
                      int64_t at_ns)
{
    uint64_t key = connection_key(hop, probe);
    struct connection *connection = find(firewall, key, 0);

    if (connection->key == key && at_ns < connection->ends_ns)
        connection->ends_ns = at_ns;
}
