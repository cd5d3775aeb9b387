#include "probing/result/statistics.h"

#include <math.h>
#include <stdlib.h>

#include "hoptrace/time.h"

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the value at rank ceil(count * percent / 100), counted from 1. */
static double nearest_rank_ms(const int64_t *sorted_ns, size_t count, size_t percent)
{
    size_t rank = (count * percent + 99) / 100;
    return ht_ns_to_ms(sorted_ns[rank - 1]);
}

/* Of one time, as most hops have it: without what the general case takes, roots and divisions. */
static struct ht_rtt rtt_of_one(double rtt_ms)
{
    return (struct ht_rtt){.min_ms = rtt_ms,
                           .avg_ms = rtt_ms,
                           .max_ms = rtt_ms,
                           .stddev_ms = 0,
                           .median_ms = rtt_ms,
                           .p95_ms = rtt_ms,
                           .jitter_ms = NAN};
}

struct ht_rtt ht_rtt_of(int64_t *rtt_ns, size_t count)
{
    struct ht_rtt rtt = {.min_ms = NAN,
                         .avg_ms = NAN,
                         .max_ms = NAN,
                         .stddev_ms = NAN,
                         .median_ms = NAN,
                         .p95_ms = NAN,
                         .jitter_ms = NAN};
    if (count == 0)
        return rtt;
    if (count == 1)
        return rtt_of_one(ht_ns_to_ms(rtt_ns[0]));
    double sum_ms = 0;
    double steps_ms = 0;
    for (size_t i = 0; i < count; i++) {
        sum_ms += ht_ns_to_ms(rtt_ns[i]);
        if (i > 0)
            steps_ms += fabs(ht_ns_to_ms(rtt_ns[i] - rtt_ns[i - 1]));
    }
    rtt.avg_ms = sum_ms / (double)count;
    /* Two passes: the one-pass formula, sum of squares less square of the sum, loses all digits
     * when times are long and close to each other. */
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        double deviation_ms = ht_ns_to_ms(rtt_ns[i]) - rtt.avg_ms;
        squares += deviation_ms * deviation_ms;
    }
    rtt.stddev_ms = sqrt(squares / (double)count);
    rtt.jitter_ms = steps_ms / (double)(count - 1);
    qsort(rtt_ns, count, sizeof *rtt_ns, compare_ns);
    rtt.min_ms = ht_ns_to_ms(rtt_ns[0]);
    rtt.max_ms = ht_ns_to_ms(rtt_ns[count - 1]);
    rtt.median_ms = nearest_rank_ms(rtt_ns, count, 50);
    rtt.p95_ms = nearest_rank_ms(rtt_ns, count, 95);
    return rtt;
}

double ht_loss_percent(uint32_t sent, uint32_t received)
{
    if (sent == 0)
        return NAN;
    return 100.0 * (double)(sent - received) / (double)sent;
}
