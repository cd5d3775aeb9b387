#include "api/names.h"

#include <stdlib.h>
#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/scratch.h"
#include "model/hop.h"

int ht_names_init(struct ht_names *names, int epoll_fd, uint64_t epoll_tag, struct ht_error *error)
{
    return ht_reverse_new(epoll_fd, epoll_tag, &names->reverse, error);
}

void ht_names_fini(struct ht_names *names)
{
    ht_reverse_free(names->reverse);
    ht_asn_source_free(names->asns);
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

/* The caller's to tell; the engine goes on without. */
static void tell(const struct ht_engine *engine, int code, const struct ht_error *error)
{
    if (code != HT_OK && engine->options.on_problem != NULL)
        engine->options.on_problem(engine->options.user, error);
}

void ht_names_open(struct ht_engine *engine)
{
    struct ht_error error;
    if (engine->options.asn_db != NULL)
        tell(engine, ht_asn_source_new(engine->options.asn_db, &engine->names.asns, &error),
             &error);
}

/* Lets a hop have nodes of ours, from nodes[*used] on, with what is known of them. */
static void name_hop(const struct ht_scheduled_target *scheduled, struct ht_hop *hop, size_t *used)
{
    const struct ht_engine *engine = scheduled->engine;
    const struct ht_names *names = &engine->names;
    struct ht_node *nodes = names->nodes + *used;
    for (size_t i = 0; i < hop->node_count; i++) {
        const struct ht_address *address = &hop->nodes[i].facts.address;
        nodes[i] = hop->nodes[i];
        if (!scheduled->target.settings.numeric)
            nodes[i].hostname = ht_reverse_name(names->reverse, address, engine->now.mono_ns);
        if (names->asns == NULL)
            continue;
        struct ht_asn asn = ht_asn_source_find(names->asns, address);
        nodes[i].asn = asn.number;
        nodes[i].as_name = asn.name;
    }
    *used += hop->node_count;
    hop->nodes = nodes;
}

/* The systems of the hops' main nodes, one after another. */
static void show_as_path(struct ht_names *names, struct ht_report *report)
{
    report->as_path = names->as_path;
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_node *node = ht_hop_main_node(&report->hops[i]);
        size_t count = report->as_path_count;
        if (node == NULL || node->asn == 0 || (count > 0 && names->as_path[count - 1] == node->asn))
            continue;
        names->as_path[report->as_path_count++] = node->asn;
    }
}

/* Whether nothing is looked up of the target's nodes. */
static bool is_plain(const struct ht_scheduled_target *scheduled)
{
    return scheduled->target.settings.numeric && scheduled->engine->names.asns == NULL;
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
    struct ht_engine *engine = scheduled->engine;
    struct ht_names *names = &engine->names;
    struct ht_error error;
    size_t used = 0;
    size_t nodes = count_nodes(report);
    if (names->asns != NULL)
        tell(engine, ht_asn_source_refresh(names->asns, engine->now.mono_ns, &error), &error);
    if (is_plain(scheduled) || nodes == 0 || !make_scratch(names, report->listed_hops, nodes))
        return;
    memcpy(names->hops, report->hops, report->listed_hops * sizeof *names->hops);
    for (size_t i = 0; i < report->listed_hops; i++)
        name_hop(scheduled, &names->hops[i], &used);
    report->hops = names->hops;
    if (names->asns != NULL)
        show_as_path(names, report);
}

void ht_names_show_hop(struct ht_scheduled_target *scheduled, struct ht_hop *hop)
{
    size_t used = 0;
    if (!is_plain(scheduled) && hop->node_count > 0 &&
        make_scratch(&scheduled->engine->names, 0, hop->node_count))
        name_hop(scheduled, hop, &used);
}
