#include <math.h>
#include <stdbool.h>

#include "hoptrace/names.h"
#include "model/hop.h"
#include "output/fields.h"
#include "output/format.h"
#include "output/writers.h"

/* Names come from strangers' DNS: nothing of them may steer a terminal. */
static const struct ht_charset terminal_charset = {
    .ascii = {[1 ... 31] = "?", [127] = "?"},
    .c1 = "?",
    .bidi = "?",
    .invalid = "?",
};

/* A row is 79 columns wide, so that it is one line on a terminal of 80. Widths are fixed because
 * a terminal shows the first row before anybody knows the longest name. */
enum { TTL_WIDTH = 3, NAME_WIDTH = 40, LOSS_WIDTH = 6, RTT_WIDTH = 8 };

/* Colours of the 16 that every terminal has, and that people tell apart who see no red or green:
 * yellow, and magenta in bold. */
#define WARNING "\033[33m"
#define FAILURE "\033[1;35m"
#define PLAIN   "\033[0m"

/* Where the names begin: further lines of a hop do too. */
#define NAME_INDENT "     "

/* Appends a cleaned string. */
static void put_clean(struct ht_text *text, const char *string)
{
    ht_append_string(text, string, &terminal_charset);
}

/* Columns that the bytes from `start` take on a terminal: characters, not bytes. */
static size_t columns_since(const struct ht_text *text, size_t start)
{
    size_t columns = 0;
    for (size_t i = start; i < text->length; i++)
        columns += ((unsigned char)text->data[i] & 0xc0U) != 0x80;
    return columns;
}

static void pad(struct ht_text *text, size_t start, size_t width)
{
    for (size_t columns = columns_since(text, start); columns < width && !text->failed; columns++)
        ht_text_putc(text, ' ');
}

static void put_time(struct ht_text *text, double value_ms)
{
    char number[HT_NUMBER_MAX];
    size_t length = ht_format_number(number, value_ms, HT_MS_DECIMALS, HT_MS_DECIMALS);
    ht_text_printf(text, " %*s", RTT_WIDTH, length > 0 ? number : "-");
}

static void put_times(struct ht_text *text, const struct ht_rtt *rtt)
{
    put_time(text, rtt->min_ms);
    put_time(text, rtt->avg_ms);
    put_time(text, rtt->max_ms);
    ht_text_putc(text, '\n');
}

/* One decimal, but "0.0%" is none at all and "100.0%" is all of it, however many were sent. */
static double shown_loss(double percent)
{
    if (percent > 0 && percent < 0.1)
        return 0.1;
    if (percent > 99.9 && percent < 100)
        return 99.9;
    return percent;
}

/* `unknown` stands where there is none. */
static void put_loss(struct ht_text *text, double percent, const char *unknown, bool coloured)
{
    char number[HT_NUMBER_MAX];
    size_t length = ht_format_number(number, shown_loss(percent), 1, 1);
    bool stands_out = coloured && percent > 0;
    ht_text_puts(text, stands_out ? WARNING : "");
    if (length > 0)
        ht_text_printf(text, " %*s%%", LOSS_WIDTH - 1, number);
    else
        ht_text_printf(text, " %*s", LOSS_WIDTH, unknown);
    ht_text_puts(text, stands_out ? PLAIN : "");
}

static bool has_hostname(const struct ht_node *node)
{
    return node->hostname != NULL && node->hostname[0] != '\0';
}

/* Appends "name (address)" in NAME_WIDTH columns, or the address alone where that does not fit;
 * true: the name still has to be said. */
static bool put_node(struct ht_text *text, const struct ht_node *node)
{
    char address[HT_ADDRESS_TEXT_MAX];
    ht_address_format_zoned(&node->facts.address, node->zone, address);
    size_t start = text->length;
    bool named = has_hostname(node);
    if (named) {
        put_clean(text, node->hostname);
        ht_text_printf(text, " (%s)", address);
        if (!text->failed && columns_since(text, start) > NAME_WIDTH) {
            text->length = start; /* take it back: what is appended next overwrites it */
            named = false;
        }
    }
    if (!named)
        ht_text_puts(text, address);
    pad(text, start, NAME_WIDTH);
    return has_hostname(node) && !named;
}

/* "incoming interface ge-0/0/1, index 7, 10.0.0.1, MTU 1500" */
static void put_interface(struct ht_text *text, const struct ht_interface *interface)
{
    char address[HT_ADDRESS_TEXT_MAX];
    const char *role = ht_field_interface_role(interface);
    ht_text_puts(text, NAME_INDENT);
    for (; *role != '\0'; role++)
        ht_text_putc(text, (char)(*role == '_' ? ' ' : *role));
    ht_text_puts(text, " interface");
    if (interface->name[0] != '\0')
        ht_text_putc(text, ' ');
    put_clean(text, interface->name);
    if (interface->index != 0)
        ht_text_printf(text, ", index %u", (unsigned)interface->index);
    if (interface->address.version != HT_IP_NONE)
        ht_text_printf(text, ", %s", ht_address_format(&interface->address, address));
    if (interface->mtu != 0)
        ht_text_printf(text, ", MTU %u", (unsigned)interface->mtu);
    ht_text_putc(text, '\n');
}

/* What did not fit into a node's row: a long name, a network, a refusal, MPLS labels,
 * interfaces. */
static void put_node_details(struct ht_text *text, const struct ht_node *node, bool name_missing)
{
    if (name_missing) {
        ht_text_puts(text, NAME_INDENT);
        put_clean(text, node->hostname);
        ht_text_putc(text, '\n');
    }
    if (node->asn != 0) {
        ht_text_printf(text, "%sAS%u", NAME_INDENT, (unsigned)node->asn);
        ht_text_puts(text, node->as_name != NULL ? " " : "");
        put_clean(text, node->as_name != NULL ? node->as_name : "");
        ht_text_putc(text, '\n');
    }
    if (node->refusal != NULL)
        ht_text_printf(text, "%ssays %s\n", NAME_INDENT, node->refusal);
    for (size_t i = 0; i < node->facts.mpls_count; i++) {
        const struct ht_mpls *entry = &node->facts.mpls[i];
        ht_text_printf(text, "%sMPLS label %u, tc %u, ttl %u%s\n", NAME_INDENT,
                       (unsigned)entry->label, (unsigned)entry->tc, (unsigned)entry->ttl,
                       entry->bottom ? ", bottom of stack" : "");
    }
    for (size_t i = 0; i < node->facts.interface_count; i++)
        put_interface(text, &node->facts.interfaces[i]);
}

/* The row of a further address: without a ttl, and with a loss only by the flows that pass it. */
static void put_further_node(struct ht_text *text, const struct ht_node *node, bool coloured)
{
    ht_text_puts(text, NAME_INDENT);
    bool name_missing = put_node(text, node);
    put_loss(text, node->flow_count > 0 ? node->loss_percent : (double)NAN, "", coloured);
    put_times(text, &node->rtt);
    put_node_details(text, node, name_missing);
}

void ht_text_output_hop(struct ht_text *text, const struct ht_hop *hop, bool coloured)
{
    const struct ht_node *main_node = ht_hop_main_node(hop);
    bool name_missing = false;
    ht_text_printf(text, "%*u  ", TTL_WIDTH, (unsigned)hop->ttl);
    if (main_node != NULL)
        name_missing = put_node(text, main_node);
    else
        ht_text_printf(text, "%-*s", NAME_WIDTH, "*");
    /* A router that never answers is known by its '*', and is seldom what is wrong. */
    put_loss(text, hop->loss_percent, hop->shared ? "shared" : "-", coloured && main_node != NULL);
    put_times(text, &hop->rtt);
    if (main_node != NULL)
        put_node_details(text, main_node, name_missing);
    for (size_t i = 0; i < hop->node_count; i++) {
        if (&hop->nodes[i] != main_node)
            put_further_node(text, &hop->nodes[i], coloured);
    }
    if (hop->other_received > 0)
        ht_text_printf(text, "%sand others, with %u replies\n", NAME_INDENT,
                       (unsigned)hop->other_received);
}

void ht_text_output_head(struct ht_text *text, const struct ht_report *report)
{
    char address[HT_ADDRESS_TEXT_MAX];
    ht_text_puts(text, "traceroute to ");
    put_clean(text, ht_report_name(report));
    if (report->address.version != HT_IP_NONE)
        ht_text_printf(text, " (%s)",
                       ht_address_format_zoned(&report->address, report->address_zone, address));
    ht_text_printf(text, ", %s, %u hops max, %u probes a hop", ht_protocol_name(report->protocol),
                   (unsigned)report->max_ttl, (unsigned)report->probes);
    if (report->flow_count > 0)
        ht_text_printf(text, ", %zu flows", report->flow_count);
    ht_text_putc(text, '\n');
    ht_text_printf(text, "%*s  %-*s %*s %*s %*s %*s\n", TTL_WIDTH, "hop", NAME_WIDTH,
                   "name (address)", LOSS_WIDTH, "loss", RTT_WIDTH, "best ms", RTT_WIDTH, "avg ms",
                   RTT_WIDTH, "worst ms");
}

/* How far the path is known where probing did not end at the destination. */
static void put_last_answer(struct ht_text *text, const struct ht_report *report)
{
    if (report->status == HT_STATUS_REACHED)
        ht_text_printf(text, "; destination reached at hop %u", (unsigned)report->hop_count);
    else if (report->hop_count == 0)
        ht_text_puts(text, "; nothing answered");
    else
        ht_text_printf(text, "; last answer from hop %u", (unsigned)report->hop_count);
    if (report->reached_unknown)
        ht_text_puts(text, "; whether the destination answers is not known");
}

static const char *stop_words(enum ht_stop_reason reason)
{
    switch (reason) {
    case HT_STOP_GAP_LIMIT:
        return "destination not reached, too many silent hops in a row";
    case HT_STOP_MAX_TTL:
        return "destination not reached within the hops allowed";
    case HT_STOP_LOOP:
        return "destination not reached, the path is a routing loop";
    case HT_STOP_DEADLINE:
        return "out of time before the measurement was complete";
    case HT_STOP_INTERRUPTED:
        return "interrupted before the measurement was complete";
    case HT_STOP_RESOLVE_ERROR:
        return "the name does not resolve";
    case HT_STOP_PERMISSION_ERROR:
        return "no permission to measure";
    default:
        return "the measurement failed";
    }
}

static bool is_fault(enum ht_status status)
{
    return status == HT_STATUS_RESOLVE_ERROR || status == HT_STATUS_PERMISSION_ERROR ||
           status == HT_STATUS_ERROR;
}

/* What went wrong on this host, which no hop's row can show. */
static void put_local_faults(struct ht_text *text, const struct ht_report *report)
{
    if (report->local_errors > 0)
        ht_text_printf(text, "not sent or not read by this host: %u probes (not counted as loss)\n",
                       (unsigned)report->local_errors);
    if (report->rx_overflows > 0)
        ht_text_printf(text, "dropped by this host's full receive buffer: %u packets\n",
                       (unsigned)report->rx_overflows);
}

/* "between hop 4 and hop 6". */
static void put_place(struct ht_text *text, unsigned after_hop, unsigned by_hop)
{
    if (after_hop == 0)
        ht_text_printf(text, "between this host and hop %u", by_hop);
    else
        ht_text_printf(text, "between hop %u and hop %u", after_hop, by_hop);
}

static void put_share(struct ht_text *text, const struct ht_report_window *window)
{
    ht_text_puts(text, " (");
    ht_append_number(text, shown_loss(window->loss_percent), 1, 1);
    ht_text_printf(text, "%% over %u rounds)", (unsigned)window->rounds);
}

/* What the last rounds show together, and where. Rounds of an outage, whose loss is all there is,
 * are not in the window's counts. */
static void put_window(struct ht_text *text, const struct ht_report *report)
{
    const struct ht_report_window *window = report->window;
    if (window->loss_significant) {
        ht_text_puts(text, "; loss");
        if (report->status == HT_STATUS_REACHED)
            put_share(text, window);
        ht_text_puts(text, " begins ");
        if (window->has_loss_place)
            put_place(text, window->loss_after_hop, window->loss_by_hop);
        else
            ht_text_puts(text, "at an unknown hop");
    }
    if (window->rtt_risen) {
        ht_text_puts(text, "; the time rises ");
        if (window->has_rtt_place)
            put_place(text, window->rtt_after_hop, window->rtt_by_hop);
        else
            ht_text_puts(text, "at an unknown hop");
    }
}

static void put_words(struct ht_text *text, const void *record,
                      const char *(*words)(const void *record, unsigned index))
{
    bool any = false;
    for (unsigned i = 0; i < HT_WORDS_MAX; i++) {
        const char *word = words(record, i);
        if (word != NULL)
            ht_text_printf(text, "%s%s", any ? ", " : "", word);
        any |= word != NULL;
    }
}

/* The path MTU, and behind which hop packets must be smaller; of several such hops each. */
static void put_mtu(struct ht_text *text, const struct ht_report *report)
{
    char shown[HT_ADDRESS_TEXT_MAX];
    const struct ht_mtu *mtu = report->mtu;
    if (mtu == NULL) {
        if (report->asks_mtu)
            ht_text_printf(text, "path MTU unknown%s\n",
                           report->protocol == HT_TCP ? ": TCP probes have no data" : "");
        return;
    }
    ht_text_printf(text, "path MTU %u", (unsigned)mtu->path);
    for (size_t i = 0; i < mtu->limit_count; i++) {
        const struct ht_mtu_limit *limit = &mtu->limits[i];
        ht_text_printf(text, i == 0 ? ", %u behind hop %u" : "; %u behind hop %u",
                       (unsigned)limit->mtu, (unsigned)limit->ttl);
        if (limit->address.version != HT_IP_NONE)
            ht_text_printf(text, " (%s)", ht_address_format(&limit->address, shown));
        ht_text_puts(text, limit->silent ? ", where larger packets vanish" : "");
    }
    ht_text_putc(text, '\n');
}

/* What the network does to packets, a line for each hop that does it. */
static void put_packets(struct ht_text *text, const struct ht_report *report)
{
    put_mtu(text, report);
    for (size_t i = 0; i < report->marking_count; i++) {
        const struct ht_marking *change = &report->marking[i];
        ht_text_printf(text, "TOS %u becomes %u ", (unsigned)change->from, (unsigned)change->to);
        put_place(text, change->after_ttl, change->ttl);
        ht_text_puts(text, " (");
        put_words(text, change, ht_field_marking_part);
        ht_text_puts(text, ")\n");
    }
    for (size_t i = 0; i < report->translator_count; i++) {
        const struct ht_translator *translator = &report->translators[i];
        ht_text_printf(text, "rewritten by hop %u: ", (unsigned)translator->ttl);
        put_words(text, translator, ht_field_translated);
        ht_text_putc(text, '\n');
    }
}

static void put_lossy_node(struct ht_text *text, const char *before,
                           const struct ht_address *address, const char *zone)
{
    char shown[HT_ADDRESS_TEXT_MAX];
    if (address->version != HT_IP_NONE)
        ht_text_printf(text, "%s%s", before, ht_address_format_zoned(address, zone, shown));
}

/* How many paths the flows take, and which of them lose. */
static void put_multipath(struct ht_text *text, const struct ht_multipath *multipath)
{
    ht_text_printf(text, "; %u flows take %u paths", (unsigned)multipath->flows,
                   (unsigned)multipath->paths);
    if (multipath->lossy_flows == 0)
        return;
    ht_text_printf(text, ", %u of the flows lose more", (unsigned)multipath->lossy_flows);
    put_lossy_node(text, " from ", &multipath->lossy_node, multipath->lossy_node_zone);
    put_lossy_node(text, " behind ", &multipath->lossy_after, multipath->lossy_after_zone);
}

static void put_closing_line(struct ht_text *text, const struct ht_report *report)
{
    if (report->stop_reason == HT_STOP_DESTINATION) {
        ht_text_printf(text, "destination reached at hop %u", (unsigned)report->hop_count);
    } else if (report->stop_reason == HT_STOP_UNREACHABLE) {
        ht_text_puts(text, "destination unreachable");
    } else {
        ht_text_puts(text, stop_words(report->stop_reason));
        if (!is_fault(report->status))
            put_last_answer(text, report);
    }
    if (report->error != NULL && report->error[0] != '\0') {
        ht_text_puts(text, ": ");
        put_clean(text, report->error);
    }
    if (report->multipath != NULL)
        put_multipath(text, report->multipath);
    if (report->window != NULL)
        put_window(text, report);
}

void ht_text_output_close(struct ht_text *text, const struct ht_report *report, bool coloured)
{
    put_local_faults(text, report);
    put_packets(text, report);
    bool is_cut =
        report->stop_reason == HT_STOP_INTERRUPTED || report->stop_reason == HT_STOP_DEADLINE;
    bool stands_out = coloured && report->status != HT_STATUS_REACHED && !is_cut;
    ht_text_puts(text, stands_out ? FAILURE : "");
    put_closing_line(text, report);
    ht_text_puts(text, stands_out ? PLAIN "\n" : "\n");
}

void ht_text_output_event(struct ht_text *text, const struct ht_event *event, bool coloured)
{
    static const char *const colours[] = {
        [HT_SEVERITY_OKAY] = "", [HT_SEVERITY_WARNING] = WARNING, [HT_SEVERITY_FAILURE] = FAILURE};
    ht_text_puts(text, coloured ? colours[event->severity] : "");
    ht_text_printf(text, "event: %s (%s): ", ht_event_name(event->kind),
                   ht_severity_name(event->severity));
    put_clean(text, event->message);
    ht_text_puts(text, coloured ? PLAIN "\n" : "\n");
}

static void put_record(struct ht_text *text, const struct ht_output_record *record, bool dated,
                       bool coloured)
{
    const struct ht_report *report = record->report;
    for (size_t i = 0; i < record->event_count; i++) {
        if (dated)
            ht_append_time(text, record->events[i]->time_ns);
        ht_text_puts(text, dated ? " " : "");
        ht_text_output_event(text, record->events[i], coloured);
    }
    if (report == NULL)
        return;
    if (dated)
        ht_append_time(text, report->time_ns);
    ht_text_puts(text, dated ? "\n" : "");
    ht_text_output_head(text, report);
    for (size_t i = 0; i < report->listed_hops; i++)
        ht_text_output_hop(text, &report->hops[i], coloured);
    ht_text_output_close(text, report, coloured);
}

void ht_write_text(struct ht_text *text, const struct ht_output_record *records, size_t count,
                   const struct ht_output_context *context)
{
    for (size_t i = 0; i < count && !text->failed; i++)
        put_record(text, &records[i], context != NULL && context->dated,
                   context != NULL && context->coloured);
}
