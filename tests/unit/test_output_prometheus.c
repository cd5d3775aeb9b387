#define _GNU_SOURCE /* strcasestr */
#include "output_samples.h"
#include "unit.h"

#define CORE_DB "{target=\"core-db\",protocol=\"tcp\",family=\"ipv4\",site=\"fra1\""

static void the_metrics(void)
{
    struct ht_text text = sample_written("prometheus", &sample_full);
    static const char *const samples[] = {
        "hoptrace_reached" CORE_DB "} 1\n",
        "hoptrace_result_code" CORE_DB "} 0\n",
        "hoptrace_hops" CORE_DB "} 12\n",
        "hoptrace_path_id" CORE_DB "} 2671402014\n",
        "hoptrace_duration_seconds" CORE_DB "} 0.0412\n",
        "hoptrace_probes_sent" CORE_DB "} 36\n",
        "hoptrace_probes_received" CORE_DB "} 34\n",
        "hoptrace_loss_ratio" CORE_DB "} 0\n",
        "hoptrace_rtt_seconds" CORE_DB ",stat=\"min\"} 0.0081\n",
        "hoptrace_rtt_seconds" CORE_DB ",stat=\"avg\"} 0.0083\n",
        "hoptrace_rtt_seconds" CORE_DB ",stat=\"max\"} 0.0088\n",
        "hoptrace_rtt_seconds" CORE_DB ",stat=\"stddev\"} 0.0002\n",
        "hoptrace_rtt_seconds" CORE_DB ",stat=\"median\"} 0.0082\n",
        "hoptrace_rtt_seconds" CORE_DB ",stat=\"p95\"} 0.0088\n",
        "hoptrace_last_round_timestamp_seconds" CORE_DB "} 1767323045.679\n",
        "hoptrace_hop_info" CORE_DB ",hop=\"1\",address=\"10.0.0.1\"} 1\n",
        "hoptrace_hop_loss_ratio" CORE_DB ",hop=\"1\"} 0\n",
        "hoptrace_hop_rtt_seconds" CORE_DB ",hop=\"1\",stat=\"avg\"} 0.0005\n",
    };
    for (size_t i = 0; i < SAMPLE_COUNT(samples); i++) {
        const char *found = strstr(text.data, samples[i]);
        CU_ASSERT(found != NULL && found[-1] == '\n');
    }
    CU_ASSERT_EQUAL(strncmp(text.data,
                            "# HELP hoptrace_reached Whether the destination answered (1) or not "
                            "(0).\n# TYPE hoptrace_reached gauge\nhoptrace_reached{",
                            115),
                    0);
    ht_text_fini(&text);
}

/* Prometheus alone adds those of all rounds up; a restart begins anew. */
static void what_all_rounds_have_sent(void)
{
    struct ht_totals totals = {.last_ttl = 0};
    CU_ASSERT_TRUE(ht_totals_add(&totals, &sample_full));
    CU_ASSERT_TRUE(ht_totals_add(&totals, &sample_full));
    struct ht_output_record record = {.report = &sample_full, .totals = &totals};
    struct ht_text text = {0};
    ht_output_find("prometheus")->write(&text, &record, 1, &sample_context);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n# TYPE hoptrace_sent_total counter\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nhoptrace_sent_total" CORE_DB "} 72\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nhoptrace_received_total" CORE_DB "} 68\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\nhoptrace_hop_sent_total" CORE_DB ",hop=\"1\"} 6\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\nhoptrace_hop_received_total" CORE_DB ",hop=\"1\"} 6\n"));
    ht_totals_fini(&totals);
    ht_text_fini(&text);
    text = sample_written("prometheus", &sample_full);
    CU_ASSERT_PTR_NULL(strstr(text.data, "_sent_total"));
    ht_text_fini(&text);
}

/* Buckets hold what is below them; a time on the bound is in. Rounds add up. */
static void histogram_of_times(void)
{
    static const int64_t times_ns[] = {200000, 200001, 8100000, 8100000, 5000000000, 5000000001};
    static const struct ht_tag tags[] = {{"le", "mine"}};
    struct ht_report report = sample_full;
    report.tags = tags;
    report.tag_count = 1;
    report.rtts_ns = times_ns;
    report.rtt_count = SAMPLE_COUNT(times_ns);
    struct ht_totals totals = {.last_ttl = 0};
    CU_ASSERT_TRUE(ht_totals_add(&totals, &report));
    CU_ASSERT_TRUE(ht_totals_add(&totals, &report));
    struct ht_output_record record = {.report = &report, .totals = &totals};
    struct ht_text text = {0};
    ht_output_find("prometheus")->write(&text, &record, 1, &sample_context);
#define LABELS "{target=\"core-db\",protocol=\"tcp\",family=\"ipv4\",le_=\"mine\""
#define BUCKET "hoptrace_rtt_histogram_seconds_bucket" LABELS ",le="
    static const char expected[] =
        "\n# TYPE hoptrace_rtt_histogram_seconds histogram\n" BUCKET "\"0.0002\"} 2\n" BUCKET
        "\"0.0005\"} 4\n" BUCKET "\"0.001\"} 4\n" BUCKET "\"0.002\"} 4\n" BUCKET
        "\"0.005\"} 4\n" BUCKET "\"0.01\"} 8\n" BUCKET "\"0.02\"} 8\n" BUCKET "\"0.05\"} 8\n" BUCKET
        "\"0.1\"} 8\n" BUCKET "\"0.2\"} 8\n" BUCKET "\"0.5\"} 8\n" BUCKET "\"1\"} 8\n" BUCKET
        "\"2\"} 8\n" BUCKET "\"5\"} 10\n" BUCKET "\"+Inf\"} 12\n"
        "hoptrace_rtt_histogram_seconds_sum" LABELS "} 20.0332\n"
        "hoptrace_rtt_histogram_seconds_count" LABELS "} 12\n";
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, expected));
    ht_totals_fini(&totals);
    ht_text_fini(&text);
}

/* The address that answers now; the user's own label of the name steps aside. */
static void who_answers_at_a_hop(void)
{
    static const struct ht_tag tags[] = {{"hostname", "here"}};
    struct ht_report report = sample_full;
    struct ht_hop hop = sample_full.hops[0];
    struct ht_node node = hop.nodes[0];
    report.tags = tags;
    report.tag_count = 1;
    report.hops = &hop;
    hop.nodes = &node;
    node.hostname = "r\"1";
    struct ht_text text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\nhoptrace_hop_info{target=\"core-db\",protocol=\"tcp\",family=\"ipv4\","
                          "hostname_=\"here\",hop=\"1\",address=\"10.0.0.1\",hostname=\"r\\\"1\"} "
                          "1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data,
                                  "\nhoptrace_reached{target=\"core-db\",protocol=\"tcp\","
                                  "family=\"ipv4\",hostname=\"here\"} 1\n"));
    ht_text_fini(&text);
    hop.node_count = 0;
    text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_hop_info"));
    ht_text_fini(&text);
}

static void hops_can_be_left_out(void)
{
    struct ht_report report = sample_full;
    report.hides_hop_values = true;
    struct ht_text text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_hop_"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nhoptrace_rtt_seconds" CORE_DB));
    ht_text_fini(&text);
}

static void what_was_cut_short_has_no_series(void)
{
    struct ht_text text = sample_written("prometheus", &sample_cut_short);
    static const char *const absent[] = {"hoptrace_reached", "hoptrace_hops", "hoptrace_path_id",
                                         "hoptrace_loss_ratio", "hoptrace_rtt_seconds"};
    for (size_t i = 0; i < SAMPLE_COUNT(absent); i++)
        CU_ASSERT_PTR_NULL(strstr(text.data, absent[i]));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "hoptrace_result_code{target=\"cut\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "hoptrace_probes_sent{target=\"cut\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "hoptrace_hop_loss_ratio{target=\"cut\""));
    ht_text_fini(&text);
}

/* Every report in one call, as the format is to be used. */
static struct ht_text all_written(void)
{
    struct ht_text text = {0};
    ht_output_find("prometheus")
        ->write(&text, sample_records, SAMPLE_COUNT(sample_records), &sample_context);
    return text;
}

static void lines_of_a_metric_stand_together(void)
{
    struct ht_text text = all_written();
    char current[64] = "";
    size_t heads = 0;
    for (char *line = text.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (strncmp(line, "# HELP ", 7) == 0)
            continue;
        bool type = strncmp(line, "# TYPE ", 7) == 0;
        const char *name = type ? line + 7 : line;
        size_t length = strcspn(name, " {");
        CU_ASSERT_TRUE_FATAL(length < sizeof current);
        if (type) {
            memcpy(current, name, length);
            current[length] = '\0';
            heads++;
        }
        CU_ASSERT_TRUE(strncmp(current, name, length) == 0 && current[length] == '\0');
    }
    CU_ASSERT_EQUAL(heads, 13);
    ht_text_fini(&text);
}

static void unknown_is_left_out(void)
{
    struct ht_text text = sample_written("prometheus", &sample_unresolved);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\nhoptrace_reached{target=\"nosuch\",protocol=\"icmp\"} 0\n"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_path_id"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_loss_ratio"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_rtt_seconds"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_hop_"));
    CU_ASSERT_PTR_NULL(strcasestr(text.data, "nan"));
    ht_text_fini(&text);
}

/* The labels of sample_silent with these tags, as they stand behind our own. */
static bool labels_are(const struct ht_tag *tags, size_t count, const char *expected)
{
    static const char ours[] =
        "\nhoptrace_reached{target=\"silent\",protocol=\"icmp\",family=\"ipv4\"";
    struct ht_report report = sample_silent;
    report.tags = tags;
    report.tag_count = count;
    struct ht_text text = sample_written("prometheus", &report);
    const char *found = strstr(text.data, ours);
    bool same = found != NULL && strncmp(found + strlen(ours), expected, strlen(expected)) == 0;
    if (!same)
        (void)printf("\n%s\n", text.data);
    ht_text_fini(&text);
    return same;
}

static void label_values_are_escaped(void)
{
    static const struct ht_tag tags[] = {{"a", "b\"c\\d\ne\tf\xff"}, {"b", ""}, {"", "c"}};
    CU_ASSERT(labels_are(tags, 3, ",a=\"b\\\"c\\\\d\\ne_f\xef\xbf\xbd\"} 0\n"));
}

static void label_names_are_legal_and_unique(void)
{
    static const struct ht_tag tags[] = {
        {"a-b", "1"},      {"a_b", "2"},       {"a.b", "3"},    {"9", "4"},
        {"__name__", "5"}, {"-.x", "6"},       {"target", "7"}, {"stat", "8"},
        {"_", "9"},        {"\xc3\xbc", "10"}, {"hops", "11"},
    };
    CU_ASSERT(labels_are(tags, SAMPLE_COUNT(tags),
                         ",a_b=\"1\",a_b_=\"2\",a_b__=\"3\",_9=\"4\",tag__name__=\"5\","
                         "tag__x=\"6\",target_=\"7\",stat_=\"8\",_=\"9\",tag__=\"10\","
                         "hops=\"11\"} 0\n"));
}

/* Also what never happened: a counter that begins at 1 shows no increase. */
static void counters_of_what_is_remembered(void)
{
    const struct ht_report report = sample_remembered();
    struct ht_text text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n# TYPE hoptrace_path_changes_total counter\n"
                                             "hoptrace_path_changes_total" CORE_DB "} 3\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\n# TYPE hoptrace_events_total counter\n"
                          "hoptrace_events_total" CORE_DB ",event=\"path_changed\"} 3\n"
                          "hoptrace_events_total" CORE_DB ",event=\"address_changed\"} 0\n"));
    ht_text_fini(&text);
}

/* Reports of an older, and of a later version of the library. */
static void counts_of_other_versions(void)
{
    static const uint32_t counts[HT_EVENT_KINDS + 1] = {1, 2, 3};
    struct ht_report report = sample_remembered();
    report.event_counts = counts;
    report.event_kinds = HT_EVENT_KINDS + 1;
    struct ht_text text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, ",event=\"address_changed\"} 2\n"));
    CU_ASSERT_PTR_NULL(strstr(text.data, ",event=\"\"}"));
    ht_text_fini(&text);
    report.event_kinds = 1;
    text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, ",event=\"path_changed\"} 1\n"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "address_changed"));
    ht_text_fini(&text);
    report.event_counts = NULL;
    text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_events_total"));
    ht_text_fini(&text);
}

static void what_is_not_remembered_has_no_counter(void)
{
    struct ht_text text = sample_written("prometheus", &sample_full);
    CU_ASSERT_PTR_NULL(strstr(text.data, "_total"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "counter"));
    ht_text_fini(&text);
}

static void where_a_path_breaks(void)
{
    static const char *const samples[] = {
        "\nhoptrace_loss_significant" CORE_DB "} 1\n",
        "\nhoptrace_loss_after_hop" CORE_DB "} 4\n",
        "\nhoptrace_loss_by_hop" CORE_DB "} 6\n",
        "\nhoptrace_rtt_risen" CORE_DB "} 1\n",
        "\nhoptrace_hop_path_loss_ratio" CORE_DB ",hop=\"1\"} 0.025\n",
    };
    struct ht_report report = sample_where();
    struct ht_text text = sample_written("prometheus", &report);
    for (size_t i = 0; i < SAMPLE_COUNT(samples); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text.data, samples[i]));
    ht_text_fini(&text);
    report = sample_where_unknown();
    text = sample_written("prometheus", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nhoptrace_loss_significant" CORE_DB "} 0\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nhoptrace_rtt_risen" CORE_DB "} 0\n"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "after_hop"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "by_hop"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "path_loss"));
    ht_text_fini(&text);
    text = sample_written("prometheus", &sample_full);
    CU_ASSERT_PTR_NULL(strstr(text.data, "significant"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "path_loss"));
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_metrics),
    UNIT_CASE(what_all_rounds_have_sent),
    UNIT_CASE(histogram_of_times),
    UNIT_CASE(who_answers_at_a_hop),
    UNIT_CASE(hops_can_be_left_out),
    UNIT_CASE(what_was_cut_short_has_no_series),
    UNIT_CASE(lines_of_a_metric_stand_together),
    UNIT_CASE(unknown_is_left_out),
    UNIT_CASE(label_values_are_escaped),
    UNIT_CASE(label_names_are_legal_and_unique),
    UNIT_CASE(counters_of_what_is_remembered),
    UNIT_CASE(counts_of_other_versions),
    UNIT_CASE(what_is_not_remembered_has_no_counter),
    UNIT_CASE(where_a_path_breaks),
};

UNIT_MAIN("output prometheus", cases)
