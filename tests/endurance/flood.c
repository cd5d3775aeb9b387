/* flood DEVICE HOST_DEVICE PATHS LOCAL_ID SECONDS: garbage at full speed, from the far end of a
 * veth pair to the near one. Random bytes, and packets that are nearly right: answers to the
 * measurement of these paths under the right id, but with another key and payload, cut, too large,
 * with options; and answers that quote probes just seen on the wire, right in all but one byte of
 * their payload. Ends after so many seconds, or when stdin does, and says how many packets there
 * were. */
#define _GNU_SOURCE /* sendmmsg */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flood.h"

/* --- what comes by ------------------------------------------------------------------------- */

/* Where the payload of a probe begins, in an IP packet of this host's; 0: it is no probe. */
static size_t payload_of(const uint8_t *packet)
{
    bool ipv6 = packet[0] >> 4 == 6;
    size_t start = ipv6 ? 40 : (size_t)(packet[0] & 15u) * 4;
    switch (packet[ipv6 ? 6 : 9]) {
    case IPPROTO_ICMP:
        return packet[start] == ICMP_ECHO ? start + 8 : 0;
    case IPPROTO_ICMPV6:
        return packet[start] == ICMP6_ECHO_REQUEST ? start + 8 : 0;
    case IPPROTO_UDP:
        return start + 8;
    case IPPROTO_TCP:
        return start + (size_t)(packet[start + 12] >> 4) * 4;
    default:
        return 0;
    }
}

static void steal_probes(struct flood *flood)
{
    uint8_t packet[FRAME_MAX] = {0};
    for (int i = 0; i < BATCH; i++) {
        ssize_t length = recv(flood->wire_fd, packet, sizeof packet, MSG_DONTWAIT);
        if (length < 40)
            return;
        size_t payload = payload_of(packet);
        struct stolen *stolen = &flood->stolen[flood->stolen_count % STOLEN];
        if (payload == 0 || (size_t)length < payload + CODE_OFFSET + CODE_LENGTH ||
            (size_t)length > sizeof stolen->bytes)
            continue;
        *stolen = (struct stolen){.length = (size_t)length, .payload = payload};
        memcpy(stolen->bytes, packet, (size_t)length);
        flood->stolen_count++;
    }
}

/* --- sending ------------------------------------------------------------------------------- */

static void fill(struct flood *flood)
{
    for (size_t i = 0; i < BATCH; i++)
        garbage_make(flood, &flood->frames[i]);
}

static void send_batch(struct flood *flood)
{
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    for (size_t i = 0; i < BATCH; i++) {
        vectors[i] =
            (struct iovec){.iov_base = flood->frames[i].bytes, .iov_len = flood->frames[i].length};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int sent = sendmmsg(flood->fd, messages, BATCH, 0);
    flood->sent += sent > 0 ? (uint64_t)sent : 0;
}

static bool is_told_to_end(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) != 0;
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool open_device(struct flood *flood, const char *device, const char *host_device)
{
    struct ifreq request = {0};
    struct sockaddr_ll place = {.sll_family = AF_PACKET,
                                .sll_ifindex = (int)if_nametoindex(device)};
    int one = 1;
    flood->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    flood->wire_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", host_device);
    if (flood->fd < 0 || ioctl(flood->fd, SIOCGIFHWADDR, &request) != 0)
        return false;
    memcpy(flood->mac, request.ifr_hwaddr.sa_data, sizeof flood->mac);
    (void)setsockopt(flood->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    if (bind(flood->fd, (struct sockaddr *)&place, sizeof place) != 0 ||
        setsockopt(flood->wire_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0)
        return false;
    place.sll_protocol = htons(ETH_P_ALL);
    return bind(flood->wire_fd, (struct sockaddr *)&place, sizeof place) == 0;
}

static bool know_addresses(struct flood *flood)
{
    return ht_address_parse("10.99.0.2", &flood->host4) &&
           ht_address_parse("fd99::2", &flood->host6) &&
           ht_address_parse("203.0.113.66", &flood->forger4) &&
           ht_address_parse("2001:db8:bad::66", &flood->forger6);
}

int main(int argc, char **argv)
{
    static struct flood flood;
    if (argc != 6 || !know_addresses(&flood) || !paths_read(&flood.paths, argv[3])) {
        (void)fprintf(stderr, "usage: %s DEVICE HOST_DEVICE PATHS LOCAL_ID SECONDS\n", argv[0]);
        return 2;
    }
    flood.local_id = (uint16_t)strtoul(argv[4], NULL, 10);
    if (!open_device(&flood, argv[1], argv[2])) {
        perror(argv[1]);
        return 1;
    }
    double begin_s = seconds_now();
    double end_s = begin_s + strtod(argv[5], NULL);
    while (seconds_now() < end_s && !is_told_to_end()) {
        steal_probes(&flood);
        fill(&flood);
        send_batch(&flood);
    }
    printf("%llu packets in %.1f s, %llu of them quote probes\n", (unsigned long long)flood.sent,
           seconds_now() - begin_s, (unsigned long long)flood.told);
    paths_fini(&flood.paths);
    return 0;
}
