#include "engine/roster.h"

#include "engine/extent.h"
#include "engine/trace.h"
#include "engine/window.h"

/* So many rounds that are not finished are under way at a time: enough to fill any network, few
 * enough that what is sent before the first answers come is no flood, and that the memory of many
 * targets is bounded. */
#define UNDER_WAY_MAX 8192

/* A crowd of more than so many is patient, see ht_roster_urgency. */
#define PATIENT_CROWD 4096

/* Besides, so many that have found their destination and only wait for silent hops' sake. */
#define LINGERING_MAX 3072

/* So few waiting ones may all begin before the next look; so many are enough for a while, and still
 * in the cache when they begin. */
#define WAITING_FEW  64
#define WAITING_MANY 128

/* So many, under way, finished or made ready before the first one begins, are kept in memory. */
#define KEPT_MAX 10240

/* Of a larger crowd they come and go for long, and what is used time and again should stay in the
 * cache: only so many are under way, and so many finished ones kept while others wait. */
#define STREAM_UNDER_WAY 4096
#define STREAM_FINISHED  1024

/* Of those that came together, one in so many is forgotten with each that comes by itself. */
#define TOGETHER_FADES 16

/* The first rounds look far ahead even among many: the others learn from them. */
#define SCOUTS 24

void ht_roster_init(struct ht_roster *roster, bool paced)
{
    *roster = (struct ht_roster){.paced = paced};
    ht_flow_table_init(&roster->flows);
}

void ht_roster_fini(struct ht_roster *roster)
{
    ht_flow_table_fini(&roster->flows);
}

bool ht_roster_reserve(struct ht_roster *roster)
{
    return ht_flow_table_reserve(&roster->flows, roster->runs + 1);
}

/* Others that wait show that a run comes together with them. */
static void note_coming(struct ht_roster *roster)
{
    if (roster->runs == 0)
        roster->together = 1;
    else if (roster->queues.first[HT_ROUND_WAITING] != NULL)
        roster->together++;
    else
        roster->together -= roster->together / TOGETHER_FADES;
}

void ht_roster_enter(struct ht_roster *roster, struct ht_round *round)
{
    note_coming(roster);
    ht_round_queues_link(&roster->queues, round, HT_ROUND_WAITING);
    roster->runs++;
}

/* Gives a TCP flow back to those that wait for it: two rounds with one flow would confuse the
 * listener that both reach. */
static void release_flow(struct ht_roster *roster, const struct ht_round *round)
{
    for (struct ht_round *blocked = roster->queues.first[HT_ROUND_BLOCKED], *next; blocked != NULL;
         blocked = next) {
        next = blocked->slot.next;
        if (blocked->flow.flow_tag != round->flow.flow_tag)
            continue;
        ht_round_queues_move(&roster->queues, blocked, HT_ROUND_WAITING);
        roster->blocked--;
    }
}

static bool is_under_way(const struct ht_round *round)
{
    return round->slot.state != HT_ROUND_WAITING && round->slot.state != HT_ROUND_BLOCKED;
}

static void note_lingering(struct ht_roster *roster, struct ht_round *round, bool lingers)
{
    roster->lingering += lingers && !round->slot.lingers;
    roster->lingering -= !lingers && round->slot.lingers;
    round->slot.lingers = lingers;
}

void ht_roster_leave(struct ht_roster *roster, struct ht_round *round)
{
    if (is_under_way(round)) {
        roster->under_way--;
        roster->done -= round->slot.state == HT_ROUND_DONE;
        note_lingering(roster, round, false);
        ht_flow_table_remove(&roster->flows, round);
        release_flow(roster, round);
    }
    roster->blocked -= round->slot.state == HT_ROUND_BLOCKED;
    ht_round_queues_unlink(&roster->queues, round);
    roster->runs--;
}

bool ht_roster_at_rest(const struct ht_roster *roster)
{
    return roster->under_way == 0;
}

/* What is made ready before the first probe leaves holds none up later. Under a ceiling there is
 * time for it later too, and the ways that were asked for would be old by then. */
size_t ht_roster_wanted(const struct ht_roster *roster)
{
    size_t waiting = roster->runs - roster->under_way - roster->blocked;
    if (ht_roster_at_rest(roster) && !roster->paced)
        return waiting < KEPT_MAX ? KEPT_MAX - waiting : 0;
    return waiting < WAITING_FEW ? WAITING_MANY - waiting : 0;
}

static bool is_stream(const struct ht_roster *roster)
{
    return roster->together > KEPT_MAX && roster->queues.first[HT_ROUND_WAITING] != NULL;
}

bool ht_roster_full(const struct ht_roster *roster)
{
    return is_stream(roster) ? roster->done >= STREAM_FINISHED : roster->under_way >= KEPT_MAX;
}

bool ht_roster_may_begin(const struct ht_roster *roster)
{
    size_t besides = roster->lingering < LINGERING_MAX ? roster->lingering : LINGERING_MAX;
    size_t most = is_stream(roster) ? STREAM_UNDER_WAY : UNDER_WAY_MAX;
    return roster->queues.first[HT_ROUND_WAITING] != NULL &&
           roster->under_way - besides - roster->done < most;
}

struct ht_round *ht_roster_begin(struct ht_roster *roster)
{
    while (ht_roster_may_begin(roster)) {
        struct ht_round *round = roster->queues.first[HT_ROUND_WAITING];
        if (round->flow.protocol == HT_TCP &&
            ht_flow_table_first(&roster->flows, round->flow.flow_tag) != NULL) {
            ht_round_queues_move(&roster->queues, round, HT_ROUND_BLOCKED);
            roster->blocked++;
            continue;
        }
        ht_flow_table_add(&roster->flows, round);
        ht_round_queues_move(&roster->queues, round, HT_ROUND_READY);
        roster->under_way++;
        return round;
    }
    return NULL;
}

void ht_roster_move(struct ht_roster *roster, struct ht_round *round, enum ht_round_state state,
                    bool lingers)
{
    bool was_done = round->slot.state == HT_ROUND_DONE;
    roster->done += state == HT_ROUND_DONE && !was_done;
    roster->done -= state != HT_ROUND_DONE && was_done;
    if (state == HT_ROUND_DONE && !was_done && round->end.destination_ttl != 0)
        ht_lengths_add(&roster->lengths, round->end.destination_ttl, ht_extent_way_back(round));
    note_lingering(roster, round, lingers);
    ht_round_queues_move(&roster->queues, round, state);
}

/* Far probes find out sooner how long a path is: worth their price where very many would go
 * through a round trip for each hop, unless it is a ceiling that all wait for. */
static bool may_go_far(const struct ht_roster *roster)
{
    bool idle = roster->queues.first[HT_ROUND_WAITING] == NULL &&
                roster->queues.first[HT_ROUND_READY] == NULL;
    return roster->together > HT_VERY_MANY && (idle || !roster->paced);
}

/* Where far probes tell how long the paths are, what they leave to be sent can wait, most of all
 * what comes last of a path: all of a crowd has begun well before the end then, and in the last
 * round trips there is still enough to do. A smaller crowd begins soon enough, and would only ask
 * more at once of a router that keeps to a limit. The scouts' answers others wait for. */
enum ht_round_state ht_roster_urgency(const struct ht_roster *roster, const struct ht_round *round,
                                      bool far)
{
    bool patient = !far && !roster->paced && round->ids.serial >= SCOUTS &&
                   round->hints.common_ttl != 0 && roster->together > PATIENT_CROWD;
    if (!patient)
        return HT_ROUND_READY;
    return ht_window_is_last(round) ? HT_ROUND_PARTING : HT_ROUND_PATIENT;
}

/* A far probe goes where most paths have ended that are still possible: it is in vain for these,
 * but tells them the rest; the others have it as a hop of theirs. To a TCP listener, which all wait
 * for that would get there, it goes where no path is longer. */
static uint8_t far_ttl(const struct ht_roster *roster, const struct ht_round *round)
{
    uint8_t common_ttl = roster->lengths.common_ttl;
    uint8_t longer = common_ttl > 0 ? (uint8_t)(common_ttl - 1) : 0;
    if (longer < round->end.reaches_ttl)
        longer = round->end.reaches_ttl;
    if (longer < round->end.last_router_ttl)
        longer = round->end.last_router_ttl;
    if (round->flow.protocol == HT_TCP && common_ttl > 0)
        return roster->lengths.longest_ttl > longer ? roster->lengths.longest_ttl : 0;
    return round->hints.far_ttl > longer ? round->hints.far_ttl
                                         : ht_lengths_mostly(&roster->lengths, longer);
}

/* While others wait for their turn there is no hurry to see any path whole. */
static uint8_t look_ahead(const struct ht_roster *roster, const struct ht_round *round, bool far)
{
    bool others_wait = roster->queues.first[HT_ROUND_WAITING] != NULL;
    if (round->ids.serial < SCOUTS && (others_wait || roster->together > HT_VERY_MANY))
        return ht_window_look_ahead(1, 1, far);
    if (others_wait)
        return 1;
    return ht_window_look_ahead(roster->under_way - roster->done - roster->lingering,
                                roster->together, far);
}

void ht_roster_set_look_ahead(const struct ht_roster *roster, struct ht_round *round)
{
    bool far = may_go_far(roster);
    round->hints.common_ttl = roster->lengths.common_ttl;
    round->hints.shortest_ttl = roster->lengths.shortest_ttl;
    round->hints.detour = roster->lengths.detour;
    round->hints.far_ttl = far && round->end.ends_ttl == 0 ? far_ttl(roster, round) : 0;
    round->hints.look_ahead = look_ahead(roster, round, far);
}
