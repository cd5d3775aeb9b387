#include "output/writers.h"
#include "output_samples.h"
#include "unit.h"

#define TITLES "hop  name (address)                             loss  best ms   avg ms worst ms\n"

static void a_path(void)
{
    CU_ASSERT(
        sample_is("text", &sample_full,
                  "traceroute to core-db (192.0.2.7), tcp, 30 hops max, 3 probes a hop\n" TITLES
                  "  1  10.0.0.1                                   0.0%    0.400    0.500"
                  "    0.600\n"
                  "     MPLS label 16001, tc 0, ttl 1, bottom of stack\n"
                  "destination reached at hop 12\n"));
}

static void silence_many_addresses_and_labels(void)
{
    CU_ASSERT(sample_is(
        "text", &sample_ipv6,
        "traceroute to v6 (2001:db8:1::9), udp, 64 hops max, 3 probes a hop\n" TITLES
        "  2  *                                        100.0%        -        -        -\n"
        "  3  b.example (2001:db8::1)                   16.7%    1.500    1.800    2.000\n"
        "     2001:db8::3                                        2.000    2.000    2.000\n"
        "     2001:db8::2                                        1.500    1.750    2.000\n"
        "     ae1-3202.ear3.frankfurt1.example.net\n"
        "     MPLS label 24001, tc 5, ttl 1\n"
        "     MPLS label 1048575, tc 7, ttl 255, bottom of stack\n"
        "  4  2001:db8:1::1                             66.7%   10.001   10.001   10.001\n"
        "     says port unreachable\n"
        "not sent or not read by this host: 2 probes (not counted as loss)\n"
        "dropped by this host's full receive buffer: 1 packets\n"
        "destination unreachable: 2001:db8:1::1 at hop 4 says port unreachable\n"));
}

static void a_hop_measured_for_another_target(void)
{
    struct ht_hop hop = sample_full.hops[0];
    struct ht_text text = {0};
    hop.shared = true;
    hop.sent = hop.received = 0;
    hop.loss_percent = NAN;
    ht_text_output_hop(&text, &hop, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " shared    0.400    0.500    0.600\n"));
    ht_text_fini(&text);
}

static void more_addresses_than_are_listed(void)
{
    struct ht_hop hop = sample_full.hops[0];
    struct ht_text text = {0};
    hop.received += 744;
    hop.other_received = 744;
    ht_text_output_hop(&text, &hop, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n     and others, with 744 replies\n"));
    ht_text_fini(&text);
}

static void no_address_and_no_answer(void)
{
    CU_ASSERT(sample_is("text", &sample_unresolved,
                        "traceroute to nosuch, icmp, 30 hops max, 3 probes a hop\n" TITLES
                        "the name does not resolve: nosuch.example: no such name\n"));
    CU_ASSERT(
        sample_is("text", &sample_silent,
                  "traceroute to silent (198.51.100.1), icmp, 30 hops max, 3 probes a hop\n" TITLES
                  "destination not reached, too many silent hops in a row; "
                  "nothing answered\n"));
}

static bool closes_with(const struct ht_report *report, const char *expected)
{
    struct ht_text text = {0};
    ht_text_output_close(&text, report, false);
    bool same = strcmp(text.data, expected) == 0;
    if (!same)
        (void)printf("\n%s", text.data);
    ht_text_fini(&text);
    return same;
}

static void every_end_has_its_words(void)
{
    struct ht_report report = sample_silent;
    report.hop_count = 7;
    report.stop_reason = HT_STOP_MAX_TTL;
    CU_ASSERT(closes_with(&report, "destination not reached within the hops allowed; "
                                   "last answer from hop 7\n"));
    report.stop_reason = HT_STOP_LOOP;
    CU_ASSERT(closes_with(&report, "destination not reached, the path is a routing loop; "
                                   "last answer from hop 7\n"));
    report.stop_reason = HT_STOP_DEADLINE;
    CU_ASSERT(closes_with(&report, "out of time before the measurement was complete; "
                                   "last answer from hop 7\n"));
    report.stop_reason = HT_STOP_INTERRUPTED;
    CU_ASSERT(closes_with(&report, "interrupted before the measurement was complete; "
                                   "last answer from hop 7\n"));
    report.reached_unknown = true;
    CU_ASSERT(closes_with(&report, "interrupted before the measurement was complete; "
                                   "last answer from hop 7; whether the destination answers is "
                                   "not known\n"));
    report.hop_count = 0;
    CU_ASSERT(closes_with(&report, "interrupted before the measurement was complete; nothing "
                                   "answered; whether the destination answers is not known\n"));
    report.reached_unknown = false;
    report.status = HT_STATUS_REACHED;
    report.hop_count = 7;
    CU_ASSERT(closes_with(&report, "interrupted before the measurement was complete; "
                                   "destination reached at hop 7\n"));
    report.status = HT_STATUS_PERMISSION_ERROR;
    report.stop_reason = HT_STOP_PERMISSION_ERROR;
    report.error = "raw socket: Operation not permitted";
    CU_ASSERT(closes_with(&report, "no permission to measure: "
                                   "raw socket: Operation not permitted\n"));
    report.status = HT_STATUS_ERROR;
    report.stop_reason = HT_STOP_ERROR;
    report.error = "no route";
    CU_ASSERT(closes_with(&report, "the measurement failed: no route\n"));
}

/* A router that refused shows it in the rows of a path that went on, too. */
static void a_refusal_has_its_words(void)
{
    static const char *const refusals[] = {NULL, "host unreachable"};
    for (size_t i = 0; i < 2; i++) {
        struct ht_node node = sample_router[0];
        struct ht_hop hop = sample_first_hop[0];
        struct ht_text text = {0};
        node.refusal = refusals[i];
        hop.nodes = &node;
        ht_text_output_hop(&text, &hop, false);
        CU_ASSERT_EQUAL(strstr(text.data, "\n     says host unreachable\n") != NULL, i == 1);
        ht_text_fini(&text);
    }
}

static void loss_never_rounds_to_none_or_all(void)
{
    struct ht_hop hop = sample_first_hop[0];
    struct ht_text text = {0};
    hop.loss_percent = 0.03;
    ht_text_output_hop(&text, &hop, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " 0.1%"));
    ht_text_clear(&text);
    hop.loss_percent = 99.97;
    ht_text_output_hop(&text, &hop, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " 99.9%"));
    ht_text_clear(&text);
    hop.loss_percent = NAN;
    ht_text_output_hop(&text, &hop, false);
    CU_ASSERT_PTR_NULL(strchr(text.data, '%'));
    ht_text_fini(&text);
}

/* The column at which the loss of the hop's row ends; names may hold more bytes than columns. */
static size_t loss_column(const char *hostname, const struct ht_address *address)
{
    struct ht_node node = {.facts.address = *address, .hostname = hostname, .rtt = SAMPLE_RTT};
    struct ht_hop hop = {.ttl = 9, .rtt = SAMPLE_RTT, .nodes = &node, .node_count = 1};
    struct ht_text text = {0};
    ht_text_output_hop(&text, &hop, false);
    size_t column = 0;
    for (const char *byte = text.data; *byte != '%'; byte++)
        column += ((unsigned char)*byte & 0xc0U) != 0x80;
    ht_text_fini(&text);
    return column;
}

static void rows_stay_aligned(void)
{
    struct ht_address address = SAMPLE_IPV4(10, 0, 0, 1);
    struct ht_address longest = {.version = HT_IPV6};
    memset(longest.bytes, 0xff, sizeof longest.bytes);
    size_t column = loss_column(NULL, &address);
    CU_ASSERT_EQUAL(loss_column("", &address), column);
    CU_ASSERT_EQUAL(loss_column("gw", &address), column);
    CU_ASSERT_EQUAL(loss_column("b\xc3\xbcro.example", &address), column);
    CU_ASSERT_EQUAL(loss_column("exactly-twenty-nine-bytes.org", &address), column);
    CU_ASSERT_EQUAL(loss_column("one-more-than-fits-in-a-column", &address), column);
    CU_ASSERT_EQUAL(loss_column("a-name-that-is-far-too-long-for-its.column.example", &address),
                    column);
    CU_ASSERT_EQUAL(loss_column(NULL, &longest), column);
    CU_ASSERT_EQUAL(loss_column("gw", &longest), column);
}

static void nothing_steers_the_terminal(void)
{
    struct ht_text text = sample_written("text", &sample_hostile);
    size_t hostile = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        hostile += (byte < 32 && byte != '\n') || byte > 126;
    }
    CU_ASSERT_EQUAL(hostile, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "?]0;owned?"));
    ht_text_fini(&text);
}

static void an_event(void)
{
    CU_ASSERT(sample_event_is("text", &sample_path_changed,
                              "event: path_changed (warning): core-db: the path changed at hop 5, "
                              "from 10.0.4.1 to 10.0.5.1\n"));
    struct ht_text text = sample_event_written("text", &sample_hostile_event);
    for (const char *byte = text.data; *byte != '\0'; byte++)
        CU_ASSERT_TRUE((*byte >= 32 && *byte < 127) || (*byte == '\n' && byte[1] == '\0'));
    ht_text_fini(&text);
}

/* Of many rounds each begins with its time, and so does what happened in them. */
static void dated_records(void)
{
    static const struct ht_output_context dated = {.dated = true};
    static const struct ht_event *const event = &sample_path_changed;
    const struct ht_output_record records[] = {
        {.report = &sample_silent}, {.report = &sample_full, .events = &event, .event_count = 1}};
    struct ht_text text = {0};
    ht_output_find("text")->write(&text, records, 2, &dated);
    CU_ASSERT_EQUAL(strncmp(text.data, "1970-01-01T00:00:00.000000Z\ntraceroute to silent ", 49),
                    0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n2026-01-02T03:04:05.678901Z event: path_changed "
                                             "(warning): core-db: the path changed at hop 5, from "
                                             "10.0.4.1 to 10.0.5.1\n2026-01-02T03:04:05.678901Z\n"
                                             "traceroute to core-db "));
    ht_text_fini(&text);
}

static bool ends_in(const struct ht_report *report, const char *expected)
{
    struct ht_text text = sample_written("text", report);
    size_t length = strlen(expected);
    bool same = text.length > length && strcmp(text.data + text.length - length, expected) == 0;
    if (!same)
        (void)printf("\n--- expected\n%s--- written\n%s", expected, text.data);
    ht_text_fini(&text);
    return same;
}

static void where_a_path_breaks(void)
{
    struct ht_report report = sample_where();
    CU_ASSERT(ends_in(&report,
                      "\ndestination reached at hop 12; loss (10.0% over 20 rounds) begins "
                      "between hop 4 and hop 6; the time rises between this host and hop "
                      "1\n"));
    struct ht_report_window window = sample_window;
    report.window = &window;
    window.rtt_risen = false;
    window.has_loss_place = false;
    CU_ASSERT(ends_in(&report, " begins at an unknown hop\n"));
    report.status = HT_STATUS_INCOMPLETE;
    report.stop_reason = HT_STOP_GAP_LIMIT;
    CU_ASSERT(ends_in(&report, " last answer from hop 12; loss begins at an unknown hop\n"));
    report = sample_where();
    report.window = &window;
    window.loss_significant = false;
    window.rtt_risen = true;
    window.has_rtt_place = false;
    CU_ASSERT(ends_in(&report, " hop 12; the time rises at an unknown hop\n"));
    report = sample_where_unknown();
    CU_ASSERT(ends_in(&report, "\ndestination reached at hop 12\n"));
}

/* Colours are beside the words, never in their place: without them the same lines are there. */
static void colours(void)
{
    struct ht_hop hop = sample_full.hops[0];
    struct ht_text text = {0};
    hop.loss_percent = 25;
    ht_text_output_hop(&text, &hop, true);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\033[33m  25.0%\033[0m"));
    ht_text_fini(&text);
    hop.loss_percent = 0;
    ht_text_output_hop(&text, &hop, true);
    CU_ASSERT_PTR_NULL(strchr(text.data, '\033'));
    ht_text_fini(&text);
    ht_text_output_close(&text, &sample_silent, true);
    CU_ASSERT_PTR_EQUAL(strstr(text.data, "\033[1;35mdestination not reached"), text.data);
    CU_ASSERT_STRING_EQUAL(text.data + text.length - 5, "\033[0m\n");
    ht_text_fini(&text);
    struct ht_report cut = sample_silent;
    cut.stop_reason = HT_STOP_INTERRUPTED;
    ht_text_output_close(&text, &cut, true);
    CU_ASSERT_PTR_NULL(strchr(text.data, '\033'));
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(a_path),
    UNIT_CASE(silence_many_addresses_and_labels),
    UNIT_CASE(a_hop_measured_for_another_target),
    UNIT_CASE(more_addresses_than_are_listed),
    UNIT_CASE(no_address_and_no_answer),
    UNIT_CASE(every_end_has_its_words),
    UNIT_CASE(a_refusal_has_its_words),
    UNIT_CASE(loss_never_rounds_to_none_or_all),
    UNIT_CASE(rows_stay_aligned),
    UNIT_CASE(nothing_steers_the_terminal),
    UNIT_CASE(an_event),
    UNIT_CASE(dated_records),
    UNIT_CASE(where_a_path_breaks),
    UNIT_CASE(colours),
};

UNIT_MAIN("output text", cases)
