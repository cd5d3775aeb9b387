#include "api/names.h"

#include <stdlib.h>
#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/scratch.h"

int ht_names_init(struct ht_names *names, int epoll_fd, uint64_t epoll_tag, struct ht_error *error)
{
    return ht_reverse_new(epoll_fd, epoll_tag, &names->reverse, error);
}

void ht_names_fini(struct ht_names *names)
{
    ht_reverse_free(names->reverse);
    free(names->hops);
    free(names->nodes);
}

void ht_names_note(void *user, const struct ht_address *address)
{
    struct ht_engine *engine = user;
    (void)ht_reverse_ask(engine->names.reverse, address, engine->now.mono_ns);
}

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
        nodes[i].hostname =
            ht_reverse_name(names->reverse, &nodes[i].facts.address, engine->now.mono_ns);
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

void ht_names_show(struct ht_scheduled_target *scheduled, struct ht_report *report)
{
    struct ht_names *names = &scheduled->engine->names;
    size_t used = 0;
    size_t nodes = count_nodes(report);
    if (scheduled->target.settings.numeric || nodes == 0 ||
        !make_scratch(names, report->listed_hops, nodes))
        return;
    memcpy(names->hops, report->hops, report->listed_hops * sizeof *names->hops);
    for (size_t i = 0; i < report->listed_hops; i++)
        name_hop(scheduled->engine, &names->hops[i], &used);
    report->hops = names->hops;
}

void ht_names_show_hop(struct ht_scheduled_target *scheduled, struct ht_hop *hop)
{
    size_t used = 0;
    if (!scheduled->target.settings.numeric && hop->node_count > 0 &&
        make_scratch(&scheduled->engine->names, 0, hop->node_count))
        name_hop(scheduled->engine, hop, &used);
}
