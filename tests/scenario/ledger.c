#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probing/log/round_state.h"
#include "support.h"

/* Where the last probe under a key stands. */
struct key_use {
    const struct ledger_round *round;
    size_t probe;
};

static void free_values(struct table *table)
{
    for (size_t i = 0; i < table->capacity; i++)
        free(table->places[i].value);
    table_fini(table);
}

void ledger_fini(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->places.capacity; i++) {
        struct ledger_place *place = ledger->places.places[i].value;
        if (place != NULL)
            free(place->rounds);
    }
    free_values(&ledger->places);
    free_values(&ledger->keys);
    table_fini(&ledger->traces);
    for (size_t i = 0; i < ledger->round_count; i++) {
        free(ledger->rounds[i]->probes);
        free(ledger->rounds[i]);
    }
    free(ledger->rounds);
    free(ledger->sent_ns);
    *ledger = (struct ledger){0};
}

struct ledger_place *ledger_place(struct ledger *ledger, const struct ht_address *destination)
{
    void **value = table_at(&ledger->places, destination->bytes, sizeof destination->bytes);
    if (*value == NULL)
        *value = make(sizeof(struct ledger_place));
    return *value;
}

struct ledger_round *ledger_round(struct ledger *ledger, const struct ht_outgoing *packet)
{
    void **value = table_at(&ledger->traces, &packet->round, sizeof packet->round);
    if (*value != NULL)
        return *value;
    struct ledger_place *place = ledger_place(ledger, &packet->destination);
    struct ledger_round *round = make(sizeof *round);
    const struct ht_round *owner = packet->round;
    *round = (struct ledger_round){.trace = packet->round,
                                   .target = owner->target,
                                   .flow = owner->flow.number,
                                   .destination = packet->destination,
                                   .timeout_ns = place->timeout_ns,
                                   .first_sent_ns = HT_NEVER,
                                   .unnamed_ns = HT_NEVER,
                                   .open = true};
    *value = round;
    place->rounds = grow(place->rounds, place->round_count, sizeof(struct ledger_round *));
    place->rounds[place->round_count++] = round;
    ledger->rounds = grow(ledger->rounds, ledger->round_count, sizeof(struct ledger_round *));
    ledger->rounds[ledger->round_count++] = round;
    return round;
}

struct ledger_round *ledger_sized(struct ledger *ledger, struct ledger_round *round)
{
    if (round->sized != NULL)
        return round->sized;
    struct ledger_round *sized = make(sizeof *sized);
    *sized = *round;
    sized->probes = NULL;
    sized->probe_count = 0;
    sized->first_sent_ns = HT_NEVER;
    ledger->rounds = grow(ledger->rounds, ledger->round_count, sizeof(struct ledger_round *));
    ledger->rounds[ledger->round_count++] = sized;
    round->sized = sized;
    return sized;
}

/* A key must name one probe among those of a flow that wait for an answer from one destination. */
static void use_key(struct ledger *ledger, const struct ledger_round *round, size_t probe)
{
    const struct seen_probe *now = &round->probes[probe];
    uint8_t name[20];
    memcpy(name, round->destination.bytes, 16);
    memcpy(name + 16, &now->key, 2);
    memcpy(name + 18, &round->flow, 2);
    void **value = table_at(&ledger->keys, name, sizeof name);
    if (*value == NULL)
        *value = make(sizeof(struct key_use));
    struct key_use *use = *value;
    if (use->round != NULL && use->round->open) {
        const struct seen_probe *before = &use->round->probes[use->probe];
        if (before->answered_ns == HT_NEVER &&
            now->sent_ns - before->sent_ns < use->round->timeout_ns && ledger->faults++ < 10)
            printf("# key %u of ttl %u is still that of a probe of ttl %u, sent %.3f ms before\n",
                   now->key, now->ttl, before->ttl, ht_ns_to_ms(now->sent_ns - before->sent_ns));
    }
    *use = (struct key_use){.round = round, .probe = probe};
}

size_t ledger_sent(struct ledger *ledger, struct ledger_round *round,
                   const struct probe_view *probe, int64_t sent_ns, struct ht_now now)
{
    round->probes = grow(round->probes, round->probe_count, sizeof *round->probes);
    size_t index = round->probe_count++;
    round->probes[index] = (struct seen_probe){.sent_ns = sent_ns,
                                               .answered_ns = HT_NEVER,
                                               .key = probe->echo_sequence,
                                               .ttl = probe->ttl,
                                               .tos = probe->tos,
                                               .length = (uint16_t)probe->length};
    if (round->first_sent_ns == HT_NEVER) {
        round->first_sent_ns = sent_ns;
        round->wall_ns = now.wall_ns - now.mono_ns + sent_ns;
    }
    ledger->sent_ns = grow(ledger->sent_ns, ledger->packets, sizeof *ledger->sent_ns);
    ledger->sent_ns[ledger->packets++] = sent_ns;
    if (probe->protocol == icmp_protocol(probe->version))
        use_key(ledger, round, index);
    return index;
}

void ledger_answered(struct ledger_round *round, size_t probe, int64_t received_ns,
                     const struct seen_probe *answer)
{
    struct seen_probe *seen = &round->probes[probe];
    if (!round->open || seen->answered_ns != HT_NEVER ||
        received_ns - seen->sent_ns > round->timeout_ns)
        return;
    seen->answered_ns = received_ns;
    seen->responder = answer->responder;
    seen->labels = answer->labels;
    seen->icmp_type = answer->icmp_type;
    seen->icmp_code = answer->icmp_code;
    seen->reply_ttl = answer->reply_ttl;
    seen->tcp = answer->tcp;
    seen->names_probe = answer->names_probe;
    seen->nameless = answer->nameless;
    seen->shifted = answer->shifted;
    seen->arrival = round->answers++;
}

/* True if `other` was on its way to the destination, as far as anybody knows, when the answer to
 * `probe` came. */
static bool may_be_meant(const struct ledger_round *round, uint8_t last_router,
                         const struct seen_probe *probe, const struct seen_probe *other)
{
    bool to_destination = other->ttl > last_router &&
                          (other->answered_ns == HT_NEVER || other->tcp || other->shifted);
    int64_t until_ns = other->answered_ns;
    /* An answer that comes so late is not expected any more. */
    int64_t late_ns = 2 * (probe->answered_ns - probe->sent_ns) + 20 * HT_NS_PER_MS;
    if (until_ns == HT_NEVER)
        until_ns = other->sent_ns + ht_time_min(late_ns, round->timeout_ns);
    return other != probe && to_destination && other->sent_ns < probe->answered_ns &&
           until_ns > probe->sent_ns;
}

/* When the first quote came that named no probe; HT_NEVER: none did. Probes that wait then are sent
 * again, longer. */
static int64_t first_nameless_ns(const struct ledger_round *round)
{
    int64_t first_ns = round->unnamed_ns;
    for (size_t i = 0; i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        if (probe->nameless && probe->length == round->probes[0].length)
            first_ns = ht_time_min(first_ns, probe->answered_ns);
    }
    return first_ns;
}

static void mark_nameless(struct ledger_round *round)
{
    int64_t since_ns = first_nameless_ns(round);
    for (size_t i = 0; i < round->probe_count; i++) {
        struct seen_probe *probe = &round->probes[i];
        probe->untold |= probe->nameless && probe->length == round->probes[0].length;
        probe->doubtful |=
            probe->answered_ns == HT_NEVER && probe->sent_ns <= since_ns && since_ns != HT_NEVER;
    }
}

void ledger_mark_untold(struct ledger_round *round)
{
    uint8_t last_router = 0;
    for (size_t i = 0; i < round->probe_count; i++) {
        const struct seen_probe *probe = &round->probes[i];
        bool by_router = probe->answered_ns != HT_NEVER && !probe->tcp && !probe->shifted;
        if (by_router && probe->ttl > last_router)
            last_router = probe->ttl;
    }
    mark_nameless(round);
    for (size_t i = 0; i < round->probe_count; i++) {
        struct seen_probe *probe = &round->probes[i];
        if (!probe->tcp || probe->answered_ns == HT_NEVER || probe->names_probe)
            continue;
        for (size_t j = 0; j < round->probe_count; j++) {
            struct seen_probe *other = &round->probes[j];
            bool meant = may_be_meant(round, last_router, probe, other);
            probe->untold |= meant;
            other->doubtful |= meant && other->answered_ns == HT_NEVER;
        }
    }
}

static void cut_round_short(struct ledger_round *round, int64_t now_ns)
{
    for (size_t i = 0; i < round->probe_count; i++) {
        struct seen_probe *probe = &round->probes[i];
        probe->open =
            probe->answered_ns == HT_NEVER && probe->sent_ns + round->timeout_ns >= now_ns;
        probe->swallowed |= probe->open;
    }
}

void ledger_unread(struct ledger *ledger, uint8_t version, int64_t now_ns)
{
    for (size_t i = 0; i < ledger->round_count; i++) {
        struct ledger_round *round = ledger->rounds[i];
        for (size_t n = 0;
             round->open && round->destination.version == version && n < round->probe_count; n++)
            round->probes[n].unread |= round->probes[n].sent_ns + round->timeout_ns >= now_ns;
    }
}

void ledger_cut_short(struct ledger *ledger, int64_t now_ns)
{
    for (size_t i = 0; i < ledger->round_count; i++) {
        if (ledger->rounds[i]->open)
            cut_round_short(ledger->rounds[i], now_ns);
    }
}

void ledger_close(struct ledger *ledger, struct ledger_round *round)
{
    struct ledger_place *place = ledger_place(ledger, &round->destination);
    for (size_t i = 0; i < place->round_count; i++) {
        if (place->rounds[i] == round) {
            place->rounds[i] = place->rounds[--place->round_count];
            break;
        }
    }
    *table_at(&ledger->traces, &round->trace, sizeof round->trace) = NULL;
    round->open = false;
    if (round->sized != NULL)
        round->sized->open = false;
}

size_t ledger_burst(const struct ledger *ledger)
{
    size_t most = 0;
    size_t first = 0;
    for (size_t last = 0; last < ledger->packets; last++) {
        while (ledger->sent_ns[last] - ledger->sent_ns[first] >= 100 * HT_NS_PER_MS)
            first++;
        if (last - first + 1 > most)
            most = last - first + 1;
    }
    return most;
}
