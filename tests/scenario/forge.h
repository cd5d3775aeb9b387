/* Answers that are lies: what other programs' traffic looks like, and what an attacker who sees
 * nothing of ours could send. None of them may count. */
#ifndef HT_SCENARIO_FORGE_H
#define HT_SCENARIO_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

/* "id,token,..."; false: no such word. */
bool forge_parse(const char *text, uint32_t *forge);

/* The number of kinds; bit N of a forge word is kind N. */
size_t forge_kinds(void);

/* Writes the lie of this kind about a probe, sent by `liar`, to `reply` (REPLY_MAX bytes); returns
 * its length, 0 if it cannot be told of this probe. `other_key` is the key of another of our
 * probes, 0 if there is none. *spoken_by_tcp: it does not come by ICMP. */
size_t forge_write(size_t kind, const struct probe_view *probe, const struct ht_address *liar,
                   uint16_t other_key, bool *spoken_by_tcp, uint8_t *reply);

#endif
