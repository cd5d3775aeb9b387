#include "wire/filter.h"

#include "wire/bpf.h"
#include "wire/filter_numbers.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/transport.h"

void ht_filter_refuse_all(struct ht_filter *filter)
{
    filter->length = 0;
    ht_bpf_emit(filter, BPF_RET | BPF_K, 0);
}

/* Where the id of an echo message stands. */
#define ECHO_ID_OFFSET 4

/* How many of the numbers probes of this transport show. */
static uint16_t numbers_of(const struct ht_transport *transport, const struct ht_local_ids *ids)
{
    return transport->has_ports ? ids->count : 1;
}

/* Accepts if the accumulator is one of the first `count` numbers; refuses if not. */
static void emit_verdict(struct ht_filter *filter, const struct ht_local_ids *ids, uint16_t count)
{
    ht_filter_numbers(filter, ids->of_flow, count);
    ht_bpf_emit(filter, BPF_RET | BPF_K, UINT32_MAX);
}

/* A jump over any number of instructions, from here to where it lands. */
static uint16_t jump_from_here(struct ht_filter *filter)
{
    ht_bpf_emit(filter, BPF_JMP | BPF_JA, 0);
    return (uint16_t)(filter->length - 1);
}

static void land_here(struct ht_filter *filter, uint16_t jump)
{
    filter->code[jump].k = filter->length - jump - 1U;
}

/* A quoted transport header of one protocol: refuse if it does not begin with a probe's type. The
 * header stands at `offset`, relative to X if `load_u8` is. */
static void emit_type(struct ht_filter *filter, int16_t type, uint16_t load_u8, uint32_t offset)
{
    if (type == HT_NO_TYPE)
        return;
    ht_bpf_emit(filter, load_u8, offset);
    ht_bpf_jump(filter, (uint32_t)type, 1, 0);
    ht_bpf_emit(filter, BPF_RET | BPF_K, 0);
}

/* The accumulator is the quoted protocol: verdicts for those that probes have. X + 8 is the quoted
 * transport header. */
static void emit_quotes(struct ht_filter *filter, const struct ht_local_ids *ids)
{
    for (size_t i = 0; i < HT_PROTOCOLS; i++) {
        const struct ht_transport *transport = ht_transports[i];
        ht_bpf_jump(filter, transport->ip_protocol[0], 1, 0);
        uint16_t other = jump_from_here(filter);
        emit_type(filter, transport->quoted_type[0], HT_BPF_LOAD_U8_AT_X, HT_ICMP_HEADER_LENGTH);
        ht_bpf_emit(filter, HT_BPF_LOAD_U16_AT_X, HT_ICMP_HEADER_LENGTH + transport->quoted_id);
        emit_verdict(filter, ids, numbers_of(transport, ids));
        land_here(filter, other);
    }
    ht_bpf_emit(filter, BPF_RET | BPF_K, 0);
}

/* For a raw ICMP socket, where a packet begins with its IPv4 header (options allowed, outer and
 * quoted). */
static void write_icmp(struct ht_filter *filter, const struct ht_local_ids *ids)
{
    ht_bpf_emit(filter, BPF_LDX | BPF_B | BPF_MSH, 0); /* X = length of the outer IPv4 header */
    ht_bpf_emit(filter, HT_BPF_LOAD_U8_AT_X, 0);       /* ICMP type */
    ht_bpf_jump(filter, HT_ICMP_ECHO_REPLY, 0, 4);
    ht_bpf_emit(filter, HT_BPF_LOAD_U16_AT_X, ECHO_ID_OFFSET);
    emit_verdict(filter, ids, 1);

    /* An error: the quote stands 8 bytes into the ICMP message. Its protocol goes to M[0]. */
    ht_bpf_emit(filter, HT_BPF_LOAD_U8_AT_X, HT_ICMP_HEADER_LENGTH + 9);
    ht_bpf_emit(filter, BPF_ST, 0);
    /* X += length of the quoted IPv4 header, so that X + 8 is the quoted transport header. */
    ht_bpf_emit(filter, HT_BPF_LOAD_U8_AT_X, HT_ICMP_HEADER_LENGTH);
    ht_bpf_emit(filter, BPF_ALU | BPF_AND | BPF_K, 0x0f);
    ht_bpf_emit(filter, BPF_ALU | BPF_LSH | BPF_K, 2);
    ht_bpf_emit(filter, BPF_ALU | BPF_ADD | BPF_X, 0);
    ht_bpf_emit(filter, BPF_MISC | BPF_TAX, 0);
    ht_bpf_emit(filter, BPF_LD | BPF_MEM, 0);
    emit_quotes(filter, ids);
}

/* The quoted IPv6 header follows the ICMPv6 header, the quoted transport header follows that. */
#define QUOTED_NEXT_HEADER (HT_ICMP_HEADER_LENGTH + 6)
#define QUOTED_SOURCE      (HT_ICMP_HEADER_LENGTH + HT_IPV6_SOURCE)
#define QUOTED_TRANSPORT   (HT_ICMP_HEADER_LENGTH + HT_IPV6_HEADER_LENGTH)

/* Of the first device of every network namespace (LOOPBACK_IFINDEX of the kernel). */
#define LOOPBACK_INDEX 1

_Static_assert(HT_FILTER_POSING_LENGTH == QUOTED_TRANSPORT + 8, "all that names the probe is left");

/* Accepts the packet, whole or as one of somebody who poses as this host. Addresses mostly differ
 * in their last word. */
static void emit_acceptance(struct ht_filter *filter)
{
    for (uint32_t word = 4; word-- > 0;) {
        ht_bpf_emit(filter, HT_BPF_LOAD_U32, QUOTED_SOURCE + 4 * word);
        ht_bpf_emit(filter, BPF_MISC | BPF_TAX, 0);
        ht_bpf_emit(filter, HT_BPF_LOAD_U32, (uint32_t)SKF_NET_OFF + HT_IPV6_SOURCE + 4 * word);
        filter->code[filter->length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, (uint8_t)(4 * word + 3));
    }
    ht_bpf_emit(filter, HT_BPF_LOAD_U32, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX));
    ht_bpf_jump(filter, LOOPBACK_INDEX, 1, 0);
    ht_bpf_emit(filter, BPF_RET | BPF_K, HT_FILTER_POSING_LENGTH);
    ht_bpf_emit(filter, BPF_RET | BPF_K, UINT32_MAX);
}

/* The accumulator is the quoted next header: one that probes have with a local id, and extension
 * headers unread (matching decides), go to what stands behind; others are refused. */
static void emit_quotes_ipv6(struct ht_filter *filter, const struct ht_local_ids *ids)
{
    uint16_t accepted[HT_PROTOCOLS];
    for (size_t i = 0; i < HT_PROTOCOLS; i++) {
        const struct ht_transport *transport = ht_transports[i];
        ht_bpf_jump(filter, transport->ip_protocol[1], 1, 0);
        uint16_t other = jump_from_here(filter);
        emit_type(filter, transport->quoted_type[1], HT_BPF_LOAD_U8, QUOTED_TRANSPORT);
        ht_bpf_emit(filter, HT_BPF_LOAD_U16, QUOTED_TRANSPORT + transport->quoted_id);
        ht_filter_numbers(filter, ids->of_flow, numbers_of(transport, ids));
        accepted[i] = jump_from_here(filter);
        land_here(filter, other);
    }
    ht_bpf_jump(filter, HT_IPV6_HOP_BY_HOP, 4, 0);
    ht_bpf_jump(filter, HT_IPV6_ROUTING, 3, 0);
    ht_bpf_jump(filter, HT_IPV6_FRAGMENT, 2, 0);
    ht_bpf_jump(filter, HT_IPV6_DESTINATION_OPTIONS, 1, 0);
    ht_bpf_emit(filter, BPF_RET | BPF_K, 0);
    for (size_t i = 0; i < HT_PROTOCOLS; i++)
        land_here(filter, accepted[i]);
}

/* For a raw ICMPv6 socket, where a packet begins with its ICMPv6 header. An error that bears the
 * very address that it quotes as the probe's source, and did not come in by the loopback device, is
 * cut to HT_FILTER_POSING_LENGTH. (Of IPv4 the kernel drops what comes from outside with an address
 * of this host; a packet of IPv6 shows afterwards the device that has the address, however it came
 * in.) */
static void write_icmpv6(struct ht_filter *filter, const struct ht_local_ids *ids)
{
    ht_bpf_emit(filter, HT_BPF_LOAD_U8, 0); /* ICMPv6 type */
    ht_bpf_jump(filter, HT_ICMPV6_ECHO_REPLY, 0, 4);
    ht_bpf_emit(filter, HT_BPF_LOAD_U16, ECHO_ID_OFFSET);
    emit_verdict(filter, ids, 1);
    ht_bpf_emit(filter, HT_BPF_LOAD_U8, QUOTED_NEXT_HEADER);
    emit_quotes_ipv6(filter, ids);
    emit_acceptance(filter);
}

/* Whose answers come to a socket of each kind. */
static const struct ht_transport *transport_of(enum ht_answers answers)
{
    static const enum ht_protocol protocols[] = {
        [HT_ANSWERS_ICMP] = HT_ICMP, [HT_ANSWERS_TCP] = HT_TCP};
    return ht_transports[protocols[answers]];
}

uint8_t ht_filter_ip_protocol(uint8_t ip_version, enum ht_answers answers)
{
    return transport_of(answers)->ip_protocol[ht_family_index(ip_version)];
}

void ht_filter_write(struct ht_filter *filter, uint8_t ip_version, enum ht_answers answers,
                     const struct ht_local_ids *ids)
{
    const struct ht_transport *transport = transport_of(answers);
    filter->length = 0;
    if (transport->filter_answers != NULL) {
        /* A packet begins with its IPv4 header, or behind its IPv6 header. */
        ht_bpf_emit(filter, ip_version == HT_IPV4 ? BPF_LDX | BPF_B | BPF_MSH : BPF_LDX | BPF_IMM,
                    0);
        transport->filter_answers(filter, ids);
    } else if (ip_version == HT_IPV4) {
        write_icmp(filter, ids);
    } else {
        write_icmpv6(filter, ids);
    }
}
