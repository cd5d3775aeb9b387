#include "layout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "hoptrace/names.h"
#include "hoptrace/version.h"
#include "output/format.h"
#include "output/output.h"

/* Bars and headings above the hops. */
#define HEAD_ROWS 4

/* The verdict's lines at the foot. */
#define VERDICT_ROWS 2

/* What of a long name is shown at least. */
#define NAME_COLUMNS 24

struct layout {
    struct live_screen *screen;
    const struct live_model *model;
    const struct live_view *view;
    const struct live_target *target; /* NULL: there is none */
    struct live_columns columns;
    unsigned row;           /* the next one */
    unsigned foot;          /* first row below the hops */
    bool further_addresses; /* there is room for all of them */
};

/* ---- above ---- */

/* "03:04:05" of the wall clock's time, in UTC. */
static void put_time(struct live_screen *screen, unsigned row, unsigned column, int64_t time_ns,
                     enum live_style style)
{
    struct ht_text text = {0};
    ht_append_time(&text, time_ns);
    if (!text.failed && text.length > strlen("2026-01-02T"))
        (void)live_put(screen, row, column, 8, text.data + strlen("2026-01-02T"), style);
    ht_text_fini(&text);
}

static void put_bar(struct layout *layout)
{
    struct live_screen *screen = layout->screen;
    const struct live_target *target = layout->target;
    char text[128];
    live_fill(screen, 0, 0, LIVE_BAR);
    int length = snprintf(text, sizeof text, " hoptrace %s", ht_version());
    if (length > 0 && layout->model->target_count > 1)
        length += snprintf(text + length, sizeof text - (size_t)length, "   target %zu of %zu",
                           layout->view->selected + 1, layout->model->target_count);
    if (target != NULL && length > 0)
        (void)snprintf(text + length, sizeof text - (size_t)length, "   round %u%s",
                       (unsigned)target->rounds, layout->view->paused ? "   PAUSED" : "");
    (void)live_put(screen, 0, 0, screen->columns, text, LIVE_BAR);
    if (target != NULL && target->last != NULL && screen->columns > 70)
        put_time(screen, 0, screen->columns - 9, target->last->time_ns, LIVE_BAR);
}

static void put_target(struct layout *layout)
{
    struct live_screen *screen = layout->screen;
    const struct live_target *target = layout->target;
    unsigned column = 1;
    if (target == NULL)
        return;
    column += live_put(screen, 1, column, screen->columns / 2, target->name, LIVE_STRONG);
    if (target->last == NULL) {
        (void)live_put(screen, 1, column, screen->columns, ": the first round is under way",
                       LIVE_PLAIN);
        return;
    }
    char address[HT_ADDRESS_TEXT_MAX];
    char text[128];
    const struct ht_report *report = target->last;
    ht_address_format_zoned(&report->address, report->address_zone, address);
    int length = snprintf(text, sizeof text, " %s%s%s %s", address[0] != '\0' ? "(" : "", address,
                          address[0] != '\0' ? ")" : "", ht_protocol_name(report->protocol));
    if (length > 0 && report->port != 0)
        (void)snprintf(text + length, sizeof text - (size_t)length, " port %u",
                       (unsigned)report->port);
    (void)live_put(screen, 1, column, screen->columns, text, LIVE_PLAIN);
}

static void put_keys(struct layout *layout)
{
    bool several = layout->model->target_count > 1;
    if (layout->view->over)
        return;
    const char *text = several ? "q quit  p pause  n names  r restart  d display  arrows targets"
                               : "q quit  p pause  n names  r restart  d display";
    (void)live_put(layout->screen, 2, 1, layout->screen->columns, text, LIVE_DIM);
}

/* ---- a hop ---- */

static void put_number(struct layout *layout, enum live_figure figure, double value,
                       unsigned decimals, enum live_style style)
{
    const struct live_column *column = &layout->columns.figures[figure];
    char number[HT_NUMBER_MAX];
    if (column->width == 0)
        return;
    size_t length = ht_format_number(number, value, decimals, decimals);
    live_put_right(layout->screen, layout->row, column->at, column->width,
                   length > 0 ? number : "-", style);
}

/* Five digits at most. */
static void put_ms(struct layout *layout, enum live_figure figure, double value_ms)
{
    put_number(layout, figure, value_ms,
               value_ms < 999.995   ? 2
               : value_ms < 9999.95 ? 1
                                    : 0,
               LIVE_PLAIN);
}

/* "0.0" is none at all and "100.0" is all of it. */
static double shown_percent(double percent)
{
    if (percent > 0 && percent < 0.1)
        return 0.1;
    return percent > 99.9 && percent < 100 ? 99.9 : percent;
}

/* Whether the loss that goes on to the destination is significant, and has begun by this hop. */
static bool is_behind_loss(const struct live_target *target, unsigned ttl)
{
    const struct ht_report_window *window = target->last != NULL ? target->last->window : NULL;
    return window != NULL && window->loss_significant && window->has_loss_place &&
           ttl >= window->loss_by_hop;
}

static enum live_style style_of_path_loss(double percent, bool behind)
{
    if (behind)
        return LIVE_BAD;
    return percent > 0 ? LIVE_WARNING : LIVE_GOOD;
}

/* What a hop loses and its path does not is its own silence, of little weight. */
static enum live_style style_of_loss(const struct live_hop *hop, double percent)
{
    bool goes_on = !(hop->path_loss_percent <= 0);
    return percent > 0 && goes_on ? LIVE_PLAIN : LIVE_DIM;
}

static void put_figures(struct layout *layout, const struct live_hop *hop, bool behind)
{
    double loss_percent = live_hop_loss_percent(hop);
    put_number(layout, LIVE_LOSS, shown_percent(loss_percent), 1, style_of_loss(hop, loss_percent));
    put_number(layout, LIVE_PATH_LOSS, shown_percent(hop->path_loss_percent), 1,
               isnan(hop->path_loss_percent) ? LIVE_DIM
                                             : style_of_path_loss(hop->path_loss_percent, behind));
    put_number(layout, LIVE_SENT, (double)hop->sent, 0, LIVE_PLAIN);
    put_ms(layout, LIVE_LAST, hop->last_ms);
    put_ms(layout, LIVE_BEST, hop->best_ms);
    put_ms(layout, LIVE_AVERAGE, live_hop_average_ms(hop));
    put_ms(layout, LIVE_WORST, hop->worst_ms);
    put_ms(layout, LIVE_JITTER, live_hop_jitter_ms(hop));
}

/* Eight heights; the middle one is the hop's average, so that a steady time is a line in the
 * middle, twice of it and more the full height. */
static void put_bar_of(struct layout *layout, unsigned column, double value_ms, double average_ms)
{
    static const char ascii[] = "_.-~=+*#";
    double height = average_ms > 0 ? 4 * value_ms / average_ms : 4;
    unsigned level = height >= 7.5 ? 7 : height < 1.5 ? 0 : (unsigned)(height + 0.5) - 1;
    live_put_cell(layout->screen, layout->row, column, 0x2581 + level, ascii[level],
                  level >= 6 ? LIVE_WARNING : LIVE_GOOD);
}

static void put_sparkline(struct layout *layout, const struct live_hop *hop)
{
    const struct live_column *spark = &layout->columns.spark;
    double average_ms = live_hop_average_ms(hop);
    for (unsigned i = 0; i < spark->width; i++) {
        float value = hop->history[LIVE_HISTORY - spark->width + i];
        if (value >= 0)
            put_bar_of(layout, spark->at + i, (double)value, average_ms);
        else if (value <= LIVE_LOST)
            live_put_cell(layout->screen, layout->row, spark->at + i, '?', '?', LIVE_BAD);
    }
}

/* "name (address)", the name alone where that does not fit, or the address. */
static void put_address(struct layout *layout, const struct live_address *address,
                        enum live_style style)
{
    const struct live_column *column = &layout->columns.address;
    char number[HT_ADDRESS_TEXT_MAX];
    char text[sizeof address->name + HT_ADDRESS_TEXT_MAX + 4];
    ht_address_format_zoned(&address->address, address->zone, number);
    bool named = address->name[0] != '\0' && !layout->view->numeric;
    (void)snprintf(text, sizeof text, "%s (%s)", address->name, number);
    const char *shown = number;
    if (named)
        shown = strlen(text) <= column->width ? text : address->name;
    (void)live_put(layout->screen, layout->row, column->at, column->width, shown, style);
}

static void put_hop(struct layout *layout, unsigned ttl)
{
    const struct live_target *target = layout->target;
    const struct live_hop *hop = &target->hops[ttl - 1];
    bool behind = is_behind_loss(target, ttl);
    bool begins = behind && ttl == target->last->window->loss_by_hop;
    char number[8];
    (void)snprintf(number, sizeof number, "%s%u", begins ? ">" : "", ttl);
    live_put_right(layout->screen, layout->row, 0, 4, number, behind ? LIVE_BAD : LIVE_PLAIN);
    if (hop->address_count > 0)
        put_address(layout, &hop->addresses[0], LIVE_PLAIN);
    else
        live_put_cell(layout->screen, layout->row, layout->columns.address.at, '*', '*', LIVE_DIM);
    put_figures(layout, hop, behind);
    put_sparkline(layout, hop);
    layout->row++;
    for (size_t i = 1; i < hop->address_count && layout->further_addresses; i++) {
        put_address(layout, &hop->addresses[i], LIVE_DIM);
        layout->row++;
    }
}

/* ---- all hops ---- */

static unsigned count_rows(const struct live_target *target, bool further_addresses)
{
    unsigned rows = 0;
    for (size_t i = 0; i < target->hop_count; i++) {
        const struct live_hop *hop = &target->hops[i];
        if (live_hop_is_shown(target, hop))
            rows += further_addresses && hop->address_count > 1 ? (unsigned)hop->address_count : 1;
    }
    return rows;
}

static void put_hops(struct layout *layout)
{
    const struct live_target *target = layout->target;
    live_put_headings(layout->screen, HEAD_ROWS - 1, &layout->columns);
    layout->row = HEAD_ROWS;
    unsigned room = layout->foot > HEAD_ROWS ? layout->foot - HEAD_ROWS : 0;
    layout->further_addresses = count_rows(target, true) <= room;
    unsigned rows = count_rows(target, layout->further_addresses);
    unsigned skipped = rows > room ? rows - room : 0; /* of the first hops */
    for (size_t i = 0; i < target->hop_count; i++) {
        if (!live_hop_is_shown(target, &target->hops[i]))
            continue;
        if (skipped > 0)
            skipped--;
        else
            put_hop(layout, (unsigned)i + 1);
    }
}

/* ---- below ---- */

/* Appends what the text output says of the record as a whole. */
static void put_verdict(struct layout *layout, unsigned row)
{
    struct ht_text text = {0};
    const struct ht_report *report = layout->target->last;
    const struct ht_report_window *window = report->window;
    ht_output_find("text")->pieces->close(&text, report, false);
    bool bad = report->status != HT_STATUS_REACHED ||
               (window != NULL && (window->loss_significant || window->rtt_risen));
    enum live_style style = bad ? LIVE_BAD : LIVE_GOOD;
    char *line = text.failed ? NULL : text.data;
    for (unsigned i = 0; i < VERDICT_ROWS && line != NULL && *line != '\0'; i++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        unsigned put =
            live_put(layout->screen, row + i, 1, layout->screen->columns - 2, line, style);
        line = line[put] != '\0' ? line + put : end != NULL ? end + 1 : NULL;
    }
    ht_text_fini(&text);
}

static void put_events(struct layout *layout, unsigned row, unsigned room)
{
    static const enum live_style styles[] = {[HT_SEVERITY_OKAY] = LIVE_GOOD,
                                             [HT_SEVERITY_WARNING] = LIVE_WARNING,
                                             [HT_SEVERITY_FAILURE] = LIVE_BAD};
    const struct live_model *model = layout->model;
    size_t count = model->event_count < room ? model->event_count : room;
    for (size_t i = 0; i < count; i++) {
        const struct live_event *event = &model->events[model->event_count - count + i];
        put_time(layout->screen, row, 1, event->time_ns, LIVE_DIM);
        (void)live_put(layout->screen, row, 10, layout->screen->columns, event->message,
                       styles[event->severity]);
        row++;
    }
}

/* An empty row, the verdict, events as far as the hops leave room but one at least, a note. */
static void put_foot(struct layout *layout)
{
    struct live_screen *screen = layout->screen;
    unsigned notes = layout->view->note != NULL;
    unsigned fixed = HEAD_ROWS + 1 + VERDICT_ROWS + notes;
    unsigned hops = count_rows(layout->target, true);
    unsigned room = screen->rows > fixed + hops ? screen->rows - fixed - hops : 1;
    unsigned events =
        layout->model->event_count < room ? (unsigned)layout->model->event_count : room;
    unsigned rows = 1 + VERDICT_ROWS + events + notes;
    layout->foot = screen->rows > rows ? screen->rows - rows : 0;
    if (layout->target->last != NULL)
        put_verdict(layout, layout->foot + 1);
    put_events(layout, layout->foot + 1 + VERDICT_ROWS, events);
    if (notes > 0)
        (void)live_put(screen, screen->rows - 1, 1, screen->columns, layout->view->note,
                       LIVE_WARNING);
}

/* Columns that the addresses want: an address all of its digits, a name some. */
static unsigned address_width(const struct layout *layout)
{
    const struct live_target *target = layout->target;
    size_t longest = 0;
    for (size_t i = 0; target != NULL && i < target->hop_count; i++) {
        for (size_t k = 0; k < target->hops[i].address_count; k++) {
            const struct live_address *address = &target->hops[i].addresses[k];
            char number[HT_ADDRESS_TEXT_MAX];
            size_t length =
                strlen(ht_address_format_zoned(&address->address, address->zone, number));
            if (address->name[0] != '\0' && !layout->view->numeric)
                length =
                    strlen(address->name) < NAME_COLUMNS ? strlen(address->name) : NAME_COLUMNS;
            longest = length > longest ? length : longest;
        }
    }
    return (unsigned)longest;
}

unsigned live_layout_rows(const struct live_model *model, const struct live_view *view)
{
    if (view->selected >= model->target_count)
        return HEAD_ROWS;
    return HEAD_ROWS + count_rows(model->targets[view->selected], true) + 1 + VERDICT_ROWS +
           (unsigned)model->event_count + (view->note != NULL);
}

void live_layout(struct live_screen *screen, const struct live_model *model,
                 const struct live_view *view)
{
    struct layout layout = {.screen = screen, .model = model, .view = view};
    live_screen_clear(screen, screen->columns, screen->rows);
    if (view->selected < model->target_count)
        layout.target = model->targets[view->selected];
    live_columns_choose(&layout.columns, screen->columns, address_width(&layout), view->graphs);
    put_bar(&layout);
    put_target(&layout);
    put_keys(&layout);
    if (layout.target == NULL)
        return;
    put_foot(&layout);
    put_hops(&layout);
}
