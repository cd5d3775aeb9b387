/* Any bytes as an item of a socket's error queue. First byte: bit 0 the family of the socket, bit 1
 * its protocol (UDP, else ICMP); then the length of the name, the name, the length of the control
 * data, the control data, and the rest is what the item quotes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hoptrace/address.h"
#include "net/ancillary.h"
#include "net/error_queue.h"
#include "net/socket_address.h"
#include "wire/rebuilt.h"
#include "wire/reply.h"

#define NAME_MAX_LENGTH sizeof(union ht_socket_address)

static size_t take(struct input *input, void *bytes, size_t most)
{
    size_t length = next_byte(input);
    length = length < most ? length : most;
    length = length < input->size ? length : input->size;
    memcpy(bytes, input->data, length);
    input->data += length;
    input->size -= length;
    return length;
}

static void rebuild(const struct ht_queued *queued, bool ipv6, bool udp, const struct input *quote)
{
    struct ht_told_error told = {.responder = queued->responder,
                                 .destination = queued->destination,
                                 .hop_limit = queued->hop_limit,
                                 .type = queued->type,
                                 .code = queued->code,
                                 .ip_protocol = udp    ? 17
                                                : ipv6 ? 58
                                                       : 1,
                                 .local_id = 61001,
                                 .port = queued->port,
                                 .quote_length = queued->quote_length};
    expect(ht_address_parse(ipv6 ? "2001:db8:1::1" : "198.51.100.1", &told.source));
    /* As long as the packet and no longer: a sanitizer sees who reads or writes beyond. */
    uint8_t *bytes = malloc(HT_REBUILT_HEADROOM + quote->size);
    struct ht_incoming packet = {.length = 0};
    struct ht_reply reply;
    if (bytes == NULL)
        return;
    memcpy(bytes + HT_REBUILT_HEADROOM, quote->data, quote->size);
    if (ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, quote->size, &packet)) {
        expect(packet.bytes >= bytes && packet.length <= HT_REBUILT_HEADROOM + quote->size);
        if (ht_reply_read(&packet, &reply))
            expect(reply.answer != HT_ANSWER_TCP && reply.ip_id == 0 &&
                   ht_address_equal(&reply.node.address, &queued->responder));
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    union ht_socket_address name = {.any.sa_family = AF_UNSPEC};
    union ht_control control = {.bytes = {0}};
    uint8_t kind = next_byte(&input);
    struct msghdr message = {.msg_name = &name, .msg_control = control.bytes};
    message.msg_namelen = (socklen_t)take(&input, &name, NAME_MAX_LENGTH);
    message.msg_controllen = take(&input, control.bytes, sizeof control.bytes);
    struct ht_queued queued = ht_error_queue_read(&message);
    if (queued.kind == HT_QUEUED_ERROR)
        rebuild(&queued, (kind & 1) != 0, (kind & 2) != 0, &input);
    return 0;
}
