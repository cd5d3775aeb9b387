#include "api/packets.h"

#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "probing/result/sightings.h"

bool ht_packets_take(struct ht_marking_path *memory, uint8_t sent, const struct ht_report *report,
                     uint8_t changed_ttl, struct ht_marking_event *event)
{
    struct ht_quoted_hop hops[UINT8_MAX];
    struct ht_marking_path path;
    size_t count = ht_quoted_hops_of(report, hops);
    ht_marking_judge(hops, count, sent, memory, &path);
    return ht_marking_take(memory, hops, changed_ttl, &path, event);
}

static void add_marking(struct ht_shown_packets *shown, const struct ht_marking *change)
{
    size_t place = shown->marking_count;
    for (size_t i = 0; i < shown->marking_count; i++) {
        if (memcmp(&shown->marking[i], change, sizeof *change) == 0)
            return;
    }
    if (place == HT_SHOWN_MARKINGS_MAX)
        return;
    for (; place > 0 && shown->marking[place - 1].ttl > change->ttl; place--)
        shown->marking[place] = shown->marking[place - 1];
    shown->marking[place] = *change;
    shown->marking_count++;
}

static void add_translator(struct ht_shown_packets *shown, struct ht_translator translator)
{
    size_t place = 0;
    while (place < shown->translator_count && shown->translators[place].ttl < translator.ttl)
        place++;
    if (place < shown->translator_count && shown->translators[place].ttl == translator.ttl) {
        shown->translators[place].what |= translator.what;
        return;
    }
    memmove(&shown->translators[place + 1], &shown->translators[place],
            (shown->translator_count - place) * sizeof translator);
    shown->translators[place] = translator;
    shown->translator_count++;
}

/* Adds what a flow's own record shows to be done. What is remembered narrows the places of changes;
 * it has taken the round already, or, where that was cut short, is to be left as it is. */
static void add_flow(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                     uint16_t flow)
{
    struct ht_shown_packets *shown = &scheduled->engine->shown_packets;
    const struct ht_remembered *remembered = scheduled->remembered;
    struct ht_marking_path memory = {0};
    struct ht_marking_path path;
    struct ht_marking_event event;
    struct ht_quoted_hop hops[UINT8_MAX];
    struct ht_translator translators[HT_QUOTED_FIELDS];
    uint8_t sent = scheduled->target.settings.tos;
    if (!ht_quoted_differs(report, sent))
        return;
    const struct ht_path_memory *known =
        remembered != NULL ? ht_remembered_flow(remembered, flow) : NULL;
    if (known != NULL)
        memory = known->marking;
    size_t count = ht_quoted_hops_of(report, hops);
    ht_marking_judge(hops, count, sent, &memory, &path);
    (void)ht_marking_take(&memory, hops, 0, &path, &event);
    for (uint8_t i = 0; i < path.count; i++)
        add_marking(shown, &path.changes[i]);
    size_t found = ht_translators_of(hops, count, translators);
    for (size_t i = 0; i < found; i++)
        add_translator(shown, translators[i]);
}

void ht_packets_show(struct ht_scheduled_target *scheduled, const struct ht_flow_sightings *seen,
                     struct ht_report *report)
{
    struct ht_shown_packets *shown = &scheduled->engine->shown_packets;
    shown->marking_count = shown->translator_count = 0;
    for (size_t i = 0; report->listed_hops > 0 && (i == 0 || i < report->flow_count); i++)
        add_flow(scheduled, seen[i].report, report->flow_count > 0 ? report->flows[i].flow : 0);
    report->marking = shown->marking;
    report->marking_count = shown->marking_count;
    report->translators = shown->translators;
    report->translator_count = shown->translator_count;
}
