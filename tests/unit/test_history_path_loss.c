/* Loss that goes on to the destination. */
#include <stdio.h>

#include "history/path_loss.h"
#include "unit.h"

static void each_pair_is_judged(void)
{
    static const struct {
        struct ht_counts hop; /* sent, received */
        struct ht_counts than;
        bool more;
    } cases[] = {
        {{60, 60}, {60, 60}, false},
        {{60, 0}, {60, 60}, true},
        {{60, 60}, {60, 0}, false},
        {{0, 0}, {60, 60}, false},
        {{60, 30}, {0, 0}, false},
        {{3, 0}, {3, 3}, true},          /* 1 / 20 */
        {{3, 0}, {3, 2}, false},         /* 4 / 20 */
        {{60, 56}, {60, 60}, false},     /* 0.0594 */
        {{60, 55}, {60, 60}, true},      /* 0.0287 */
        {{60, 50}, {60, 57}, true},      /* 0.0374 */
        {{60, 51}, {60, 57}, false},     /* 0.0627 */
        {{200, 180}, {200, 190}, true},  /* 0.0430 */
        {{200, 181}, {200, 190}, false}, /* 0.0608 */
        {{200, 100}, {200, 100}, false},
        {{1000000, 899000}, {1000000, 900000}, true},
        {{1000000, 899500}, {1000000, 900000}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool more = ht_loses_more(cases[i].hop, cases[i].than);
        if (more != cases[i].more)
            (void)fprintf(stderr, "case %zu: %d\n", i, more);
        CU_ASSERT_EQUAL(more, cases[i].more);
    }
}

struct path_case {
    const char *name;
    size_t count;
    struct ht_counts hops[5];
    struct ht_counts destination;
    double percent[6];
};

static const struct path_case path_cases[] = {
    {"no hop", 0, {{0, 0}}, {20, 19}, {5}},
    {"peace", 3, {{20, 20}, {20, 20}, {20, 20}}, {20, 20}, {0, 0, 0, 0}},
    {"loss behind the first", 3, {{20, 20}, {20, 18}, {20, 18}}, {20, 18}, {0, 10, 10, 10}},
    {"it rises", 3, {{20, 20}, {20, 19}, {20, 18}}, {20, 17}, {0, 5, 10, 15}},
    {"violators are pooled", 3, {{20, 20}, {20, 17}, {20, 19}}, {20, 18}, {0, 10, 10, 10}},
    {"by weight", 2, {{20, 20}, {20, 16}}, {60, 56}, {0, 10, 10}},
    {"a hop that withholds takes the next value",
     3,
     {{60, 60}, {60, 20}, {60, 57}},
     {60, 54},
     {0, 5, 5, 10}},
    {"a hop withholds as much as is lost behind it",
     3,
     {{60, 60}, {60, 48}, {60, 60}},
     {60, 48},
     {0, 0, 0, 20}},
    {"the last hop withholds", 2, {{60, 60}, {60, 20}}, {60, 54}, {0, 10, 10}},
    {"a silent hop", 3, {{60, 60}, {60, 0}, {60, 54}}, {60, 54}, {0, 10, 10, 10}},
    {"a silent hop, few probes", 2, {{3, 0}, {3, 3}}, {3, 2}, {0, 0, 100.0 / 3}},
    {"not probed", 3, {{0, 0}, {0, 0}, {20, 20}}, {20, 19}, {0, 0, 0, 5}},
    {"nothing comes back", 2, {{20, 20}, {20, 0}}, {20, 0}, {0, 100, 100}},
};

static void each_path_has_its_values(void)
{
    for (size_t i = 0; i < sizeof path_cases / sizeof path_cases[0]; i++) {
        const struct path_case *test = &path_cases[i];
        float percent[6];
        ht_path_loss(test->hops, test->count, test->destination, percent);
        for (size_t k = 0; k <= test->count; k++) {
            if (percent[k] < test->percent[k] - 1e-4 || percent[k] > test->percent[k] + 1e-4)
                (void)fprintf(stderr, "%s: hop %zu: %g\n", test->name, k + 1, (double)percent[k]);
            CU_ASSERT_DOUBLE_EQUAL(percent[k], test->percent[k], 1e-4);
        }
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_pair_is_judged),
    UNIT_CASE(each_path_has_its_values),
};

UNIT_MAIN("history/path_loss", cases)
