/* An engine's own health in each format. */
#include <math.h>

#include "output_samples.h"
#include "unit.h"

static const struct ht_health_counts counts = {.rounds = 10,
                                               .rounds_late = 1,
                                               .rounds_left_out = 2,
                                               .sent = 300,
                                               .received = 290,
                                               .strangers = 4,
                                               .forged = 5,
                                               .local_errors = 6,
                                               .rx_overflows = 7,
                                               .wakeups = 80};
static const struct ht_health_counts totals = {.rounds = 100, .sent = 3000, .wakeups = 800};
static const struct ht_health sample = {.time_ns = SAMPLE_TIME_NS,
                                        .duration_ns = 10 * INT64_C(1000000000),
                                        .targets = 3,
                                        .counts = &counts,
                                        .totals = &totals,
                                        .wakeup_late_ms_p99 = 0.25,
                                        .pps_needed = 97,
                                        .cpu_percent = 2,
                                        .cpu_ns = 1500000000,
                                        .memory_bytes = 3500000};

static struct ht_text write_self(const char *format, const struct ht_health *health)
{
    struct ht_text text = {0};
    ht_output_find(format)->write_self(&text, health, &sample_context);
    CU_ASSERT_FALSE_FATAL(text.failed);
    return text;
}

static void expect(const char *format, const struct ht_health *health, const char *expected)
{
    struct ht_text text = write_self(format, health);
    CU_ASSERT_STRING_EQUAL(text.data, expected);
    ht_text_fini(&text);
}

static void lines(void)
{
    expect("influx", &sample,
           "traceroute_self cpu_percent=2,forged=5i,local_errors=6i,memory_bytes=3500000i,"
           "pps_needed=97i,received=290i,rounds=10i,rounds_late=1i,rounds_left_out=2i,"
           "rx_overflows=7i,sent=300i,strangers=4i,targets=3i,wakeup_late_ms_p99=0.25,wakeups=80i "
           "1767323045678901000\n");
    expect("json", &sample,
           "{\"schema\":\"hoptrace-self/1\",\"time\":\"2026-01-02T03:04:05.678901Z\","
           "\"duration_ms\":10000.0,\"cpu_percent\":2.0,\"forged\":5,\"local_errors\":6,"
           "\"memory_bytes\":3500000,\"pps_needed\":97,\"received\":290,\"rounds\":10,"
           "\"rounds_late\":1,\"rounds_left_out\":2,\"rx_overflows\":7,\"sent\":300,"
           "\"strangers\":4,\"targets\":3,\"wakeup_late_ms_p99\":0.25,\"wakeups\":80}\n");
    expect(
        "text", &sample,
        "self: cpu_percent 2 forged 5 local_errors 6 memory_bytes 3500000 pps_needed 97 received "
        "290 rounds 10 rounds_late 1 rounds_left_out 2 rx_overflows 7 sent 300 strangers 4 "
        "targets 3 wakeup_late_ms_p99 0.25 wakeups 80\n");
}

/* null, left out, U: never 0. */
static void unknown(void)
{
    struct ht_health health = sample;
    health.wakeup_late_ms_p99 = (double)NAN;
    health.pps_needed = 0;
    health.memory_bytes = 0;
    struct ht_text text = write_self("json", &health);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"memory_bytes\":null,\"pps_needed\":null,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\"wakeup_late_ms_p99\":null,"));
    ht_text_fini(&text);
    text = write_self("influx", &health);
    CU_ASSERT_PTR_NULL(strstr(text.data, "memory"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "pps"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "late_ms"));
    ht_text_fini(&text);
    text = write_self("putval", &health);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "/gauge-memory_bytes\" interval=60.000 1767323045:U\n"));
    ht_text_fini(&text);
}

static void putval(void)
{
    struct ht_text text = write_self("putval", &sample);
    size_t count = 0;
    for (const char *line = text.data; *line != '\0'; line = strchr(line, '\n') + 1, count++)
        CU_ASSERT_EQUAL(strncmp(line, "PUTVAL \"probe1/traceroute/gauge-", 32), 0);
    CU_ASSERT_EQUAL(count, 15);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text.data, "\nPUTVAL \"probe1/traceroute/gauge-sent\" interval=60.000 1767323045:300\n"));
    ht_text_fini(&text);
}

static void arrays(void)
{
    struct ht_text text = write_self("json-array", &sample);
    CU_ASSERT_EQUAL(strncmp(text.data, "[{\"schema\":\"hoptrace-self/1\",", 29), 0);
    CU_ASSERT_STRING_EQUAL(text.data + text.length - 3, "}]\n");
    ht_text_fini(&text);
    text = write_self("json-pretty", &sample);
    CU_ASSERT_EQUAL(strncmp(text.data, "{\n  \"schema\": \"hoptrace-self/1\",\n  \"time\": ", 43),
                    0);
    ht_text_fini(&text);
}

/* Counters over all the time; the metric's HELP and TYPE stand before it. */
static void metrics(void)
{
    struct ht_output_context context = sample_context;
    struct ht_output_record record = {.report = &sample_full};
    struct ht_text text = {0};
    context.health = &sample;
    CU_ASSERT_PTR_NULL(ht_output_find("prometheus")->write_self);
    ht_output_find("prometheus")->write(&text, &record, 1, &context);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text.data, "\n# TYPE hoptrace_self_sent_total counter\nhoptrace_self_sent_total 3000\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n# TYPE hoptrace_self_targets gauge\n"
                                             "hoptrace_self_targets 3\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\nhoptrace_self_wakeup_late_p99_seconds 0.00025\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n# TYPE hoptrace_self_cpu_seconds_total counter\n"
                                             "hoptrace_self_cpu_seconds_total 1.5\n"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "cpu_percent"));
    ht_text_fini(&text);
    ht_output_find("prometheus")->write(&text, &record, 1, &sample_context);
    CU_ASSERT_PTR_NULL(strstr(text.data, "hoptrace_self"));
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(lines), UNIT_CASE(unknown), UNIT_CASE(putval), UNIT_CASE(arrays), UNIT_CASE(metrics),
};

UNIT_MAIN("output_self", cases)
