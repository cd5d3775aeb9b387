/* Sockets without privilege: what is pending of earlier packets keeps no later one from leaving,
 * nothing of it is lost, and another one's errors are not taken. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "check.h"
#include "net/backend.h"
#include "net/reserve.h"
#include "probes.h"

#define UDP_LENGTH  40
#define CLOSED_PORT 33434

static struct ht_outgoing batch[HT_BATCH_MAX];

static const char *loopback(uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? "127.0.0.1" : "::1";
}

/* A datagram whose payload has the key where the error will show it. */
static void make_datagram(struct ht_outgoing *packet, uint8_t ip_version, uint16_t key)
{
    make_probe(packet, loopback(ip_version), loopback(ip_version), TEST_ID, key);
    uint8_t *bytes = ht_outgoing_transport(packet);
    memset(bytes, 0, UDP_LENGTH);
    packet->ip_protocol = IPPROTO_UDP;
    packet->length = UDP_LENGTH;
    ht_store_u16(bytes, TEST_ID);
    ht_store_u16(bytes + 2, CLOSED_PORT);
    ht_store_u16(bytes + 4, UDP_LENGTH);
    ht_store_u16(bytes + 10, key);
}

static struct ht_sockets *open_user(uint8_t ip_version)
{
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&ht_backend_user, NULL);
    if (!check(sockets != NULL && ht_sockets_open(sockets, ip_version, &test_ids, &error) == HT_OK,
               "IPv%d opens without privilege", ip_version))
        return NULL;
    return sockets;
}

static size_t count_done(size_t count)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        done += batch[i].status == HT_SEND_DONE;
    return done;
}

/* Which keys of 0 to HT_BATCH_MAX - 1 the errors show, from what is written before the payload. */
static size_t read_keys(struct ht_sockets *sockets, uint8_t ip_version, bool seen[HT_BATCH_MAX])
{
    struct ht_incoming packets[HT_BATCH_MAX];
    struct ht_missed missed;
    size_t count = ht_sockets_receive(sockets, ip_version, HT_ANSWERS_ICMP, packets, &missed);
    const size_t headers = ip_version == HT_IPV4 ? 20 + 8 + 20 + 8 : 8 + 40 + 8;
    for (size_t i = 0; i < count; i++) {
        uint16_t key = packets[i].length >= headers + 4
                           ? ht_load_u16(packets[i].bytes + headers + 2)
                           : HT_BATCH_MAX;
        if (key < HT_BATCH_MAX)
            seen[key] = true;
    }
    check(missed.overflows == 0 && missed.sys_errno == 0, "nothing was missed");
    return count;
}

/* Over loopback each datagram is answered while it is sent: the next one finds an error pending. */
static void pending_errors(uint8_t ip_version, size_t count)
{
    bool seen[HT_BATCH_MAX] = {false};
    size_t different = 0;
    struct ht_sockets *sockets = open_user(ip_version);
    if (sockets == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        make_datagram(&batch[i], ip_version, (uint16_t)i);
    ht_sockets_send(sockets, batch, count);
    check(count_done(count) == count, "IPv%d: all %zu datagrams leave, not %zu", ip_version, count,
          count_done(count));
    size_t received = read_keys(sockets, ip_version, seen);
    for (size_t i = 0; i < count; i++)
        different += seen[i];
    check(received == count && different == count,
          "IPv%d: each one's error is there: %zu, %zu different", ip_version, received, different);
    check(read_keys(sockets, ip_version, seen) == 0, "IPv%d: once", ip_version);
    check(!wait_readable(ht_sockets_receive_fd(sockets, ip_version, HT_ANSWERS_ICMP), 20),
          "IPv%d: what was told wakes up no reader", ip_version);
    ht_sockets_free(sockets);
}

static void pending(void)
{
    static const uint8_t versions[] = {HT_IPV4, HT_IPV6};
    for (size_t i = 0; i < 2; i++) {
        pending_errors(versions[i], 8);
        pending_errors(versions[i], HT_BATCH_MAX);
    }
}

/* The kernel's stamps lie in the same queue. */
static void stamps(void)
{
    struct ht_sockets *sockets = open_user(HT_IPV4);
    size_t stamped = 0;
    bool seen[HT_BATCH_MAX] = {false};
    if (sockets == NULL)
        return;
    for (size_t round = 0; round < 4; round++) {
        for (size_t i = 0; i < 8; i++)
            make_datagram(&batch[i], HT_IPV4, (uint16_t)(8 * round + i));
        ht_sockets_send(sockets, batch, 8);
        for (size_t i = 0; i < 8; i++)
            stamped += batch[i].kernel_stamp;
    }
    check(stamped >= 24, "%zu of 32 datagrams have the kernel's stamp", stamped);
    check(wait_readable(ht_sockets_receive_fd(sockets, HT_IPV4, HT_ANSWERS_ICMP), 200),
          "errors that sending has read wake the reader");
    check(read_keys(sockets, HT_IPV4, seen) == 32, "and all their errors are there");
    ht_sockets_free(sockets);
}

/* A refusal of this host's own is told, and is not taken for an old error. */
static void refusals(void)
{
    struct ht_sockets *sockets = open_user(HT_IPV4);
    if (sockets == NULL)
        return;
    make_datagram(&batch[0], HT_IPV4, 1);
    make_datagram(&batch[1], HT_IPV4, 2);
    batch[1].destination = address_of("10.99.0.1"); /* an `unreachable` route (with_devices) */
    make_datagram(&batch[2], HT_IPV4, 3);
    ht_sockets_send(sockets, batch, 3);
    check(batch[0].status == HT_SEND_DONE && batch[2].status == HT_SEND_DONE,
          "those before and behind leave");
    check(batch[1].status == HT_SEND_FAILED && batch[1].sys_errno == EHOSTUNREACH,
          "what has no route is refused: %s", strerror(batch[1].sys_errno));
    make_datagram(&batch[0], HT_IPV4, 1);
    batch[0].source = address_of("203.0.113.1");
    ht_sockets_send(sockets, batch, 1);
    check(batch[0].status == HT_SEND_FAILED && batch[0].sys_errno == EADDRNOTAVAIL,
          "an address that is not this host's is no source");
    ht_sockets_free(sockets);
}

/* Beside the reservation, which keeps the number from others. */
static void reserved(void)
{
    const uint64_t secret[2] = {1, 2};
    struct ht_reservation ours;
    struct ht_reservation others;
    struct ht_error error;
    bool seen[HT_BATCH_MAX] = {false};
    ht_reservation_init(&ours);
    ht_reservation_init(&others);
    struct ht_sockets *sockets = open_user(HT_IPV4);
    if (sockets == NULL ||
        !check(ht_reservation_take(&ours, secret, 0, &error) == HT_OK, "a number is reserved"))
        return;
    make_datagram(&batch[0], HT_IPV4, 1);
    ht_store_u16(ht_outgoing_transport(&batch[0]), ours.local_id);
    ht_sockets_send(sockets, batch, 1);
    check(batch[0].status == HT_SEND_FAILED && batch[0].sys_errno == EADDRINUSE,
          "it is taken until it is shared");
    ht_reservation_share(&ours);
    ht_sockets_send(sockets, batch, 1);
    check(batch[0].status == HT_SEND_DONE, "then it is to be had");
    check(read_keys(sockets, HT_IPV4, seen) == 1, "the error comes to the socket that sends");
    check(ht_reservation_take(&others, secret, 0, &error) == HT_OK &&
              others.local_id != ours.local_id,
          "another reservation finds it taken");
    ht_reservation_release(&others);
    ht_reservation_release(&ours);
    ht_sockets_free(sockets);
}

static void echo(uint8_t ip_version)
{
    struct ht_sockets *sockets = open_user(ip_version);
    struct ht_error error;
    if (sockets == NULL)
        return;
    if (!check(ht_sockets_open_echo(sockets, ip_version, &error) == HT_OK,
               "IPv%d: ICMP is admitted", ip_version))
        return;
    for (size_t i = 0; i < 8; i++)
        make_probe(&batch[i], loopback(ip_version), loopback(ip_version), TEST_ID, (uint16_t)i);
    ht_sockets_send(sockets, batch, 8);
    check(count_done(8) == 8, "IPv%d: echo requests leave", ip_version);
    struct harvest harvest = reap(sockets, ip_version, 8, 200);
    check(harvest.received == 8 && harvest.kernel_stamps == 8 && harvest.last_key == 7,
          "IPv%d: their replies come, stamped", ip_version);
    if (ip_version == HT_IPV6)
        check(harvest.hop_limit == 64, "with their hop limit");
    ht_sockets_free(sockets);
}

/* Where ping_group_range has no group. */
static void refused(void)
{
    struct ht_error error;
    struct ht_sockets *sockets = open_user(HT_IPV4);
    if (sockets == NULL)
        return;
    check(ht_sockets_open_echo(sockets, HT_IPV4, &error) == HT_ERR_PERMISSION &&
              strstr(error.text, "ping_group_range") != NULL &&
              strstr(error.text, "setcap cap_net_raw+p /") != NULL,
          "ICMP is refused, with both remedies: %s", error.text);
    ht_sockets_free(sockets);
}

static void echoes(void)
{
    echo(HT_IPV4);
    echo(HT_IPV6);
}

static const struct net_case cases[] = {
    {"refused", refused}, {"echoes", echoes},     {"pending", pending},
    {"stamps", stamps},   {"refusals", refusals}, {"reserved", reserved},
};

int main(int argc, char **argv)
{
    if (!check(drop_capabilities(), "every capability is given up"))
        return 1;
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
