#include "output_samples.h"
#include "unit.h"

static void the_example(void)
{
    CU_ASSERT(sample_is(
        "influx", &sample_full,
        "traceroute,family=ipv4,protocol=tcp,site=fra1,target=core-db "
        "address=\"192.0.2.7\",duration_ms=41.2,forged=0i,hops=12i,jitter_ms=0.1,local_errors=0i,"
        "loss_percent=0,path_hash=2671402014i,path_id=\"9f3a5c1e\",reached=true,"
        "reached_value=1i,received=34i,result_code=0i,"
        "rtt_avg_ms=8.3,rtt_max_ms=8.8,rtt_median_ms=8.2,rtt_min_ms=8.1,rtt_p95_ms=8.8,"
        "rtt_stddev_ms=0.2,sent=36i,status=\"reached\",stop_reason=\"destination\" "
        "1767323045678901000\n"
        "traceroute_hop,family=ipv4,hop=1,protocol=tcp,site=fra1,target=core-db "
        "address=\"10.0.0.1\",addresses=1i,jitter_ms=0.1,loss_percent=0,mpls=\"16001/0/1/1\","
        "received=3i,rtt_avg_ms=0.5,rtt_max_ms=0.6,rtt_median_ms=0.5,rtt_min_ms=0.4,"
        "rtt_p95_ms=0.6,rtt_stddev_ms=0.1,sent=3i,ttl=1i 1767323045678901000\n"));
}

static void hops_can_be_left_out(void)
{
    struct ht_report report = sample_full;
    report.hides_hop_values = true;
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_EQUAL(strncmp(text.data, "traceroute,", 11), 0);
    CU_ASSERT_PTR_EQUAL(strchr(text.data, '\n'), text.data + text.length - 1);
    ht_text_fini(&text);
}

static void the_destinations_hop_is_marked(void)
{
    struct ht_report report = sample_full;
    report.hop_count = 1;
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, ",addresses=1i,destination=true,jitter_ms=0.1,"));
    ht_text_fini(&text);
    report.status = HT_STATUS_UNREACHABLE;
    text = sample_written("influx", &report);
    CU_ASSERT_PTR_NULL(strstr(text.data, "destination=true"));
    ht_text_fini(&text);
}

static void what_was_cut_short_is_left_out(void)
{
    CU_ASSERT(sample_is(
        "influx", &sample_cut_short,
        "traceroute,family=ipv4,protocol=icmp,target=cut "
        "address=\"192.0.2.7\",duration_ms=41.2,forged=0i,local_errors=0i,received=3i,result_code="
        "1i,"
        "sent=3i,status=\"incomplete\",stop_reason=\"interrupted\" 1767323045678901000\n"
        "traceroute_hop,family=ipv4,hop=1,protocol=icmp,target=cut "
        "address=\"10.0.0.1\",addresses=1i,jitter_ms=0.1,loss_percent=0,mpls=\"16001/0/1/1\","
        "received=3i,rtt_avg_ms=0.5,rtt_max_ms=0.6,rtt_median_ms=0.5,rtt_min_ms=0.4,"
        "rtt_p95_ms=0.6,rtt_stddev_ms=0.1,sent=3i,ttl=1i 1767323045678901000\n"));
}

static void what_does_not_exist_is_left_out(void)
{
    CU_ASSERT(sample_is("influx", &sample_unresolved,
                        "traceroute,protocol=icmp,target=nosuch duration_ms=5000,"
                        "error=\"nosuch.example: no such name\",forged=0i,hops=0i,local_errors=0i,"
                        "reached=false,reached_value=0i,received=0i,result_code=3i,sent=0i,"
                        "status=\"resolve_error\",stop_reason=\"resolve_error\" "
                        "1767323045678901000\n"));
    CU_ASSERT(sample_is("influx", &sample_silent,
                        "traceroute,family=ipv4,protocol=icmp,target=silent "
                        "address=\"198.51.100.1\",duration_ms=0,forged=0i,hops=0i,local_errors=0i,"
                        "loss_percent=100,reached=false,reached_value=0i,received=0i,"
                        "result_code=1i,sent=20i,"
                        "status=\"incomplete\",stop_reason=\"gap_limit\" 0\n"));
}

static void the_family_asked_for_stays_without_an_address(void)
{
    struct ht_report report = sample_unresolved;
    report.family = HT_FAMILY_IPV6;
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "traceroute,family=ipv6,protocol=icmp,target=nosuch "));
    ht_text_fini(&text);
}

static void hops_silent_and_with_many_nodes(void)
{
    CU_ASSERT(sample_is(
        "influx", &sample_ipv6,
        "traceroute,family=ipv6,protocol=udp,target=v6 "
        "address=\"2001:db8:1::9\",duration_ms=1234.568,"
        "error=\"2001:db8:1::1 at hop 4 says port unreachable\",forged=0i,hops=4i,local_errors=2i,"
        "loss_percent=100,path_hash=48879i,path_id=\"0000beef\",reached=false,reached_value=0i,"
        "received=6i,result_code=2i,"
        "sent=13i,status=\"unreachable\",stop_reason=\"unreachable\" 1767323045678901000\n"
        "traceroute_hop,family=ipv6,hop=2,protocol=udp,target=v6 "
        "loss_percent=100,received=0i,sent=4i,ttl=2i 1767323045678901000\n"
        "traceroute_hop,family=ipv6,hop=3,protocol=udp,target=v6 "
        "address=\"2001:db8::1\",addresses=3i,hostname=\"b.example\",jitter_ms=0.375,"
        "loss_percent=16.666667,received=5i,rtt_avg_ms=1.8,rtt_max_ms=2,rtt_median_ms=2,"
        "rtt_min_ms=1.5,rtt_p95_ms=2,rtt_stddev_ms=0.24,sent=6i,ttl=3i 1767323045678901000\n"
        "traceroute_hop,family=ipv6,hop=4,protocol=udp,target=v6 "
        "address=\"2001:db8:1::1\",addresses=1i,loss_percent=66.666667,received=1i,"
        "rtt_avg_ms=10.001,rtt_max_ms=10.001,rtt_median_ms=10.001,rtt_min_ms=10.001,"
        "rtt_p95_ms=10.001,rtt_stddev_ms=0,sent=3i,ttl=4i 1767323045678901000\n"));
}

static void label_stacks_are_joined(void)
{
    struct ht_hop hop = sample_ipv6_hops[1];
    hop.nodes = &sample_balanced[1];
    hop.node_count = 1;
    struct ht_report report = sample_ipv6;
    report.hops = &hop;
    report.listed_hops = 1;
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, ",mpls=\"24001/5/0/1+1048575/7/1/255\","));
    ht_text_fini(&text);
}

/* Writes sample_silent with one tag and shows the tags of its line. */
static bool tags_are(const char *key, const char *value, const char *expected)
{
    struct ht_tag tag = {key, value};
    struct ht_report report = sample_silent;
    report.tags = &tag;
    report.tag_count = 1;
    struct ht_text text = sample_written("influx", &report);
    char *end = strstr(text.data, " address=");
    bool same = end != NULL && (size_t)(end - text.data) == strlen(expected) &&
                memcmp(text.data, expected, strlen(expected)) == 0;
    ht_text_fini(&text);
    return same;
}

#define OURS "family=ipv4,protocol=icmp,target=silent"

static void tag_values_are_escaped(void)
{
    CU_ASSERT(tags_are("a", "b", "traceroute,a=b," OURS));
    CU_ASSERT(tags_are("a", "b c,d=e", "traceroute,a=b\\ c\\,d\\=e," OURS));
    CU_ASSERT(tags_are("a", "\"quoted\"", "traceroute,a=\"quoted\"," OURS));
    CU_ASSERT(tags_are("a", "c:\\dir", "traceroute,a=c:\\dir," OURS));
    CU_ASSERT(tags_are("a", "b\\", "traceroute,a=b_," OURS));
    CU_ASSERT(tags_are("a", "\\", "traceroute,a=_," OURS));
    CU_ASSERT(tags_are("a", "b\\ c", "traceroute,a=b\\\\ c," OURS));
    CU_ASSERT(tags_are("a", "x\ty\nz\x1b\x7f", "traceroute,a=x_y_z__," OURS));
    CU_ASSERT(tags_are("a", "\xc2\x85", "traceroute,a=_," OURS));
    CU_ASSERT(tags_are("a", "\xc3\xbc\xff",
                       "traceroute,a=\xc3\xbc"
                       "\xef\xbf\xbd," OURS));
    CU_ASSERT(tags_are("a b,c=d\\", "e", "traceroute,a\\ b\\,c\\=d_=e," OURS));
}

static void tags_that_cannot_be_are_left_out(void)
{
    CU_ASSERT(tags_are("a", "", "traceroute," OURS));
    CU_ASSERT(tags_are("a", NULL, "traceroute," OURS));
    CU_ASSERT(tags_are("", "b", "traceroute," OURS));
    CU_ASSERT(tags_are(NULL, "b", "traceroute," OURS));
    CU_ASSERT(tags_are("family", "b", "traceroute," OURS));
    CU_ASSERT(tags_are("hop", "b", "traceroute," OURS));
    CU_ASSERT(tags_are("protocol", "b", "traceroute," OURS));
    CU_ASSERT(tags_are("target", "b", "traceroute," OURS));
}

static void tags_are_sorted_among_ours(void)
{
    static const struct ht_tag tags[] = {
        {"z", "1"}, {"hop2", "2"}, {"hoo", "3"}, {"h", "4"},
        {"A", "5"}, {"z", "6"},    {"a b", "7"}, {"a#", "8"},
    };
    struct ht_report report = sample_full;
    report.tags = tags;
    report.tag_count = SAMPLE_COUNT(tags);
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "traceroute,A=5,a\\ b=7,a#=8,family=ipv4,h=4,hoo=3,"
                                             "hop2=2,protocol=tcp,target=core-db,z=1 address="));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\ntraceroute_hop,A=5,a\\ b=7,a#=8,family=ipv4,h=4,hoo=3,hop=1,hop2=2,"
                          "protocol=tcp,target=core-db,z=1 address="));
    ht_text_fini(&text);
}

static void one_tag_set_does_not_leak_into_the_next(void)
{
    const struct ht_output_record records[] = {{.report = &sample_hostile},
                                               {.report = &sample_full}};
    struct ht_text both = {0};
    ht_output_find("influx")->write(&both, records, 2, &sample_context);
    struct ht_text alone = sample_written("influx", &sample_full);
    CU_ASSERT_FATAL(both.length > alone.length);
    CU_ASSERT_STRING_EQUAL(both.data + both.length - alone.length, alone.data);
    ht_text_fini(&both);
    ht_text_fini(&alone);
}

static void strings_are_escaped(void)
{
    struct ht_report report = sample_unresolved;
    report.error = "say \"no\\yes\"\nto\x1b[0m";
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, ",error=\"say \\\"no\\\\yes\\\"_to_[0m\",forged=0i,hops="));
    ht_text_fini(&text);
}

static void hostile_reports_stay_two_lines(void)
{
    struct ht_text text = sample_written("influx", &sample_hostile);
    size_t lines = 0;
    size_t control = 0;
    for (size_t i = 0; i < text.length; i++) {
        lines += text.data[i] == '\n';
        control += (unsigned char)text.data[i] < 32 && text.data[i] != '\n';
    }
    CU_ASSERT_EQUAL(lines, 2);
    CU_ASSERT_EQUAL(control, 0);
    CU_ASSERT_PTR_NULL(strstr(text.data, "=nan"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "=inf"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "=,"));
    ht_text_fini(&text);
}

/* ---- events ---- */

static void an_event(void)
{
    CU_ASSERT(sample_event_is(
        "influx", &sample_path_changed,
        "traceroute_event,event=path_changed,family=ipv4,protocol=tcp,site=fra1,target=core-db "
        "message=\"core-db: the path changed at hop 5, from 10.0.4.1 to 10.0.5.1\","
        "new_address=\"10.0.5.1\",new_hops=12i,new_path_id=\"9f3a5c1e\","
        "old_address=\"10.0.4.1\",old_hops=11i,old_path_id=\"0000beef\",seen_before=true,"
        "severity=\"warning\",ttl=5i 1767323045678901000\n"));
    CU_ASSERT(sample_event_is(
        "influx", &sample_address_changed,
        "traceroute_event,event=address_changed,family=ipv6,protocol=udp,target=v6 "
        "message=\"v6.example is at 2001:db8:1::9 now, no longer at fe80::1%eth0\","
        "new_address=\"2001:db8:1::9\",old_address=\"fe80::1%eth0\",severity=\"okay\" "
        "1767323045678901000\n"));
}

static void what_an_event_does_not_know_is_left_out(void)
{
    CU_ASSERT(sample_event_is("influx", &sample_path_lost,
                              "traceroute_event,event=path_changed,protocol=icmp,target=core-db "
                              "message=\"changed\",new_hops=0i,old_hops=0i,seen_before=false,"
                              "severity=\"failure\",ttl=0i 0\n"));
}

static void events_stand_before_their_record(void)
{
    static const struct ht_event *const both[] = {&sample_address_changed, &sample_path_changed};
    static const struct ht_output_record records[] = {
        {.report = &sample_silent}, {.report = &sample_full, .events = both, .event_count = 2}};
    static const char *const begin[] = {
        "traceroute,family=ipv4,protocol=icmp,target=silent ",
        "traceroute_event,event=address_changed,family=ipv6,protocol=udp,target=v6 ",
        "traceroute_event,event=path_changed,family=ipv4,protocol=tcp,site=fra1,target=core-db ",
        "traceroute,family=ipv4,protocol=tcp,site=fra1,target=core-db ",
        "traceroute_hop,family=ipv4,hop=1,protocol=tcp,site=fra1,target=core-db "};
    struct ht_text text = {0};
    ht_output_find("influx")->write(&text, records, 2, &sample_context);
    char *line = text.data;
    for (size_t i = 0; i < SAMPLE_COUNT(begin); i++) {
        CU_ASSERT_EQUAL(strncmp(line, begin[i], strlen(begin[i])), 0);
        line = strchr(line, '\n') + 1;
    }
    CU_ASSERT_EQUAL(*line, '\0');
    ht_text_fini(&text);
}

/* A tag and a field of one name are one column to a query; `event` is ours. */
static void tags_named_as_fields_of_events(void)
{
    struct ht_event event = sample_path_changed;
    event.tags = sample_event_tags;
    event.tag_count = SAMPLE_COUNT(sample_event_tags);
    struct ht_text text = sample_event_written("influx", &event);
    static const char expected[] =
        "traceroute_event,event=path_changed,family=ipv4,message_=a\\ field,"
        "new_address_=a\\ field,protocol=tcp,seen_before_=a\\ field,severity_=a\\ field,"
        "sort=of\\ the\\ user's,target=core-db,ttl_=a\\ field message=";
    CU_ASSERT_EQUAL(strncmp(text.data, expected, strlen(expected)), 0);
    ht_text_fini(&text);
    CU_ASSERT(
        tags_are("severity", "b", "traceroute,family=ipv4,protocol=icmp,severity=b,target=silent"));
    CU_ASSERT(tags_are("event", "b", "traceroute," OURS));
}

static void hostile_events_stay_one_line(void)
{
    struct ht_text text = sample_event_written("influx", &sample_hostile_event);
    size_t length = strlen(text.data);
    size_t control = 0;
    for (size_t i = 0; i < length; i++)
        control += (unsigned char)text.data[i] < 32;
    CU_ASSERT_EQUAL(control, 1); /* the newline at the end */
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "0123456789abcdefghij\\\\\\\\\\\\\",new_address="));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, ",new_address=\"fe80::2%\\\\\",new_hops=0i,"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "path_id"));
    ht_text_fini(&text);
}

static void changes_of_what_is_remembered(void)
{
    struct ht_report report = sample_remembered();
    struct ht_text text = sample_written("influx", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, ",loss_percent=0,path_changes=3i,path_hash="));
    ht_text_fini(&text);
}

static void where_a_path_breaks(void)
{
    const struct ht_report where = sample_where();
    CU_ASSERT(sample_has("influx", &where,
                         ",loss_after_hop=4i,loss_by_hop=6i,loss_percent=0,loss_significant=1i,"
                         "path_changes=3i,"));
    CU_ASSERT(sample_has("influx", &where,
                         ",rtt_after_hop=0i,rtt_avg_ms=8.3,rtt_by_hop=1i,rtt_max_ms=8.8,"
                         "rtt_median_ms=8.2,rtt_min_ms=8.1,rtt_p95_ms=8.8,rtt_risen=1i,"
                         "rtt_stddev_ms=0.2,sent=36i,"));
    CU_ASSERT(
        sample_has("influx", &where, ",stop_reason=\"destination\",window_loss_percent=10 17"));
    CU_ASSERT(
        sample_has("influx", &where, ",path_loss_percent=2.5,rate_limit_pps=0.988,received=3i,"));
    const struct ht_report unknown = sample_where_unknown();
    CU_ASSERT(
        sample_has("influx", &unknown, ",loss_percent=0,loss_significant=0i,path_changes=3i,"));
    CU_ASSERT(sample_has("influx", &unknown, ",rtt_p95_ms=8.8,rtt_risen=0i,rtt_stddev_ms=0.2,"));
    CU_ASSERT(sample_has("influx", &unknown, ",stop_reason=\"destination\" 17"));
    CU_ASSERT(sample_has("influx", &unknown, " loss_percent=0,received=0i,sent=3i,ttl=1i 17"));
}

/* What stands behind the tags. */
static bool event_tells(const struct ht_event *event, const char *expected)
{
    struct ht_text text = sample_event_written("influx", event);
    const char *own = strstr(text.data, ",target=core-db ");
    bool same = own != NULL && strcmp(own + 16, expected) == 0;
    if (!same)
        (void)printf("\n--- expected\n%s--- written\n%s", expected, text.data);
    ht_text_fini(&text);
    return same;
}

#define AT " 1767323045678901000\n"

static void events_of_loss_time_and_outage(void)
{
    CU_ASSERT(event_tells(&sample_loss_began,
                          "after_address=\"10.0.4.1\",after_hop=4i,by_address=\"fe80::1%eth0\","
                          "by_hop=6i,loss_percent=10.5,message=\"core-db: 10.5% loss, beginning "
                          "between hop 4 and hop 6\",severity=\"warning\"" AT));
    CU_ASSERT(event_tells(&sample_rtt_rose,
                          "after_hop=0i,by_address=\"10.0.0.1\",by_hop=1i,message=\"core-db: "
                          "slower\",rtt_ms=16,severity=\"warning\",usual_rtt_ms=8.25" AT));
    CU_ASSERT(event_tells(&sample_rtt_fell, "message=\"core-db: as usual\",severity=\"okay\"" AT));
    CU_ASSERT(event_tells(&sample_unreached,
                          "last_address=\"fe80::7%eth0\",last_hop=7i,message=\"core-db: no "
                          "answer\",severity=\"failure\",status=\"incomplete\","
                          "stop_reason=\"gap_limit\"" AT));
}

static void one_cause_of_many(void)
{
    CU_ASSERT(event_tells(&sample_common_cause,
                          "after_address=\"fe80::3%eth1\",by_address=\"10.0.6.1\",message=\"12 "
                          "targets\",names=\"web 1,web\\\"2\\\"\",of=\"loss_began\","
                          "severity=\"failure\",targets=12i" AT));
    struct ht_event alone = sample_common_cause;
    alone.name_count = 0;
    struct ht_text text = sample_event_written("influx", &alone);
    CU_ASSERT_PTR_NULL(strstr(text.data, "names="));
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_example),
    UNIT_CASE(what_does_not_exist_is_left_out),
    UNIT_CASE(hops_can_be_left_out),
    UNIT_CASE(the_destinations_hop_is_marked),
    UNIT_CASE(what_was_cut_short_is_left_out),
    UNIT_CASE(the_family_asked_for_stays_without_an_address),
    UNIT_CASE(hops_silent_and_with_many_nodes),
    UNIT_CASE(label_stacks_are_joined),
    UNIT_CASE(tag_values_are_escaped),
    UNIT_CASE(tags_that_cannot_be_are_left_out),
    UNIT_CASE(tags_are_sorted_among_ours),
    UNIT_CASE(one_tag_set_does_not_leak_into_the_next),
    UNIT_CASE(strings_are_escaped),
    UNIT_CASE(hostile_reports_stay_two_lines),
    UNIT_CASE(an_event),
    UNIT_CASE(what_an_event_does_not_know_is_left_out),
    UNIT_CASE(events_stand_before_their_record),
    UNIT_CASE(tags_named_as_fields_of_events),
    UNIT_CASE(hostile_events_stay_one_line),
    UNIT_CASE(changes_of_what_is_remembered),
    UNIT_CASE(where_a_path_breaks),
    UNIT_CASE(events_of_loss_time_and_outage),
    UNIT_CASE(one_cause_of_many),
};

UNIT_MAIN("output influx", cases)
