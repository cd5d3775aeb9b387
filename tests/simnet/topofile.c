#include "topofile.h"

#include "bytes.h"
#include "topokeys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 64
#define HOPS  250

/* A list of hops under a name, for `via`. */
struct path {
    char name[NAME_TEXT];
    uint32_t hops[HOPS];
    unsigned count;
    bool ipv4;       /* the family of its hops */
    bool has_family; /* only `*` so far: fits both */
};

struct reader {
    struct topology *topology;
    const char *file_name;
    unsigned line, faults;
    struct fields defaults;
    struct path *paths;
    size_t path_count;
    size_t path_room;
    bool open;        /* a path or target has been begun */
    bool open_target; /* it is a target */
    struct path path; /* what is being read */
    struct fields fields;
    struct address address;
    unsigned loop;
};

static void complain(struct reader *reader, const char *word, const char *what)
{
    fprintf(stderr, "%s:%u: %s: %s\n", reader->file_name, reader->line, word, what);
    reader->faults++;
}

static void out_of_room(struct reader *reader)
{
    complain(reader, "topology", "no room");
}

static void set_words(struct reader *reader, struct fields *fields, char **words, unsigned count,
                      unsigned where)
{
    for (unsigned i = 0; i < count; i++) {
        const char *wrong = topokeys_set(fields, words[i], where);

        if (wrong)
            complain(reader, words[i], wrong);
    }
}

static int64_t last_rtt(const struct reader *reader)
{
    if (reader->path.count == 0)
        return 0;
    return topology_get_hop(reader->topology, reader->path.hops[reader->path.count - 1])->rtt_ns;
}

/* Makes a hop of the fields; its machines have to be the last of hop_routers. */
static uint32_t add_hop(struct reader *reader, const struct fields *fields, uint32_t first)
{
    struct topology *topology = reader->topology;
    uint32_t behaviour = topology_behaviour(topology, &fields->behaviour);
    struct hop hop = {.first = first,
                      .count = (uint16_t)(topology->hop_routers.count - first),
                      .behaviour = (uint16_t)behaviour,
                      .rtt_ns = fields->rtt_ns};

    if (hop.rtt_ns < 0)
        hop.rtt_ns = last_rtt(reader) + (int64_t)NANOSECONDS_PER_MS;
    return behaviour == NO_INDEX ? NO_INDEX : topology_hop(topology, &hop);
}

static bool note_family(struct reader *reader, const struct address *address)
{
    struct path *path = &reader->path;

    if (!path->has_family)
        path->ipv4 = address_is_ipv4(address);
    path->has_family = true;
    return path->ipv4 == address_is_ipv4(address);
}

static void add_machine(struct reader *reader, const char *text, const char *name)
{
    struct address address;
    uint32_t router;

    if (!address_parse(&address, text)) {
        complain(reader, text, "not an address");
        return;
    }
    if (!note_family(reader, &address))
        complain(reader, text, "family differs from the path's");
    router = topology_router(reader->topology, &address);
    if (router == NO_INDEX || !topology_hop_router(reader->topology, router) ||
        (*name && topology_name(reader->topology, name, router) == NO_INDEX))
        out_of_room(reader);
}

static const struct address *router_address(const struct reader *reader, uint32_t router)
{
    return &topology_get_router(reader->topology, router)->address;
}

static void read_hop(struct reader *reader, char **words, unsigned count)
{
    struct fields fields = reader->defaults;
    uint32_t first = reader->topology->hop_routers.count, hop;
    char *rest = NULL;

    if (!reader->open || count < 1 || reader->path.count == HOPS) {
        complain(reader, "hop",
                 "wants a path or target before it, and addresses; at most 250 on a path");
        return;
    }
    set_words(reader, &fields, words + 1, count - 1, KEYS_HOP);
    if (strcmp(words[0], "*") == 0)
        fields.behaviour.silent = true;
    else
        for (char *word = strtok_r(words[0], ",", &rest); word; word = strtok_r(NULL, ",", &rest))
            add_machine(reader, word, fields.name);
    if (fields.behaviour.destination != NO_INDEX &&
        !note_family(reader, router_address(reader, fields.behaviour.destination)))
        complain(reader, "destination", "family differs from the path's");
    hop = add_hop(reader, &fields, first);
    if (hop == NO_INDEX)
        out_of_room(reader);
    else
        reader->path.hops[reader->path.count++] = hop;
}

static void read_via(struct reader *reader, char **words, unsigned count)
{
    const struct path *via = NULL;

    if (!reader->open || count != 1) {
        complain(reader, "via", "wants a path or target before it, and one name");
        return;
    }
    for (size_t i = 0; i < reader->path_count; i++) {
        if (strcmp(reader->paths[i].name, words[0]) == 0)
            via = &reader->paths[i];
    }
    if (!via)
        complain(reader, words[0], "no path or target of this name before");
    else if (via->count > HOPS - reader->path.count)
        complain(reader, words[0], "too many hops");
    else if (via->has_family && reader->path.has_family && via->ipv4 != reader->path.ipv4)
        complain(reader, words[0], "family differs from the path's");
    else {
        memcpy(reader->path.hops + reader->path.count, via->hops, via->count * sizeof *via->hops);
        reader->path.count += via->count;
        if (via->has_family) {
            reader->path.has_family = true;
            reader->path.ipv4 = via->ipv4;
        }
    }
}

static struct address nth_address(const struct address *first, uint32_t n)
{
    struct address address = *first;

    put32(address.bytes + 12, get32(address.bytes + 12) + n);
    return address;
}

/* Is there more to this hop than to its answers? */
static bool is_watchful(const struct behaviour *behaviour)
{
    return behaviour->firewall || behaviour->too_big || behaviour_refuses_some(behaviour) ||
           behaviour->dscp >= 0 || behaviour->ecn >= 0 || behaviour->destination != NO_INDEX ||
           behaviour->port;
}

/* Notes where a hop refuses everything, and whether others refuse something before. */
static void look_along(const struct topology *topology, struct target *target)
{
    for (unsigned ttl = 1; ttl <= target->hop_count && !target->blocked; ttl++) {
        uint32_t number;
        int64_t rtt_ns;
        const struct hop *hop = topology_hop_at(topology, target, ttl, &number, &rtt_ns);

        const struct behaviour *behaviour;

        if (!hop)
            continue;
        behaviour = topology_get_behaviour(topology, hop->behaviour);
        target->watched |= is_watchful(behaviour);
        if (behaviour_refuses(behaviour) && !behaviour_refuses_some(behaviour))
            target->blocked = (uint8_t)ttl;
    }
}

/* One of the `count` targets of a line, with the path as read. */
static bool add_target(struct reader *reader, uint32_t n)
{
    struct topology *topology = reader->topology;
    struct address address = nth_address(&reader->address, n);
    uint32_t endpoint = topology_endpoint(topology, &reader->fields.endpoint);
    struct target target = {.name = NO_INDEX,
                            .path = topology->path_hops.count,
                            .endpoint = (uint16_t)endpoint,
                            .loop = (uint8_t)reader->loop,
                            .hop_count = (uint8_t)reader->path.count};
    char name[NAME_TEXT + 12];
    bool good = endpoint != NO_INDEX;

    snprintf(name, sizeof name, reader->fields.count > 1 ? "%s-%u" : "%s", reader->path.name,
             n + 1);
    target.router = topology_router(topology, &address);
    good = good && target.router != NO_INDEX &&
           topology_name(topology, name, target.router) != NO_INDEX;
    for (unsigned i = 0; good && i < reader->path.count; i++)
        good = topology_path_hop(topology, reader->path.hops[i]);
    if (good && !reader->loop) {
        uint32_t first = topology->hop_routers.count, hop;

        good = topology_hop_router(topology, target.router);
        hop = good ? add_hop(reader, &reader->fields, first) : NO_INDEX;
        good = hop != NO_INDEX && topology_path_hop(topology, hop);
        target.hop_count++;
    }
    if (good && topology_get_router(topology, target.router)->target != NO_INDEX)
        complain(reader, name, "a target with this address exists");
    if (good)
        look_along(topology, &target);
    return good && topology_target(topology, &target) != NO_INDEX;
}

/* Makes room for one more path. */
static bool grow_paths(struct reader *reader)
{
    size_t room = reader->path_room ? reader->path_room * 2 : 16;
    struct path *paths;

    if (reader->path_count < reader->path_room)
        return true;
    paths = realloc(reader->paths, room * sizeof *paths);
    if (!paths)
        return false;
    reader->paths = paths;
    reader->path_room = room;
    return true;
}

/* Ends the path or target that is being read. */
static void close_path(struct reader *reader)
{
    if (!reader->open)
        return;
    reader->open = false;
    if (reader->open_target && reader->faults == 0) {
        for (uint32_t n = 0; n < reader->fields.count; n++) {
            if (!add_target(reader, n)) {
                out_of_room(reader);
                break;
            }
        }
    }
    if (grow_paths(reader))
        reader->paths[reader->path_count++] = reader->path;
    else
        out_of_room(reader);
}

static bool open_path(struct reader *reader, char **words, unsigned count)
{
    close_path(reader);
    reader->path = (struct path){0};
    reader->open_target = false;
    reader->loop = 0;
    if (count < 1 || !topokeys_valid_name(words[0])) {
        complain(reader, count ? words[0] : "path", "a name is wanted, at most 250 letters");
        return false;
    }
    memcpy(reader->path.name, words[0], strlen(words[0]) + 1);
    reader->open = true;
    return true;
}

static void read_path(struct reader *reader, char **words, unsigned count)
{
    if (open_path(reader, words, count) && count > 1)
        complain(reader, words[1], "a path has only a name");
}

static void read_target(struct reader *reader, char **words, unsigned count)
{
    if (!open_path(reader, words, count))
        return;
    reader->open_target = true;
    reader->fields = (struct fields){.topology = reader->topology,
                                     .behaviour = behaviour_default(),
                                     .endpoint = endpoint_default(),
                                     .rtt_ns = -1,
                                     .count = 1};
    if (count < 2 || !address_parse(&reader->address, words[1])) {
        complain(reader, words[0], "an address is wanted");
        return;
    }
    note_family(reader, &reader->address);
    set_words(reader, &reader->fields, words + 2, count - 2, KEYS_TARGET);
}

static void read_loop(struct reader *reader, char **words, unsigned count)
{
    unsigned long turns = count == 1 ? strtoul(words[0], NULL, 10) : 0;

    if (!reader->open || !reader->open_target || turns < 1 || turns > reader->path.count)
        complain(reader, "loop",
                 "wants the number of hops that repeat, which have to stand before it");
    else
        reader->loop = (unsigned)turns;
}

static void read_name(struct reader *reader, char **words, unsigned count)
{
    struct address address;

    if (count < 2 || !topokeys_valid_name(words[0])) {
        complain(reader, "name", "wants a name and its addresses");
        return;
    }
    for (unsigned i = 1; i < count; i++) {
        uint32_t router;

        if (!address_parse(&address, words[i])) {
            complain(reader, words[i], "not an address");
            continue;
        }
        router = topology_router(reader->topology, &address);
        if (router == NO_INDEX || topology_name(reader->topology, words[0], router) == NO_INDEX)
            out_of_room(reader);
    }
}

static void read_defaults(struct reader *reader, char **words, unsigned count)
{
    reader->defaults = (struct fields){
        .topology = reader->topology, .behaviour = behaviour_default(), .rtt_ns = -1};
    set_words(reader, &reader->defaults, words, count, KEYS_HOP);
}

static void read_line(struct reader *reader, char *line)
{
    static const struct {
        const char *word;
        void (*read)(struct reader *reader, char **words, unsigned count);
    } kinds[] = {
        {"target", read_target},     {"path", read_path}, {"hop", read_hop},
        {"via", read_via},           {"loop", read_loop}, {"name", read_name},
        {"defaults", read_defaults},
    };
    char *words[WORDS], *rest = NULL;
    unsigned count = 0;

    line[strcspn(line, "#\r\n")] = '\0';
    for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (count == WORDS) {
            complain(reader, word, "too many words");
            return;
        }
        words[count++] = word;
    }
    if (count == 0)
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].word, words[0]) == 0) {
            kinds[i].read(reader, words + 1, count - 1);
            return;
        }
    }
    complain(reader, words[0], "unknown");
}

bool topofile_read(struct topology *topology, const char *file_name)
{
    struct reader *reader = calloc(1, sizeof *reader);
    FILE *file = fopen(file_name, "re");
    char *line = NULL;
    size_t room = 0;
    bool good = false;

    if (!file || !reader) {
        fprintf(stderr, "simnet: %s: %s\n", file_name, strerror(errno));
    } else {
        reader->topology = topology;
        reader->file_name = file_name;
        read_defaults(reader, NULL, 0);
        while (getline(&line, &room, file) >= 0) {
            reader->line++;
            read_line(reader, line);
        }
        close_path(reader);
        if (topology->targets.count == 0 && reader->faults == 0)
            complain(reader, "target", "there is none");
        good = reader->faults == 0;
        topology_seal(topology);
        free(reader->paths);
    }
    if (file)
        fclose(file);
    free(line);
    free(reader);
    return good;
}
