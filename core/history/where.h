/* Where a path breaks: takes finished rounds, and says what the last ones show. Pure.
 *
 * Enter each round of a path's memory that was not cut short and did not fail on this host, after
 * ht_where_forget if the round has found that the path changed.
 *
 * In bytes, with a window of 20 rounds of 15 hops: 4,300 at most, with what is allocated
 * (loss_window.h, window_times.h, usual_time.h, hop_times.h). */
#ifndef HT_HISTORY_WHERE_H
#define HT_HISTORY_WHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/event_limit.h"
#include "history/hop_times.h"
#include "history/loss_place.h"
#include "history/loss_window.h"
#include "history/round_result.h"
#include "history/usual_time.h"
#include "history/verdict_states.h"
#include "history/window_times.h"

/* Settings of the target. */
struct ht_where_settings {
    uint16_t window;     /* rounds, HT_WINDOW_MIN to HT_WINDOW_MAX */
    double loss_warning; /* percent, 0 to 100 */
    double rtt_warning;  /* percent, 0 to 10000 */
};

enum ht_where_kind {
    HT_WHERE_LOSS_BEGAN,
    HT_WHERE_LOSS_ENDED,
    HT_WHERE_UNREACHED,
    HT_WHERE_REACHED,
    HT_WHERE_RTT_ROSE,
    HT_WHERE_RTT_FELL,
    HT_WHERE_KINDS
};

/* {0}: nothing is known. */
struct ht_where {
    struct ht_loss_window window;
    struct ht_window_times rtt;
    struct ht_usual_time usual;
    struct ht_hop_times times;
    struct ht_event_limit limits[HT_WHERE_KINDS];
    int64_t doubt_ns;            /* time of the round in doubt, or that began the outage */
    uint32_t round;              /* number of the last one; 0: none */
    uint8_t destination_ttl;     /* where it was last; 0: it never answered */
    struct ht_span loss_place;   /* of the loss that was told, the narrowest; {0}: of none yet */
    struct ht_span rtt_place;    /* of the rise, likewise */
    struct ht_span outage_place; /* of the last outage, the last one */
    enum ht_reach reach;
    struct ht_loss_state loss;
    struct ht_time_state time;
};

struct ht_where_event {
    enum ht_where_kind kind;
    bool told;         /* false: it is the fourth of its kind in a window, or a further one, and is
                          counted only */
    bool path_changed; /* RTT_FELL: another path, of which nothing is usual yet */
    bool became_usual; /* RTT_FELL: the risen time is the usual one from now on */
    uint32_t untold;   /* if told: events of its kind since the last one told that were not */
    struct ht_span place; /* of what began, or has ended; by_hop 0: not known */
    int64_t time_ns;      /* the record's; UNREACHED: of the first one without an answer */
};

#define HT_WHERE_EVENTS_MAX 3

/* For the record, and the events of its round. */
struct ht_where_verdict {
    struct ht_counts window; /* end to end */
    uint16_t rounds;         /* that these are of */
    bool loss_significant;   /* of the window; in an outage, of its rounds */
    bool rtt_risen;
    struct ht_span loss; /* of the same; by_hop 0: not significant */
    struct ht_span rtt;  /* by_hop 0: not risen, or not above the usual time at the moment */
    struct ht_time_evidence time;
    struct ht_where_event events[HT_WHERE_EVENTS_MAX];
    uint8_t event_count;
};

void ht_where_fini(struct ht_where *where);

/* The path has changed at this ttl. */
void ht_where_forget(struct ht_where *where, uint8_t ttl);

/* Enters a round, and says what there is to say. One in which nothing was sent to the destination
 * changes nothing. */
void ht_where_take(struct ht_where *where, const struct ht_where_settings *settings,
                   const struct ht_round_result *round, struct ht_where_verdict *verdict);

/* path_loss_percent of the hops, percent[ttl - 1] for `hop_count` ttls; NaN where nothing is known.
 */
void ht_where_path_loss(const struct ht_where *where, size_t hop_count, float *percent);

/* For restoring: true if counts, indices and states are such as rounds make them. */
bool ht_where_is_sound(const struct ht_where *where);

/* Most bytes that a memory with this window and hop count takes, but for malloc's own. */
size_t ht_where_bytes(uint16_t window, size_t hop_count);

#endif
