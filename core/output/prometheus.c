#include <stdbool.h>
#include <string.h>

#include "hoptrace/names.h"
#include "hoptrace/time.h"
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

/* The lines of one metric, all targets together. */
struct family {
    struct ht_text *text;
    const struct metric *metric;
    struct ht_text labels; /* of the report whose samples are being written */
    struct ht_text names;  /* those in use, each between two commas */
    bool headed;           /* HELP and TYPE are written: a metric without samples has none */
};

/* One metric: how its samples are found in a report. */
struct metric {
    const char *name;
    const char *help;
    void (*write)(struct family *family, const struct ht_report *report);
};

/* Beside the report's own labels. */
struct sample_labels {
    int ttl;          /* 0: no label "hop" */
    const char *stat; /* NULL: no such label */
};

static void write_head(struct family *family)
{
    const struct metric *metric = family->metric;
    ht_text_printf(family->text, "# HELP %s %s\n# TYPE %s gauge\n", metric->name, metric->help,
                   metric->name);
    family->headed = true;
}

/* Writes one sample; a value that nobody knows is left out. */
static void write_sample(struct family *family, struct sample_labels more, double value,
                         unsigned decimals)
{
    char number[HT_NUMBER_MAX];
    if (ht_format_number(number, value, decimals, 0) == 0)
        return;
    if (!family->headed)
        write_head(family);
    struct ht_text *text = family->text;
    ht_text_puts(text, family->metric->name);
    ht_text_append(text, family->labels.data, family->labels.length);
    if (more.ttl > 0)
        ht_text_printf(text, ",hop=\"%d\"", more.ttl);
    if (more.stat != NULL)
        ht_text_printf(text, ",stat=\"%s\"", more.stat);
    ht_text_puts(text, "} ");
    ht_text_puts(text, number);
    ht_text_putc(text, '\n');
}

static void write_rtt(struct family *family, int ttl, const struct ht_rtt *rtt)
{
    const struct {
        const char *stat;
        double value_ms;
    } stats[] = {
        {"min", rtt->min_ms},       {"avg", rtt->avg_ms},       {"max", rtt->max_ms},
        {"stddev", rtt->stddev_ms}, {"median", rtt->median_ms}, {"p95", rtt->p95_ms},
    };
    for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
        struct sample_labels labels = {.ttl = ttl, .stat = stats[i].stat};
        write_sample(family, labels, stats[i].value_ms / 1000, HT_SECONDS_DECIMALS);
    }
}

static const struct sample_labels no_more = {0};

static void write_reached(struct family *family, const struct ht_report *report)
{
    if (!report->reached_unknown)
        write_sample(family, no_more, report->status == HT_STATUS_REACHED ? 1 : 0, 0);
}

static void write_result_code(struct family *family, const struct ht_report *report)
{
    write_sample(family, no_more, report->status, 0);
}

static void write_hop_count(struct family *family, const struct ht_report *report)
{
    if (!report->path_unknown)
        write_sample(family, no_more, report->hop_count, 0);
}

static void write_path_id(struct family *family, const struct ht_report *report)
{
    if (report->has_path_id)
        write_sample(family, no_more, report->path_id, 0);
}

static void write_duration(struct family *family, const struct ht_report *report)
{
    write_sample(family, no_more, (double)report->duration_ns / (double)HT_NS_PER_S,
                 HT_SECONDS_DECIMALS);
}

static void write_sent(struct family *family, const struct ht_report *report)
{
    write_sample(family, no_more, report->sent, 0);
}

static void write_received(struct family *family, const struct ht_report *report)
{
    write_sample(family, no_more, report->received, 0);
}

static void write_loss(struct family *family, const struct ht_report *report)
{
    write_sample(family, no_more, report->loss_percent / 100, HT_RATIO_DECIMALS);
}

static void write_path_rtt(struct family *family, const struct ht_report *report)
{
    write_rtt(family, 0, &report->rtt);
}

static void write_hop_loss(struct family *family, const struct ht_report *report)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        struct sample_labels labels = {.ttl = report->hops[i].ttl};
        write_sample(family, labels, report->hops[i].loss_percent / 100, HT_RATIO_DECIMALS);
    }
}

static void write_hop_rtt(struct family *family, const struct ht_report *report)
{
    for (size_t i = 0; i < report->listed_hops; i++)
        write_rtt(family, report->hops[i].ttl, &report->hops[i].rtt);
}

static const struct metric metrics[] = {
    {"hoptrace_reached", "Whether the destination answered (1) or not (0).", write_reached},
    {"hoptrace_result_code",
     "Outcome: 0 reached, 1 incomplete, 2 unreachable, 3 resolve error, 4 permission error, "
     "5 error.",
     write_result_code},
    {"hoptrace_hops", "Length of the path: the destination's ttl, else the last that answered.",
     write_hop_count},
    {"hoptrace_path_id", "Hash over the path's addresses: another value is another path.",
     write_path_id},
    {"hoptrace_duration_seconds", "How long the measurement took.", write_duration},
    {"hoptrace_probes_sent", "Probes that left this host.", write_sent},
    {"hoptrace_probes_received", "Replies that came in time, at most one a probe.", write_received},
    {"hoptrace_loss_ratio", "Lost share of the probes to the destination, 0 to 1.", write_loss},
    {"hoptrace_rtt_seconds", "Round-trip time to the destination.", write_path_rtt},
    {"hoptrace_hop_loss_ratio", "Lost share of the probes to this hop, 0 to 1.", write_hop_loss},
    {"hoptrace_hop_rtt_seconds", "Round-trip time to this hop.", write_hop_rtt},
};

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
    ht_text_puts(names, ",target,protocol,family,hop,stat,");
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

static void write_metric(struct family *family, const struct ht_report *const *reports,
                         size_t count)
{
    family->headed = false;
    for (size_t i = 0; i < count && !family->text->failed; i++) {
        make_labels(family, reports[i]);
        if (family->labels.failed || family->names.failed)
            family->text->failed = true;
        else
            family->metric->write(family, reports[i]);
    }
}

void ht_write_prometheus(struct ht_text *text, const struct ht_report *const *reports, size_t count,
                         const struct ht_output_context *context)
{
    (void)context;
    struct family family = {.text = text};
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        family.metric = &metrics[i];
        write_metric(&family, reports, count);
    }
    ht_text_fini(&family.labels);
    ht_text_fini(&family.names);
}
