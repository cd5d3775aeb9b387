#include "probing/rounds/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"

#define BITS_MAX  31U /* of a number of slots: a phase has 32 */
#define WORD_BITS 64U

/* What the halves of the key are made under: any two that differ, the same on all hosts. */
static const uint64_t keys[2][2] = {{UINT64_C(0x7370726561642d31), 1},
                                    {UINT64_C(0x7370726561642d32), 2}};

static uint64_t hash_string(const uint64_t key[2], const char *string)
{
    return ht_siphash(key, (const uint8_t *)string, strlen(string));
}

void ht_spread_init(struct ht_spread *spread, const char *host_name)
{
    *spread = (struct ht_spread){.count = 0};
    for (size_t i = 0; i < 2; i++)
        spread->key[i] = hash_string(keys[i], host_name);
}

void ht_spread_fini(struct ht_spread *spread)
{
    for (size_t i = 0; i < spread->count; i++)
        free(spread->list[i].taken);
    free(spread->list);
    *spread = (struct ht_spread){.count = 0};
}

static size_t slots_of(unsigned bits)
{
    return (size_t)1 << bits;
}

static size_t words_of(unsigned bits)
{
    return (slots_of(bits) + WORD_BITS - 1) / WORD_BITS;
}

static bool is_taken(const struct ht_spread_slots *slots, size_t slot)
{
    return (slots->taken[slot / WORD_BITS] >> slot % WORD_BITS & 1) != 0;
}

static void set_taken(uint64_t *taken, size_t slot)
{
    taken[slot / WORD_BITS] |= UINT64_C(1) << slot % WORD_BITS;
}

/* Halves the slots: of each two new ones the first begins where the old one did. */
static bool halve(struct ht_spread_slots *slots)
{
    if (slots->bits == BITS_MAX)
        return false;
    uint64_t *taken = calloc(words_of(slots->bits + 1), sizeof *taken);
    if (taken == NULL)
        return false;
    for (size_t slot = 0; slot < slots_of(slots->bits); slot++) {
        if (is_taken(slots, slot))
            set_taken(taken, 2 * slot);
    }
    free(slots->taken);
    slots->taken = taken;
    slots->bits++;
    return true;
}

static struct ht_spread_slots *find(const struct ht_spread *spread, int64_t interval_ns)
{
    for (size_t i = 0; i < spread->count; i++) {
        if (spread->list[i].interval_ns == interval_ns)
            return &spread->list[i];
    }
    return NULL;
}

static bool make_room(struct ht_spread *spread)
{
    struct ht_spread_slots *list =
        ht_array_room(spread->list, spread->count, &spread->capacity, sizeof *list);
    if (list != NULL)
        spread->list = list;
    return list != NULL;
}

/* As find; made with one slot if there are none. NULL: no memory. */
static struct ht_spread_slots *make(struct ht_spread *spread, int64_t interval_ns)
{
    struct ht_spread_slots *slots = find(spread, interval_ns);
    if (slots != NULL)
        return slots;
    uint64_t *taken = make_room(spread) ? calloc(1, sizeof *taken) : NULL;
    if (taken == NULL)
        return NULL;
    slots = &spread->list[spread->count++];
    *slots = (struct ht_spread_slots){.interval_ns = interval_ns, .taken = taken};
    return slots;
}

bool ht_spread_expect(struct ht_spread *spread, int64_t interval_ns)
{
    struct ht_spread_slots *slots = make(spread, interval_ns);
    if (slots == NULL)
        return false;
    slots->expected++;
    return slots->expected <= slots_of(slots->bits) || halve(slots);
}

/* The first free slot from `slot` on, around the end; there is one. */
static size_t free_from(const struct ht_spread_slots *slots, size_t slot)
{
    size_t last = slots_of(slots->bits) - 1;
    while (is_taken(slots, slot)) {
        bool full = slot % WORD_BITS == 0 && slots->taken[slot / WORD_BITS] == UINT64_MAX;
        slot = (slot + (full ? WORD_BITS : 1)) & last;
    }
    return slot;
}

bool ht_spread_take(struct ht_spread *spread, int64_t interval_ns, const char *name,
                    uint32_t *phase)
{
    struct ht_spread_slots *slots = make(spread, interval_ns);
    if (slots == NULL || (slots->count == slots_of(slots->bits) && !halve(slots)))
        return false;
    /* The hash's first bits: with twice the slots it has the same one, or that one's second half.
     */
    uint64_t hash = hash_string(spread->key, name) >> 32;
    size_t slot = free_from(slots, (size_t)(hash << slots->bits >> 32));
    set_taken(slots->taken, slot);
    slots->count++;
    *phase = (uint32_t)((uint64_t)slot << (32 - slots->bits));
    return true;
}

void ht_spread_leave(struct ht_spread *spread, int64_t interval_ns, uint32_t phase)
{
    struct ht_spread_slots *slots = find(spread, interval_ns);
    size_t slot = (size_t)((uint64_t)phase << slots->bits >> 32);
    slots->taken[slot / WORD_BITS] &= ~(UINT64_C(1) << slot % WORD_BITS);
    slots->count--;
    if (slots->count > 0)
        return;
    free(slots->taken);
    *slots = spread->list[--spread->count];
}

int64_t ht_spread_offset_ns(const struct ht_spread *spread, int64_t interval_ns, uint32_t phase)
{
    const int64_t units = INT64_C(1) << 32;
    uint64_t hash = ht_siphash_two(spread->key, (uint64_t)interval_ns, 0);
    int64_t begin_ns = (int64_t)(hash % (uint64_t)interval_ns);
    /* interval * phase / 2^32 in two parts, neither of which overflows; it is rounded down once. */
    int64_t behind_ns =
        interval_ns / units * phase + (int64_t)((uint64_t)(interval_ns % units) * phase >> 32);
    return (begin_ns + behind_ns) % interval_ns;
}
