#include "output_samples.h"
#include "unit.h"

#define CORE_DB "PUTVAL \"probe1/traceroute-core-db/"
#define WHEN    " interval=60.000 1767323045:"

static void the_values(void)
{
    CU_ASSERT(sample_is(
        "putval", &sample_full,
        CORE_DB "ping\"" WHEN "8.3\n" CORE_DB "ping_stddev\"" WHEN "0.2\n" CORE_DB
                "ping_droprate\"" WHEN "0\n" CORE_DB "gauge-hops\"" WHEN "12\n" CORE_DB
                "gauge-reached\"" WHEN "1\n" CORE_DB "gauge-path_id\"" WHEN "2671402014\n" CORE_DB
                "gauge-result_code\"" WHEN "0\n" CORE_DB "gauge-path_changes\"" WHEN "U\n" CORE_DB
                "ping-hop-01\"" WHEN "0.5\n" CORE_DB "ping_stddev-hop-01\"" WHEN "0.1\n" CORE_DB
                "ping_droprate-hop-01\"" WHEN "0\n"));
}

#define NOSUCH "PUTVAL \"probe1/traceroute-nosuch/"

static void no_answer_is_unknown(void)
{
    CU_ASSERT(sample_is("putval", &sample_unresolved,
                        NOSUCH "ping\"" WHEN "U\n" NOSUCH "ping_stddev\"" WHEN "U\n" NOSUCH
                               "ping_droprate\"" WHEN "U\n" NOSUCH "gauge-hops\"" WHEN "0\n" NOSUCH
                               "gauge-reached\"" WHEN "0\n" NOSUCH "gauge-path_id\"" WHEN
                               "U\n" NOSUCH "gauge-result_code\"" WHEN "3\n" NOSUCH
                               "gauge-path_changes\"" WHEN "U\n"));
}

#define CUT "PUTVAL \"probe1/traceroute-cut/"

static void what_was_cut_short_is_unknown(void)
{
    CU_ASSERT(sample_is("putval", &sample_cut_short,
                        CUT "ping\"" WHEN "U\n" CUT "ping_stddev\"" WHEN "U\n" CUT
                            "ping_droprate\"" WHEN "U\n" CUT "gauge-hops\"" WHEN "U\n" CUT
                            "gauge-reached\"" WHEN "U\n" CUT "gauge-path_id\"" WHEN "U\n" CUT
                            "gauge-result_code\"" WHEN "1\n" CUT "gauge-path_changes\"" WHEN
                            "U\n" CUT "ping-hop-01\"" WHEN "0.5\n" CUT "ping_stddev-hop-01\"" WHEN
                            "0.1\n" CUT "ping_droprate-hop-01\"" WHEN "0\n"));
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

static const struct unit_case cases[] = {
    UNIT_CASE(the_values),
    UNIT_CASE(no_answer_is_unknown),
    UNIT_CASE(what_was_cut_short_is_unknown),
    UNIT_CASE(silent_hops_have_values),
    UNIT_CASE(the_time),
    UNIT_CASE(identifiers),
    UNIT_CASE(long_names_are_cut_at_a_character),
    UNIT_CASE(lines_stay_short),
};

UNIT_MAIN("output putval", cases)
