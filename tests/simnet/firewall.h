/* The firewalls on paths: what TCP may pass, and with which sequence number. One object keeps the
 * connections of all of them. No system call, no clock: time is an argument. */
#ifndef SIMNET_FIREWALL_H
#define SIMNET_FIREWALL_H

#include "probe.h"

struct firewall;

/* Remembers `connections` at a time (rounded up to a power of two); the oldest of a crowded place
 * is forgotten. NULL without memory. */
struct firewall *firewall_new(uint32_t connections, uint64_t seed);
void firewall_free(struct firewall *firewall);

/* A packet of the prober comes by the firewall at this hop, which does the FIREWALL_... bits of
 * `does`. False: it is dropped. *shift: what is added to its sequence number.
 *
 * A connection begins with a SYN and ends with a RST in the window or a FIN, or when nothing of it
 * has passed for 30 s (established: 1 h). Its shift, if any, is chosen when it begins. */
bool firewall_pass(struct firewall *firewall, uint32_t hop, unsigned does,
                   const struct probe *probe, int64_t now_ns, uint32_t *shift);

/* The connection of this packet has been refused: the RST comes by on its way back at at_ns. */
void firewall_refused(struct firewall *firewall, uint32_t hop, const struct probe *probe,
                      int64_t at_ns);

#endif
