/* Probes that leave: handing them out, and what became of the sending. */
#ifndef HT_PROBING_SENDING_H
#define HT_PROBING_SENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* Enters the probe that is due in the log, under the round's next number: *probe is its index.
 * False: none is due, or memory was refused (out_of_memory: no more is sent). */
bool ht_sending_take(struct ht_round *round, int64_t now_ns, uint32_t *probe);

/* The result of sending a probe: it left; a queue here was full; this host refused it. */
void ht_sending_sent(struct ht_round *round, uint32_t index, int64_t sent_ns, bool kernel_stamp);
void ht_sending_busy(struct ht_round *round, uint32_t index, int64_t now_ns, int sys_errno);
void ht_sending_refused(struct ht_round *round, uint32_t index, int64_t now_ns, int sys_errno);

/* Our own kernel gave a probe back after it had taken it: the neighbour that it was for does not
 * answer. That is no loss of the network's: the probe counts as not sent, and so do all others of
 * the round if none was answered; no more is sent in this round. */
void ht_sending_bounced(struct ht_probe_log *log, struct ht_host_faults *host, uint32_t index,
                        int sys_errno);

#endif
