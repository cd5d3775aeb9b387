#include "packetlog.h"

#include <netinet/in.h>

static const char *const VERDICTS[PROBE_VERDICTS] = {
    [PROBE_GOOD] = "good",
    [PROBE_NOT_IP] = "ignored",
    [PROBE_BAD_LENGTH] = "length",
    [PROBE_BAD_HEADER] = "header",
    [PROBE_BAD_IP_SUM] = "ip_checksum",
    [PROBE_BAD_SUM] = "checksum",
    [PROBE_FRAGMENT] = "fragment",
    [PROBE_OTHER_PROTOCOL] = "protocol",
};

static const char *protocol_name(const struct probe *probe)
{
    switch (probe->protocol) {
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return "icmp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_TCP:
        return "tcp";
    default:
        return "other";
    }
}

static void write_options(FILE *log, const struct segment_options *options)
{
    const struct {
        const char *name;
        bool there;
    } all[] = {
        {"mss", options->mss},
        {"sack", options->sack},
        {"timestamps", options->timestamps},
        {"window_scale", options->window_scale},
    };
    const char *comma = "";

    fputs(",\"tcp_options\":[", log);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].there)
            continue;
        fprintf(log, "%s\"%s\"", comma, all[i].name);
        comma = ",";
    }
    putc(']', log);
    if (options->timestamps)
        fprintf(log, ",\"ts_value\":%u,\"ts_echo\":%u", options->ts_value, options->ts_echo);
}

static void write_transport(FILE *log, const struct probe *probe)
{
    if (probe->payload == 0)
        return; /* never read that far */
    switch (probe->protocol) {
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        fprintf(log, ",\"icmp_type\":%u,\"icmp_code\":%u,\"icmp_id\":%u,\"icmp_seq\":%u",
                probe->icmp_type, probe->icmp_code, probe->echo_id, probe->echo_sequence);
        break;
    case IPPROTO_TCP:
        fprintf(log, ",\"sport\":%u,\"dport\":%u,\"tcp_seq\":%u,\"tcp_ack\":%u,\"tcp_flags\":%u",
                probe->source_port, probe->destination_port, probe->tcp_sequence, probe->tcp_ack,
                probe->tcp_flags);
        write_options(log, &probe->tcp_options);
        break;
    default:
        fprintf(log, ",\"sport\":%u,\"dport\":%u", probe->source_port, probe->destination_port);
        break;
    }
    fprintf(log, ",\"checksum\":%u,\"payload\":%zu", probe->checksum,
            probe->length - probe->payload);
}

void packetlog_write(FILE *log, const struct probe *probe, enum probe_verdict verdict,
                     int64_t arrival_ns)
{
    char source[ADDRESS_TEXT], destination[ADDRESS_TEXT];

    fprintf(log, "{\"time_ns\":%lld,\"verdict\":\"%s\"", (long long)arrival_ns, VERDICTS[verdict]);
    if (probe->transport != 0) {
        fprintf(log,
                ",\"family\":\"%s\",\"protocol\":\"%s\",\"src\":\"%s\",\"dst\":\"%s\",\"ttl\":%u,"
                "\"tos\":%u",
                probe->ipv4 ? "ipv4" : "ipv6", protocol_name(probe),
                address_format(&probe->source, source),
                address_format(&probe->destination, destination), probe->ttl, probe->tos);
        if (probe->ipv4)
            fprintf(log, ",\"ip_id\":%u", probe->ip_id);
        else
            fprintf(log, ",\"flow_label\":%u", probe->flow_label);
        fprintf(log, ",\"length\":%zu", probe->length);
        write_transport(log, probe);
    }
    fputs("}\n", log);
}
