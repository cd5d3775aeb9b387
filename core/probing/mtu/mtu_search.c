#include "probing/mtu/mtu_search.h"

#include "base/address.h"
#include "base/assert.h"

/* Of a question (mtu_tries.h). Where 30 % of all packets and of all answers get lost, silence that
 * counts with NEEDED is loss in 16 of 1,000 questions, with SURE, before a hop is blamed, in 8 of
 * 100,000. AGAIN: that nothing has changed is the usual case, and is not told. */
#define NEEDED_AGAIN 1
#define NEEDED       3
#define NEEDED_SURE  7

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

static void set_bit(uint8_t *bits, unsigned ttl)
{
    bits[ttl / 8] |= (uint8_t)(1U << ttl % 8);
}

static void clear_bit(uint8_t *bits, unsigned ttl)
{
    bits[ttl / 8] &= (uint8_t) ~(1U << ttl % 8);
}

static bool is_usual(uint16_t size)
{
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (usual[i] == size)
            return true;
    }
    return false;
}

/* The size between good and bad to try next: the hint, which is what a router has told; first of
 * all the largest that may be sent; one more than what was told or is usual, which mostly ends the
 * search; of the usual ones in between the middle one; the middle. */
static uint16_t next_size(const struct ht_mtu_search *search)
{
    size_t first = 0;
    size_t count = 0;
    if (search->hint > search->good && search->hint < search->bad)
        return search->hint;
    if (search->bad > search->task.most)
        return search->task.most;
    if (is_usual(search->good) || search->good == search->wall.mtu)
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

/* The first quiet hop between them that was not asked; 0: there is none. */
static uint8_t next_quiet_ttl(const struct ht_mtu_search *search)
{
    unsigned asked = search->near_ttl > search->quiet_ttl ? search->near_ttl : search->quiet_ttl;
    for (unsigned ttl = asked + 1; ttl < search->far_ttl; ttl++) {
        if (ttl >= search->task.first_ttl && !has_bit(search->unsure, ttl))
            return (uint8_t)ttl;
    }
    return 0;
}

/* Whether the wall may lie behind a hop between them. */
static bool is_unsure(const struct ht_mtu_search *search)
{
    for (unsigned ttl = search->near_ttl + 1U; ttl < search->far_ttl; ttl++) {
        if (ttl < search->task.first_ttl || has_bit(search->unsure, ttl))
            return true;
    }
    return false;
}

static bool is_of_same_router(const struct ht_mtu_limit *limit, const struct ht_mtu_limit *other)
{
    return !limit->silent && !other->silent && ht_address_equal(&limit->address, &other->address);
}

/* Appends a limit. Those with an MTU that is no larger, from before, are no limits any more, and
 * what its router said before was not so. */
static void add_limit(struct ht_path_mtu *result, const struct ht_mtu_limit *limit)
{
    while (result->limit_count > 0 &&
           (result->limits[result->limit_count - 1].mtu <= limit->mtu ||
            is_of_same_router(&result->limits[result->limit_count - 1], limit)))
        result->limit_count--;
    if (result->limit_count < HT_MTU_LIMITS_MAX)
        result->limits[result->limit_count++] = *limit;
}

static void finish(struct ht_mtu_search *search)
{
    search->result.path = search->good;
    search->stage = HT_MTU_DONE;
}

static void give_up(struct ht_mtu_search *search)
{
    search->result = (struct ht_path_mtu){.path = 0};
    search->stage = HT_MTU_DONE;
}

/* The wall's place is known, and all between good and bad. */
static void finish_at_wall(struct ht_mtu_search *search)
{
    search->wall.mtu = search->good;
    add_limit(&search->result, &search->wall);
    finish(search);
}

/* Everything between good and bad is known. */
static void end_sizing(struct ht_mtu_search *search)
{
    if (search->bad > search->task.most) {
        search->result.limit_count = 0;
        finish(search);
    } else if (!search->wall_unplaced) {
        finish_at_wall(search);
    } else {
        search->stage = HT_MTU_PLACING;
        search->near_ttl = search->quiet_ttl = 0;
        search->far_ttl = search->task.end_ttl;
        search->far_is_sure = false;
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

static void forget_wall(struct ht_mtu_search *search)
{
    search->wall = (struct ht_mtu_limit){.silent = true};
    search->wall_unplaced = true;
}

/* Nothing is known but that the usual probes pass. */
static void begin_sizing(struct ht_mtu_search *search)
{
    search->result = (struct ht_path_mtu){.path = 0};
    search->good = search->task.least;
    search->bad = (uint16_t)(search->task.most + 1);
    search->hint = 0;
    forget_wall(search);
    resume_sizing(search);
}

/* What an unfinished search has found is asked again: the control packets prove `good`, and that
 * packets of `bad` bytes do not get through is confirmed before it is told. */
static void go_on(struct ht_mtu_search *search, const struct ht_mtu_unfinished *unfinished)
{
    search->good = unfinished->good;
    search->bad = unfinished->bad;
    resume_sizing(search);
    if (search->stage != HT_MTU_PLACING || unfinished->far_ttl == 0 ||
        unfinished->far_ttl > search->task.end_ttl || unfinished->near_ttl >= unfinished->far_ttl)
        return;
    search->near_ttl = unfinished->near_ttl;
    search->far_ttl = unfinished->far_ttl;
    search->quiet_ttl = unfinished->quiet_ttl;
    search->confirms = next_ttl(search) == 0 && next_quiet_ttl(search) == 0;
}

void ht_mtu_search_begin(struct ht_mtu_search *search, const struct ht_mtu_task *task,
                         const struct ht_path_mtu *before,
                         const struct ht_mtu_unfinished *unfinished)
{
    HT_ASSERT(task->least > 0 && task->least < UINT16_MAX && task->end_ttl > 0);
    *search = (struct ht_mtu_search){.task = *task};
    if (search->task.most < task->least)
        search->task.most = task->least;
    bool known = before->path > task->least && before->path <= search->task.most &&
                 (before->path == search->task.most || before->limit_count > 0);
    begin_sizing(search);
    if (unfinished->bad > unfinished->good && unfinished->good >= task->least &&
        unfinished->bad <= search->task.most) {
        go_on(search, unfinished);
    } else if (known) {
        search->result = *before;
        search->stage = HT_MTU_CHECKING;
    }
}

struct ht_mtu_unfinished ht_mtu_search_leave(const struct ht_mtu_search *search)
{
    bool placing = search->stage == HT_MTU_PLACING;
    if ((search->stage != HT_MTU_SIZING && !placing) || search->bad > search->task.most)
        return (struct ht_mtu_unfinished){.bad = 0};
    return (struct ht_mtu_unfinished){.good = search->good,
                                      .bad = search->bad,
                                      .near_ttl = placing ? search->near_ttl : 0,
                                      .far_ttl = placing ? search->far_ttl : 0,
                                      .quiet_ttl = placing ? search->quiet_ttl : 0};
}

/* What limits the path; NULL: this host's device. */
static const struct ht_mtu_limit *last_limit(const struct ht_path_mtu *result)
{
    return result->limit_count > 0 ? &result->limits[result->limit_count - 1] : NULL;
}

/* Where a wall is: hops that answer first, since they halve the way. */
static void place(const struct ht_mtu_search *search, struct ht_mtu_question *question)
{
    question->size = search->bad;
    question->ttl = search->confirms ? search->far_ttl : next_ttl(search);
    if (question->ttl != 0)
        return;
    question->ttl = next_quiet_ttl(search);
    question->needed = NEEDED_SURE;
    question->quiet = true;
}

/* A packet one byte larger than the path takes, beside one that it takes; where no larger one may
 * be sent, one that it takes. */
static void check(const struct ht_mtu_search *search, struct ht_mtu_question *question)
{
    uint16_t path = search->result.path;
    const struct ht_mtu_limit *last = last_limit(&search->result);
    question->size = path;
    question->control = search->task.least;
    if (path == search->task.most)
        return;
    question->size = (uint16_t)(path + 1);
    question->control = path;
    if (last != NULL && last->silent)
        question->needed = NEEDED_AGAIN;
    question->both = true;
}

bool ht_mtu_search_next(const struct ht_mtu_search *search, struct ht_mtu_question *question)
{
    *question = (struct ht_mtu_question){.control = search->good,
                                         .ttl = search->task.end_ttl,
                                         .needed = search->confirms ? NEEDED_SURE : NEEDED};
    switch (search->stage) {
    case HT_MTU_CHECKING:
        check(search, question);
        return true;
    case HT_MTU_SIZING:
        question->size = next_size(search);
        return true;
    case HT_MTU_PLACING:
        place(search, question);
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
    search->result.limit_count = 0;
    forget_wall(search);
}

/* A router has refused a packet. What it tells is the size to ask about next. */
static void refused(struct ht_mtu_search *search, const struct ht_mtu_answer *answer)
{
    if (answer->size <= search->good) { /* the path has changed meanwhile */
        search->good = search->task.least;
        search->result.limit_count = 0;
    }
    search->bad = answer->size;
    search->wall = (struct ht_mtu_limit){.ttl = answer->ttl, .address = answer->address};
    search->wall_unplaced = answer->ttl == HT_MTU_ANY_TTL;
    if (answer->mtu < search->task.least_mtu || answer->mtu >= answer->size ||
        answer->mtu < search->good)
        return;
    search->wall.mtu = search->hint = answer->mtu;
    if (!search->wall_unplaced)
        add_limit(&search->result, &search->wall);
}

/* Right above what a router has told it may have kept to itself that it refused a packet. */
static void stopped(struct ht_mtu_search *search, uint16_t size)
{
    bool told = !search->wall.silent && search->wall.mtu == search->good && search->wall.mtu != 0;
    search->bad = size;
    if (!told)
        forget_wall(search);
}

static void take_sizing(struct ht_mtu_search *search, uint16_t size,
                        const struct ht_mtu_answer *answer)
{
    if (answer->outcome == HT_MTU_UNKNOWN) {
        give_up(search);
        return;
    }
    if (answer->outcome == HT_MTU_PASSED)
        passed(search, size);
    else if (answer->outcome == HT_MTU_TOO_BIG)
        refused(search, answer);
    else
        stopped(search, size);
    resume_sizing(search);
}

/* The path is as it was if what passed passes, and one byte more is refused by the same router, or
 * vanishes as before. */
static void take_checking(struct ht_mtu_search *search, const struct ht_mtu_question *asked,
                          const struct ht_mtu_answer *answer)
{
    const struct ht_path_mtu before = search->result;
    const struct ht_mtu_limit *last = last_limit(&before);
    bool refused_again = answer->outcome == HT_MTU_TOO_BIG && answer->size == asked->size;
    bool same_wall =
        last != NULL &&
        (last->silent ? answer->outcome == HT_MTU_STOPPED
                      : refused_again && ht_address_equal(&last->address, &answer->address));
    search->good = before.path;
    if (asked->both ? same_wall : answer->outcome == HT_MTU_PASSED) {
        finish(search);
        return;
    }
    begin_sizing(search);
    if (answer->outcome == HT_MTU_UNKNOWN || answer->outcome == HT_MTU_STOPPED || refused_again)
        search->hint = before.path;
    if (answer->outcome != HT_MTU_UNKNOWN)
        take_sizing(search, asked->size, answer);
    else if (!asked->both)
        give_up(search);
}

/* Nothing is left to be asked. */
static void end_placing(struct ht_mtu_search *search)
{
    if (is_unsure(search)) {
        give_up(search);
        return;
    }
    search->wall.ttl = search->near_ttl;
    search->wall_unplaced = false;
    finish_at_wall(search);
}

/* One more hop is known to be reached by packets of `bad` bytes, or not, or does not tell. */
static void narrow(struct ht_mtu_search *search, const struct ht_mtu_question *asked,
                   enum ht_mtu_outcome outcome)
{
    uint8_t ttl = asked->ttl;
    if (outcome == HT_MTU_TOO_BIG || outcome == HT_MTU_STOPPED) {
        search->far_ttl = ttl;
        search->far_is_sure = outcome == HT_MTU_TOO_BIG || asked->needed == NEEDED_SURE;
        return;
    }
    if (outcome == HT_MTU_PASSED) {
        search->near_ttl = ttl;
    } else if (outcome == HT_MTU_SILENT) {
        search->quiet_ttl = ttl;
    } else {
        clear_bit(search->task.answering, ttl);
        set_bit(search->unsure, ttl);
    }
    if (search->confirms) { /* what was missing was lost: the place is farther away */
        search->far_ttl = search->task.end_ttl;
        search->far_is_sure = true;
    }
}

static void take_placing(struct ht_mtu_search *search, const struct ht_mtu_question *asked,
                         const struct ht_mtu_answer *answer)
{
    bool at_end = asked->ttl == search->task.end_ttl;
    if ((answer->outcome == HT_MTU_TOO_BIG && search->wall.silent) ||
        (answer->outcome == HT_MTU_PASSED && at_end)) {
        take_sizing(search, search->bad, answer);
        return;
    }
    if (answer->outcome == HT_MTU_UNKNOWN && at_end) {
        give_up(search);
        return;
    }
    narrow(search, asked, answer->outcome);
    bool between = next_ttl(search) != 0 || next_quiet_ttl(search) != 0;
    search->confirms = !between && !search->far_is_sure;
    if (!between && !search->confirms)
        end_placing(search);
}

void ht_mtu_search_take(struct ht_mtu_search *search, const struct ht_mtu_answer *answer)
{
    struct ht_mtu_question asked;
    if (!ht_mtu_search_next(search, &asked))
        return;
    if (++search->questions >= QUESTIONS_MAX) {
        give_up(search);
        return;
    }
    switch (search->stage) {
    case HT_MTU_CHECKING:
        take_checking(search, &asked, answer);
        break;
    case HT_MTU_SIZING:
        take_sizing(search, asked.size, answer);
        break;
    case HT_MTU_PLACING:
        take_placing(search, &asked, answer);
        break;
    case HT_MTU_DONE:
        break;
    }
}
