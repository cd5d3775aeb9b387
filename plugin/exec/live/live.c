#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyboard.h"
#include "layout.h"
#include "model.h"
#include "output/output.h"
#include "screen.h"
#include "terminal.h"

/* Between two pictures. */
#define PICTURE_NS (100 * HT_NS_PER_MS)

/* How long a terminal that takes no text keeps the process from stopping. */
#define STOP_PATIENCE_MS 500

struct live {
    struct ht_text *text; /* borrowed */
    struct terminal terminal;
    struct live_model model;
    struct live_view view;
    struct live_screen *shown; /* owned, as is `next` */
    struct live_screen *next;
    struct ht_text notes;        /* problems that were said */
    size_t noted;                /* bytes of them that are taken over */
    char note[LIVE_COLUMNS_MAX]; /* what was said last, as far as a row holds it */
    int64_t next_ns;             /* the next picture is due */
    bool changed;                /* the picture shows less than is known */
    bool redraw;                 /* what the terminal shows is unknown */
    bool asked;                  /* a picture is wanted although it is to stand still */
    bool colours;
    bool left;
};

bool live_is_possible(void)
{
    return isatty(STDOUT_FILENO) == 1 && terminal_is_capable();
}

static void measure(struct live *live)
{
    terminal_size(&live->next->columns, &live->next->rows);
    live_screen_clear(live->next, live->next->columns, live->next->rows);
}

int live_open(struct ht_text *text, struct live **live, struct ht_error *error)
{
    struct live *made = calloc(1, sizeof *made);
    if (made != NULL) {
        *made = (struct live){.text = text, .changed = true, .redraw = true, .left = true};
        made->terminal.signal_fd = -1;
        made->shown = calloc(1, sizeof *made->shown);
        made->next = calloc(1, sizeof *made->next);
    }
    *live = made;
    if (made == NULL || made->shown == NULL || made->next == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    int code = terminal_open(&made->terminal, error);
    if (code != HT_OK)
        return code;
    made->left = false;
    made->next->utf8 = made->shown->utf8 = terminal_is_utf8();
    made->colours = terminal_has_colours();
    measure(made);
    ht_text_puts(text, terminal_enter_text);
    return HT_OK;
}

struct ht_text *live_notes(struct live *live)
{
    return &live->notes;
}

void *live_join(struct live *live, const char *name)
{
    return live_model_join(&live->model, name);
}

bool live_on_report(struct live *live, void *target, const struct ht_report *report)
{
    live->changed = true;
    return live_model_report(target, report);
}

void live_on_event(struct live *live, const struct ht_event *event)
{
    live->changed = true;
    live_model_event(&live->model, event);
}

static void set_note(struct live *live, const char *line)
{
    (void)snprintf(live->note, sizeof live->note, "%.*s", (int)strcspn(line, "\n"), line);
}

/* Takes over the last line of what was said since. */
static void take_note(struct live *live)
{
    const struct ht_text *notes = &live->notes;
    if (notes->failed || notes->length <= live->noted)
        return;
    const char *line = notes->data;
    for (const char *at = line; at + 1 < notes->data + notes->length; at++) {
        if (*at == '\n')
            line = at + 1;
    }
    set_note(live, line);
    live->noted = notes->length;
}

void live_on_health(struct live *live, const struct ht_health *health)
{
    struct ht_text line = {0};
    ht_output_find("text")->write_self(&line, health, NULL);
    take_note(live);
    if (!line.failed)
        set_note(live, line.data);
    live->changed = true;
    ht_text_fini(&line);
}

/* ---- what the user wants ---- */

static void select_target(struct live *live, size_t steps)
{
    size_t count = live->model.target_count;
    if (count > 0)
        live->view.selected = (live->view.selected + steps) % count;
}

/* True: the user wants to end. */
static bool obey(struct live *live, enum live_key key)
{
    struct live_view *view = &live->view;
    live->changed = live->asked = true;
    switch (key) {
    case LIVE_KEY_QUIT:
        return true;
    case LIVE_KEY_PAUSE:
        view->paused = !view->paused;
        break;
    case LIVE_KEY_NAMES:
        view->numeric = !view->numeric;
        break;
    case LIVE_KEY_RESTART:
        live_model_restart(&live->model);
        break;
    case LIVE_KEY_DISPLAY:
        view->graphs = !view->graphs;
        break;
    case LIVE_KEY_NEXT:
        select_target(live, 1);
        break;
    case LIVE_KEY_PREVIOUS:
        select_target(live, live->model.target_count - 1);
        break;
    case LIVE_KEY_NONE:
        break;
    }
    live->next_ns = 0;
    return false;
}

static bool take_keys(struct live *live)
{
    char bytes[64];
    bool ends = false;
    ssize_t length = read(STDIN_FILENO, bytes, sizeof bytes);
    if (length <= 0) {
        live->terminal.keyboard = false;
        return false;
    }
    for (size_t at = 0; at < (size_t)length;)
        ends |= obey(live, live_key_next(bytes, (size_t)length, &at));
    return ends;
}

/* Stopped with the terminal as it was found; what was not written by then is drawn anew. */
static void stop(struct live *live)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&out, 1, STOP_PATIENCE_MS) > 0)
        (void)!write(STDOUT_FILENO, terminal_leave_text, strlen(terminal_leave_text));
    terminal_release(&live->terminal);
    terminal_stop();
}

static void go_on(struct live *live)
{
    terminal_claim(&live->terminal);
    ht_text_puts(live->text, terminal_enter_text);
    live->redraw = live->changed = live->asked = true;
    live->next_ns = 0;
    measure(live);
}

void live_pollfds(const struct live *live, struct pollfd places[LIVE_FDS])
{
    bool reads = live != NULL && live->terminal.keyboard && !live->left;
    places[0] = (struct pollfd){.fd = reads ? STDIN_FILENO : -1, .events = POLLIN};
    places[1] = (struct pollfd){.fd = live != NULL && !live->left ? live->terminal.signal_fd : -1,
                                .events = POLLIN};
}

bool live_take(struct live *live, const struct pollfd places[LIVE_FDS])
{
    if (live == NULL || live->left)
        return false;
    if (places[1].revents != 0) {
        struct terminal_taken taken = terminal_take(&live->terminal);
        if (taken.stops)
            stop(live);
        if (taken.stops || taken.goes_on)
            go_on(live);
        if (taken.resized) {
            measure(live);
            live->redraw = live->changed = live->asked = true;
        }
    }
    return places[0].revents != 0 && take_keys(live);
}

/* ---- pictures ---- */

static void draw(struct live *live)
{
    struct live_screen *drawn = live->next;
    take_note(live);
    live->view.note = live->note[0] != '\0' ? live->note : NULL;
    live_layout(drawn, &live->model, &live->view);
    live_screen_paint(live->text, live->redraw ? NULL : live->shown, drawn, live->colours);
    live->next = live->shown;
    live->shown = drawn;
    live->next->columns = drawn->columns;
    live->next->rows = drawn->rows;
    live->changed = live->redraw = live->asked = false;
}

void live_step(struct live *live, int64_t now_ns)
{
    bool still = live == NULL || live->left || !live->changed ||
                 (live->view.paused && !live->asked) || live->text->length > 0;
    if (still || now_ns < live->next_ns)
        return;
    live->next_ns = ht_time_add(now_ns, PICTURE_NS);
    draw(live);
}

int64_t live_next_ns(const struct live *live)
{
    bool waits =
        live != NULL && !live->left && live->changed && (live->asked || !live->view.paused);
    return waits ? live->next_ns : HT_NEVER;
}

void live_leave(struct live *live)
{
    if (live == NULL || live->left)
        return;
    live->left = true;
    live->view.note = NULL;
    live->view.paused = false;
    live->view.over = true;
    ht_text_puts(live->text, terminal_leave_text);
    live_screen_clear(live->next, live->next->columns, live_layout_rows(&live->model, &live->view));
    live_layout(live->next, &live->model, &live->view);
    live_screen_text(live->text, live->next);
    terminal_release(&live->terminal);
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    terminal_close(&live->terminal);
    live_model_fini(&live->model);
    ht_text_fini(&live->notes);
    free(live->shown);
    free(live->next);
    free(live);
}
