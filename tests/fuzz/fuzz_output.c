/* Any strings and numbers as a report with an event, in every format: what a stranger's name
 * server, or a number that is none, put there breaks out of no line and no value.
 *
 * Each string is what stands up to the next zero byte; the rest of the input are the numbers. */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "fuzz.h"
#include "output/output.h"

#define HOPS 3

/* What all of it is made of. */
struct sample {
    char strings[6][300];
    struct ht_tag tag;
    struct ht_mpls labels[2];
    struct ht_node nodes[HOPS];
    struct ht_hop hops[HOPS];
    struct ht_report report;
    struct ht_report_window window;
    struct ht_event event;
    const char *names[4];
    uint32_t counts[HT_EVENT_KINDS];
    struct ht_interface interfaces[HT_INTERFACES_MAX];
    struct ht_marking marking[HOPS];
    struct ht_translator translators[HOPS];
    uint32_t as_path[HOPS];
    struct ht_mtu mtu;
    struct ht_mtu_limit limits[HT_MTU_LIMITS_MAX];
};

static void take_string(struct input *input, char *string, size_t room)
{
    const uint8_t *end = input->size > 0 ? memchr(input->data, 0, input->size) : NULL;
    size_t length = end != NULL ? (size_t)(end - input->data) : input->size;
    size_t kept = length < room ? length : room - 1;
    if (kept > 0)
        memcpy(string, input->data, kept);
    string[kept] = '\0';
    length += end != NULL;
    input->data += length;
    input->size -= length;
}

static void take(struct input *input, void *bytes, size_t length)
{
    memset(bytes, 0, length);
    size_t kept = length < input->size ? length : input->size;
    if (kept > 0)
        memcpy(bytes, input->data, kept);
    input->data += kept;
    input->size -= kept;
}

static uint8_t take_byte(struct input *input)
{
    uint8_t byte;
    take(input, &byte, 1);
    return byte;
}

static struct ht_rtt take_rtt(struct input *input)
{
    struct ht_rtt rtt;
    take(input, &rtt, sizeof rtt);
    return rtt;
}

static void fill_hop(struct sample *sample, struct input *input, size_t place)
{
    struct ht_node *node = &sample->nodes[place];
    *node =
        (struct ht_node){.facts.address = {.version = take_byte(input) & 1u ? HT_IPV4 : HT_IPV6},
                         .hostname = place == 1 ? sample->strings[5] : NULL,
                         .facts.received = take_byte(input),
                         .rtt = take_rtt(input),
                         .facts.icmp_type = take_byte(input),
                         .facts.by_tcp = place == 0,
                         .refusal = place == 2 ? "host unreachable" : NULL,
                         .facts.mpls = sample->labels,
                         .facts.mpls_count = take_byte(input) % 3};
    sample->labels[1].label = take_byte(input) * 4111u;
    sample->hops[place] = (struct ht_hop){.ttl = (uint8_t)(place + 1),
                                          .sent = take_byte(input),
                                          .rtt = take_rtt(input),
                                          .nodes = node,
                                          .node_count = place != 2};
    take(input, &sample->hops[place].loss_percent, sizeof(double));
}

static void fill_mtu(struct sample *sample, struct input *input)
{
    take(input, &sample->mtu.path, sizeof sample->mtu.path);
    sample->mtu.limits = sample->limits;
    sample->mtu.limit_count = take_byte(input) % (HT_MTU_LIMITS_MAX + 1);
    for (size_t i = 0; i < sample->mtu.limit_count; i++) {
        uint8_t known = take_byte(input);
        sample->limits[i] =
            (struct ht_mtu_limit){.ttl = take_byte(input),
                                  .silent = known & 1u,
                                  .mtu = take_byte(input),
                                  .address.version = known & 2u ? HT_IPV6 : HT_IP_NONE};
    }
    sample->report.mtu = sample->mtu.path != 0 ? &sample->mtu : NULL;
}

/* What the network does to packets, of the node of the second hop, and of the record. */
static void fill_packets(struct sample *sample, struct input *input)
{
    struct ht_node *node = &sample->nodes[1];
    struct ht_report *report = &sample->report;
    uint8_t known = take_byte(input);
    take(input, sample->interfaces, sizeof sample->interfaces);
    for (size_t i = 0; i < HT_INTERFACES_MAX; i++) {
        struct ht_interface *interface = &sample->interfaces[i];
        interface->role = (enum ht_interface_role)((unsigned)interface->role % 4);
        interface->address.version = known & 1u ? HT_IPV4 : HT_IP_NONE;
        interface->name[HT_INTERFACE_NAME_MAX] = '\0';
    }
    node->facts.interfaces = sample->interfaces;
    node->facts.interface_count = known % (HT_INTERFACES_MAX + 1);
    node->facts.quoted = known & 8u;
    node->facts.quoted_tos = take_byte(input);
    take(input, &node->asn, sizeof node->asn);
    node->as_name = known & 16u ? sample->strings[3] : NULL;
    take(input, sample->marking, sizeof sample->marking);
    take(input, sample->translators, sizeof sample->translators);
    take(input, sample->as_path, sizeof sample->as_path);
    report->marking = sample->marking;
    report->marking_count = known % (HOPS + 1);
    report->translators = sample->translators;
    report->translator_count = known % (HOPS + 1);
    report->as_path = sample->as_path;
    report->as_path_count = known % (HOPS + 1);
    fill_mtu(sample, input);
}

static struct ht_address take_address(struct input *input)
{
    static const enum ht_ip_version versions[] = {HT_IP_NONE, HT_IPV4, HT_IPV6};
    struct ht_address address = {.version = (uint8_t)versions[take_byte(input) % 3]};
    address.bytes[0] = take_byte(input);
    address.scope_id = take_byte(input) % 3;
    return address;
}

static void fill_place(struct sample *sample, struct input *input, uint8_t known)
{
    struct ht_event *event = &sample->event;
    event->has_place = known & 16u;
    event->after_hop = take_byte(input);
    event->by_hop = take_byte(input);
    event->after_address = take_address(input);
    event->by_address = take_address(input);
    event->last_address = take_address(input);
    event->after_zone = sample->strings[0];
    event->by_zone = sample->strings[1];
    event->last_zone = sample->strings[2];
    event->status = sample->report.status;
    event->stop_reason = sample->report.stop_reason;
    event->of = (enum ht_event_kind)(take_byte(input) % (HT_EVENT_KINDS + 1));
    event->names = sample->names;
    event->name_count = take_byte(input) % (sizeof sample->names / sizeof sample->names[0] + 1);
    for (size_t i = 0; i < event->name_count; i++)
        sample->names[i] = sample->strings[i];
    take(input, &event->loss_percent, sizeof event->loss_percent);
    take(input, &event->rtt_ms, sizeof event->rtt_ms);
    take(input, &event->usual_rtt_ms, sizeof event->usual_rtt_ms);
    take(input, &event->targets, sizeof event->targets);
}

/* The event shares the report's strings. */
static void fill_event(struct sample *sample, struct input *input)
{
    const struct ht_report *report = &sample->report;
    struct ht_event *event = &sample->event;
    *event = (struct ht_event){.kind = (enum ht_event_kind)(take_byte(input) % HT_EVENT_KINDS),
                               .severity = (enum ht_severity)(take_byte(input) % 3),
                               .name = report->name,
                               .host = report->host,
                               .tags = report->tags,
                               .tag_count = report->tag_count,
                               .family = report->family,
                               .protocol = report->protocol,
                               .address_zone = sample->strings[4],
                               .old_zone = sample->strings[5],
                               .address = take_address(input),
                               .old_address = take_address(input),
                               .new_address = take_address(input),
                               .ttl = take_byte(input),
                               .old_hops = take_byte(input)};
    memcpy(event->message, sample->strings[4], sizeof event->message - 1);
    take(input, &event->time_ns, sizeof event->time_ns);
    take(input, &event->new_path_id, sizeof event->new_path_id);
    uint8_t known = take_byte(input);
    event->has_new_path_id = known & 1u;
    event->has_old_path_id = known & 2u;
    event->seen_before = known & 4u;
    sample->report.remembered = known & 8u;
    sample->report.event_counts = sample->counts;
    sample->report.event_kinds = known % (HT_EVENT_KINDS + 1);
    fill_place(sample, input, known);
    take(input, sample->counts, sizeof sample->counts);
    take(input, &sample->report.path_since_ns, sizeof sample->report.path_since_ns);
}

static void fill_window(struct sample *sample, struct input *input)
{
    uint8_t known = take_byte(input);
    sample->window = (struct ht_report_window){.rounds = known,
                                               .rtt = take_rtt(input),
                                               .loss_significant = known & 1u,
                                               .has_loss_place = known & 2u,
                                               .rtt_risen = known & 4u,
                                               .has_rtt_place = known & 8u,
                                               .loss_after_hop = take_byte(input),
                                               .rtt_by_hop = take_byte(input)};
    take(input, &sample->window.loss_percent, sizeof(double));
    take(input, &sample->window.sent, sizeof sample->window.sent);
    sample->report.window = known & 16u ? &sample->window : NULL;
    for (size_t i = 0; i < HOPS; i++) {
        take(input, &sample->hops[i].path_loss_percent, sizeof(double));
        take(input, &sample->hops[i].window_loss_percent, sizeof(double));
        take(input, &sample->hops[i].rate_limit_pps, sizeof(double));
    }
}

static void fill(struct sample *sample, struct input *input)
{
    for (size_t i = 0; i < 6; i++)
        take_string(input, sample->strings[i], sizeof sample->strings[i]);
    sample->tag = (struct ht_tag){.key = sample->strings[2], .value = sample->strings[3]};
    sample->report = (struct ht_report){.name = sample->strings[0],
                                        .host = sample->strings[1],
                                        .tags = &sample->tag,
                                        .tag_count = sample->strings[2][0] != '\0',
                                        .error = sample->strings[4],
                                        .family = (enum ht_family)(take_byte(input) % 3),
                                        .protocol = (enum ht_protocol)(take_byte(input) % 3),
                                        .status = (enum ht_status)(take_byte(input) % 6),
                                        .stop_reason = (enum ht_stop_reason)(take_byte(input) % 10),
                                        .rtt = take_rtt(input),
                                        .hops = sample->hops,
                                        .listed_hops = HOPS};
    take(input, &sample->report.loss_percent, sizeof(double));
    take(input, &sample->report.time_ns, sizeof sample->report.time_ns);
    take(input, &sample->report.duration_ns, sizeof sample->report.duration_ns);
    for (size_t i = 0; i < HOPS; i++)
        fill_hop(sample, input, i);
    uint8_t unknown = take_byte(input);
    sample->report.reached_unknown = unknown & 1u;
    sample->report.path_unknown = unknown & 2u;
    fill_event(sample, input);
    fill_window(sample, input);
    fill_packets(sample, input);
}

/* --- what must be true of each format ------------------------------------------------------ */

static void check_string(const struct json_object *object, const char *key, const char *expected)
{
    struct json_object *value = NULL;
    expect(json_object_object_get_ex(object, key, &value));
    /* Bytes that are no text are replaced. */
    if (ht_text_is_utf8(expected))
        expect(strcmp(json_object_get_string(value), expected) == 0);
}

/* The event, and behind it the record. */
static void check_json(const char *text, const struct sample *sample)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *first = json_tokener_parse_ex(tokener, text, -1);
    struct json_object *event = first;
    struct json_object *record;
    bool array = json_object_is_type(first, json_type_array);
    if (array) {
        event = json_object_array_get_idx(first, 0);
        record = json_object_array_get_idx(first, 1);
    } else {
        record = json_tokener_parse(text + json_tokener_get_parse_end(tokener));
    }
    expect(event != NULL && record != NULL);
    check_string(event, "schema", "hoptrace-event/1");
    check_string(event, "message", sample->event.message);
    check_string(record, "schema", "hoptrace/1");
    check_string(record, "target", sample->report.name);
    if (!array)
        (void)json_object_put(record);
    (void)json_object_put(first);
    json_tokener_free(tokener);
}

static void check_line(const char *format, const char *line, size_t length)
{
    bool for_people = strcmp(format, "text") == 0;
    expect(length > 0 || for_people);
    /* JSON may hold a DEL, a terminal had better not. */
    for (size_t i = 0; i < length; i++)
        expect((unsigned char)line[i] >= ' ' && (line[i] != 0x7f || !for_people));
    if (strcmp(format, "influx") == 0)
        expect(strncmp(line, "traceroute", 10) == 0);
    if (strcmp(format, "putval") == 0)
        expect((strncmp(line, "PUTVAL \"", 8) == 0 ||
                strncmp(line, "PUTNOTIF host=\"host\" ", 21) == 0) &&
               length < 1200);
    if (strcmp(format, "prometheus") == 0)
        expect(*line == '#' || strncmp(line, "hoptrace_", 9) == 0);
}

static size_t check_lines(const char *format, const char *text)
{
    size_t lines = 0;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        check_line(format, text, (size_t)(end - text));
        lines++;
    }
    expect(*text == '\0');
    return lines;
}

static void check_format(const char *format, const struct sample *sample)
{
    static const struct ht_output_context context = {
        .hostname = "host", .interval_s = 10, .dated = true};
    const struct ht_event *event = &sample->event;
    struct ht_text text = {0};
    const struct ht_output_record record = {
        .report = &sample->report, .events = &event, .event_count = 1};
    ht_output_find(format)->write(&text, &record, 1, &context);
    expect(text.failed || text.length == strlen(text.data));
    if (!text.failed) {
        size_t lines = check_lines(format, text.data);
        if (strcmp(format, "json") == 0)
            expect(lines == 2);
        if (strcmp(format, "json-array") == 0)
            expect(lines == 1);
        if (strcmp(format, "influx") == 0)
            expect(lines == 2 + HOPS);
        if (strncmp(format, "json", 4) == 0)
            check_json(text.data, sample);
    }
    ht_text_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"text",   "json",   "json-pretty", "json-array",
                                          "influx", "putval", "prometheus",  "dot"};
    struct sample *sample = calloc(1, sizeof *sample);
    if (sample == NULL)
        return 0;
    struct input input = {.data = data, .size = size};
    fill(sample, &input);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        check_format(formats[i], sample);
    free(sample);
    return 0;
}
