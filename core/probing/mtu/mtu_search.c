#include "probing/mtu/mtu_search.h"

#include "base/assert.h"

/* Tries without an answer after which packets do not pass: at 10 % of loss, both ways, that is
 * wrong once in 1,000 times. SURE: before a hop is blamed, once in 100,000. */
#define TRIES      3
#define TRIES_SURE 5

/* A search that takes more has no end: 13 halve the largest range, and there are 8 bits of hops. */
#define QUESTIONS_MAX 80

/* MTUs that links have, in bytes, falling: jumbo frames, Ethernet and what tunnels leave of it,
 * least ones. RFC 1191 section 7.1 has such a table. */
static const uint16_t usual[] = {9000, 8942, 4470, 4352, 2002, 1500, 1492, 1480, 1476, 1472,
                                 1468, 1462, 1460, 1454, 1450, 1446, 1442, 1440, 1438, 1436,
                                 1430, 1428, 1426, 1420, 1418, 1412, 1400, 1380, 1376, 1370,
                                 1358, 1350, 1300, 1280, 1006, 576,  508,  296};

static bool has_bit(const uint8_t *bits, unsigned ttl)
{
    return (bits[ttl / 8] >> ttl % 8 & 1) != 0;
}

static bool is_usual(uint16_t size)
{
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (usual[i] == size)
            return true;
    }
    return false;
}

/* The size between good and bad to try next: first the largest that may be sent; what a router has
 * told; one more than a usual MTU that passes, which mostly ends the search; of the usual ones in
 * between the middle one; the middle. */
static uint16_t next_size(const struct ht_mtu_search *search)
{
    size_t first = 0;
    size_t count = 0;
    if (search->bad > search->task.most)
        return search->task.most;
    if (search->wall.mtu != 0)
        return search->wall.mtu;
    if (is_usual(search->good))
        return (uint16_t)(search->good + 1);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        bool between = usual[i] > search->good && usual[i] < search->bad;
        first = between && count == 0 ? i : first;
        count += between;
    }
    if (count > 0)
        return usual[first + count / 2];
    return (uint16_t)(search->good + (search->bad - search->good) / 2);
}

/* The hop between near and far that answers, the nearest to their middle; 0: there is none. */
static uint8_t next_ttl(const struct ht_mtu_search *search)
{
    unsigned middle = (search->near_ttl + search->far_ttl + 1U) / 2;
    for (unsigned away = 0; away <= UINT8_MAX; away++) {
        unsigned above = middle + away;
        if (above < search->far_ttl && has_bit(search->task.answering, above))
            return (uint8_t)above;
        if (middle > search->near_ttl + away && middle - away < search->far_ttl &&
            has_bit(search->task.answering, middle - away))
            return (uint8_t)(middle - away);
    }
    return 0;
}

/* Appends a limit; those with an MTU that is no larger, from before, are no limits any more. */
static void add_limit(struct ht_mtu_result *result, const struct ht_mtu_limit *limit)
{
    while (result->limit_count > 0 && result->limits[result->limit_count - 1].mtu <= limit->mtu)
        result->limit_count--;
    if (result->limit_count < HT_MTU_LIMITS_MAX)
        result->limits[result->limit_count++] = *limit;
}

static void finish(struct ht_mtu_search *search)
{
    search->result.path = search->good;
    search->stage = HT_MTU_DONE;
}

/* Everything between good and bad is known. Where packets stop in silence their place is looked
 * for. */
static void end_sizing(struct ht_mtu_search *search)
{
    if (search->bad > search->task.most) {
        search->result.limit_count = 0;
        finish(search);
    } else if (!search->wall.silent) {
        search->wall.mtu = search->good;
        add_limit(&search->result, &search->wall);
        finish(search);
    } else {
        search->stage = HT_MTU_PLACING;
        search->near_ttl = 0;
        search->far_ttl = search->task.end_ttl;
        search->confirms = true;
    }
}

static void resume_sizing(struct ht_mtu_search *search)
{
    search->stage = HT_MTU_SIZING;
    search->confirms = false;
    if (search->bad - search->good <= 1)
        end_sizing(search);
}

void ht_mtu_search_begin(struct ht_mtu_search *search, const struct ht_mtu_task *task,
                         const struct ht_mtu_result *before)
{
    HT_ASSERT(task->least > 0 && task->least < UINT16_MAX && task->end_ttl > 0);
    *search = (struct ht_mtu_search){
        .task = *task, .good = task->least, .wall.silent = true, .stage = HT_MTU_SIZING};
    if (search->task.most < task->least)
        search->task.most = task->least;
    search->bad = (uint16_t)(search->task.most + 1);
    if (before != NULL && before->path > task->least && before->path <= search->task.most) {
        search->result = *before;
        search->stage = HT_MTU_CHECKING;
    } else if (search->task.most == task->least) {
        finish(search);
    }
}

bool ht_mtu_search_next(const struct ht_mtu_search *search, struct ht_mtu_question *question)
{
    uint8_t tries = search->confirms ? TRIES_SURE : TRIES;
    *question = (struct ht_mtu_question){.ttl = search->task.end_ttl, .tries = tries};
    switch (search->stage) {
    case HT_MTU_CHECKING:
        /* First that as much passes as did, then that no more does: one try is enough to see. */
        question->size = search->result.path;
        if (search->good == search->result.path) {
            question->size++;
            question->tries = 1;
        }
        return true;
    case HT_MTU_SIZING:
        question->size = next_size(search);
        return true;
    case HT_MTU_PLACING:
        question->size = search->bad;
        question->ttl = search->confirms ? search->far_ttl : next_ttl(search);
        return true;
    case HT_MTU_DONE:
        break;
    }
    return false;
}

/* --- answers ------------------------------------------------------------------------------- */

/* Packets of this size have reached the end. */
static void passed(struct ht_mtu_search *search, uint16_t size)
{
    search->good = size;
    if (search->bad > size)
        return;
    /* What was called silent was loss: nothing is known of larger ones. */
    search->bad = (uint16_t)(search->task.most + 1);
    search->wall = (struct ht_mtu_limit){.silent = true};
    search->result.limit_count = 0;
}

/* A router has refused packets of this size. */
static void refused(struct ht_mtu_search *search, uint16_t size, const struct ht_mtu_answer *answer)
{
    bool told =
        answer->mtu >= search->task.least_mtu && answer->mtu < size && answer->mtu >= search->good;
    search->wall = (struct ht_mtu_limit){.ttl = answer->ttl, .address = answer->address};
    search->bad = told ? (uint16_t)(answer->mtu + 1) : size;
    if (!told)
        return;
    search->wall.mtu = answer->mtu;
    add_limit(&search->result, &search->wall);
}

static void stopped_in_silence(struct ht_mtu_search *search, uint16_t size)
{
    search->bad = size;
    search->wall = (struct ht_mtu_limit){.silent = true};
}

static void take_sizing(struct ht_mtu_search *search, uint16_t size,
                        const struct ht_mtu_answer *answer)
{
    if (answer->outcome == HT_MTU_PASSED)
        passed(search, size);
    else if (answer->outcome == HT_MTU_TOO_BIG)
        refused(search, size, answer);
    else
        stopped_in_silence(search, size);
    resume_sizing(search);
}

/* The path is as it was if what passed passes, and one byte more does not. */
static void take_checking(struct ht_mtu_search *search, uint16_t size,
                          const struct ht_mtu_answer *answer)
{
    bool second = search->good == search->result.path;
    bool pass = answer->outcome == HT_MTU_PASSED;
    if (!second && pass) {
        search->good = size;
        if (size == search->task.most)
            end_sizing(search);
        return;
    }
    const struct ht_mtu_limit *last = search->result.limit_count > 0
                                          ? &search->result.limits[search->result.limit_count - 1]
                                          : NULL;
    bool told = answer->outcome == HT_MTU_TOO_BIG;
    if (second && !pass && last != NULL &&
        (told ? !last->silent && last->ttl == answer->ttl : last->silent || !told)) {
        finish(search);
        return;
    }
    search->result = (struct ht_mtu_result){.path = 0};
    take_sizing(search, size, answer);
}

/* One more hop is known to be reached by packets of `bad` bytes, or not. */
static void take_placing(struct ht_mtu_search *search, uint8_t ttl,
                         const struct ht_mtu_answer *answer)
{
    bool pass = answer->outcome == HT_MTU_PASSED;
    if (answer->outcome == HT_MTU_TOO_BIG || (pass && ttl == search->task.end_ttl)) {
        take_sizing(search, search->bad, answer);
        return;
    }
    if (!pass) {
        search->far_ttl = ttl;
        search->far_is_sure = search->confirms;
    } else {
        search->near_ttl = ttl;
        if (search->confirms) { /* what was missing was lost: the place is farther away */
            search->far_ttl = search->task.end_ttl;
            search->far_is_sure = true;
        }
    }
    bool between = next_ttl(search) != 0;
    search->confirms = !between && !search->far_is_sure;
    if (between || search->confirms)
        return;
    search->wall.ttl = search->near_ttl;
    search->wall.mtu = search->good;
    add_limit(&search->result, &search->wall);
    finish(search);
}

void ht_mtu_search_take(struct ht_mtu_search *search, const struct ht_mtu_answer *answer)
{
    struct ht_mtu_question asked;
    if (!ht_mtu_search_next(search, &asked))
        return;
    if (++search->questions >= QUESTIONS_MAX) {
        finish(search);
        return;
    }
    switch (search->stage) {
    case HT_MTU_CHECKING:
        take_checking(search, asked.size, answer);
        break;
    case HT_MTU_SIZING:
        take_sizing(search, asked.size, answer);
        break;
    case HT_MTU_PLACING:
        take_placing(search, asked.ttl, answer);
        break;
    case HT_MTU_DONE:
        break;
    }
}
