/* What the outputs tell of a target with several flows: two of them, by way of two routers at hop
 * 2, of which one loses half. */
#include "hoptrace/event.h"
#include "output/collectd_values.h"
#include "output_samples.h"
#include "unit.h"

static const uint16_t both[] = {0, 1};
static const struct ht_node first_nodes[] = {
    {.facts.address = SAMPLE_IPV4(10, 0, 1, 1),
     .facts.received = 2,
     .facts.icmp_type = 11,
     .rtt = {1, 1, 1, 0, 1, 1, 0},
     .flows = both,
     .flow_count = 2,
     .flows_sent = 2},
};
static const struct ht_node second_nodes[] = {
    {.facts.address = SAMPLE_IPV4(10, 0, 2, 1),
     .facts.received = 1,
     .facts.icmp_type = 11,
     .rtt = {2, 2, 2, 0, 2, 2, NAN},
     .flows = both,
     .flow_count = 1,
     .flows_sent = 1,
     .branch = 2},
    {.facts.address = SAMPLE_IPV4(10, 0, 2, 2),
     .facts.received = 1,
     .facts.icmp_type = 11,
     .hostname = "b.example",
     .rtt = {3, 3, 3, 0, 3, 3, NAN},
     .flows = both + 1,
     .flow_count = 1,
     .flows_sent = 2,
     .loss_percent = 50,
     .branch = 1},
};
static const struct ht_hop hops[] = {
    {.ttl = 1,
     .sent = 2,
     .received = 2,
     .rtt = {1, 1, 1, 0, 1, 1, 0},
     .nodes = first_nodes,
     .node_count = 1},
    {.ttl = 2,
     .sent = 3,
     .received = 2,
     .loss_percent = 100.0 / 3,
     .rtt = {2, 2.5, 3, 0.5, 2, 3, 1},
     .nodes = second_nodes,
     .node_count = 2},
};
static const struct ht_flow_result flows[] = {
    {.flow = 0,
     .hop_count = 2,
     .source_port = 61001,
     .status = HT_STATUS_REACHED,
     .has_path_id = true,
     .path_id = 0xbeef,
     .sent = 1,
     .received = 1,
     .rtt = {2, 2, 2, 0, 2, 2, NAN}},
    {.flow = 1,
     .hop_count = 2,
     .source_port = 61071,
     .status = HT_STATUS_INCOMPLETE,
     .sent = 2,
     .loss_percent = 100,
     .rtt = SAMPLE_NO_RTT},
};
static const struct ht_node_link links[] = {
    {.ttl = 1,
     .from = SAMPLE_IPV4(10, 0, 1, 1),
     .to = SAMPLE_IPV4(10, 0, 2, 1),
     .flows = both,
     .flow_count = 1},
    {.ttl = 1,
     .from = SAMPLE_IPV4(10, 0, 1, 1),
     .to = SAMPLE_IPV4(10, 0, 2, 2),
     .flows = both + 1,
     .flow_count = 1},
};
static const struct ht_balancer balancers[] = {{.ttl = 2, .width = 2}};
static const struct ht_multipath multipath = {.flows = 2,
                                              .paths = 2,
                                              .width = 2,
                                              .confidence = NAN,
                                              .balancers = balancers,
                                              .balancer_count = 1};

static struct ht_report report_of_flows(void)
{
    struct ht_report report = sample_full;
    report.protocol = HT_UDP;
    report.hop_count = 2;
    report.probes = 1;
    report.sent = 6;
    report.received = 4;
    report.loss_percent = 200.0 / 3;
    report.rtt = flows[0].rtt;
    report.hops = hops;
    report.listed_hops = 2;
    report.flows = flows;
    report.flow_count = 2;
    report.links = links;
    report.link_count = 2;
    report.multipath = &multipath;
    return report;
}

static void expect_all(const char *format, const char *const *pieces, size_t count)
{
    struct ht_report report = report_of_flows();
    struct ht_text text = sample_written(format, &report);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(text.data, pieces[i]));
        if (strstr(text.data, pieces[i]) == NULL)
            printf("\n%s: no %s\n", format, pieces[i]);
    }
    ht_text_fini(&text);
}

static void json(void)
{
    static const char *const pieces[] = {
        "\"window\":null,\"flows\":[{\"flow\":0,\"source_port\":61001,\"status\":\"reached\","
        "\"hop_count\":2,\"path_id\":\"0000beef\",\"sent\":1,\"received\":1,\"loss_percent\":0.0,"
        "\"rtt_ms\":{\"min\":2.0,",
        "{\"flow\":1,\"source_port\":61071,\"status\":\"incomplete\",\"hop_count\":2,"
        "\"path_id\":null,\"sent\":2,\"received\":0,\"loss_percent\":100.0,\"rtt_ms\":{\"min\":"
        "null,",
        "\"links\":[{\"ttl\":1,\"from\":\"10.0.1.1\",\"to\":\"10.0.2.1\",\"flows\":[0]},"
        "{\"ttl\":1,\"from\":\"10.0.1.1\",\"to\":\"10.0.2.2\",\"flows\":[1]}],",
        "\"multipath\":{\"flows\":2,\"paths\":2,\"width\":2,\"complete\":null,\"confidence\":null,"
        "\"lossy_flows\":0,\"lossy_node\":null,\"lossy_after\":null,"
        "\"balancers\":[{\"ttl\":2,\"width\":2,\"by\":\"flow\"}]},",
        "\"mpls\":[],\"flows\":[0,1],\"sent\":2,\"loss_percent\":0.0,",
        "\"flows\":[1],\"sent\":2,\"loss_percent\":50.0,",
    };
    expect_all("json", pieces, SAMPLE_COUNT(pieces));
}

static void one_flow_has_the_keys_and_nothing_in_them(void)
{
    struct ht_text text = sample_written("json", &sample_full);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\"window\":null,\"flows\":[],\"links\":[],\"multipath\":null,"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "],\"flows\":[],\"sent\":null,\"loss_percent\":null,"));
    ht_text_fini(&text);
    text = sample_written("influx", &sample_full);
    CU_ASSERT_PTR_NULL(strstr(text.data, "flow"));
    ht_text_fini(&text);
}

static void influx(void)
{
    static const char *const pieces[] = {
        "duration_ms=41.2,flows=2i,forged=0i,",
        ",loss_percent=66.666667,lossy_flows=0i,path_hash=",
        "\ntraceroute_flow,family=ipv4,flow=0,protocol=udp,site=fra1,target=core-db "
        "hops=2i,loss_percent=0,path_hash=48879i,path_id=\"0000beef\",received=1i,rtt_avg_ms=2,"
        "rtt_max_ms=2,rtt_median_ms=2,rtt_min_ms=2,rtt_p95_ms=2,rtt_stddev_ms=0,sent=1i,"
        "source_port=61001i,status=\"reached\" 1767323045678901000\n",
        "\ntraceroute_flow,family=ipv4,flow=1,protocol=udp,site=fra1,target=core-db "
        "hops=2i,loss_percent=100,received=0i,sent=2i,source_port=61071i,status=\"incomplete\" "
        "1767323045678901000\n",
        "\ntraceroute_node,branch=1,family=ipv4,hop=2,protocol=udp,site=fra1,target=core-db "
        "address=\"10.0.2.2\",flows=1i,hostname=\"b.example\",loss_percent=50,received=1i,"
        "rtt_avg_ms=3,rtt_max_ms=3,rtt_median_ms=3,rtt_min_ms=3,rtt_p95_ms=3,rtt_stddev_ms=0,"
        "sent=2i 1767323045678901000\n",
        "\ntraceroute_node,branch=2,family=ipv4,hop=2,",
        ",width=2i 1767323045678901000\n",
    };
    expect_all("influx", pieces, SAMPLE_COUNT(pieces));
}

static void hops_can_be_left_out(void)
{
    struct ht_report report = report_of_flows();
    report.hides_hop_values = true;
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "hop="));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\ntraceroute_flow,"));
    ht_text_fini(&text);
}

static void events_have_their_flow(void)
{
    struct ht_event event = sample_path_changed;
    const struct ht_event *events[] = {&event};
    const struct ht_output_record record = {.events = events, .event_count = 1};
    struct ht_text text = {0};
    event.flow = 3;
    event.flows = 8;
    ht_output_find("influx")->write(&text, &record, 1, &sample_context);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "event=path_changed,family=ipv4,flow=3,protocol="));
    ht_text_fini(&text);
    event.flows = 1;
    ht_output_find("influx")->write(&text, &record, 1, &sample_context);
    CU_ASSERT_PTR_NULL(strstr(text.data, "flow="));
    ht_text_fini(&text);
}

#define CORE_DB "{target=\"core-db\",protocol=\"udp\",family=\"ipv4\",site=\"fra1\""

static void prometheus(void)
{
    static const char *const pieces[] = {
        "hoptrace_width" CORE_DB "} 2\n",
        "hoptrace_lossy_flows" CORE_DB "} 0\n",
        "hoptrace_flow_loss_ratio" CORE_DB ",flow=\"0\"} 0\nhoptrace_flow_loss_ratio" CORE_DB
        ",flow=\"1\"} 1\n",
        "hoptrace_flow_rtt_seconds" CORE_DB ",flow=\"0\",stat=\"avg\"} 0.002\n",
    };
    expect_all("prometheus", pieces, SAMPLE_COUNT(pieces));
}

static void putval(void)
{
    static const char *const pieces[] = {
        "/gauge-width\" ",
        "/gauge-lossy_flows\" ",
        "/ping-flow-01\" ",
        "/ping_droprate-flow-01\" ",
    };
    expect_all("putval", pieces, SAMPLE_COUNT(pieces));
    struct ht_report report = report_of_flows();
    struct ht_text text = sample_written("putval", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "flow-00"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "flow-02"));
    ht_text_fini(&text);
}

/* The flows that values were told of, and how many of the values were unknown. */
struct told {
    char flows[64];
    unsigned unknown;
};

static void tell(void *user, const struct ht_collectd_value *value)
{
    struct told *told = user;
    if (strcmp(value->type, "ping") != 0 || strncmp(value->instance, "flow-", 5) != 0)
        return;
    size_t used = strlen(told->flows);
    (void)snprintf(told->flows + used, sizeof told->flows - used, " %s", value->instance + 5);
    told->unknown += isnan(value->number) ? 1 : 0;
}

/* A search may come to flow 300 by way of many that no record has. */
static void collectd_has_the_flows_of_records(void)
{
    struct ht_flow_result later[2] = {flows[0], flows[0]};
    struct ht_hop_range range = {0};
    struct told told = {{0}, 0};
    struct ht_report report = report_of_flows();
    ht_collectd_values(&report, &range, tell, &told);
    CU_ASSERT_STRING_EQUAL(told.flows, " 01");
    later[1].flow = 300;
    report.flows = later;
    told = (struct told){{0}, 0};
    ht_collectd_values(&report, &range, tell, &told);
    CU_ASSERT_STRING_EQUAL(told.flows, " 01 300");
    CU_ASSERT_EQUAL(told.unknown, 1);
}

static void text(void)
{
    static const char *const pieces[] = {
        ", 1 probes a hop, 2 flows\n",
        "10.0.2.1                                  33.3%",
        "     b.example (10.0.2.2)                      50.0%",
        "; 2 flows take 2 paths\n",
    };
    expect_all("text", pieces, SAMPLE_COUNT(pieces));
}

/* Router 2 of hop 2 loses, its flow is not answered behind it. */
static void dot(void)
{
    static const char *const pieces[] = {
        "digraph \"core-db\" {\n",
        "  host [label=\"this host\\n10.0.0.2\"];\n",
        "  n1_0 [label=\"10.0.1.1\\n0% lost, 1.0 ms\"];\n",
        "  n2_1 [label=\"b.example\\n10.0.2.2\\n50% lost, 3.0 ms\", color=red, fontcolor=red];\n",
        "  { rank=same; n2_0; n2_1; }\n",
        "  host -> n1_0 [label=\"0-1\", tooltip=\"flows 0-1\", penwidth=4.0];\n",
        "  n1_0 -> n2_0 [label=\"0\", tooltip=\"flows 0\", penwidth=2.5];\n",
        "  n1_0 -> n2_1 [color=red, fontcolor=red, label=\"1\", tooltip=\"flows 1\", "
        "penwidth=2.5];\n",
        "  x2_1 [label=\"no answer\", shape=plaintext];\n",
        "  n2_1 -> x2_1 [style=dashed, label=\"1\", tooltip=\"flows 1\", penwidth=2.5];\n}\n",
    };
    struct ht_multipath lossy = multipath;
    struct ht_report report = report_of_flows();
    lossy.lossy_flows = 1;
    lossy.lossy_node = second_nodes[1].facts.address;
    report.multipath = &lossy;
    struct ht_text text = sample_written("dot", &report);
    for (size_t i = 0; i < SAMPLE_COUNT(pieces); i++) {
        if (strstr(text.data, pieces[i]) == NULL)
            (void)fprintf(stderr, "missing: %s\nin %s\n", pieces[i], text.data);
        CU_ASSERT_PTR_NOT_NULL(strstr(text.data, pieces[i]));
    }
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(json),
    UNIT_CASE(one_flow_has_the_keys_and_nothing_in_them),
    UNIT_CASE(influx),
    UNIT_CASE(events_have_their_flow),
    UNIT_CASE(prometheus),
    UNIT_CASE(putval),
    UNIT_CASE(collectd_has_the_flows_of_records),
    UNIT_CASE(text),
    UNIT_CASE(dot),
    UNIT_CASE(hops_can_be_left_out),
};

UNIT_MAIN("output_flows", cases)
