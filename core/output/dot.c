/* One Graphviz digraph a record: routers as nodes, steps that flows take as edges.
 *
 *     edge            a flow that a node answered, to the next node that answered it
 *       dashed        hops between them were silent, or none answered behind
 *       dotted        a flow has several nodes at both ends: which follows which is unknown
 *       red           its flows lose more than the others, or the window's loss begins there
 *     width of an edge: 1 to 4 points, by its part of all flows
 *
 * A target with one flow has flow 0. */
#include <math.h>
#include <stdbool.h>

#include "base/address.h"
#include "base/exact_test.h"
#include "base/flow_set.h"
#include "hoptrace/names.h"
#include "output/format.h"
#include "output/writers.h"

#define WORDS (HT_FLOW_SET_MAX / 64)

/* One-sided exact test of the flows of a link against the others. */
#define LEVEL 0.01

/* Ranges of flow numbers that a label lists; with more it counts them. */
#define RANGES_MAX 4

static const struct ht_charset dot_charset = {
    .ascii = {[1 ... 9] = "?",
              ['\n'] = "\\n",
              [11 ... 31] = "?",
              ['"'] = "\\\"",
              ['\\'] = "\\\\",
              ['&'] = "&amp;",
              [127] = "?"},
    .c1 = "?",
    .bidi = "?",
    .invalid = "?",
};

static unsigned count_flows(const struct ht_flow_set *set)
{
    unsigned count = 0;
    for (size_t i = 0; i < WORDS; i++)
        count += (unsigned)__builtin_popcountll(set->words[i]);
    return count;
}

static struct ht_flow_set both(const struct ht_flow_set *a, const struct ht_flow_set *b)
{
    struct ht_flow_set set;
    for (size_t i = 0; i < WORDS; i++)
        set.words[i] = a->words[i] & b->words[i];
    return set;
}

static struct ht_flow_set without(const struct ht_flow_set *a, const struct ht_flow_set *b)
{
    struct ht_flow_set set;
    for (size_t i = 0; i < WORDS; i++)
        set.words[i] = a->words[i] & ~b->words[i];
    return set;
}

static struct ht_flow_set all_flows(const struct ht_report *report)
{
    struct ht_flow_set set = {{0}};
    if (report->flow_count == 0)
        ht_flow_set_add(&set, 0);
    for (size_t i = 0; i < report->flow_count; i++)
        ht_flow_set_add(&set, report->flows[i].flow);
    return set;
}

/* The node's flows, of those that are measured end to end: of others of a search for all paths only
 * some steps are known. */
static struct ht_flow_set flows_of(const struct ht_report *report, const struct ht_node *node)
{
    struct ht_flow_set all = all_flows(report);
    struct ht_flow_set set = {{0}};
    if (node->flow_count == 0)
        ht_flow_set_add(&set, 0);
    for (size_t i = 0; i < node->flow_count; i++)
        ht_flow_set_add(&set, node->flows[i]);
    return both(&all, &set);
}

/* Flows that some node of a hop answered, and (*several) those that more than one did. */
static struct ht_flow_set flows_of_hop(const struct ht_report *report, const struct ht_hop *hop,
                                       struct ht_flow_set *several)
{
    struct ht_flow_set all = {{0}};
    *several = (struct ht_flow_set){{0}};
    for (size_t i = 0; i < hop->node_count; i++) {
        struct ht_flow_set flows = flows_of(report, &hop->nodes[i]);
        struct ht_flow_set again = both(&all, &flows);
        for (size_t k = 0; k < WORDS; k++) {
            several->words[k] |= again.words[k];
            all.words[k] |= flows.words[k];
        }
    }
    return all;
}

/* --- loss -------------------------------------------------------------------------------- */

/* True if these flows lose more end to end than the others, in this round. */
static bool flows_lose(const struct ht_report *report, const struct ht_flow_set *flows)
{
    uint32_t sent[2] = {0};
    uint32_t lost[2] = {0};
    for (size_t i = 0; i < report->flow_count; i++) {
        const struct ht_flow_result *flow = &report->flows[i];
        bool other = !ht_flow_set_has(flows, flow->flow);
        sent[other] += flow->sent;
        lost[other] += flow->sent - flow->received;
    }
    return ht_loses_significantly(lost[0], sent[0], lost[1], sent[1], LEVEL);
}

/* True if the window says that loss begins between these ttls. */
static bool loss_begins(const struct ht_report *report, unsigned from_ttl, unsigned to_ttl)
{
    const struct ht_report_window *window = report->window;
    return window != NULL && window->loss_significant && window->has_loss_place &&
           from_ttl >= window->loss_after_hop && to_ttl <= window->loss_by_hop;
}

static bool is_lossy(const struct ht_report *report, const struct ht_node *node)
{
    return report->multipath != NULL && report->multipath->lossy_flows > 0 &&
           ht_address_equal(&node->facts.address, &report->multipath->lossy_node);
}

/* --- nodes ------------------------------------------------------------------------------- */

static void put_clean(struct ht_text *text, const char *string)
{
    ht_append_string(text, string, &dot_charset);
}

static bool is_end(const struct ht_report *report, const struct ht_node *node)
{
    return ht_address_equal(&node->facts.address, &report->address);
}

/* "50% lost, 3.1 ms": what is known of it. */
static void put_measured(struct ht_text *text, double loss_percent, double rtt_ms)
{
    if (isfinite(loss_percent)) {
        ht_text_puts(text, "\\n");
        ht_append_number(text, loss_percent, 1, 0);
        ht_text_puts(text, "% lost");
    }
    if (isfinite(rtt_ms)) {
        ht_text_puts(text, isfinite(loss_percent) ? ", " : "\\n");
        ht_append_number(text, rtt_ms, 1, 1);
        ht_text_puts(text, " ms");
    }
}

static void put_node(struct ht_text *text, const struct ht_report *report, const struct ht_hop *hop,
                     size_t index)
{
    const struct ht_node *node = &hop->nodes[index];
    char address[HT_ADDRESS_TEXT_MAX];
    bool alone = node->flow_count == 0 && hop->node_count == 1;
    ht_text_printf(text, "  n%u_%zu [label=\"", (unsigned)hop->ttl, index);
    if (node->hostname != NULL && node->hostname[0] != '\0') {
        put_clean(text, node->hostname);
        ht_text_puts(text, "\\n");
    }
    put_clean(text, ht_address_format_zoned(&node->facts.address, node->zone, address));
    put_measured(text, alone ? hop->loss_percent : node->loss_percent, node->rtt.avg_ms);
    if (node->refusal != NULL) {
        ht_text_puts(text, "\\n");
        put_clean(text, node->refusal);
    }
    ht_text_putc(text, '"');
    if (is_end(report, node))
        ht_text_puts(text, ", peripheries=2");
    if (is_lossy(report, node))
        ht_text_puts(text, ", color=red, fontcolor=red");
    ht_text_puts(text, "];\n");
}

static void put_nodes(struct ht_text *text, const struct ht_report *report)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        for (size_t k = 0; k < hop->node_count; k++)
            put_node(text, report, hop, k);
        if (hop->node_count < 2)
            continue;
        ht_text_puts(text, "  { rank=same;");
        for (size_t k = 0; k < hop->node_count; k++)
            ht_text_printf(text, " n%u_%zu;", (unsigned)hop->ttl, k);
        ht_text_puts(text, " }\n");
    }
}

/* --- edges ------------------------------------------------------------------------------- */

/* Where an edge begins. */
struct origin {
    const struct ht_report *report;
    const struct ht_node *node; /* NULL: this host */
    unsigned ttl;               /* 0: this host */
    size_t index;               /* of the node at its hop */
    unsigned all;               /* flows of the record */
};

enum style { SOLID, DASHED, DOTTED };

/* "0-3, 7", or how many there are. */
static void put_flows(struct ht_text *text, const struct ht_flow_set *flows, bool whole)
{
    const char *before = "";
    unsigned ranges = 0;
    for (unsigned flow = 0; flow < HT_FLOW_SET_MAX; flow++)
        ranges += ht_flow_set_has(flows, flow) && (flow == 0 || !ht_flow_set_has(flows, flow - 1));
    if (ranges > RANGES_MAX && !whole) {
        ht_text_printf(text, "%u flows", count_flows(flows));
        return;
    }
    for (unsigned flow = 0, last; flow < HT_FLOW_SET_MAX; flow = last + 1) {
        last = flow;
        if (!ht_flow_set_has(flows, flow))
            continue;
        while (ht_flow_set_has(flows, last + 1))
            last++;
        ht_text_printf(text, last > flow ? "%s%u-%u" : "%s%u", before, flow, last);
        before = ", ";
    }
}

static void put_attributes(struct ht_text *text, const struct origin *from,
                           const struct ht_flow_set *flows, enum style style, bool red)
{
    static const char *const styles[] = {[DASHED] = "style=dashed, ", [DOTTED] = "style=dotted, "};
    ht_text_puts(text, " [");
    if (style != SOLID)
        ht_text_puts(text, styles[style]);
    if (red)
        ht_text_puts(text, "color=red, fontcolor=red, ");
    if (from->report->flow_count > 0) {
        ht_text_puts(text, "label=\"");
        put_flows(text, flows, false);
        ht_text_puts(text, "\", tooltip=\"flows ");
        put_flows(text, flows, true);
        ht_text_puts(text, "\", ");
    }
    ht_text_puts(text, "penwidth=");
    ht_append_number(text, 1 + 3.0 * count_flows(flows) / from->all, 1, 1);
    ht_text_puts(text, "];\n");
}

static void put_origin(struct ht_text *text, const struct origin *from)
{
    if (from->ttl == 0)
        ht_text_puts(text, "  host");
    else
        ht_text_printf(text, "  n%u_%zu", from->ttl, from->index);
}

static void put_edge(struct ht_text *text, const struct origin *from, const struct ht_hop *hop,
                     size_t index, const struct ht_flow_set *flows, enum style style)
{
    const struct ht_report *report = from->report;
    bool red = flows_lose(report, flows) || is_lossy(report, &hop->nodes[index]) ||
               loss_begins(report, from->ttl, hop->ttl);
    put_origin(text, from);
    ht_text_printf(text, " -> n%u_%zu", (unsigned)hop->ttl, index);
    put_attributes(text, from, flows, style, red);
}

/* Edges to the nodes of a hop. `several`: flows of which the origin's hop has several nodes. Flows
 * that have several at this one too are drawn dotted, where no other flow takes this step. */
static void put_steps(struct ht_text *text, const struct origin *from, const struct ht_hop *hop,
                      const struct ht_flow_set *flows, const struct ht_flow_set *several)
{
    struct ht_flow_set several_here;
    (void)flows_of_hop(from->report, hop, &several_here);
    struct ht_flow_set unsure = both(several, &several_here);
    for (size_t i = 0; i < hop->node_count; i++) {
        struct ht_flow_set here = flows_of(from->report, &hop->nodes[i]);
        struct ht_flow_set step = both(flows, &here);
        struct ht_flow_set sure = without(&step, &unsure);
        enum style style = hop->ttl > from->ttl + 1 && from->ttl > 0 ? DASHED : SOLID;
        if (count_flows(&sure) > 0)
            put_edge(text, from, hop, i, &sure, style);
        else if (count_flows(&step) > 0)
            put_edge(text, from, hop, i, &step, DOTTED);
    }
}

/* Flows that nothing answered behind the origin. */
static void put_silence(struct ht_text *text, const struct origin *from,
                        const struct ht_flow_set *flows)
{
    if (from->node != NULL && (is_end(from->report, from->node) || from->node->refusal != NULL))
        return;
    ht_text_printf(text, "  x%u_%zu [label=\"no answer\", shape=plaintext];\n", from->ttl,
                   from->index);
    put_origin(text, from);
    ht_text_printf(text, " -> x%u_%zu", from->ttl, from->index);
    put_attributes(text, from, flows, DASHED,
                   flows_lose(from->report, flows) || loss_begins(from->report, from->ttl, 0));
}

/* Each flow of the origin takes its step to the next hop that answered it. */
static void put_edges_from(struct ht_text *text, const struct origin *from, size_t next_hop,
                           struct ht_flow_set flows, const struct ht_flow_set *several)
{
    const struct ht_report *report = from->report;
    for (size_t i = next_hop; i < report->listed_hops && count_flows(&flows) > 0; i++) {
        struct ht_flow_set several_here;
        struct ht_flow_set here = flows_of_hop(report, &report->hops[i], &several_here);
        put_steps(text, from, &report->hops[i], &flows, several);
        flows = without(&flows, &here);
    }
    if (count_flows(&flows) > 0)
        put_silence(text, from, &flows);
}

static void put_edges(struct ht_text *text, const struct ht_report *report)
{
    struct ht_flow_set all = all_flows(report);
    struct ht_flow_set several = {{0}};
    struct origin from = {.report = report, .all = count_flows(&all)};
    put_edges_from(text, &from, 0, all, &several);
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        (void)flows_of_hop(report, hop, &several);
        from.ttl = hop->ttl;
        for (size_t k = 0; k < hop->node_count; k++) {
            from.node = &hop->nodes[k];
            from.index = k;
            put_edges_from(text, &from, i + 1, flows_of(report, from.node), &several);
        }
    }
}

/* --- the graph --------------------------------------------------------------------------- */

/* As the text output closes a record. */
static void put_summary(struct ht_text *text, const struct ht_report *report)
{
    struct ht_text line = {0};
    ht_text_output_close(&line, report, false);
    if (line.failed)
        text->failed = true;
    else
        ht_append_string(text, line.data, &dot_charset);
    ht_text_fini(&line);
}

static void put_head(struct ht_text *text, const struct ht_report *report)
{
    char address[HT_ADDRESS_TEXT_MAX];
    ht_text_puts(text, "digraph \"");
    put_clean(text, ht_report_name(report));
    ht_text_puts(text, "\" {\n  graph [rankdir=LR, ranksep=0.6, nodesep=0.2, labelloc=t, "
                       "fontname=\"sans-serif\", label=\"");
    put_clean(text, ht_report_name(report));
    if (report->address.version != HT_IP_NONE) {
        ht_text_puts(text, " (");
        put_clean(text, ht_address_format_zoned(&report->address, report->address_zone, address));
        ht_text_putc(text, ')');
    }
    ht_text_printf(text, ", %s, ", ht_protocol_name(report->protocol));
    ht_append_time(text, report->time_ns);
    ht_text_puts(text, "\\n");
    put_summary(text, report);
    ht_text_puts(text, "\"];\n"
                       "  node [shape=box, style=\"rounded\", fontname=\"sans-serif\", "
                       "fontsize=10];\n"
                       "  edge [fontname=\"sans-serif\", fontsize=9, arrowsize=0.6];\n"
                       "  host [label=\"this host");
    if (report->source.version != HT_IP_NONE) {
        ht_text_puts(text, "\\n");
        put_clean(text, ht_address_format_zoned(&report->source, report->source_zone, address));
    }
    ht_text_puts(text, "\"];\n");
}

static void put_event(struct ht_text *text, const struct ht_event *event)
{
    ht_text_printf(text, "// %s (%s): ", ht_event_name(event->kind),
                   ht_severity_name(event->severity));
    put_clean(text, event->message);
    ht_text_putc(text, '\n');
}

void ht_write_dot(struct ht_text *text, const struct ht_output_record *records, size_t count,
                  const struct ht_output_context *context)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < records[i].event_count; k++)
            put_event(text, records[i].events[k]);
        if (records[i].report == NULL)
            continue;
        put_head(text, records[i].report);
        put_nodes(text, records[i].report);
        put_edges(text, records[i].report);
        ht_text_puts(text, "}\n");
    }
}
