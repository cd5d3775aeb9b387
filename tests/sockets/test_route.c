/* What the routing table says: run inside a network namespace set up by `with_devices`, with the
 * devices and addresses named there. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "net/clock.h"
#include "net/route.h"
#include "probes.h"

static struct ht_route_query router;
static struct ht_route route;
static struct ht_error error;

static struct ht_route_question question_of(const char *destination, const char *wanted,
                                            const char *interface)
{
    struct ht_route_question question = {
        .destination = address_of(destination), .source_zone = "", .interface = interface};
    if (wanted != NULL)
        question.source = address_of(wanted);
    return question;
}

static int ask(const char *destination, const char *wanted, const char *interface)
{
    struct ht_route_question question = question_of(destination, wanted, interface);
    memset(&error, 0, sizeof error);
    return ht_route_query_ask(&router, &question, &route, &error);
}

static void expect_source(const char *destination, const char *wanted, const char *interface,
                          const char *expected)
{
    char text[HT_ADDRESS_TEXT_MAX];
    int code = ask(destination, wanted, interface);
    route.source.scope_id = 0;
    check(code == HT_OK && strcmp(ht_address_format(&route.source, text), expected) == 0 &&
              route.interface_index == (*interface != '\0' ? if_nametoindex(interface) : 0),
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
    struct ht_route_question question = question_of("fe80::77", NULL, "");
    uint32_t scope_id = if_nametoindex("vb");
    question.destination.scope_id = scope_id;
    check(ht_route_query_ask(&router, &question, &route, &error) == HT_OK &&
              route.source.scope_id == scope_id && route.interface_index == 0,
          "a link-local address with its scope needs no interface");
    check(ask("fe80::77", NULL, "vb") == HT_OK && route.destination.scope_id == scope_id,
          "one without has that of the interface");
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

static struct ht_route_question link_local_question(const char *destination, const char *zone)
{
    struct ht_route_question question = question_of(destination, "fe80::b", "");
    question.source_zone = zone;
    return question;
}

/* A link-local source towards a global address: packets must name the device. */
static void zones(void)
{
    char number[16];
    uint32_t vb = if_nametoindex("vb");
    (void)snprintf(number, sizeof number, "%u", vb);
    const char *const spellings[] = {"vb", number};
    for (size_t i = 0; i < 2; i++) {
        struct ht_route_question question = link_local_question("2001:db8:b::7", spellings[i]);
        check(ht_route_query_ask(&router, &question, &route, &error) == HT_OK &&
                  route.source.scope_id == vb && route.interface_index == vb,
              "a source with zone %s", spellings[i]);
    }
    check(ask("2001:db8:b::7", "fe80::b", "vb") == HT_OK && route.source.scope_id == vb &&
              route.interface_index == vb,
          "a source without zone is of the interface");
    struct ht_route_question question = link_local_question("fe80::77", "vb");
    question.destination.scope_id = if_nametoindex("va");
    check(ht_route_query_ask(&router, &question, &route, &error) == HT_ERR_UNREACHABLE &&
              strcmp(error.text, "source address fe80::b%vb is not on the link of fe80::77%va") ==
                  0,
          "two links: %s", error.text);
    question = link_local_question("2001:db8:b::7", "vq7");
    check(ht_route_query_ask(&router, &question, &route, &error) == HT_ERR_UNREACHABLE &&
              strcmp(error.text, "source address fe80::b%vq7: no such interface") == 0,
          "no such zone: %s", error.text);
    expect_refusal("2001:db8:b::7", "fe80::b", "",
                   "fe80::b is a link-local address: name its interface, as in fe80::b%eth0");
}

static void impossible_sources(void)
{
    expect_refusal("192.0.2.77", "224.0.0.5", "",
                   "source address 224.0.0.5 is a multicast address");
    expect_refusal("192.0.2.77", "0.0.0.0", "", "source address 0.0.0.0 stands for no host");
    expect_refusal("2001:db8:b::7", "::", "", "source address :: stands for no host");
    expect_refusal("2001:db8:b::7", "ff02::1", "vb",
                   "source address ff02::1 is a multicast address");
    expect_refusal("192.0.2.77", "255.255.255.255", "",
                   "source address 255.255.255.255 is the broadcast address");
    expect_refusal("192.0.2.77", "192.0.2.255", "",
                   "source address 192.0.2.255 is a broadcast address");
    expect_refusal("192.0.2.77", "192.0.2.255", "vb",
                   "source address 192.0.2.255 is a broadcast address");
    expect_refusal("192.0.2.77", "127.0.0.1", "",
                   "source address 127.0.0.1 is of no use beyond this host, and 192.0.2.77 is not "
                   "here");
    expect_refusal(
        "2001:db8:b::7", "::1", "",
        "source address ::1 is of no use beyond this host, and 2001:db8:b::7 is not here");
    expect_source("192.0.2.2", "127.0.0.1", "", "127.0.0.1");
    expect_source("2001:db8:b::1", "::1", "", "::1");
    expect_source("127.0.0.1", "127.0.0.1", "", "127.0.0.1");
}

static void expect_policy(uint8_t tos, uint32_t fwmark, const char *destination,
                          const char *expected)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_route_question question = question_of(destination, NULL, "");
    question.tos = tos;
    question.fwmark = fwmark;
    int code = ht_route_query_ask(&router, &question, &route, &error);
    check(code == HT_OK && strcmp(ht_address_format(&route.source, text), expected) == 0,
          "tos %u, mark %u: from %s", tos, (unsigned)fwmark, code == HT_OK ? text : error.text);
}

/* Rules by TOS and mark lead out through vb; one question's wish is not the next one's. */
static void policy(void)
{
    for (int i = 0; i < 2; i++) {
        expect_policy(0, 0, "203.0.113.1", "192.0.2.1");
        expect_policy(0x10, 0, "203.0.113.1", "198.51.100.1");
        expect_policy(0x10, 0, "203.0.113.1", "198.51.100.1");
        expect_policy(0, 0, "203.0.113.1", "192.0.2.1");
        expect_policy(0x08, 0, "203.0.113.1", "192.0.2.1");
        expect_policy(0, 7, "203.0.113.1", "198.51.100.1");
        expect_policy(0, 8, "203.0.113.1", "192.0.2.1");
        expect_policy(0, 0, "2001:db8:f::1", "2001:db8:a::1");
        expect_policy(0xb8, 0, "2001:db8:f::1", "2001:db8:b::1");
        expect_policy(0, 0, "2001:db8:f::1", "2001:db8:a::1");
        expect_policy(0, 7, "2001:db8:f::1", "2001:db8:b::1");
    }
    check(ht_route_query_may_mark(&error) == HT_OK, "this process may mark packets");
}

static void descriptors(void)
{
    ht_route_query_fini(&router);
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
    ht_route_query_fini(&router);
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
    ht_route_query_fini(&router);
    ht_route_query_prepare(&router, HT_IPV4);
    ht_route_query_prepare(&router, HT_IPV6);
    if (!check(drop_capabilities(), "capabilities can be dropped"))
        return;
    sources();
    check(socket_type(router.ipv4.fd) == SOCK_RAW && socket_type(router.ipv6.fd) == SOCK_RAW,
          "what was prepared is in use");
    ht_route_query_fini(&router);
    sources();
    check(socket_type(router.ipv4.fd) == SOCK_DGRAM && socket_type(router.ipv6.fd) == SOCK_DGRAM,
          "unprepared, it is asked in the name of UDP");
    interfaces();
    struct ht_route_question question = question_of("192.0.2.77", NULL, "");
    question.fwmark = 7;
    check(ht_route_query_ask(&router, &question, &route, &error) == HT_ERR_PERMISSION &&
              strstr(error.text, "mark on packets refused: run `setcap cap_net_admin,cap_net_raw+p "
                                 "/") == error.text,
          "a mark is refused: %s", error.text);
    check(ht_route_query_may_mark(&error) == HT_ERR_PERMISSION, "and known to be");
}

/* To whom packets come that answer to a source. */
static void ways_back(void)
{
    static const char *const ours[] = {"127.0.0.1", "::1",           "192.0.2.1",
                                       "192.0.2.2", "2001:db8:a::1", "2001:db8:a::2"};
    struct ht_route_question question;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        question = question_of(ours[i], NULL, "");
        check(!ht_route_leads_away(&question), "%s is ours", ours[i]);
        question.interface = "vb";
        check(!ht_route_leads_away(&question), "%s is ours, whatever device is asked for", ours[i]);
    }
    question = question_of("fe80::b", NULL, "");
    question.destination.scope_id = if_nametoindex("vb");
    check(!ht_route_leads_away(&question), "fe80::b of vb is ours");
    question = question_of("192.0.2.77", NULL, "");
    check(ht_route_leads_away(&question), "192.0.2.77 is another's");
    question = question_of("2001:db8:a::77", NULL, "va");
    check(ht_route_leads_away(&question), "2001:db8:a::77 is another's");
    question = question_of("10.99.0.1", NULL, "");
    check(!ht_route_leads_away(&question), "of 10.99.0.1, without a route, nothing is known");
}

static const struct net_case cases[] = {
    {"sources", sources},
    {"interfaces", interfaces},
    {"refusals", refusals},
    {"zones", zones},
    {"impossible_sources", impossible_sources},
    {"policy", policy},
    {"ways_back", ways_back},
    {"descriptors", descriptors},
    {"speed", speed},
    {"unprivileged", unprivileged},
};

int main(int argc, char **argv)
{
    ht_route_query_init(&router);
    int status = run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
    ht_route_query_fini(&router);
    return status;
}
