/* What wakes an event loop up, and what does not. */
#include "check.h"
#include "hoptrace/time.h"
#include "net/clock.h"
#include "net/watch.h"
#include "probes.h"

#define SOON_MS 500 /* what is to happen has happened by then */
#define LONG_MS 50  /* what is not to happen would have by then */

static const char *loopback(uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? "127.0.0.1" : "::1";
}

static void send_one(struct ht_sockets *sockets, uint8_t ip_version, uint16_t key)
{
    struct ht_outgoing probe;
    make_probe(&probe, loopback(ip_version), loopback(ip_version), TEST_ID, key);
    ht_sockets_send(sockets, &probe, 1);
}

static void open_watch(struct ht_watch *watch)
{
    struct ht_error error;
    ht_watch_init(watch);
    check(ht_watch_open(watch, &error) == HT_OK, "a watch opens");
}

static void answers_of(uint8_t ip_version)
{
    struct ht_watch watch;
    struct ht_error error;
    struct ht_sockets *sockets = open_sockets(ip_version);
    open_watch(&watch);
    check(ht_watch_socket(&watch, sockets, ip_version, HT_ANSWERS_ICMP, &error) == HT_OK,
          "IPv%d: a socket is watched", ip_version);
    check(!wait_readable(watch.epoll_fd, 0), "IPv%d: nothing came yet", ip_version);
    send_one(sockets, ip_version, 1);
    check(wait_readable(watch.epoll_fd, SOON_MS), "IPv%d: an answer wakes", ip_version);
    check(reap(sockets, ip_version, 1, SOON_MS).received == 1, "IPv%d: it is read", ip_version);
    check(!wait_readable(watch.epoll_fd, 0), "IPv%d: then all is quiet", ip_version);

    ht_watch_until(&watch, sockets, HT_NEVER, true);
    send_one(sockets, ip_version, 2);
    check(!wait_readable(watch.epoll_fd, LONG_MS), "IPv%d: who rests is not woken", ip_version);
    ht_watch_until(&watch, sockets, HT_NEVER, false);
    check(wait_readable(watch.epoll_fd, SOON_MS), "IPv%d: what came meanwhile wakes afterwards",
          ip_version);
    check(reap(sockets, ip_version, 1, SOON_MS).received == 1, "IPv%d: nothing was lost",
          ip_version);
    check(watch.sys_errno == 0, "IPv%d: no descriptor failed", ip_version);
    ht_watch_close(&watch);
    ht_sockets_free(sockets);
}

static void answers(void)
{
    answers_of(HT_IPV4);
    answers_of(HT_IPV6);
}

static void time_comes(void)
{
    struct ht_watch watch;
    struct ht_sockets *sockets = open_sockets(HT_IPV4);
    open_watch(&watch);
    int64_t due_ns = ht_clock_mono_ns() + 20 * HT_NS_PER_MS;
    ht_watch_until(&watch, sockets, due_ns, true);
    check(wait_readable(watch.epoll_fd, SOON_MS), "the timer wakes who rests");
    check(ht_clock_mono_ns() >= due_ns, "not too early");
    ht_watch_until(&watch, sockets, due_ns, true);
    check(wait_readable(watch.epoll_fd, 0), "until another time is set");
    ht_watch_until(&watch, sockets, HT_NEVER, true);
    check(!wait_readable(watch.epoll_fd, 0), "then it is quiet");
    ht_watch_until(&watch, sockets, 0, false);
    check(wait_readable(watch.epoll_fd, SOON_MS), "a time that has passed wakes at once");
    ht_watch_until(&watch, sockets, ht_clock_mono_ns() + 20 * HT_NS_PER_MS, false);
    ht_watch_until(&watch, sockets, HT_NEVER, false);
    check(!wait_readable(watch.epoll_fd, LONG_MS), "one that was put off does not");
    ht_watch_close(&watch);
    ht_sockets_free(sockets);
}

/* A socket that is opened while the loop rests wakes nobody either, until it has rested. */
static void opened_while_resting(void)
{
    struct ht_watch watch;
    struct ht_error error;
    struct ht_sockets *sockets = open_sockets(HT_IPV4);
    open_watch(&watch);
    ht_watch_until(&watch, sockets, HT_NEVER, true);
    check(ht_watch_socket(&watch, sockets, HT_IPV4, HT_ANSWERS_ICMP, &error) == HT_OK,
          "a socket is added while the loop rests");
    send_one(sockets, HT_IPV4, 3);
    check(!wait_readable(watch.epoll_fd, LONG_MS), "it does not wake");
    ht_watch_until(&watch, sockets, HT_NEVER, false);
    check(wait_readable(watch.epoll_fd, SOON_MS), "afterwards it does");
    ht_watch_close(&watch);
    ht_sockets_free(sockets);
}

static const struct net_case cases[] = {{"answers", answers},
                                        {"time_comes", time_comes},
                                        {"opened_while_resting", opened_while_resting}};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
