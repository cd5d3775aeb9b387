/* The socket filter as data: a classic BPF program that admits only answers to our own probes, so
 * that strangers' packets cost no buffer. Net attaches it; the layout is the kernel's. */
#ifndef HT_WIRE_FILTER_H
#define HT_WIRE_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define HT_FILTER_MAX 48

/* What is left of a packet that somebody else signed with our own address: short of the payload,
 * and so shorter than what our own kernel ever quotes. */
#define HT_FILTER_POSING_LENGTH 56

struct ht_filter {
    struct sock_filter code[HT_FILTER_MAX];
    uint16_t length;
};

/* Refuses every packet: for the moment between opening a socket and setting its real filter. */
void ht_filter_refuse_all(struct ht_filter *filter);

/* For a raw ICMP socket, where a packet begins with its IPv4 header (options allowed, outer and
 * quoted): echo replies with id `local_id`, and errors quoting an echo request with that id or a
 * UDP or TCP packet from that port. */
void ht_filter_icmp(struct ht_filter *filter, uint16_t local_id);

/* The same for a raw ICMPv6 socket, where a packet begins with its ICMPv6 header. A quote with
 * extension headers is admitted unread: matching decides. An error that bears the very address that
 * it quotes as the probe's source, and did not come in by the loopback device, is cut to
 * HT_FILTER_POSING_LENGTH. (Of IPv4 the kernel drops what comes from outside with an address of
 * this host; a packet of IPv6 shows afterwards the device that has the address, however it came
 * in.) */
void ht_filter_icmpv6(struct ht_filter *filter, uint16_t local_id);

/* For a raw TCP socket of IPv4 (a packet begins with its IPv4 header) or IPv6 (with its TCP
 * header): SYN-ACKs and resets to port `local_id`. */
void ht_filter_tcp(struct ht_filter *filter, uint16_t local_id);
void ht_filter_tcpv6(struct ht_filter *filter, uint16_t local_id);

#endif
