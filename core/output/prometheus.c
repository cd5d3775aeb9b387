#include <stdbool.h>
#include <string.h>

#include "hoptrace/names.h"
#include "hoptrace/time.h"
#include "model/hop.h"
#include "output/fields.h"
#include "output/format.h"
#include "output/writers.h"

/* Label values: the format escapes three characters and takes all others; control characters
 * are of no use to anybody and of harm to a terminal. */
static const struct ht_charset label_charset = {
    .ascii = {[1 ... 9] = "_",
              ['\n'] = "\\n",
              [11 ... 31] = "_",
              ['"'] = "\\\"",
              ['\\'] = "\\\\",
              [127] = "_"},
    .c1 = "_",
    .invalid = HT_REPLACEMENT,
};

/* Of a moment since 1970: milliseconds are what a double and a reader make sense of. */
#define HT_TIMESTAMP_DECIMALS 3

/* The lines of one metric, all targets together. */
struct family {
    struct ht_text *text;
    const struct ht_field *field; /* that is the metric */
    const char *type;             /* NULL: counter or gauge, as the field says */
    const struct ht_stat *stats[HT_POSITIONS_MAX];
    size_t stat_count;
    struct ht_text labels; /* of the report whose samples are being written */
    struct ht_text names;  /* those in use, each between two commas */
    bool headed;           /* HELP and TYPE are written: a metric without samples has none */
};

/* Beside the report's own labels. */
struct sample_labels {
    int ttl;                    /* 0: no label "hop" */
    int flow;                   /* number of the flow + 1; 0: no label "flow" */
    const char *stat;           /* NULL: no such label */
    const char *event;          /* NULL: likewise */
    const struct ht_node *node; /* whose address and name are labels; NULL: likewise */
};

static void write_head(struct family *family)
{
    const struct ht_metric *metric = &family->field->metric;
    const char *type = metric->counter ? "counter" : "gauge";
    ht_text_printf(family->text, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                   metric->name, family->type != NULL ? family->type : type);
    family->headed = true;
}

/* A name that is unknown is an empty label, which is the same as none. */
static void write_node(struct ht_text *text, const struct ht_node *node)
{
    char address[HT_ADDRESS_TEXT_MAX];
    ht_text_puts(text, ",address=\"");
    ht_append_string(text, ht_address_format_zoned(&node->facts.address, node->zone, address),
                     &label_charset);
    if (node->hostname != NULL) {
        ht_text_puts(text, "\",hostname=\"");
        ht_append_string(text, node->hostname, &label_charset);
    }
    ht_text_putc(text, '"');
}

/* Writes one sample; an unknown value is left out. */
static void write_sample(struct family *family, struct sample_labels more, double value,
                         unsigned decimals)
{
    char number[HT_NUMBER_MAX];
    if (ht_format_number(number, value, decimals, 0) == 0)
        return;
    if (!family->headed)
        write_head(family);
    struct ht_text *text = family->text;
    ht_text_puts(text, family->field->metric.name);
    ht_text_append(text, family->labels.data, family->labels.length);
    if (more.ttl > 0)
        ht_text_printf(text, ",hop=\"%d\"", more.ttl);
    if (more.flow > 0)
        ht_text_printf(text, ",flow=\"%d\"", more.flow - 1);
    if (more.stat != NULL)
        ht_text_printf(text, ",stat=\"%s\"", more.stat);
    if (more.event != NULL)
        ht_text_printf(text, ",event=\"%s\"", more.event);
    if (more.node != NULL)
        write_node(text, more.node);
    ht_text_puts(text, "} ");
    ht_text_puts(text, number);
    ht_text_putc(text, '\n');
}

static void write_rtt(struct family *family, struct sample_labels labels, const struct ht_rtt *rtt)
{
    for (size_t i = 0; i < family->stat_count; i++) {
        const struct ht_stat *stat = family->stats[i];
        labels.stat = stat->json.name;
        if (stat->in_metric)
            write_sample(family, labels, ht_stat_value(stat, rtt) / 1000, HT_SECONDS_DECIMALS);
    }
}

/* Also of kinds that never happened: a counter that begins at 1 shows no increase. */
static void write_event_counts(struct family *family, const struct ht_report *report)
{
    size_t kinds = report->event_counts == NULL           ? 0
                   : report->event_kinds < HT_EVENT_KINDS ? report->event_kinds
                                                          : HT_EVENT_KINDS;
    for (size_t i = 0; i < kinds; i++) {
        struct sample_labels labels = {.event = ht_event_name((enum ht_event_kind)i)};
        write_sample(family, labels, report->event_counts[i], 0);
    }
}

/* Of the node that stands for the hop; none of a silent one. */
static void write_hop_info(struct family *family, const struct ht_hop *hop)
{
    struct sample_labels labels = {.ttl = hop->ttl, .node = ht_hop_main_node(hop)};
    if (labels.node != NULL)
        write_sample(family, labels, 1, 0);
}

/* The samples of a report (without labels), a hop or a flow: in the base units, seconds and ratios.
 */
static void write_field(struct family *family, const void *record, struct sample_labels labels)
{
    const struct ht_field *field = family->field;
    switch (field->type) {
    case HT_FIELD_RTT:
        write_rtt(family, labels, ht_field_at(field, record));
        break;
    case HT_FIELD_PERCENT:
        write_sample(family, labels, ht_field_double(field, record) / 100, HT_RATIO_DECIMALS);
        break;
    case HT_FIELD_NS:
        write_sample(family, labels,
                     (double)*(const int64_t *)ht_field_at(field, record) / (double)HT_NS_PER_S,
                     HT_SECONDS_DECIMALS);
        break;
    case HT_FIELD_TIME:
        write_sample(family, labels,
                     (double)*(const int64_t *)ht_field_at(field, record) / (double)HT_NS_PER_S,
                     HT_TIMESTAMP_DECIMALS);
        break;
    case HT_FIELD_HOP_INFO:
        write_hop_info(family, record);
        break;
    case HT_FIELD_EVENT_COUNTS:
        write_event_counts(family, record);
        break;
    case HT_FIELD_REACHED_VALUE:
        write_sample(family, labels, ht_field_integer(field, record) == HT_STATUS_REACHED, 0);
        break;
    default:
        write_sample(family, labels, (double)ht_field_integer(field, record), 0);
    }
}

/* The samples of the parts of a report: hops, or flows. */
static void write_parts(struct family *family, const struct ht_report *report)
{
    bool of_flows = family->field->scope == HT_FIELD_OF_FLOW;
    for (size_t i = 0; of_flows && i < report->flow_count; i++)
        write_field(family, &report->flows[i],
                    (struct sample_labels){.flow = report->flows[i].flow + 1});
    bool of_hops = !of_flows && !report->hides_hop_values;
    for (size_t i = 0; of_hops && i < report->listed_hops; i++)
        write_field(family, &report->hops[i], (struct sample_labels){.ttl = report->hops[i].ttl});
}

static void write_samples(struct family *family, const struct ht_report *report)
{
    static const struct sample_labels none = {0};
    const struct ht_field *field = family->field;
    const struct ht_report_window *window = report->window;
    if (field->scope == HT_FIELD_OF_WINDOW) {
        if (window != NULL && (field->known == 0 || ht_field_flag(window, field->known)))
            write_field(family, window, none);
        return;
    }
    if (field->scope == HT_FIELD_OF_MULTIPATH) {
        if (report->multipath != NULL)
            write_field(family, report->multipath, none);
        return;
    }
    if (field->scope == HT_FIELD_OF_MTU) {
        if (report->mtu != NULL)
            write_field(family, report->mtu, none);
        return;
    }
    if ((field->known != 0 && !ht_field_flag(report, field->known)) ||
        (field->unfinished != 0 && ht_field_flag(report, field->unfinished)))
        return;
    if (field->scope == HT_FIELD_OF_REPORT)
        write_field(family, report, none);
    else
        write_parts(family, report);
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* The character itself if a label name takes it, else '_'. */
static char label_character(char character)
{
    bool letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    if (letter || is_digit(character))
        return character;
    return '_';
}

/* Whether a name between commas stands in `names`, and not at its end, where it was just put. */
static bool name_taken(const struct ht_text *names, size_t start)
{
    const char *name = names->data + start;
    const char *found = strstr(names->data, name);
    return found != NULL && found < name;
}

/* Adds the tag's key as a label name to those in use: what the format does not take becomes '_',
 * two underscores at the start are Prometheus' own, and underscores at the end keep apart what
 * would have become equal. Returns where it begins, the comma before it included. */
static size_t add_name(struct ht_text *names, const char *key)
{
    size_t start = names->length - 1; /* the last name's closing comma is this one's first */
    if (label_character(key[0]) == '_' && key[1] != '\0' && label_character(key[1]) == '_')
        ht_text_puts(names, "tag");
    else if (is_digit(key[0]))
        ht_text_putc(names, '_');
    for (; *key != '\0'; key++)
        ht_text_putc(names, label_character(*key));
    ht_text_putc(names, ',');
    while (!names->failed && name_taken(names, start)) {
        names->data[names->length - 1] = '_';
        ht_text_putc(names, ',');
    }
    return start;
}

static void add_label(struct ht_text *labels, const char *name, size_t length, const char *value)
{
    ht_text_putc(labels, labels->length == 0 ? '{' : ',');
    ht_text_append(labels, name, length);
    ht_text_puts(labels, "=\"");
    ht_append_string(labels, value, &label_charset);
    ht_text_putc(labels, '"');
}

/* Label pairs of a report up to the place where those of a sample follow. An empty label is the
 * same as none, so tags without a value are left out. */
static void make_labels(struct family *family, const struct ht_report *report)
{
    struct ht_text *labels = &family->labels;
    struct ht_text *names = &family->names;
    ht_text_clear(labels);
    ht_text_clear(names);
    ht_text_puts(names, ",target,protocol,family,hop,stat,event,");
    if (report->flow_count > 0)
        ht_text_puts(names, "flow,");
    if (family->field->type == HT_FIELD_HOP_INFO)
        ht_text_puts(names, "address,hostname,");
    if (family->type != NULL)
        ht_text_puts(names, "le,");
    add_label(labels, "target", 6, ht_report_name(report));
    add_label(labels, "protocol", 8, ht_protocol_name(report->protocol));
    if (report->family != HT_FAMILY_ANY)
        add_label(labels, "family", 6, ht_family_name(report->family));
    for (size_t i = 0; i < report->tag_count && !names->failed; i++) {
        const struct ht_tag *tag = &report->tags[i];
        if (tag->key == NULL || tag->key[0] == '\0' || tag->value == NULL || tag->value[0] == '\0')
            continue;
        size_t start = add_name(names, tag->key) + 1;
        if (!names->failed)
            add_label(labels, names->data + start, names->length - start - 1, tag->value);
    }
}

/* Counters over all rounds: they have no field of a report. */
static const struct total {
    struct ht_field field;
    bool of_hops;
    bool received; /* else what was sent */
    bool of_times;
} totals[] = {
    {.field = {.metric = {0, "hoptrace_sent_total", "Probes that left this host, of all rounds.",
                          true}}},
    {.field = {.metric = {0, "hoptrace_received_total", "Replies that came in time, of all rounds.",
                          true}},
     .received = true},
    {.field = {.metric = {0, "hoptrace_hop_sent_total", "Probes to this hop, of all rounds.",
                          true}},
     .of_hops = true},
    {.field = {.metric = {0, "hoptrace_hop_received_total", "Replies of this hop, of all rounds.",
                          true}},
     .of_hops = true,
     .received = true},
    {.field = {.metric = {0, "hoptrace_rtt_histogram_seconds",
                          "Round-trip times to the destination, of all rounds."}},
     .of_times = true},
};

#define TOTALS (sizeof totals / sizeof totals[0])

static void begin_sample(struct family *family, const char *suffix)
{
    ht_text_puts(family->text, family->field->metric.name);
    ht_text_puts(family->text, suffix);
    ht_text_append(family->text, family->labels.data, family->labels.length);
}

/* Buckets hold those below them as well; the last one has all. */
static void write_histogram(struct family *family, const struct ht_totals *of_target)
{
    struct ht_text *text = family->text;
    uint64_t count = 0;
    if (!family->headed)
        write_head(family);
    for (size_t i = 0; i < HT_RTT_BUCKETS; i++) {
        count += of_target->rtts[i];
        begin_sample(family, "_bucket");
        ht_text_puts(text, ",le=\"");
        if (i < HT_RTT_BOUNDS)
            ht_append_number(text, (double)ht_rtt_bounds_ns[i] / (double)HT_NS_PER_S,
                             HT_SECONDS_DECIMALS, 0);
        else
            ht_text_puts(text, "+Inf");
        ht_text_printf(text, "\"} %llu\n", (unsigned long long)count);
    }
    begin_sample(family, "_sum");
    ht_text_puts(text, "} ");
    ht_append_number(text, (double)of_target->rtt_sum_ns / (double)HT_NS_PER_S, HT_SECONDS_DECIMALS,
                     0);
    ht_text_putc(text, '\n');
    begin_sample(family, "_count");
    ht_text_printf(text, "} %llu\n", (unsigned long long)count);
}

static void write_total(struct family *family, const struct total *total,
                        const struct ht_totals *of_target)
{
    if (total->of_times) {
        write_histogram(family, of_target);
        return;
    }
    if (!total->of_hops) {
        uint64_t count = total->received ? of_target->all.received : of_target->all.sent;
        write_sample(family, (struct sample_labels){.ttl = 0}, (double)count, 0);
        return;
    }
    for (int ttl = 1; ttl <= of_target->last_ttl; ttl++) {
        const struct ht_count_total *hop = &of_target->hops[ttl - 1];
        if (hop->sent > 0)
            write_sample(family, (struct sample_labels){.ttl = ttl},
                         (double)(total->received ? hop->received : hop->sent), 0);
    }
}

/* `total` NULL: the metric is a field of the reports. */
static void write_metric(struct family *family, const struct total *total,
                         const struct ht_output_record *records, size_t count)
{
    family->headed = false;
    family->type = total != NULL && total->of_times ? "histogram" : NULL;
    for (size_t i = 0; i < count && !family->text->failed; i++) {
        if (records[i].report == NULL || (total != NULL && records[i].totals == NULL))
            continue;
        make_labels(family, records[i].report);
        if (family->labels.failed || family->names.failed)
            family->text->failed = true;
        else if (total != NULL)
            write_total(family, total, records[i].totals);
        else
            write_samples(family, records[i].report);
    }
}

void ht_write_prometheus(struct ht_text *text, const struct ht_output_record *records, size_t count,
                         const struct ht_output_context *context)
{
    struct family family = {.text = text};
    const struct ht_field *metrics[HT_POSITIONS_MAX];
    size_t metric_count = ht_fields_in_metrics(metrics);
    family.stat_count = ht_stats_in_json(family.stats);
    for (size_t i = 0; i < metric_count; i++) {
        family.field = metrics[i];
        write_metric(&family, NULL, records, count);
    }
    for (size_t i = 0; i < TOTALS; i++) {
        family.field = &totals[i].field;
        write_metric(&family, &totals[i], records, count);
    }
    if (context != NULL && context->health != NULL)
        ht_write_self_prometheus(text, context->health);
    ht_text_fini(&family.labels);
    ht_text_fini(&family.names);
}
