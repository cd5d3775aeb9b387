/* Whether the rounds fit under the packet-rate ceiling. How long paths are nobody knows beforehand:
 * it is told by the rounds that were measured. */
#include "api/engine_internal.h"

/* What the even spacing of packets leaves of a ceiling, at least. */
#define USABLE 0.95

void ht_load_note(struct ht_member *member, uint32_t sent)
{
    int64_t interval_ns = member->target.settings.interval_ns;
    if (interval_ns == 0)
        return;
    struct ht_load *load = &member->engine->load;
    double pps = (double)sent * (double)HT_NS_PER_S / (double)interval_ns;
    if (!member->measured)
        load->members++;
    member->measured = true;
    load->pps += pps - member->load_pps;
    member->load_pps = pps;
}

void ht_load_drop(const struct ht_member *member)
{
    if (!member->measured)
        return;
    member->engine->load.members--;
    member->engine->load.pps -= member->load_pps;
}

/* Targets that were not measured yet are taken to be like the others. */
uint32_t ht_engine_pps_short(const struct ht_engine *engine)
{
    const struct ht_load *load = &engine->load;
    double usable_pps = (double)engine->options.pps * USABLE;
    if (engine->options.pps == 0 || load->pps <= usable_pps)
        return 0;
    double all_pps = load->pps * (double)engine->member_count / (double)load->members;
    double needed_pps = all_pps / USABLE;
    return needed_pps < UINT32_MAX ? (uint32_t)needed_pps : UINT32_MAX;
}
