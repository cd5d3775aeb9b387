#include "api/load.h"

#include <math.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"

/* The least share of a ceiling that the even spacing of packets can use. */
#define USABLE 0.93

void ht_load_note(struct ht_scheduled_target *scheduled, uint32_t sent)
{
    int64_t interval_ns = scheduled->target.settings.interval_ns;
    if (interval_ns == 0)
        return;
    struct ht_load *load = &scheduled->engine->load;
    double pps = (double)sent * (double)HT_NS_PER_S / (double)interval_ns;
    if (!scheduled->measured)
        load->targets++;
    scheduled->measured = true;
    load->pps += pps - scheduled->load_pps;
    scheduled->load_pps = pps;
}

void ht_load_drop(const struct ht_scheduled_target *scheduled)
{
    if (!scheduled->measured)
        return;
    scheduled->engine->load.targets--;
    scheduled->engine->load.pps -= scheduled->load_pps;
}

/* Targets that were not measured yet are taken to be like the others. */
static double needed_pps(const struct ht_engine *engine)
{
    const struct ht_load *load = &engine->load;
    if (load->targets == 0)
        return 0;
    double all_pps = load->pps * (double)engine->targets.count / (double)load->targets;
    return all_pps / USABLE;
}

static uint32_t whole(double pps)
{
    return pps < UINT32_MAX ? (uint32_t)pps : UINT32_MAX;
}

uint32_t ht_load_needed(const struct ht_engine *engine)
{
    return whole(ceil(needed_pps(engine)));
}

uint32_t ht_engine_pps_short(const struct ht_engine *engine)
{
    double usable_pps = (double)engine->options.pps * USABLE;
    if (engine->options.pps == 0 || engine->load.pps <= usable_pps)
        return 0;
    return whole(needed_pps(engine));
}
