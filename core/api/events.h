/* The events that an engine tells its caller. */
#ifndef HT_API_EVENTS_H
#define HT_API_EVENTS_H

#include "hoptrace/report.h"

struct ht_scheduled_target;

/* Tells the news of the round whose record this is, as the caller will be shown it; they are no
 * news any more. */
void ht_events_tell(struct ht_scheduled_target *scheduled, const struct ht_report *report);

#endif
