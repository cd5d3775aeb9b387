/* Measures one target and waits for the report: blocking HOST [icmp|udp|tcp]
 *
 *     cc -o blocking blocking.c $(pkg-config --cflags --libs hoptrace)
 *
 * Raw sockets need CAP_NET_RAW: run it as root, or `setcap cap_net_raw+ep blocking`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <hoptrace.h>

static void print_hop(const struct ht_hop *hop)
{
    char address[HT_ADDRESS_TEXT_MAX] = "*";
    if (hop->node_count > 0)
        ht_address_format(&hop->nodes[0].facts.address, address);
    printf("%2u %s", hop->ttl, address);
    /* What is not known is NaN. */
    if (!isnan(hop->rtt.avg_ms))
        printf(" %.3f ms", hop->rtt.avg_ms);
    printf(" %u/%u\n", hop->received, hop->sent);
}

static void print_report(const struct ht_report *report)
{
    for (size_t i = 0; i < report->listed_hops; i++)
        print_hop(&report->hops[i]);
    printf("%s: %s", report->name, ht_status_name(report->status));
    if (report->error != NULL)
        printf(" (%s)", report->error);
    printf(", %u hops\n", report->hop_count);
}

static enum ht_protocol protocol_of(const char *word)
{
    if (strcmp(word, "udp") == 0)
        return HT_UDP;
    return strcmp(word, "tcp") == 0 ? HT_TCP : HT_ICMP;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: blocking HOST [icmp|udp|tcp]\n");
        return 2;
    }
    struct ht_target target = {.host = argv[1]};
    ht_settings_init(&target.settings);
    target.settings.numeric = true;
    if (argc > 2)
        target.settings.protocol = protocol_of(argv[2]);

    struct ht_report *report;
    struct ht_error error;
    if (ht_trace(&target, &report, &error) != HT_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    print_report(report);
    ht_report_free(report);
    return 0;
}
