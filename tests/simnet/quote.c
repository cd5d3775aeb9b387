#include "quote.h"

#include "bytes.h"
#include "checksum.h"
#include "rng.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define EXTENDED_QUOTE 128 /* RFC 4884: the least size of a quote with extensions behind it */

/* A quote in the making: header and data may change size on the way. */
struct quote {
    size_t header; /* offset of the transport in `bytes` */
    size_t length;
    uint8_t bytes[REPLY_MAX];
};

/* Puts 8 bytes between the header and what follows. */
static void insert(struct quote *quote, size_t place, const uint8_t bytes[8])
{
    size_t rest = quote->length - place;

    if (quote->length + 8 > sizeof quote->bytes)
        rest = sizeof quote->bytes - 8 - place;
    memmove(quote->bytes + place + 8, quote->bytes + place, rest);
    memcpy(quote->bytes + place, bytes, 8);
    quote->length = place + 8 + rest;
    quote->header += 8;
}

static size_t header_checksum_place(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
}

/* What 16 bits are to a translator that shows the probe as it left it. `luck` is another one for
 * each answer. */
static uint16_t translate(enum translation translation, uint16_t value, const struct probe *probe,
                          uint64_t luck)
{
    static const uint8_t other[16] = {0x20, 0x01, 0x0d, 0xb8, [12] = 198, 51, 100, 7};
    uint64_t sum;

    switch (translation) {
    case TRANSLATE_CHANGE:
        return value ^ 0x3ca5;
    case TRANSLATE_DELTA:
        /* RFC 1624: ~(~HC + ~m + m'), over all words of the address. */
        sum = (uint16_t)~value;
        for (size_t i = probe->ipv4 ? 12 : 0; i < sizeof other; i += 2)
            sum += (uint64_t)(uint16_t)~get16(probe->source.bytes + i) + get16(other + i);
        return checksum_finish(sum);
    case TRANSLATE_ZERO:
        return 0;
    case TRANSLATE_RANDOM:
        return (uint16_t)mix64(luck);
    default:
        return value;
    }
}

static void rewrite_ipv4(struct quote *quote, const struct behaviour *behaviour, uint8_t ttl)
{
    static const uint8_t options[8] = REPLY_OPTIONS;
    uint8_t *header = quote->bytes;

    header[8] = ttl;
    if (behaviour->quote_clear_tos)
        header[1] = 0;
    if (behaviour->quote_options && (header[0] & 0x0f) <= 13) {
        insert(quote, quote->header, options);
        header[0] = (uint8_t)(header[0] + 2);
        put16(header + 2, (uint16_t)(get16(header + 2) + 8));
    }
    if (!behaviour->quote_bad_ip_sum) {
        put16(header + 10, 0);
        put16(header + 10, checksum_finish(checksum_add(0, header, quote->header)));
    }
}

static void rewrite_ipv6(struct quote *quote, const struct behaviour *behaviour, uint8_t ttl)
{
    uint8_t *header = quote->bytes;

    header[7] = ttl;
    if (behaviour->quote_clear_tos)
        put16(header, get16(header) & 0xf00f);
    if (behaviour->quote_extension) {
        uint8_t extension[8] = {header[6], 0, 1, 4, 0, 0, 0, 0};

        header[6] = IPPROTO_DSTOPTS;
        put16(header + 4, (uint16_t)(get16(header + 4) + sizeof extension));
        insert(quote, 40, extension);
    }
}

/* The bytes of the probe as the router would show them, before any cut. */
static void copy_probe(struct quote *quote, const struct probe *probe,
                       const struct behaviour *behaviour, uint8_t ttl, uint64_t luck)
{
    size_t place = probe->transport + header_checksum_place(probe->protocol);

    quote->length = probe->length < REPLY_MAX ? probe->length : REPLY_MAX;
    memcpy(quote->bytes, probe->packet, quote->length);
    quote->header = probe->transport;
    if (place + 2 <= quote->length)
        put16(quote->bytes + place,
              translate(behaviour->quote_checksum, get16(quote->bytes + place), probe, luck));
    if (probe->ipv4)
        put16(quote->bytes + 4, translate(behaviour->quote_id, probe->ip_id, probe, ~luck));
    if (behaviour->quote_ttl)
        ttl = behaviour->quote_ttl;
    if (probe->ipv4)
        rewrite_ipv4(quote, behaviour, ttl);
    else
        rewrite_ipv6(quote, behaviour, ttl);
}

static void pad_to(struct quote *quote, size_t length)
{
    if (length > quote->length)
        memset(quote->bytes + quote->length, 0, length - quote->length);
    quote->length = length;
}

static void cut(struct quote *quote, size_t most)
{
    if (quote->length > most)
        quote->length = most;
}

/* `room` is what an ICMP error may quote in all; extended: something is to follow. */
static void shape(struct quote *quote, const struct behaviour *behaviour, size_t room, size_t unit,
                  bool extended)
{
    cut(quote, room);
    switch (behaviour->quote) {
    case QUOTE_BYTES:
        cut(quote, quote->header + behaviour->quote_bytes);
        break;
    case QUOTE_PADDED:
        pad_to(quote, EXTENDED_QUOTE);
        break;
    case QUOTE_FULL:
        break;
    }
    if (!extended || behaviour->mpls_mode == MPLS_SHORT)
        return;
    if (behaviour->mpls_mode == MPLS_NO_LENGTH ||
        (behaviour->mpls_mode != MPLS_SHORT_ANNOUNCED && quote->length < EXTENDED_QUOTE))
        pad_to(quote, EXTENDED_QUOTE);
    else
        pad_to(quote, (quote->length + unit - 1) / unit * unit);
}

/* Writes the stack's object; returns its length. */
static size_t write_mpls(uint8_t *bytes, const struct behaviour *behaviour)
{
    size_t count = behaviour->mpls_count;

    if (!count)
        return 0;
    put16(bytes, (uint16_t)(4 + 4 * count));
    bytes[2] = 1; /* class: MPLS label stack */
    bytes[3] = 1; /* type: incoming stack */
    for (size_t i = 0; i < count; i++)
        put32(bytes + 4 + 4 * i, behaviour->mpls[i] | (i + 1 == count ? 0x100u : 0));
    return 4 + 4 * count;
}

/* RFC 5837, 4.2: family, reserved, address. */
static size_t write_address(uint8_t *bytes, const struct address *address)
{
    bool ipv4 = address_is_ipv4(address);
    size_t length = ipv4 ? 4 : 16;

    put16(bytes, ipv4 ? 1 : 2);
    put16(bytes + 2, 0);
    memcpy(bytes + 4, address->bytes + 16 - length, length);
    return 4 + length;
}

/* RFC 5837, 4.3: a length that counts itself and the padding to whole words. */
static size_t write_name(uint8_t *bytes, const char *name)
{
    size_t length = (1 + strlen(name) + 3) / 4 * 4;

    memset(bytes, 0, length);
    bytes[0] = (uint8_t)length;
    memcpy(bytes + 1, name, strlen(name));
    return length;
}

/* RFC 5837, 4.1; returns the object's length. */
static size_t write_interface(uint8_t *bytes, const struct interface *interface)
{
    size_t length = 4;

    bytes[2] = 2; /* class: interface information */
    bytes[3] =
        (uint8_t)(interface->role << 6 | interface->has_index << 3 | interface->has_address << 2 |
                  interface->has_name << 1 | interface->has_mtu);
    if (interface->has_index) {
        put32(bytes + length, interface->index);
        length += 4;
    }
    if (interface->has_address)
        length += write_address(bytes + length, &interface->address);
    if (interface->has_name)
        length += write_name(bytes + length, interface->name);
    if (interface->has_mtu) {
        put32(bytes + length, interface->mtu);
        length += 4;
    }
    put16(bytes, (uint16_t)length);
    return length;
}

#define EXTENSION_MAX (4 + 4 + 4 * MPLS_LABELS + INTERFACES * (4 + 4 + 20 + 64 + 4))

/* The objects behind the quote, without their header; returns their length. */
static size_t write_objects(uint8_t *bytes, const struct behaviour *behaviour)
{
    size_t length = write_mpls(bytes, behaviour);

    for (unsigned i = 0; i < behaviour->interface_count; i++)
        length += write_interface(bytes + length, &behaviour->interfaces[i]);
    return length;
}

static void append_extension(struct reply *reply, const struct behaviour *behaviour)
{
    uint8_t bytes[EXTENSION_MAX] = {0x20}; /* version 2 */
    size_t length = 4 + write_objects(bytes + 4, behaviour);
    uint16_t sum;

    sum = checksum_finish(checksum_add(0, bytes, length));
    if (behaviour->mpls_mode == MPLS_BAD_SUM)
        sum ^= 0x5a5a;
    put16(bytes + 2, behaviour->mpls_mode == MPLS_ZERO_SUM ? 0 : sum);
    reply_append(reply, bytes, length);
}

/* RFC 4884, 4: the messages that extensions may follow. */
static bool is_extensible(bool ipv4, uint8_t type)
{
    if (ipv4)
        return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
               type == ICMP_PARAMETERPROB;
    return type == ICMP6_DST_UNREACH || type == ICMP6_TIME_EXCEEDED;
}

void quote_append(struct reply *reply, const struct probe *probe, const struct behaviour *behaviour,
                  uint8_t quoted_ttl)
{
    uint8_t *header = reply->bytes + reply->transport;
    uint8_t objects[EXTENSION_MAX];
    size_t extension =
        is_extensible(probe->ipv4, header[0]) ? write_objects(objects, behaviour) : 0;
    bool announced = behaviour->mpls_mode != MPLS_NO_LENGTH && behaviour->mpls_mode != MPLS_SHORT;
    size_t unit = probe->ipv4 ? 4 : 8;                          /* of the length field */
    size_t most = (probe->ipv4 ? 576u : 1280u) - reply->length; /* RFC 1812, RFC 4443 */
    size_t reserve = extension ? 4 + extension : 0;
    struct quote quote;

    copy_probe(&quote, probe, behaviour, quoted_ttl,
               (uint64_t)reply->ip_id << 32 | probe->checksum);
    shape(&quote, behaviour, (most - reserve) / unit * unit, unit, extension > 0);
    if (extension && announced)
        header[probe->ipv4 ? 5 : 4] = (uint8_t)(quote.length / unit);
    reply_append(reply, quote.bytes, quote.length);
    if (extension)
        append_extension(reply, behaviour);
}
