/* Raw sockets over real (virtual) devices: run inside a network namespace set up by `with_devices`,
 * with lo, va (192.0.2.1/24, 2001:db8:a::1/64; its far end vax) and vb (198.51.100.1/24,
 * 2001:db8:b::1/64; its far end vbx). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net/backend.h"
#include "net/clock.h"
#include "probes.h"

static struct ht_outgoing batch[HT_BATCH_MAX];

static const char *loopback(uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? "127.0.0.1" : "::1";
}

static void fill_batch(size_t count, uint8_t ip_version, uint16_t local_id)
{
    const char *self = loopback(ip_version);
    for (size_t i = 0; i < count; i++)
        make_probe(&batch[i], self, self, local_id, (uint16_t)(i + 1));
}

static size_t count_status(size_t count, enum ht_send_status status)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += batch[i].status == status ? 1 : 0;
    return found;
}

static void echo_family(uint8_t ip_version)
{
    struct ht_sockets *sockets = open_sockets(ip_version);
    fill_batch(HT_BATCH_MAX, ip_version, TEST_ID);
    /* The kernel switches stamping on some moments after it is asked for, when nobody else has. */
    sleep_ms(50);
    int64_t before_ns = ht_clock_mono_ns();
    ht_sockets_send(sockets, batch, HT_BATCH_MAX);
    int64_t after_ns = ht_clock_mono_ns();
    check(count_status(HT_BATCH_MAX, HT_SEND_DONE) == HT_BATCH_MAX, "IPv%d probes leave",
          ip_version);
    bool ordered = true;
    for (size_t i = 0; i < HT_BATCH_MAX; i++) {
        int64_t previous_ns = i == 0 ? before_ns : batch[i - 1].sent_ns;
        ordered = ordered && batch[i].sent_ns >= previous_ns && batch[i].sent_ns <= after_ns;
    }
    check(ordered, "IPv%d send times rise within the call's", ip_version);
    /* Read late: only the kernel knows when they came. */
    sleep_ms(50);
    struct harvest harvest = reap(sockets, ip_version, HT_BATCH_MAX, 200);
    check(harvest.received == HT_BATCH_MAX, "IPv%d echo replies come", ip_version);
    check(harvest.kernel_stamps == HT_BATCH_MAX, "IPv%d stamps are the kernel's", ip_version);
    check(harvest.first_ns + 100 * HT_NS_PER_US >= before_ns &&
              harvest.last_ns <= after_ns + 25 * HT_NS_PER_MS,
          "IPv%d stamps tell the arrival, not the reading", ip_version);
    /* Stamps of two clocks are brought together to some microseconds. */
    check(harvest.last_ns + 100 * HT_NS_PER_US >= batch[HT_BATCH_MAX - 1].sent_ns,
          "IPv%d the last reply comes after its probe", ip_version);
    check(harvest.overflows == 0, "IPv%d no overflow", ip_version);
    if (ip_version == HT_IPV6) {
        struct ht_address self = address_of("::1");
        check(ht_address_equal(&harvest.from, &self), "IPv6 source address is told");
        check(harvest.hop_limit == 64, "IPv6 hop limit is told");
    }
    ht_sockets_free(sockets);
}

static void echo(void)
{
    echo_family(HT_IPV4);
    echo_family(HT_IPV6);
}

/* Most packets that the sockets ask stamps for at once. */
#define STAMPED_MAX (HT_BATCH_MAX - 1)

/* What went has the kernel's stamp, between the two times, and each a later one than that before:
 * so that none can be another packet's. */
static bool stamps_hold(size_t count, int64_t before_ns, int64_t after_ns)
{
    int64_t previous_ns = before_ns;
    for (size_t i = 0; i < count; i++) {
        if (batch[i].status != HT_SEND_DONE)
            continue;
        if (!batch[i].kernel_stamp || batch[i].sent_ns < previous_ns || batch[i].sent_ns > after_ns)
            return false;
        previous_ns = batch[i].sent_ns;
    }
    return true;
}

static bool sends_stamped(struct ht_sockets *sockets, size_t count)
{
    int64_t before_ns = ht_clock_mono_ns();
    ht_sockets_send(sockets, batch, count);
    return stamps_hold(count, before_ns, ht_clock_mono_ns());
}

static void stamps_family(uint8_t ip_version, const char *source, const char *destination)
{
    static const uint8_t protocols[] = {IPPROTO_ICMP, IPPROTO_UDP, IPPROTO_TCP};
    struct ht_sockets *sockets = open_sockets(ip_version);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < STAMPED_MAX; j++) {
            make_probe(&batch[j], source, destination, TEST_ID, (uint16_t)(j + 1));
            /* Something else, for those who only look at its header. */
            if (protocols[i] != IPPROTO_ICMP)
                batch[j].ip_protocol = protocols[i];
        }
        check(sends_stamped(sockets, STAMPED_MAX) &&
                  count_status(STAMPED_MAX, HT_SEND_DONE) == STAMPED_MAX,
              "IPv%d packets of protocol %d to %s are stamped", ip_version, protocols[i],
              destination);
        check(sends_stamped(sockets, 1), "a single one too");
    }
    ht_sockets_free(sockets);
}

/* In the one process the stamps of what is sent and of what is received are on one time scale. */
static void stamps_of_both_ends(uint8_t ip_version)
{
    struct ht_sockets *sockets = open_sockets(ip_version);
    int64_t least_ns = INT64_MAX;
    sleep_ms(50);
    for (uint16_t i = 0; i < 100; i++) {
        fill_batch(1, ip_version, TEST_ID);
        ht_sockets_send(sockets, batch, 1);
        struct harvest harvest = reap(sockets, ip_version, 1, 200);
        if (harvest.kernel_stamps == 1 && batch[0].kernel_stamp)
            least_ns = ht_time_min(least_ns, harvest.first_ns - batch[0].sent_ns);
    }
    check(least_ns >= -2 * HT_NS_PER_US && least_ns < HT_NS_PER_MS,
          "IPv%d no reply comes before its probe (%d ns)", ip_version, (int)least_ns);
    ht_sockets_free(sockets);
}

static void stamps(void)
{
    stamps_family(HT_IPV4, "127.0.0.1", "127.0.0.1");
    stamps_family(HT_IPV4, "192.0.2.1", "192.0.2.77");
    stamps_family(HT_IPV6, "::1", "::1");
    stamps_family(HT_IPV6, "2001:db8:a::1", "2001:db8:a::77");
    stamps_of_both_ends(HT_IPV4);
    stamps_of_both_ends(HT_IPV6);
}

/* At full speed, batch after full batch, the estimate must do. */
static void full_speed(void)
{
    struct ht_sockets *sockets = open_sockets(HT_IPV4);
    fill_batch(HT_BATCH_MAX, HT_IPV4, TEST_ID);
    ht_sockets_send(sockets, batch, HT_BATCH_MAX);
    size_t stamped = 0;
    for (size_t i = 0; i < HT_BATCH_MAX; i++)
        stamped += batch[i].kernel_stamp ? 1 : 0;
    check(stamped == 0, "full batches ask for no stamps");
    fill_batch(STAMPED_MAX, HT_IPV4, TEST_ID);
    check(sends_stamped(sockets, STAMPED_MAX), "others do, also after full ones");
    ht_sockets_free(sockets);
}

static bool kernel_without_stamps;

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length);

/* Stands in for setsockopt in this whole program. */
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    if (kernel_without_stamps && level == SOL_SOCKET && option == SO_TIMESTAMPING) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return __real_setsockopt(fd, level, option, value, length);
}

static void no_stamps(void)
{
    kernel_without_stamps = true;
    for (size_t i = 0; i < 2; i++) {
        uint8_t ip_version = i == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        bool ours = true;
        int64_t before_ns = ht_clock_mono_ns();
        fill_batch(8, ip_version, TEST_ID);
        ht_sockets_send(sockets, batch, 8);
        int64_t after_ns = ht_clock_mono_ns();
        for (size_t j = 0; j < 8; j++)
            ours = ours && batch[j].status == HT_SEND_DONE && !batch[j].kernel_stamp &&
                   batch[j].sent_ns >= before_ns && batch[j].sent_ns <= after_ns;
        check(ours, "IPv%d a kernel that has no stamps: they leave with times of our own",
              ip_version);
        ht_sockets_free(sockets);
    }
    kernel_without_stamps = false;
}

static void mixed(void)
{
    struct ht_sockets *sockets = open_sockets(HT_IPV4);
    struct ht_error error;
    check(ht_sockets_open(sockets, HT_IPV6, &test_ids, &error) == HT_OK, "both families open");
    check(ht_sockets_open(sockets, HT_IPV6, &test_ids, &error) == HT_ERR_INVALID,
          "a family opens once");
    for (size_t i = 0; i < 40; i++) {
        const char *self = loopback(i % 3 == 0 ? HT_IPV4 : HT_IPV6);
        make_probe(&batch[i], self, self, TEST_ID, (uint16_t)(i + 1));
    }
    ht_sockets_send(sockets, batch, 40);
    check(count_status(40, HT_SEND_DONE) == 40, "a batch of both families leaves");
    check(reap(sockets, HT_IPV4, 14, 200).received == 14, "IPv4 replies come to IPv4");
    check(reap(sockets, HT_IPV6, 26, 200).received == 26, "IPv6 replies come to IPv6");
    ht_sockets_free(sockets);
}

static void strangers(void)
{
    for (size_t family = 0; family < 2; family++) {
        uint8_t ip_version = family == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        fill_batch(32, ip_version, TEST_ID + 1);
        ht_sockets_send(sockets, batch, 32);
        fill_batch(1, ip_version, TEST_ID);
        ht_sockets_send(sockets, batch, 1);
        struct harvest harvest = reap(sockets, ip_version, 100, 200);
        check(harvest.received == 1, "IPv%d replies to another id stay out", ip_version);
        check(harvest.overflows == 0, "IPv%d they are not counted as dropped", ip_version);
        ht_sockets_free(sockets);
    }
}

/* The kernel counts them for this socket like packets that found no room: told neither with a full
 * batch, after which more may be waiting, nor when the buffer is read empty. */
static void damaged(void)
{
    struct ht_sockets *sockets = open_sockets(HT_IPV6);
    fill_batch(8, HT_IPV6, TEST_ID);
    for (size_t i = 0; i < 8; i++)
        ht_outgoing_transport(&batch[i])[0] = 129; /* an echo reply; now the checksum is wrong */
    ht_sockets_send(sockets, batch, 8);
    fill_batch(HT_BATCH_MAX, HT_IPV6, TEST_ID);
    ht_sockets_send(sockets, batch, HT_BATCH_MAX);
    sleep_ms(50);
    struct harvest harvest = reap(sockets, HT_IPV6, HT_BATCH_MAX, 200);
    check(harvest.received == HT_BATCH_MAX, "IPv6 damaged packets stay out");
    check(harvest.overflows == 0, "IPv6 they are not counted as dropped (%u)",
          (unsigned)harvest.overflows);
    ht_sockets_free(sockets);
}

static void overflow(void)
{
    for (size_t family = 0; family < 2; family++) {
        uint8_t ip_version = family == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        int size = 16 * 1024;
        int fd = ht_sockets_receive_fd(sockets, ip_version, HT_ANSWERS_ICMP);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        for (int round = 0; round < 4; round++) {
            fill_batch(HT_BATCH_MAX, ip_version, TEST_ID);
            ht_sockets_send(sockets, batch, HT_BATCH_MAX);
        }
        struct harvest harvest = reap(sockets, ip_version, 1000, 200);
        check(harvest.received > 0 && harvest.overflows > 0, "IPv%d a small buffer overflows",
              ip_version);
        /* While the buffer is full, Linux (from 6.4 on) counts packets that the filter would have
         * refused as well: here the requests, which come in through lo like the replies. */
        uint64_t told = harvest.received + harvest.overflows;
        check(told >= UINT64_C(4) * HT_BATCH_MAX && told <= UINT64_C(8) * HT_BATCH_MAX,
              "IPv%d every reply is read or counted, with no packet after the drops (%zu, %u)",
              ip_version, harvest.received, (unsigned)harvest.overflows);
        fill_batch(8, ip_version, TEST_ID);
        ht_sockets_send(sockets, batch, 8);
        harvest = reap(sockets, ip_version, 8, 200);
        check(harvest.received == 8 && harvest.overflows == 0, "IPv%d drops are counted once",
              ip_version);
        ht_sockets_free(sockets);
    }
}

/* A socket that sees what goes out through one device. */
static int listen_on(const char *device, uint16_t ether_type)
{
    struct sockaddr_ll local = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ether_type),
                                .sll_ifindex = (int)if_nametoindex(device)};
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ether_type));
    if (fd >= 0 && bind(fd, (struct sockaddr *)&local, sizeof local) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* How many echo requests with the test's id the device has seen. */
static size_t count_seen(int fd, size_t header_length)
{
    uint8_t bytes[2048];
    size_t seen = 0;
    while (wait_readable(fd, 50)) {
        ssize_t length = recv(fd, bytes, sizeof bytes, 0);
        if (length >= (ssize_t)header_length + 8 &&
            (bytes[header_length + 4] << 8 | bytes[header_length + 5]) == TEST_ID)
            seen++;
    }
    return seen;
}

static void device_family(uint8_t ip_version, const char *source, const char *destination)
{
    struct ht_sockets *sockets = open_sockets(ip_version);
    uint16_t ether_type = ip_version == HT_IPV4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
    size_t header_length = ip_version == HT_IPV4 ? 20 : 40;
    int far_a = listen_on("vax", ether_type);
    int far_b = listen_on("vbx", ether_type);
    make_probe(&batch[0], source, destination, TEST_ID, 1);
    make_probe(&batch[1], source, destination, TEST_ID, 2);
    batch[1].interface_index = if_nametoindex("vb");
    make_probe(&batch[2], source, destination, TEST_ID, 3);
    ht_sockets_send(sockets, batch, 3);
    check(count_status(3, HT_SEND_DONE) == 3, "IPv%d probes through two devices leave", ip_version);
    size_t seen_a = count_seen(far_a, header_length);
    size_t seen_b = count_seen(far_b, header_length);
    check(seen_a == 2 && seen_b == 1, "IPv%d each leaves through its device (%zu, %zu)", ip_version,
          seen_a, seen_b);
    make_probe(&batch[0], source, destination, TEST_ID, 1);
    batch[0].interface_index = 9999;
    make_probe(&batch[1], source, destination, TEST_ID, 2);
    ht_sockets_send(sockets, batch, 2);
    check(batch[0].status == HT_SEND_FAILED && batch[0].sys_errno != 0,
          "IPv%d no such device: failed (%s)", ip_version, strerror(batch[0].sys_errno));
    check(batch[1].status == HT_SEND_DONE, "IPv%d the probe behind it leaves", ip_version);
    close(far_a);
    close(far_b);
    ht_sockets_free(sockets);
}

static void device(void)
{
    device_family(HT_IPV4, "192.0.2.1", "192.0.2.77");
    device_family(HT_IPV6, "2001:db8:a::1", "2001:db8:a::77");
}

/* A link-local destination: by its scope, or by the device alone. */
static void link_local(void)
{
    struct ht_sockets *sockets = open_sockets(HT_IPV6);
    int far_b = listen_on("vbx", ETHERTYPE_IPV6);
    make_probe(&batch[0], "fe80::b", "fe80::77", TEST_ID, 1);
    batch[0].destination.scope_id = if_nametoindex("vb");
    make_probe(&batch[1], "fe80::b", "fe80::77", TEST_ID, 2);
    batch[1].interface_index = if_nametoindex("vb");
    ht_sockets_send(sockets, batch, 2);
    check(batch[0].status == HT_SEND_DONE, "by scope (%s)", strerror(batch[0].sys_errno));
    check(batch[1].status == HT_SEND_DONE, "by device (%s)", strerror(batch[1].sys_errno));
    check(count_seen(far_b, 40) == 2, "both leave through the device");
    close(far_b);
    ht_sockets_free(sockets);
}

/* `with_devices` has set a rule by source address: from 192.0.2.2 and 2001:db8:a::2 through vb. */
static void source_rule(void)
{
    static const char *const sources[] = {"192.0.2.2", "2001:db8:a::2"};
    static const char *const destinations[] = {"203.0.113.9", "2001:db8:f::9"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t ip_version = i == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        int far_b = listen_on("vbx", i == 0 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
        make_probe(&batch[0], sources[i], destinations[i], TEST_ID, 1);
        ht_sockets_send(sockets, batch, 1);
        check(batch[0].status == HT_SEND_DONE, "IPv%d leaves (%s)", ip_version,
              strerror(batch[0].sys_errno));
        check(count_seen(far_b, i == 0 ? 20 : 40) == 1, "IPv%d rules by source address count",
              ip_version);
        close(far_b);
        ht_sockets_free(sockets);
    }
}

/* `with_devices` has set the local firewall to drop what goes to 127.0.0.9 and 2001:db8:a::9, and
 * to reject what goes to 127.0.0.10. A refused packet must not take the place of another's stamp.
 */
static void firewall_family(uint8_t ip_version, const char *source, const char *refused)
{
    struct ht_sockets *sockets = open_sockets(ip_version);
    for (int round = 0; round < 2; round++) {
        fill_batch(6, ip_version, TEST_ID);
        make_probe(&batch[1], source, refused, TEST_ID, 100);
        make_probe(&batch[4], source, refused, TEST_ID, 101);
        check(sends_stamped(sockets, 6), "IPv%d refused to %s: the stamps are the right ones",
              ip_version, refused);
        check(batch[1].status == HT_SEND_FAILED && batch[1].sys_errno == EPERM &&
                  batch[4].status == HT_SEND_FAILED && batch[4].sys_errno == EPERM,
              "a probe that the firewall drops failed with EPERM");
        check(count_status(6, HT_SEND_DONE) == 4, "those between them leave");
        check(reap(sockets, ip_version, 4, 200).received >= 4, "and are answered");
    }
    ht_sockets_free(sockets);
}

static void firewall(void)
{
    firewall_family(HT_IPV4, "127.0.0.1", "127.0.0.9");
    firewall_family(HT_IPV4, "127.0.0.1", "127.0.0.10");
    firewall_family(HT_IPV6, "2001:db8:a::1", "2001:db8:a::9");
}

/* `with_devices` has set a queue on va that takes next to nothing. */
static void full_queue(void)
{
    static const char *const sources[] = {"192.0.2.1", "2001:db8:a::1"};
    static const char *const destinations[] = {"192.0.2.77", "2001:db8:a::77"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t ip_version = i == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        for (size_t j = 0; j < HT_BATCH_MAX; j++)
            make_probe(&batch[j], sources[i], destinations[i], TEST_ID, (uint16_t)(j + 1));
        ht_sockets_send(sockets, batch, HT_BATCH_MAX);
        size_t busy = count_status(HT_BATCH_MAX, HT_SEND_BUSY);
        check(busy > 0 && busy + count_status(HT_BATCH_MAX, HT_SEND_DONE) == HT_BATCH_MAX,
              "IPv%d what the device's queue drops is told as busy (%zu)", ip_version, busy);
        ht_sockets_free(sockets);
    }
}

/* The same queue: what waits in it is stamped when it leaves, when nobody asks any more. */
static void late_stamps(void)
{
    static const char *const sources[] = {"192.0.2.1", "2001:db8:a::1"};
    static const char *const destinations[] = {"192.0.2.77", "2001:db8:a::77"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t ip_version = i == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        bool right = true;
        size_t late = 0;
        for (int round = 0; round < 20; round++) {
            for (size_t j = 0; j < 4; j++)
                make_probe(&batch[j], sources[i], destinations[i], TEST_ID, (uint16_t)(j + 1));
            int64_t before_ns = ht_clock_mono_ns();
            ht_sockets_send(sockets, batch, 4);
            for (size_t j = 0; j < 4; j++) {
                late += batch[j].status == HT_SEND_DONE && !batch[j].kernel_stamp ? 1 : 0;
                right = right && batch[j].sent_ns >= before_ns;
            }
            fill_batch(4, ip_version, TEST_ID);
            right = right && sends_stamped(sockets, 4) && count_status(4, HT_SEND_DONE) == 4;
            sleep_ms(20);
        }
        check(late > 0 && right, "IPv%d late stamps are nobody's (%zu)", ip_version, late);
        ht_sockets_free(sockets);
    }
}

/* `with_devices` takes va down between these two. */
static void device_down(void)
{
    static const char *const sources[] = {"192.0.2.1", "2001:db8:a::1"};
    static const char *const destinations[] = {"192.0.2.77", "2001:db8:a::77"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t ip_version = i == 0 ? HT_IPV4 : HT_IPV6;
        struct ht_sockets *sockets = open_sockets(ip_version);
        make_probe(&batch[0], sources[i], destinations[i], TEST_ID, 1);
        make_probe(&batch[1], sources[i], destinations[i], TEST_ID, 2);
        batch[1].interface_index = if_nametoindex("va");
        make_probe(&batch[2], loopback(ip_version), loopback(ip_version), TEST_ID, 3);
        ht_sockets_send(sockets, batch, 3);
        for (size_t j = 0; j < 2; j++)
            check(batch[j].status == HT_SEND_FAILED && batch[j].sys_errno != 0, "IPv%d fails (%s)",
                  ip_version, strerror(batch[j].sys_errno));
        check(batch[2].status == HT_SEND_DONE, "IPv%d others leave", ip_version);
        ht_sockets_free(sockets);
    }
}

static void oversize(void)
{
    struct ht_sockets *sockets = open_sockets(HT_IPV4);
    make_probe(&batch[0], "192.0.2.1", "192.0.2.77", TEST_ID, 1);
    batch[0].length = HT_TRANSPORT_MAX;
    make_probe(&batch[1], "127.0.0.1", "127.0.0.1", TEST_ID, 2);
    ht_sockets_send(sockets, batch, 2);
    check(batch[0].status == HT_SEND_FAILED && batch[0].sys_errno == EMSGSIZE,
          "larger than the device takes: EMSGSIZE");
    check(batch[1].status == HT_SEND_DONE, "the probe behind it leaves");
    check(stamps_hold(2, 0, INT64_MAX), "with its own stamp");
    ht_sockets_free(sockets);
}

/* The number that the next descriptor will have. */
static int next_descriptor(void)
{
    int fd = dup(STDOUT_FILENO);
    if (fd >= 0)
        close(fd);
    return fd;
}

static void errors(void)
{
    size_t before = open_descriptors();
    struct rlimit limit;
    struct rlimit low;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    struct ht_sockets *sockets = ht_sockets_new(&ht_backend_raw, NULL);
    struct ht_error error;
    make_probe(&batch[0], "127.0.0.1", "127.0.0.1", TEST_ID, 1);
    ht_sockets_send(sockets, batch, 1);
    check(batch[0].status == HT_SEND_FAILED && batch[0].sys_errno == ENOTCONN,
          "a family that was never opened fails");
    /* No descriptor left for the first socket, then for the second only. */
    for (rlim_t room = 0; room < 2; room++) {
        low = limit;
        low.rlim_cur = (rlim_t)next_descriptor() + room;
        (void)setrlimit(RLIMIT_NOFILE, &low);
        int code = ht_sockets_open(sockets, HT_IPV4, &test_ids, &error);
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        check(code == HT_ERR_SYSTEM && error.sys_errno == EMFILE, "no descriptor: %s", error.text);
    }
    check(open_descriptors() == before, "nothing is left open");
    check(ht_sockets_open(sockets, HT_IPV4, &test_ids, &error) == HT_OK, "opens later");
    ht_sockets_free(sockets);
    check(open_descriptors() == before, "all is closed");
}

/* The last case of a program: what is dropped stays dropped. */
static void unprivileged(void)
{
    struct ht_sockets *sockets = open_sockets(HT_IPV4);
    if (!check(drop_capabilities(), "capabilities can be dropped"))
        return;
    fill_batch(8, HT_IPV4, TEST_ID);
    batch[3].interface_index = if_nametoindex("lo");
    check(sends_stamped(sockets, 8), "stamps are given still");
    check(count_status(8, HT_SEND_DONE) == 8, "open sockets go on sending");
    check(reap(sockets, HT_IPV4, 8, 200).received == 8, "and receiving");
    size_t before = open_descriptors();
    struct ht_error error;
    check(ht_sockets_open(sockets, HT_IPV6, &test_ids, &error) == HT_ERR_PERMISSION &&
              error.sys_errno == EPERM,
          "new ones are refused");
    check(strstr(error.text, "setcap cap_net_raw+p /") != NULL, "with a remedy: %s", error.text);
    check(open_descriptors() == before, "nothing is left open");
    make_probe(&batch[0], "::1", "::1", TEST_ID, 1);
    ht_sockets_send(sockets, batch, 1);
    check(batch[0].status == HT_SEND_FAILED && batch[0].sys_errno == EPERM,
          "probes of that family fail with EPERM");
    ht_sockets_free(sockets);
}

static const struct net_case cases[] = {
    {"echo", echo},
    {"stamps", stamps},
    {"full_speed", full_speed},
    {"no_stamps", no_stamps},
    {"mixed", mixed},
    {"strangers", strangers},
    {"damaged", damaged},
    {"overflow", overflow},
    {"device", device},
    {"link_local", link_local},
    {"source_rule", source_rule},
    {"firewall", firewall},
    {"oversize", oversize},
    {"full_queue", full_queue},
    {"late_stamps", late_stamps},
    {"device_down", device_down},
    {"errors", errors},
    {"unprivileged", unprivileged},
};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
