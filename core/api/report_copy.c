#include <stdlib.h>
#include <string.h>

#include "hoptrace/report.h"

/* How much a report points to. */
struct extent {
    size_t nodes;
    size_t mpls;
    size_t counts;
    size_t string_bytes; /* terminators included */
};

/* Where in the new block the next thing of each kind goes. */
struct cursors {
    struct ht_node *nodes;
    struct ht_mpls *mpls;
    uint32_t *counts;
    char *strings;
};

static size_t string_size(const char *string)
{
    return string != NULL ? strlen(string) + 1 : 0;
}

static void measure_hop(const struct ht_hop *hop, struct extent *extent)
{
    extent->nodes += hop->node_count;
    for (size_t i = 0; i < hop->node_count; i++) {
        extent->mpls += hop->nodes[i].facts.mpls_count;
        extent->string_bytes +=
            string_size(hop->nodes[i].zone) + string_size(hop->nodes[i].hostname);
    }
}

static struct extent measure(const struct ht_report *report)
{
    struct extent extent = {.counts = report->event_counts != NULL ? report->event_kinds : 0};
    extent.string_bytes = string_size(report->name) + string_size(report->host) +
                          string_size(report->error) + string_size(report->address_zone) +
                          string_size(report->source_zone);
    for (size_t i = 0; i < report->tag_count; i++)
        extent.string_bytes +=
            string_size(report->tags[i].key) + string_size(report->tags[i].value);
    for (size_t i = 0; i < report->listed_hops; i++)
        measure_hop(&report->hops[i], &extent);
    return extent;
}

static const char *copy_string(const char *string, struct cursors *cursors)
{
    if (string == NULL)
        return NULL;
    size_t size = strlen(string) + 1;
    char *copy = cursors->strings;
    memcpy(copy, string, size);
    cursors->strings += size;
    return copy;
}

static const struct ht_node *copy_nodes(const struct ht_hop *hop, struct cursors *cursors)
{
    struct ht_node *copies = cursors->nodes;
    cursors->nodes += hop->node_count;
    for (size_t i = 0; i < hop->node_count; i++) {
        const struct ht_node *node = &hop->nodes[i];
        copies[i] = *node;
        copies[i].zone = copy_string(node->zone, cursors);
        copies[i].hostname = copy_string(node->hostname, cursors);
        copies[i].facts.mpls = cursors->mpls;
        if (node->facts.mpls_count > 0)
            memcpy(cursors->mpls, node->facts.mpls,
                   node->facts.mpls_count * sizeof *node->facts.mpls);
        cursors->mpls += node->facts.mpls_count;
    }
    return copies;
}

/* Copies the strings and arrays of the report itself. */
static void copy_parts(struct ht_report *copy, const struct ht_report *report, struct ht_tag *tags,
                       struct cursors *cursors)
{
    copy->tags = tags;
    copy->name = copy_string(report->name, cursors);
    copy->host = copy_string(report->host, cursors);
    copy->error = copy_string(report->error, cursors);
    copy->address_zone = copy_string(report->address_zone, cursors);
    copy->source_zone = copy_string(report->source_zone, cursors);
    for (size_t i = 0; i < report->tag_count; i++) {
        tags[i].key = copy_string(report->tags[i].key, cursors);
        tags[i].value = copy_string(report->tags[i].value, cursors);
    }
    if (report->event_counts != NULL) {
        memcpy(cursors->counts, report->event_counts,
               report->event_kinds * sizeof *report->event_counts);
        copy->event_counts = cursors->counts;
    }
}

/* Copies the window, if there is one, to `at`. Returns what comes behind it. */
static void *copy_window(struct ht_report *copy, const struct ht_report *report,
                         struct ht_report_window *at)
{
    if (report->window == NULL)
        return at;
    *at = *report->window;
    copy->window = at;
    return at + 1;
}

struct ht_report *ht_report_copy(const struct ht_report *report)
{
    /* Kinds in falling alignment, each a multiple of its own: nothing needs padding. */
    _Static_assert(_Alignof(struct ht_report) >= _Alignof(struct ht_report_window) &&
                       _Alignof(struct ht_report_window) >= _Alignof(struct ht_hop) &&
                       _Alignof(struct ht_hop) >= _Alignof(struct ht_node) &&
                       _Alignof(struct ht_node) >= _Alignof(struct ht_tag) &&
                       _Alignof(struct ht_tag) >= _Alignof(struct ht_mpls) &&
                       _Alignof(struct ht_mpls) >= _Alignof(uint32_t),
                   "the block's order");
    struct extent extent = measure(report);
    struct ht_report *copy =
        malloc(sizeof *copy + (report->window != NULL ? sizeof *report->window : 0) +
               report->listed_hops * sizeof *report->hops + extent.nodes * sizeof(struct ht_node) +
               report->tag_count * sizeof *report->tags + extent.mpls * sizeof(struct ht_mpls) +
               extent.counts * sizeof(uint32_t) + extent.string_bytes);
    if (copy == NULL)
        return NULL;
    *copy = *report;
    struct ht_hop *hops = copy_window(copy, report, (struct ht_report_window *)(copy + 1));
    struct cursors cursors = {.nodes = (struct ht_node *)(hops + report->listed_hops)};
    struct ht_tag *tags = (struct ht_tag *)(cursors.nodes + extent.nodes);
    cursors.mpls = (struct ht_mpls *)(tags + report->tag_count);
    cursors.counts = (uint32_t *)(cursors.mpls + extent.mpls);
    cursors.strings = (char *)(cursors.counts + extent.counts);

    copy->hops = hops;
    copy_parts(copy, report, tags, &cursors);
    for (size_t i = 0; i < report->listed_hops; i++) {
        hops[i] = report->hops[i];
        hops[i].nodes = copy_nodes(&report->hops[i], &cursors);
    }
    return copy;
}

void ht_report_free(struct ht_report *report)
{
    free(report);
}
