/* Reservations among many processes: run inside a network namespace set up by `run`. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net/clock.h"
#include "net/reserve.h"

#define PROCESSES 200

static void order(void)
{
    size_t before = open_descriptors();
    struct ht_reservation first;
    struct ht_reservation second;
    struct ht_error error;
    check(ht_reservation_take(&first, &error) == HT_OK && first.local_id == HT_RESERVE_FIRST,
          "the first of the list is taken first");
    check(ht_reservation_take(&second, &error) == HT_OK && second.local_id == HT_RESERVE_FIRST + 1,
          "then the second");
    ht_reservation_release(&first);
    check(ht_reservation_take(&first, &error) == HT_OK && first.local_id == HT_RESERVE_FIRST,
          "the first again, as soon as it is free");
    ht_reservation_release(&first);
    ht_reservation_release(&second);
    ht_reservation_release(&second);
    check(open_descriptors() == before, "nothing is left open");
}

/* Binds a UDP port of one family as any program may. */
static int occupy(int family, uint16_t port)
{
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const struct sockaddr *name =
        family == AF_INET ? (struct sockaddr *)&ipv4 : (struct sockaddr *)&ipv6;
    if (bind(fd, name, family == AF_INET ? sizeof ipv4 : sizeof ipv6) == 0)
        return fd;
    close(fd);
    return -1;
}

static void families(void)
{
    struct ht_reservation reservation;
    struct ht_error error;
    int ipv4 = occupy(AF_INET, HT_RESERVE_FIRST);
    int ipv6 = occupy(AF_INET6, HT_RESERVE_FIRST + 1);
    check(ipv4 >= 0 && ipv6 >= 0, "strangers hold two ports");
    check(ht_reservation_take(&reservation, &error) == HT_OK &&
              reservation.local_id == HT_RESERVE_FIRST + 2,
          "a port that a stranger holds in one family is passed over");
    check(occupy(AF_INET, reservation.local_id) < 0 && occupy(AF_INET6, reservation.local_id) < 0,
          "the one taken is held in both");
    close(ipv4);
    close(ipv6);
    ht_reservation_release(&reservation);
}

static void deaf(void)
{
    struct ht_reservation reservation;
    struct ht_error error;
    check(ht_reservation_take(&reservation, &error) == HT_OK, "taken");
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(reservation.local_id)};
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(sendto(fd, "x", 1, 0, (struct sockaddr *)&name, sizeof name) == 1, "a datagram to it");
    check(!wait_readable(reservation.udp_fd, 100), "is not queued");
    close(fd);
    ht_reservation_release(&reservation);
}

/* Each child reserves, reports, and holds on until the pipe `held` is closed. */
static void reserve_in_child(int report, int held, int go)
{
    struct ht_reservation reservation;
    struct ht_error error;
    char byte;
    (void)!read(go, &byte, 1);
    if (ht_reservation_take(&reservation, &error) != HT_OK)
        reservation.local_id = 0;
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

static void full_list(void)
{
    static int fds[HT_RESERVE_LAST - HT_RESERVE_FIRST + 1];
    size_t count = sizeof fds / sizeof fds[0];
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < count + 64) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < count + 64) {
        skip("all of the list taken", "too few descriptors allowed");
        return;
    }
    for (size_t i = 0; i < count; i++)
        fds[i] = occupy(AF_INET, (uint16_t)(HT_RESERVE_FIRST + i));
    size_t before = open_descriptors();
    struct ht_reservation reservation;
    struct ht_error error;
    int64_t before_ns = ht_clock_mono_ns();
    check(ht_reservation_take(&reservation, &error) == HT_ERR_SYSTEM && reservation.udp_fd < 0,
          "all of the list taken: %s", error.text);
    remark("found out in %d us", (int)((ht_clock_mono_ns() - before_ns) / HT_NS_PER_US));
    check(open_descriptors() == before, "nothing is left open");
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

static const struct net_case cases[] = {
    {"order", order}, {"families", families},   {"deaf", deaf},
    {"crowd", crowd}, {"full_list", full_list},
};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
