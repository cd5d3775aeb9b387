#include "stats.h"

#include <netinet/in.h>
#include <stdlib.h>

bool stats_init(struct stats *stats, const struct topology *topology)
{
    *stats = (struct stats){.targets = topology->targets.count};
    stats->per_target = calloc(stats->targets ? stats->targets : 1, sizeof *stats->per_target);
    stats->window = malloc(WINDOW_ROOM * sizeof *stats->window);
    return stats->per_target && stats->window;
}

bool stats_retarget(struct stats *stats, const struct topology *topology)
{
    struct target_stats *fresh = calloc(topology->targets.count + 1u, sizeof *fresh);

    free(stats->per_target);
    stats->per_target = fresh;
    stats->targets = fresh ? topology->targets.count : 0;
    return fresh != NULL;
}

void stats_fini(struct stats *stats)
{
    free(stats->per_target);
    free(stats->window);
    *stats = (struct stats){0};
}

/* The greatest number in any window is met when a window ends with an arrival. */
static void count_window(struct stats *stats, int64_t now_ns)
{
    while (stats->window_count && (stats->window_count == WINDOW_ROOM ||
                                   now_ns - stats->window[stats->window_first] >= WINDOW_NS)) {
        stats->window_first = (stats->window_first + 1) % WINDOW_ROOM;
        stats->window_count--;
    }
    stats->window[(stats->window_first + stats->window_count) % WINDOW_ROOM] = now_ns;
    stats->window_count++;
    if (stats->window_count > stats->window_most)
        stats->window_most = stats->window_count;
}

void stats_probe(struct stats *stats, const struct topology *topology, const struct probe *probe,
                 uint32_t target, int64_t now_ns)
{
    struct target_stats *entry;

    if (!stats->first_probe_ns)
        stats->first_probe_ns = now_ns;
    stats->last_probe_ns = now_ns;
    count_window(stats, now_ns);
    stats->per_ttl[probe->ttl]++;
    if (probe->protocol == IPPROTO_UDP)
        stats->udp++;
    else if (probe->protocol == IPPROTO_TCP)
        stats->tcp++;
    else
        stats->icmp++;
    if (probe->ipv4)
        stats->ipv4++;
    else
        stats->ipv6++;
    if (target == NO_INDEX) {
        stats->no_route++;
        return;
    }
    entry = &stats->per_target[target];
    entry->probes++;
    if (probe->ttl > topology_get_target(topology, target)->hop_count)
        entry->beyond++;
    if (probe->ttl > entry->ttl_highest)
        entry->ttl_highest = probe->ttl;
}

static void print_per_target(const struct stats *stats, const struct topology *topology, FILE *out)
{
    uint32_t probed = 0, most = 0, most_beyond = 0, worst = NO_INDEX;
    uint64_t beyond = 0;
    char name[NAME_TEXT];

    for (uint32_t i = 0; i < stats->targets; i++) {
        const struct target_stats *entry = &stats->per_target[i];

        probed += entry->probes > 0;
        beyond += entry->beyond;
        if (entry->probes > most)
            most = entry->probes;
        if (entry->beyond > most_beyond) {
            most_beyond = entry->beyond;
            worst = i;
        }
    }
    fprintf(out,
            "\"targets\":{\"probed\":%u,\"most_probes\":%u,\"beyond\":%llu,\"most_beyond\":%u,"
            "\"most_beyond_target\":\"%s\"}",
            probed, most, (unsigned long long)beyond, most_beyond,
            worst == NO_INDEX ? "" : topology_target_name(topology, worst, name));
}

static void print_verdicts(const struct stats *stats, FILE *out)
{
    static const struct {
        enum probe_verdict verdict;
        const char *name;
    } faults[] = {
        {PROBE_BAD_LENGTH, "length"},      {PROBE_BAD_HEADER, "header"},
        {PROBE_BAD_IP_SUM, "ip_checksum"}, {PROBE_BAD_SUM, "checksum"},
        {PROBE_FRAGMENT, "fragment"},      {PROBE_OTHER_PROTOCOL, "protocol"},
    };
    uint64_t all = 0;

    fprintf(out, "\"ignored\":%llu,\"faults\":{",
            (unsigned long long)stats->verdicts[PROBE_NOT_IP]);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        uint64_t count = stats->verdicts[faults[i].verdict];

        all += count;
        fprintf(out, "\"%s\":%llu,", faults[i].name, (unsigned long long)count);
    }
    fprintf(out, "\"all\":%llu},", (unsigned long long)all);
}

static void print_per_ttl(const struct stats *stats, FILE *out)
{
    const char *comma = "";

    fputs("\"per_ttl\":{", out);
    for (unsigned ttl = 0; ttl < 256; ttl++) {
        if (!stats->per_ttl[ttl])
            continue;
        fprintf(out, "%s\"%u\":%llu", comma, ttl, (unsigned long long)stats->per_ttl[ttl]);
        comma = ",";
    }
    fputs("},", out);
}

void stats_print(const struct stats *stats, const struct topology *topology, FILE *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } plain[] = {
        {"received", stats->received},
        {"probes", stats->icmp + stats->udp + stats->tcp},
        {"icmp", stats->icmp},
        {"udp", stats->udp},
        {"tcp", stats->tcp},
        {"ipv4", stats->ipv4},
        {"ipv6", stats->ipv6},
        {"other", stats->other},
        {"no_route", stats->no_route},
        {"dns_queries", stats->dns_queries},
        {"dns_answers", stats->dns_answers},
        {"answers", stats->answers},
        {"lost", stats->lost},
        {"silent", stats->silent},
        {"rate_limited", stats->rate_limited},
        {"filtered", stats->filtered},
        {"firewalled", stats->firewalled},
        {"forged", stats->forged},
        {"no_room", stats->no_room},
        {"send_errors", stats->send_errors},
        {"link_drops", stats->link_drops},
        {"late", stats->late},
        {"latest_us", (uint64_t)stats->latest_ns / 1000},
        {"most_in_100ms", stats->window_most},
        {"first_probe_ns", (uint64_t)stats->first_probe_ns},
        {"last_probe_ns", (uint64_t)stats->last_probe_ns},
    };

    putc('{', out);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        fprintf(out, "\"%s\":%llu,", plain[i].name, (unsigned long long)plain[i].value);
    print_verdicts(stats, out);
    print_per_ttl(stats, out);
    print_per_target(stats, topology, out);
    fputs("}\n", out);
}

void stats_print_targets(const struct stats *stats, const struct topology *topology, FILE *out)
{
    char name[NAME_TEXT], text[ADDRESS_TEXT];

    for (uint32_t i = 0; i < stats->targets; i++) {
        const struct target_stats *entry = &stats->per_target[i];
        const struct target *target = topology_get_target(topology, i);

        if (entry->probes)
            fprintf(out,
                    "{\"target\":\"%s\",\"address\":\"%s\",\"probes\":%u,\"beyond\":%u,\"ttl_"
                    "highest\":%u}\n",
                    topology_target_name(topology, i, name),
                    address_format(&topology_get_router(topology, target->router)->address, text),
                    entry->probes, entry->beyond, entry->ttl_highest);
    }
}
