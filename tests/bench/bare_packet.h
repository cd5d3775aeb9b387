/* The probes of the bare loop: packets of the size and kind that hoptrace sends, and a filter that
 * admits the answers to them. */
#ifndef BENCH_BARE_PACKET_H
#define BENCH_BARE_PACKET_H

#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BARE_PACKET_MAX 96
#define BARE_FILTER_MAX 10

union bare_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* All probes of a run: one family, one protocol, one source, one id or source port. */
struct bare_kind {
    sa_family_t family;
    uint8_t protocol; /* IPPROTO_ICMP (in IPv6: _ICMPV6), _UDP, _TCP */
    size_t length;
    uint8_t bytes[BARE_PACKET_MAX]; /* a probe with ttl and destination left open */
    uint32_t sum;                   /* of all that the transport's checksum covers in it */
};

/* False if it is the address of another family than `family` (AF_UNSPEC: either is good). */
bool bare_address_read(union bare_address *address, sa_family_t family, const char *text);

/* The kind of probe to this protocol ("icmp", "udp", "tcp"); false for others. */
bool bare_kind_init(struct bare_kind *kind, const char *protocol, const union bare_address *source);

/* Writes a probe. `bytes` holds an earlier probe of this kind, or the kind's own bytes. */
void bare_packet_write(const struct bare_kind *kind, uint8_t *bytes,
                       const union bare_address *destination, uint8_t ttl, uint16_t sequence);

/* Returns the length of a filter that admits ICMP answers to such probes. */
unsigned short bare_filter_icmp(const struct bare_kind *kind,
                                struct sock_filter code[BARE_FILTER_MAX]);
/* Likewise, TCP answers. */
unsigned short bare_filter_tcp(const struct bare_kind *kind,
                               struct sock_filter code[BARE_FILTER_MAX]);

#endif
