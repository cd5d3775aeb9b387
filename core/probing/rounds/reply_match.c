#include "probing/rounds/reply_match.h"
#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"

#include <stddef.h>

#include "probing/ratelimit/sites.h"
#include "probing/round/round.h"
#include "wire/probe.h"
#include "wire/reply.h"
#include "wire/transport.h"

/* True if the reply could be an answer to a probe of this round, wherever that went: a tag may be
 * another flow's too, or forged; and an IPv6 packet never answers an IPv4 probe. */
static bool is_of_flow(const struct ht_reply *reply, const struct ht_flow *flow)
{
    return reply->node.address.version == flow->destination.version &&
           reply->protocol == flow->protocol && reply->local_id == flow->local_id;
}

/* The same, and it says that the probe went where those of this round go. */
static bool may_answer(const struct ht_reply *reply, const struct ht_round *round)
{
    const struct ht_flow *flow = &round->flow;
    if (reply->destination.version != HT_IP_NONE &&
        !ht_address_equal(&reply->destination, &flow->destination))
        return false;
    return reply->port == flow->port && is_of_flow(reply, flow);
}

/* The flow that the reply's local id names. False: it is none of this process's. */
static bool flow_of_id(const struct ht_reply *reply, const struct ht_local_ids *ids, uint16_t *flow)
{
    uint16_t count = ht_transports[reply->protocol]->has_ports ? ids->count : 1;
    for (*flow = 0; *flow < count; ++*flow) {
        if (ids->of_flow[*flow] == reply->local_id)
            return true;
    }
    return false;
}

/* True if a round of this tag has the checksum that the reply quotes. */
static bool has_checksum(const struct ht_flow_table *flows, uint32_t flow_tag,
                         const struct ht_reply *reply)
{
    const struct ht_round *round = ht_flow_table_first(flows, flow_tag);
    for (; round != NULL; round = ht_flow_table_next(&round->slot)) {
        if (may_answer(reply, round) && round->flow.checksum == reply->checksum)
            return true;
    }
    return false;
}

/* The tag of the flow that a reply names otherwise than by a payload: by its local id, or, where
 * all flows have the same, by the quoted checksum. Of a checksum that no flow has: of flow 0. */
static uint32_t computed_tag(const struct ht_reply_match *match, struct ht_identity identity,
                             const struct ht_flow_table *flows)
{
    const struct ht_reply *reply = &match->reply;
    bool told = ht_transports[reply->protocol]->has_ports;
    for (uint16_t flow = 0; !told && identity.flows > 1 && flow < identity.flows; flow++) {
        uint32_t flow_tag =
            ht_flow_tag(identity.secret, &reply->destination, reply->protocol, reply->port, flow);
        if (has_checksum(flows, flow_tag, reply))
            return flow_tag;
    }
    return ht_flow_tag(identity.secret, &reply->destination, reply->protocol, reply->port,
                       match->flow);
}

/* A flow tag that the payload shows saves a hash. It may be cut off, padded over or forged: then
 * ht_reply_match_find computes it. */
void ht_reply_match_read(const struct ht_incoming *packet, struct ht_identity identity,
                         const struct ht_flow_table *flows, struct ht_reply_match *match)
{
    struct ht_reply *reply = &match->reply;
    match->numbered = HT_LABELS;
    match->possible = ht_reply_read(packet, reply) && flow_of_id(reply, identity.ids, &match->flow);
    if (!match->possible)
        return;
    if (!ht_reply_flow_tag(reply, &match->flow_tag)) {
        match->possible = reply->destination.version != HT_IP_NONE;
        if (match->possible)
            match->flow_tag = computed_tag(match, identity, flows);
    }
    if (match->possible)
        ht_flow_table_fetch_bucket(flows, match->flow_tag);
}

void ht_reply_match_fetch_round(const struct ht_reply_match *match,
                                const struct ht_flow_table *flows)
{
    if (match->possible)
        ht_flow_table_fetch_round(flows, match->flow_tag);
}

/* The first round of the reply's flow, which is usually the only one. NULL: there is none. */
static const struct ht_round *round_of(const struct ht_reply_match *match,
                                       const struct ht_flow_table *flows)
{
    const struct ht_round *round = NULL;
    if (match->possible)
        round = ht_flow_table_first(flows, match->flow_tag);
    return round != NULL ? round : NULL;
}

static uint16_t number_of(const struct ht_reply *reply, const struct ht_probe_ids *ids,
                          enum ht_label label)
{
    return label == HT_BY_KEY ? ht_probe_id_number_of_key(ids, reply->key)
                              : ht_probe_id_number_of_ip_id(ids, reply->ip_id);
}

void ht_reply_match_fetch_probe(struct ht_reply_match *match, const struct ht_flow_table *flows)
{
    const struct ht_round *round = round_of(match, flows);
    if (round == NULL)
        return;
    const struct ht_reply *reply = &match->reply;
    if (reply->timestamped) {
        match->probe = ht_probe_id_index_of_timestamp(&round->ids, reply->timestamp);
    } else {
        match->numbered = reply->keyed ? HT_BY_KEY : HT_BY_IP_ID;
        match->number = number_of(reply, &round->ids, match->numbered);
        match->probe = ht_probe_id_index_of_number(&round->ids, match->number);
    }
    ht_probe_log_fetch(&round->log, match->probe);
}

void ht_reply_match_fetch_answered(const struct ht_reply_match *match,
                                   const struct ht_flow_table *flows)
{
    const struct ht_round *round = round_of(match, flows);
    if (round == NULL)
        return;
    ht_round_fetch_next(round);
    ht_probe_log_fetch_answered(&round->log, match->probe, round->end.window_hops);
    if (round->sites != NULL && match->probe < round->log.probe_count)
        ht_sites_fetch(round->sites, &round->log.probes[match->probe]);
}

static bool shows(const struct ht_reply *reply, enum ht_label label)
{
    if (label == HT_BY_TIMESTAMP)
        return reply->timestamped;
    if (label == HT_BY_KEY)
        return reply->keyed;
    return reply->ip_id != 0 && !ht_transports[reply->protocol]->key_stays && !reply->key_certain;
}

/* The probe of this number, or of the reply's timestamp. False: there is none. Sets *stale if the
 * number, which is none of this round's, is one of the last round's. */
static bool labelled_probe(const struct ht_reply *reply, const struct ht_round *round,
                           enum ht_label label, uint16_t number, uint32_t *probe, bool *stale)
{
    if (label == HT_BY_TIMESTAMP)
        return ht_probe_id_find_timestamp(&round->ids, &round->log, reply->timestamp, probe);
    if (ht_probe_id_find(&round->ids, &round->log, number, probe))
        return true;
    *stale |= ht_probe_id_is_stale(round->recalled, &round->ids, number);
    return false;
}

/* The newest probe of the flow that this label names, if the reply could be an answer to it. */
static struct ht_found find_labelled(const struct ht_flow_table *flows,
                                     const struct ht_reply_match *match, uint32_t flow_tag,
                                     enum ht_label label, bool *stale)
{
    const struct ht_reply *reply = &match->reply;
    struct ht_found newest = {.finding = HT_FOUND_NOTHING};
    struct ht_round *round = ht_flow_table_first(flows, flow_tag);
    if (round == NULL || !shows(reply, label))
        return newest;
    uint16_t number = match->number;
    if (label != HT_BY_TIMESTAMP && (label != match->numbered || flow_tag != match->flow_tag))
        number = number_of(reply, &round->ids, label);
    for (; round != NULL; round = ht_flow_table_next(&round->slot)) {
        uint32_t probe;
        if (!may_answer(reply, round) ||
            !labelled_probe(reply, round, label, number, &probe, stale))
            continue;
        if (newest.round == NULL ||
            round->log.probes[probe].sent_ns > newest.round->log.probes[newest.probe].sent_ns)
            newest = (struct ht_found){.finding = HT_FOUND_PROBE, .round = round, .probe = probe};
    }
    return newest;
}

/* True if the reply's length is another probe's. A rewritten field may look like another probe's
 * label by accident; the length tells, where probes have length labels, those before them having
 * the length of none. */
static bool length_contradicts(const struct ht_reply *reply, const struct ht_round *round,
                               const struct ht_probe_id *name)
{
    uint16_t label;
    if (round->ids.labelled_from == HT_NO_PROBE || reply->key_certain || reply->timestamped ||
        reply->answer == HT_ANSWER_TCP)
        return false;
    bool told = ht_reply_length_label(reply, &round->flow, &label);
    return told ? label != name->length_label : name->length_label != 0;
}

/* Bits that a quote has to show right before it counts. ALL_BITS: of the flow and the probe
 * together; a forger that sees no packet needs 2^33 packets on average. OWN_BITS: of the probe
 * alone; one that sees other probes of the flow needs 2^24.
 *
 * A quote that names another destination or port than the flow's counts with the payload's whole
 * identity alone (find_translated), which is more than both:
 *   of the probe  key 16, code 32    48 bits
 *   of the flow   local id 12, tag 32, with these 92 bits
 * That destination and port may be any takes nothing away: a forger knows whom we measure, so they
 * are no bits of the 34 either. */
#define ALL_BITS 34
#define OWN_BITS 25

/* What a reply is that names the probe which carried `name`. */
static enum ht_finding examine(const struct ht_reply *reply, const struct ht_round *round,
                               const struct ht_probe_id *name)
{
    const struct ht_flow *flow = &round->flow;
    if (length_contradicts(reply, round, name))
        return HT_FOUND_NOTHING;
    struct ht_evidence evidence = ht_reply_examine(reply, flow, name);
    bool shifted = ht_reply_sequence_shift(reply, flow) != 0;
    if (evidence.contradicts || (shifted && reply->answer == HT_ANSWER_TCP))
        return HT_FOUND_FORGED;
    if (shifted)
        return HT_FOUND_REWRITTEN;
    /* A TCP destination shows what the flow has, and of the probe its timestamp at most. */
    bool proven =
        reply->answer == HT_ANSWER_TCP ||
        (evidence.own_bits >= OWN_BITS && evidence.own_bits + evidence.flow_bits >= ALL_BITS);
    return proven ? HT_FOUND_PROBE : HT_FOUND_WEAK;
}

/* The same for the probe that a label names. */
static enum ht_finding examine_labelled(const struct ht_reply *reply, enum ht_label label,
                                        struct ht_found found)
{
    const struct ht_round *round = found.round;
    struct ht_probe_id name;
    uint16_t key = label == HT_BY_KEY ? reply->key : ht_probe_id_key(round, found.probe);
    ht_probe_id_with_key(round, found.probe, key, &name);
    return examine(reply, round, &name);
}

/* True if this label is right whatever else the reply shows: middleboxes rewrite other fields, but
 * neither timestamps nor payloads. */
static bool is_certain(const struct ht_reply *reply, enum ht_label label)
{
    return label == HT_BY_TIMESTAMP || (label == HT_BY_KEY && reply->key_certain);
}

/* The probe that the reply's labels name. None if they name two: a rewritten field that looks like
 * another probe's label by accident. */
static struct ht_found find_by_labels(const struct ht_reply_match *match, uint32_t flow_tag,
                                      const struct ht_flow_table *flows)
{
    const struct ht_reply *reply = &match->reply;
    struct ht_found found = {.finding = HT_FOUND_NOTHING};
    bool stale = false;
    for (enum ht_label label = 0; label < HT_LABELS; label++) {
        struct ht_found next = find_labelled(flows, match, flow_tag, label, &stale);
        if (next.round == NULL || (next.round == found.round && next.probe == found.probe))
            continue;
        next.finding = examine_labelled(reply, label, next);
        if (next.finding == HT_FOUND_FORGED && found.finding == HT_FOUND_NOTHING)
            found = next;
        if (next.finding <= HT_FOUND_FORGED)
            continue;
        if (found.finding > HT_FOUND_FORGED)
            return (struct ht_found){.finding = HT_FOUND_NOTHING};
        found = next;
        if (is_certain(reply, label))
            break;
    }
    if (found.finding == HT_FOUND_NOTHING && stale)
        found.finding = HT_FOUND_STALE;
    return found;
}

/* The probe of a round that has the quote's length label and no answer yet. False: there is none.
 */
static bool labelled_by_length(const struct ht_reply *reply, const struct ht_flow *flow,
                               const struct ht_probe_ids *ids, const struct ht_probe_log *log,
                               uint32_t *probe)
{
    uint16_t label;
    return ht_reply_length_label(reply, flow, &label) &&
           ht_probe_id_find_length(flow, ids, log, label, probe) &&
           log->probes[*probe].state != HT_PROBE_ANSWERED;
}

/* The probe that the quote's length names, where it shows no other label. HT_FOUND_STALE if rounds
 * to one destination have several probes of that length. */
static struct ht_found find_by_length(const struct ht_reply *reply, struct ht_round *first)
{
    struct ht_found found = {.finding = HT_FOUND_UNLABELLED, .round = first};
    size_t count = 0;
    for (struct ht_round *round = first; round != NULL; round = ht_flow_table_next(&round->slot)) {
        uint32_t probe;
        if (!may_answer(reply, round))
            continue;
        if (labelled_by_length(reply, &round->flow, &round->ids, &round->log, &probe)) {
            found = (struct ht_found){.round = round, .probe = probe};
            count++;
        } else if (count == 0 && round->ids.labelled_from == HT_NO_PROBE) {
            found.round = round; /* its probes have no length labels yet: it is to get some */
        }
    }
    if (count == 0)
        return found;
    if (count > 1)
        return (struct ht_found){.finding = HT_FOUND_STALE};
    const struct ht_round *round = found.round;
    struct ht_probe_id name;
    ht_probe_id_of(round, found.probe, &name);
    found.finding = examine(reply, round, &name);
    /* A sequence number proves that a probe is ours, as far as it can; without one (UDP) nothing
     * in the header does. */
    bool has_sequence = ht_transports[reply->protocol]->sequence_shift != NULL;
    if (found.finding == HT_FOUND_WEAK)
        found.finding = has_sequence ? HT_FOUND_PROBE : HT_FOUND_REWRITTEN;
    return found;
}

/* The probe that is the only one on its way, where a quote shows nothing of its own. Else probes
 * are to leave one at a time from now on. */
static struct ht_found find_alone(const struct ht_reply *reply, struct ht_round *first)
{
    struct ht_found found = {.finding = HT_FOUND_STALE};
    for (struct ht_round *round = first; round != NULL; round = ht_flow_table_next(&round->slot)) {
        uint32_t last = round->log.probe_count - 1;
        if (!may_answer(reply, round) || round->log.probe_count == 0)
            continue;
        if (!round->ids.alone)
            return (struct ht_found){.finding = HT_FOUND_UNLABELLED, .round = round};
        if (round->log.probes[last].state == HT_PROBE_AWAITED && found.round == NULL)
            found = (struct ht_found){.finding = HT_FOUND_WEAK, .round = round, .probe = last};
    }
    return found;
}

/* What a reply is that names no probe by a label, but names the flow. */
static struct ht_found find_unlabelled(const struct ht_reply *reply, uint32_t flow_tag,
                                       const struct ht_flow_table *flows)
{
    struct ht_round *round = ht_flow_table_first(flows, flow_tag);
    while (round != NULL && !may_answer(reply, round))
        round = ht_flow_table_next(&round->slot);
    if (round == NULL)
        return (struct ht_found){.finding = HT_FOUND_NOTHING};
    if (reply->timestamped) /* of another round, or made up */
        return (struct ht_found){.finding = HT_FOUND_STALE};
    if (ht_transports[reply->protocol]->key_stays || reply->key_certain)
        return (struct ht_found){.finding = HT_FOUND_FORGED, .round = round};
    if (reply->told && reply->transport_length == 0)
        return find_alone(reply, round);
    if (reply->answer != HT_ANSWER_TCP)
        return find_by_length(reply, round);
    bool shifted = ht_reply_sequence_shift(reply, &round->flow) != 0;
    return (struct ht_found){.finding = shifted ? HT_FOUND_FORGED : HT_FOUND_SYN, .round = round};
}

/* What a reply answers among the rounds of this flow tag. */
static struct ht_found find_under(const struct ht_reply_match *match, uint32_t flow_tag,
                                  const struct ht_flow_table *flows)
{
    struct ht_found found = find_by_labels(match, flow_tag, flows);
    if (found.finding != HT_FOUND_NOTHING)
        return found;
    return find_unlabelled(&match->reply, flow_tag, flows);
}

/* The probe of a quote that names another destination, or another port there, than any round has: a
 * translator has rewritten it on the way, if the payload shows the identity of a probe. The local
 * id is the flow's all the same: the filter of the socket admits no other one, since that is what
 * keeps processes apart. */
static struct ht_found find_translated(const struct ht_reply_match *match,
                                       const struct ht_flow_table *flows)
{
    const struct ht_reply *reply = &match->reply;
    struct ht_found found = {.finding = HT_FOUND_NOTHING};
    uint32_t flow_tag;
    uint32_t probe;
    bool stale = false;
    if (!ht_reply_flow_tag(reply, &flow_tag) || !shows(reply, HT_BY_KEY))
        return found;
    struct ht_round *round = ht_flow_table_first(flows, flow_tag);
    for (; round != NULL; round = ht_flow_table_next(&round->slot)) {
        uint16_t number = number_of(reply, &round->ids, HT_BY_KEY);
        if (!is_of_flow(reply, &round->flow) ||
            !labelled_probe(reply, round, HT_BY_KEY, number, &probe, &stale))
            continue;
        struct ht_probe_id name;
        ht_probe_id_with_key(round, probe, reply->key, &name);
        enum ht_finding finding = examine(reply, round, &name);
        if (finding == HT_FOUND_FORGED || ht_reply_shows_identity(reply, &round->flow, &name))
            found = (struct ht_found){.finding = finding, .round = round, .probe = probe};
        if (found.finding > HT_FOUND_FORGED)
            return found;
    }
    if (found.finding == HT_FOUND_NOTHING && stale)
        found.finding = HT_FOUND_STALE;
    return found;
}

struct ht_found ht_reply_match_find(const struct ht_reply_match *match, struct ht_identity identity,
                                    const struct ht_flow_table *flows)
{
    struct ht_found found = {.finding = HT_FOUND_NOTHING};
    const struct ht_reply *reply = &match->reply;
    if (!match->possible)
        return found;
    found = find_under(match, match->flow_tag, flows);
    if (found.finding > HT_FOUND_FORGED || reply->destination.version == HT_IP_NONE)
        return found;
    if (found.finding == HT_FOUND_NOTHING) {
        struct ht_found translated = find_translated(match, flows);
        if (translated.finding != HT_FOUND_NOTHING)
            return translated;
    }
    uint32_t flow_tag = computed_tag(match, identity, flows);
    if (flow_tag == match->flow_tag)
        return found;
    struct ht_found other = find_under(match, flow_tag, flows);
    return other.finding != HT_FOUND_NOTHING ? other : found;
}
