/* Any bytes as a packet from the network. First byte: of which socket it comes, and (upper half)
 * which protocol our own flow has; then the packet. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hoptrace/address.h"
#include "wire/extension.h"
#include "wire/interface_info.h"
#include "wire/mpls.h"
#include "wire/probe.h"
#include "wire/reply.h"

static const struct {
    uint8_t version;
    uint8_t protocol;
} sockets[] = {{4, 1}, {6, 58}, {4, 6}, {6, 6}};

/* The flow of which the corpus has the answers. */
static struct ht_flow make_flow(uint8_t version, uint8_t protocol)
{
    struct ht_flow flow = {.secret = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543211)},
                           .local_id = 4711,
                           .payload_size = 32,
                           .protocol = protocol,
                           .port = protocol == HT_ICMP  ? 0
                                   : protocol == HT_UDP ? 33434
                                                        : 80};
    bool old = version == 4;
    expect(ht_address_parse(old ? "198.51.100.1" : "2001:db8:1::1", &flow.source));
    expect(ht_address_parse(old ? "192.0.2.7" : "2001:db8:7::7", &flow.destination));
    static const uint64_t host_secret[2] = {1, 2};
    ht_flow_init(&flow, host_secret);
    return flow;
}

/* Labels, and interfaces with their names. */
static void check_extension(const struct ht_reply *reply)
{
    struct ht_mpls labels[HT_MPLS_MAX];
    expect(ht_mpls_read(reply->extension, reply->extension_length, reply->extension_announced,
                        labels) <= HT_MPLS_MAX);
    struct ht_reader objects;
    struct ht_interface info;
    if (!ht_extension_open(reply->extension, reply->extension_length, reply->extension_announced,
                           &objects))
        return;
    while (ht_interface_info_next(&objects, &info)) {
        expect(info.role <= HT_INTERFACE_NEXT_HOP &&
               memchr(info.name, '\0', sizeof info.name) != NULL);
    }
}

static void check_reply(const struct ht_incoming *packet, const struct ht_reply *reply,
                        const struct ht_flow *flow)
{
    expect(reply->node.address.version == packet->ip_version);
    expect(reply->destination.version == HT_IP_NONE ||
           reply->destination.version == packet->ip_version);
    expect(reply->node.by_tcp == (reply->answer == HT_ANSWER_TCP));
    expect(reply->node.mpls == NULL && reply->node.received == 0);
    expect(reply->keyed || reply->protocol != HT_ICMP);
    expect(!reply->key_certain || reply->keyed);
    if (reply->quoted_payload_length > 0) {
        const uint8_t *end = packet->bytes + packet->length;
        expect(reply->quoted_payload >= packet->bytes && reply->quoted_payload <= end);
        expect(reply->quoted_payload_length <= (size_t)(end - reply->quoted_payload));
    }
    struct ht_evidence evidence = ht_reply_examine(
        reply, flow, &(struct ht_probe_id){.key = reply->key, .ip_id = reply->ip_id});
    expect(evidence.own_bits <= 16 + 16 + 32 + 11 + 15);
    uint16_t label;
    if (ht_reply_length_label(reply, flow, &label))
        expect(label <= ht_probe_length_labels(flow));
    (void)ht_reply_sequence_shift(reply, flow);
    if (reply->extension_length > 0)
        check_extension(reply);
    uint32_t flow_tag;
    (void)ht_reply_flow_tag(reply, &flow_tag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t socket = data[0] & 3u;
    uint8_t protocol = (uint8_t)(data[0] >> 4) % 3;
    /* As long as the packet and no longer: a sanitizer sees who reads beyond. */
    size_t length = size - 1;
    uint8_t *bytes = malloc(length > 0 ? length : 1);
    if (bytes == NULL)
        return 0;
    memcpy(bytes, data + 1, length);
    struct ht_flow flow = make_flow(sockets[socket].version, protocol);
    struct ht_incoming packet = {.from = flow.destination,
                                 .hop_limit = 60,
                                 .ip_version = sockets[socket].version,
                                 .ip_protocol = sockets[socket].protocol,
                                 .bytes = bytes,
                                 .length = length};
    struct ht_reply reply;
    memset(&reply, 0xa5, sizeof reply);
    if (ht_reply_read(&packet, &reply))
        check_reply(&packet, &reply, &flow);
    free(bytes);
    return 0;
}
