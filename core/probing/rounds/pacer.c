#include "probing/rounds/pacer.h"

#include "base/assert.h"
#include "hoptrace/time.h"

/* A slot long ago: before the first one was taken. */
#define NO_SLOT_NS (INT64_MIN / 2)

/* WINDOW_NS: the time over which the ceiling holds. CATCH_UP_NS: how far in the past a slot may be
 * taken, by a loop that wakes up late. DELAY_NS: how late after ht_pacer_take a packet may leave
 * without breaking the ceiling. Packets of a window come from slots of WINDOW_NS + CATCH_UP_NS +
 * DELAY_NS, so slots are wider by that ratio: 3 percent of the rate is given up for it. */
#define WINDOW_NS   (100 * HT_NS_PER_MS)
#define CATCH_UP_NS (1 * HT_NS_PER_MS)
#define DELAY_NS    (2 * HT_NS_PER_MS)

/* FEW_NS: within this time packets leave together in any case, as a wake-up costs ten times as much
 * as a packet. MANY_NS: how long a slot for many lasts, at most. MANY_MAX: most packets of such a
 * slot: no full batch (HT_BATCH_MAX), which goes without stamps, and the answers to four times as
 * many fit in a receive buffer of the usual size. CROWD_NS, CROWD_MAX: the same of a slot for a
 * crowd. Below 2,000 packets a second a wake-up serves few, and costs most; 20 packets in a row are
 * no more than leave at 2,000 a second, less than half of what a Linux router answers in a row
 * (net.ipv4.icmp_msgs_burst). */
#define FEW_NS    (500 * HT_NS_PER_US)
#define MANY_NS   (10300 * HT_NS_PER_US)
#define MANY_MAX  60
#define CROWD_NS  (2 * MANY_NS)
#define CROWD_MAX 20

/* A peak is forgotten after one to two of these: a usual timeout, in which its answers came. */
#define PEAK_NS HT_NS_PER_S

/* Slots for many leave at most this share of the ceiling unused: 1 / UNUSED. */
#define UNUSED 32

/* How many of `most` packets whole slots of this room hold. */
static uint32_t whole(uint32_t most, uint32_t room)
{
    return most / room * room;
}

/* The room of a slot for many packets: of the multiples of `few`, in the upper half of what may be,
 * the one that leaves least of `most` unused. */
static uint32_t room_for_many(uint32_t most, uint32_t few, int64_t spacing_ns)
{
    int64_t within = ht_time_min(MANY_NS / spacing_ns, MANY_MAX);
    uint32_t largest = whole((uint32_t)within, few);
    uint32_t best = largest;
    for (uint32_t room = largest; room > largest / 2; room -= few) {
        if (whole(most, room) > whole(most, best))
            best = room;
    }
    return best > 0 && whole(most, best) >= most - most / UNUSED ? best : few;
}

/* The room of a slot for a crowd: the largest multiple of `many` that leaves none of `most` unused.
 */
static uint32_t room_for_crowd(uint32_t most, uint32_t many, int64_t spacing_ns)
{
    int64_t within = ht_time_min(CROWD_NS / spacing_ns, CROWD_MAX);
    uint32_t best = many;
    for (uint32_t room = 2 * many; room <= within; room += many) {
        if (whole(most, room) == most)
            best = room;
    }
    return best;
}

/* Sets the slots' rooms, and spaces them so that `most` packets, in whole slots, take the time of a
 * window. */
static void set_rooms(struct ht_pacer *pacer, uint32_t most, int64_t window_ns)
{
    uint32_t few = (uint32_t)(FEW_NS / pacer->spacing_ns) + 1;
    uint32_t many = room_for_many(most, few, pacer->spacing_ns);
    if (many > 1) {
        most = whole(most, many);
        pacer->spacing_ns = ht_time_max(pacer->spacing_ns, (window_ns + most - 1) / most);
    }
    pacer->rooms[HT_PACER_FEW] = few;
    pacer->rooms[HT_PACER_MANY] = many;
    pacer->rooms[HT_PACER_CROWD] = room_for_crowd(most, many, pacer->spacing_ns);
}

void ht_pacer_init(struct ht_pacer *pacer, uint32_t pps)
{
    *pacer = (struct ht_pacer){
        .catch_up_ns = CATCH_UP_NS, .rooms = {1, 1, 1}, .room = 1, .last_ns = NO_SLOT_NS};
    if (pps == 0)
        return;
    int64_t window_ns = WINDOW_NS;
    pacer->spacing_ns = (HT_NS_PER_S + pps - 1) / pps;
    if (pacer->spacing_ns < CATCH_UP_NS * 2)
        window_ns += CATCH_UP_NS + DELAY_NS;
    else
        pacer->catch_up_ns = 0;
    pacer->spacing_ns = (pacer->spacing_ns * window_ns + WINDOW_NS - 1) / WINDOW_NS;
    set_rooms(pacer, (uint32_t)((pps * WINDOW_NS + HT_NS_PER_S - 1) / HT_NS_PER_S), window_ns);
    pacer->room = pacer->rooms[HT_PACER_FEW];
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

static int64_t slot_width(const struct ht_pacer *pacer, uint32_t room)
{
    return spacing_ns(pacer) * (int64_t)room;
}

/* When the slot after the last one taken starts. */
static int64_t following_slot(const struct ht_pacer *pacer)
{
    uint32_t room = pacer->room > pacer->last_room ? pacer->room : pacer->last_room;
    return ht_time_max(pacer->last_ns + slot_width(pacer, room), pacer->held_until_ns);
}

int64_t ht_pacer_next(const struct ht_pacer *pacer)
{
    if (pacer->spacing_ns == 0 && pacer->unanswered_sum >= UNANSWERED_MAX)
        return ht_time_max(following_slot(pacer), pacer->slice_ends_ns);
    return following_slot(pacer);
}

int64_t ht_pacer_period_ns(const struct ht_pacer *pacer, enum ht_pacer_company company)
{
    if (company == HT_PACER_FEW || pacer->spacing_ns == 0 || pacer->spacing_ns > MANY_NS ||
        pacer->eased_ns != 0)
        return 0;
    uint32_t most = pacer->peak > pacer->former_peak ? pacer->peak : pacer->former_peak;
    int64_t sixty_ns = most <= MANY_MAX ? MANY_NS : MANY_NS * MANY_MAX / most;
    return ht_time_max(sixty_ns, slot_width(pacer, pacer->rooms[company]));
}

/* Notes that packets leave, for the period. */
static void note_burst(struct ht_pacer *pacer, int64_t now_ns, uint32_t count)
{
    if (now_ns - pacer->peak_ns >= PEAK_NS) {
        pacer->former_peak = now_ns - pacer->peak_ns < 2 * PEAK_NS ? pacer->peak : 0;
        pacer->peak = 0;
        pacer->peak_ns = now_ns;
    }
    if (now_ns - pacer->burst_ns >= MANY_NS) {
        pacer->burst = 0;
        pacer->burst_ns = now_ns;
    }
    pacer->burst += count;
    if (pacer->burst > pacer->peak)
        pacer->peak = pacer->burst;
}

void ht_pacer_group(struct ht_pacer *pacer, enum ht_pacer_company company)
{
    pacer->room = pacer->rooms[pacer->eased_ns == 0 ? company : HT_PACER_FEW];
}

static uint32_t least(int64_t count, uint32_t wanted)
{
    return count < (int64_t)wanted ? (uint32_t)count : wanted;
}

static int64_t next_slot(const struct ht_pacer *pacer, int64_t now_ns)
{
    return ht_time_max(following_slot(pacer), now_ns - pacer->catch_up_ns);
}

/* What is left of the slot that was taken last. */
static uint32_t left_over(const struct ht_pacer *pacer, int64_t now_ns)
{
    bool passed = now_ns > pacer->last_ns + pacer->catch_up_ns || now_ns < pacer->held_until_ns;
    return passed ? 0 : pacer->left;
}

uint32_t ht_pacer_allow(struct ht_pacer *pacer, int64_t now_ns, uint32_t wanted)
{
    int64_t slot_ns = next_slot(pacer, now_ns);
    int64_t width_ns = slot_width(pacer, pacer->room);
    if (pacer->spacing_ns == 0) {
        if (ht_pacer_next(pacer) > now_ns)
            return 0;
        turn_slices(pacer, now_ns);
        wanted = least((int64_t)UNANSWERED_MAX - pacer->unanswered_sum, wanted);
    }
    if (width_ns == 0)
        return wanted;
    int64_t slots = slot_ns > now_ns ? 0 : (now_ns - slot_ns) / width_ns + 1;
    return least(slots * pacer->room + left_over(pacer, now_ns), wanted);
}

void ht_pacer_take(struct ht_pacer *pacer, int64_t now_ns, uint32_t count)
{
    recover(pacer, now_ns);
    note_burst(pacer, now_ns, count);
    HT_ASSERT(pacer->spacing_ns != 0 || pacer->unanswered_sum + count <= UNANSWERED_MAX);
    if (pacer->spacing_ns == 0) {
        pacer->unanswered[pacer->slice] += count;
        pacer->unanswered_sum += count;
    }
    uint32_t left = left_over(pacer, now_ns);
    if (count <= left) {
        pacer->left = left - count;
        return;
    }
    uint32_t slots = (count - left + pacer->room - 1) / pacer->room;
    pacer->last_ns = next_slot(pacer, now_ns) + slot_width(pacer, pacer->room) * (slots - 1);
    pacer->last_room = pacer->room;
    pacer->left = slots * pacer->room - (count - left);
}

void ht_pacer_left(struct ht_pacer *pacer, int64_t now_ns)
{
    pacer->last_ns = ht_time_max(pacer->last_ns, now_ns - pacer->catch_up_ns - DELAY_NS);
}

void ht_pacer_hold(struct ht_pacer *pacer, int64_t until_ns)
{
    pacer->held_until_ns = ht_time_max(pacer->held_until_ns, until_ns);
}
