/* What the live view shows, gathered from reports and events: counts of each hop since the start.
 * Pure. */
#ifndef HT_EXEC_LIVE_MODEL_H
#define HT_EXEC_LIVE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace.h"

/* Rounds that a sparkline reaches back. */
#define LIVE_HISTORY 120

/* Addresses of a hop, and events, that are kept. */
#define LIVE_ADDRESSES 8
#define LIVE_EVENTS    8

/* A hop, or an address, that was not in a record for as many rounds is not shown any more. */
#define LIVE_ROUNDS_SHOWN 20

/* In a hop's history: nothing was sent, and nothing came back. Others are milliseconds. */
#define LIVE_NOT_SENT (-1.0F)
#define LIVE_LOST     (-2.0F)

struct live_address {
    struct ht_address address;
    char zone[16];  /* "": none */
    char name[80];  /* "": unknown */
    uint32_t round; /* in which it answered last, by the target's count */
};

struct live_hop {
    uint64_t sent;
    uint64_t received;
    double last_ms; /* mean of the last round with a reply; NaN before, as the others */
    double best_ms; /* of all replies */
    double worst_ms;
    double sum_ms;        /* of all replies */
    double jitter_sum_ms; /* of the rounds' jitter, or of differences from round to round */
    uint32_t jitter_count;
    double path_loss_percent;    /* NaN: unknown */
    uint32_t round;              /* whose record has it last, by the target's count */
    float history[LIVE_HISTORY]; /* means of rounds, the last one at the end */
    struct live_address addresses[LIVE_ADDRESSES]; /* the one with most replies in the last round
                                                      that had any, then by first appearance */
    size_t address_count;
};

struct live_target {
    char name[HT_NAME_MAX + 1];
    uint32_t rounds;        /* records so far */
    struct ht_report *last; /* owned: the last record; NULL: none yet */
    struct live_hop *hops;  /* owned; by ttl, from 1 on */
    size_t hop_count;
};

struct live_event {
    int64_t time_ns; /* wall clock */
    enum ht_severity severity;
    char message[HT_EVENT_MESSAGE_MAX];
};

struct live_model {
    struct live_target **targets; /* owned, as are its entries; in the order of the list */
    size_t target_count;
    size_t target_capacity;
    struct live_event events[LIVE_EVENTS]; /* the last ones, the newest at the end */
    size_t event_count;
};

void live_model_fini(struct live_model *model);

/* A target comes; NULL: no memory. */
struct live_target *live_model_join(struct live_model *model, const char *name);

/* A round is over. One that was cut short is not counted. False: no memory, nothing changed. */
bool live_model_report(struct live_target *target, const struct ht_report *report);

void live_model_event(struct live_model *model, const struct ht_event *event);

/* Forgets all counts, not what targets and events there are. */
void live_model_restart(struct live_model *model);

/* Of a hop; NaN: unknown. */
double live_hop_loss_percent(const struct live_hop *hop);
double live_hop_average_ms(const struct live_hop *hop);
double live_hop_jitter_ms(const struct live_hop *hop);

/* Whether a record of the last rounds had it. */
bool live_hop_is_shown(const struct live_target *target, const struct live_hop *hop);

#endif
