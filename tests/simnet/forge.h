/* Forged answers: nearly right, sent before the true one, so that a prober that looks
 * less closely than it should takes them. */
#ifndef SIMNET_FORGE_H
#define SIMNET_FORGE_H

#include "answer.h"

/* Emits every forgery the site asks for, at half its RTT. Those that pretend to come from
 * a router come from FORGER_IPV4 or FORGER_IPV6. */
void forge_answers(struct network *network, const struct probe *probe, const struct site *site);

#endif
