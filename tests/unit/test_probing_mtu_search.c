/* The search for a path's MTU: networks as text, and by the thousand. */
#include "probing/mtu/mtu_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define LEAST 100
#define MOST  9000

/* Link k leads from hop k (0: this host) to hop k + 1. */
struct network {
    unsigned hops;
    uint16_t mtu[34]; /* of link k */
    bool mute[34];    /* hop k says nothing of packets that are too big */
    bool no_mtu[34];  /* it says so without the MTU, as routers of before RFC 1191 */
    bool silent[34];  /* it answers nothing at all */
    double loss;      /* of a packet or its answer */
    unsigned sent;    /* packets */
};

static uint64_t state = 1;

static unsigned draw(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

static struct ht_address address_of(unsigned ttl)
{
    struct ht_address address = {.version = HT_IPV4, .bytes = {10, 0, 0, (uint8_t)ttl}};
    return address;
}

/* What becomes of one packet. */
static struct ht_mtu_answer send_one(struct network *network,
                                     const struct ht_mtu_question *question)
{
    struct ht_mtu_answer nothing = {.outcome = HT_MTU_NOTHING};
    network->sent++;
    if (draw(10000) < (unsigned)(network->loss * 10000))
        return nothing;
    for (unsigned link = 0; link < question->ttl; link++) {
        if (question->size <= network->mtu[link])
            continue;
        if (network->mute[link] || network->silent[link])
            return nothing;
        return (struct ht_mtu_answer){.outcome = HT_MTU_TOO_BIG,
                                      .ttl = (uint8_t)link,
                                      .mtu = network->no_mtu[link] ? 0 : network->mtu[link],
                                      .address = address_of(link)};
    }
    if (network->silent[question->ttl])
        return nothing;
    return (struct ht_mtu_answer){.outcome = HT_MTU_PASSED};
}

static struct ht_mtu_answer ask(struct network *network, const struct ht_mtu_question *question)
{
    struct ht_mtu_answer answer = {.outcome = HT_MTU_NOTHING};
    for (uint8_t i = 0; i < question->tries && answer.outcome == HT_MTU_NOTHING; i++)
        answer = send_one(network, question);
    return answer;
}

static struct ht_mtu_result search(struct network *network, uint16_t most,
                                   const struct ht_mtu_result *before)
{
    struct ht_mtu_search searching;
    struct ht_mtu_question question;
    struct ht_mtu_task task = {
        .least = LEAST, .most = most, .least_mtu = 68, .end_ttl = (uint8_t)network->hops};
    for (unsigned ttl = 1; ttl <= network->hops; ttl++) {
        if (!network->silent[ttl])
            task.answering[ttl / 8] |= (uint8_t)(1U << ttl % 8);
    }
    network->sent = 0;
    ht_mtu_search_begin(&searching, &task, before);
    while (ht_mtu_search_next(&searching, &question)) {
        struct ht_mtu_answer answer = ask(network, &question);
        ht_mtu_search_take(&searching, &answer);
    }
    return searching.result;
}

/* Hops as text: the MTU of the link behind each, from this host on; "!": it says nothing; "?": it
 * says so without the MTU; "-": the hop behind the link is silent. */
static struct network read_network(const char *text)
{
    struct network network = {.hops = 0};
    while (*text != '\0') {
        char *end;
        unsigned link = network.hops++;
        network.mtu[link] = (uint16_t)strtoul(text, &end, 10);
        for (text = end; *text != ' ' && *text != '\0'; text++) {
            network.mute[link] |= *text == '!';
            network.no_mtu[link] |= *text == '?';
            network.silent[link + 1] |= *text == '-';
        }
        text += *text == ' ';
    }
    return network;
}

static void describe(const struct ht_mtu_result *result, char text[static 128])
{
    int length = snprintf(text, 128, "%u", (unsigned)result->path);
    for (uint8_t i = 0; i < result->limit_count && length > 0 && length < 128; i++) {
        const struct ht_mtu_limit *limit = &result->limits[i];
        length += snprintf(text + length, (size_t)(128 - length), " %u:%u%s", (unsigned)limit->ttl,
                           (unsigned)limit->mtu, limit->silent ? "!" : "");
    }
}

static const struct {
    const char *network;
    uint16_t most;
    const char *result;
    unsigned packets; /* most */
} table[] = {
    {"1500 1500 1500", 1500, "1500", 1},
    {"9000 9000 9000", 9000, "9000", 1},
    {"1500 1500 1400 1500", 1500, "1400 2:1400", 2},
    {"1500 1400 1300 1280", 1500, "1280 1:1400 2:1300 3:1280", 4},
    {"1500 1400! 1500 1500", 1500, "1400 1:1400!", 50},
    {"1500 1500 1500 1337! 1500", 1500, "1337 3:1337!", 60},
    {"9000 9000 1500! 9000", 9000, "1500 2:1500!", 60},
    {"1500 1400 1300! 1500", 1500, "1300 1:1400 2:1300!", 60},
    {"1500 1400! 1300 1500", 1500, "1300 2:1300", 40},
    {"1500 1500 1400? 1500", 1500, "1400 2:1400", 20},
    {"1500 1500- 1500- 1400! 1500", 1500, "1400 1:1400!", 60}, /* hops 2 and 3 answer nothing */
    {"1500 1500 1400!", 1500, "1400 2:1400!", 60},
    {"1400 1500 1500", 1400, "1400", 1},
    {"1500 101 1500", 1500, "101 1:101", 3},
};

static void one_search(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[128];
        struct network network = read_network(table[i].network);
        struct ht_mtu_result result = search(&network, table[i].most, NULL);
        describe(&result, text);
        CU_ASSERT_STRING_EQUAL(text, table[i].result);
        CU_ASSERT_TRUE(network.sent <= table[i].packets);
        if (strcmp(text, table[i].result) != 0 || network.sent > table[i].packets)
            (void)printf("%s: %s, %u packets\n", table[i].network, text, network.sent);
    }
}

/* Two packets a round, and the same result. */
static void a_path_that_stays(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[128];
        struct network network = read_network(table[i].network);
        struct ht_mtu_result result = search(&network, table[i].most, NULL);
        for (int round = 0; round < 3; round++) {
            result = search(&network, table[i].most, &result);
            CU_ASSERT_TRUE(network.sent <= 2);
        }
        describe(&result, text);
        CU_ASSERT_STRING_EQUAL(text, table[i].result);
    }
}

static void a_path_that_changes(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
            char text[128];
            struct network network = read_network(table[i].network);
            struct ht_mtu_result result = search(&network, 1500, NULL);
            network = read_network(table[k].network);
            struct ht_mtu_result fresh = search(&network, 1500, NULL);
            result = search(&network, 1500, &result);
            describe(&result, text);
            CU_ASSERT_EQUAL(result.path, fresh.path);
            if (result.path != fresh.path)
                (void)printf("%s then %s: %s\n", table[i].network, table[k].network, text);
        }
    }
}

/* --- networks made up by chance ------------------------------------------------------------ */

static struct network make_network(double loss)
{
    static const uint16_t mtus[] = {9000, 1500, 1492, 1480, 1450, 1420, 1400, 1280, 576};
    struct network network = {.hops = 2 + draw(20), .loss = loss};
    for (unsigned link = 0; link < network.hops; link++) {
        network.mtu[link] = draw(8) == 0   ? (uint16_t)(LEAST + draw(9000))
                            : draw(4) == 0 ? mtus[draw(9)]
                                           : MOST;
        network.mute[link] = draw(3) == 0;
        network.no_mtu[link] = draw(10) == 0;
        network.silent[link + 1] = link + 1 < network.hops && draw(6) == 0;
    }
    network.mtu[0] = MOST;
    return network;
}

/* The first link that stops packets of one byte more than the path's MTU. */
static unsigned first_narrow(const struct network *network, uint16_t path)
{
    unsigned link = 0;
    while (link < network->hops && network->mtu[link] > path)
        link++;
    return link;
}

/* Whether the place of the last limit is true: what is told is at that hop; what is silent lies
 * behind a hop that is reached, and no hop answers between the two. */
static bool is_true_place(const struct network *network, const struct ht_mtu_result *result)
{
    unsigned narrow = first_narrow(network, result->path);
    if (result->limit_count == 0)
        return result->path == MOST;
    const struct ht_mtu_limit *limit = &result->limits[result->limit_count - 1];
    if (!limit->silent)
        return limit->ttl == narrow;
    for (unsigned ttl = limit->ttl + 1U; ttl <= narrow; ttl++) {
        if (!network->silent[ttl])
            return false;
    }
    return limit->ttl <= narrow;
}

static uint16_t true_path(const struct network *network)
{
    uint16_t path = MOST;
    for (unsigned link = 0; link < network->hops; link++)
        path = network->mtu[link] < path ? network->mtu[link] : path;
    return path;
}

static void count(double loss, unsigned networks, unsigned *wrong_path, unsigned *wrong_hop)
{
    *wrong_path = *wrong_hop = 0;
    for (unsigned i = 0; i < networks; i++) {
        struct network network = make_network(loss);
        struct ht_mtu_result result = search(&network, MOST, NULL);
        uint16_t path = true_path(&network);
        CU_ASSERT_TRUE(result.path <= path);
        *wrong_path += result.path != path;
        *wrong_hop += result.path == path && !is_true_place(&network, &result);
    }
}

static void networks_by_the_thousand(void)
{
    unsigned wrong_path;
    unsigned wrong_hop;
    count(0, 20000, &wrong_path, &wrong_hop);
    (void)printf("20000 without loss: %u wrong MTUs, %u wrong hops; ", wrong_path, wrong_hop);
    CU_ASSERT_EQUAL(wrong_path, 0);
    CU_ASSERT_EQUAL(wrong_hop, 0);
    count(0.02, 20000, &wrong_path, &wrong_hop);
    (void)printf("with 2 %% of loss: %u, %u; ", wrong_path, wrong_hop);
    CU_ASSERT_TRUE(wrong_path <= 20 && wrong_hop <= 2);
    count(0.1, 20000, &wrong_path, &wrong_hop);
    (void)printf("with 10 %%: %u, %u ... ", wrong_path, wrong_hop);
    CU_ASSERT_TRUE(wrong_path <= 200 && wrong_hop <= 10);
}

static const struct unit_case cases[] = {
    UNIT_CASE(one_search),
    UNIT_CASE(a_path_that_stays),
    UNIT_CASE(a_path_that_changes),
    UNIT_CASE(networks_by_the_thousand),
};

UNIT_MAIN("probing/mtu_search", cases)
