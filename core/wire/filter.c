#include "wire/filter.h"

#include "wire/icmp.h"
#include "wire/ip.h"

/* Offset of the source port or, 4 bytes in, of the echo id within the quoted transport header. */
#define ECHO_ID_OFFSET 4

#define LOAD_U8       (BPF_LD | BPF_B | BPF_ABS)
#define LOAD_U16      (BPF_LD | BPF_H | BPF_ABS)
#define LOAD_U32      (BPF_LD | BPF_W | BPF_ABS)
#define LOAD_U8_AT_X  (BPF_LD | BPF_B | BPF_IND)
#define LOAD_U16_AT_X (BPF_LD | BPF_H | BPF_IND)

static void emit(struct ht_filter *filter, uint16_t code, uint32_t k)
{
    filter->code[filter->length++] = (struct sock_filter)BPF_STMT(code, k);
}

/* Compares the accumulator with k and skips so many of the instructions that follow. */
static void emit_jump(struct ht_filter *filter, uint32_t k, uint8_t skip_if_equal,
                      uint8_t skip_if_not)
{
    filter->code[filter->length++] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, skip_if_equal, skip_if_not);
}

/* Three instructions: accept if the accumulator is the id; refuse if not. */
static void emit_verdict(struct ht_filter *filter, uint16_t local_id)
{
    emit_jump(filter, local_id, 0, 1);
    emit(filter, BPF_RET | BPF_K, UINT32_MAX);
    emit(filter, BPF_RET | BPF_K, 0);
}

void ht_filter_refuse_all(struct ht_filter *filter)
{
    filter->length = 0;
    emit(filter, BPF_RET | BPF_K, 0);
}

void ht_filter_icmp(struct ht_filter *filter, uint16_t local_id)
{
    filter->length = 0;
    emit(filter, BPF_LDX | BPF_B | BPF_MSH, 0); /* X = length of the outer IPv4 header */
    emit(filter, LOAD_U8_AT_X, 0);              /* ICMP type */
    emit_jump(filter, HT_ICMP_ECHO_REPLY, 0, 4);
    emit(filter, LOAD_U16_AT_X, ECHO_ID_OFFSET);
    emit_verdict(filter, local_id);

    /* An error: the quote stands 8 bytes into the ICMP message. Its protocol goes to M[0]. */
    emit(filter, LOAD_U8_AT_X, HT_ICMP_HEADER_LENGTH + 9);
    emit(filter, BPF_ST, 0);
    /* X += length of the quoted IPv4 header, so that X + 8 is the quoted transport header. */
    emit(filter, LOAD_U8_AT_X, HT_ICMP_HEADER_LENGTH);
    emit(filter, BPF_ALU | BPF_AND | BPF_K, 0x0f);
    emit(filter, BPF_ALU | BPF_LSH | BPF_K, 2);
    emit(filter, BPF_ALU | BPF_ADD | BPF_X, 0);
    emit(filter, BPF_MISC | BPF_TAX, 0);
    emit(filter, BPF_LD | BPF_MEM, 0);
    emit_jump(filter, HT_IPPROTO_ICMP, 0, 6);
    emit(filter, LOAD_U8_AT_X, HT_ICMP_HEADER_LENGTH);
    emit_jump(filter, HT_ICMP_ECHO_REQUEST, 0, 3);
    emit(filter, LOAD_U16_AT_X, HT_ICMP_HEADER_LENGTH + ECHO_ID_OFFSET);
    emit_verdict(filter, local_id);
    emit_jump(filter, HT_IPPROTO_UDP, 1, 0);
    emit_jump(filter, HT_IPPROTO_TCP, 0, 3);
    emit(filter, LOAD_U16_AT_X, HT_ICMP_HEADER_LENGTH);
    emit_verdict(filter, local_id);
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
        emit(filter, LOAD_U32, QUOTED_SOURCE + 4 * word);
        emit(filter, BPF_MISC | BPF_TAX, 0);
        emit(filter, LOAD_U32, (uint32_t)SKF_NET_OFF + HT_IPV6_SOURCE + 4 * word);
        filter->code[filter->length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, (uint8_t)(4 * word + 3));
    }
    emit(filter, LOAD_U32, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX));
    emit_jump(filter, LOOPBACK_INDEX, 1, 0);
    emit(filter, BPF_RET | BPF_K, HT_FILTER_POSING_LENGTH);
    emit(filter, BPF_RET | BPF_K, UINT32_MAX);
}

void ht_filter_icmpv6(struct ht_filter *filter, uint16_t local_id)
{
    filter->length = 0;
    emit(filter, LOAD_U8, 0); /* ICMPv6 type */
    emit_jump(filter, HT_ICMPV6_ECHO_REPLY, 0, 4);
    emit(filter, LOAD_U16, ECHO_ID_OFFSET);
    emit_verdict(filter, local_id);

    emit(filter, LOAD_U8, QUOTED_NEXT_HEADER);
    emit_jump(filter, HT_IPPROTO_ICMPV6, 0, 4);
    emit(filter, LOAD_U8, QUOTED_TRANSPORT);
    emit_jump(filter, HT_ICMPV6_ECHO_REQUEST, 0, 10);
    emit(filter, LOAD_U16, QUOTED_TRANSPORT + ECHO_ID_OFFSET);
    emit_jump(filter, local_id, 9, 8);
    emit_jump(filter, HT_IPPROTO_UDP, 5, 0);
    emit_jump(filter, HT_IPPROTO_TCP, 4, 0);
    emit_jump(filter, HT_IPV6_HOP_BY_HOP, 6, 0);
    emit_jump(filter, HT_IPV6_ROUTING, 5, 0);
    emit_jump(filter, HT_IPV6_FRAGMENT, 4, 0);
    emit_jump(filter, HT_IPV6_DESTINATION_OPTIONS, 3, 2);
    emit(filter, LOAD_U16, QUOTED_TRANSPORT);
    emit_jump(filter, local_id, 1, 0);
    emit(filter, BPF_RET | BPF_K, 0);
    emit_acceptance(filter);
}

/* RFC 9293 section 3.1. */
enum { TCP_DESTINATION_PORT = 2, TCP_FLAGS = 13, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/* Loads relative to X; for IPv6, X is 0. */
static void emit_tcp(struct ht_filter *filter, uint16_t local_id)
{
    emit(filter, LOAD_U16_AT_X, TCP_DESTINATION_PORT);
    emit_jump(filter, local_id, 0, 5);
    emit(filter, LOAD_U8_AT_X, TCP_FLAGS);
    emit(filter, BPF_ALU | BPF_AND | BPF_K, TCP_SYN | TCP_RST | TCP_ACK);
    emit_jump(filter, TCP_SYN | TCP_ACK, 1, 0);
    emit_jump(filter, TCP_RST | TCP_ACK, 0, 1);
    emit(filter, BPF_RET | BPF_K, UINT32_MAX);
    emit(filter, BPF_RET | BPF_K, 0);
}

void ht_filter_tcp(struct ht_filter *filter, uint16_t local_id)
{
    filter->length = 0;
    emit(filter, BPF_LDX | BPF_B | BPF_MSH, 0);
    emit_tcp(filter, local_id);
}

void ht_filter_tcpv6(struct ht_filter *filter, uint16_t local_id)
{
    filter->length = 0;
    emit(filter, BPF_LDX | BPF_IMM, 0);
    emit_tcp(filter, local_id);
}
