/* The socket filter as data: a classic BPF program that admits only answers to our own probes, so
 * that strangers' packets cost no buffer. Net attaches it; the layout is the kernel's. */
#ifndef HT_WIRE_FILTER_H
#define HT_WIRE_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "model/local_ids.h"

/* Instructions: room for the numbers of two protocols, of up to HT_FLOWS_SEARCHED flows, and for
 * what else the longest filter has, that of ICMPv6. The kernel takes 4,096. */
#define HT_FILTER_MAX (2 * HT_FLOWS_SEARCHED * 5 / 4 + 64)

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

/* For such a socket: admits echo replies with the first of `ids` as their id, and errors that quote
 * a probe with that id or from one of these ports; or answers to one of these ports. There is at
 * least one.
 *
 * IPv6: a quote with extension headers is admitted unread. An error that bears this host's own
 * address, and is not this host's, is cut to HT_FILTER_POSING_LENGTH. */
void ht_filter_write(struct ht_filter *filter, uint8_t ip_version, enum ht_answers answers,
                     const struct ht_local_ids *ids);

#endif
