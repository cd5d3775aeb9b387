/* Name lookups against tests/support/name_server.py on 127.0.0.1: run inside network and mount
 * namespaces set up by `with_devices`, where /etc/resolv.conf and /etc/hosts are the test's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "dns/resolver.h"
#include "net/clock.h"

#define TAG UINT64_C(0xfeedface)

/* What came of one lookup. */
struct outcome {
    bool done;
    size_t count;
    struct ht_address first;
    struct ht_error error;
    int64_t end_ns;
    unsigned calls;
};

static int epoll_fd = -1;
static struct ht_resolver *resolver;
static bool tags_right = true;

static void set_up(void)
{
    struct ht_error error;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (ht_resolver_new(epoll_fd, TAG, &resolver, &error) != HT_OK)
        check(false, "a resolver: %s", error.text);
}

static void tear_down(void)
{
    ht_resolver_free(resolver);
    resolver = NULL;
    close(epoll_fd);
}

static void note(void *user, const struct ht_address *addresses, size_t count,
                 const struct ht_error *error)
{
    struct outcome *outcome = user;
    outcome->done = true;
    outcome->calls++;
    outcome->count = count;
    outcome->end_ns = ht_clock_mono_ns();
    if (count > 0)
        outcome->first = addresses[0];
    if (error != NULL)
        outcome->error = *error;
}

static struct ht_lookup *start(const char *host, enum ht_family family, struct outcome *outcome)
{
    struct ht_lookup *lookup;
    struct ht_error error;
    memset(outcome, 0, sizeof *outcome);
    if (ht_resolver_start(resolver, host, family, ht_clock_mono_ns(), note, outcome, &lookup,
                          &error) != HT_OK)
        check(false, "%s can be started: %s", host, error.text);
    return lookup;
}

/* One turn of an event loop, as the engine does it. */
static void turn(int64_t limit_ns)
{
    int64_t due_ns = ht_time_min(ht_resolver_next_ns(resolver), limit_ns);
    int64_t wait_ns = ht_time_max(due_ns - ht_clock_mono_ns(), 0);
    struct epoll_event events[8];
    int count = epoll_wait(epoll_fd, events, 8, (int)((wait_ns + 999999) / 1000000));
    for (int i = 0; i < count; i++)
        tags_right = tags_right && events[i].data.u64 == TAG;
    ht_resolver_process(resolver, ht_clock_mono_ns());
}

static void run_until(const bool *done, int64_t duration_ms)
{
    int64_t limit_ns = ht_clock_mono_ns() + duration_ms * HT_NS_PER_MS;
    while (!*done && ht_clock_mono_ns() < limit_ns)
        turn(limit_ns);
}

static struct outcome look_up(const char *host, enum ht_family family)
{
    struct outcome outcome;
    start(host, family, &outcome);
    run_until(&outcome.done, 8000);
    return outcome;
}

static bool is(const struct outcome *outcome, const char *text)
{
    char first[HT_ADDRESS_TEXT_MAX];
    return outcome->count > 0 && strcmp(ht_address_format(&outcome->first, first), text) == 0;
}

static void answers(void)
{
    size_t before = open_descriptors();
    set_up();
    struct outcome outcome = look_up("four.test", HT_FAMILY_ANY);
    check(is(&outcome, "192.0.2.10") && outcome.count == 1, "A");
    outcome = look_up("six.test", HT_FAMILY_ANY);
    check(is(&outcome, "2001:db8::10") && outcome.count == 1, "AAAA");
    outcome = look_up("both.test", HT_FAMILY_ANY);
    check(is(&outcome, "192.0.2.10") && outcome.count == 2,
          "both, the family without a route last");
    outcome = look_up("both.test", HT_FAMILY_IPV6);
    check(is(&outcome, "2001:db8::10") && outcome.count == 1, "IPv6 of both");
    outcome = look_up("both.test.", HT_FAMILY_IPV4);
    check(is(&outcome, "192.0.2.10") && outcome.count == 1, "IPv4 of both, with a dot at the end");
    outcome = look_up("alias.test", HT_FAMILY_IPV4);
    check(is(&outcome, "192.0.2.10"), "an alias");
    outcome = look_up("many.test", HT_FAMILY_IPV4);
    check(outcome.count == 40, "truncated, then over TCP (%zu)", outcome.count);
    outcome = look_up("crowd.test", HT_FAMILY_IPV4);
    check(outcome.count == 500, "all of very many, so that each can be kept (%zu)", outcome.count);
    outcome = look_up("late-1500.test", HT_FAMILY_IPV4);
    check(is(&outcome, "192.0.2.10"), "a late answer");
    outcome = look_up("late-4000.test", HT_FAMILY_IPV4);
    check(is(&outcome, "192.0.2.10"), "a very late answer");
    outcome = look_up("short", HT_FAMILY_ANY);
    check(is(&outcome, "192.0.2.10"), "a name of the search list");
    outcome = look_up("localhost", HT_FAMILY_IPV4);
    check(is(&outcome, "127.0.0.1"), "localhost");
    outcome = look_up("inhosts", HT_FAMILY_ANY);
    check(is(&outcome, "192.0.2.99"), "a name of /etc/hosts");
    int64_t before_ns = ht_clock_mono_ns();
    outcome = look_up("half.test", HT_FAMILY_ANY);
    check(is(&outcome, "192.0.2.10") && outcome.end_ns - before_ns < 5 * HT_NS_PER_S,
          "one family's answer never comes: the other's counts");
    check(tags_right, "descriptors are watched under the given tag");
    check(ht_resolver_next_ns(resolver) == HT_NEVER, "nothing is due when nothing is asked");
    tear_down();
    check(open_descriptors() == before, "nothing is left open");
}

static void expect_error(const char *host, enum ht_family family, const char *text)
{
    struct outcome outcome = look_up(host, family);
    check(outcome.done && outcome.count == 0 && outcome.error.code == HT_ERR_RESOLVE &&
              strcmp(outcome.error.text, text) == 0,
          "%s: %s", host, outcome.error.text);
}

static void failures(void)
{
    set_up();
    expect_error("nowhere.test", HT_FAMILY_ANY, "name lookup: nowhere.test: no such name");
    expect_error("four.test", HT_FAMILY_IPV6, "name lookup: four.test: no IPv6 address");
    expect_error("six.test", HT_FAMILY_IPV4, "name lookup: six.test: no IPv4 address");
    expect_error("failing.test", HT_FAMILY_ANY,
                 "name lookup: failing.test: the name server failed to find out");
    expect_error("refused.test", HT_FAMILY_ANY,
                 "name lookup: refused.test: the name server refused to answer");
    expect_error("a..b", HT_FAMILY_ANY, "name lookup: a..b: not a valid name");
    expect_error("192.0.2.1", HT_FAMILY_IPV6, "192.0.2.1 is not an IPv6 address");
    struct span span = span_begin();
    expect_error("silent.test", HT_FAMILY_ANY,
                 "name lookup: silent.test: no answer from any name server");
    int64_t took_ms = span_ms(&span);
    check(took_ms >= 4500, "given 5 s (%d ms)", (int)took_ms);
    check_in_time(&span, 5300, "and no more (%d ms)", (int)took_ms);
    tear_down();
}

/* What is asked for is the A-label form; what is told is the name as it was given. */
static void unicode(void)
{
    static const char *const names[] = {"b\u00fccher.test",  "B\u00dcCHER.test",
                                        "bu\u0308cher.test", "b\u00fccher\u3002test.",
                                        "stra\u00dfe.test",  "xn--bcher-kva.test"};
    set_up();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct outcome outcome = look_up(names[i], HT_FAMILY_ANY);
        check(is(&outcome, "192.0.2.10"), "%s: %s", names[i], outcome.error.text);
    }
    struct outcome outcome = look_up("m\u00fcnchen", HT_FAMILY_ANY);
    check(is(&outcome, "192.0.2.98"), "the hosts file has the A-label form: %s",
          outcome.error.text);
    expect_error("nowhere-\u00fc.test", HT_FAMILY_ANY,
                 "name lookup: nowhere-\u00fc.test: no such name");
    expect_error("\u2603.test", HT_FAMILY_ANY,
                 "name lookup: \u2603.test: string contains a disallowed character");
    expect_error("\u00fc\xff.test", HT_FAMILY_ANY,
                 "name lookup: \u00fc\xff.test: string encoding error");
    tear_down();
}

/* A name that nobody answers keeps back no other, and dropping it is final. */
static void together(void)
{
    set_up();
    struct outcome silent;
    struct outcome dropped;
    struct outcome good;
    start("silent.test", HT_FAMILY_ANY, &silent);
    struct ht_lookup *lookup = start("late-800.test", HT_FAMILY_ANY, &dropped);
    start("both.test", HT_FAMILY_ANY, &good);
    run_until(&good.done, 2000);
    check(good.done && !dropped.done && !silent.done, "a silent name keeps back no other");
    ht_resolver_cancel(resolver, lookup);
    bool never = false;
    run_until(&never, 1000);
    check(!dropped.done, "a cancelled lookup never calls back");
    start("late-800.test", HT_FAMILY_ANY, &good);
    run_until(&good.done, 2000);
    check(good.count == 2, "the same name can be asked again");
    check(!silent.done, "the silent one is still waited for");
    tear_down();
    check(!silent.done, "freeing calls nobody back");
}

#define MANY 5000

static void load(void)
{
    set_up();
    struct rlimit limit;
    struct rlimit low;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    low = limit;
    low.rlim_cur = 32;
    (void)setrlimit(RLIMIT_NOFILE, &low);
    struct outcome *outcomes = calloc(MANY, sizeof *outcomes);
    int64_t before_ns = ht_clock_mono_ns();
    for (int i = 0; outcomes != NULL && i < MANY; i++) {
        char host[32];
        (void)snprintf(host, sizeof host, "%d.load.test", i);
        start(host, HT_FAMILY_ANY, &outcomes[i]);
    }
    size_t right = 0;
    for (int i = 0; outcomes != NULL && i < MANY; i++) {
        run_until(&outcomes[i].done, 8000);
        uint8_t bytes[4] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};
        right += outcomes[i].count == 1 && memcmp(outcomes[i].first.bytes, bytes, 4) == 0;
        if (outcomes[i].count != 1)
            remark("%d: %s", i, outcomes[i].error.text);
    }
    int64_t took_ms = (ht_clock_mono_ns() - before_ns) / HT_NS_PER_MS;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    check(right == MANY, "%d names at once with 32 descriptors (%zu right)", MANY, right);
    remark("%d names in %d ms", MANY, (int)took_ms);
    free(outcomes);
    tear_down();
}

static void silent_load(void)
{
    set_up();
    struct outcome *outcomes = calloc(MANY, sizeof *outcomes);
    struct span span = span_begin();
    for (int i = 0; outcomes != NULL && i < MANY; i++)
        start("silent.test", HT_FAMILY_ANY, &outcomes[i]);
    size_t told = 0;
    for (int i = 0; outcomes != NULL && i < MANY; i++) {
        run_until(&outcomes[i].done, 9000);
        told += outcomes[i].done && outcomes[i].error.code == HT_ERR_RESOLVE ? 1 : 0;
    }
    check(told == MANY, "%zu silent names end", told);
    check_in_time(&span, 7000, "within %d ms", (int)span_ms(&span));
    free(outcomes);
    tear_down();
}

static void write_configuration(const char *text)
{
    FILE *file = fopen("/etc/resolv.conf", "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        check(false, "/etc/resolv.conf can be written");
}

/* 127.0.0.9: nobody listens. 127.0.0.8: this test listens and keeps silent. */
static void servers(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(53)};
    name.sin_addr.s_addr = htonl(0x7f000008);
    int mute = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(bind(mute, (struct sockaddr *)&name, sizeof name) == 0, "a mute server");
    write_configuration("nameserver 127.0.0.8\nnameserver 127.0.0.9\nnameserver 127.0.0.1\n");
    set_up();
    struct outcome outcome = look_up("both.test", HT_FAMILY_ANY);
    check(outcome.count == 2, "the third of three servers answers: %s", outcome.error.text);
    write_configuration("nameserver 127.0.0.9\n");
    sleep_ms(1100);
    outcome = look_up("both.test", HT_FAMILY_ANY);
    check(outcome.done && outcome.error.code == HT_ERR_RESOLVE, "nobody listens: %s",
          outcome.error.text);
    struct outcome waiting;
    write_configuration("nameserver 127.0.0.8\n");
    sleep_ms(1100);
    start("both.test", HT_FAMILY_ANY, &waiting);
    write_configuration("nameserver 127.0.0.1\nsearch search.test\n");
    sleep_ms(1100);
    outcome = look_up("short", HT_FAMILY_ANY);
    check(outcome.count == 1, "another configuration is noticed while a lookup is under way");
    run_until(&waiting.done, 8000);
    check(waiting.done && waiting.count == 0, "which ends with its own servers");
    tear_down();
    close(mute);
}

static void descriptors(void)
{
    set_up();
    struct rlimit limit;
    struct rlimit low;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    int next = dup(STDOUT_FILENO);
    close(next);
    low = limit;
    low.rlim_cur = (rlim_t)next;
    (void)setrlimit(RLIMIT_NOFILE, &low);
    struct outcome outcome = look_up("both.test", HT_FAMILY_ANY);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    check(outcome.done && outcome.count == 0, "no descriptor left: %s", outcome.error.text);
    outcome = look_up("both.test", HT_FAMILY_ANY);
    check(outcome.count == 2, "later there are some: %s", outcome.error.text);
    low.rlim_cur = (rlim_t)next;
    (void)setrlimit(RLIMIT_NOFILE, &low);
    outcome = look_up("both.test", HT_FAMILY_ANY);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    check(outcome.done && outcome.count == 0 && outcome.error.sys_errno == EMFILE, "again none: %s",
          outcome.error.text);
    tear_down();
}

/* A callback that starts the next lookup and cancels another. */
struct chain {
    unsigned left;
    bool done;
    struct ht_lookup *victim;
};

static void next_in_chain(void *user, const struct ht_address *addresses, size_t count,
                          const struct ht_error *error)
{
    (void)addresses;
    (void)error;
    struct chain *chain = user;
    if (chain->victim != NULL)
        ht_resolver_cancel(resolver, chain->victim);
    chain->victim = NULL;
    chain->done = count == 0 || chain->left == 0;
    if (chain->done)
        return;
    chain->left--;
    struct ht_lookup *lookup;
    (void)ht_resolver_start(resolver, chain->left % 2 == 0 ? "both.test" : "inhosts", HT_FAMILY_ANY,
                            ht_clock_mono_ns(), next_in_chain, chain, &lookup, NULL);
}

static void callbacks(void)
{
    set_up();
    struct outcome victim;
    struct chain chain = {.left = 100, .victim = start("late-2000.test", HT_FAMILY_ANY, &victim)};
    struct ht_lookup *lookup;
    (void)ht_resolver_start(resolver, "four.test", HT_FAMILY_ANY, ht_clock_mono_ns(), next_in_chain,
                            &chain, &lookup, NULL);
    run_until(&chain.done, 5000);
    check(chain.done && chain.left == 0 && chain.victim == NULL,
          "callbacks start and cancel lookups");
    tear_down();
}

static const struct net_case cases[] = {
    {"answers", answers},         {"failures", failures},   {"unicode", unicode},
    {"together", together},       {"load", load},           {"silent_load", silent_load},
    {"descriptors", descriptors}, {"callbacks", callbacks}, {"servers", servers},
};

int main(int argc, char **argv)
{
    if (!check(check_name_server_is_ours(), "the configuration is the test's own"))
        return 1;
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
