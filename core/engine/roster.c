#include "engine/roster.h"

#include "engine/window.h"

/* So many rounds are under way at a time: enough to fill any network, few enough that what is sent
 * before the first answers come is no flood, and that the memory of many targets is bounded. */
#define UNDER_WAY_MAX 6144

/* Besides, so many that have found their destination and only wait for silent hops' sake. */
#define LINGERING_MAX 3072

/* So few waiting ones may all begin before the next look; so many are enough for a while, and still
 * in the cache when they begin. */
#define WAITING_FEW  64
#define WAITING_MANY 128

/* Of those that came together, one in so many is forgotten with each that comes by itself. */
#define TOGETHER_FADES 16

/* The first rounds look far ahead even among many: the others learn from them. */
#define SCOUTS 32

void ht_roster_init(struct ht_roster *roster)
{
    *roster = (struct ht_roster){0};
    ht_flow_table_init(&roster->flows);
}

void ht_roster_fini(struct ht_roster *roster)
{
    ht_flow_table_fini(&roster->flows);
}

/* Others that wait show that a run comes together with them. */
static void note_coming(struct ht_roster *roster)
{
    if (roster->runs == 0)
        roster->together = 1;
    else if (roster->queues.first[HT_RUN_WAITING] != NULL)
        roster->together++;
    else
        roster->together -= roster->together / TOGETHER_FADES;
}

void ht_roster_enter(struct ht_roster *roster, struct ht_run *run)
{
    note_coming(roster);
    ht_run_link(&roster->queues, run, HT_RUN_WAITING);
    roster->runs++;
}

/* Gives a TCP flow back to those that wait for it: two rounds with one flow would confuse the
 * listener that both reach. */
static void release_flow(struct ht_roster *roster, const struct ht_run *run)
{
    for (struct ht_run *blocked = roster->queues.first[HT_RUN_BLOCKED], *next; blocked != NULL;
         blocked = next) {
        next = blocked->next;
        if (blocked->trace.flow.flow_tag != run->trace.flow.flow_tag)
            continue;
        ht_run_move(&roster->queues, blocked, HT_RUN_WAITING);
        roster->blocked--;
    }
}

static bool is_under_way(const struct ht_run *run)
{
    return run->state != HT_RUN_WAITING && run->state != HT_RUN_BLOCKED;
}

static void note_lingering(struct ht_roster *roster, struct ht_run *run, bool lingers)
{
    roster->lingering += lingers && !run->lingers;
    roster->lingering -= !lingers && run->lingers;
    run->lingers = lingers;
}

void ht_roster_leave(struct ht_roster *roster, struct ht_run *run)
{
    if (is_under_way(run)) {
        roster->under_way--;
        roster->done -= run->state == HT_RUN_DONE;
        note_lingering(roster, run, false);
        ht_flow_table_remove(&roster->flows, run);
        release_flow(roster, run);
    }
    roster->blocked -= run->state == HT_RUN_BLOCKED;
    ht_run_unlink(&roster->queues, run);
    roster->runs--;
}

size_t ht_roster_wanted(const struct ht_roster *roster)
{
    size_t waiting = roster->runs - roster->under_way - roster->blocked;
    return waiting < WAITING_FEW ? WAITING_MANY - waiting : 0;
}

bool ht_roster_may_begin(const struct ht_roster *roster)
{
    size_t besides = roster->lingering < LINGERING_MAX ? roster->lingering : LINGERING_MAX;
    return roster->queues.first[HT_RUN_WAITING] != NULL &&
           roster->under_way - besides < UNDER_WAY_MAX;
}

struct ht_run *ht_roster_begin(struct ht_roster *roster)
{
    while (ht_roster_may_begin(roster)) {
        struct ht_run *run = roster->queues.first[HT_RUN_WAITING];
        if (run->trace.flow.protocol == HT_TCP &&
            ht_flow_table_first(&roster->flows, run->trace.flow.flow_tag) != NULL) {
            ht_run_move(&roster->queues, run, HT_RUN_BLOCKED);
            roster->blocked++;
            continue;
        }
        ht_flow_table_add(&roster->flows, run);
        ht_run_move(&roster->queues, run, HT_RUN_READY);
        roster->under_way++;
        return run;
    }
    return NULL;
}

void ht_roster_move(struct ht_roster *roster, struct ht_run *run, enum ht_run_state state,
                    bool lingers)
{
    bool was_done = run->state == HT_RUN_DONE;
    roster->done += state == HT_RUN_DONE && !was_done;
    roster->done -= state != HT_RUN_DONE && was_done;
    if (state == HT_RUN_DONE && !was_done && run->trace.destination_ttl != 0)
        ht_lengths_add(&roster->lengths, run->trace.destination_ttl);
    note_lingering(roster, run, lingers);
    ht_run_move(&roster->queues, run, state);
}

/* While others wait for their turn there is no hurry to see any path whole. */
void ht_roster_set_look_ahead(const struct ht_roster *roster, struct ht_trace *trace)
{
    trace->common_ttl = roster->lengths.common_ttl;
    if (roster->queues.first[HT_RUN_WAITING] == NULL)
        trace->look_ahead = ht_window_look_ahead(
            roster->under_way - roster->done - roster->lingering, roster->together);
    else
        trace->look_ahead = trace->round < SCOUTS ? ht_window_look_ahead(1, 1) : 1;
}
