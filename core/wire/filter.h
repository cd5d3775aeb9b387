/* The socket filter as data: a classic BPF program that admits only answers to our own probes, so
 * that strangers' packets cost no buffer. Net attaches it; the layout is the kernel's. */
#ifndef HT_WIRE_FILTER_H
#define HT_WIRE_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* Instructions; the longest filter, that of ICMPv6, has 47. */
#define HT_FILTER_MAX 64

/* What is left of a packet that somebody else signed with our own address: short of the payload,
 * and so shorter than what our own kernel ever quotes. */
#define HT_FILTER_POSING_LENGTH 56

struct ht_filter {
    struct sock_filter code[HT_FILTER_MAX];
    uint16_t length;
};

/* Refuses every packet: for the moment between opening a socket and setting its real filter. */
void ht_filter_refuse_all(struct ht_filter *filter);

/* The raw sockets that answers come to: of ICMP echo replies, and errors about probes of every
 * protocol; of TCP what listeners answer. */
enum ht_answers { HT_ANSWERS_ICMP, HT_ANSWERS_TCP };

/* The IP protocol of such a socket. */
uint8_t ht_filter_ip_protocol(uint8_t ip_version, enum ht_answers answers);

/* For such a socket: admits echo replies with id `local_id` and errors that quote a probe with that
 * id or from that port; or answers to that port.
 *
 * IPv6: a quote with extension headers is admitted unread. An error that bears this host's own
 * address, and is not this host's, is cut to HT_FILTER_POSING_LENGTH. */
void ht_filter_write(struct ht_filter *filter, uint8_t ip_version, enum ht_answers answers,
                     uint16_t local_id);

#endif
