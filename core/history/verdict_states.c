#include "history/verdict_states.h"

enum ht_reach ht_reach_next(enum ht_reach reach, bool answered)
{
    if (answered)
        return HT_REACH_REACHED;
    return reach == HT_REACH_REACHED ? HT_REACH_IN_DOUBT : HT_REACH_UNREACHED;
}

bool ht_loss_significant(struct ht_counts end_to_end, double warning_percent)
{
    return ht_counts_lost(end_to_end) >= HT_SIGNIFICANT_LOST &&
           100 * ht_counts_loss(end_to_end) > warning_percent;
}

static uint16_t one_more(uint16_t count, uint16_t most)
{
    return count < most ? (uint16_t)(count + 1) : most;
}

struct ht_loss_state ht_loss_next(struct ht_loss_state state, struct ht_counts end_to_end,
                                  uint16_t window, double warning_percent)
{
    uint16_t enough = (uint16_t)(HT_LOW_WINDOWS * window);
    bool low = 100 * ht_counts_loss(end_to_end) <= warning_percent / 2;
    state.age = one_more(state.age, window);
    state.low = low ? one_more(state.low, enough) : 0;
    if (state.lossy)
        state.lossy = state.low < enough;
    else
        state.lossy = state.age > window / 2 && ht_loss_significant(end_to_end, warning_percent);
    return state;
}

struct ht_time_state ht_time_next(struct ht_time_state state,
                                  const struct ht_time_evidence *evidence, uint16_t window,
                                  double warning_percent)
{
    uint16_t most = (uint16_t)(HT_RISEN_WINDOWS * window);
    if (!state.risen)
        return (struct ht_time_state){.risen = ht_time_is_high(evidence, warning_percent)};
    state.since = one_more(state.since, most);
    state.risen =
        state.since < most && evidence->usual_us > 0 && !ht_time_is_low(evidence, warning_percent);
    return state;
}
