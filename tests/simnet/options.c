#include "options.h"

#include "number.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_FLAG, KIND_TEXT, KIND_PERCENT, KIND_OWN };

struct option_row {
    const char *name;
    const char *argument; /* NULL: none */
    const char *help;
    enum kind kind;
    size_t offset;
    bool (*set)(struct options *options, const char *value);
};

static bool set_truth(struct options *options, const char *value)
{
    (void)value;
    options->action = ACTION_TRUTH;
    return true;
}

static bool set_targets_list(struct options *options, const char *value)
{
    (void)value;
    options->action = ACTION_TARGETS;
    return true;
}

static bool set_stop(struct options *options, const char *value)
{
    options->action = ACTION_STOP;
    options->control_file = value;
    return true;
}

static bool set_reload(struct options *options, const char *value)
{
    options->action = ACTION_RELOAD;
    options->control_file = value;
    return true;
}

static bool set_help(struct options *options, const char *value)
{
    (void)value;
    options->action = ACTION_HELP;
    return true;
}

static bool set_seed(struct options *options, const char *value)
{
    return number_whole(value, 0, UINT64_MAX, &options->plan.seed);
}

static bool set_targets(struct options *options, const char *value)
{
    uint64_t targets;

    if (!number_whole(value, 1, PLAN_TARGETS_MAX, &targets))
        return false;
    options->plan.targets = (uint32_t)targets;
    return true;
}

static bool set_family(struct options *options, const char *value)
{
    bool both = strcmp(value, "both") == 0;

    options->plan.ipv4 = both || strcmp(value, "4") == 0;
    options->plan.ipv6 = both || strcmp(value, "6") == 0;
    return options->plan.ipv4 || options->plan.ipv6;
}

static bool set_hops(struct options *options, const char *value)
{
    double low, high;

    if (!number_range(value, 2, 64, &low, &high))
        return false;
    options->plan.hops_low = (unsigned)low;
    options->plan.hops_high = (unsigned)high;
    return true;
}

static bool set_hop_rtt(struct options *options, const char *value)
{
    return number_range(value, 0, 10000, &options->plan.hop_rtt_low_ms,
                        &options->plan.hop_rtt_high_ms);
}

static bool set_jitter(struct options *options, const char *value)
{
    double milliseconds;

    if (!number_real(value, 0, 10000, &milliseconds))
        return false;
    options->plan.behaviour.jitter_ns = (int64_t)(milliseconds * NANOSECONDS_PER_MS);
    return true;
}

static bool set_loss(struct options *options, const char *value)
{
    double percent;

    if (!number_real(value, 0, 100, &percent))
        return false;
    options->plan.behaviour.loss = percent / 100;
    return true;
}

static bool set_rate(struct options *options, const char *value)
{
    return number_rate(value, &options->plan.behaviour.rate_per_second,
                       &options->plan.behaviour.rate_burst);
}

static bool set_exit_with(struct options *options, const char *value)
{
    uint64_t pid;

    if (!number_whole(value, 1, INT32_MAX, &pid))
        return false;
    options->exit_with = (pid_t)pid;
    return true;
}

static bool set_queue(struct options *options, const char *value)
{
    uint64_t queue;

    if (!number_whole(value, 64, 16000000, &queue))
        return false;
    options->queue = (uint32_t)queue;
    return true;
}

#define FIELD(member) offsetof(struct options, member)

static const struct option_row ROWS[] = {
    {"dev", "NAME", "play on this Ethernet device (far end of a veth pair)", KIND_TEXT,
     FIELD(device), NULL},
    {"tun", "NAME", "create this tun device and play on it", KIND_TEXT, FIELD(tun), NULL},
    {"file", "FILE", "read the network from FILE; else it is generated", KIND_TEXT,
     FIELD(topology_file), NULL},
    {"seed", "N", "generate another network, other luck (1)", KIND_OWN, 0, set_seed},
    {"targets", "N", "so many targets, t1.sim ... (10)", KIND_OWN, 0, set_targets},
    {"family", "4|6|both", "addresses of the targets (4)", KIND_OWN, 0, set_family},
    {"hops", "LOW-HIGH", "path length, with the destination (8-15)", KIND_OWN, 0, set_hops},
    {"silent", "P", "percent of the routers that are silent (0)", KIND_PERCENT,
     FIELD(plan.silent_percent), NULL},
    {"silent-destinations", "P", "percent of the destinations that are silent (0)", KIND_PERCENT,
     FIELD(plan.silent_destinations_percent), NULL},
    {"mpls", "P", "percent of the routers that show MPLS labels (0)", KIND_PERCENT,
     FIELD(plan.mpls_percent), NULL},
    {"loss", "P", "percent of the answers that are lost (0)", KIND_OWN, 0, set_loss},
    {"rtt-per-hop", "LOW-HIGH", "milliseconds that a hop adds (0.2-5)", KIND_OWN, 0, set_hop_rtt},
    {"rtt-jitter", "MS", "up to so much is added to each answer's time (0)", KIND_OWN, 0,
     set_jitter},
    {"rate-limit", "N[/BURST]", "ICMP errors a second and router; 0: no limit (0)", KIND_OWN, 0,
     set_rate},
    {"truth", NULL, "print the truth and exit", KIND_OWN, 0, set_truth},
    {"targets-list", NULL, "print the destination addresses and exit", KIND_OWN, 0,
     set_targets_list},
    {"log", "FILE", "write what the wire carried", KIND_TEXT, FIELD(log_file), NULL},
    {"stats", "FILE", "write counters at the end, and on SIGUSR1", KIND_TEXT, FIELD(stats_file),
     NULL},
    {"target-stats", "FILE", "write counters per target likewise", KIND_TEXT,
     FIELD(target_stats_file), NULL},
    {"spin", NULL, "never sleep: better times, one CPU busy", KIND_FLAG, FIELD(spin), NULL},
    {"queue", "N", "room for N answers that wait (131072)", KIND_OWN, 0, set_queue},
    {"daemon", NULL, "go to the background once ready", KIND_FLAG, FIELD(daemon), NULL},
    {"pid-file", "FILE", "write the process id once ready", KIND_TEXT, FIELD(pid_file), NULL},
    {"exit-with", "PID", "end when that process ends", KIND_OWN, 0, set_exit_with},
    {"stop", "FILE", "end the simnet whose process id stands in FILE", KIND_OWN, 0, set_stop},
    {"reload", "FILE", "make that one read its --file again", KIND_OWN, 0, set_reload},
    {"help", NULL, "show this", KIND_OWN, 0, set_help},
};

#define ROW_COUNT (sizeof ROWS / sizeof *ROWS)

static bool set_row(struct options *options, const struct option_row *row, const char *value)
{
    void *field = (char *)options + row->offset;
    bool good = true;

    switch (row->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        break;
    case KIND_TEXT:
        *(const char **)field = value;
        break;
    case KIND_PERCENT:
        good = number_real(value, 0, 100, field);
        break;
    case KIND_OWN:
        good = row->set(options, value);
        break;
    }
    if (!good)
        fprintf(stderr, "simnet: --%s: bad value: %s\n", row->name, value);
    return good;
}

static void set_defaults(struct options *options)
{
    *options = (struct options){.queue = 131072};
    options->plan = (struct plan){.seed = 1,
                                  .targets = 10,
                                  .ipv4 = true,
                                  .hops_low = 8,
                                  .hops_high = 15,
                                  .hop_rtt_low_ms = 0.2,
                                  .hop_rtt_high_ms = 5,
                                  .behaviour = behaviour_default()};
}

bool options_read(struct options *options, int argc, char **argv)
{
    struct option table[ROW_COUNT + 1] = {0};
    int row = 0;

    set_defaults(options);
    for (size_t i = 0; i < ROW_COUNT; i++)
        table[i] = (struct option){.name = ROWS[i].name,
                                   .val = 'o',
                                   .has_arg = ROWS[i].argument ? required_argument : no_argument};
    for (int got; (got = getopt_long(argc, argv, "", table, &row)) != -1;) {
        if (got != 'o' || !set_row(options, &ROWS[row], optarg))
            return false;
    }
    if (optind < argc) {
        fprintf(stderr, "simnet: %s: not an option\n", argv[optind]);
        return false;
    }
    if (options->action == ACTION_RUN && !options->device == !options->tun) {
        fputs("simnet: --dev or --tun is wanted, see --help\n", stderr);
        return false;
    }
    return true;
}

void options_help(void)
{
    puts("simnet: plays a network of routers and destinations on a device\n");
    for (size_t i = 0; i < ROW_COUNT; i++)
        printf("  --%-20s %-10s %s\n", ROWS[i].name, ROWS[i].argument ? ROWS[i].argument : "",
               ROWS[i].help);
}
