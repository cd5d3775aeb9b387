#define _GNU_SOURCE
#include "state_bench.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state_samples.h"

static int note(struct state_run *run, int code)
{
    run->told += code != HT_OK;
    return code;
}

int state_start(struct state_run *run, const char *path)
{
    *run = (struct state_run){.now = {.mono_ns = HT_NS_PER_S, .wall_ns = SAMPLE_WALL_NS}};
    return note(run, ht_state_open(path, &run->history, run->now, &run->state, &run->error));
}

int state_stop(struct state_run *run)
{
    int code = note(run, ht_state_close(run->state, run->now, &run->error));
    ht_history_fini(&run->history);
    return code;
}

int state_step(struct state_run *run)
{
    return note(run, ht_state_step(run->state, run->now, &run->error));
}

void state_pass_a_minute(struct state_run *run)
{
    run->now.mono_ns += HT_STATE_PERIOD_NS;
    run->now.wall_ns += HT_STATE_PERIOD_NS;
    for (int i = 0; i < 100000 && ht_state_next_ns(run->state) <= run->now.mono_ns + HT_NS_PER_S;
         i++) {
        (void)state_step(run);
        if (ht_state_next_ns(run->state) > run->now.mono_ns)
            sleep_ms(1);
    }
}

void state_enter(struct state_run *run, size_t count, uint32_t events)
{
    for (size_t i = 0; i < count; i++) {
        struct ht_remembered *remembered;
        char name[32];
        sample_need(snprintf(name, sizeof name, "target-%zu.example", i) > 0);
        remembered = ht_history_find(&run->history, name);
        if (remembered == NULL)
            remembered = sample_plain(&run->history, i, 3);
        remembered->event_counts[0] = events;
    }
    if (run->state != NULL)
        ht_state_note(run->state);
}

char *state_content(const char *path)
{
    struct ht_text text = {0};
    char buffer[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return NULL;
    ht_text_puts(&text, "");
    for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) > 0;)
        ht_text_append(&text, buffer, (size_t)count);
    (void)close(fd);
    return text.data;
}

bool state_has_content(const char *path, const char *expected)
{
    char *found = state_content(path);
    bool same = found != NULL && strcmp(found, expected) == 0;
    free(found);
    return same;
}

void state_make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    sample_need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

bool state_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

uint32_t state_events_of(const char *path, size_t count)
{
    struct ht_history history = {0};
    int64_t written_ns;
    char *text = state_content(path);
    uint32_t events = UINT32_MAX;
    if (text != NULL &&
        ht_document_read(text, strlen(text), &history, &written_ns, NULL) == HT_OK &&
        history.count == count && count > 0)
        events = history.list[0]->event_counts[0];
    for (size_t i = 0; i < history.count; i++) {
        if (history.list[i]->event_counts[0] != events)
            events = UINT32_MAX;
    }
    ht_history_fini(&history);
    free(text);
    return events;
}

void state_write_once(const char *path, size_t count, uint32_t events)
{
    struct state_run run;
    (void)state_start(&run, path);
    state_enter(&run, count, events);
    (void)state_stop(&run);
}

bool state_says(const struct state_run *run, const char *words)
{
    bool found = strstr(run->error.text, words) != NULL;
    if (!found)
        remark("said: %s", run->error.text);
    return found;
}

/* Removes what a case left. */
static void clean(void)
{
    static const char *const names[] = {"s", "s.lock", "s.new", "s.bad", "victim"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(names[i]);
}

int state_in_child(int (*child)(void))
{
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child());
    int status = 0;
    sample_need(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int state_run_cases(const struct net_case *cases, size_t count, int argc, char **argv)
{
    static char folder[PATH_MAX];
    const char *root = getenv("TMPDIR");
    int length = snprintf(folder, sizeof folder, "%s/hoptrace-state-XXXXXX",
                          root != NULL && *root == '/' ? root : "/tmp");
    sample_need(length > 0 && mkdtemp(folder) != NULL && chdir(folder) == 0);
    for (size_t i = 0; i < count; i++) {
        (void)run_cases(&cases[i], 1, argc, argv);
        clean();
    }
    sample_need(chdir("/") == 0);
    if (rmdir(folder) != 0)
        check(false, "%s is empty in the end", folder);
    return check_status();
}
