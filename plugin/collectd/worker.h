/* The engine in a thread of its own. It puts finished records, with their events, into the targets'
 * mailboxes and touches nothing else of the daemon's. */
#ifndef HT_COLLECTD_WORKER_H
#define HT_COLLECTD_WORKER_H

#include <stdint.h>

#include "hoptrace/error.h"
#include "setup.h"

struct worker;

/* Opens the engine's sockets and starts the thread. A privilege that is missing, or an engine
 * that cannot be had for the moment, is said in the log and is no failure: the records will say
 * the one, the thread tries again for the other. HT_ERR_NOMEM, HT_ERR_SYSTEM: there is no thread.
 * `setup` is only read from here on, and must live until worker_stop. */
int worker_start(struct setup *setup, struct worker **worker, struct ht_error *error);

/* Wakes the thread, waits until it is gone, frees the engine. Takes as long as one dispatch of
 * the engine. NULL is allowed. */
void worker_stop(struct worker *worker);

#endif
