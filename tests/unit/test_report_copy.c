/* Copies of reports. The copy's own source is built in here over a watched allocator. */
#include "watched_block.h"

#define malloc watched_malloc
#include "api/report_copy.c" // NOLINT(bugprone-suspicious-include)
#undef malloc

#include "output_samples.h"
#include "unit.h"

static bool number_copied(double copy, double original)
{
    return copy == original || (isnan(copy) && isnan(original));
}

static bool rtt_copied(const struct ht_rtt *copy, const struct ht_rtt *original)
{
    return number_copied(copy->min_ms, original->min_ms) &&
           number_copied(copy->avg_ms, original->avg_ms) &&
           number_copied(copy->max_ms, original->max_ms) &&
           number_copied(copy->stddev_ms, original->stddev_ms) &&
           number_copied(copy->median_ms, original->median_ms) &&
           number_copied(copy->p95_ms, original->p95_ms) &&
           number_copied(copy->jitter_ms, original->jitter_ms);
}

static void check_node(const struct ht_node *copy, const struct ht_node *original)
{
    if (!in_block(copy)) {
        CU_FAIL("the node is not in the block");
        return;
    }
    CU_ASSERT(ht_address_equal(&copy->facts.address, &original->facts.address));
    CU_ASSERT(string_copied(copy->zone, original->zone));
    CU_ASSERT(string_copied(copy->hostname, original->hostname));
    CU_ASSERT_EQUAL(copy->facts.received, original->facts.received);
    CU_ASSERT(rtt_copied(&copy->rtt, &original->rtt));
    CU_ASSERT_EQUAL(copy->facts.icmp_type, original->facts.icmp_type);
    CU_ASSERT_EQUAL(copy->facts.icmp_code, original->facts.icmp_code);
    CU_ASSERT_EQUAL(copy->facts.reply_ttl, original->facts.reply_ttl);
    CU_ASSERT_PTR_EQUAL(copy->refusal, original->refusal);
    CU_ASSERT_EQUAL_FATAL(copy->facts.mpls_count, original->facts.mpls_count);
    for (size_t i = 0; i < copy->facts.mpls_count; i++) {
        CU_ASSERT_TRUE_FATAL(in_block(&copy->facts.mpls[i]));
        CU_ASSERT_EQUAL(copy->facts.mpls[i].label, original->facts.mpls[i].label);
        CU_ASSERT_EQUAL(copy->facts.mpls[i].tc, original->facts.mpls[i].tc);
        CU_ASSERT_EQUAL(copy->facts.mpls[i].bottom, original->facts.mpls[i].bottom);
        CU_ASSERT_EQUAL(copy->facts.mpls[i].ttl, original->facts.mpls[i].ttl);
    }
}

static void check_hop(const struct ht_hop *copy, const struct ht_hop *original)
{
    if (!in_block(copy)) {
        CU_FAIL("the hop is not in the block");
        return;
    }
    CU_ASSERT_EQUAL(copy->ttl, original->ttl);
    CU_ASSERT_EQUAL(copy->shared, original->shared);
    CU_ASSERT_EQUAL(copy->sent, original->sent);
    CU_ASSERT_EQUAL(copy->received, original->received);
    CU_ASSERT(rtt_copied(&copy->rtt, &original->rtt));
    CU_ASSERT_EQUAL_FATAL(copy->node_count, original->node_count);
    for (size_t i = 0; i < copy->node_count; i++)
        check_node(&copy->nodes[i], &original->nodes[i]);
}

static void check_report(const struct ht_report *copy, const struct ht_report *original)
{
    if (!in_block(copy)) {
        CU_FAIL("no copy");
        return;
    }
    CU_ASSERT(string_copied(copy->name, original->name));
    CU_ASSERT(string_copied(copy->host, original->host));
    CU_ASSERT(string_copied(copy->error, original->error));
    CU_ASSERT(string_copied(copy->address_zone, original->address_zone));
    CU_ASSERT(string_copied(copy->source_zone, original->source_zone));
    CU_ASSERT_PTR_EQUAL(copy->user, original->user);
    CU_ASSERT_EQUAL(copy->time_ns, original->time_ns);
    CU_ASSERT_EQUAL(copy->path_id, original->path_id);
    CU_ASSERT(rtt_copied(&copy->rtt, &original->rtt));
    CU_ASSERT_EQUAL_FATAL(copy->tag_count, original->tag_count);
    CU_ASSERT_TRUE_FATAL(original->tag_count == 0 || in_block(copy->tags));
    for (size_t i = 0; i < original->tag_count; i++) {
        CU_ASSERT(string_copied(copy->tags[i].key, original->tags[i].key));
        CU_ASSERT(string_copied(copy->tags[i].value, original->tags[i].value));
    }
    CU_ASSERT_EQUAL_FATAL(copy->listed_hops, original->listed_hops);
    for (size_t i = 0; i < original->listed_hops; i++)
        check_hop(&copy->hops[i], &original->hops[i]);
}

static void copies_are_deep_and_in_one_block(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(sample_reports); i++) {
        struct ht_report *copy = ht_report_copy(sample_reports[i]);
        check_report(copy, sample_reports[i]);
        ht_report_free(copy);
    }
}

static void copies_print_the_same(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(sample_reports); i++) {
        struct ht_report *copy = ht_report_copy(sample_reports[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        struct ht_text text = sample_written("json", sample_reports[i]);
        CU_ASSERT(sample_is("json", copy, text.data));
        ht_text_fini(&text);
        ht_report_free(copy);
    }
}

static void counts_of_events_are_copied(void)
{
    struct ht_report report = sample_remembered();
    struct ht_report *copy = ht_report_copy(&report);
    check_report(copy, &report);
    CU_ASSERT_EQUAL_FATAL(copy->event_kinds, HT_EVENT_KINDS);
    CU_ASSERT_TRUE(in_block(&copy->event_counts[HT_EVENT_KINDS - 1]));
    CU_ASSERT_EQUAL(
        memcmp(copy->event_counts, report.event_counts, HT_EVENT_KINDS * sizeof(uint32_t)), 0);
    CU_ASSERT_EQUAL(copy->path_since_ns, report.path_since_ns);
    ht_report_free(copy);
}

static void the_window_is_copied(void)
{
    struct ht_report report = sample_where();
    struct ht_report *copy = ht_report_copy(&report);
    check_report(copy, &report);
    CU_ASSERT_TRUE_FATAL(in_block(copy->window) && in_block(copy->window + 1));
    CU_ASSERT_EQUAL(memcmp(copy->window, report.window, sizeof *copy->window), 0);
    CU_ASSERT_EQUAL(copy->hops[0].path_loss_percent, report.hops[0].path_loss_percent);
    ht_report_free(copy);
}

static void times_are_copied(void)
{
    static const int64_t times_ns[] = {8100000, 8800000, 1};
    struct ht_report report = sample_where();
    report.rtts_ns = times_ns;
    report.rtt_count = SAMPLE_COUNT(times_ns);
    struct ht_report *copy = ht_report_copy(&report);
    check_report(copy, &report);
    CU_ASSERT_EQUAL_FATAL(copy->rtt_count, SAMPLE_COUNT(times_ns));
    CU_ASSERT_TRUE_FATAL(in_block(&copy->rtts_ns[0]) && in_block(&copy->rtts_ns[2]));
    CU_ASSERT_EQUAL(memcmp(copy->rtts_ns, times_ns, sizeof times_ns), 0);
    ht_report_free(copy);
}

static void a_copy_of_a_copy(void)
{
    struct ht_report *first = ht_report_copy(&sample_ipv6);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    struct ht_report *second = ht_report_copy(first);
    ht_report_free(first);
    check_report(second, &sample_ipv6);
    ht_report_free(second);
}

static void an_empty_report(void)
{
    static const struct ht_report empty = {0};
    struct ht_report *copy = ht_report_copy(&empty);
    check_report(copy, &empty);
    ht_report_free(copy);
}

static void refused_memory_gives_null(void)
{
    refuse_memory = true;
    CU_ASSERT_PTR_NULL(ht_report_copy(&sample_full));
    refuse_memory = false;
    ht_report_free(NULL);
}

static bool flows_copied(const uint16_t *copy, const uint16_t *original, size_t count)
{
    return count == 0 || (in_block(copy) && memcmp(copy, original, count * sizeof *copy) == 0);
}

static void several_flows_are_copied(void)
{
    static const uint16_t numbers[] = {0, 2, 500};
    struct ht_node node = sample_router[0];
    node.flows = numbers;
    node.flow_count = 3;
    struct ht_hop hop = sample_first_hop[0];
    hop.nodes = &node;
    const struct ht_flow_result flows[] = {{.flow = 0, .sent = 7}, {.flow = 1, .sent = 8}};
    const struct ht_node_link links[] = {
        {.ttl = 1, .from_zone = "eth0", .flows = numbers, .flow_count = 2},
        {.ttl = 2, .to_zone = "eth1", .flows = numbers + 1, .flow_count = 1}};
    const struct ht_balancer balancers[] = {{.ttl = 3, .width = 2}, {.ttl = 9, .width = 4}};
    const struct ht_multipath multipath = {
        .flows = 2, .lossy_node_zone = "eth2", .balancers = balancers, .balancer_count = 2};
    struct ht_report report = sample_full;
    report.hops = &hop;
    report.flows = flows;
    report.flow_count = 2;
    report.links = links;
    report.link_count = 2;
    report.multipath = &multipath;
    struct ht_report *copy = ht_report_copy(&report);
    check_report(copy, &report);
    CU_ASSERT(flows_copied(copy->hops[0].nodes[0].flows, numbers, 3));
    CU_ASSERT_TRUE_FATAL(in_block(&copy->flows[1]) && in_block(&copy->links[1]));
    CU_ASSERT_EQUAL(copy->flows[1].sent, 8);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT(string_copied(copy->links[i].from_zone, links[i].from_zone));
        CU_ASSERT(string_copied(copy->links[i].to_zone, links[i].to_zone));
        CU_ASSERT(flows_copied(copy->links[i].flows, links[i].flows, links[i].flow_count));
    }
    CU_ASSERT_TRUE_FATAL(in_block(copy->multipath) && in_block(copy->multipath->balancers));
    CU_ASSERT(string_copied(copy->multipath->lossy_node_zone, "eth2"));
    CU_ASSERT_EQUAL(copy->multipath->balancers[1].width, 4);
    ht_report_free(copy);
}

static const struct unit_case cases[] = {
    UNIT_CASE(several_flows_are_copied),  UNIT_CASE(copies_are_deep_and_in_one_block),
    UNIT_CASE(copies_print_the_same),     UNIT_CASE(counts_of_events_are_copied),
    UNIT_CASE(the_window_is_copied),      UNIT_CASE(times_are_copied),
    UNIT_CASE(a_copy_of_a_copy),          UNIT_CASE(an_empty_report),
    UNIT_CASE(refused_memory_gives_null),
};

UNIT_MAIN("report copy", cases)
