#include "topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void topology_init(struct topology *topology)
{
    *topology = (struct topology){0};
}

void topology_fini(struct topology *topology)
{
    struct name *names = topology->names.items;

    for (uint32_t i = 0; i < topology->names.count; i++)
        free(names[i].text);
    free(topology->routers.items);
    free(topology->hops.items);
    free(topology->hop_routers.items);
    free(topology->path_hops.items);
    free(topology->targets.items);
    free(topology->behaviours.items);
    free(topology->endpoints.items);
    free(topology->names.items);
    free(topology->index);
    *topology = (struct topology){0};
}

static uint32_t table_append(struct table *table, const void *item, size_t size)
{
    if (table->count == table->room) {
        uint32_t room = table->room ? table->room * 2 : 16;
        void *items = NULL;

        if (room < NO_INDEX / 2)
            items = realloc(table->items, room * size);
        if (!items)
            return NO_INDEX;
        table->items = items;
        table->room = room;
    }
    memcpy((char *)table->items + table->count * size, item, size);
    return table->count++;
}

static uint32_t *index_slot(const struct topology *topology, const struct address *address)
{
    const struct router *routers = topology->routers.items;
    uint32_t place = (uint32_t)address_hash(address) & topology->index_mask;

    while (topology->index[place] != NO_INDEX &&
           !address_equal(&routers[topology->index[place]].address, address))
        place = (place + 1) & topology->index_mask;
    return &topology->index[place];
}

/* Keeps the hash at most half full. */
static bool index_grow(struct topology *topology)
{
    const struct router *routers = topology->routers.items;
    uint32_t size = topology->index ? topology->index_mask + 1 : 0;
    uint32_t *index;

    if (topology->routers.count < size / 2)
        return true;
    size = size ? size * 2 : 64;
    index = malloc(size * sizeof *index);
    if (!index)
        return false;
    memset(index, 0xff, size * sizeof *index);
    free(topology->index);
    topology->index = index;
    topology->index_mask = size - 1;
    for (uint32_t i = 0; i < topology->routers.count; i++)
        *index_slot(topology, &routers[i].address) = i;
    return true;
}

uint32_t topology_router(struct topology *topology, const struct address *address)
{
    struct router router = {.address = *address, .target = NO_INDEX, .name = NO_INDEX};
    uint32_t *slot;

    if (!index_grow(topology))
        return NO_INDEX;
    slot = index_slot(topology, address);
    if (*slot == NO_INDEX)
        *slot = table_append(&topology->routers, &router, sizeof router);
    return *slot;
}

uint32_t topology_hop(struct topology *topology, const struct hop *hop)
{
    return table_append(&topology->hops, hop, sizeof *hop);
}

bool topology_hop_router(struct topology *topology, uint32_t router)
{
    return table_append(&topology->hop_routers, &router, sizeof router) != NO_INDEX;
}

bool topology_path_hop(struct topology *topology, uint32_t hop)
{
    return table_append(&topology->path_hops, &hop, sizeof hop) != NO_INDEX;
}

/* Hops and targets refer to behaviours and endpoints with 16 bits. Equal neighbours
 * share one entry, so that a file of many plain hops stays small. */
static uint32_t append_shared(struct table *table, const void *item, size_t size)
{
    if (table->count && memcmp((char *)table->items + (table->count - 1) * size, item, size) == 0)
        return table->count - 1;
    if (table->count >= UINT16_MAX)
        return NO_INDEX;
    return table_append(table, item, size);
}

uint32_t topology_behaviour(struct topology *topology, const struct behaviour *behaviour)
{
    return append_shared(&topology->behaviours, behaviour, sizeof *behaviour);
}

uint32_t topology_endpoint(struct topology *topology, const struct endpoint *endpoint)
{
    return append_shared(&topology->endpoints, endpoint, sizeof *endpoint);
}

uint32_t topology_target(struct topology *topology, const struct target *target)
{
    uint32_t index = table_append(&topology->targets, target, sizeof *target);
    struct router *routers = topology->routers.items;

    if (index != NO_INDEX)
        routers[target->router].target = index;
    return index;
}

uint32_t topology_name(struct topology *topology, const char *text, uint32_t router)
{
    struct name name = {.text = strdup(text), .router = router};
    uint32_t index;

    if (!name.text)
        return NO_INDEX;
    index = table_append(&topology->names, &name, sizeof name);
    if (index == NO_INDEX)
        free(name.text);
    return index;
}

static int compare_names(const void *a, const void *b)
{
    const struct name *left = a, *right = b;
    int order = strcasecmp(left->text, right->text);

    if (order == 0)
        order = (left->router > right->router) - (left->router < right->router);
    return order;
}

void topology_seal(struct topology *topology)
{
    struct name *names = topology->names.items;
    struct router *routers = topology->routers.items;
    struct target *targets = topology->targets.items;

    if (topology->names.count == 0)
        return;
    qsort(names, topology->names.count, sizeof *names, compare_names);
    for (uint32_t i = 0; i < topology->names.count; i++)
        routers[names[i].router].name = i;
    for (uint32_t i = 0; i < topology->targets.count; i++)
        targets[i].name = routers[targets[i].router].name;
}

struct behaviour behaviour_default(void)
{
    struct behaviour behaviour;

    /* Compared byte by byte by append_shared, so the padding has to be set, too. */
    memset(&behaviour, 0, sizeof behaviour);
    behaviour.copies = 1;
    behaviour.copy_gap_ns = (int64_t)(0.1 * NANOSECONDS_PER_MS);
    behaviour.reply_ttl = 64;
    behaviour.return_hops = -1;
    behaviour.unreachable = behaviour.parameter = behaviour.dscp = behaviour.ecn = -1;
    behaviour.destination = NO_INDEX;
    behaviour.quote = QUOTE_FULL;
    return behaviour;
}

bool behaviour_refuses(const struct behaviour *behaviour)
{
    return behaviour->unreachable >= 0 || behaviour->parameter >= 0;
}

bool behaviour_refuses_some(const struct behaviour *behaviour)
{
    return behaviour_refuses(behaviour) && (behaviour->refuse_first || behaviour->refuse_every);
}

struct endpoint endpoint_default(void)
{
    struct endpoint endpoint;

    memset(&endpoint, 0, sizeof endpoint);
    endpoint.echo = true;
    endpoint.echo_cut = UINT16_MAX;
    endpoint.udp = UDP_UNREACHABLE;
    endpoint.tcp = PORT_CLOSED;
    endpoint.open_count = 2;
    endpoint.open[0] = 80;
    endpoint.open[1] = 443;
    endpoint.from = NO_INDEX;
    return endpoint;
}

uint32_t topology_find(const struct topology *topology, const struct address *address)
{
    return topology->index ? *index_slot(topology, address) : NO_INDEX;
}

const struct router *topology_get_router(const struct topology *topology, uint32_t index)
{
    return (const struct router *)topology->routers.items + index;
}

const struct hop *topology_get_hop(const struct topology *topology, uint32_t index)
{
    return (const struct hop *)topology->hops.items + index;
}

const struct target *topology_get_target(const struct topology *topology, uint32_t index)
{
    return (const struct target *)topology->targets.items + index;
}

const struct behaviour *topology_get_behaviour(const struct topology *topology, uint32_t index)
{
    return (const struct behaviour *)topology->behaviours.items + index;
}

const struct endpoint *topology_get_endpoint(const struct topology *topology, uint32_t index)
{
    return (const struct endpoint *)topology->endpoints.items + index;
}

const struct hop *topology_hop_at(const struct topology *topology, const struct target *target,
                                  unsigned ttl, uint32_t *number, int64_t *rtt_ns)
{
    const uint32_t *path = (const uint32_t *)topology->path_hops.items + target->path;
    unsigned position = ttl - 1, turns = 0;
    const struct hop *hop;

    if (ttl < 1 || target->hop_count == 0)
        return NULL;
    if (position >= target->hop_count) {
        if (target->loop == 0)
            return NULL;
        turns = (position - target->hop_count) / target->loop + 1;
        position -= turns * target->loop;
    }
    *number = path[position];
    hop = topology_get_hop(topology, *number);
    *rtt_ns = hop->rtt_ns;
    if (turns) {
        const struct hop *last = topology_get_hop(topology, path[target->hop_count - 1]);
        int64_t before = 0;

        if (target->hop_count > target->loop)
            before = topology_get_hop(topology, path[target->hop_count - target->loop - 1])->rtt_ns;
        *rtt_ns += (int64_t)turns * (last->rtt_ns - before);
    }
    return hop;
}

uint32_t topology_hop_member(const struct topology *topology, const struct hop *hop, uint32_t n)
{
    return ((const uint32_t *)topology->hop_routers.items)[hop->first + n];
}

static const char *name_text(const struct topology *topology, uint32_t name, char text[NAME_TEXT])
{
    const struct name *names = topology->names.items;

    snprintf(text, NAME_TEXT, "%s", name == NO_INDEX ? "" : names[name].text);
    return text;
}

const char *topology_target_name(const struct topology *topology, uint32_t target,
                                 char text[NAME_TEXT])
{
    if (!topology->generated)
        return name_text(topology, topology_get_target(topology, target)->name, text);
    snprintf(text, NAME_TEXT, "t%u.sim", (unsigned)(target % topology->generated_names + 1));
    return text;
}

const char *topology_router_name(const struct topology *topology, uint32_t router,
                                 char text[NAME_TEXT])
{
    const struct router *entry = topology_get_router(topology, router);

    if (!topology->generated)
        return name_text(topology, entry->name, text);
    if (entry->target != NO_INDEX)
        return topology_target_name(topology, entry->target, text);
    snprintf(text, NAME_TEXT, "r-%u.sim", (unsigned)router);
    return text;
}

/* "t12.sim" with the prefix "t" is 12; NO_INDEX if the name has another form. */
static uint32_t numbered_name(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    uint64_t number = 0;

    if (strncasecmp(name, prefix, length) != 0 || name[length] < '0' || name[length] > '9')
        return NO_INDEX;
    for (name += length; *name >= '0' && *name <= '9'; name++) {
        number = number * 10 + (uint64_t)(*name - '0');
        if (number >= NO_INDEX)
            return NO_INDEX;
    }
    return strcasecmp(name, ".sim") == 0 ? (uint32_t)number : NO_INDEX;
}

static void resolve_generated(const struct topology *topology, const char *name,
                              void (*each)(void *context, const struct address *address),
                              void *context)
{
    uint32_t number = numbered_name(name, "r-");

    if (number < topology->routers.count) {
        const struct router *router = topology_get_router(topology, number);

        if (router->target == NO_INDEX)
            each(context, &router->address);
        return;
    }
    number = numbered_name(name, "t");
    if (number < 1 || number > topology->generated_names)
        return;
    for (uint32_t i = number - 1; i < topology->targets.count; i += topology->generated_names)
        each(context,
             &topology_get_router(topology, topology_get_target(topology, i)->router)->address);
}

void topology_resolve(const struct topology *topology, const char *name,
                      void (*each)(void *context, const struct address *address), void *context)
{
    const struct name *names = topology->names.items;
    uint32_t low = 0, high = topology->names.count;

    if (topology->generated) {
        resolve_generated(topology, name, each, context);
        return;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (strcasecmp(names[middle].text, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < topology->names.count && strcasecmp(names[low].text, name) == 0; low++)
        each(context, &topology_get_router(topology, names[low].router)->address);
}
