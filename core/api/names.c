#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine_internal.h"
#include "base/scratch.h"

int ht_names_init(struct ht_names *names, int epoll_fd, uint64_t epoll_tag, struct ht_error *error)
{
    return ht_reverse_new(epoll_fd, epoll_tag, &names->reverse, error);
}

void ht_names_fini(struct ht_names *names)
{
    ht_reverse_free(names->reverse);
    ht_heap_fini(&names->kept);
    free(names->hops);
    free(names->nodes);
}

void ht_names_note(void *user, const struct ht_address *address)
{
    struct ht_engine *engine = user;
    (void)ht_reverse_ask(engine->names.reverse, address, engine->now.mono_ns);
}

/* --- names for a reader -------------------------------------------------------------------- */

static bool make_scratch(struct ht_names *names, size_t hops, size_t nodes)
{
    void *hop_room = names->hops;
    void *node_room = names->nodes;
    bool done = ht_scratch_reserve(&hop_room, sizeof *names->hops, &names->hop_capacity, hops) &&
                ht_scratch_reserve(&node_room, sizeof *names->nodes, &names->node_capacity, nodes);
    names->hops = hop_room;
    names->nodes = node_room;
    return done;
}

/* Lets a hop have nodes of ours, from nodes[*used] on, with their names. */
static void name_hop(struct ht_engine *engine, struct ht_hop *hop, size_t *used)
{
    struct ht_names *names = &engine->names;
    struct ht_node *nodes = names->nodes + *used;
    for (size_t i = 0; i < hop->node_count; i++) {
        nodes[i] = hop->nodes[i];
        nodes[i].hostname = ht_reverse_name(names->reverse, &nodes[i].address, engine->now.mono_ns);
    }
    *used += hop->node_count;
    hop->nodes = nodes;
}

static size_t count_nodes(const struct ht_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->listed_hops; i++)
        count += report->hops[i].node_count;
    return count;
}

void ht_names_show(struct ht_member *member, struct ht_report *report)
{
    struct ht_names *names = &member->engine->names;
    size_t used = 0;
    size_t nodes = count_nodes(report);
    if (member->target.settings.numeric || nodes == 0 ||
        !make_scratch(names, report->listed_hops, nodes))
        return;
    memcpy(names->hops, report->hops, report->listed_hops * sizeof *names->hops);
    for (size_t i = 0; i < report->listed_hops; i++)
        name_hop(member->engine, &names->hops[i], &used);
    report->hops = names->hops;
}

void ht_names_show_hop(struct ht_member *member, struct ht_hop *hop)
{
    size_t used = 0;
    if (!member->target.settings.numeric && hop->node_count > 0 &&
        make_scratch(&member->engine->names, 0, hop->node_count))
        name_hop(member->engine, hop, &used);
}

/* --- records that wait --------------------------------------------------------------------- */

static struct ht_member *member_of_waiter(struct ht_reverse_waiter *waiter)
{
    return (struct ht_member *)(void *)((char *)waiter - offsetof(struct ht_member, kept.waiter));
}

static struct ht_member *member_of_timer(struct ht_heap_node *timer)
{
    return (struct ht_member *)(void *)((char *)timer - offsetof(struct ht_member, kept.timer));
}

/* Asks for every name of a report; true if some are not known yet. */
static bool ask_names(struct ht_engine *engine, const struct ht_report *report)
{
    bool missing = false;
    for (size_t i = 0; i < report->listed_hops; i++) {
        for (size_t k = 0; k < report->hops[i].node_count; k++)
            missing |= ht_reverse_ask(engine->names.reverse, &report->hops[i].nodes[k].address,
                                      engine->now.mono_ns) == HT_REVERSE_ASKED;
    }
    return missing;
}

/* Waits for the next name that is being asked for, in the order of the report. False: there is
 * none left. */
static bool wait_for_next(struct ht_member *member)
{
    struct ht_kept_record *kept = &member->kept;
    const struct ht_report *report = kept->report;
    for (; kept->hop < report->listed_hops; kept->hop++, kept->node = 0) {
        const struct ht_hop *hop = &report->hops[kept->hop];
        for (; kept->node < hop->node_count; kept->node++) {
            if (ht_reverse_wait(member->engine->names.reverse, &hop->nodes[kept->node].address,
                                &kept->waiter))
                return true;
        }
    }
    return false;
}

/* The record that was kept, the caller's to free; NULL: none was. Nothing is waited for any
 * more. */
static struct ht_report *take_kept(struct ht_member *member)
{
    struct ht_report *report = member->kept.report;
    ht_reverse_unwait(&member->kept.waiter);
    ht_heap_remove(&member->engine->names.kept, &member->kept.timer);
    member->kept.report = NULL;
    return report;
}

static void deliver_kept(struct ht_member *member)
{
    struct ht_report *report = take_kept(member);
    ht_round_deliver(member, report);
    ht_report_free(report);
}

static void on_settled(struct ht_reverse_waiter *waiter)
{
    struct ht_member *member = member_of_waiter(waiter);
    if (!wait_for_next(member))
        deliver_kept(member);
}

bool ht_names_keep(struct ht_member *member, const struct ht_report *report)
{
    struct ht_engine *engine = member->engine;
    struct ht_heap *heap = &engine->names.kept;
    if (member->target.settings.numeric || member->removed || engine->interrupted ||
        !ask_names(engine, report) || !ht_heap_reserve(heap, heap->count + 1))
        return false;
    member->kept = (struct ht_kept_record){.report = ht_report_copy(report),
                                           .timer.slot = HT_HEAP_OUTSIDE,
                                           .waiter.settled = on_settled};
    if (member->kept.report == NULL)
        return false;
    /* The next round begins when it is due, and not before this one's record. */
    int64_t until_ns =
        ht_time_min(ht_time_add(engine->now.mono_ns, HT_NAMES_WAIT_NS), member->schedule.next_ns);
    ht_heap_set(heap, &member->kept.timer, until_ns);
    if (wait_for_next(member))
        return true;
    ht_report_free(take_kept(member));
    return false;
}

void ht_names_drop(struct ht_member *member)
{
    ht_report_free(take_kept(member));
}

void ht_names_deliver(struct ht_engine *engine, bool all)
{
    for (struct ht_heap_node *first; (first = ht_heap_first(&engine->names.kept)) != NULL &&
                                     (all || first->key_ns <= engine->now.mono_ns);)
        deliver_kept(member_of_timer(first));
}

int64_t ht_names_next_ns(const struct ht_names *names)
{
    const struct ht_heap_node *first = ht_heap_first(&names->kept);
    int64_t next_ns = ht_reverse_next_ns(names->reverse);
    return first != NULL ? ht_time_min(next_ns, first->key_ns) : next_ns;
}
