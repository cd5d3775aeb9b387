#include "records.h"

#include <stdlib.h>

#include "output/format.h"

int records_init(struct records *records, const struct ht_output_format *format,
                 const struct ht_output_context *context, size_t target_count, struct ht_text *text)
{
    *records = (struct records){.format = format, .context = *context, .text = text};
    if (!format->whole_round)
        return HT_OK;
    records->round = calloc(target_count, sizeof(struct ht_report *));
    if (records->round == NULL)
        return HT_ERR_NOMEM;
    records->target_count = target_count;
    return HT_OK;
}

void records_fini(struct records *records)
{
    for (size_t i = 0; i < records->target_count; i++)
        ht_report_free(records->round[i]);
    free(records->round);
    *records = (struct records){0};
}

void *records_place(const struct records *records, size_t index)
{
    return records->round != NULL ? &records->round[index] : NULL;
}

/* ---- whole rounds ---- */

void records_finish(struct records *records)
{
    if (records->round_count == 0)
        return;
    const struct ht_report **list = calloc(records->round_count, sizeof(const struct ht_report *));
    if (list == NULL) {
        records->no_memory = true;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < records->target_count; i++) {
        if (records->round[i] != NULL)
            list[count++] = records->round[i];
    }
    records->format->write(records->text, list, count, &records->context);
    free(list);
    for (size_t i = 0; i < records->target_count; i++) {
        ht_report_free(records->round[i]);
        records->round[i] = NULL;
    }
    records->round_count = 0;
}

/* A target that reports again before all others did (it has a shorter interval) ends the round:
 * no record may be lost. */
static void collect(struct records *records, const struct ht_report *report)
{
    struct ht_report **place = report->user;
    if (*place != NULL)
        records_finish(records);
    *place = ht_report_copy(report);
    if (*place == NULL) {
        records->no_memory = true;
        return;
    }
    records->round_count++;
    if (records->round_count == records->target_count)
        records_finish(records);
}

/* ---- hop by hop ---- */

static void show_hop(struct records *records, const struct ht_report *report,
                     const struct ht_hop *hop)
{
    if (hop->ttl <= records->last_ttl_shown)
        return;
    if (!records->head_shown)
        ht_text_output_head(records->text, report);
    records->head_shown = true;
    records->last_ttl_shown = hop->ttl;
    ht_text_output_hop(records->text, hop);
}

static void show_rest(struct records *records, const struct ht_report *report)
{
    if (!records->head_shown)
        ht_text_output_head(records->text, report);
    records->head_shown = true;
    for (size_t i = 0; i < report->listed_hops; i++)
        show_hop(records, report, &report->hops[i]);
    ht_text_output_close(records->text, report);
    records->head_shown = false;
    records->last_ttl_shown = 0;
}

void records_on_hop(struct records *records, const struct ht_report *so_far,
                    const struct ht_hop *hop)
{
    show_hop(records, so_far, hop);
}

static void write_dated(struct records *records, const struct ht_report *report)
{
    ht_append_time(records->text, report->time_ns);
    ht_text_putc(records->text, '\n');
    records->format->write(records->text, &report, 1, &records->context);
}

void records_on_report(struct records *records, const struct ht_report *report)
{
    if (records->streaming)
        show_rest(records, report);
    else if (records->format->whole_round)
        collect(records, report);
    else if (records->dated)
        write_dated(records, report);
    else
        records->format->write(records->text, &report, 1, &records->context);
}
