/* ICMP (RFC 792) and ICMPv6 (RFC 4443) message numbers that matter to a path measurement. */
#ifndef HT_WIRE_ICMP_H
#define HT_WIRE_ICMP_H

/* Type, code, checksum, then four bytes of which the meaning depends on the type. */
#define HT_ICMP_HEADER_LENGTH 8

enum {
    HT_ICMP_ECHO_REPLY = 0,
    HT_ICMP_UNREACHABLE = 3,
    HT_ICMP_ECHO_REQUEST = 8,
    HT_ICMP_TIME_EXCEEDED = 11,
    HT_ICMP_PARAMETER_PROBLEM = 12
};

/* Codes of HT_ICMP_UNREACHABLE. */
enum { HT_ICMP_FRAGMENTATION_NEEDED = 4 };

enum {
    HT_ICMPV6_UNREACHABLE = 1,
    HT_ICMPV6_PACKET_TOO_BIG = 2,
    HT_ICMPV6_TIME_EXCEEDED = 3,
    HT_ICMPV6_PARAMETER_PROBLEM = 4,
    HT_ICMPV6_ECHO_REQUEST = 128,
    HT_ICMPV6_ECHO_REPLY = 129
};

#endif
