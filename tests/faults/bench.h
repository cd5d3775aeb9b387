/* An engine on the network of on_simnet.py: targets of all kinds, of each of which is known what
 * its record must say. Records are judged as they come; nothing here allocates. */
#ifndef HT_TESTS_FAULTS_BENCH_H
#define HT_TESTS_FAULTS_BENCH_H

#include "hoptrace.h"

/* Four that are reached, by every protocol, both families and a name; one name without address. */
#define BENCH_TARGETS  5
#define BENCH_BY_NAME  3
#define BENCH_NAMELESS 4

enum bench_verdict {
    BENCH_RIGHT, /* all is as it is in the network */
    BENCH_REFUSED /* says in a sentence that this host could not, and claims no loss */,
    BENCH_WRONG
};
#define BENCH_VERDICTS 3

struct bench_target {
    bool added;
    uint32_t id;
    unsigned records[BENCH_VERDICTS]; /* of this round, by what they are worth */
};

struct bench {
    struct ht_engine *engine; /* NULL: could not be made */
    struct bench_target targets[BENCH_TARGETS];
    struct ht_error error; /* of the call that failed last */
    size_t failed_adds;
    unsigned wrong_calls; /* failed without a code and a sentence that fit */
    char unlike[512];     /* what the last record said that was not as it is in the network */
};

/* Makes the engine. False: refused. */
bool bench_new(struct bench *bench);
void bench_free(struct bench *bench);

/* One round of each target: adds them all (anew), opens what they need, waits for their records.
 * False: the engine gave up, or did not end in time. */
bool bench_round(struct bench *bench);

/* How many targets had a record of this kind, and no other record. */
size_t bench_count(const struct bench *bench, enum bench_verdict verdict);

#endif
