/* Which flows later rounds measure. */
#include "probing/multipath/report_cover.h"
#include "unit.h"

#define FLOWS_MAX 6
#define HOPS_MAX  8

/* Of each flow its hops: '-' silent, 'Z' the target; flow k is numbers[k]. */
struct cover_case {
    const char *name;
    const char *flows[FLOWS_MAX];
    uint8_t numbers[FLOWS_MAX];
    uint64_t cover;
};

static const struct cover_case cover_cases[] = {
    {"one path", {"abZ", "abZ", "abZ"}, {0, 1, 2}, 1 << 0},
    {"two ways", {"abZ", "abZ", "acZ", "acZ"}, {0, 1, 2, 3}, 1 << 0 | 1 << 2},
    {"numbers with gaps", {"abZ", "acZ", "adZ"}, {0, 7, 40}, 1 << 0 | 1 << 7 | UINT64_C(1) << 40},
    {"one flow passes two new links",
     {"abdZ", "aceZ", "acdZ"},
     {0, 1, 2},
     1 << 0 | 1 << 1 | 1 << 2},
    {"a silent way", {"abZ", "a-Z", "abZ"}, {0, 1, 2}, 1 << 0 | 1 << 1},
    {"nothing answered", {"", ""}, {0, 1}, 1 << 0},
};

/* The record of one flow, and what it points to. */
struct flow_record {
    struct ht_report report;
    struct ht_hop hops[HOPS_MAX];
    struct ht_node nodes[HOPS_MAX];
};

static void fill(struct flow_record *record, const char *hops)
{
    *record = (struct flow_record){.report = {.status = HT_STATUS_INCOMPLETE}};
    for (uint8_t i = 0; hops[i] != '\0'; i++) {
        const uint8_t bytes[4] = {192, 0, 2, (uint8_t)hops[i]};
        record->nodes[i].facts.address = ht_address_from_bytes(bytes, sizeof bytes);
        record->nodes[i].facts.received = 1;
        record->hops[i] = (struct ht_hop){.ttl = (uint8_t)(i + 1),
                                          .sent = 1,
                                          .nodes = &record->nodes[i],
                                          .node_count = hops[i] != '-'};
        record->report.hop_count = (uint8_t)(i + 1);
        record->report.listed_hops = (size_t)i + 1;
        if (hops[i] == 'Z')
            record->report.status = HT_STATUS_REACHED;
    }
    record->report.hops = record->hops;
}

static uint64_t cover_of(struct ht_branch_search *search, const struct cover_case *test)
{
    struct flow_record records[FLOWS_MAX];
    struct ht_flow_result results[FLOWS_MAX] = {{.flow = 0}};
    struct ht_flow_sightings seen[FLOWS_MAX] = {{.report = NULL}};
    struct ht_report report = {.flows = results};
    struct ht_flow_set cover;
    for (size_t i = 0; i < FLOWS_MAX && test->flows[i] != NULL; i++) {
        fill(&records[i], test->flows[i]);
        results[i].flow = test->numbers[i];
        seen[i].report = &records[i].report;
        report.flow_count = i + 1;
    }
    CU_ASSERT_TRUE(ht_report_cover(search, &report, seen, &cover));
    for (size_t i = 1; i < HT_FLOW_SET_MAX / 64; i++)
        CU_ASSERT_EQUAL(cover.words[i], 0);
    return cover.words[0];
}

static void each_case_has_its_cover(void)
{
    struct ht_branch_search search = {0};
    for (size_t i = 0; i < sizeof cover_cases / sizeof cover_cases[0]; i++) {
        uint64_t cover = cover_of(&search, &cover_cases[i]);
        if (cover != cover_cases[i].cover)
            (void)fprintf(stderr, "%s: %llx\n", cover_cases[i].name, (unsigned long long)cover);
        CU_ASSERT_EQUAL(cover, cover_cases[i].cover);
    }
    ht_branch_search_fini(&search);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_case_has_its_cover),
};

UNIT_MAIN("report_cover", cases)
