/* Where in their interval the rounds of each target lie: at a phase that is a hash of this host's
 * name and the target's, so that of many hosts with the same targets no two ask a target at the
 * same moment, and so that a target's is the same in the next process.
 *
 * Phases drawn at random clump: of n targets the two closest would be interval / n^2 apart. So the
 * targets of an interval share 2^k slots, the fewest that are enough, and each has the first free
 * slot from its hash on. Of n targets that came without others going, any two are more than
 * interval / (2 n) apart. Where targets come later the slots are halved when all are taken: who has
 * a slot keeps its phase. */
#ifndef HT_PROBING_SPREAD_H
#define HT_PROBING_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The slots of one interval; internal. */
struct ht_spread_slots {
    int64_t interval_ns;
    uint64_t *taken; /* owned: a bit for each of 2^bits slots */
    unsigned bits;
    size_t count;    /* that are taken */
    size_t expected; /* targets that were told of */
};

struct ht_spread {
    uint64_t key[2];              /* of the hash: made of the host's name */
    struct ht_spread_slots *list; /* owned; one for each interval that targets have */
    size_t count;
    size_t capacity;
};

/* No target yet. */
void ht_spread_init(struct ht_spread *spread, const char *host_name);
void ht_spread_fini(struct ht_spread *spread);

/* Tells of one target that will come: who knows of all beforehand has the slots for all of them
 * from the first one on. False: no memory. */
bool ht_spread_expect(struct ht_spread *spread, int64_t interval_ns);

/* Takes a slot for a target. *phase names it: the share of the interval behind slot 0, in units of
 * 2^-32. False: no memory. */
bool ht_spread_take(struct ht_spread *spread, int64_t interval_ns, const char *name,
                    uint32_t *phase);

/* The target goes; its slot is free. */
void ht_spread_leave(struct ht_spread *spread, int64_t interval_ns, uint32_t phase);

/* The phase in nanoseconds, 0 to below interval_ns. Slot 0 of an interval lies where the hash of
 * the host and the interval has it: a host with one target has but one slot. */
int64_t ht_spread_offset_ns(const struct ht_spread *spread, int64_t interval_ns, uint32_t phase);

#endif
