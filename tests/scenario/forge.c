#include "forge.h"

#include <netinet/in.h>
#include <string.h>

#include "support.h"

/* A lie in the making: a copy of the probe that is going to be quoted or echoed. */
struct lie {
    uint8_t bytes[HT_PACKET_MAX];
    size_t length;
    size_t transport; /* offset */
    size_t payload;   /* offset */
    size_t stamp;     /* offset of a TCP timestamp's value; 0: there is none */
    uint16_t other_key;
    uint8_t protocol;
};

static void store(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static bool is_icmp(const struct lie *lie)
{
    uint8_t type = lie->bytes[lie->transport];
    return lie->protocol == IPPROTO_ICMP || (lie->protocol == IPPROTO_ICMPV6 && type == 128);
}

/* Another process's probe: its id, or its source port. */
static void change_id(struct lie *lie)
{
    lie->bytes[lie->transport + (is_icmp(lie) ? 4 : 0)] ^= 0x21;
}

/* All but the secret was guessed. */
static void change_token(struct lie *lie)
{
    for (size_t i = lie->payload; i < lie->length; i++)
        lie->bytes[i] ^= 0xa5;
    for (size_t i = 0; i < 4 && lie->stamp != 0; i++)
        lie->bytes[lie->stamp + i] ^= 0xa5;
}

/* A probe of ours that there never was. What carries the key besides the transport header, lest
 * translators that rewrite it make us blind, has to lie as well. */
static void change_key(struct lie *lie)
{
    lie->bytes[lie->transport + 6] ^= 0x40;
    if (is_icmp(lie))
        return;
    if (lie->bytes[0] >> 4 == 4)
        lie->bytes[4] ^= 0x40;
    change_token(lie);
}

/* A key that is outstanding, with the payload of another probe. */
static void swap_key(struct lie *lie)
{
    store(lie->bytes + lie->transport + 6, lie->other_key);
}

/* Bytes of the payload that name a probe. */
#define IDENTITY 12

/* To somebody whom we never asked, or a port that we do not probe. With all else right that is what
 * a translator makes of a probe. */
static void send_elsewhere(struct lie *lie)
{
    lie->bytes[lie->transport - 1] ^= 0x7f;
}

static void send_to_port(struct lie *lie)
{
    lie->bytes[lie->transport + 3] ^= 0x21;
}

/* Of what names this probe he has seen all but the last byte. */
static void leave_last_byte(struct lie *lie)
{
    if (lie->length >= lie->payload + IDENTITY)
        lie->length = lie->payload + IDENTITY - 1;
}

/* He guesses that. */
static void guess_last_byte(struct lie *lie)
{
    lie->bytes[lie->payload + IDENTITY - 1] ^= 0x21;
}

static void change_destination(struct lie *lie)
{
    send_elsewhere(lie);
    leave_last_byte(lie);
}

static void guess_destination(struct lie *lie)
{
    send_elsewhere(lie);
    guess_last_byte(lie);
}

static void change_port(struct lie *lie)
{
    send_to_port(lie);
    leave_last_byte(lie);
}

static void guess_port(struct lie *lie)
{
    send_to_port(lie);
    guess_last_byte(lie);
}

static void change_protocol(struct lie *lie)
{
    bool ipv4 = lie->bytes[0] >> 4 == 4;
    lie->bytes[ipv4 ? 9 : 6] = IPPROTO_GRE;
}

/* The quote of a later fragment holds no transport header, whatever its bytes look like. */
static void make_fragment(struct lie *lie)
{
    if (lie->bytes[0] >> 4 == 4)
        store(lie->bytes + 6, 100);
    else
        lie->bytes[6] = IPPROTO_FRAGMENT;
}

/* The header is cut: nothing in it names a probe. */
static void cut_short(struct lie *lie)
{
    lie->length = lie->transport + 4;
}

/* Only the ICMP header came back: an echo reply must show the identity behind it. */
static void cut_payload(struct lie *lie)
{
    lie->length = lie->transport + 8;
}

static void make_noise(struct lie *lie)
{
    uint64_t seed = lie->other_key;
    for (size_t i = 0; i < lie->length; i++)
        lie->bytes[i] = (uint8_t)random_next(&seed);
}

static void keep(struct lie *lie)
{
    (void)lie;
}

enum vehicle {
    BY_ERROR, /* time exceeded */
    BY_UNREACHABLE,
    BY_ECHO,
    BY_REQUEST, /* the probe itself comes back */
    BY_ACCEPTANCE,
    BY_RESET,
    BY_REDIRECT,   /* quotes a probe, but is no error: it went on */
    BY_REASSEMBLY, /* time exceeded, but not its ttl's */
    BY_CORRUPTION  /* time exceeded with a wrong checksum */
};

static const struct forgery {
    const char *name;
    enum vehicle vehicle;
    void (*change)(struct lie *lie);
} forgeries[] = {
    {"id", BY_ERROR, change_id},
    {"key", BY_ERROR, change_key},
    {"swap", BY_ERROR, swap_key},
    {"destination", BY_ERROR, change_destination},
    {"port", BY_ERROR, change_port},
    {"destination_guess", BY_ERROR, guess_destination},
    {"port_guess", BY_ERROR, guess_port},
    {"token", BY_ERROR, change_token},
    {"protocol", BY_ERROR, change_protocol},
    {"fragment", BY_ERROR, make_fragment},
    {"cut", BY_ERROR, cut_short},
    {"noise", BY_ERROR, make_noise},
    {"unreachable_id", BY_UNREACHABLE, change_id},
    {"unreachable_token", BY_UNREACHABLE, change_token},
    {"echo_id", BY_ECHO, change_id},
    {"echo_key", BY_ECHO, change_key},
    {"echo_swap", BY_ECHO, swap_key},
    {"echo_token", BY_ECHO, change_token},
    {"echo_short", BY_ECHO, cut_payload},
    {"request", BY_REQUEST, keep},
    {"accept_id", BY_ACCEPTANCE, change_id},
    {"accept_key", BY_ACCEPTANCE, change_key},
    {"reset_id", BY_RESET, change_id},
    {"reset_key", BY_RESET, change_key},
    {"redirect", BY_REDIRECT, keep},
    {"reassembly", BY_REASSEMBLY, keep},
    {"corrupt", BY_CORRUPTION, keep},
};

#define FORGERY_COUNT (sizeof forgeries / sizeof forgeries[0])

bool forge_parse(const char *text, uint32_t *forge)
{
    char item[32];
    *forge = 0;
    while (value_next(&text, item, sizeof item)) {
        bool known = false;
        for (size_t i = 0; i < FORGERY_COUNT; i++) {
            if (strcmp(item, "all") == 0 || strcmp(item, forgeries[i].name) == 0) {
                *forge |= 1u << i;
                known = true;
            }
        }
        if (!known)
            return false;
    }
    return true;
}

size_t forge_kinds(void)
{
    return FORGERY_COUNT;
}

/* Some lies can be told about probes of one protocol alone. The kernel sees to the checksum of
 * ICMPv6, not to that of ICMP. */
static bool applies(const struct forgery *forgery, const struct lie *lie)
{
    if (forgery->change == swap_key && lie->other_key == 0)
        return false;
    switch (forgery->vehicle) {
    case BY_ACCEPTANCE:
    case BY_RESET:
        return lie->protocol == IPPROTO_TCP;
    case BY_ECHO:
    case BY_REQUEST:
        return is_icmp(lie);
    case BY_CORRUPTION:
        return lie->bytes[0] >> 4 == 4;
    default:
        if (forgery->change == change_port || forgery->change == guess_port)
            return !is_icmp(lie);
        return forgery->change != swap_key || is_icmp(lie);
    }
}

static size_t tell_by_error(const struct probe_view *changed, enum vehicle vehicle,
                            const struct ht_address *liar, uint8_t *reply)
{
    struct error_plan plan = {.responder = *liar,
                              .type = icmp_type_of(changed->version, vehicle == BY_UNREACHABLE
                                                                         ? ANSWER_UNREACHABLE
                                                                         : ANSWER_EXCEEDED),
                              .reply_ttl = 60,
                              .quote = UINT32_MAX};
    if (vehicle == BY_REDIRECT)
        plan.type = changed->version == 4 ? 5 : 137;
    plan.code = vehicle == BY_REASSEMBLY ? 1 : 0;
    size_t length = reply_error(changed, &plan, reply);
    if (vehicle == BY_CORRUPTION)
        reply[length - 1] ^= 0x10;
    return length;
}

/* A copy of the probe, still as it is. */
static struct lie begin_lie(const struct probe_view *probe, uint16_t other_key)
{
    size_t transport = (size_t)(probe->transport - probe->bytes);
    struct lie lie = {.length = probe->length,
                      .transport = transport,
                      .payload =
                          transport + (probe->protocol == IPPROTO_TCP ? probe->tcp_header : 8),
                      .stamp = probe->tcp_stamp_at != 0 ? transport + probe->tcp_stamp_at : 0,
                      .other_key = other_key,
                      .protocol = probe->protocol};
    memcpy(lie.bytes, probe->bytes, probe->length);
    return lie;
}

/* The lie's SYN is answered: its timestamp comes back, where it has one. */
static size_t tell_by_tcp(const struct probe_view *changed, const struct lie *lie, bool refused,
                          uint8_t *reply)
{
    struct tcp_plan plan = {.refused = refused};
    for (size_t i = 0; i < 4 && lie->stamp != 0; i++)
        plan.stamp = plan.stamp << 8 | lie->bytes[lie->stamp + i];
    return reply_tcp(changed, &plan, 60, reply);
}

size_t forge_write(size_t kind, const struct probe_view *probe, const struct ht_address *liar,
                   uint16_t other_key, bool *spoken_by_tcp, uint8_t *reply)
{
    const struct forgery *forgery = &forgeries[kind];
    const struct echo_plan whole = {.cut = UINT32_MAX};
    struct lie lie = begin_lie(probe, other_key);
    if (!applies(forgery, &lie))
        return 0;
    *spoken_by_tcp = forgery->vehicle == BY_ACCEPTANCE || forgery->vehicle == BY_RESET;
    forgery->change(&lie);

    struct probe_view changed = *probe;
    changed.bytes = lie.bytes;
    changed.length = lie.length;
    changed.transport = lie.bytes + lie.transport;
    changed.transport_length = lie.length - lie.transport;
    size_t length;
    switch (forgery->vehicle) {
    case BY_ACCEPTANCE:
    case BY_RESET:
        return tell_by_tcp(&changed, &lie, forgery->vehicle == BY_RESET, reply);
    case BY_ECHO:
        return reply_echo(&changed, liar, &whole, 60, reply);
    case BY_REQUEST:
        length = reply_echo(&changed, liar, &whole, 60, reply);
        reply[probe->version == 4 ? 20 : 0] = probe->transport[0];
        return length;
    default:
        return tell_by_error(&changed, forgery->vehicle, liar, reply);
    }
}
