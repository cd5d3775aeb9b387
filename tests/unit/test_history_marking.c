/* Where the marking changes: tables of what hops quote, and networks by the thousand. */
#include "history/marking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* What hops quote, as text, one word a ttl: "-" nothing, "185" a value, "185/1" two, "=185" an echo
 * reply with that TOS. Returns the number of hops. */
static size_t read_hops(const char *text, struct ht_quoted_hop hops[static UINT8_MAX])
{
    size_t count = 0;
    memset(hops, 0, UINT8_MAX * sizeof hops[0]);
    for (const char *at = text; *at != '\0'; count++) {
        char *end;
        struct ht_quoted_hop *hop = &hops[count];
        hop->mirrored = *at == '=';
        at += *at == '=' || *at == '-';
        while (*at >= '0' && *at <= '9') {
            unsigned long value = strtoul(at, &end, 10);
            if (hop->mirrored)
                hop->mirror = (uint8_t)value;
            else
                hop->tos[hop->count++] = (uint8_t)value;
            at = end + (*end == '/');
        }
        at += *at == ' ';
    }
    return count;
}

static void describe(const struct ht_marking_path *path, char text[static 128])
{
    size_t used = 0;
    text[0] = '\0';
    for (uint8_t i = 0; i < path->count; i++) {
        const struct ht_marking *change = &path->changes[i];
        int more = snprintf(text + used, 128 - used, "%s%u-%u:%u>%u", i > 0 ? " " : "",
                            (unsigned)change->after_ttl, (unsigned)change->ttl,
                            (unsigned)change->from, (unsigned)change->to);
        used += more > 0 ? (size_t)more : 0;
    }
}

static void one_round(void)
{
    static const struct {
        uint8_t sent;
        const char *hops;
        const char *changes;
    } table[] = {
        {185, "", ""},
        {185, "- - -", ""},
        {185, "185 185 185", ""},
        {185, "185 185 1 1", "2-3:185>1"},
        {185, "1 1", "0-1:185>1"},
        {185, "185 - - 1 1", "1-4:185>1"},
        {185, "185 - 1", "1-3:185>1"},               /* the destination alone shows it */
        {185, "185 185 184 184 184", "2-3:185>184"}, /* ECN bleached */
        {185, "185 184 184 0 0", "1-2:185>184 3-4:184>0"},
        {185, "185 0 185 185", ""}, /* in its quotes only */
        {185, "185 0 0 185", ""},
        {185, "185 0 - 185", ""},
        {185, "185 0 1 1 1", "1-3:185>1"},
        {185, "185 0 0 1 1", "1-4:185>1"},
        {185, "185 0 1 0 1", "1-3:185>1"},
        {185, "185 1 0 1 1", "1-2:185>1"},
        {185, "185 1 1 0", "1-2:185>1 3-4:1>0"},
        {185, "185 185 0 =185", ""}, /* the destination has received what was sent */
        {185, "185 185 0 =0", "2-3:185>0"},
        {185, "185 185 0 0", "2-3:185>0"},
        {185, "185 185/1 1", "1-3:185>1"},
        {185, "185 1/185 185", ""},
        {185, "185 1 1/185 1", "1-4:185>1"},
        {0, "0 0 40 40", "2-3:0>40"},
        {0, "0 40 0", ""},
        {185, "185 187 187 187", ""},        /* congestion */
        {185, "185 187 3 1 1", "2-3:185>1"}, /* and a new DSCP behind it */
        {184, "184 187 187", "1-2:184>187"}, /* not ECN-capable */
        {186, "186 187 184 184", "2-3:186>184"},
    };
    static const struct ht_marking_path nothing = {0};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ht_quoted_hop hops[UINT8_MAX];
        struct ht_marking_path path;
        char text[128];
        size_t count = read_hops(table[i].hops, hops);
        ht_marking_judge(hops, count, table[i].sent, &nothing, &path);
        describe(&path, text);
        CU_ASSERT_STRING_EQUAL(text, table[i].changes);
        if (strcmp(text, table[i].changes) != 0)
            (void)printf("%u, %s: %s\n", (unsigned)table[i].sent, table[i].hops, text);
    }
}

/* Rounds, with '|' between them, a '!' before one whose path has changed at ttl 2. Each event as
 * "round hop old>new". */
static void several_rounds(void)
{
    static const struct {
        const char *rounds;
        const char *events;
    } table[] = {
        {"8 8 8|8 8 8", ""},
        {"8 8 8|8 0 0", "2 2 8>0 "},
        {"8 0 0|8 8 8", "2 2 0>8 "},
        {"8 0 0|8 - 0|- - 0|8 0 0", ""},
        {"8 - 0|8 0 0", ""}, /* the same change, seen nearer */
        {"8 - 0|8 0 0|8 8 0", "3 2 0>8 "},
        {"8 - 0|8 8 0", ""},
        {"8 8|8 8 0", ""}, /* a hop that was never seen before */
        {"8 8|8 8 0|8 8 8", "3 3 0>8 "},
        {"8 8 -|8 - -|8 8 -", ""},
        {"8 0 8 8|8 0 - -", ""}, /* known to clear its quotes */
        {"8 0 8 8|8 0 0 0", "2 3 8>0 "},
        {"- - -|8 0 0", ""},
        {"8 0 0|!8 8 0 0", ""}, /* the path is longer now */
        {"8 0 0|!8 8 8 8", "2 2 0>8 "},
        {"8 8 8|!8 0 0", "2 2 8>0 "},
        {"8 0 0|!8 - -", ""},
        {"8 0 0|8 4 4", "2 2 0>4 "},
        {"8 8 8 8|8 8 0 0|8 0 0 0|8 0 0 0", "2 3 8>0 "}, /* it came in the midst of a round */
        {"8 8 8 8|8 8 0 0|8 8 0 0|8 0 0 0", "2 3 8>0 4 2 8>0 "},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ht_marking_path memory = {0};
        char rounds[128];
        char events[64] = "";
        unsigned number = 0;
        char *state;
        (void)snprintf(rounds, sizeof rounds, "%s", table[i].rounds);
        for (char *round = strtok_r(rounds, "|", &state); round != NULL;
             round = strtok_r(NULL, "|", &state)) {
            struct ht_quoted_hop hops[UINT8_MAX];
            struct ht_marking_path path;
            struct ht_marking_event event;
            bool changed = *round == '!';
            size_t count = read_hops(round + changed, hops);
            number++;
            ht_marking_judge(hops, count, 8, &memory, &path);
            if (ht_marking_take(&memory, hops, changed ? 2 : 0, &path, &event))
                (void)snprintf(events + strlen(events), sizeof events - strlen(events),
                               "%u %u %u>%u ", number, (unsigned)event.hop, (unsigned)event.old_tos,
                               (unsigned)event.new_tos);
        }
        CU_ASSERT_STRING_EQUAL(events, table[i].events);
        if (strcmp(events, table[i].events) != 0)
            (void)printf("%s: %s\n", table[i].rounds, events);
    }
}

/* --- networks made up by chance ------------------------------------------------------------ */

#define NETWORKS   20000
#define ROUNDS     12
#define CHANGES_AT 6 /* the round before which some networks change */

static uint64_t state = 1;

static unsigned draw(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

struct network {
    unsigned hops;
    uint8_t sent;
    uint8_t value[32]; /* what reaches each hop, by ttl */
    bool clears[32];   /* quotes 0; where 0 is what was sent, nothing tells that from the truth */
    bool silent[32];
};

/* Up to two changes, each to a value that is not 0: what 0 means is in the tables. */
static void mark(struct network *network)
{
    static const uint8_t values[] = {8, 40, 184, 136, 224};
    uint8_t value = network->sent;
    unsigned changes[2] = {draw(3) == 0 ? 0 : 1 + draw(network->hops),
                           draw(3) == 0 ? 0 : 1 + draw(network->hops)};
    for (unsigned ttl = 1; ttl <= network->hops; ttl++) {
        if (ttl == changes[0] || ttl == changes[1])
            value = values[draw(sizeof values)];
        network->value[ttl] = value;
    }
}

static struct network make_network(void)
{
    struct network network = {.hops = 3 + draw(20), .sent = draw(4) == 0 ? 0 : 185};
    for (unsigned ttl = 1; ttl <= network.hops; ttl++) {
        network.clears[ttl] = network.sent != 0 && ttl < network.hops && draw(6) == 0;
        network.silent[ttl] = ttl < network.hops && draw(6) == 0;
    }
    mark(&network);
    return network;
}

/* The round loses the quotes of some hops; the destination is always heard. */
static void quote(const struct network *network, struct ht_quoted_hop hops[static UINT8_MAX])
{
    memset(hops, 0, UINT8_MAX * sizeof hops[0]);
    for (unsigned ttl = 1; ttl <= network->hops; ttl++) {
        bool lost = ttl < network->hops && draw(8) == 0;
        if (lost || network->silent[ttl])
            continue;
        hops[ttl - 1].count = 1;
        hops[ttl - 1].tos[0] = network->clears[ttl] ? 0 : network->value[ttl];
    }
}

/* Whether packets are marked otherwise at `ttl` than at `after`, as the change says. */
static bool is_true(const struct network *network, const struct ht_marking *change)
{
    uint8_t before = change->after_ttl == 0 ? network->sent : network->value[change->after_ttl];
    return before == change->from && network->value[change->ttl] == change->to &&
           change->after_ttl < change->ttl;
}

struct tally {
    unsigned told;
    unsigned wrong;
    unsigned missed;
    unsigned events;
    unsigned wrong_events;
    unsigned missed_events;
};

static void count_wrong(const struct network *network, const struct ht_marking_path *path,
                        struct tally *tally)
{
    for (uint8_t i = 0; i < path->count; i++) {
        tally->told++;
        tally->wrong += !is_true(network, &path->changes[i]);
    }
}

static void play(struct network *network, bool changes, struct tally *tally)
{
    struct ht_marking_path memory = {0};
    struct network before = *network;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ht_quoted_hop hops[UINT8_MAX];
        struct ht_marking_path path;
        struct ht_marking_event event;
        if (changes && round == CHANGES_AT)
            mark(network);
        quote(network, hops);
        ht_marking_judge(hops, network->hops, network->sent, &memory, &path);
        count_wrong(network, &path, tally);
        bool told = ht_marking_take(&memory, hops, 0, &path, &event);
        /* Afterwards a place that was known may be another one that nothing shows yet. */
        if (!changes || round < CHANGES_AT)
            count_wrong(network, &path, tally);
        /* The destination is heard: its value is known. */
        uint8_t end = path.count > 0 ? path.changes[path.count - 1].to : network->sent;
        tally->missed += end != network->value[network->hops];
        tally->events += told;
        tally->wrong_events +=
            told && (!changes || round < CHANGES_AT || before.value[event.hop] != event.old_tos ||
                     network->value[event.hop] != event.new_tos);
        tally->missed_events += changes && round == CHANGES_AT && !told &&
                                before.value[network->hops] != network->value[network->hops];
    }
}

static void networks_by_the_thousand(void)
{
    struct tally tally = {0};
    for (unsigned i = 0; i < NETWORKS; i++) {
        struct network network = make_network();
        play(&network, i % 2 == 0, &tally);
    }
    (void)printf("%u changes told, %u wrong, %u missed; %u events, %u wrong, %u missed ... ",
                 tally.told, tally.wrong, tally.missed, tally.events, tally.wrong_events,
                 tally.missed_events);
    CU_ASSERT_EQUAL(tally.wrong, 0);
    CU_ASSERT_EQUAL(tally.missed, 0);
    CU_ASSERT_EQUAL(tally.wrong_events, 0);
    CU_ASSERT_EQUAL(tally.missed_events, 0);
    CU_ASSERT_TRUE(tally.told > NETWORKS && tally.events > NETWORKS / 5);
}

static const struct unit_case cases[] = {
    UNIT_CASE(one_round),
    UNIT_CASE(several_rounds),
    UNIT_CASE(networks_by_the_thousand),
};

UNIT_MAIN("history/marking", cases)
