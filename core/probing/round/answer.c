#include "probing/round/answer.h"

#include "model/hop.h"
#include "model/refusal.h"
#include "probing/log/hop_due.h"
#include "probing/log/node_parts.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_id.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/ratelimit/turns.h"
#include "probing/round/second_look.h"
#include "wire/extension.h"
#include "wire/interface_info.h"
#include "wire/mpls.h"
#include "wire/probe.h"
#include "wire/quoted_fields.h"
#include "wire/reply.h"
#include "wire/transport.h"

/* Keeps the interfaces that the extension tells of, those that stand first. */
static void note_interfaces(struct ht_node_facts *node, const struct ht_reply *reply)
{
    struct ht_interface interfaces[HT_INTERFACES_MAX];
    struct ht_reader objects;
    size_t count = 0;
    bool opened = ht_extension_open(reply->extension, reply->extension_length,
                                    reply->extension_announced, &objects);
    while (opened && count < HT_INTERFACES_MAX &&
           ht_interface_info_next(&objects, &interfaces[count]))
        count++;
    ht_node_set_interfaces(node, interfaces, count);
}

/* Keeps the MPLS labels and the interfaces of the last answer. */
static void note_extension(struct ht_node_facts *node, const struct ht_reply *reply)
{
    struct ht_mpls labels[HT_MPLS_MAX];
    if (reply->extension_length == 0) {
        ht_node_free_parts(node);
        return;
    }
    size_t count =
        ht_mpls_read(reply->extension, reply->extension_length, reply->extension_announced, labels);
    ht_node_set_labels(node, labels, count);
    note_interfaces(node, reply);
}

/* Keeps what the last ICMP error quoted. */
static void note_quote(struct ht_node_facts *node, const struct ht_reply *reply,
                       const struct ht_round *round, uint32_t probe)
{
    /* Of headers that the kernel has kept for itself nothing is known. */
    if (reply->quoted_source.version == HT_IP_NONE || reply->told)
        return;
    struct ht_probe_id name;
    ht_probe_id_of(round, probe, &name);
    struct ht_quoted_fields fields = ht_quoted_fields_of(reply, &round->flow, &name);
    node->quoted = true;
    node->quoted_tos = reply->quoted_tos;
    node->quoted_ttl = reply->quoted_ttl;
    node->quoted_fields = fields.shown;
    node->rewritten = fields.rewritten;
}

static void note_answer(struct ht_node_facts *node, const struct ht_reply *reply, bool refused)
{
    node->received++;
    if (refused) {
        unsigned refusal = ht_refusal_of(reply->node.address.version, reply->node.icmp_type,
                                         reply->node.icmp_code);
        node->refusal = refusal & HT_NODE_REFUSAL_MASK;
    }
    node->by_tcp = reply->node.by_tcp;
    node->icmp_type = reply->node.icmp_type;
    node->icmp_code = reply->node.icmp_code;
    node->reply_ttl = reply->node.reply_ttl;
    node->reply_hops = ht_hops_back(reply->node.reply_ttl);
    node->reply_tos = reply->node.reply_tos;
    note_extension(node, reply);
}

/* A lost probe may turn out to have been answered in time, if this host was late to read the
 * answer. So may a void one, unless subscribers may have been told that its hop is complete, which
 * they are not as long as a probe of it is excused (ht_loss_undecided). */
static bool may_be_answered(const struct ht_probe_log *log, const struct ht_path_end *end,
                            const struct ht_probe *probe)
{
    if (probe->state == HT_PROBE_EXCUSED)
        return true;
    if (ht_probe_is_void(probe))
        return !ht_hop_due_complete(log, end, probe->ttl);
    return probe->state == HT_PROBE_AWAITED || probe->state == HT_PROBE_LOST ||
           probe->state == HT_PROBE_UNNEEDED;
}

/* True if an answer may make a probe due sooner than the agenda says, even if the window does not
 * move (ht_next_probe_before). */
static bool needs_recheck(const struct ht_round *round)
{
    return round->log.awaited == 0 || round->log.received == 1 || round->upcoming.waits_its_turn ||
           round->cache != NULL || ht_turns_matter(round);
}

/* No firewall on the way to a router that quotes the right sequence number rewrites it. */
static void note_unshifted(const struct ht_flow *flow, struct ht_tcp_state *tcp, uint8_t ttl,
                           const struct ht_reply *reply)
{
    if (ht_transport_of(flow)->sequence_shift != NULL && reply->answer != HT_ANSWER_TCP &&
        ttl > tcp->unshifted_ttl && ht_reply_sequence_shift(reply, flow) == 0)
        tcp->unshifted_ttl = ttl;
}

bool ht_answer_take(struct ht_round *round, uint32_t index, const struct ht_reply *reply,
                    int64_t received_ns, bool kernel_stamp)
{
    struct ht_probe *probe = &round->log.probes[index];
    if (!may_be_answered(&round->log, &round->end, probe))
        return false;
    /* On a very short path a kernel's stamp can be slightly before one that was read here. */
    int64_t rtt_ns = ht_time_max(received_ns - probe->sent_ns, 0);
    if (rtt_ns > round->log.asked.timeout_ns)
        return false;
    uint16_t node;
    if (!ht_probe_log_node_for(&round->log, probe->ttl, &reply->node.address, &node)) {
        round->host.out_of_memory = true;
        return false;
    }
    ht_probe_log_set_state(&round->log, probe, HT_PROBE_ANSWERED);
    probe->rtt_ns = rtt_ns;
    probe->node = node;
    probe->accepted = reply->syn_ack;
    round->tcp.listening |= reply->syn_ack;
    enum ht_end end = ht_path_end_end(&round->flow, reply);
    probe->refused = end == HT_END_UNREACHABLE;
    probe->arrived = end == HT_END_DESTINATION;
    if (node != HT_NO_NODE) {
        note_answer(&round->log.nodes[node], reply, probe->refused);
        note_quote(&round->log.nodes[node], reply, round, index);
    }
    round->log.max_rtt_ns = ht_time_max(round->log.max_rtt_ns, rtt_ns);
    round->timing.user_received |= !kernel_stamp;
    round->timing.user_sent |= !probe->kernel_sent;
    note_unshifted(&round->flow, &round->tcp, probe->ttl, reply);
    ht_path_end_note(round, probe->ttl, reply);
    ht_turns_answered(round, probe, reply, received_ns);
    if (round->look.known != NULL && node != HT_NO_NODE)
        ht_second_look_answered(round, probe->ttl, node);
    round->upcoming.recheck |= needs_recheck(round);
    return true;
}
