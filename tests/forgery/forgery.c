/* Tries so many forgeries of every kind against a round under way whose probes nobody answers, and
 * says how many bits each kind has to guess and how many were believed:
 *
 *   forgery COUNT
 *
 * Exit status 0: none was, but where the protocol leaves nothing to guess (marked so). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hoptrace/settings.h"
#include "liar.h"
#include "probing/prober.h"
#include "support.h"
#include "wire/ip.h"
#include "wire/probe.h"

#define MS     HT_NS_PER_MS
#define PROBES 64

/* All lies are told before the first probes time out. */
#define STRIDE    4096
#define STRIDE_NS (15 * MS)

/* The round that is lied about. */
struct world {
    struct ht_target target;
    struct ht_round_memory previous;
    struct ht_prober *prober;
    struct ht_now now;
    struct seen probes[PROBES]; /* of the round under way */
    size_t count;
    struct seen last[PROBES]; /* of the one before */
    size_t last_count;
    bool closed;
    uint32_t believed; /* answers in the record */
    uint32_t forged;
};

static const char *const who_names[KNOWLEDGE] = {
    [KNOWS_TARGETS] = "sees nothing",
    [KNOWS_CONSTANTS] = "knows the flow",
    [HAS_SEEN_OTHERS] = "saw other probes",
    [HAS_SEEN_LAST] = "saw the last round",
};

static const char *const vehicle_names[VEHICLES] = {"exceeded",   "unreachable", "elsewhere",
                                                    "echo reply", "SYN-ACK",     "reset"};

static void on_report(void *user, const struct ht_report *report,
                      const struct ht_flow_sightings *seen)
{
    (void)seen;
    struct world *world = user;
    world->closed = true;
    world->believed = report->received;
    world->forged = report->forged;
    for (size_t i = 0; i < report->listed_hops; i++)
        world->believed += (uint32_t)report->hops[i].node_count;
}

/* Sends what is due now. */
static void send_all(struct world *world)
{
    static struct ht_outgoing batch[PROBES];
    size_t count;
    while ((count = ht_prober_collect(world->prober, world->now, batch, PROBES)) > 0) {
        for (size_t i = 0; i < count; i++) {
            batch[i].status = HT_SEND_DONE;
            batch[i].sent_ns = world->now.mono_ns;
            if (world->count < PROBES) {
                struct seen *seen = &world->probes[world->count++];
                const uint8_t *whole = ht_ip_prepend(&batch[i], &seen->length);
                memcpy(seen->bytes, whole, seen->length);
            }
        }
        ht_prober_sent(world->prober, world->now, batch, count);
    }
}

/* Lets time pass, until nothing is left to wait for or `until_ns`. */
static void run_until(struct world *world, int64_t until_ns)
{
    send_all(world);
    for (int64_t next_ns; (next_ns = ht_prober_next_ns(world->prober)) <= until_ns;) {
        if (next_ns == HT_NEVER)
            return;
        if (next_ns > world->now.mono_ns)
            world->now.mono_ns = next_ns;
        send_all(world);
        ht_prober_advance(world->prober, world->now);
    }
    world->now.mono_ns = until_ns;
}

static void start(struct world *world, const char *source, const char *destination)
{
    const struct ht_flow_request flow = {.previous = &world->previous};
    struct ht_round_request round = {.target = &world->target, .flows = &flow};
    if (!ht_address_parse(source, &round.source) ||
        !ht_address_parse(destination, &round.destination))
        die("addresses");
    memcpy(world->last, world->probes, sizeof world->last);
    world->last_count = world->count;
    world->count = 0;
    world->closed = false;
    if (ht_prober_start(world->prober, &round, NULL) != HT_OK)
        die("no memory");
    send_all(world);
}

static void receive(struct world *world, const struct probe_view *view, enum vehicle vehicle,
                    struct ht_address from, const uint8_t *bytes, size_t length)
{
    bool tcp = vehicle == BY_ACCEPTANCE || vehicle == BY_RESET;
    struct ht_incoming packet = {.from = from,
                                 .hop_limit = 60,
                                 .ip_version = view->version,
                                 .ip_protocol = tcp ? 6 : icmp_protocol(view->version),
                                 .bytes = bytes,
                                 .length = length,
                                 .received_ns = world->now.mono_ns,
                                 .kernel_stamp = true};
    ht_prober_receive(world->prober, world->now, &packet, 1);
}

/* One kind of lie, `tries` times. False: there is no such kind. */
static bool lie(struct world *world, struct liar *liar, uint32_t tries)
{
    const struct seen *models = world->probes;
    size_t count = world->count;
    if (liar->knowledge == HAS_SEEN_LAST) {
        models = world->last;
        count = world->last_count;
    }
    for (uint32_t i = 0; i < tries && count > 0; i++) {
        struct ht_address from;
        struct probe_view view;
        uint8_t reply[REPLY_MAX];
        if (models == world->probes)
            count = world->count;
        const struct seen *model = &models[i % count];
        size_t length = liar_lies(liar, model, &from, reply);
        if (length == 0)
            return false;
        if (!probe_view_read(model->bytes, model->length, &view))
            die("no probe");
        receive(world, &view, liar->vehicle, from, reply, length);
        if (i % STRIDE == 0) /* what is held may be decided, and more be sent */
            run_until(world, world->now.mono_ns + STRIDE_NS);
    }
    return true;
}

static void make_world(struct world *world, enum ht_protocol protocol)
{
    static const uint64_t secret[2] = {UINT64_C(0x0123456789abcdef), 42};
    *world = (struct world){.target = {.name = "t", .host = "t"},
                            .now = {.mono_ns = 1000 * HT_NS_PER_S, .wall_ns = HT_NS_PER_S}};
    ht_settings_init(&world->target.settings);
    world->target.settings.protocol = protocol;
    world->target.settings.gap_limit = 8;
    struct ht_prober_options options = {.secret = {secret[0], secret[1]},
                                        .host_secret = {7, secret[0]},
                                        .ids = {.of_flow = {63210}, .count = 1},
                                        .on_report = on_report,
                                        .user = world};
    world->prober = ht_prober_new(&options);
    if (world->prober == NULL)
        die("no memory");
}

/* What the protocols leave nothing to guess in for who knows the flow: a reset echoes nothing that
 * was one probe's, a SYN-ACK 11 bits, and of eight bytes of TCP, the IPv4 id being rewritten or not
 * there, one of six lengths is left. */
static bool is_hopeless(const struct liar *liar, enum ht_protocol protocol)
{
    if (protocol != HT_TCP || liar->knowledge == KNOWS_TARGETS)
        return false;
    return liar->vehicle == BY_ACCEPTANCE || liar->vehicle == BY_RESET ||
           (liar->vehicle != BY_ELSEWHERE && liar->quote == 8);
}

static bool is_quote(enum vehicle vehicle)
{
    return vehicle <= BY_ELSEWHERE;
}

static const char *protocol_names[] = {"icmp", "udp", "tcp"};

/* Returns 1 if a lie was believed that must not be. */
static int try_kind(enum ht_protocol protocol, bool ipv6, struct liar *liar, uint32_t tries)
{
    struct world world;
    const char *source = ipv6 ? "2001:db8:1::1" : "198.51.100.1";
    const char *destination = ipv6 ? "2001:db8:7::7" : "192.0.2.7";
    make_world(&world, protocol);
    start(&world, source, destination);
    if (liar->knowledge == HAS_SEEN_LAST) {
        run_until(&world, world.now.mono_ns + 100 * HT_NS_PER_S);
        start(&world, source, destination);
    }
    bool told = lie(&world, liar, liar->knowledge == HAS_SEEN_LAST ? 1000 : tries);
    run_until(&world, world.now.mono_ns + 100 * HT_NS_PER_S);
    ht_prober_free(world.prober);
    if (!told)
        return 0;
    bool hopeless = is_hopeless(liar, protocol);
    bool wrong = !world.closed || (world.believed > 0 && !hopeless);
    char quote[16] = "";
    if (is_quote(liar->vehicle))
        (void)snprintf(quote, sizeof quote, liar->quote == 8 ? "8 bytes" : "whole");
    printf("%s %-4s ipv%d %-11s %-7s %-18s believed %" PRIu32 ", refused %" PRIu32 "%s\n",
           wrong ? "not ok" : "ok", protocol_names[protocol], ipv6 ? 6 : 4,
           vehicle_names[liar->vehicle], quote, who_names[liar->knowledge], world.believed,
           world.forged, hopeless ? " (nothing to guess)" : "");
    return wrong;
}

int main(int argc, char **argv)
{
    uint32_t tries = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    int wrong = 0;
    for (int protocol = HT_ICMP; protocol <= HT_TCP; protocol++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            for (int vehicle = 0; vehicle < VEHICLES; vehicle++) {
                for (int knowledge = 0; knowledge < KNOWLEDGE; knowledge++) {
                    struct liar liar = {.knowledge = (enum knowledge)knowledge,
                                        .vehicle = (enum vehicle)vehicle,
                                        .quote = 8,
                                        .random = 1};
                    wrong += try_kind((enum ht_protocol)protocol, ipv6, &liar, tries);
                    liar.quote = UINT32_MAX;
                    if (is_quote((enum vehicle)vehicle))
                        wrong += try_kind((enum ht_protocol)protocol, ipv6, &liar, tries);
                }
            }
        }
    }
    printf("%d kinds wrong\n", wrong);
    return wrong > 0;
}
