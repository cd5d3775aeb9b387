#include "output_samples.h"
#include "unit.h"

/* The gauges of a window, which these have not. */
#define NO_WINDOW(start)                                                                           \
    start "gauge-loss_significant\"" WHEN "U\n" start "gauge-loss_after_hop\"" WHEN "U\n" start    \
          "gauge-loss_by_hop\"" WHEN "U\n" start "gauge-rtt_risen\"" WHEN "U\n"

#define CORE_DB "PUTVAL \"probe1/traceroute-core-db/"
#define WHEN    " interval=60.000 1767323045:"

static void the_values(void)
{
    CU_ASSERT(sample_is(
        "putval", &sample_full,
        CORE_DB "ping\"" WHEN "8.3\n" CORE_DB "ping_stddev\"" WHEN "0.2\n" CORE_DB
                "ping_droprate\"" WHEN "0\n" CORE_DB "gauge-hops\"" WHEN "12\n" CORE_DB
                "gauge-reached\"" WHEN "1\n" CORE_DB "gauge-path_id\"" WHEN "2671402014\n" CORE_DB
                "gauge-result_code\"" WHEN "0\n" CORE_DB "gauge-path_changes\"" WHEN
                "U\n" NO_WINDOW(CORE_DB) CORE_DB
        "ping-hop-01\"" WHEN "0.5\n" CORE_DB "ping_stddev-hop-01\"" WHEN "0.1\n" CORE_DB
        "ping_droprate-hop-01\"" WHEN "0\n" CORE_DB "ping_droprate-path-01\"" WHEN "U\n"));
}

#define NOSUCH "PUTVAL \"probe1/traceroute-nosuch/"

static void hops_can_be_left_out(void)
{
    struct ht_report report = sample_full;
    report.hides_hop_values = true;
    struct ht_text text = sample_written("putval", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "hop-"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "path-01"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "/ping_droprate\""));
    ht_text_fini(&text);
}

static void no_answer_is_unknown(void)
{
    CU_ASSERT(sample_is("putval", &sample_unresolved,
                        NOSUCH "ping\"" WHEN "U\n" NOSUCH "ping_stddev\"" WHEN "U\n" NOSUCH
                               "ping_droprate\"" WHEN "U\n" NOSUCH "gauge-hops\"" WHEN "0\n" NOSUCH
                               "gauge-reached\"" WHEN "0\n" NOSUCH "gauge-path_id\"" WHEN
                               "U\n" NOSUCH "gauge-result_code\"" WHEN "3\n" NOSUCH
                               "gauge-path_changes\"" WHEN "U\n" NO_WINDOW(NOSUCH)));
}

#define CUT "PUTVAL \"probe1/traceroute-cut/"

static void what_was_cut_short_is_unknown(void)
{
    CU_ASSERT(
        sample_is("putval", &sample_cut_short,
                  CUT "ping\"" WHEN "U\n" CUT "ping_stddev\"" WHEN "U\n" CUT "ping_droprate\"" WHEN
                      "U\n" CUT "gauge-hops\"" WHEN "U\n" CUT "gauge-reached\"" WHEN "U\n" CUT
                      "gauge-path_id\"" WHEN "U\n" CUT "gauge-result_code\"" WHEN "1\n" CUT
                      "gauge-path_changes\"" WHEN "U\n" NO_WINDOW(CUT) CUT
                  "ping-hop-01\"" WHEN "0.5\n" CUT "ping_stddev-hop-01\"" WHEN "0.1\n" CUT
                  "ping_droprate-hop-01\"" WHEN "0\n" CUT "ping_droprate-path-01\"" WHEN "U\n"));
}

static void silent_hops_have_values(void)
{
    struct ht_text text = sample_written("putval", &sample_ipv6);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "v6/ping-hop-02\"" WHEN "U\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "v6/ping_droprate-hop-02\"" WHEN "1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "v6/ping_droprate-hop-03\"" WHEN "0.16666667\n"));
    ht_text_fini(&text);
}

/* The first line of sample_full under another context and name. */
static bool first_line_is(const struct ht_output_context *context, const char *name,
                          const char *expected)
{
    struct ht_report report = sample_full;
    const struct ht_output_record record = {.report = &report};
    struct ht_text text = {0};
    report.name = name;
    ht_output_find("putval")->write(&text, &record, 1, context);
    char *end = strchr(text.data, '\n');
    *end = '\0';
    bool same = strcmp(text.data, expected) == 0;
    if (!same)
        (void)printf("\n%s\n", text.data);
    ht_text_fini(&text);
    return same;
}

static void the_time(void)
{
    struct ht_output_context context = {.hostname = "h", .interval_s = 0};
    CU_ASSERT(first_line_is(&context, "n", "PUTVAL \"h/traceroute-n/ping\" 1767323045:8.3"));
    context.interval_s = context.shortest_s = 2;
    CU_ASSERT(first_line_is(&context, "n",
                            "PUTVAL \"h/traceroute-n/ping\" interval=2.000 1767323045:8.3"));
    context.interval_s = context.shortest_s = 0.5;
    CU_ASSERT(first_line_is(&context, "n",
                            "PUTVAL \"h/traceroute-n/ping\" interval=0.500 1767323045.678:8.3"));
    context.interval_s = 10; /* and a target has one of its own */
    CU_ASSERT(first_line_is(&context, "n",
                            "PUTVAL \"h/traceroute-n/ping\" interval=10.000 1767323045.678:8.3"));
    CU_ASSERT(first_line_is(NULL, "n", "PUTVAL \"localhost/traceroute-n/ping\" 1767323045:8.3"));
}

static void identifiers(void)
{
    struct ht_output_context context = {.hostname = "a/b"};
    CU_ASSERT(first_line_is(&context, "x/y", "PUTVAL \"a_b/traceroute-x_y/ping\" 1767323045:8.3"));
    context.hostname = "";
    CU_ASSERT(first_line_is(&context, "say \"no\\\"",
                            "PUTVAL \"localhost/traceroute-say "
                            "\\\"no\\\\\\\"/ping\" 1767323045:8.3"));
    CU_ASSERT(first_line_is(&context, "a\tb\nc\xff\xc2\x9b",
                            "PUTVAL \"localhost/traceroute-a_b_c__/ping\" 1767323045:8.3"));
}

static void long_names_are_cut_at_a_character(void)
{
    char name[200];
    memset(name, 'a', sizeof name);
    memcpy(name + 126, "\xc3\xbc", 3);
    char expected[400];
    CU_ASSERT_TRUE(snprintf(expected, sizeof expected,
                            "PUTVAL \"h/traceroute-%.126s/ping\" 1767323045:8.3", name) > 0);
    struct ht_output_context context = {.hostname = "h"};
    CU_ASSERT(first_line_is(&context, name, expected));
    name[127] = '\0'; /* exactly as much as fits, its last byte broken */
    name[126] = 'b';
    CU_ASSERT_TRUE(snprintf(expected, sizeof expected,
                            "PUTVAL \"h/traceroute-%s/ping\" 1767323045:8.3", name) > 0);
    CU_ASSERT(first_line_is(&context, name, expected));
}

static void lines_stay_short(void)
{
    char quotes[300];
    memset(quotes, '"', sizeof quotes - 1);
    quotes[sizeof quotes - 1] = '\0';
    struct ht_report report = sample_hostile;
    const struct ht_output_record record = {.report = &report};
    struct ht_output_context context = {.hostname = quotes, .interval_s = 86400};
    struct ht_text text = {0};
    report.name = quotes;
    ht_output_find("putval")->write(&text, &record, 1, &context);
    size_t longest = 0;
    for (char *line = text.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if ((size_t)(end - line) > longest)
            longest = (size_t)(end - line);
    }
    CU_ASSERT_TRUE(longest > 500 && longest < 1200);
    ht_text_fini(&text);
}

static void an_event(void)
{
    CU_ASSERT(sample_event_is(
        "putval", &sample_path_changed,
        "PUTNOTIF host=\"probe1\" plugin=traceroute plugin_instance=\"core-db\" type=gauge "
        "type_instance=path_changed severity=warning time=1767323045 "
        "message=\"core-db: the path changed at hop 5, from 10.0.4.1 to 10.0.5.1\"\n"));
    struct ht_event event = sample_address_changed;
    memcpy(event.message, "say \"a/b\\c\"\n", 13);
    event.name = "a/\"b\"";
    CU_ASSERT(sample_event_is("putval", &event,
                              "PUTNOTIF host=\"probe1\" plugin=traceroute "
                              "plugin_instance=\"a_\\\"b\\\"\" type=gauge "
                              "type_instance=address_changed severity=okay time=1767323045 "
                              "message=\"say \\\"a/b\\\\c\\\"_\"\n"));
}

static void short_rounds_have_fractions(void)
{
    static const struct ht_output_context often = {.hostname = "h", .shortest_s = 0.5};
    static const struct ht_event *const event = &sample_path_changed;
    const struct ht_output_record record = {
        .report = &sample_full, .events = &event, .event_count = 1};
    struct ht_text text = {0};
    ht_output_find("putval")->write(&text, &record, 1, &often);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " severity=warning time=1767323045.678 message="));
    ht_text_fini(&text);
}

/* All parts of the line at their longest, each byte escaped. */
static void lines_of_events_stay_short(void)
{
    char quotes[300];
    memset(quotes, '"', sizeof quotes - 1);
    quotes[sizeof quotes - 1] = '\0';
    const struct ht_output_context context = {.hostname = quotes, .shortest_s = 0.1};
    struct ht_event event = sample_address_changed;
    const struct ht_event *events = &event;
    const struct ht_output_record record = {
        .report = &sample_silent, .events = &events, .event_count = 1};
    event.name = quotes;
    event.severity = HT_SEVERITY_WARNING;
    event.time_ns = INT64_MAX;
    memset(event.message, '\\', sizeof event.message - 1);
    event.message[sizeof event.message - 1] = '\0';
    struct ht_text text = {0};
    ht_output_find("putval")->write(&text, &record, 1, &context);
    size_t length = strcspn(text.data, "\n");
    CU_ASSERT_TRUE(length > 1100 && length < 1200);
    CU_ASSERT_EQUAL(strncmp(text.data + length, "\nPUTVAL ", 8), 0);
    ht_text_fini(&text);
}

/* The values of a hop, "U" or a number, in what is written; NULL: it has none. */
static bool hop_is(const char *written, const char *instance, bool known)
{
    char line[100];
    (void)snprintf(line, sizeof line, "/ping%s\" interval=60.000 1767323045:", instance);
    const char *found = strstr(written, line);
    return found != NULL && (found[strlen(line)] != 'U') == known;
}

static void hops_once_seen_have_values(void)
{
    struct ht_report longer = sample_ipv6;
    struct ht_hop hops[3];
    memcpy(hops, sample_ipv6_hops, sizeof hops);
    for (size_t i = 0; i < 3; i++)
        hops[i].ttl += 7; /* from 9 to 11 */
    longer.hops = hops;
    struct ht_report shorter = longer;
    shorter.listed_hops = 2;
    struct ht_report none = longer;
    none.listed_hops = 0;
    struct ht_hop_range range = {0};
    const struct ht_output_record records[] = {{.report = &shorter, .hops = &range},
                                               {.report = &longer, .hops = &range},
                                               {.report = &shorter, .hops = &range},
                                               {.report = &none, .hops = &range}};
    for (size_t i = 0; i < 4; i++) {
        struct ht_text text = {0};
        ht_output_find("putval")->write(&text, &records[i], 1, &sample_context);
        CU_ASSERT_TRUE(hop_is(text.data, "-hop-10", i != 3));
        CU_ASSERT_EQUAL(hop_is(text.data, "-hop-11", i == 1), i != 0);
        CU_ASSERT_PTR_NULL(strstr(text.data, "hop-08"));
        CU_ASSERT_PTR_NULL(strstr(text.data, "hop-12"));
        ht_text_fini(&text);
    }
}

static void the_last_ttl_of_all(void)
{
    struct ht_text text = sample_written("putval", &sample_hostile);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "/ping-hop-255\""));
    CU_ASSERT_PTR_NULL(strstr(text.data, "hop-254"));
    ht_text_fini(&text);
}

static void changes_of_what_is_remembered(void)
{
    struct ht_report report = sample_remembered();
    struct ht_text text = sample_written("putval", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, CORE_DB "gauge-path_changes\"" WHEN "3\n"));
    ht_text_fini(&text);
}

static void where_a_path_breaks(void)
{
    const struct ht_report where = sample_where();
    CU_ASSERT(sample_has("putval", &where,
                         CORE_DB "gauge-loss_significant\"" WHEN "1\n" CORE_DB
                                 "gauge-loss_after_hop\"" WHEN "4\n" CORE_DB
                                 "gauge-loss_by_hop\"" WHEN "6\n" CORE_DB "gauge-rtt_risen\"" WHEN
                                 "1\n" CORE_DB "ping-hop-01"));
    CU_ASSERT(sample_has("putval", &where, CORE_DB "ping_droprate-path-01\"" WHEN "0.025\n"));
    const struct ht_report unknown = sample_where_unknown();
    CU_ASSERT(sample_has("putval", &unknown,
                         CORE_DB "gauge-loss_significant\"" WHEN "0\n" CORE_DB
                                 "gauge-loss_after_hop\"" WHEN "U\n" CORE_DB
                                 "gauge-loss_by_hop\"" WHEN "U\n" CORE_DB "gauge-rtt_risen\"" WHEN
                                 "0\n" CORE_DB "ping-hop-01"));
    CU_ASSERT(sample_has("putval", &unknown, CORE_DB "ping_droprate-path-01\"" WHEN "U\n"));
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_values),
    UNIT_CASE(hops_can_be_left_out),
    UNIT_CASE(no_answer_is_unknown),
    UNIT_CASE(what_was_cut_short_is_unknown),
    UNIT_CASE(silent_hops_have_values),
    UNIT_CASE(the_time),
    UNIT_CASE(identifiers),
    UNIT_CASE(long_names_are_cut_at_a_character),
    UNIT_CASE(lines_stay_short),
    UNIT_CASE(an_event),
    UNIT_CASE(short_rounds_have_fractions),
    UNIT_CASE(lines_of_events_stay_short),
    UNIT_CASE(hops_once_seen_have_values),
    UNIT_CASE(the_last_ttl_of_all),
    UNIT_CASE(changes_of_what_is_remembered),
    UNIT_CASE(where_a_path_breaks),
};

UNIT_MAIN("output putval", cases)
