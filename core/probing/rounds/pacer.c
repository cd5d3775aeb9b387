#include "probing/rounds/pacer.h"

#include "base/assert.h"
#include "hoptrace/time.h"

/* WINDOW_NS: the time over which the ceiling holds. CATCH_UP_NS: how far in the past a slot may be
 * taken, by a loop that wakes up late. DELAY_NS: how late after ht_pacer_take a packet may leave
 * without breaking the ceiling. Packets of a window come from slots of WINDOW_NS + CATCH_UP_NS +
 * DELAY_NS, so slots are wider by that ratio: 3 percent of the rate is given up for it. */
#define WINDOW_NS   (100 * HT_NS_PER_MS)
#define CATCH_UP_NS (1 * HT_NS_PER_MS)
#define DELAY_NS    (2 * HT_NS_PER_MS)

/* Packets whose slots lie within this time leave together: waking up for each costs more than the
 * packet. With fewer wake-ups for answers, 10,000 a second cost 20 us of CPU each instead of 43. */
#define GROUP_NS (500 * HT_NS_PER_US)

void ht_pacer_init(struct ht_pacer *pacer, uint32_t pps)
{
    *pacer = (struct ht_pacer){.catch_up_ns = CATCH_UP_NS};
    if (pps == 0)
        return;
    int64_t exact_ns = (HT_NS_PER_S + pps - 1) / pps;
    pacer->spacing_ns = exact_ns;
    pacer->catch_up_ns = 0;
    if (exact_ns < CATCH_UP_NS * 2) {
        pacer->catch_up_ns = CATCH_UP_NS;
        pacer->spacing_ns =
            exact_ns + (exact_ns * (CATCH_UP_NS + DELAY_NS) + WINDOW_NS - 1) / WINDOW_NS;
        pacer->group_ns = GROUP_NS / pacer->spacing_ns * pacer->spacing_ns;
    }
}

/* The narrowest and the widest eased spacing: 200,000 and 1,000 packets a second. EASED_DOWN_NS,
 * EASED_UP_NS: how long one is kept before it is doubled, or halved. */
#define EASED_LEAST_NS (5 * HT_NS_PER_US)
#define EASED_MOST_NS  (1 * HT_NS_PER_MS)
#define EASED_DOWN_NS  (5 * HT_NS_PER_MS)
#define EASED_UP_NS    (50 * HT_NS_PER_MS)

void ht_pacer_ease(struct ht_pacer *pacer, int64_t now_ns)
{
    if (pacer->eased_ns == 0)
        pacer->eased_ns = EASED_LEAST_NS;
    else if (now_ns - pacer->eased_at_ns >= EASED_DOWN_NS)
        pacer->eased_ns = ht_time_min(2 * pacer->eased_ns, EASED_MOST_NS);
    else
        return;
    pacer->eased_at_ns = now_ns;
}

/* Halves the eased spacing after EASED_UP_NS without a drop; below EASED_LEAST_NS it ends. */
static void recover(struct ht_pacer *pacer, int64_t now_ns)
{
    if (pacer->eased_ns == 0 || now_ns - pacer->eased_at_ns < EASED_UP_NS)
        return;
    pacer->eased_ns /= 2;
    if (pacer->eased_ns < EASED_LEAST_NS)
        pacer->eased_ns = 0;
    pacer->eased_at_ns = now_ns;
}

static int64_t spacing_ns(const struct ht_pacer *pacer)
{
    return ht_time_max(pacer->spacing_ns, pacer->eased_ns);
}

/* Most unanswered probes within the slices, without a ceiling: less than devices and routers queue,
 * more than any of them answers in that time. SLICE_NS: length of a slice. */
#define UNANSWERED_MAX 12288
#define SLICE_NS       (8 * HT_NS_PER_MS)

/* Ends the slices whose time is over: the oldest probes no longer count. */
static void turn_slices(struct ht_pacer *pacer, int64_t now_ns)
{
    for (int i = 0; i < HT_PACER_SLICES && pacer->slice_ends_ns <= now_ns; i++) {
        pacer->slice = (pacer->slice + 1) % HT_PACER_SLICES;
        pacer->unanswered_sum -= pacer->unanswered[pacer->slice];
        pacer->unanswered[pacer->slice] = 0;
        pacer->slice_ends_ns = ht_time_add(pacer->slice_ends_ns, SLICE_NS);
    }
    if (pacer->slice_ends_ns <= now_ns)
        pacer->slice_ends_ns = ht_time_add(now_ns, SLICE_NS);
}

void ht_pacer_answered(struct ht_pacer *pacer)
{
    for (unsigned i = 1; i <= HT_PACER_SLICES && pacer->unanswered_sum > 0; i++) {
        uint32_t *oldest = &pacer->unanswered[(pacer->slice + i) % HT_PACER_SLICES];
        if (*oldest == 0)
            continue;
        --*oldest;
        --pacer->unanswered_sum;
        return;
    }
}

int64_t ht_pacer_next(const struct ht_pacer *pacer)
{
    if (pacer->spacing_ns == 0 && pacer->unanswered_sum >= UNANSWERED_MAX)
        return ht_time_max(pacer->next_ns, pacer->slice_ends_ns);
    return pacer->next_ns + pacer->group_ns;
}

static uint32_t least(int64_t count, uint32_t wanted)
{
    return count < (int64_t)wanted ? (uint32_t)count : wanted;
}

static int64_t next_slot(const struct ht_pacer *pacer, int64_t now_ns)
{
    return ht_time_max(pacer->next_ns, now_ns - pacer->catch_up_ns);
}

uint32_t ht_pacer_allow(struct ht_pacer *pacer, int64_t now_ns, uint32_t wanted)
{
    int64_t slot_ns = next_slot(pacer, now_ns);
    if (ht_pacer_next(pacer) > now_ns)
        return 0;
    if (pacer->spacing_ns == 0) {
        turn_slices(pacer, now_ns);
        wanted = least((int64_t)UNANSWERED_MAX - pacer->unanswered_sum, wanted);
    }
    if (spacing_ns(pacer) == 0)
        return wanted;
    return least((now_ns - slot_ns) / spacing_ns(pacer) + 1, wanted);
}

void ht_pacer_take(struct ht_pacer *pacer, int64_t now_ns, uint32_t count)
{
    recover(pacer, now_ns);
    HT_ASSERT(pacer->spacing_ns != 0 || pacer->unanswered_sum + count <= UNANSWERED_MAX);
    if (pacer->spacing_ns == 0) {
        pacer->unanswered[pacer->slice] += count;
        pacer->unanswered_sum += count;
    }
    pacer->next_ns = next_slot(pacer, now_ns) + spacing_ns(pacer) * (int64_t)count;
}

void ht_pacer_hold(struct ht_pacer *pacer, int64_t until_ns)
{
    pacer->next_ns = ht_time_max(pacer->next_ns, until_ns);
}
