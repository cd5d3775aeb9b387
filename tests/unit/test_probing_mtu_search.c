/* The search for a path's MTU, and the packets of its questions: networks as text, and by the
 * thousand. */
#include "probing/mtu/mtu_search.h"
#include "probing/mtu/mtu_tries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define LEAST 100
#define MOST  9000

/* Of each hop, in the round before the search. */
#define USUAL_PROBES 3

/* How long an answer is waited for. */
#define PATIENCE_NS INT64_C(100000000)

/* Link k leads from hop k (0: this host) to hop k + 1. */
struct network {
    unsigned hops;
    uint16_t mtu[34]; /* of link k */
    bool mute[34];    /* hop k says nothing of packets that are too big */
    bool no_mtu[34];  /* it says so without the MTU, as routers of before RFC 1191 */
    bool silent[34];  /* it answers nothing at all */
    bool unknown;     /* where routers are that tell is not known */
    double loss;      /* of a packet or its answer */
    unsigned limit;   /* a router that answers some packets a second only; 0: none does */
    double rate;      /* that many, */
    double tokens;    /* at once as many as are left here, */
    int64_t then_ns;  /* counted at that time */
    uint8_t first;    /* the first hop that may be asked; 0: as 1 */
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

/* Whether the router of this ttl, if it has a limit, has an answer left. */
static bool may_answer(struct network *network, unsigned ttl, int64_t now_ns)
{
    if (network->limit == 0 || ttl != network->limit)
        return true;
    network->tokens += network->rate * (double)(now_ns - network->then_ns) / 1e9;
    network->tokens = network->tokens < 3 ? network->tokens : 3;
    network->then_ns = now_ns;
    if (network->tokens < 1)
        return false;
    network->tokens -= 1;
    return true;
}

/* What becomes of one packet. False: nothing comes. */
static bool send_one(struct network *network, uint16_t size, uint8_t ttl, int64_t now_ns,
                     struct ht_mtu_answer *answer)
{
    network->sent++;
    if (draw(10000) < (unsigned)(network->loss * 10000))
        return false;
    *answer = (struct ht_mtu_answer){.outcome = HT_MTU_PASSED};
    for (unsigned link = 0; link < ttl; link++) {
        if (size <= network->mtu[link])
            continue;
        if (network->mute[link] || network->silent[link] || !may_answer(network, link, now_ns))
            return false;
        *answer = (struct ht_mtu_answer){.outcome = HT_MTU_TOO_BIG,
                                         .ttl = network->unknown ? HT_MTU_ANY_TTL : (uint8_t)link,
                                         .size = size,
                                         .mtu = network->no_mtu[link] ? 0 : network->mtu[link],
                                         .address = address_of(link)};
        return true;
    }
    return !network->silent[ttl] && may_answer(network, ttl, now_ns);
}

/* Whether the hop answers one of the usual probes. */
static bool answers(const struct network *network, unsigned ttl)
{
    unsigned lost = 0;
    while (lost < USUAL_PROBES && draw(10000) < (unsigned)(network->loss * 10000))
        lost++;
    return !network->silent[ttl] && lost < USUAL_PROBES;
}

static struct ht_mtu_answer ask(struct network *network, const struct ht_mtu_question *question,
                                int64_t *now_ns)
{
    struct ht_mtu_tries tries;
    struct ht_mtu_answer answer;
    ht_mtu_tries_begin(&tries, question);
    while (!ht_mtu_tries_step(&tries, *now_ns, &answer)) {
        struct ht_mtu_answer come;
        enum ht_mtu_packet packet = ht_mtu_tries_due(&tries);
        if (packet == HT_MTU_NO_PACKET) {
            *now_ns = tries.over_ns;
            continue;
        }
        uint16_t size = packet == HT_MTU_IN_QUESTION ? question->size : question->control;
        ht_mtu_tries_sent(&tries, packet, *now_ns, PATIENCE_NS);
        *now_ns += 1000000;
        if (send_one(network, size, question->ttl, *now_ns, &come))
            ht_mtu_tries_take(&tries, packet, &come);
    }
    return answer;
}

static struct ht_mtu_task task_of(const struct network *network, uint16_t most)
{
    struct ht_mtu_task task = {.least = LEAST,
                               .most = most,
                               .least_mtu = 68,

                               .first_ttl = network->first,
                               .end_ttl = (uint8_t)network->hops};
    for (unsigned ttl = network->first; ttl <= network->hops; ttl++) {
        if (ttl == network->hops || answers(network, ttl))
            task.answering[ttl / 8] |= (uint8_t)(1U << ttl % 8);
    }
    return task;
}

static struct ht_path_mtu search(struct network *network, uint16_t most,
                                 const struct ht_path_mtu *before)
{
    struct ht_mtu_search searching;
    struct ht_mtu_question question;
    struct ht_mtu_task task = task_of(network, most);
    network->sent = 0;
    static const struct ht_path_mtu nothing = {.path = 0};
    const struct ht_mtu_unfinished none = {.bad = 0};
    int64_t now_ns = network->then_ns;
    ht_mtu_search_begin(&searching, &task, before != NULL ? before : &nothing, &none);
    while (ht_mtu_search_next(&searching, &question)) {
        struct ht_mtu_answer answer = ask(network, &question, &now_ns);
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

static void describe(const struct ht_path_mtu *result, char text[static 128])
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
    {"1500 1500 1400 1500", 1500, "1400 2:1400", 3},
    {"1500 1400 1300 1280", 1500, "1280 1:1400 2:1300 3:1280", 5},
    {"1500 1400! 1500 1500", 1500, "1400 1:1400!", 70},
    {"1500 1500 1500 1337! 1500", 1500, "1337 3:1337!", 100},
    {"9000 9000 1500! 9000", 9000, "1500 2:1500!", 60},
    {"1500 1400 1300! 1500", 1500, "1300 1:1400 2:1300!", 60},
    {"1500 1400! 1300 1500", 1500, "1300 2:1300", 40},
    {"1500 1500 1400? 1500", 1500, "1400 2:1400", 20},
    {"1500 1500- 1500- 1400! 1500", 1500, "1400 1:1400!", 95}, /* hops 2 and 3 answer nothing */
    {"1500 1500 1400!", 1500, "1400 2:1400!", 60},
    {"1400 1500 1500", 1400, "1400", 1},
    {"1500 101 1500", 1500, "101 1:101", 3},
};

static void one_search(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[128];
        struct network network = read_network(table[i].network);
        struct ht_path_mtu result = search(&network, table[i].most, NULL);
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
        struct ht_path_mtu result = search(&network, table[i].most, NULL);
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
            struct ht_path_mtu result = search(&network, 1500, NULL);
            network = read_network(table[k].network);
            struct ht_path_mtu fresh = search(&network, 1500, NULL);
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
static bool is_true_place(const struct network *network, const struct ht_path_mtu *result)
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

/* What networks by the thousand came to. */
struct tally {
    unsigned unknown; /* nothing was found out */
    unsigned wrong_path;
    unsigned told_wrong_hop; /* a router that tells, or */
    unsigned wrong_hop;      /* a silent one, is not the one that limits the path */
};

static void enter(struct tally *tally, const struct network *network,
                  const struct ht_path_mtu *result)
{
    const struct ht_mtu_limit *limit =
        result->limit_count > 0 ? &result->limits[result->limit_count - 1] : NULL;
    uint16_t path = true_path(network);
    bool wrong_hop = result->path == path && !is_true_place(network, result);
    CU_ASSERT_TRUE(result->path <= path);
    tally->unknown += result->path == 0;
    tally->wrong_path += result->path != 0 && result->path != path;
    tally->wrong_hop += wrong_hop && limit != NULL && limit->silent;
    tally->told_wrong_hop += wrong_hop && (limit == NULL || !limit->silent);
}

/* `rate`: of one hop of each network, in answers a second; 0: none has a limit. */
static struct tally count(double loss, double rate, unsigned networks)
{
    struct tally tally = {.unknown = 0};
    for (unsigned i = 0; i < networks; i++) {
        struct network network = make_network(loss);
        if (rate > 0) {
            network.limit = 1 + draw(network.hops);
            network.rate = rate;
            network.tokens = draw(4);
        }
        struct ht_path_mtu result = search(&network, MOST, NULL);
        enter(&tally, &network, &result);
    }
    (void)printf(
        "%.0f %% of loss, limits of %.0f: %u unknown, %u wrong MTUs, %u and %u wrong hops; ",
        100 * loss, rate, tally.unknown, tally.wrong_path, tally.told_wrong_hop, tally.wrong_hop);
    return tally;
}

static void networks_by_the_thousand(void)
{
    static const struct {
        double loss;
        double rate;
        struct tally most; /* of 20,000 */
    } kinds[] = {
        {0, 0, {0, 0, 0, 0}},    {0.02, 0, {0, 0, 0, 0}},  {0.1, 0, {0, 0, 0, 0}},
        {0.3, 0, {2, 0, 0, 0}},  {0.5, 0, {100, 0, 0, 2}}, {0, 1, {20, 0, 0, 0}},
        {0.1, 1, {20, 6, 0, 0}},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct tally tally = count(kinds[i].loss, kinds[i].rate, 20000);
        CU_ASSERT_TRUE(tally.unknown <= kinds[i].most.unknown);
        CU_ASSERT_TRUE(tally.wrong_path <= kinds[i].most.wrong_path);
        CU_ASSERT_TRUE(tally.told_wrong_hop <= kinds[i].most.told_wrong_hop);
        CU_ASSERT_TRUE(tally.wrong_hop <= kinds[i].most.wrong_hop);
    }
}

/* The chance that the packets of a question, which all get there, are taken for stopped is the one
 * that mtu_tries.h states, however much gets lost. */
static void silence_by_loss(void)
{
    static const struct {
        double loss;
        uint8_t needed;
        unsigned most; /* of 100,000 */
    } rows[] = {{0.1, 7, 0},    {0.51, 7, 29},   {0.75, 7, 29},
                {0.1, 3, 5000}, {0.51, 3, 5000}, {0.75, 3, 5000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct network network = read_network("1500 1500 1500");
        const struct ht_mtu_question question = {
            .size = 1400, .control = LEAST, .ttl = 2, .needed = rows[i].needed};
        unsigned stopped = 0;
        int64_t now_ns = 0;
        network.loss = rows[i].loss;
        for (unsigned k = 0; k < 100000; k++)
            stopped += ask(&network, &question, &now_ns).outcome == HT_MTU_STOPPED;
        CU_ASSERT_TRUE(stopped <= rows[i].most);
        (void)printf("%.0f %%, %u needed: %u; ", 100 * rows[i].loss, (unsigned)rows[i].needed,
                     stopped);
    }
}

/* Where a hop may be the last that larger packets reach, and gives too few answers to prove it, or
 * may not be asked, nothing is told. */
static void a_place_without_proof(void)
{
    struct network seldom = read_network("1500 1500 1500 1400! 1500 1500");
    seldom.limit = 3;
    seldom.rate = 0.01;
    CU_ASSERT_EQUAL(search(&seldom, 1500, NULL).path, 0);
    struct network hidden = read_network("1500 1500 1400! 1500 1500 1500");
    hidden.first = 5;
    CU_ASSERT_EQUAL(search(&hidden, 1500, NULL).path, 0);
}

/* Rounds that have the time for one question each. */
static void a_search_that_is_left(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[128];
        struct network network = read_network(table[i].network);
        struct ht_mtu_task task = task_of(&network, table[i].most);
        static const struct ht_path_mtu nothing = {.path = 0};
        struct ht_mtu_search searching = {.stage = HT_MTU_SIZING};
        struct ht_mtu_unfinished unfinished = {.bad = 0};
        struct ht_mtu_question question;
        int64_t now_ns = 0;
        for (int round = 0; round < 40 && searching.stage != HT_MTU_DONE; round++) {
            ht_mtu_search_begin(&searching, &task, &nothing, &unfinished);
            CU_ASSERT_TRUE_FATAL(ht_mtu_search_next(&searching, &question));
            struct ht_mtu_answer answer = ask(&network, &question, &now_ns);
            ht_mtu_search_take(&searching, &answer);
            unfinished = ht_mtu_search_leave(&searching);
        }
        describe(&searching.result, text);
        CU_ASSERT_EQUAL(searching.result.path,
                        true_path(&network) < table[i].most ? true_path(&network) : table[i].most);
        CU_ASSERT_TRUE(searching.result.path == table[i].most ||
                       is_true_place(&network, &searching.result));
        if (searching.stage != HT_MTU_DONE)
            (void)printf("%s: not over\n", table[i].network);
    }
}

/* A router that refuses packets, and whose place no address tells. */
static void a_router_of_unknown_place(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct network network = read_network(table[i].network);
        network.unknown = true;
        struct ht_path_mtu result = search(&network, table[i].most, NULL);
        CU_ASSERT_EQUAL(result.path,
                        true_path(&network) < table[i].most ? true_path(&network) : table[i].most);
        CU_ASSERT_TRUE(is_true_place(&network, &result) || result.limit_count == 0);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(one_search),
    UNIT_CASE(a_path_that_stays),
    UNIT_CASE(a_path_that_changes),
    UNIT_CASE(a_router_of_unknown_place),
    UNIT_CASE(silence_by_loss),
    UNIT_CASE(a_place_without_proof),
    UNIT_CASE(a_search_that_is_left),
    UNIT_CASE(networks_by_the_thousand),
};

UNIT_MAIN("probing/mtu_search", cases)
