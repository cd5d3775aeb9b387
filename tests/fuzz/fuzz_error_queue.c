/* Any bytes as an item of a socket's error queue. First byte: bit 0 the family of the socket, bit 1
 * its protocol (UDP, else ICMP), bit 2: TCP instead; then the length of the name, the name, the
 * length of the control data, the control data, and the rest is what the item quotes. */
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

static uint8_t protocol_of(uint8_t kind)
{
    if ((kind & 4) != 0)
        return 6;
    if ((kind & 2) != 0)
        return 17;
    return (kind & 1) != 0 ? 58 : 1;
}

/* A header with a timestamp. */
static const uint8_t syn[40] = {0xee, 0x49, 0, 80, 0, 0, 0, 7, [12] = 0xa0, 2, [20] = 1, 1, 8, 10};

static struct ht_told_error told_of(const struct ht_queued *queued, uint8_t kind)
{
    struct ht_told_error told = {.responder = queued->responder,
                                 .destination = queued->destination,
                                 .hop_limit = queued->hop_limit,
                                 .type = queued->type,
                                 .code = queued->code,
                                 .ip_protocol = protocol_of(kind),
                                 .local_id = 61001,
                                 .port = queued->port,
                                 .quote_length = queued->quote_length};
    expect(ht_address_parse((kind & 1) != 0 ? "2001:db8:1::1" : "198.51.100.1", &told.source));
    return told;
}

static void rebuild(const struct ht_queued *queued, uint8_t kind, const struct input *quote)
{
    struct ht_told_error told = told_of(queued, kind);
    size_t length = quote->size;
    size_t room = length + ((kind & 4) != 0 ? HT_REBUILT_QUOTE_MAX : 0);
    /* As long as the packet and no longer: a sanitizer sees who reads or writes beyond. */
    uint8_t *bytes = malloc(HT_REBUILT_HEADROOM + room);
    struct ht_incoming packet = {.length = 0};
    struct ht_reply reply;
    if (bytes == NULL)
        return;
    memcpy(bytes + HT_REBUILT_HEADROOM, quote->data, length);
    if ((kind & 4) != 0)
        length = ht_rebuilt_quote(&told, syn, sizeof syn, bytes + HT_REBUILT_HEADROOM, length);
    expect(length <= room);
    if (ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, length, &packet)) {
        expect(packet.bytes >= bytes && packet.length <= HT_REBUILT_HEADROOM + length);
        if (ht_reply_read(&packet, &reply))
            expect(reply.answer != HT_ANSWER_TCP && reply.ip_id == 0 && reply.told &&
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
        rebuild(&queued, kind, &input);
    return 0;
}
