/* The live view's pure parts: what is gathered, laid out, painted, and the keys. */
#include <math.h>
#include <string.h>

/* The front end is no library: its sources are compiled right here. */
// NOLINTBEGIN(bugprone-suspicious-include)
#include "../../plugin/exec/live/columns.c"
#include "../../plugin/exec/live/keyboard.c"
#include "../../plugin/exec/live/layout.c"
#include "../../plugin/exec/live/model.c"
#include "../../plugin/exec/live/screen.c"
// NOLINTEND(bugprone-suspicious-include)
#include "unit.h"

#define IPV4(a, b, c, d)                                                                           \
    {                                                                                              \
        .version = HT_IPV4, .bytes = {(a), (b), (c), (d) }                                         \
    }
#define HOPS 3

/* A path of three hops: two routers that take turns, one that is silent, the target. */
struct sample {
    struct ht_node nodes[2];
    struct ht_node target;
    struct ht_hop hops[HOPS];
    struct ht_report_window window;
    struct ht_report report;
};

static struct ht_rtt rtt_of(double ms)
{
    return (struct ht_rtt){ms - 0.5, ms, ms + 0.5, 0.5, ms, ms + 0.5, 0.25};
}

static struct ht_hop hop_of(unsigned ttl, uint32_t sent, uint32_t received, double ms)
{
    return (struct ht_hop){.ttl = (uint8_t)ttl,
                           .sent = sent,
                           .received = received,
                           .rtt = rtt_of(received > 0 ? ms : (double)NAN),
                           .path_loss_percent = 0,
                           .window_loss_percent = NAN,
                           .rate_limit_pps = NAN};
}

static void sample_init(struct sample *sample, double ms)
{
    *sample = (struct sample){
        .nodes = {{.facts = {.address = IPV4(10, 0, 0, 1), .received = 2},
                   .hostname = "gw.example"},
                  {.facts = {.address = IPV4(10, 0, 0, 2), .received = 1}}},
        .target = {.facts = {.address = IPV4(192, 0, 2, 7), .received = 3}},
        .hops = {hop_of(1, 3, 3, 1), hop_of(2, 4, 0, 0), hop_of(3, 3, 2, ms)},
        .window = {.rounds = 9, .loss_percent = 0},
        .report = {.name = "core-db",
                   .host = "192.0.2.7",
                   .address = IPV4(192, 0, 2, 7),
                   .protocol = HT_TCP,
                   .port = 5432,
                   .time_ns = INT64_C(1767323045678901000),
                   .status = HT_STATUS_REACHED,
                   .stop_reason = HT_STOP_DESTINATION,
                   .hop_count = HOPS,
                   .listed_hops = HOPS},
    };
    sample->hops[0].nodes = sample->nodes;
    sample->hops[0].node_count = 2;
    sample->hops[2].nodes = &sample->target;
    sample->hops[2].node_count = 1;
    sample->report.hops = sample->hops;
    sample->report.window = &sample->window;
}

static bool is_near(double value, double expected)
{
    return fabs(value - expected) < 1e-6;
}

static void test_counts(void)
{
    struct live_model model = {.target_count = 0};
    struct live_target *target = live_model_join(&model, "core-db");
    struct sample sample;
    sample_init(&sample, 8);
    CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    sample_init(&sample, 10);
    CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    sample.report.stop_reason = HT_STOP_INTERRUPTED;
    CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    CU_ASSERT_EQUAL(target->rounds, 2);
    CU_ASSERT_EQUAL_FATAL(target->hop_count, 3);
    const struct live_hop *last = &target->hops[2];
    CU_ASSERT_TRUE(is_near(live_hop_loss_percent(last), 100.0 / 3));
    CU_ASSERT_TRUE(is_near(live_hop_average_ms(last), 9));
    CU_ASSERT_TRUE(is_near(live_hop_jitter_ms(last), 0.25));
    CU_ASSERT_TRUE(is_near(last->best_ms, 7.5));
    CU_ASSERT_TRUE(is_near(last->worst_ms, 10.5));
    CU_ASSERT_TRUE(is_near(last->last_ms, 10));
    CU_ASSERT_EQUAL(target->hops[0].address_count, 2);
    CU_ASSERT_TRUE(isnan(live_hop_average_ms(&target->hops[1])));
    CU_ASSERT_TRUE(target->hops[1].history[LIVE_HISTORY - 1] <= LIVE_LOST);
    /* A hop that is in no record any more is not shown for ever. */
    sample.report.stop_reason = HT_STOP_GAP_LIMIT;
    sample.report.listed_hops = 1;
    for (unsigned i = 0; i < LIVE_ROUNDS_SHOWN; i++) {
        CU_ASSERT_TRUE(live_hop_is_shown(target, &target->hops[2]));
        CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    }
    CU_ASSERT_FALSE(live_hop_is_shown(target, &target->hops[2]));
    CU_ASSERT_TRUE(live_hop_is_shown(target, &target->hops[0]));
    live_model_restart(&model);
    CU_ASSERT_EQUAL(target->rounds, 0);
    CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    CU_ASSERT_EQUAL(target->hops[0].sent, 3);
    live_model_fini(&model);
}

/* One probe a round: jitter is the difference from round to round. */
static void test_jitter(void)
{
    struct live_model model = {.target_count = 0};
    struct live_target *target = live_model_join(&model, "x");
    struct sample sample;
    for (unsigned i = 0; i < 3; i++) {
        sample_init(&sample, 5 + 2 * (double)i);
        sample.hops[2].rtt.jitter_ms = NAN;
        CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    }
    CU_ASSERT_TRUE(is_near(live_hop_jitter_ms(&target->hops[2]), 2));
    live_model_fini(&model);
}

/* The picture as lines. */
static void draw(const struct live_model *model, const struct live_view *view, unsigned columns,
                 bool utf8, struct ht_text *text)
{
    static struct live_screen screen;
    screen.utf8 = utf8;
    live_screen_clear(&screen, columns, 16);
    live_layout(&screen, model, view);
    ht_text_clear(text);
    live_screen_text(text, &screen);
}

/* The line of the text that begins like that; "": none. */
static const char *line_of(const struct ht_text *text, const char *start, char line[1024])
{
    line[0] = '\0';
    for (const char *at = text->data; at != NULL && *at != '\0'; at = strchr(at, '\n') + 1) {
        if (strncmp(at, start, strlen(start)) == 0)
            (void)snprintf(line, 1024, "%.*s", (int)strcspn(at, "\n"), at);
    }
    return line;
}

static const struct {
    unsigned columns;
    bool utf8;
    bool graphs;
    const char *heading;
    const char *row;
} pictures[] = {
    {60, true, false, " Hop Address          Loss% Path%  Sent   Last    Avg  Worst",
     "   3 192.0.2.7         33.3   0.0     6  10.00   9.00  10.50"},
    {80, true, false,
     " Hop Address                Loss% Path%  Sent   Last   Best    Avg  Worst Jitter",
     "   3 192.0.2.7               33.3   0.0     6  10.00   7.50   9.00  10.50   0.25"},
    {100, true, false,
     " Hop Address                      Loss% Path%  Sent   Last   Best    Avg  Worst Jitter "
     "Rounds",
     "   3 192.0.2.7                     33.3   0.0     6  10.00   7.50   9.00  10.50   0.25       "
     "     "
     "▄▄"},
    {100, false, false,
     " Hop Address                      Loss% Path%  Sent   Last   Best    Avg  Worst Jitter "
     "Rounds",
     "   3 192.0.2.7                     33.3   0.0     6  10.00   7.50   9.00  10.50   0.25       "
     "     "
     "~~"},
};

static void test_widths(void)
{
    struct live_model model = {.target_count = 0};
    struct live_target *target = live_model_join(&model, "core-db");
    struct live_view view = {.selected = 0};
    struct ht_text text = {0};
    struct sample sample;
    char line[1024];
    draw(&model, &view, 80, true, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "core-db: the first round is under way"));
    for (unsigned i = 0; i < 2; i++) {
        sample_init(&sample, 8 + 2 * (double)i);
        CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    }
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        view.graphs = pictures[i].graphs;
        draw(&model, &view, pictures[i].columns, pictures[i].utf8, &text);
        CU_ASSERT_STRING_EQUAL(line_of(&text, " Hop", line), pictures[i].heading);
        CU_ASSERT_STRING_EQUAL(line_of(&text, "   3", line), pictures[i].row);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " core-db (192.0.2.7) tcp port 5432\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "03:04:05"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n     10.0.0.2\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n   2 * "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n destination reached at hop 3"));
    for (unsigned columns = 1; columns <= 400; columns++) {
        view.graphs = columns % 2 == 0;
        draw(&model, &view, columns, false, &text);
        for (const char *at = text.data; *at != '\0'; at = strchr(at, '\n') + 1)
            CU_ASSERT_TRUE(strcspn(at, "\n") <= columns);
    }
    ht_text_fini(&text);
    live_model_fini(&model);
}

static void test_names(void)
{
    struct live_model model = {.target_count = 0};
    struct live_target *target = live_model_join(&model, "b\xc3\xbc"
                                                         "cher\x1b[2J\xff");
    struct live_view view = {.selected = 0};
    struct ht_text text = {0};
    struct sample sample;
    sample_init(&sample, 8);
    CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    draw(&model, &view, 120, true, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " b\xc3\xbc"
                                             "cher?[2J? (192.0.2.7)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "   1 gw.example (10.0.0.1) "));
    view.numeric = true;
    draw(&model, &view, 120, false, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, " b?cher?[2J? (192.0.2.7)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "   1 10.0.0.1 "));
    ht_text_fini(&text);
    live_model_fini(&model);
}

/* Loss that goes on, where it begins, and what was told. */
static void test_verdict(void)
{
    static struct live_screen screen;
    struct live_model model = {.target_count = 0};
    struct live_target *target = live_model_join(&model, "core-db");
    struct live_view view = {.note = "hoptrace: a note"};
    struct ht_text text = {0};
    struct sample sample;
    sample_init(&sample, 8);
    sample.hops[2].path_loss_percent = 33.3;
    sample.window = (struct ht_report_window){.rounds = 9,
                                              .loss_percent = 33.3,
                                              .loss_significant = true,
                                              .has_loss_place = true,
                                              .loss_after_hop = 1,
                                              .loss_by_hop = 3};
    CU_ASSERT_TRUE(live_model_report(target, &sample.report));
    struct ht_event event = {
        .severity = HT_SEVERITY_WARNING, .time_ns = sample.report.time_ns, .message = "event 0"};
    for (unsigned i = 0; i < LIVE_EVENTS + 2; i++) {
        event.message[6] = (char)('0' + i % 10);
        live_model_event(&model, &event);
    }
    draw(&model, &view, 100, true, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n  >3 192.0.2.7"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "; loss (33.3% over 9 rounds) begins between hop 1 and hop 3\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, " 03:04:05 event 8\n 03:04:05 event 9\n hoptrace: a "));
    screen.utf8 = true;
    live_screen_clear(&screen, 100, 16);
    live_layout(&screen, &model, &view);
    unsigned path_loss_at = 43;
    CU_ASSERT_EQUAL(screen.cells[7][path_loss_at].style, LIVE_BAD);
    /* Too few rows: the last hops stay, further addresses go. */
    live_screen_clear(&screen, 100, 10);
    live_layout(&screen, &model, &view);
    ht_text_clear(&text);
    live_screen_text(&text, &screen);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n  >3 192.0.2.7"));
    CU_ASSERT_PTR_NULL(strstr(text.data, "10.0.0.2"));
    ht_text_fini(&text);
    live_model_fini(&model);
}

/* Applied to the picture before, the bytes give the one after: no more of it is written than has
 * changed. */
static void test_paint(void)
{
    static struct live_screen before;
    static struct live_screen after;
    struct ht_text text = {0};
    before.utf8 = after.utf8 = true;
    live_screen_clear(&before, 20, 3);
    live_screen_clear(&after, 20, 3);
    live_screen_paint(&text, &before, &after, true);
    CU_ASSERT_EQUAL(text.length, 0);
    (void)live_put(&after, 1, 4, 9, "ab", LIVE_BAD);
    live_put_cell(&after, 1, 7, 0x2584, '~', LIVE_GOOD);
    live_screen_paint(&text, &before, &after, true);
    CU_ASSERT_STRING_EQUAL(text.data, "\033[2;5H\033[0;1;35mab\033[2;8H\033[0;36m▄\033[0m");
    ht_text_clear(&text);
    live_screen_paint(&text, &before, &after, false);
    CU_ASSERT_STRING_EQUAL(text.data, "\033[2;5H\033[0;7mab\033[2;8H\033[0m▄\033[0m");
    ht_text_clear(&text);
    live_screen_clear(&before, 21, 3);
    live_screen_paint(&text, &before, &after, false);
    CU_ASSERT_EQUAL(strncmp(text.data, "\033[0m\033[2J\033[1;1H\033[0m     ", 19), 0);
    ht_text_fini(&text);
}

static void test_keys(void)
{
    static const struct {
        const char *bytes;
        enum live_key keys[4];
    } typed[] = {
        {"q", {LIVE_KEY_QUIT}},
        {"pnrd", {LIVE_KEY_PAUSE, LIVE_KEY_NAMES, LIVE_KEY_RESTART, LIVE_KEY_DISPLAY}},
        {" x", {LIVE_KEY_PAUSE, LIVE_KEY_NONE}},
        {"\033[C\033[D\033OB\033OA",
         {LIVE_KEY_NEXT, LIVE_KEY_PREVIOUS, LIVE_KEY_NEXT, LIVE_KEY_PREVIOUS}},
        {"\033[1;5C\033[3~q", {LIVE_KEY_NONE, LIVE_KEY_NONE, LIVE_KEY_QUIT}},
        {"\033", {LIVE_KEY_NONE}},
        {"\033[", {LIVE_KEY_NONE}},
        {"\xc3\xa9", {LIVE_KEY_NONE, LIVE_KEY_NONE}},
    };
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        size_t length = strlen(typed[i].bytes);
        size_t at = 0;
        for (size_t k = 0; at < length; k++) {
            CU_ASSERT_TRUE_FATAL(k < 4);
            CU_ASSERT_EQUAL(live_key_next(typed[i].bytes, length, &at), typed[i].keys[k]);
        }
        CU_ASSERT_EQUAL(at, length);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_counts),  UNIT_CASE(test_jitter), UNIT_CASE(test_widths), UNIT_CASE(test_names),
    UNIT_CASE(test_verdict), UNIT_CASE(test_paint),  UNIT_CASE(test_keys),
};

UNIT_MAIN("exec live", cases)
