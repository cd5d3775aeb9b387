#include "history/known.h"

#include <stdlib.h>
#include <string.h>

/* Most addresses of a hop: the known ones, and a run's. */
#define ADDRESSES_MAX ((size_t)2 * HT_KNOWN_MAX)

uint8_t ht_known_run_of_change(uint32_t answers)
{
    static const struct {
        uint32_t answers;
        uint8_t run;
    } table[] = {{60, 3}, {20, 4}, {10, 5}, {5, 7}, {HT_NEWS_MIN, 10}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (answers >= table[i].answers)
            return table[i].run;
    }
    return 0;
}

/* The index of an address in [begin, end); `end`: it is not there. */
static uint8_t find(const struct ht_known_hop *hop, const struct ht_address *address, uint8_t begin,
                    uint8_t end)
{
    while (begin < end && !ht_address_equal(&hop->addresses[begin].address, address))
        begin++;
    return begin;
}

static uint8_t entered(const struct ht_known_hop *hop)
{
    return (uint8_t)(hop->known + hop->unknown);
}

static void add_answers(uint32_t *sum, uint32_t answers)
{
    *sum = *sum > UINT32_MAX - answers ? UINT32_MAX : *sum + answers;
}

bool ht_known_has(const struct ht_known_hop *hop, const struct ht_address *address)
{
    return find(hop, address, 0, hop->known) < hop->known;
}

/* The run's addresses become known, the first ones up to HT_KNOWN_MAX. */
static void make_known(struct ht_known_hop *hop)
{
    uint8_t known = entered(hop);
    hop->known = known < HT_KNOWN_MAX ? known : HT_KNOWN_MAX;
    hop->unknown = 0;
    hop->run = 0;
    hop->answers = 0;
}

void ht_known_note(struct ht_known_hop *hop, const struct ht_address *address, uint32_t answers)
{
    uint8_t index = find(hop, address, 0, hop->known);
    if (index == hop->known)
        return;
    add_answers(&hop->addresses[index].answers, answers);
    if (hop->run > 0)
        make_known(hop);
    else
        add_answers(&hop->answers, answers);
}

/* Room for one more address that may become known; false: there is none. */
static bool has_room(const struct ht_known_hop *hop)
{
    return hop->known < HT_KNOWN_MAX && hop->unknown < HT_KNOWN_MAX && entered(hop) < hop->capacity;
}

static void append(struct ht_known_hop *hop, const struct ht_address *address, uint32_t answers)
{
    hop->addresses[entered(hop)] =
        (struct ht_known_address){.address = *address, .answers = answers};
}

/* The first unknown answers of a hop's life, of which none is news. */
static void learn(struct ht_known_hop *hop, const struct ht_address *address)
{
    append(hop, address, 1);
    hop->known++;
    hop->answers = 0;
}

/* Answers that a run with these addresses takes to be a change. */
static unsigned run_of_change(const struct ht_known_hop *hop)
{
    unsigned more = hop->unknown > 0 ? hop->unknown - 1U : 0;
    return ht_known_run_of_change(hop->answers) + more;
}

/* How the answers of a round are entered. */
struct entering {
    struct ht_known_outcome outcome;
    int64_t record_ns;
    bool passed; /* an answer to an ordinary probe is part of the run */
};

/* An unknown answer is part of the open run, or begins one; unless there is no room for it. */
static void run_on(struct ht_known_hop *hop, const struct ht_sighting *answer,
                   struct entering *entering)
{
    uint8_t index = find(hop, answer->address, hop->known, entered(hop));
    bool again = index < entered(hop);
    if (!again && !has_room(hop))
        return;
    if (hop->run == 0) {
        hop->run_since_ns = entering->record_ns;
        entering->outcome.since_ns = answer->sent_ns;
    }
    if (hop->run < UINT8_MAX && (answer->further || !entering->passed))
        hop->run++;
    entering->passed |= !answer->further;
    if (again) {
        hop->addresses[index].answers++;
    } else {
        append(hop, answer->address, 1);
        hop->unknown++;
    }
}

/* The verdict as things stand. */
static void conclude(const struct ht_known_hop *hop, struct ht_known_outcome *outcome)
{
    unsigned change = run_of_change(hop);
    outcome->wanted = 0;
    if (hop->run == 0) {
        outcome->verdict = HT_KNOWN_CALM;
    } else if (hop->run < change) {
        outcome->verdict = HT_KNOWN_OPEN;
        outcome->wanted = (uint8_t)(change - hop->run);
    } else {
        outcome->verdict = HT_KNOWN_CHANGED;
    }
}

/* Enters one answer. */
static void take(struct ht_known_hop *hop, const struct ht_sighting *answer,
                 struct entering *entering)
{
    if (ht_known_has(hop, answer->address)) {
        ht_known_note(hop, answer->address, 1);
        entering->passed = false;
    } else if (ht_known_run_of_change(hop->answers) > 0) {
        run_on(hop, answer, entering);
    } else if (has_room(hop)) {
        learn(hop, answer->address);
    }
    conclude(hop, &entering->outcome);
}

/* Enters answers up to the one that makes it a change. */
static struct ht_known_outcome take_all(struct ht_known_hop *hop, const struct ht_sighting *answers,
                                        size_t count, int64_t record_ns)
{
    struct entering entering = {.outcome.since_ns = INT64_MIN, .record_ns = record_ns};
    for (size_t i = 0; i < count && entering.outcome.verdict != HT_KNOWN_CHANGED; i++)
        take(hop, &answers[i], &entering);
    if (count == 0)
        conclude(hop, &entering.outcome);
    return entering.outcome;
}

struct ht_known_outcome ht_known_judge(const struct ht_known_hop *hop,
                                       const struct ht_sighting *answers, size_t count)
{
    struct ht_known_address room[ADDRESSES_MAX];
    struct ht_known_hop copy = *hop;
    copy.addresses = room;
    copy.capacity = ADDRESSES_MAX;
    if (entered(hop) > 0)
        memcpy(room, hop->addresses, entered(hop) * sizeof *room);
    return take_all(&copy, answers, count, 0);
}

/* Makes room for `count` addresses, as far as there can be that many. */
static bool reserve(struct ht_known_hop *hop, size_t count)
{
    uint8_t wanted = (uint8_t)(count < ADDRESSES_MAX ? count : ADDRESSES_MAX);
    if (wanted <= hop->capacity)
        return true;
    struct ht_known_address *addresses = realloc(hop->addresses, wanted * sizeof *addresses);
    if (addresses == NULL)
        return false;
    hop->addresses = addresses;
    hop->capacity = wanted;
    return true;
}

/* Answers from addresses that the hop has not entered, one for each address at least. */
static size_t count_new(const struct ht_known_hop *hop, const struct ht_sighting *answers,
                        size_t count)
{
    size_t fresh = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && ht_address_equal(answers[i].address, answers[i - 1].address);
        fresh += !again && find(hop, answers[i].address, 0, entered(hop)) == entered(hop);
    }
    return fresh;
}

struct ht_known_outcome ht_known_enter(struct ht_known_hop *hop, const struct ht_sighting *answers,
                                       size_t count, int64_t record_ns)
{
    reserve(hop, entered(hop) + count_new(hop, answers, count));
    return take_all(hop, answers, count, record_ns);
}

void ht_known_begin(struct ht_known_hop *hop)
{
    if (hop->unknown > 0)
        memmove(hop->addresses, &hop->addresses[hop->known], hop->unknown * sizeof *hop->addresses);
    hop->known = 0;
    hop->limit_ns = 0;
    make_known(hop);
}

const struct ht_known_address *ht_known_main(const struct ht_known_hop *hop)
{
    const struct ht_known_address *best = NULL;
    for (uint8_t i = 0; i < hop->known; i++) {
        const struct ht_known_address *candidate = &hop->addresses[i];
        if (best == NULL || candidate->answers > best->answers ||
            (candidate->answers == best->answers &&
             ht_address_compare(&candidate->address, &best->address) < 0))
            best = candidate;
    }
    return best;
}

bool ht_known_add(struct ht_known_hop *hop, const struct ht_address *address, uint32_t answers)
{
    if (hop->known >= HT_KNOWN_MAX || hop->unknown > 0 || !reserve(hop, entered(hop) + 1U))
        return false;
    append(hop, address, answers);
    hop->known++;
    return true;
}

bool ht_known_add_unknown(struct ht_known_hop *hop, const struct ht_address *address,
                          uint32_t answers)
{
    if (hop->unknown >= HT_KNOWN_MAX || !reserve(hop, entered(hop) + 1U))
        return false;
    append(hop, address, answers);
    hop->unknown++;
    return true;
}

void ht_known_fini(struct ht_known_hop *hop)
{
    free(hop->addresses);
    *hop = (struct ht_known_hop){0};
}
