/* The state file beside other files and processes: what was written before stays whole, and one
 * line says what is wrong. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state_bench.h"
#include "state_samples.h"

#define KILLS 200

static void is_written_and_read(void)
{
    struct state_run run;
    check(state_start(&run, "s") == HT_OK && run.state != NULL, "no file yet: nothing to tell");
    check(!state_exists("s"), "nothing is written before there is something");
    check(state_stop(&run) == HT_OK && !state_exists("s"), "nor afterwards");
    (void)umask(0);
    state_write_once("s", 5, 3);
    (void)umask(022);
    struct stat info;
    check(stat("s", &info) == 0 && (info.st_mode & 0777) == 0600, "mode 0600");
    check(stat("s.lock", &info) == 0 && (info.st_mode & 0777) == 0600, "its lock as well");
    check(!state_exists("s.new") && !state_exists("s.bad"), "nothing else is left");
    check(state_start(&run, "s") == HT_OK && run.history.count == 5, "the next run reads it");
    check(run.history.count > 0 && run.history.list[0]->event_counts[0] == 3, "with its content");
    char *before = state_content("s");
    check(state_stop(&run) == HT_OK && before != NULL && state_has_content("s", before),
          "and leaves it");
    free(before);
    check(state_start(&run, "nothing/") == HT_ERR_INVALID && run.state == NULL,
          "a path without a name");
    state_make_file("s", "");
    check(state_start(&run, "s") == HT_OK && run.state != NULL && !state_exists("s.bad"),
          "an empty file is none");
    (void)state_stop(&run);
}

static void is_written_each_minute(void)
{
    struct state_run run;
    (void)state_start(&run, "s");
    check(ht_state_next_ns(run.state) == HT_NEVER, "without news there is no next time");
    state_enter(&run, 1000, 1);
    check(ht_state_next_ns(run.state) == run.now.mono_ns + HT_STATE_PERIOD_NS, "with some: 60 s");
    run.now.mono_ns += HT_STATE_PERIOD_NS - 1;
    check(state_step(&run) == HT_OK && ht_state_next_ns(run.state) == run.now.mono_ns + 1,
          "not before");
    run.now.mono_ns++;
    int parts = 0;
    for (; ht_state_next_ns(run.state) <= run.now.mono_ns && parts < 1000; parts++)
        (void)state_step(&run);
    check(parts > 10 && parts < 100, "a thousand targets in parts: %d", parts);
    ht_history_forget(&run.history, "target-7.example");
    state_enter(&run, 3, 2);
    while (ht_state_next_ns(run.state) < run.now.mono_ns + HT_STATE_PERIOD_NS) {
        (void)state_step(&run);
        sleep_ms(1);
    }
    check(state_events_of("s", 1000) == 1, "the file has what was remembered when it began");
    check(ht_state_next_ns(run.state) == run.now.mono_ns + HT_STATE_PERIOD_NS,
          "what changed since is for the next time");
    state_enter(&run, 1000, 3);
    state_pass_a_minute(&run);
    check(state_events_of("s", 1000) == 3 && ht_state_next_ns(run.state) == HT_NEVER, "and so on");
    state_enter(&run, 1000, 4);
    run.now.mono_ns += HT_STATE_PERIOD_NS;
    (void)state_step(&run);
    (void)state_step(&run);
    state_enter(&run, 1000, 5);
    check(state_stop(&run) == HT_OK && state_events_of("s", 1000) == 5,
          "the end writes what is newest");
    check(run.told == 0, "nothing was to be told");
}

static void what_cannot_be_used_is_kept(void)
{
    static const char *const texts[] = {"no JSON", "{\"schema\":\"hoptrace-state/3\"}",
                                        "{\"schema\":\"hoptrace-state/1\",\"targets\":[]}"};
    static const char *const words[] = {"no state file", "another version", "damaged"};
    struct state_run run;
    for (size_t i = 0; i < 3; i++) {
        state_make_file("s", texts[i]);
        check(state_start(&run, "s") == HT_ERR_MALFORMED && run.state != NULL &&
                  state_says(&run, words[i]) && state_says(&run, "state file s ") &&
                  state_says(&run, ".bad"),
              "is told: %s", words[i]);
        check(state_has_content("s.bad", texts[i]) && !state_exists("s"), "is kept as it was");
        state_enter(&run, 2, 9);
        check(state_stop(&run) == HT_OK && state_events_of("s", 2) == 9, "and begun anew");
    }
    int fd = open("s", O_WRONLY | O_TRUNC | O_CLOEXEC);
    check(fd >= 0 && ftruncate(fd, (off_t)HT_DOCUMENT_MAX + 1) == 0, "a file of 1 GiB");
    (void)close(fd);
    check(state_start(&run, "s") == HT_ERR_MALFORMED && state_says(&run, "is too long") &&
              !state_exists("s"),
          "is kept aside as well");
    (void)state_stop(&run);
    state_make_file("s", "damaged");
    check(unlink("s.bad") == 0 && mkdir("s.bad", 0700) == 0, "a folder in place of FILE.bad");
    check(
        state_start(&run, "s") != HT_OK && run.state != NULL &&
            state_says(&run, "state file s cannot be used, nor kept aside as .bad: Is a directory"),
        "is told");
    state_enter(&run, 5, 1);
    state_pass_a_minute(&run);
    check(run.told == 1 && state_has_content("s", "damaged"), "once, and nothing is replaced");
    check(rmdir("s.bad") == 0, "it goes");
    check(state_stop(&run) == HT_OK && state_has_content("s.bad", "damaged") &&
              state_events_of("s", 5) == 1,
          "the file is kept aside then");
}

/* Each of these is told, and left alone. */
static void check_left(const char *what, const char *words)
{
    struct state_run run;
    int code = state_start(&run, "s");
    check(code != HT_OK && run.state == NULL && state_says(&run, words) &&
              state_says(&run, "state file s"),
          "%s is told", what);
    (void)state_stop(&run);
    check(!state_exists("s.bad") && !state_exists("s.new"), "%s is left alone", what);
}

static void what_is_no_file_is_left(void)
{
    state_make_file("victim", "precious");
    check(symlink("victim", "s") == 0, "a symbolic link");
    check_left("a link", "symbolic link");
    check(state_has_content("victim", "precious"), "so is what it points to");
    (void)unlink("s");
    check(symlink("nowhere", "s") == 0, "a link to nowhere");
    check_left("it", "symbolic link");
    check(!state_exists("nowhere"), "nothing is made there");
    (void)unlink("s");
    check(mkfifo("s", 0600) == 0, "a pipe");
    check_left("a pipe", "regular");
    (void)unlink("s");
    check(mkdir("s", 0700) == 0, "a folder");
    check_left("a folder", "regular");
    (void)rmdir("s");
    /* What a crash, or someone else, left in place of the new file. */
    check(symlink("victim", "s.new") == 0, "a link in place of the new file");
    state_write_once("s", 1, 1);
    check(state_events_of("s", 1) == 1 && state_has_content("victim", "precious"),
          "is replaced, not followed");
}

/* What a second process sees while the first one has the file. */
static int second(void)
{
    struct state_run run;
    int code = state_start(&run, "s");
    bool refused = code == HT_ERR_SYSTEM && run.state == NULL && run.history.count == 0 &&
                   state_says(&run, "state file s is in use by another process");
    (void)state_stop(&run);
    return refused ? 0 : 1;
}

/* Takes the file and is killed. */
static int die_with_it(void)
{
    struct state_run run;
    if (state_start(&run, "s") == HT_OK && run.state != NULL)
        (void)raise(SIGKILL);
    return 1;
}

static int write_seven(void)
{
    state_write_once("s", 2, 7);
    return 0;
}

static void two_processes(void)
{
    struct state_run run;
    state_write_once("s", 2, 1);
    (void)state_start(&run, "s");
    check(state_in_child(second) == 0, "the second one is told, and goes on without");
    state_enter(&run, 2, 2);
    (void)state_stop(&run);
    check(state_events_of("s", 2) == 2, "the first one writes");
    check(state_in_child(write_seven) == 0 && state_events_of("s", 2) == 7, "then another one may");
    check(state_in_child(die_with_it) == -1, "one that is killed");
    check(state_start(&run, "s") == HT_OK && run.history.count == 2, "leaves the file to the next");
    /* Someone deletes the lock: it is made again, unless another process was faster. */
    (void)unlink("s.lock");
    state_enter(&run, 2, 8);
    state_pass_a_minute(&run);
    check(run.told == 0 && state_events_of("s", 2) == 8 && state_exists("s.lock"),
          "a lock that was deleted");
    check(state_in_child(second) == 0, "is one again");
    (void)unlink("s.lock");
    check(state_in_child(write_seven) == 0 && state_events_of("s", 2) == 7,
          "another process takes its place");
    state_enter(&run, 2, 9);
    check(state_stop(&run) != HT_OK && state_says(&run, "was written by another process"),
          "that is told");
    check(state_events_of("s", 2) == 7, "and what it wrote stays");
}

/* Writes for ever, each time more events; says when it begins. */
static int write_on(int ready)
{
    uint32_t events = state_events_of("s", 100);
    if (write(ready, "", 1) != 1)
        return 1;
    for (;;) {
        struct state_run run;
        if (state_start(&run, "s") != HT_OK)
            return 1;
        state_enter(&run, 100, ++events);
        if (events % 2 == 0)
            state_pass_a_minute(&run);
        if (state_stop(&run) != HT_OK)
            return 1;
    }
}

/* Kills such a process `after_ns` after it has begun; false: it ended by itself. */
static bool kill_after(long after_ns)
{
    int ends[2];
    char byte;
    struct timespec pause = {.tv_nsec = after_ns};
    int status = 0;
    sample_need(pipe2(ends, O_CLOEXEC) == 0);
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(write_on(ends[1]));
    (void)close(ends[1]);
    bool began = read(ends[0], &byte, 1) == 1;
    (void)close(ends[0]);
    (void)nanosleep(&pause, NULL);
    sample_need(pid > 0 && kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
    return began && WIFSIGNALED(status);
}

static void killed_while_it_writes(void)
{
    uint32_t seed = 1;
    uint32_t last = 1;
    unsigned wrong = 0;
    unsigned unfinished = 0;
    state_write_once("s", 100, 1);
    for (unsigned i = 0; i < KILLS; i++) {
        seed = seed * 1664525U + 1013904223U;
        bool killed = kill_after((long)(seed >> 8) % 50000000);
        uint32_t events = state_events_of("s", 100);
        unfinished += state_exists("s.new");
        wrong += !killed || events == UINT32_MAX || events < last;
        last = events;
    }
    remark("%u writes; %d kills, %u in the midst of one", last, KILLS, unfinished);
    check(wrong == 0, "the file is always whole, and never an older one");
    check(unfinished > 0, "while it was written");
    check(!state_exists("s.bad"), "and never refused");
}

static void no_descriptor_is_left(void)
{
    size_t before = open_descriptors();
    state_write_once("s", 5, 1);
    state_write_once("s", 5, 2);
    state_make_file("s", "x");
    state_write_once("s", 5, 2);
    struct state_run run;
    (void)state_start(&run, "missing/s");
    (void)state_stop(&run);
    check(open_descriptors() == before, "no descriptor is left");
}

int main(int argc, char **argv)
{
    static const struct net_case cases[] = {
        {"written_and_read", is_written_and_read},
        {"each_minute", is_written_each_minute},
        {"kept_aside", what_cannot_be_used_is_kept},
        {"no_file", what_is_no_file_is_left},
        {"two_processes", two_processes},
        {"killed", killed_while_it_writes},
        {"descriptors", no_descriptor_is_left},
    };
    return state_run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
