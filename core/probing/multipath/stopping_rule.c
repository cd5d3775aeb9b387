#include "probing/multipath/stopping_rule.h"

#include <math.h>

#include "base/assert.h"

double ht_failure_of_node(double failure, uint32_t nodes)
{
    return nodes > 1 ? failure / nodes : failure;
}

static uint32_t rounded_up(double value)
{
    uint32_t whole = (uint32_t)value;
    return whole < value ? whole + 1 : whole;
}

/* n(k). */
static uint32_t point(double k, double node_failure)
{
    HT_ASSERT(node_failure > 0 && node_failure < 1);
    return rounded_up(log(node_failure / k) / log((k - 1) / k));
}

uint32_t ht_stopping_point(uint32_t seen, double node_failure)
{
    HT_ASSERT(seen > 0);
    return point(seen + 1.0, node_failure);
}

uint32_t ht_stopping_point_blurred(uint32_t branches, double node_failure)
{
    HT_ASSERT(branches > 0);
    return point(2.0 * branches, node_failure);
}
