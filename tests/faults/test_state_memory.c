/* The state file when memory is refused: each allocation of reading and of writing in turn, alone
 * and with all that follow. What was not read is not written over, what was not written is told. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "refuse.h"
#include "state/state.h"
#include "state_samples.h"

#define POINTS_MAX 2000

static const struct ht_now at_first = {.mono_ns = HT_NS_PER_S, .wall_ns = SAMPLE_WALL_NS};

/* The events of the file's first target; UINT32_MAX: it is not whole. */
static uint32_t events_of(const char *path)
{
    static char text[100000];
    struct ht_history history = {0};
    int64_t written_ns;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text) : 0;
    uint32_t events = UINT32_MAX;
    if (fd >= 0)
        (void)close(fd);
    if (length > 0 && ht_document_read(text, (size_t)length, &history, &written_ns, NULL) == HT_OK)
        events = ht_history_find(&history, "target-1.example")->event_counts[0];
    ht_history_fini(&history);
    return events;
}

/* Everything, with a number of events that says which write it is. */
static void enter(struct ht_history *history, uint32_t events)
{
    if (ht_history_find(history, "target-1.example") == NULL)
        sample_everything(history);
    ht_history_find(history, "target-1.example")->event_counts[0] = events;
}

/* Counts what went wrong. */
struct tally {
    unsigned points; /* at which something was refused */
    unsigned told;
    unsigned faults;
};

static void judge(struct tally *tally, bool good, size_t first, const struct ht_error *error)
{
    tally->faults += !good;
    if (!good && tally->faults < 10)
        remark("refused from %zu on: code %d: %s", first, error->code, error->text);
}

/* Refused while the file is read. False: nothing was. */
static bool read_refused(struct tally *tally, size_t first, size_t count)
{
    struct ht_history history = {0};
    struct ht_state *state = NULL;
    struct ht_error error = {0};
    refuse_allocations(first, count);
    int code = ht_state_open("s", &history, at_first, &state, &error);
    size_t refused = refuse_no_more();
    tally->points += refused > 0;
    tally->told += code != HT_OK;
    /* Two of the targets were measured, the others are forgotten. */
    bool whole = code == HT_OK && state != NULL && history.count == 2;
    bool told = code == HT_ERR_NOMEM && error.text[0] != '\0' && refused > 0;
    if (state != NULL) {
        ht_state_note(state);
        (void)ht_state_close(state, at_first, NULL);
    }
    ht_history_fini(&history);
    judge(tally, (whole || told) && events_of("s") == 1 && access("s.bad", F_OK) != 0, first,
          &error);
    return refused > 0;
}

/* Refused from when a write begins until the thread has ended. False: nothing was. */
static bool write_refused(struct tally *tally, size_t first, size_t count, uint32_t events)
{
    struct ht_history history = {0};
    struct ht_state *state = NULL;
    struct ht_error error = {0};
    struct ht_now now = at_first;
    sample_need(ht_state_open("s", &history, now, &state, NULL) == HT_OK && state != NULL);
    uint32_t before = events_of("s");
    enter(&history, events);
    ht_state_note(state);
    now.mono_ns += HT_STATE_PERIOD_NS;
    int code = HT_OK;
    refuse_allocations(first, count);
    while (code == HT_OK && ht_state_next_ns(state) <= now.mono_ns + HT_NS_PER_S) {
        code = ht_state_step(state, now, &error);
        if (ht_state_next_ns(state) > now.mono_ns)
            sleep_ms(1);
    }
    size_t refused = refuse_no_more();
    tally->points += refused > 0;
    tally->told += code != HT_OK;
    judge(tally, events_of("s") == (code == HT_OK ? events : before), first, &error);
    code = ht_state_close(state, now, &error);
    ht_history_fini(&history);
    judge(tally, code == HT_OK && events_of("s") == events, first, &error);
    return refused > 0;
}

static void reading(void)
{
    struct tally tally = {0};
    struct ht_history history = {0};
    struct ht_state *state = NULL;
    sample_need(ht_state_open("s", &history, at_first, &state, NULL) == HT_OK);
    enter(&history, 1);
    ht_state_note(state);
    sample_need(ht_state_close(state, at_first, NULL) == HT_OK);
    ht_history_fini(&history);
    size_t first = 1;
    while (first < POINTS_MAX && read_refused(&tally, first, 1))
        first++;
    for (size_t rest = 1; rest < first; rest++)
        (void)read_refused(&tally, rest, SIZE_MAX);
    remark("%u points, %u told", tally.points, tally.told);
    check(tally.points > 50 && first < POINTS_MAX, "each allocation was refused");
    check(tally.faults == 0, "all is read, or that is told and nothing is written over");
}

static void writing(void)
{
    struct tally tally = {0};
    uint32_t events = 1;
    size_t first = 1;
    while (first < POINTS_MAX && write_refused(&tally, first, 1, ++events))
        first++;
    for (size_t rest = 1; rest < first; rest++)
        (void)write_refused(&tally, rest, SIZE_MAX, ++events);
    remark("%u points, %u told", tally.points, tally.told);
    check(tally.points > 2 && first < POINTS_MAX, "each allocation was refused");
    check(tally.faults == 0, "all is written, or that is told, and the next write is whole");
}

int main(int argc, char **argv)
{
    static const struct net_case cases[] = {{"reading", reading}, {"writing", writing}};
    char folder[] = "/tmp/hoptrace-state-XXXXXX";
    sample_need(mkdtemp(folder) != NULL && chdir(folder) == 0);
    /* A sanitizer ends the process where its part of a thread's beginning is refused memory. */
    refuse_spare_library("libc.so");
    int status = run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
    (void)unlink("s");
    (void)unlink("s.lock");
    sample_need(chdir("/") == 0 && rmdir(folder) == 0);
    return status;
}
