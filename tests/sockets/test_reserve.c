/* Reservations among many processes: run inside a network namespace set up by `with_devices`. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "hoptrace/settings.h"
#include "net/clock.h"
#include "net/reserve.h"

#define PROCESSES 200

static const uint64_t secret[2] = {11, 22};

static uint16_t candidate(uint32_t place)
{
    return ht_reservation_candidate(secret, 0, place);
}

static int take(struct ht_reservation *reservation)
{
    struct ht_error error;
    ht_reservation_init(reservation);
    return ht_reservation_take(reservation, secret, 0, &error);
}

static void order(void)
{
    size_t before = open_descriptors();
    struct ht_reservation first;
    struct ht_reservation second;
    check(take(&first) == HT_OK && first.local_id == candidate(0), "the first one is taken first");
    check(take(&second) == HT_OK && second.local_id == candidate(1), "then the second");
    ht_reservation_release(&first);
    check(first.local_id == 0, "let go");
    check(take(&first) == HT_OK && first.local_id == candidate(0),
          "the first again, as soon as it is free");
    ht_reservation_release(&first);
    ht_reservation_release(&second);
    ht_reservation_release(&second);
    check(open_descriptors() == before, "nothing is left open");
}

/* Each number once, from a place on that the secret tells. */
static void candidates(void)
{
    static bool seen[65536];
    size_t distinct = 0;
    for (uint32_t place = 0; place < HT_RESERVE_COUNT; place++) {
        uint16_t number = candidate(place);
        distinct += number >= HT_RESERVE_FIRST && !seen[number];
        seen[number] = true;
    }
    check(distinct == HT_RESERVE_COUNT, "all of the range are tried");
    size_t starts = 0;
    memset(seen, 0, sizeof seen);
    for (uint64_t other = 1; other <= 100; other++) {
        const uint64_t others[2] = {11, other};
        uint16_t number = ht_reservation_candidate(others, 0, 0);
        starts += !seen[number];
        seen[number] = true;
    }
    check(starts > 90, "100 secrets begin at %zu places", starts);
}

/* Each flow finds its own, whatever another one found taken, and however many there are. */
static void flows(void)
{
    struct ht_reservation held[HT_FLOWS_MAX];
    struct ht_reservation stranger;
    struct ht_error error;
    size_t right = 0;
    check(take(&stranger) == HT_OK, "flow 0's first number is taken");
    for (uint8_t flow = 0; flow < HT_FLOWS_MAX; flow++) {
        ht_reservation_init(&held[flow]);
        right += ht_reservation_take(&held[flow], secret, flow, &error) == HT_OK &&
                 held[flow].local_id == ht_reservation_candidate(secret, flow, flow == 0);
    }
    check(right == HT_FLOWS_MAX, "%zu flows have the number that they always have", right);
    ht_reservation_release(&held[5]);
    ht_reservation_release(&stranger);
    check(ht_reservation_take(&held[5], secret, 5, &error) == HT_OK &&
              held[5].local_id == ht_reservation_candidate(secret, 5, 0),
          "one of them again, as soon as it is free");
    check(held[5].fds[2] == -1, "it holds no ICMP id");
    for (uint8_t flow = 0; flow < HT_FLOWS_MAX; flow++)
        ht_reservation_release(&held[flow]);
}

/* Binds a number as any program may. */
static int occupy(int family, int type, int protocol, uint16_t number)
{
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(number)};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(number)};
    int on = 1;
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const struct sockaddr *name =
        family == AF_INET ? (struct sockaddr *)&ipv4 : (struct sockaddr *)&ipv6;
    if (bind(fd, name, family == AF_INET ? sizeof ipv4 : sizeof ipv6) == 0)
        return fd;
    close(fd);
    return -1;
}

struct stranger {
    const char *what;
    int family;
    int type;
    int protocol;
};

static void others(const struct stranger *strangers, size_t count)
{
    struct ht_reservation reservation;
    int fds[4] = {-1, -1, -1, -1};
    for (size_t i = 0; i < count; i++)
        fds[i] = occupy(strangers[i].family, strangers[i].type, strangers[i].protocol,
                        candidate((uint32_t)i));
    check(take(&reservation) == HT_OK && reservation.local_id == candidate((uint32_t)count),
          "a number that a stranger has anything on is passed over");
    for (size_t i = 0; i < count; i++) {
        check(fds[i] >= 0 && occupy(strangers[i].family, strangers[i].type, strangers[i].protocol,
                                    reservation.local_id) < 0,
              "%s: the one taken is held", strangers[i].what);
        close(fds[i]);
    }
    ht_reservation_release(&reservation);
}

static void ports(void)
{
    static const struct stranger strangers[] = {{"UDP", AF_INET, SOCK_DGRAM, 0},
                                                {"UDP of IPv6", AF_INET6, SOCK_DGRAM, 0},
                                                {"TCP", AF_INET, SOCK_STREAM, 0},
                                                {"TCP of IPv6", AF_INET6, SOCK_STREAM, 0}};
    others(strangers, sizeof strangers / sizeof strangers[0]);
}

/* Lets our group have such sockets; without that nobody has. */
static bool admit_ping(void)
{
    FILE *file = fopen("/proc/sys/net/ipv4/ping_group_range", "w");
    bool written = file != NULL && fputs("0 0", file) >= 0;
    return file != NULL && fclose(file) == 0 && written;
}

static void ids(void)
{
    static const struct stranger strangers[] = {{"ICMP", AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
                                                {"ICMPv6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6}};
    if (!admit_ping()) {
        skip("ICMP ids", "net.ipv4.ping_group_range cannot be set here");
        return;
    }
    others(strangers, sizeof strangers / sizeof strangers[0]);
}

static void deaf(void)
{
    struct ht_reservation reservation;
    check(take(&reservation) == HT_OK, "taken");
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(reservation.local_id)};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(sendto(fd, "x", 1, 0, (struct sockaddr *)&name, sizeof name) == 1, "a datagram to it");
    check(!wait_readable(reservation.fds[0], 100), "is not queued");
    close(fd);
    ht_reservation_release(&reservation);
}

/* Each child reserves, reports, and holds on until the pipe `held` is closed. */
static void reserve_in_child(int report, int held, int go)
{
    struct ht_reservation reservation;
    char byte;
    (void)!read(go, &byte, 1);
    (void)take(&reservation);
    (void)!write(report, &reservation.local_id, sizeof reservation.local_id);
    (void)!read(held, &byte, 1);
    _exit(0);
}

static size_t count_distinct(int report)
{
    static bool taken[65536];
    size_t distinct = 0;
    memset(taken, 0, sizeof taken);
    for (int i = 0; i < PROCESSES; i++) {
        uint16_t id = 0;
        if (read(report, &id, sizeof id) == sizeof id && id != 0 && !taken[id]) {
            taken[id] = true;
            distinct++;
        }
    }
    return distinct;
}

static void crowd(void)
{
    int report[2] = {-1, -1};
    int held[2] = {-1, -1};
    int go[2] = {-1, -1};
    if (!check(pipe(report) == 0 && pipe(held) == 0 && pipe(go) == 0, "pipes"))
        return;
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            close(held[1]);
            close(go[1]);
            reserve_in_child(report[1], held[0], go[0]);
        }
    }
    int64_t before_ns = ht_clock_mono_ns();
    close(go[1]);
    size_t distinct = count_distinct(report[0]);
    remark("%d processes in %d us", PROCESSES,
           (int)((ht_clock_mono_ns() - before_ns) / HT_NS_PER_US));
    check(distinct == PROCESSES, "%zu of %d processes at once have a number of their own", distinct,
          PROCESSES);
    close(held[1]);
    while (wait(NULL) > 0) {
    }
    close(report[0]);
    close(report[1]);
    close(held[0]);
    close(go[0]);
}

static void full_range(void)
{
    static int fds[HT_RESERVE_COUNT];
    size_t count = sizeof fds / sizeof fds[0];
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < count + 64) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < count + 64) {
        skip("all of the range taken", "too few descriptors allowed");
        return;
    }
    for (size_t i = 0; i < count; i++)
        fds[i] = occupy(AF_INET, i % 2 == 0 ? SOCK_DGRAM : SOCK_STREAM, 0,
                        (uint16_t)(HT_RESERVE_FIRST + i));
    size_t before = open_descriptors();
    struct ht_reservation reservation;
    struct ht_error error;
    int64_t before_ns = ht_clock_mono_ns();
    ht_reservation_init(&reservation);
    check(ht_reservation_take(&reservation, secret, 0, &error) == HT_ERR_SYSTEM &&
              reservation.local_id == 0,
          "all of the range taken: %s", error.text);
    remark("found out in %d us", (int)((ht_clock_mono_ns() - before_ns) / HT_NS_PER_US));
    check(open_descriptors() == before, "nothing is left open");
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

static const struct net_case cases[] = {
    {"order", order}, {"candidates", candidates},
    {"flows", flows}, {"ports", ports},
    {"ids", ids},     {"deaf", deaf},
    {"crowd", crowd}, {"full_range", full_range},
};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
