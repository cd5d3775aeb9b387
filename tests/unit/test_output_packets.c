/* What the outputs tell of what the network does to packets: marking, translators, interfaces. */
#include "hoptrace/event.h"
#include "output_samples.h"
#include "unit.h"

static const struct ht_interface interfaces[] = {
    {.role = HT_INTERFACE_OUTGOING, .index = 8},
    {.role = HT_INTERFACE_INCOMING,
     .index = 7,
     .mtu = 1500,
     .address = SAMPLE_IPV4(10, 0, 0, 5),
     .name = "ge-0/0/\"1\xff"},
};
static const struct ht_node node[] = {
    {.facts.address = SAMPLE_IPV4(10, 0, 0, 1),
     .facts.received = 3,
     .facts.icmp_type = 11,
     .facts.reply_ttl = 63,
     .facts.reply_hops = 2,
     .facts.quoted = true,
     .facts.quoted_tos = 185,
     .facts.quoted_ttl = 1,
     .facts.interfaces = interfaces,
     .facts.interface_count = 2,
     .rtt = {0.4, 0.5, 0.6, 0.1, 0.5, 0.6, 0.1},
     .loss_percent = NAN},
};
static const struct ht_hop hop[] = {
    {.ttl = 1, .sent = 3, .received = 3, .rtt = SAMPLE_RTT, .nodes = node, .node_count = 1},
};
static const struct ht_marking marking[] = {
    {.ttl = 3, .after_ttl = 1, .from = 185, .to = 184},
    {.ttl = 9, .after_ttl = 8, .from = 184, .to = 1},
};
static const struct ht_translator translators[] = {
    {.ttl = 2, .what = 1U << HT_QUOTED_CHECKSUM | 1U << HT_QUOTED_SOURCE},
    {.ttl = 4,
     .what = 1U << HT_QUOTED_FLOW_LABEL | 1U << HT_QUOTED_DESTINATION | 1U << HT_QUOTED_PORT},
};

static const struct ht_mtu_limit limits[] = {
    {.ttl = 3, .mtu = 1400, .address = SAMPLE_IPV4(10, 0, 3, 1)},
    {.ttl = 6, .mtu = 1300, .silent = true},
};
static const struct ht_mtu mtu = {.path = 1300, .limits = limits, .limit_count = 2};

static struct ht_report sample(void)
{
    struct ht_report report = sample_full;
    report.hops = hop;
    report.marking = marking;
    report.marking_count = 2;
    report.translators = translators;
    report.translator_count = 2;
    report.mtu = &mtu;
    return report;
}

static bool tells(const char *format, const char *part)
{
    struct ht_report report = sample();
    struct ht_text text = sample_written(format, &report);
    bool there = strstr(text.data, part) != NULL;
    if (!there)
        (void)printf("%s\n", text.data);
    ht_text_fini(&text);
    return there;
}

/* Why there is no path MTU, where one is asked for. */
static void no_mtu(void)
{
    static const struct {
        enum ht_protocol protocol;
        bool asks;
        const char *line; /* NULL: none */
    } rows[] = {{HT_TCP, true, "\npath MTU unknown: TCP probes have no data\n"},
                {HT_UDP, true, "\npath MTU unknown\n"},
                {HT_TCP, false, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ht_report report = sample();
        report.mtu = NULL;
        report.protocol = rows[i].protocol;
        report.asks_mtu = rows[i].asks;
        struct ht_text text = sample_written("text", &report);
        const char *line = strstr(text.data, "\npath MTU");
        CU_ASSERT((line == NULL) == (rows[i].line == NULL));
        if (line != NULL && rows[i].line != NULL)
            CU_ASSERT_EQUAL(strncmp(line, rows[i].line, strlen(rows[i].line)), 0);
        ht_text_fini(&text);
        text = sample_written("json", &report);
        CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"mtu\":null"));
        ht_text_fini(&text);
    }
}

static void json(void)
{
    CU_ASSERT(tells("json",
                    "\"mtu\":{\"path\":1300,\"limits\":[{\"ttl\":3,\"address\":\"10.0.3.1\","
                    "\"mtu\":1400,\"silent\":false},{\"ttl\":6,\"address\":null,"
                    "\"mtu\":1300,\"silent\":true}]},\"as_path\":"));
    CU_ASSERT(tells("json",
                    "\"marking\":[{\"ttl\":3,\"after\":1,\"from\":185,\"to\":184,\"what\":["
                    "\"ecn\"]},{\"ttl\":9,\"after\":8,\"from\":184,\"to\":1,\"what\":[\"dscp\","
                    "\"ecn\"]}],\"translators\":[{\"ttl\":2,\"what\":[\"checksum\",\"source\"]},"
                    "{\"ttl\":4,\"what\":[\"flow_label\",\"destination\",\"port\"]}],"));
    CU_ASSERT(tells("json",
                    "\"quoted_tos\":185,\"quoted_ttl\":1,\"reply_hops\":2,\"interface\":{"
                    "\"role\":\"incoming\",\"index\":7,\"name\":\"ge-0/0/\\\"1\xef\xbf\xbd\","
                    "\"address\":\"10.0.0.5\",\"mtu\":1500},\"interfaces\":[{\"role\":"
                    "\"outgoing\",\"index\":8,\"name\":null,\"address\":null,\"mtu\":null},{"));
}

static void influx(void)
{
    CU_ASSERT(tells("influx", ",marking_hop=3i,"));
    CU_ASSERT(tells("influx", ",interface=\"ge-0/0/\\\"1\xef\xbf\xbd\","));
    CU_ASSERT(tells("influx", ",quoted_tos=185i,"));
    CU_ASSERT(tells("influx", ",reply_hops=2i,"));
    CU_ASSERT(tells("influx", ",mtu_hop=6i,"));
    CU_ASSERT(tells("influx", ",path_mtu=1300i,"));
}

static void prometheus(void)
{
    CU_ASSERT(tells("prometheus", "hoptrace_path_mtu_bytes{target=\"core-db\""));
}

static void putval(void)
{
    CU_ASSERT(tells("putval", "/gauge-path_mtu\" "));
}

static void text(void)
{
    CU_ASSERT(tells("text", "path MTU 1300, 1400 behind hop 3 (10.0.3.1); 1300 behind hop 6, where "
                            "larger packets vanish\n"));
    CU_ASSERT(tells("text", "TOS 185 becomes 184 between hop 1 and hop 3 (ecn)\n"
                            "TOS 184 becomes 1 between hop 8 and hop 9 (dscp, ecn)\n"
                            "rewritten by hop 2: checksum, source\n"
                            "rewritten by hop 4: flow_label, destination, port\n"));
    CU_ASSERT(tells("text", " outgoing interface, index 8\n"));
    CU_ASSERT(tells("text", ", index 7, 10.0.0.5, MTU 1500\n"));
}

static void a_copy_tells_the_same(void)
{
    struct ht_report report = sample();
    struct ht_report *copy = ht_report_copy(&report);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    CU_ASSERT_PTR_NOT_EQUAL(copy->marking, report.marking);
    CU_ASSERT_PTR_NOT_EQUAL(copy->mtu, report.mtu);
    CU_ASSERT_PTR_NOT_EQUAL(copy->mtu->limits, limits);
    CU_ASSERT_PTR_NOT_EQUAL(copy->hops[0].nodes[0].facts.interfaces, interfaces);
    static const char *const formats[] = {"json", "influx", "text"};
    for (size_t i = 0; i < SAMPLE_COUNT(formats); i++) {
        struct ht_text expected = sample_written(formats[i], &report);
        CU_ASSERT(sample_is(formats[i], copy, expected.data));
        ht_text_fini(&expected);
    }
    ht_report_free(copy);
}

static const struct unit_case cases[] = {
    UNIT_CASE(json),
    UNIT_CASE(no_mtu),
    UNIT_CASE(influx),
    UNIT_CASE(prometheus),
    UNIT_CASE(putval),
    UNIT_CASE(text),
    UNIT_CASE(a_copy_tells_the_same),
};

UNIT_MAIN("output/packets", cases)
