/* What the routing table says: run inside a network namespace set up by `run`, with the devices
 * and addresses named there. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "net/clock.h"
#include "net/route.h"
#include "probes.h"

static struct ht_router router = {.ipv4_fd = -1, .ipv6_fd = -1};
static struct ht_address source;
static uint32_t interface_index;
static struct ht_error error;

static int ask(const char *destination, const char *wanted, const char *interface)
{
    struct ht_address to = address_of(destination);
    struct ht_address from = {.version = HT_IP_NONE};
    if (wanted != NULL)
        from = address_of(wanted);
    memset(&error, 0, sizeof error);
    return ht_router_ask(&router, &to, &from, interface, &source, &interface_index, &error);
}

static void expect_source(const char *destination, const char *wanted, const char *interface,
                          const char *expected)
{
    char text[HT_ADDRESS_TEXT_MAX];
    int code = ask(destination, wanted, interface);
    source.scope_id = 0;
    check(code == HT_OK && strcmp(ht_address_format(&source, text), expected) == 0 &&
              interface_index == (*interface != '\0' ? if_nametoindex(interface) : 0),
          "%s%s%s%s%s from %s%s%s", destination, wanted != NULL ? " wanting " : "",
          wanted != NULL ? wanted : "", *interface != '\0' ? " through " : "", interface,
          code == HT_OK ? text : "nowhere", code == HT_OK ? "" : ": ",
          code == HT_OK ? "" : error.text);
}

static void expect_refusal(const char *destination, const char *wanted, const char *interface,
                           const char *text)
{
    int code = ask(destination, wanted, interface);
    check(code == HT_ERR_UNREACHABLE && strcmp(error.text, text) == 0, "%s: %s", destination,
          code == HT_OK ? "has a route" : error.text);
}

static void sources(void)
{
    expect_source("127.0.0.1", NULL, "", "127.0.0.1");
    expect_source("::1", NULL, "", "::1");
    expect_source("192.0.2.77", NULL, "", "192.0.2.1");
    expect_source("127.0.0.1", NULL, "", "127.0.0.1");
    expect_source("198.51.100.7", NULL, "", "198.51.100.1");
    expect_source("2001:db8:b::7", NULL, "", "2001:db8:b::1");
    expect_source("2001:db8:a::7", NULL, "", "2001:db8:a::1");
    expect_source("203.0.113.1", NULL, "", "192.0.2.1");
    expect_source("203.0.113.1", "192.0.2.2", "", "192.0.2.2");
    expect_source("2001:db8:f::1", "2001:db8:a::2", "", "2001:db8:a::2");
}

static void interfaces(void)
{
    expect_source("192.0.2.77", NULL, "vb", "198.51.100.1");
    expect_source("203.0.113.1", NULL, "va", "192.0.2.1");
    expect_source("2001:db8:b::7", NULL, "vb", "2001:db8:b::1");
    expect_source("fe80::77", NULL, "vb", "fe80::b");
    expect_source("fe80::77", "fe80::b", "vb", "fe80::b");
    struct ht_address scoped = address_of("fe80::77");
    scoped.scope_id = if_nametoindex("vb");
    check(ht_router_ask(&router, &scoped, NULL, "", &source, &interface_index, &error) == HT_OK &&
              source.scope_id == scoped.scope_id && interface_index == 0,
          "a link-local address with its scope needs no interface");
}

static void refusals(void)
{
    expect_refusal("2001:db8:ffff::1", "2001:db8::5", "",
                   "source address 2001:db8::5 is not one that this host can use");
    expect_refusal("192.0.2.77", "203.0.113.5", "",
                   "source address 203.0.113.5 is not one that this host can use");
    expect_refusal("192.0.2.77", "::1", "",
                   "source address ::1 is not an IPv4 address, the destination is one");
    expect_refusal("192.0.2.77", NULL, "vq7", "interface vq7: No such device");
    expect_refusal("192.0.2.77", NULL, "a-very-long-interface-name",
                   "no interface has so long a name: a-very-long-interface-name");
    expect_refusal("192.0.2.77", NULL, "vdown", "interface vdown is down: Network is down");
    expect_refusal("fe80::77", NULL, "",
                   "fe80::77 is a link-local address: name its interface, as in fe80::77%eth0");
    expect_refusal("10.99.0.1", NULL, "", "no route to 10.99.0.1: No route to host");
    expect_refusal("10.98.0.1", NULL, "",
                   "no route to 10.98.0.1: prohibited, or a broadcast address");
    expect_refusal("10.97.0.1", NULL, "",
                   "no route to 10.97.0.1: a blackhole, or not the address of one host");
    expect_refusal("2001:db8:99::1", NULL, "", "no route to 2001:db8:99::1: No route to host");
    expect_refusal("::ffff:192.0.2.77", NULL, "",
                   "no route to ::ffff:192.0.2.77: Network is unreachable");
    expect_refusal("2001:db8:b::7", NULL, "vnone",
                   "no route to 2001:db8:b::7 through vnone: Network is unreachable");
    expect_source("192.0.2.77", NULL, "", "192.0.2.1");
}

static void descriptors(void)
{
    ht_router_fini(&router);
    size_t before = open_descriptors();
    struct rlimit limit;
    struct rlimit low;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    low = limit;
    int next = dup(STDOUT_FILENO);
    close(next);
    low.rlim_cur = (rlim_t)next;
    (void)setrlimit(RLIMIT_NOFILE, &low);
    int plain = ask("127.0.0.1", NULL, "");
    int wishes = ask("192.0.2.77", NULL, "va");
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    check(plain == HT_ERR_SYSTEM && wishes == HT_ERR_SYSTEM, "no descriptor left: %s", error.text);
    for (int i = 0; i < 100; i++) {
        (void)ask("192.0.2.77", NULL, "");
        (void)ask("192.0.2.77", NULL, "vb");
        (void)ask("192.0.2.77", "203.0.113.5", "");
        (void)ask("10.99.0.1", NULL, "");
    }
    check(open_descriptors() == before + 1, "one descriptor is kept a family");
    ht_router_fini(&router);
    check(open_descriptors() == before, "and none afterwards");
}

static void speed(void)
{
    int64_t start_ns = ht_clock_mono_ns();
    for (int i = 0; i < 1000; i++)
        (void)ask("192.0.2.77", NULL, "");
    int64_t middle_ns = ht_clock_mono_ns();
    for (int i = 0; i < 1000; i++)
        (void)ask("192.0.2.77", NULL, "vb");
    remark("a question takes %d ns, with an interface %d ns", (int)((middle_ns - start_ns) / 1000),
           (int)((ht_clock_mono_ns() - middle_ns) / 1000));
}

static int socket_type(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;
    (void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    return type;
}

/* The last case of a program: what is dropped stays dropped. */
static void unprivileged(void)
{
    ht_router_fini(&router);
    ht_router_prepare(&router, HT_IPV4);
    ht_router_prepare(&router, HT_IPV6);
    if (!check(drop_capabilities(), "capabilities can be dropped"))
        return;
    sources();
    check(socket_type(router.ipv4_fd) == SOCK_RAW && socket_type(router.ipv6_fd) == SOCK_RAW,
          "what was prepared is in use");
    ht_router_fini(&router);
    sources();
    check(socket_type(router.ipv4_fd) == SOCK_DGRAM && socket_type(router.ipv6_fd) == SOCK_DGRAM,
          "unprepared, it is asked in the name of UDP");
    interfaces();
}

static const struct net_case cases[] = {
    {"sources", sources},         {"interfaces", interfaces}, {"refusals", refusals},
    {"descriptors", descriptors}, {"speed", speed},           {"unprivileged", unprivileged},
};

int main(int argc, char **argv)
{
    int status = run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
    ht_router_fini(&router);
    return status;
}
