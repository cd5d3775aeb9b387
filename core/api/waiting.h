/* Closed records that wait for the names of their routers. */
#ifndef HT_API_WAITING_H
#define HT_API_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/report.h"
#include "hoptrace/time.h"

struct ht_engine;
struct ht_scheduled_target;

/* A closed record waits for names no longer than this. */
#define HT_WAITING_NS (500 * HT_NS_PER_MS)

/* Keeps a closed record while names of its nodes are being asked for, and delivers it later: within
 * HT_WAITING_NS, and before the target's next round begins. False: the record is not kept, since no
 * name is being asked for, or for want of memory. */
bool ht_waiting_keep(struct ht_scheduled_target *scheduled, const struct ht_report *report);

/* Drops the record that waits, if any. */
void ht_waiting_drop(struct ht_scheduled_target *scheduled);

/* Delivers the records whose time is up, and, with `all`, the others. */
void ht_waiting_deliver(struct ht_engine *engine, bool all);

/* When the first record's time is up; HT_NEVER: none waits. */
int64_t ht_waiting_next_ns(const struct ht_engine *engine);

#endif
