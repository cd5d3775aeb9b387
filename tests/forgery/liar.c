#include "liar.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "support.h"

/* Where fields stand in the transport header. */
enum {
    ECHO_CHECKSUM = 2,
    ECHO_ID = 4,
    ECHO_SEQUENCE = 6,
    UDP_CHECKSUM = 6,
    TCP_SEQUENCE = 4,
    TCP_WINDOW = 14,
    TCP_STAMP = 28,
    DATAGRAM_PAYLOAD = 8
};

/* As net/reserve.h has it. */
#define FIRST_NUMBER 61001
#define NUMBERS      4535

static void put16(uint8_t *bytes, uint16_t value)
{
    value = htons(value);
    memcpy(bytes, &value, sizeof value);
}

static uint32_t pick(struct liar *liar)
{
    return (uint32_t)(random_next(&liar->random) >> 16);
}

static void scramble(struct liar *liar, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)pick(liar);
}

/* What all probes of the flow have, and he does not know. */
static void guess_constants(struct liar *liar, const struct probe_view *view, uint8_t *bytes,
                            uint8_t *transport)
{
    uint16_t number = (uint16_t)(FIRST_NUMBER + pick(liar) % NUMBERS);
    bool icmp = view->protocol == icmp_protocol(view->version);
    put16(transport + (icmp ? ECHO_ID : 0), number);
    if (icmp)
        scramble(liar, transport + ECHO_CHECKSUM, 2);
    if (view->protocol == IPPROTO_TCP) {
        scramble(liar, transport + TCP_SEQUENCE, 4);
        scramble(liar, transport + TCP_STAMP, 4);
    }
    if (view->version == 6) {
        bytes[1] = (uint8_t)((bytes[1] & 0xf0) | (pick(liar) & 0x0f));
        scramble(liar, bytes + 2, 2);
    }
}

/* The length that the quoted headers tell: probes of a flow may have some that differ. */
static void guess_length(struct liar *liar, const struct probe_view *view, uint8_t *bytes,
                         uint8_t *transport)
{
    bool tcp = view->protocol == IPPROTO_TCP;
    uint16_t more = (uint16_t)(tcp ? pick(liar) % 6 * 4 : pick(liar) % 257);
    uint16_t length;
    uint8_t *field = bytes + (view->version == 4 ? 2 : 4);
    memcpy(&length, field, sizeof length);
    put16(field, (uint16_t)(ntohs(length) + more));
    memcpy(&length, transport + 4, sizeof length);
    if (!tcp)
        put16(transport + 4, (uint16_t)(ntohs(length) + more));
}

/* What this probe alone has. Of the timestamp he can tell the beginning from others. */
static void guess_own(struct liar *liar, const struct probe_view *view, uint8_t *bytes,
                      uint8_t *transport)
{
    if (view->version == 4)
        scramble(liar, bytes + 4, 2);
    if (view->protocol == IPPROTO_TCP) {
        scramble(liar, transport + TCP_WINDOW, 2);
        transport[TCP_STAMP + 2] ^= (uint8_t)(pick(liar) & 0x07);
        scramble(liar, transport + TCP_STAMP + 3, 1);
        return;
    }
    size_t key = view->protocol == IPPROTO_UDP ? UDP_CHECKSUM : ECHO_SEQUENCE;
    scramble(liar, transport + key, 2);
    /* Compensation, key and code; the tag between is the flow's. */
    uint8_t *payload = transport + DATAGRAM_PAYLOAD;
    scramble(liar, payload, 2);
    memcpy(payload + 2, transport + key, 2);
    scramble(liar, payload + 8, 4);
    if (liar->knowledge == KNOWS_TARGETS)
        scramble(liar, payload + 4, 4);
}

static size_t answer(const struct liar *liar, const struct probe_view *view,
                     struct ht_address *from, uint8_t *reply)
{
    bool icmp = view->protocol == icmp_protocol(view->version);
    struct tcp_plan tcp = {.refused = liar->vehicle == BY_RESET, .stamp = view->tcp_stamp};
    struct echo_plan echo = {.cut = UINT32_MAX};
    struct error_plan error = {.type = icmp_type_of(view->version, ANSWER_EXCEEDED),
                               .reply_ttl = 60,
                               .quote = liar->quote};
    *from = view->destination;
    switch (liar->vehicle) {
    case BY_ECHO:
        return icmp ? reply_echo(view, from, &echo, 60, reply) : 0;
    case BY_ACCEPTANCE:
    case BY_RESET:
        return view->protocol == IPPROTO_TCP ? reply_tcp(view, &tcp, 60, reply) : 0;
    case BY_UNREACHABLE:
        error.type = icmp_type_of(view->version, ANSWER_UNREACHABLE);
        error.code = view->version == 4 ? 3 : 4;
        break;
    case BY_ELSEWHERE:
        error.rewrite = REWRITE_DESTINATION | REWRITE_PORT;
        /* fall through */
    default:
        from->bytes[view->version == 4 ? 3 : 15] ^= 0x55; /* some router */
        break;
    }
    error.responder = *from;
    return reply_error(view, &error, reply);
}

size_t liar_lies(struct liar *liar, const struct seen *probe, struct ht_address *from,
                 uint8_t *reply)
{
    struct probe_view view;
    uint8_t bytes[HT_PACKET_MAX];
    memcpy(bytes, probe->bytes, probe->length);
    if (!probe_view_read(bytes, probe->length, &view))
        die("a probe that is no packet");
    uint8_t *transport = bytes + (view.transport - view.bytes);
    if (liar->knowledge == KNOWS_TARGETS)
        guess_constants(liar, &view, bytes, transport);
    if (liar->knowledge != HAS_SEEN_LAST)
        guess_own(liar, &view, bytes, transport);
    if (liar->knowledge != HAS_SEEN_LAST && liar->quote == 8 &&
        view.protocol != icmp_protocol(view.version))
        guess_length(liar, &view, bytes, transport);
    if (!probe_view_read(bytes, probe->length, &view))
        die("a lie that is no packet");
    return answer(liar, &view, from, reply);
}
