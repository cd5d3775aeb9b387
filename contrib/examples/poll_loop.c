/* Measures targets inside a poll loop that has other work to do: poll_loop ROUNDS HOST...
 *
 *     cc -o poll_loop poll_loop.c $(pkg-config --cflags --libs hoptrace)
 *
 * The other work is a tick every 20 ms, which must not wait for the network. ROUNDS rounds of each
 * target are measured, half a second apart. Raw sockets need CAP_NET_RAW. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <hoptrace.h>

static void on_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    (void)user;
    char address[HT_ADDRESS_TEXT_MAX] = "*";
    if (hop->node_count > 0)
        ht_address_format(&hop->nodes[0].facts.address, address);
    printf("hop %s %u %s\n", so_far->name, hop->ttl, address);
}

static void on_report(void *user, const struct ht_report *report)
{
    unsigned *reports = user;
    (*reports)++;
    printf("report %s %s %u\n", report->name, ht_status_name(report->status), report->hop_count);
}

static int add_targets(struct ht_engine *engine, char **hosts, struct ht_error *error)
{
    int code = HT_OK;
    for (; *hosts != NULL && code == HT_OK; hosts++) {
        struct ht_target target = {.host = *hosts};
        ht_settings_init(&target.settings);
        target.settings.numeric = true;
        target.settings.interval_ns = HT_NS_PER_S / 2;
        code = ht_engine_add(engine, &target, NULL, error);
    }
    return code;
}

static int open_ticker(void)
{
    const struct itimerspec every = {.it_value.tv_nsec = 20 * HT_NS_PER_MS,
                                     .it_interval.tv_nsec = 20 * HT_NS_PER_MS};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0)
        (void)timerfd_settime(fd, 0, &every, NULL);
    return fd;
}

/* Until nothing is left to measure. How many ticks there were, and the most that came due at once:
 * more than one or two, and somebody held up the loop. */
static int loop(struct ht_engine *engine, int ticker, struct ht_error *error)
{
    uint64_t ticks = 0, most = 0, due;
    while (!ht_engine_idle(engine)) {
        struct pollfd places[] = {{.fd = ticker, .events = POLLIN},
                                  {.fd = ht_engine_fd(engine), .events = POLLIN}};
        if (poll(places, 2, -1) < 0 && errno != EINTR)
            return HT_ERR_SYSTEM;
        if (read(ticker, &due, sizeof due) == (ssize_t)sizeof due) {
            ticks += due;
            most = due > most ? due : most;
        }
        int code = ht_engine_dispatch(engine, error);
        if (code != HT_OK)
            return code;
    }
    printf("ticks %llu most %llu\n", (unsigned long long)ticks, (unsigned long long)most);
    return HT_OK;
}

static int measure(uint32_t rounds, char **hosts, unsigned *reports, struct ht_error *error)
{
    const struct ht_engine_options options = {
        .rounds = rounds, .on_report = on_report, .on_hop = on_hop, .user = reports};
    struct ht_engine *engine;
    int code = ht_engine_new(&options, &engine, error);
    if (code != HT_OK)
        return code;
    code = add_targets(engine, hosts, error);
    if (code == HT_OK) {
        /* What is refused here stands in the reports, too. From now on no privilege is needed. */
        if (ht_engine_open(engine, error) != HT_OK)
            fprintf(stderr, "%s\n", error->text);
        int ticker = open_ticker();
        code = loop(engine, ticker, error);
        (void)close(ticker);
    }
    ht_engine_free(engine);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: poll_loop ROUNDS HOST...\n");
        return 2;
    }
    unsigned reports = 0;
    struct ht_error error = {.text = "the loop failed"};
    if (measure((uint32_t)strtoul(argv[1], NULL, 10), argv + 2, &reports, &error) != HT_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("%u reports\n", reports);
    return 0;
}
