/* What records tell of what the network does to packets, by what the nodes quoted. */
#ifndef HT_API_PACKETS_H
#define HT_API_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/marking.h"
#include "history/translators.h"
#include "hoptrace/report.h"

struct ht_flow_sightings;
struct ht_scheduled_target;

/* Different changes of the marking that a record tells, of all flows together. */
#define HT_SHOWN_MARKINGS_MAX 32

/* What the record that is shown points to. */
struct ht_shown_packets {
    struct ht_marking marking[HT_SHOWN_MARKINGS_MAX];
    size_t marking_count;
    struct ht_translator translators[UINT8_MAX]; /* a ttl each at most */
    size_t translator_count;
};

/* Enters what the hops of one flow's own record quoted into what is remembered of its path; the
 * rest as of ht_marking_take. */
bool ht_packets_take(struct ht_marking_path *memory, uint8_t sent, const struct ht_report *report,
                     uint8_t changed_ttl, struct ht_marking_event *event);

/* Fills what a record of a round tells of marking and translators, by what each flow's own record
 * shows: where flows meet again behind different routers, a node quotes what each of them has met.
 * It points into the engine, until the next call. */
void ht_packets_show(struct ht_scheduled_target *scheduled, const struct ht_flow_sightings *seen,
                     struct ht_report *report);

#endif
