#include "probes.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "check.h"
#include "net/backend.h"

const struct ht_local_ids test_ids = {.of_flow = {TEST_ID}, .count = 1};

/* ICMP header and payload. */
#define ECHO_LENGTH 40

struct ht_address address_of(const char *text)
{
    struct ht_address address = {.version = HT_IP_NONE};
    if (!ht_address_parse(text, &address))
        check(false, "%s is an address", text);
    return address;
}

/* RFC 1071, over what is added up so far and `length` (even) bytes. */
static uint32_t add_up(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += 2)
        sum += ht_load_u16(bytes + i);
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Written here byte by byte: these tests are of the sockets, not of the codecs. */
static void write_echo(uint8_t *bytes, uint8_t type, uint16_t id, uint16_t sequence, uint32_t sum)
{
    memset(bytes, 0, ECHO_LENGTH);
    bytes[0] = type;
    ht_store_u16(bytes + 4, id);
    ht_store_u16(bytes + 6, sequence);
    ht_store_u16(bytes + 2, fold(add_up(sum, bytes, ECHO_LENGTH)));
}

void make_probe(struct ht_outgoing *packet, const char *source, const char *destination,
                uint16_t local_id, uint16_t key)
{
    memset(packet, 0, offsetof(struct ht_outgoing, bytes));
    packet->source = address_of(source);
    packet->destination = address_of(destination);
    packet->ip_id = 1;
    packet->ttl = 64;
    packet->length = ECHO_LENGTH;
    packet->probe = key;
    packet->status = HT_SEND_FAILED;
    if (packet->destination.version == HT_IPV4) {
        packet->ip_protocol = 1;
        write_echo(ht_outgoing_transport(packet), 8, local_id, key, 0);
    } else {
        packet->ip_protocol = 58;
        /* The pseudo-header: both addresses, the length, the protocol. */
        uint32_t sum = add_up(ECHO_LENGTH + 58, packet->source.bytes, 16);
        sum = add_up(sum, packet->destination.bytes, 16);
        write_echo(ht_outgoing_transport(packet), 128, local_id, key, sum);
    }
}

static void note_packet(struct harvest *harvest, const struct ht_incoming *packet)
{
    if (harvest->received == 0)
        harvest->first_ns = packet->received_ns;
    harvest->received++;
    harvest->kernel_stamps += packet->kernel_stamp ? 1 : 0;
    harvest->last_ns = packet->received_ns;
    harvest->hop_limit = packet->hop_limit;
    harvest->from = packet->from;
    size_t icmp = packet->ip_version == HT_IPV4 ? 20 : 0;
    if (packet->length >= icmp + 8)
        harvest->last_key = (uint16_t)(packet->bytes[icmp + 6] << 8 | packet->bytes[icmp + 7]);
}

struct harvest reap(struct ht_sockets *sockets, uint8_t ip_version, size_t wanted, int quiet_ms)
{
    struct harvest harvest = {0};
    struct ht_incoming packets[HT_BATCH_MAX];
    int fd = ht_sockets_receive_fd(sockets, ip_version, HT_ANSWERS_ICMP);
    while (harvest.received < wanted && wait_readable(fd, quiet_ms)) {
        struct ht_missed missed;
        size_t count = ht_sockets_receive(sockets, ip_version, HT_ANSWERS_ICMP, packets, &missed);
        harvest.overflows += missed.overflows;
        for (size_t i = 0; i < count; i++)
            note_packet(&harvest, &packets[i]);
    }
    return harvest;
}

struct ht_sockets *open_sockets(uint8_t ip_version)
{
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&ht_backend_raw, NULL);
    if (sockets == NULL || ht_sockets_open(sockets, ip_version, &test_ids, &error) != HT_OK) {
        check(false, "IPv%d sockets open: %s", ip_version, sockets == NULL ? "" : error.text);
        exit(1);
    }
    return sockets;
}
