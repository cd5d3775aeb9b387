#include "bounds.h"

#include <math.h>

#include "exact.h"
#include "multipath.h"

static double exact_of(const struct topology *topology, double failure)
{
    double shares[EXACT_LANES_MAX];
    double sum = topology->weight + topology->lanes - 1.0;
    if (topology->lanes == 0)
        return -1;
    for (unsigned i = 0; i < topology->lanes; i++)
        shares[i] = (i == 0 ? topology->weight : 1) / sum;
    return exact_missed(topology->lanes, shares, 3, failure);
}

static double most_of(const struct net *net, const struct truth *truth, double failure)
{
    double sum = 0;
    unsigned seen = truth_seen(net, truth);
    for (uint8_t ttl = 0; ttl < truth->last_ttl; ttl++) {
        for (uint8_t node = 0; node < net->count; node++) {
            if (truth->nodes[ttl][node] && net->nodes[node].next_count > 1)
                sum += exact_chain(net->nodes[node].next_count, failure / (seen - 1));
        }
    }
    return sum;
}

struct bounds bounds_of(const struct topology *topology, const struct net *net,
                        const struct truth *truth, double failure)
{
    return (struct bounds){.exact = exact_of(topology, failure),
                           .most = most_of(net, truth, failure)};
}

/* Three standard deviations of a share of the runs, and one run. */
static double margin(double probability, unsigned runs)
{
    return 3 * sqrt(probability * (1 - probability) / runs) + 1.0 / runs;
}

bool bounds_hold(const struct bounds *bounds, const struct topology *topology, double failure,
                 double share, unsigned runs)
{
    const char *name = topology->name;
    bool good = true;
    if (bounds->exact >= 0)
        good &= must(fabs(share - bounds->exact) <= margin(bounds->exact, runs),
                     "%s: %.4f are missed, exactly %.4f", name, share, bounds->exact);
    if (topology->uneven)
        return good;
    good &= must(bounds->most <= failure, "%s: up to %.4f are missed", name, bounds->most);
    return must(share <= bounds->most + margin(bounds->most, runs), "%s: %.4f are missed", name,
                share) &&
           good;
}
