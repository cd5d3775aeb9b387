#include "exact.h"

#include <stdlib.h>
#include <string.h>

#include "probing/multipath/stopping_rule.h"

#define COUNT_MAX 16 /* flows of a lane are counted up to this */
#define STATES    (COUNT_MAX * COUNT_MAX * COUNT_MAX * COUNT_MAX)
#define FLOWS_MAX 4000

struct lanes_state {
    unsigned flows[EXACT_LANES_MAX];
    unsigned seen;
    unsigned least; /* of the seen lanes */
};

static struct lanes_state state_of(unsigned index, unsigned lanes)
{
    struct lanes_state state = {.least = COUNT_MAX};
    for (unsigned i = 0; i < lanes; i++) {
        unsigned flows = index % COUNT_MAX;
        index /= COUNT_MAX;
        state.flows[i] = flows;
        state.seen += flows > 0;
        if (flows > 0 && flows < state.least)
            state.least = flows;
    }
    return state;
}

static int is_met(const struct lanes_state *state, unsigned total, unsigned others, double failure)
{
    double node_failure = ht_failure_of_node(failure, others + state->seen);
    return state->seen > 0 && total >= ht_stopping_point(state->seen, node_failure) &&
           state->least >= ht_stopping_point(1, node_failure);
}

double exact_missed(unsigned lanes, const double *shares, unsigned others, double failure)
{
    double *now = calloc(STATES, sizeof *now);
    double *next = calloc(STATES, sizeof *next);
    double missed = 0;
    now[0] = 1;
    for (unsigned total = 0; total < FLOWS_MAX; total++) {
        double rest = 0;
        memset(next, 0, STATES * sizeof *next);
        for (unsigned index = 0; index < STATES; index++) {
            if (now[index] <= 0)
                continue;
            struct lanes_state state = state_of(index, lanes);
            if (is_met(&state, total, others, failure)) {
                missed += state.seen < lanes ? now[index] : 0;
                continue;
            }
            rest += now[index];
            for (unsigned i = 0, step = 1; i < lanes; i++, step *= COUNT_MAX)
                next[index + (state.flows[i] + 1 < COUNT_MAX ? step : 0)] += now[index] * shares[i];
        }
        double *swap = now;
        now = next;
        next = swap;
        if (rest < 1e-12)
            break;
    }
    free(now);
    free(next);
    return missed;
}

double exact_chain(unsigned lanes, double node_failure)
{
    double seen[512] = {0};
    double missed = 0;
    seen[1] = 1;
    for (unsigned total = 1; total < FLOWS_MAX; total++) {
        double rest = 0;
        for (unsigned k = 1; k < lanes; k++) {
            if (total >= ht_stopping_point(k, node_failure)) {
                missed += seen[k];
                seen[k] = 0;
            }
            rest += seen[k];
        }
        if (rest < 1e-15)
            break;
        for (unsigned k = lanes; k > 0; k--)
            seen[k] = seen[k] * k / lanes + seen[k - 1] * (lanes - k + 1) / lanes;
    }
    return missed;
}
