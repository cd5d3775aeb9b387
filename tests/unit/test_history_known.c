/* The verdict on one ttl: which addresses are known, and when unknown ones are a change. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/known.h"
#include "unit.h"

#define ANSWERS_MAX 200

/* The answers of rounds as text: a letter is an answer from its address, a capital one to a further
 * probe of a second look; a number behind it repeats it, '|' ends a round. */
struct play {
    struct ht_known_hop hop;
    struct ht_known_outcome outcome; /* of the last round */
    int64_t sent_ns;                 /* of the next probe: 1, 2, ... */
    int64_t record_ns;               /* of the next record: 1, 2, ... */
};

static struct ht_address address_of(unsigned number)
{
    const uint8_t bytes[4] = {10, 0, (uint8_t)(number >> 8), (uint8_t)number};
    return ht_address_from_bytes(bytes, 4);
}

static size_t read_round(const char **text, struct ht_address *addresses,
                         struct ht_sighting *answers, int64_t *sent_ns)
{
    size_t count = 0;
    while (**text != '\0' && **text != '|') {
        char letter = *(*text)++;
        char *end;
        unsigned long times = strtoul(*text, &end, 10);
        times = end == *text ? 1 : times;
        *text = end;
        for (; times > 0 && count < ANSWERS_MAX; times--) {
            bool further = letter < 'a';
            addresses[count] = address_of((unsigned char)letter | 0x20);
            answers[count] = (struct ht_sighting){
                .address = &addresses[count], .sent_ns = (*sent_ns)++, .further = further};
            count++;
        }
    }
    if (**text == '|')
        (*text)++;
    return count;
}

static bool same_outcome(const struct ht_known_outcome *a, const struct ht_known_outcome *b)
{
    return a->verdict == b->verdict && a->wanted == b->wanted && a->since_ns == b->since_ns;
}

/* Enters all rounds. The verdict that is asked for beforehand is the one that comes of it. */
static void play(struct play *play, const char *rounds)
{
    struct ht_address addresses[ANSWERS_MAX];
    struct ht_sighting answers[ANSWERS_MAX];
    do {
        size_t count = read_round(&rounds, addresses, answers, &play->sent_ns);
        struct ht_known_outcome judged = ht_known_judge(&play->hop, answers, count);
        play->outcome = ht_known_enter(&play->hop, answers, count, play->record_ns++);
        CU_ASSERT_TRUE(same_outcome(&judged, &play->outcome));
    } while (*rounds != '\0');
}

static struct play play_new(const char *rounds)
{
    struct play made = {.sent_ns = 1, .record_ns = 1};
    play(&made, rounds);
    return made;
}

/* True if exactly these letters are known. */
static bool knows(const struct ht_known_hop *hop, const char *letters)
{
    for (const char *letter = letters; *letter != '\0'; letter++) {
        struct ht_address address = address_of((unsigned char)*letter);
        if (!ht_known_has(hop, &address))
            return false;
    }
    return hop->known == strlen(letters);
}

static void length_of_the_run_by_known_answers(void)
{
    static const struct {
        uint32_t from, to;
        uint8_t run;
    } rows[] = {{0, 2, 0}, {3, 4, 10}, {5, 9, 7}, {10, 19, 5}, {20, 59, 4}, {60, UINT32_MAX, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_EQUAL(ht_known_run_of_change(rows[i].from), rows[i].run);
        CU_ASSERT_EQUAL(ht_known_run_of_change(rows[i].to), rows[i].run);
    }
    CU_ASSERT_EQUAL(ht_known_run_of_change(1000000), 3);
}

static void verdicts(void)
{
    static const struct {
        const char *rounds;
        enum ht_known_verdict verdict;
        uint8_t wanted;
        const char *known;
        uint32_t answers; /* M */
    } cases[] = {
        {"", HT_KNOWN_CALM, 0, "", 0},
        {"a", HT_KNOWN_CALM, 0, "a", 0},
        {"a4", HT_KNOWN_CALM, 0, "a", 3},
        /* The first answers of a life are no news. */
        {"ab", HT_KNOWN_CALM, 0, "ab", 0},
        {"a3b", HT_KNOWN_CALM, 0, "ab", 0},
        {"abcdefgh", HT_KNOWN_CALM, 0, "abcdefgh", 0},
        {"a3ba2c", HT_KNOWN_CALM, 0, "abc", 0},
        /* One answer less than it takes, and all. */
        {"a4bB8", HT_KNOWN_OPEN, 1, "a", 3},
        {"a4bB9", HT_KNOWN_CHANGED, 0, "a", 3},
        {"a5bB8", HT_KNOWN_OPEN, 1, "a", 4},
        {"a6bB5", HT_KNOWN_OPEN, 1, "a", 5},
        {"a6bB6", HT_KNOWN_CHANGED, 0, "a", 5},
        {"a10bB5", HT_KNOWN_OPEN, 1, "a", 9},
        {"a11bB3", HT_KNOWN_OPEN, 1, "a", 10},
        {"a11bB4", HT_KNOWN_CHANGED, 0, "a", 10},
        {"a20bB3", HT_KNOWN_OPEN, 1, "a", 19},
        {"a21bB2", HT_KNOWN_OPEN, 1, "a", 20},
        {"a21bB3", HT_KNOWN_CHANGED, 0, "a", 20},
        {"a60bB2", HT_KNOWN_OPEN, 1, "a", 59},
        {"a61bB", HT_KNOWN_OPEN, 1, "a", 60},
        {"a61bB2", HT_KNOWN_CHANGED, 0, "a", 60},
        /* Of ordinary probes the first unknown answer of a round counts, wherever it stands. */
        {"a61b100", HT_KNOWN_OPEN, 2, "a", 60},
        {"a61bBbB", HT_KNOWN_CHANGED, 0, "a", 60},
        {"a61B2b", HT_KNOWN_CHANGED, 0, "a", 60},
        {"a61Bbb", HT_KNOWN_OPEN, 1, "a", 60},
        {"a61b3|b3", HT_KNOWN_OPEN, 1, "a", 60},
        {"a61b3|b3|b3", HT_KNOWN_CHANGED, 0, "a", 60},
        /* A run goes on in the next round, also behind rounds of silence. */
        {"a11b|b|b|b", HT_KNOWN_OPEN, 1, "a", 10},
        {"a11b|b|b|b|b", HT_KNOWN_CHANGED, 0, "a", 10},
        {"a11bB||bB||b", HT_KNOWN_CHANGED, 0, "a", 10},
        {"a11bB|", HT_KNOWN_OPEN, 3, "a", 10},
        /* Unknown ones count together, and each further address takes one answer more. */
        {"a11bCB3", HT_KNOWN_OPEN, 1, "a", 10},
        {"a11bCB3C", HT_KNOWN_CHANGED, 0, "a", 10},
        {"a11bCBCD", HT_KNOWN_OPEN, 2, "a", 10},
        {"a11bCBCDB2", HT_KNOWN_CHANGED, 0, "a", 10},
        {"a11b|c|d|b|b|c", HT_KNOWN_OPEN, 1, "a", 10},
        {"a11b|c|d|b|b|c|c", HT_KNOWN_CHANGED, 0, "a", 10},
        /* One after the other, none of them twice: never. */
        {"a61bCDEFGHIJKLMN", HT_KNOWN_OPEN, 2, "a", 60},
        {"a61bCDEFGHIJKLMNA", HT_KNOWN_CALM, 0, "abcdefghijklmn", 0},
        /* A known one ends the run: its addresses are known, and M is counted anew. */
        {"a11bB3A", HT_KNOWN_CALM, 0, "ab", 0},
        {"a11bb|a", HT_KNOWN_CALM, 0, "ab", 0},
        {"a11bCBA", HT_KNOWN_CALM, 0, "abc", 0},
        {"a11b|b|a", HT_KNOWN_CALM, 0, "ab", 0},
        {"a11bAB4", HT_KNOWN_CALM, 0, "ab", 4},
        {"a11bAB4C", HT_KNOWN_OPEN, 9, "ab", 4},
        {"a11bAC", HT_KNOWN_CALM, 0, "abc", 0},
        {"a11b|a|c|b", HT_KNOWN_CALM, 0, "abc", 1},
        /* Those who take turns are known after a while. */
        {"abababababcC6", HT_KNOWN_CHANGED, 0, "ab", 8},
        {"abababababcC5", HT_KNOWN_OPEN, 1, "ab", 8},
        {"a100|b2a100|b100", HT_KNOWN_CALM, 0, "ab", 199},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct play made = play_new(cases[i].rounds);
        bool good = made.outcome.verdict == cases[i].verdict &&
                    made.outcome.wanted == cases[i].wanted && knows(&made.hop, cases[i].known) &&
                    made.hop.answers == cases[i].answers;
        if (!good)
            printf("%s: verdict %d, wanted %u, M %u\n", cases[i].rounds, made.outcome.verdict,
                   made.outcome.wanted, made.hop.answers);
        CU_ASSERT_TRUE(good);
        ht_known_fini(&made.hop);
    }
}

static void a_run_knows_when_it_began(void)
{
    struct play made = play_new("a11|ab|b");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_OPEN);
    CU_ASSERT_EQUAL(made.hop.run_since_ns, 2);
    CU_ASSERT_EQUAL(made.hop.run, 2);
    /* Of this round its part is what came since the round began. */
    CU_ASSERT_EQUAL(made.outcome.since_ns, INT64_MIN);
    play(&made, "bB2");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_CHANGED);
    CU_ASSERT_EQUAL(made.hop.run_since_ns, 2);
    ht_known_fini(&made.hop);

    made = play_new("a11|aabB2");
    CU_ASSERT_EQUAL(made.outcome.since_ns, 14);
    /* A run that ends, and another one that begins. */
    play(&made, "ab|b9|bBC");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_OPEN);
    CU_ASSERT_EQUAL(made.outcome.since_ns, 30);
    CU_ASSERT_EQUAL(made.hop.run_since_ns, 5);
    ht_known_fini(&made.hop);
}

static void a_verdict_changes_nothing(void)
{
    struct play made = play_new("a11|bB");
    struct ht_address addresses[ANSWERS_MAX];
    struct ht_sighting answers[ANSWERS_MAX];
    const char *further = "cDa2b2e5";
    size_t count = read_round(&further, addresses, answers, &made.sent_ns);
    struct ht_known_outcome first = ht_known_judge(&made.hop, answers, count);
    struct ht_known_outcome second = ht_known_judge(&made.hop, answers, count);
    CU_ASSERT_TRUE(same_outcome(&first, &second));
    CU_ASSERT_TRUE(knows(&made.hop, "a"));
    CU_ASSERT_EQUAL(made.hop.unknown, 1);
    CU_ASSERT_EQUAL(made.hop.run, 2);
    CU_ASSERT_EQUAL(made.hop.answers, 10);
    ht_known_fini(&made.hop);
}

static void after_a_change_the_runs_addresses_are_known(void)
{
    /* What comes after the answer that makes it a change is left out. */
    struct play made = play_new("a11|bCB3CD9");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_CHANGED);
    CU_ASSERT_EQUAL(made.hop.unknown, 2);
    ht_known_begin(&made.hop);
    CU_ASSERT_TRUE(knows(&made.hop, "bc"));
    CU_ASSERT_EQUAL(made.hop.answers, 0);
    CU_ASSERT_EQUAL(made.hop.run, 0);
    CU_ASSERT_EQUAL(made.hop.unknown, 0);
    const struct ht_known_address *main = ht_known_main(&made.hop);
    struct ht_address b = address_of('b');
    CU_ASSERT_TRUE(main != NULL && ht_address_equal(&main->address, &b) && main->answers == 4);
    play(&made, "a");
    CU_ASSERT_TRUE(knows(&made.hop, "abc"));
    ht_known_fini(&made.hop);

    /* Without a run: nothing is known. */
    made = play_new("a11");
    ht_known_begin(&made.hop);
    CU_ASSERT_TRUE(knows(&made.hop, ""));
    CU_ASSERT_PTR_NULL(ht_known_main(&made.hop));
    ht_known_fini(&made.hop);
}

/* A hop of which `count` addresses are known: those of the numbers from 1000 on. */
static struct play play_known(unsigned count)
{
    struct play made = {.sent_ns = 1, .record_ns = 1};
    for (unsigned i = 0; i < count; i++) {
        struct ht_address address = address_of(1000 + i);
        CU_ASSERT_TRUE(ht_known_add(&made.hop, &address, 1));
    }
    return made;
}

static void with_64_addresses_there_is_no_verdict(void)
{
    struct play made = play_known(HT_KNOWN_MAX);
    struct ht_address first = address_of(1000);
    ht_known_note(&made.hop, &first, 1000);
    play(&made, "a100");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_CALM);
    CU_ASSERT_EQUAL(made.hop.known, HT_KNOWN_MAX);
    struct ht_address a = address_of('a');
    CU_ASSERT_FALSE(ht_known_has(&made.hop, &a));
    CU_ASSERT_FALSE(ht_known_add(&made.hop, &a, 1));
    ht_known_fini(&made.hop);

    /* With one less there is one; of a run that ends only the first one finds room. */
    made = play_known(HT_KNOWN_MAX - 1);
    ht_known_note(&made.hop, &first, 10);
    play(&made, "aBC");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_OPEN);
    CU_ASSERT_EQUAL(made.outcome.wanted, 4);
    ht_known_note(&made.hop, &first, 1);
    CU_ASSERT_EQUAL(made.hop.known, HT_KNOWN_MAX);
    CU_ASSERT_EQUAL(made.hop.unknown, 0);
    CU_ASSERT_TRUE(ht_known_has(&made.hop, &a));
    ht_known_fini(&made.hop);

    made = play_known(HT_KNOWN_MAX - 1);
    ht_known_note(&made.hop, &first, 10);
    play(&made, "aBCDEA4");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_CHANGED);
    ht_known_begin(&made.hop);
    CU_ASSERT_TRUE(knows(&made.hop, "abcde"));
    ht_known_fini(&made.hop);
}

static void many_answers_overflow_nothing(void)
{
    struct play made = play_new("a");
    struct ht_address a = address_of('a');
    ht_known_note(&made.hop, &a, UINT32_MAX - 3);
    ht_known_note(&made.hop, &a, 1000);
    CU_ASSERT_EQUAL(made.hop.answers, UINT32_MAX);
    CU_ASSERT_EQUAL(ht_known_main(&made.hop)->answers, UINT32_MAX);
    play(&made, "a5bB2");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_CHANGED);
    ht_known_fini(&made.hop);
}

static void counted_answers_are_as_entered_ones(void)
{
    struct play made = play_new("ab");
    struct ht_address b = address_of('b');
    struct ht_address x = address_of('x');
    ht_known_note(&made.hop, &b, 10);
    ht_known_note(&made.hop, &x, 10); /* unknown: nothing comes of it */
    CU_ASSERT_TRUE(knows(&made.hop, "ab"));
    CU_ASSERT_EQUAL(made.hop.answers, 10);
    play(&made, "c");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_OPEN);
    ht_known_note(&made.hop, &x, 1);
    CU_ASSERT_EQUAL(made.hop.run, 1);
    ht_known_note(&made.hop, &b, 2);
    CU_ASSERT_TRUE(knows(&made.hop, "abc"));
    CU_ASSERT_EQUAL(made.hop.run, 0);
    ht_known_fini(&made.hop);
}

static void the_main_address_has_most_answers(void)
{
    static const struct {
        const char *rounds;
        char main;
    } cases[] = {{"a", 'a'}, {"ba", 'a'}, {"bab", 'b'}, {"cbabac", 'a'}, {"cbabcac", 'c'}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct play made = play_new(cases[i].rounds);
        struct ht_address main = address_of((unsigned char)cases[i].main);
        const struct ht_known_address *known = ht_known_main(&made.hop);
        CU_ASSERT_TRUE(known != NULL && ht_address_equal(&known->address, &main));
        ht_known_fini(&made.hop);
    }
}

static void a_restored_hop_goes_on(void)
{
    struct play made = {.sent_ns = 1, .record_ns = 7};
    struct ht_address a = address_of('a');
    struct ht_address b = address_of('b');
    CU_ASSERT_TRUE(ht_known_add(&made.hop, &a, 30));
    made.hop.answers = 10;
    CU_ASSERT_TRUE(ht_known_add_unknown(&made.hop, &b, 4));
    made.hop.run = 4;
    made.hop.run_since_ns = 3;
    CU_ASSERT_FALSE(ht_known_add(&made.hop, &b, 1)); /* known ones come first */
    play(&made, "b");
    CU_ASSERT_EQUAL(made.outcome.verdict, HT_KNOWN_CHANGED);
    CU_ASSERT_EQUAL(made.hop.run_since_ns, 3);
    ht_known_begin(&made.hop);
    CU_ASSERT_TRUE(knows(&made.hop, "b"));
    CU_ASSERT_EQUAL(ht_known_main(&made.hop)->answers, 5);
    ht_known_fini(&made.hop);

    for (unsigned i = 0; i < HT_KNOWN_MAX; i++) {
        struct ht_address address = address_of(i);
        CU_ASSERT_TRUE(ht_known_add_unknown(&made.hop, &address, 1));
    }
    CU_ASSERT_FALSE(ht_known_add_unknown(&made.hop, &a, 1));
    ht_known_fini(&made.hop);
}

static const struct unit_case cases[] = {
    UNIT_CASE(length_of_the_run_by_known_answers),
    UNIT_CASE(verdicts),
    UNIT_CASE(a_run_knows_when_it_began),
    UNIT_CASE(a_verdict_changes_nothing),
    UNIT_CASE(after_a_change_the_runs_addresses_are_known),
    UNIT_CASE(with_64_addresses_there_is_no_verdict),
    UNIT_CASE(many_answers_overflow_nothing),
    UNIT_CASE(counted_answers_are_as_entered_ones),
    UNIT_CASE(the_main_address_has_most_answers),
    UNIT_CASE(a_restored_hop_goes_on),
};

UNIT_MAIN("history: what is known of a hop", cases)
