/* An engine that does as it is told: it refuses, gives up, or makes records as fast as it can. It
 * takes the place of the library's in a program that is linked with it. */
#ifndef HT_TESTS_FAKE_ENGINE_H
#define HT_TESTS_FAKE_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"

#define FAKE_RECORDS 6
#define FAKE_HOPS    4

struct fake_engine {
    bool refuse_new;
    bool refuse_open;
    bool refuse_dispatch;
    uint32_t pps_short;
    size_t alive;                          /* engines */
    enum ht_status statuses[FAKE_RECORDS]; /* of the first records; later ones are as the last */
    size_t hops[FAKE_RECORDS];             /* likewise; their ttls begin at 1 */
    size_t eventful;                       /* number of first records with an event before them */
    size_t reports_at_most;                /* the engine has nothing more to tell then */
    atomic_size_t reports;                 /* made so far; a report tells its number as `sent` */
};

/* What it is to do, and what it has done. */
extern struct fake_engine fake_engine;

/* It does what an engine should. */
void fake_engine_reset(void);

#endif
