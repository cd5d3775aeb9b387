/* When what a TCP listener may hold half open is broken off (tcp_listener.h). */
#ifndef HT_PROBING_BREAK_OFF_H
#define HT_PROBING_BREAK_OFF_H

#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* Takes what has to be broken off at `now_ns`, before any further SYN: the caller sends *resets
 * resets at once, under the ttl and the id of the SYN at the index that is returned. HT_NO_PROBE:
 * nothing has to be. */
uint32_t ht_break_off_take(struct ht_round *round, int64_t now_ns, size_t *resets);

#endif
