/* Reverse names against tests/support/name_server.py on 127.0.0.1: run inside network and mount
 * namespaces set up by `with_devices`, where /etc/resolv.conf and /etc/hosts are the test's own. */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check.h"
#include "dns/question_pace.h"
#include "dns/reverse.h"
#include "net/clock.h"

#define TAG UINT64_C(0xfeedface)

static int epoll_fd = -1;
static struct ht_reverse *reverse;
static bool tags_right = true;
static int64_t ahead_ns; /* how far this test's time is ahead of the clock */

static int64_t now(void)
{
    return ht_clock_mono_ns() + ahead_ns;
}

static void set_up(void)
{
    struct ht_error error;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (ht_reverse_new(epoll_fd, TAG, &reverse, &error) != HT_OK)
        check(false, "reverse names: %s", error.text);
}

static void tear_down(void)
{
    ht_reverse_free(reverse);
    reverse = NULL;
    close(epoll_fd);
}

static struct ht_address parse(const char *text)
{
    struct ht_address address = {.version = HT_IP_NONE};
    (void)ht_address_parse(text, &address);
    return address;
}

static enum ht_reverse_state ask(const char *text)
{
    struct ht_address address = parse(text);
    return ht_reverse_ask(reverse, &address, now());
}

/* One turn of an event loop, as the engine does it. */
static void turn(int64_t limit_ns)
{
    int64_t due_ns = ht_time_min(ht_reverse_next_ns(reverse), limit_ns);
    int64_t wait_ns = ht_time_max(due_ns - now(), 0);
    struct epoll_event events[8];
    int count = epoll_wait(epoll_fd, events, 8, (int)((wait_ns + 999999) / 1000000));
    for (int i = 0; i < count; i++)
        tags_right = tags_right && events[i].data.u64 == TAG;
    ht_reverse_process(reverse, now());
}

static void run_for(int64_t duration_ms)
{
    int64_t limit_ns = now() + duration_ms * HT_NS_PER_MS;
    while (now() < limit_ns)
        turn(limit_ns);
}

/* The name of an address, asked for and waited for; "" for none. */
static const char *look_up(const char *text)
{
    struct ht_address address = parse(text);
    int64_t limit_ns = now() + 8 * HT_NS_PER_S;
    while (ht_reverse_ask(reverse, &address, now()) == HT_REVERSE_ASKED && now() < limit_ns)
        turn(limit_ns);
    const char *name = ht_reverse_name(reverse, &address, now());
    return name != NULL ? name : "";
}

/* Questions that the server has had so far. */
static size_t questions(void)
{
    size_t count = 0;
    const char *path = getenv("HT_DNS_LOG");
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    if (file == NULL)
        return 0;
    for (int c = getc(file); c != EOF; c = getc(file))
        count += c == '\n';
    (void)fclose(file);
    return count;
}

static void expect(const char *address, const char *name, const char *what)
{
    const char *seen = look_up(address);
    check(strcmp(seen, name) == 0, "%s: %s", what, seen);
}

static void answers(void)
{
    size_t before = open_descriptors();
    set_up();
    expect("10.1.2.3", "r-2-3.test", "IPv4");
    expect("fd01::2:3", "r-2-3.test", "IPv6");
    expect("10.72.2.3", "r-2-3.test", "behind an alias");
    expect("10.73.2.3", "a-2-3.test", "the first of two names");
    expect("10.73.2.4", "a-2-4.test", "the first of two names, whichever comes first");
    expect("10.76.2.3", "a-2-3.test", "truncated, then over TCP");
    expect("10.70.20.3", "late-20-3.test", "a late answer");
    expect("10.67.2.3", "", "no such name");
    expect("10.75.2.3", "", "the root is none");
    expect("10.74.2.3", "", "a malformed answer is none");
    expect("10.69.2.3", "", "the server fails");
    expect("10.71.2.3", "", "the server refuses");
    expect("127.0.0.1", "localhost", "localhost of the hosts file");
    expect("192.0.2.99", "inhosts", "another one of the hosts file");
    size_t asked = questions();
    static const char *const all[] = {"10.1.2.3",  "fd01::2:3", "10.72.2.3", "10.73.2.3",
                                      "10.67.2.3", "10.75.2.3", "10.74.2.3", "10.69.2.3",
                                      "10.71.2.3", "127.0.0.1"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check(ask(all[i]) != HT_REVERSE_ASKED, "%s is remembered", all[i]);
    check(questions() == asked, "and not asked for again");
    check(tags_right, "descriptors are watched under the given tag");
    check(ht_reverse_next_ns(reverse) == HT_NEVER, "nothing is due when nothing is asked");
    tear_down();
    check(open_descriptors() == before, "nothing is left open");
}

/* --- those who wait ------------------------------------------------------------------------ */

struct guest {
    struct ht_reverse_waiter waiter;
    unsigned calls;
    int64_t told_ns;
    struct ht_reverse_waiter *other; /* to be sent away when this one is told */
};

static void on_settled(struct ht_reverse_waiter *waiter)
{
    struct guest *guest = (struct guest *)(void *)((char *)waiter - offsetof(struct guest, waiter));
    guest->calls++;
    guest->told_ns = now();
    if (guest->other != NULL)
        ht_reverse_unwait(guest->other);
}

static bool wait_for(struct guest *guest, const char *text)
{
    struct ht_address address = parse(text);
    *guest = (struct guest){.waiter.settled = on_settled};
    return ht_reverse_wait(reverse, &address, &guest->waiter);
}

static void waiters(void)
{
    struct guest guests[50];
    struct guest gone;
    struct guest late;
    struct guest none;
    set_up();
    size_t before = questions();
    for (int i = 0; i < 100; i++)
        (void)ask("10.70.10.1");
    for (int i = 0; i < 50; i++)
        check(wait_for(&guests[i], "10.70.10.1") || i > 0, "an address under way is waited for");
    check(wait_for(&gone, "10.70.10.1"), "by one who then leaves");
    ht_reverse_unwait(&gone.waiter);
    ht_reverse_unwait(&gone.waiter);
    (void)ask("10.70.60.2");
    check(wait_for(&late, "10.70.60.2"), "another address takes longer");
    check(!wait_for(&none, "10.1.9.9"), "nobody waits for what is not asked for");
    ht_reverse_unwait(&none.waiter);
    run_for(300);
    unsigned calls = 0;
    for (int i = 0; i < 50; i++)
        calls += guests[i].calls;
    check(calls == 50 && gone.calls == 0 && late.calls == 0, "all are told, once (%u)", calls);
    check(questions() - before == 2, "of one question each (%zu)", questions() - before);
    check(!wait_for(&none, "10.70.10.1"), "nobody waits for what is known");
    run_for(600);
    check(late.calls == 1, "the late one is told in its time");
    /* Two wait for one address, and the first to be told sends the other away. */
    (void)ask("10.70.10.3");
    (void)wait_for(&guests[0], "10.70.10.3");
    (void)wait_for(&guests[1], "10.70.10.3");
    guests[0].other = &guests[1].waiter;
    guests[1].other = &guests[0].waiter;
    run_for(300);
    check(guests[0].calls + guests[1].calls == 1, "one may leave while the others are told");
    (void)ask("10.70.99.1");
    tear_down();
    check(true, "questions under way end with it");
}

/* --- time ---------------------------------------------------------------------------------- */

static void lifetimes(void)
{
    set_up();
    (void)look_up("10.1.3.1");
    (void)look_up("10.67.3.1");
    (void)look_up("10.69.3.1");
    size_t before = questions();
    ahead_ns += 119 * HT_NS_PER_S;
    check(ask("10.67.3.1") == HT_REVERSE_NAMELESS, "no name holds as the zone says");
    check(ask("10.69.3.1") == HT_REVERSE_ASKED, "a failure only for a minute");
    ahead_ns += 2 * HT_NS_PER_S;
    check(ask("10.67.3.1") == HT_REVERSE_ASKED, "and no longer");
    check(ask("10.1.3.1") == HT_REVERSE_NAMED, "a name holds");
    run_for(300);
    check(questions() - before == 2, "each is one question (%zu)", questions() - before);
    check(ask("10.69.3.1") == HT_REVERSE_NAMELESS, "it failed again");
    ahead_ns += 86400 * HT_NS_PER_S;
    struct ht_address address = parse("10.1.3.1");
    check(ht_reverse_name(reverse, &address, now()) == NULL, "a name is gone after a day");
    check(strcmp(look_up("10.1.3.1"), "r-3-1.test") == 0, "and found out again");
    tear_down();
}

#define MANY 5000

static struct ht_address numbered(const char *block, int i)
{
    char text[32];
    (void)snprintf(text, sizeof text, "10.%s.%d.%d", block, i / 250, i % 250);
    return parse(text);
}

static void load(void)
{
    set_up();
    int64_t before_ns = now();
    size_t before = questions();
    for (int i = 0; i < MANY; i++) {
        struct ht_address address = numbered("1", i);
        (void)ht_reverse_ask(reverse, &address, now());
    }
    size_t named = 0;
    while (named < MANY && now() - before_ns < 20 * HT_NS_PER_S) {
        turn(now() + HT_NS_PER_S / 10);
        for (named = 0; named < MANY; named++) {
            struct ht_address address = numbered("1", (int)named);
            if (ht_reverse_name(reverse, &address, now()) == NULL)
                break;
        }
    }
    remark("%zu names in %d ms", named, (int)((now() - before_ns) / HT_NS_PER_MS));
    check(named == MANY, "%d addresses at once (%zu named)", MANY, named);
    check(questions() - before == MANY, "in as many questions (%zu)", questions() - before);
    tear_down();
}

/* --- servers that do not answer ------------------------------------------------------------ */

static void silent(void)
{
    struct guest first;
    struct guest last;
    set_up();
    size_t before = questions();
    int64_t before_ns = now();
    struct span span = span_begin();
    for (int i = 0; i < MANY; i++) {
        struct ht_address address = numbered("68", i);
        (void)ht_reverse_ask(reverse, &address, now());
    }
    check(wait_for(&first, "10.68.0.0") && wait_for(&last, "10.68.19.249"), "waiting is possible");
    while (first.calls + last.calls < 2 && now() - before_ns < 10 * HT_NS_PER_S)
        turn(now() + HT_NS_PER_S / 10);
    check(first.calls == 1 && last.calls == 1, "a dead server: all %d are told", MANY);
    check_in_time(&span, 5500, "after %d ms", (int)span_ms(&span));
    size_t asked = questions() - before;
    check(asked <= (size_t)4 * HT_QUESTIONS_START, "it got %zu questions in that time", asked);
    run_for(1000);
    before = questions();
    for (int i = 0; i < MANY; i++) {
        struct ht_address address = numbered("1", i);
        if (ht_reverse_ask(reverse, &address, now()) != HT_REVERSE_NAMELESS)
            check(false, "nobody waits for it any more");
    }
    run_for(500);
    check(questions() == before, "and it gets no more (%zu)", questions() - before);
    ahead_ns += HT_QUESTIONS_PAUSE_NS;
    for (int i = 0; i < 100; i++) {
        struct ht_address address = numbered("1", i);
        if (ht_reverse_ask(reverse, &address, now()) != HT_REVERSE_NAMELESS)
            check(false, "nobody waits for the question that is to find out");
    }
    run_for(300);
    check(questions() == before + 1, "after a while it gets one (%zu)", questions() - before);
    check(strcmp(look_up("10.1.0.0"), "r-0-0.test") == 0, "which it answers");
    check(strcmp(look_up("10.1.5.5"), "r-5-5.test") == 0, "and all is well again");
    tear_down();
}

static void write_configuration(const char *text)
{
    FILE *file = fopen("/etc/resolv.conf", "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        check(false, "/etc/resolv.conf can be written");
}

/* 127.0.0.9: nobody listens. */
static void other_servers(void)
{
    write_configuration("nameserver 127.0.0.9\n");
    set_up();
    int64_t before_ns = now();
    struct span span = span_begin();
    bool asked = true;
    while (asked && now() - before_ns < 5 * HT_NS_PER_S) {
        asked = false;
        for (int i = 0; i < 100; i++) {
            struct ht_address address = numbered("1", i);
            asked |= ht_reverse_ask(reverse, &address, now()) == HT_REVERSE_ASKED;
        }
        turn(now() + HT_NS_PER_S / 100);
    }
    check(!asked, "without a server no question waits");
    check_in_time(&span, 500, "in %d ms", (int)span_ms(&span));
    write_configuration("nameserver 127.0.0.1\n");
    ahead_ns += 2 * HT_NS_PER_S;
    check(strcmp(look_up("10.1.7.7"), "r-7-7.test") == 0, "other servers are asked at once");
    tear_down();
}

static const struct net_case cases[] = {
    {"answers", answers}, {"waiters", waiters}, {"lifetimes", lifetimes},
    {"load", load},       {"silent", silent},   {"other_servers", other_servers},
};

int main(int argc, char **argv)
{
    if (!check(check_name_server_is_ours(), "the configuration is the test's own"))
        return 1;
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
