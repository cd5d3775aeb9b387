/* What is told of this host's own addresses: run inside a network namespace set up by
 * `with_devices`, on the device `vnone`, which has none. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* After net/if.h, whose place their like would take. */
#include <linux/ipv6.h>
#include <linux/route.h>

#include "check.h"
#include "net/address_changes.h"
#include "probes.h"

#define DEVICE  "vnone"
#define SOON_MS 2000 /* what is to happen has happened by then, on a busy machine too */
#define LONG_MS 50   /* what is not to happen would have by then */
#define TAG     77

static struct ht_address_changes changes;
static int epoll_fd;
static int refused_errno; /* of sockets; 0: they are made */

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);

int __wrap_socket(int domain, int type, int protocol)
{
    if (refused_errno == 0)
        return __real_socket(domain, type, protocol);
    errno = refused_errno;
    return -1;
}

static int request(int family, unsigned long code, const void *argument)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int said = ioctl(fd, code, argument);
    close(fd);
    return said;
}

/* 0.0.0.0 takes away what is there. */
static bool set_ipv4(const char *address)
{
    struct ifreq wanted = {.ifr_name = DEVICE};
    struct sockaddr_in given = {.sin_family = AF_INET};
    inet_pton(AF_INET, address, &given.sin_addr);
    memcpy(&wanted.ifr_addr, &given, sizeof given);
    return request(AF_INET, SIOCSIFADDR, &wanted) == 0;
}

static bool set_ipv6(const char *address, bool there)
{
    struct in6_ifreq wanted = {.ifr6_prefixlen = 64, .ifr6_ifindex = (int)if_nametoindex(DEVICE)};
    inet_pton(AF_INET6, address, &wanted.ifr6_addr);
    return request(AF_INET6, there ? SIOCSIFADDR : SIOCDIFADDR, &wanted) == 0;
}

static void set_up(void)
{
    struct ht_error error;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ht_address_changes_init(&changes);
    check(ht_address_changes_open(&changes, epoll_fd, TAG, &error) == HT_OK && changes.fd >= 0,
          "changes are watched");
}

static void tear_down(void)
{
    ht_address_changes_close(&changes);
    close(epoll_fd);
}

static bool since(const char *address, int64_t since_ns)
{
    const struct ht_address asked = address_of(address);
    return ht_address_changes_since(&changes, &asked, since_ns);
}

/* The next change that is told, read at this time, is about this address alone. */
static void expect(const char *address, const char *other, int64_t now_ns, const char *what)
{
    struct epoll_event event = {.data.u64 = 0};
    check(epoll_wait(epoll_fd, &event, 1, SOON_MS) == 1 && event.data.u64 == TAG, "%s %s: told",
          address, what);
    ht_address_changes_read(&changes, now_ns);
    check(since(address, now_ns - 1), "%s %s: known", address, what);
    check(!since(address, now_ns), "%s %s: not for what began later", address, what);
    check(!since(other, 0), "%s %s: %s did not", address, what, other);
    check(!wait_readable(epoll_fd, LONG_MS), "%s %s: then all is quiet", address, what);
}

static void comes_and_goes(void)
{
    set_up();
    check(!wait_readable(epoll_fd, LONG_MS), "nothing has changed yet");
    check(!since("192.0.2.1", 0), "nor is anything known of an address that was there");
    check(set_ipv4("203.0.113.5"), "203.0.113.5 is set");
    expect("203.0.113.5", "203.0.113.6", 1000, "comes");
    check(set_ipv4("0.0.0.0"), "203.0.113.5 is taken away");
    expect("203.0.113.5", "203.0.113.6", 2000, "goes");
    check(set_ipv6("2001:db8:e::5", true), "2001:db8:e::5 is set");
    expect("2001:db8:e::5", "2001:db8:e::6", 3000, "comes");
    check(set_ipv6("2001:db8:e::5", false), "2001:db8:e::5 is taken away");
    expect("2001:db8:e::5", "2001:db8:e::6", 4000, "goes");
    tear_down();
}

/* Of those a router may have a million. */
static void other_routes(void)
{
    struct rtentry route = {.rt_flags = RTF_UP | RTF_HOST, .rt_dev = (char[]){"va"}};
    struct sockaddr_in destination = {.sin_family = AF_INET};
    inet_pton(AF_INET, "203.0.113.77", &destination.sin_addr);
    memcpy(&route.rt_dst, &destination, sizeof destination);
    set_up();
    check(request(AF_INET, SIOCADDRT, &route) == 0, "a route to another host is set");
    check(!wait_readable(epoll_fd, LONG_MS), "it does not wake the loop");
    check(request(AF_INET, SIOCDELRT, &route) == 0, "it is taken away");
    check(!wait_readable(epoll_fd, LONG_MS), "that does not wake the loop");
    tear_down();
}

/* An IPv4 address that comes and goes: two changes each time, which are told before the call ends.
 */
static void flap(int times)
{
    int done = 0;
    for (int i = 0; i < times; i++) {
        if (set_ipv4("203.0.113.7") && set_ipv4("0.0.0.0"))
            done++;
    }
    check(done == times, "an address comes and goes %d times", times);
}

static void too_many(void)
{
    set_up();
    flap(HT_ADDRESS_CHANGES_KEPT / 2 - 1);
    ht_address_changes_read(&changes, 1000);
    check(!since("192.0.2.1", 0), "up to 64 changes are remembered");
    flap(2);
    ht_address_changes_read(&changes, 2000);
    check(since("192.0.2.1", 999), "what is forgotten may have been about any address");
    check(!since("192.0.2.1", 1000), "but not what is remembered");
    check(since("203.0.113.7", 1999), "which is known");
    tear_down();
}

static void no_room(void)
{
    const int least = 1;
    set_up();
    check(setsockopt(changes.fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least) == 0,
          "the kernel has little room");
    flap(20);
    ht_address_changes_read(&changes, 1000);
    check(since("192.0.2.1", 999), "what could not be told may have been about any address");
    check(!wait_readable(epoll_fd, LONG_MS), "all is read");
    tear_down();
}

static void refused(void)
{
    struct ht_error error;
    size_t before = open_descriptors();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ht_address_changes_init(&changes);
    refused_errno = EAFNOSUPPORT;
    check(ht_address_changes_open(&changes, epoll_fd, TAG, &error) == HT_OK && changes.fd == -1,
          "without netlink nothing is told");
    ht_address_changes_read(&changes, 1000);
    check(!since("192.0.2.1", 0), "and nothing known");
    refused_errno = EMFILE;
    check(ht_address_changes_open(&changes, epoll_fd, TAG, &error) == HT_ERR_SYSTEM,
          "without descriptors: %s", error.text);
    refused_errno = 0;
    check(ht_address_changes_open(&changes, -1, TAG, &error) == HT_OK && changes.fd == -1,
          "nor without an epoll set");
    tear_down();
    check(open_descriptors() == before, "none is left open");
}

static const struct net_case cases[] = {{"comes_and_goes", comes_and_goes},
                                        {"other_routes", other_routes},
                                        {"too_many", too_many},
                                        {"no_room", no_room},
                                        {"refused", refused}};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
