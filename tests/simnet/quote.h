/* The quote in an ICMP error: the packet that caused it, as this router shows it, with
 * ICMP extensions (RFC 4884, RFC 4950) where the hop has MPLS labels. */
#ifndef SIMNET_QUOTE_H
#define SIMNET_QUOTE_H

#include "reply.h"

/* Appends the quote to a reply that so far holds the 8 bytes of ICMP header, and sets
 * the length field there where extensions follow. */
void quote_append(struct reply *reply, const struct probe *probe, const struct behaviour *behaviour,
                  uint8_t quoted_ttl);

#endif
