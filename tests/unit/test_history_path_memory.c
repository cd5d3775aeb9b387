/* What is remembered of a path, round by round: what is a change of it, where, and what is known
 * after it; memory that is refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "history/path_memory.h"
#include "refused_memory.h"
#include "unit.h"

/* --- rounds --- */

#define TTLS_MAX    12
#define ANSWERS_MAX 100
#define NODES_MAX   12

/* One round as text: "1a 2b 3c 2B*4" are answers to probes in the order in which they left, from
 * the letter's address at the ttl; the last four to further probes of a second look. */
struct round {
    struct ht_address addresses[ANSWERS_MAX];
    struct ht_sighting answers[ANSWERS_MAX]; /* by ttl */
    size_t count;
    struct ht_node nodes[TTLS_MAX][NODES_MAX];
    struct ht_hop hops[TTLS_MAX];
    struct ht_report report;
};

static struct ht_address address_of(char letter)
{
    const uint8_t bytes[4] = {10, 0, 0, (uint8_t)letter};
    return ht_address_from_bytes(bytes, 4);
}

static void add_node(struct ht_hop *hop, struct ht_node *nodes, const struct ht_address *address)
{
    size_t i = 0;
    while (i < hop->node_count && !ht_address_equal(&nodes[i].facts.address, address))
        i++;
    if (i == hop->node_count)
        nodes[hop->node_count++] = (struct ht_node){.facts.address = *address};
    nodes[i].facts.received++;
    hop->nodes = nodes;
    hop->received++;
}

static int by_ttl_and_sending(const void *a, const void *b)
{
    const struct ht_sighting *x = a;
    const struct ht_sighting *y = b;
    if (x->ttl != y->ttl)
        return x->ttl < y->ttl ? -1 : 1;
    return x->sent_ns < y->sent_ns ? -1 : 1;
}

/* As the record has it, of the hops' first nodes: enough for rounds that have one at each. */
static uint32_t identity_of(const char *path)
{
    uint32_t hash = 2166136261u;
    for (; *path != '\0'; path += 2) {
        struct ht_address address = address_of(path[1]);
        hash = (hash ^ (uint32_t)(path[0] - '0')) * 16777619u;
        for (size_t i = 0; i < 4; i++)
            hash = (hash ^ address.bytes[i]) * 16777619u;
    }
    return hash;
}

static void round_read(struct round *round, const char *text, int64_t time_ns)
{
    *round = (struct round){.count = 0};
    while (*text != '\0') {
        char *end;
        uint8_t ttl = (uint8_t)strtoul(text, &end, 10);
        char letter = *end++;
        unsigned long times = *end == '*' ? strtoul(end + 1, &end, 10) : 1;
        for (; times > 0; times--) {
            struct ht_address *address = &round->addresses[round->count];
            *address = address_of((char)(letter | 0x20));
            round->answers[round->count] =
                (struct ht_sighting){.address = address,
                                     .ttl = ttl,
                                     .sent_ns = (int64_t)round->count + 1,
                                     .further = letter < 'a'};
            round->count++;
            add_node(&round->hops[ttl - 1], round->nodes[ttl - 1], address);
        }
        if (ttl > round->report.hop_count)
            round->report.hop_count = ttl;
        text = end + strspn(end, " ");
    }
    qsort(round->answers, round->count, sizeof *round->answers, by_ttl_and_sending);
    for (uint8_t i = 0; i < TTLS_MAX; i++)
        round->hops[i].ttl = (uint8_t)(i + 1);
    round->report.hops = round->hops;
    round->report.listed_hops = round->report.hop_count;
    round->report.time_ns = time_ns;
    round->report.has_path_id = round->count > 0;
}

/* A memory and the record that it takes next. */
struct life {
    struct ht_path_memory *memory;
    int64_t time_ns; /* of the next record: 1, 2, ... */
    struct ht_path_change change;
};

static struct life life_new(void)
{
    struct ht_path_key key = {.address = address_of('z'), .source = address_of('s')};
    struct life life = {.memory = ht_path_memory_new(&key), .time_ns = 1};
    CU_ASSERT_PTR_NOT_NULL_FATAL(life.memory);
    return life;
}

/* True if the round shows that the path has changed. `path` is what its path_id is made of. */
static bool take_as(struct life *life, const char *answers, const char *path)
{
    struct round round;
    round_read(&round, answers, life->time_ns++);
    round.report.path_id = identity_of(path);
    struct ht_sightings sightings = {.list = round.answers, .count = round.count};
    return ht_path_memory_take(life->memory, &round.report, &sightings, &life->change);
}

static bool take(struct life *life, const char *answers)
{
    return take_as(life, answers, "");
}

/* Quiet rounds, each with one answer of each of these hops: "1a2b3c". */
static void live(struct life *life, unsigned rounds, const char *path)
{
    for (; rounds > 0; rounds--)
        CU_ASSERT_FALSE(take_as(life, path, path));
}

/* True if exactly these letters are known at the ttl. */
static bool knows(const struct life *life, uint8_t ttl, const char *letters)
{
    const struct ht_known_hop *hop = ht_path_memory_hop(life->memory, ttl);
    for (const char *letter = letters; *letter != '\0'; letter++) {
        struct ht_address address = address_of(*letter);
        if (hop == NULL || !ht_known_has(hop, &address))
            return false;
    }
    return (hop == NULL ? 0U : hop->known) == strlen(letters);
}

static bool is_from_to(const struct ht_path_change *change, char from, char to)
{
    struct ht_address old_address = address_of(from);
    struct ht_address new_address = address_of(to);
    return ht_address_equal(&change->old_address, &old_address) &&
           ht_address_equal(&change->new_address, &new_address);
}

/* --- where, and what is known then --- */

static void one_hop_changes(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_TRUE(take_as(&life, "1a 2x 3c 4d 2X*4", "1a2x3c4d"));
    CU_ASSERT_EQUAL(life.change.ttl, 2);
    CU_ASSERT_TRUE(is_from_to(&life.change, 'b', 'x'));
    CU_ASSERT_EQUAL(life.change.time_ns, 12);
    CU_ASSERT_FALSE(life.change.seen_before);
    CU_ASSERT_EQUAL(life.change.old_hops, 4);
    CU_ASSERT_EQUAL(life.change.new_hops, 4);
    CU_ASSERT_TRUE(life.change.has_old_path_id && life.change.has_new_path_id);
    CU_ASSERT_EQUAL(life.change.old_path_id, identity_of("1a2b3c4d"));
    CU_ASSERT_EQUAL(life.change.new_path_id, identity_of("1a2x3c4d"));
    CU_ASSERT_EQUAL(life.memory->changes, 1);
    CU_ASSERT_EQUAL(life.memory->since_ns, 12);
    /* What is before the change is known as long as ever, what is behind it since now. */
    CU_ASSERT_EQUAL(ht_path_memory_hop(life.memory, 1)->answers, 11);
    CU_ASSERT_TRUE(knows(&life, 1, "a") && knows(&life, 2, "x"));
    CU_ASSERT_TRUE(knows(&life, 3, "c") && knows(&life, 4, "d"));
    CU_ASSERT_EQUAL(ht_path_memory_hop(life.memory, 2)->answers, 4);
    CU_ASSERT_EQUAL(ht_path_memory_hop(life.memory, 3)->answers, 0);
    /* Told once. */
    live(&life, 20, "1a2x3c4d");
    CU_ASSERT_EQUAL(life.memory->changes, 1);
    ht_path_memory_free(life.memory);
}

static void the_first_and_the_last_hop(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c");
    CU_ASSERT_TRUE(take(&life, "1X*5 2b 3c"));
    CU_ASSERT_EQUAL(life.change.ttl, 1);
    CU_ASSERT_TRUE(is_from_to(&life.change, 'a', 'x'));
    live(&life, 11, "1x2b3c");
    CU_ASSERT_TRUE(take(&life, "1x 2b 3Y*5"));
    CU_ASSERT_EQUAL(life.change.ttl, 3);
    CU_ASSERT_TRUE(knows(&life, 2, "b"));
    ht_path_memory_free(life.memory);
}

/* In the middle of a round: what was sent before the first sign is of the path before. */
static void in_the_middle_of_a_round(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_TRUE(take_as(&life, "1a 2b 3c 4d 1a 2x 3y 4d 2X*4", "1a2x3c4d"));
    CU_ASSERT_EQUAL(life.change.ttl, 2);
    CU_ASSERT_TRUE(is_from_to(&life.change, 'b', 'x'));
    CU_ASSERT_TRUE(knows(&life, 1, "a") && knows(&life, 2, "x"));
    CU_ASSERT_TRUE(knows(&life, 3, "y") && knows(&life, 4, "d"));
    /* Of the path as it is since. */
    CU_ASSERT_EQUAL(life.change.new_path_id, identity_of("1a2x3y4d"));
    live(&life, 11, "1a2x3y4d");

    /* A farther hop that answered before, but not since, is forgotten. */
    CU_ASSERT_TRUE(take(&life, "1a 2x 3y 4d 2B*5"));
    CU_ASSERT_TRUE(knows(&life, 2, "b") && knows(&life, 3, "") && knows(&life, 4, ""));
    CU_ASSERT_EQUAL(life.change.ttl, 2);
    live(&life, 3, "1a2b3q4r");
    CU_ASSERT_EQUAL(life.memory->changes, 2);
    ht_path_memory_free(life.memory);
}

static void the_lowest_ttl_is_told(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_TRUE(take(&life, "1a 2x 3y 4d 3Y*4"));
    CU_ASSERT_EQUAL(life.change.ttl, 2);
    CU_ASSERT_TRUE(is_from_to(&life.change, 'b', 'x'));
    CU_ASSERT_TRUE(knows(&life, 2, "x") && knows(&life, 3, "y"));
    ht_path_memory_free(life.memory);

    /* One alone that is suspicious is no change. */
    life = life_new();
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_FALSE(take(&life, "1a 2x 3y 4d 3Y*3"));
    CU_ASSERT_FALSE(take(&life, "1a 2b 3c 4d"));
    CU_ASSERT_TRUE(knows(&life, 2, "bx") && knows(&life, 3, "cy"));
    CU_ASSERT_EQUAL(life.memory->changes, 0);
    ht_path_memory_free(life.memory);
}

static void silence_is_no_change(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b4d");
    live(&life, 5, "1a4d");
    live(&life, 5, "");
    live(&life, 30, "1a2b3c4d"); /* a hop that answers at last */
    live(&life, 5, "1a2b");
    CU_ASSERT_FALSE(take(&life, "1a2b3c4d"));
    CU_ASSERT_EQUAL(life.memory->changes, 0);
    CU_ASSERT_EQUAL(life.memory->since_ns, 1);
    ht_path_memory_free(life.memory);
}

static void longer_and_shorter(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c4z");
    CU_ASSERT_TRUE(take_as(&life, "1a 2b 3x 4y 5z 3X*4", "1a2b3x4y5z"));
    CU_ASSERT_EQUAL(life.change.ttl, 3);
    CU_ASSERT_EQUAL(life.change.old_hops, 4);
    CU_ASSERT_EQUAL(life.change.new_hops, 5);
    live(&life, 11, "1a2b3x4y5z");
    CU_ASSERT_TRUE(take(&life, "1a 2b 3z 3Z*4"));
    CU_ASSERT_EQUAL(life.change.ttl, 3);
    CU_ASSERT_TRUE(is_from_to(&life.change, 'x', 'z'));
    CU_ASSERT_EQUAL(life.change.old_hops, 5);
    CU_ASSERT_EQUAL(life.change.new_hops, 3);
    CU_ASSERT_TRUE(knows(&life, 4, "") && knows(&life, 5, ""));
    /* Farther again, and the old ttl is silent: that tells nothing. */
    live(&life, 11, "1a2b3z");
    live(&life, 11, "1a2b5z");
    ht_path_memory_free(life.memory);
}

static void a_run_over_rounds_is_told_with_its_first_time(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c");
    CU_ASSERT_FALSE(take(&life, "1a 2x 3c"));
    CU_ASSERT_FALSE(take(&life, "1a 2x 3c 2X"));
    CU_ASSERT_FALSE(take(&life, "1a 3c"));
    CU_ASSERT_FALSE(take(&life, ""));
    CU_ASSERT_TRUE(take(&life, "1a 2x 3c 2X"));
    CU_ASSERT_EQUAL(life.change.time_ns, 12);
    CU_ASSERT_EQUAL(life.memory->since_ns, 12);
    CU_ASSERT_EQUAL(life.memory->measured_ns, 16);
    CU_ASSERT_TRUE(knows(&life, 2, "x") && knows(&life, 3, "c"));
    ht_path_memory_free(life.memory);
}

/* --- paths that come back --- */

static void back_again(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_TRUE(take(&life, "1a 2x 3y 4d 2X*4"));
    CU_ASSERT_FALSE(life.change.seen_before);
    live(&life, 11, "1a2x3y4d");
    CU_ASSERT_TRUE(take(&life, "1a 2b 3c 4d 2B*4"));
    CU_ASSERT_TRUE(life.change.seen_before);
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_TRUE(take(&life, "1a 2x 3y 4d 2X*4"));
    CU_ASSERT_TRUE(life.change.seen_before);
    live(&life, 11, "1a2x3y4d");
    /* The same router at the place of the change, another one behind it: another path. */
    CU_ASSERT_TRUE(take(&life, "1a 2b 3q 4d 2B*4"));
    CU_ASSERT_FALSE(life.change.seen_before);
    ht_path_memory_free(life.memory);
}

/* Known hops are compared: one that is silent in the round of the change tells nothing. */
static void back_again_as_far_as_it_is_known(void)
{
    struct life life = life_new();
    live(&life, 11, "1a2b3c4d");
    CU_ASSERT_TRUE(take(&life, "1a 2X*5 4d"));
    live(&life, 11, "1a2x4d");
    CU_ASSERT_TRUE(take(&life, "1a 2B*5 4d"));
    CU_ASSERT_TRUE(life.change.seen_before);
    ht_path_memory_free(life.memory);
}

/* Paths a, b, ... at ttl 1, each for a while; the last one at first. */
static bool change_to(struct life *life, char letter)
{
    char answers[] = "1A*5";
    char path[] = "1a";
    answers[1] = (char)(letter & ~0x20);
    path[1] = letter;
    bool told = take(life, answers);
    live(life, 11, path);
    return told;
}

static void sixteen_paths_are_remembered(void)
{
    for (int others = 1; others <= 18; others++) {
        struct life life = life_new();
        live(&life, 11, "1a");
        for (int i = 1; i <= others; i++)
            CU_ASSERT_TRUE(change_to(&life, (char)('a' + i)));
        CU_ASSERT_FALSE(life.change.seen_before);
        CU_ASSERT_TRUE(change_to(&life, 'a'));
        CU_ASSERT_EQUAL(life.change.seen_before, others <= HT_PAST_PATHS_MAX);
        CU_ASSERT_EQUAL(life.memory->changes, others + 1);
        ht_path_memory_free(life.memory);
    }
    /* One that came back is one, not two. */
    struct life life = life_new();
    live(&life, 11, "1a");
    for (int i = 0; i < 20; i++) {
        CU_ASSERT_TRUE(change_to(&life, 'b'));
        CU_ASSERT_TRUE(change_to(&life, 'a'));
    }
    CU_ASSERT_TRUE(change_to(&life, 'c'));
    CU_ASSERT_FALSE(life.change.seen_before);
    CU_ASSERT_TRUE(change_to(&life, 'b'));
    CU_ASSERT_TRUE(life.change.seen_before);
    CU_ASSERT_EQUAL(life.memory->past.count, 2);
    ht_path_memory_free(life.memory);
}

/* --- what the memory says of records --- */

static void ids_and_hops_are_of_the_record_before(void)
{
    struct life life = life_new();
    CU_ASSERT_FALSE(life.memory->has_path_id);
    live(&life, 11, "1a2b3c");
    live(&life, 1, "1a2b");
    live(&life, 1, ""); /* without a path_id */
    CU_ASSERT_TRUE(take_as(&life, "1a 2X*5 3c", "1a2x3c"));
    CU_ASSERT_EQUAL(life.change.old_path_id, identity_of("1a2b"));
    CU_ASSERT_EQUAL(life.change.old_hops, 2);
    CU_ASSERT_EQUAL(life.change.new_hops, 3);
    CU_ASSERT_EQUAL(life.memory->path_id, identity_of("1a2x3c"));
    CU_ASSERT_EQUAL(life.memory->path_hops, 3);
    ht_path_memory_free(life.memory);
}

/* A round without a list: each answer is from a known address, and counts. */
static void calm_rounds_count(void)
{
    struct life life = life_new();
    live(&life, 1, "1a2b3c");
    struct round round;
    round_read(&round, "1a*3 2b*3 3c*3", 2);
    round.hops[2].shared = true;
    struct ht_sightings calm = {.list = NULL};
    for (int i = 0; i < 4; i++)
        CU_ASSERT_FALSE(ht_path_memory_take(life.memory, &round.report, &calm, &life.change));
    CU_ASSERT_EQUAL(ht_path_memory_hop(life.memory, 1)->answers, 12);
    CU_ASSERT_EQUAL(ht_path_memory_hop(life.memory, 2)->answers, 12);
    CU_ASSERT_EQUAL(ht_path_memory_hop(life.memory, 3)->answers, 0); /* taken over from others */
    CU_ASSERT_EQUAL(life.memory->measured_ns, 2);
    CU_ASSERT_EQUAL(life.memory->since_ns, 1);
    ht_path_memory_free(life.memory);
}

/* --- memory that is refused --- */

/* A life with two changes. Returns how many were told. */
static unsigned eventful_life(struct life *life)
{
    unsigned told = 0;
    for (int i = 0; i < 11; i++)
        told += take(life, "1a2b3c4d");
    told += take(life, "1a 2x 3y 4d 2X*4");
    for (int i = 0; i < 11; i++)
        told += take(life, "1a2x3y4d");
    told += take(life, "1a 2b 3c 4d 5e 2B*4");
    return told;
}

/* Each allocation in turn, and all that follow: a change may stay unknown, none is made up. */
static void without_memory_no_verdict(void)
{
    unsigned told = 0;
    for (size_t left = 0; left < 60; left++) {
        struct life life = life_new();
        allocations_left = left;
        told = eventful_life(&life);
        allocations_left = SIZE_MAX;
        CU_ASSERT_TRUE(told <= 2);
        CU_ASSERT_EQUAL(life.memory->changes, told);
        /* With memory again, all is known after a while, and nothing told of it. */
        live(&life, 1, "1a2b3c4d5e");
        ht_path_memory_free(life.memory);
    }
    CU_ASSERT_EQUAL(told, 2);
}

static const struct unit_case cases[] = {
    UNIT_CASE(one_hop_changes),
    UNIT_CASE(the_first_and_the_last_hop),
    UNIT_CASE(in_the_middle_of_a_round),
    UNIT_CASE(the_lowest_ttl_is_told),
    UNIT_CASE(silence_is_no_change),
    UNIT_CASE(longer_and_shorter),
    UNIT_CASE(a_run_over_rounds_is_told_with_its_first_time),
    UNIT_CASE(back_again),
    UNIT_CASE(back_again_as_far_as_it_is_known),
    UNIT_CASE(sixteen_paths_are_remembered),
    UNIT_CASE(ids_and_hops_are_of_the_record_before),
    UNIT_CASE(calm_rounds_count),
    UNIT_CASE(without_memory_no_verdict),
};

UNIT_MAIN("history: the memory of a path", cases)
