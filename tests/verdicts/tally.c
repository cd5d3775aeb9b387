#include "tally.h"

const struct ht_where_settings usual_settings = {
    .window = 20, .loss_warning = 5, .rtt_warning = 50};

struct path plain_path(uint8_t hops, uint16_t probes, uint64_t seed)
{
    return (struct path){
        .hops = hops, .probes = probes, .hop_ms = 1, .jitter_ms = 0.5, .seed = seed};
}

double per(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static bool encloses(struct ht_span place, uint8_t from)
{
    return place.after_hop < from && place.by_hop >= from;
}

static void count_events(struct tally *tally, const struct ht_where_verdict *verdict)
{
    for (uint8_t i = 0; i < verdict->event_count; i++) {
        enum ht_where_kind kind = verdict->events[i].kind;
        tally->events[kind]++;
        tally->told += verdict->events[i].told;
        if (tally->first[kind] == 0)
            tally->first[kind] = (unsigned)tally->rounds;
    }
}

static void count(struct tally *tally, const struct path *path,
                  const struct ht_where_verdict *verdict)
{
    tally->rounds++;
    if (verdict->loss_significant) {
        tally->significant++;
        tally->width += (unsigned)(verdict->loss.by_hop - verdict->loss.after_hop);
        tally->outside += !encloses(verdict->loss, path->loss_from);
    }
    if (verdict->rtt.by_hop > 0) {
        tally->placed++;
        tally->rise_width += (unsigned)(verdict->rtt.by_hop - verdict->rtt.after_hop);
        tally->rise_outside += !encloses(verdict->rtt, path->rise_from);
    }
    count_events(tally, verdict);
}

void play(struct ht_where *where, struct path *path, const struct ht_where_settings *settings,
          unsigned rounds, struct tally *tally)
{
    struct ht_round_hop hops[PATH_HOPS_MAX];
    struct ht_where_verdict verdict;
    for (unsigned i = 0; i < rounds; i++) {
        struct ht_round_result round = path_round(path, hops);
        ht_where_take(where, settings, &round, &verdict);
        if (tally != NULL)
            count(tally, path, &verdict);
    }
}
