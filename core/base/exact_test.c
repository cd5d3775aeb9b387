#include "base/exact_test.h"

/* A term that changes nothing, relative to the sum. */
#define NEGLIGIBLE 1e-9

/* Weights of the hypergeometric distribution relative to the one that was seen, which is above its
 * mean: they fall above, and rise to the mode and then fall below. */
bool ht_loses_significantly(uint32_t lost, uint32_t sent, uint32_t others_lost,
                            uint32_t others_sent, double level)
{
    double all = (double)lost + others_lost;
    double rest = others_sent - all;
    double above = 1;
    double below = 0;
    double weight = 1;
    if ((double)lost * others_sent <= (double)others_lost * sent)
        return false;
    double i = lost;
    while (i < all && i < sent && weight > NEGLIGIBLE * above) {
        weight *= (sent - i) * (all - i) / ((i + 1) * (rest + i + 1));
        above += weight;
        i++;
    }
    double wanted = above * (1 / level - 1);
    i = lost;
    weight = 1;
    while (i > 0 && rest + i > 0 && below < wanted && weight > NEGLIGIBLE * below) {
        weight *= i * (rest + i) / ((sent - i + 1) * (all - i + 1));
        below += weight;
        i--;
    }
    return below >= wanted;
}
