/* The state file when the disk, other processes and the user do their worst: what was written
 * before stays whole, and one line says what is wrong. In a folder of its own; what needs a file
 * system of its own is skipped where none can be mounted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "state/state.h"
#include "state_samples.h"

#define KILLS 200

/* Where the cases work: the present folder. */
static char folder[PATH_MAX];

/* A thread is refused while this is set (--wrap=pthread_create). */
static bool no_threads;

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*begin)(void *), void *user)
{
    return no_threads ? EAGAIN : __real_pthread_create(thread, attributes, begin, user);
}

/* How long the disk takes (--wrap=fsync). */
static atomic_int sync_takes_ms;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    sleep_ms(atomic_load(&sync_takes_ms));
    return __real_fsync(fd);
}

/* A process that has the state file open. */
struct run {
    struct ht_history history;
    struct ht_state *state;
    struct ht_now now;
    struct ht_error error; /* of the last call that had something to tell */
    unsigned told;         /* calls that had */
};

static int note(struct run *run, int code)
{
    run->told += code != HT_OK;
    return code;
}

static int start(struct run *run, const char *path)
{
    *run = (struct run){.now = {.mono_ns = HT_NS_PER_S, .wall_ns = SAMPLE_WALL_NS}};
    return note(run, ht_state_open(path, &run->history, run->now, &run->state, &run->error));
}

static int stop(struct run *run)
{
    int code = note(run, ht_state_close(run->state, run->now, &run->error));
    ht_history_fini(&run->history);
    return code;
}

static int step(struct run *run)
{
    return note(run, ht_state_step(run->state, run->now, &run->error));
}

/* Lets a minute pass and the write come to its end. */
static void pass_a_minute(struct run *run)
{
    run->now.mono_ns += HT_STATE_PERIOD_NS;
    run->now.wall_ns += HT_STATE_PERIOD_NS;
    for (int i = 0; i < 100000 && ht_state_next_ns(run->state) <= run->now.mono_ns + HT_NS_PER_S;
         i++) {
        (void)step(run);
        if (ht_state_next_ns(run->state) > run->now.mono_ns)
            sleep_ms(1);
    }
}

/* Enters `count` targets, each with the same number of events, which says what write it is. */
static void enter(struct run *run, size_t count, uint32_t events)
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

/* The whole content; NULL: there is none. To be freed. */
static char *content(const char *path)
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

static bool has_content(const char *path, const char *expected)
{
    char *found = content(path);
    bool same = found != NULL && strcmp(found, expected) == 0;
    free(found);
    return same;
}

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    sample_need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* The events of each target of the file, if it is whole and has `count` targets of one write;
 * UINT32_MAX if not. */
static uint32_t events_of(const char *path, size_t count)
{
    struct ht_history history = {0};
    int64_t written_ns;
    char *text = content(path);
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

/* Writes the file: one run of `count` targets. */
static void write_once(const char *path, size_t count, uint32_t events)
{
    struct run run;
    (void)start(&run, path);
    enter(&run, count, events);
    (void)stop(&run);
}

static bool says(const struct run *run, const char *words)
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

static void is_written_and_read(void)
{
    struct run run;
    check(start(&run, "s") == HT_OK && run.state != NULL, "no file yet: nothing to tell");
    check(!exists("s"), "nothing is written before there is something");
    check(stop(&run) == HT_OK && !exists("s"), "nor afterwards");
    (void)umask(0);
    write_once("s", 5, 3);
    (void)umask(022);
    struct stat info;
    check(stat("s", &info) == 0 && (info.st_mode & 0777) == 0600, "mode 0600");
    check(stat("s.lock", &info) == 0 && (info.st_mode & 0777) == 0600, "its lock as well");
    check(!exists("s.new") && !exists("s.bad"), "nothing else is left");
    check(start(&run, "s") == HT_OK && run.history.count == 5, "the next run reads it");
    check(run.history.count > 0 && run.history.list[0]->event_counts[0] == 3, "with its content");
    char *before = content("s");
    check(stop(&run) == HT_OK && before != NULL && has_content("s", before), "and leaves it");
    free(before);
    check(start(&run, "nothing/") == HT_ERR_INVALID && run.state == NULL, "a path without a name");
    make_file("s", "");
    check(start(&run, "s") == HT_OK && run.state != NULL && !exists("s.bad"),
          "an empty file is none");
    (void)stop(&run);
}

static void is_written_each_minute(void)
{
    struct run run;
    (void)start(&run, "s");
    check(ht_state_next_ns(run.state) == HT_NEVER, "without news there is no next time");
    enter(&run, 1000, 1);
    check(ht_state_next_ns(run.state) == run.now.mono_ns + HT_STATE_PERIOD_NS, "with some: 60 s");
    run.now.mono_ns += HT_STATE_PERIOD_NS - 1;
    check(step(&run) == HT_OK && ht_state_next_ns(run.state) == run.now.mono_ns + 1, "not before");
    run.now.mono_ns++;
    int parts = 0;
    for (; ht_state_next_ns(run.state) <= run.now.mono_ns && parts < 1000; parts++)
        (void)step(&run);
    check(parts > 10 && parts < 100, "a thousand targets in parts: %d", parts);
    ht_history_forget(&run.history, "target-7.example");
    enter(&run, 3, 2);
    while (ht_state_next_ns(run.state) < run.now.mono_ns + HT_STATE_PERIOD_NS) {
        (void)step(&run);
        sleep_ms(1);
    }
    check(events_of("s", 1000) == 1, "the file has what was remembered when it began");
    check(ht_state_next_ns(run.state) == run.now.mono_ns + HT_STATE_PERIOD_NS,
          "what changed since is for the next time");
    enter(&run, 1000, 3);
    pass_a_minute(&run);
    check(events_of("s", 1000) == 3 && ht_state_next_ns(run.state) == HT_NEVER, "and so on");
    enter(&run, 1000, 4);
    run.now.mono_ns += HT_STATE_PERIOD_NS;
    (void)step(&run);
    (void)step(&run);
    enter(&run, 1000, 5);
    check(stop(&run) == HT_OK && events_of("s", 1000) == 5, "the end writes what is newest");
    check(run.told == 0, "nothing was to be told");
}

static void what_cannot_be_used_is_kept(void)
{
    static const char *const texts[] = {"no JSON", "{\"schema\":\"hoptrace-state/2\"}",
                                        "{\"schema\":\"hoptrace-state/1\",\"targets\":[]}"};
    static const char *const words[] = {"no state file", "another version", "damaged"};
    struct run run;
    for (size_t i = 0; i < 3; i++) {
        make_file("s", texts[i]);
        check(start(&run, "s") == HT_ERR_MALFORMED && run.state != NULL && says(&run, words[i]) &&
                  says(&run, "state file s ") && says(&run, ".bad"),
              "is told: %s", words[i]);
        check(has_content("s.bad", texts[i]) && !exists("s"), "is kept as it was");
        enter(&run, 2, 9);
        check(stop(&run) == HT_OK && events_of("s", 2) == 9, "and begun anew");
    }
    int fd = open("s", O_WRONLY | O_TRUNC | O_CLOEXEC);
    check(fd >= 0 && ftruncate(fd, (off_t)HT_DOCUMENT_MAX + 1) == 0, "a file of 1 GiB");
    (void)close(fd);
    check(start(&run, "s") == HT_ERR_MALFORMED && says(&run, "is too long") && !exists("s"),
          "is kept aside as well");
    (void)stop(&run);
    make_file("s", "damaged");
    check(unlink("s.bad") == 0 && mkdir("s.bad", 0700) == 0, "a folder in place of FILE.bad");
    check(start(&run, "s") != HT_OK && run.state != NULL &&
              says(&run, "state file s cannot be used, nor kept aside as .bad: Is a directory"),
          "is told");
    enter(&run, 5, 1);
    pass_a_minute(&run);
    check(run.told == 1 && has_content("s", "damaged"), "once, and nothing is replaced");
    check(rmdir("s.bad") == 0, "it goes");
    check(stop(&run) == HT_OK && has_content("s.bad", "damaged") && events_of("s", 5) == 1,
          "the file is kept aside then");
}

/* Each of these is told, and left alone. */
static void check_left(const char *what, const char *words)
{
    struct run run;
    int code = start(&run, "s");
    check(code != HT_OK && run.state == NULL && says(&run, words) && says(&run, "state file s"),
          "%s is told", what);
    (void)stop(&run);
    check(!exists("s.bad") && !exists("s.new"), "%s is left alone", what);
}

static void what_is_no_file_is_left(void)
{
    make_file("victim", "precious");
    check(symlink("victim", "s") == 0, "a symbolic link");
    check_left("a link", "symbolic link");
    check(has_content("victim", "precious"), "so is what it points to");
    (void)unlink("s");
    check(symlink("nowhere", "s") == 0, "a link to nowhere");
    check_left("it", "symbolic link");
    check(!exists("nowhere"), "nothing is made there");
    (void)unlink("s");
    check(mkfifo("s", 0600) == 0, "a pipe");
    check_left("a pipe", "regular");
    (void)unlink("s");
    check(mkdir("s", 0700) == 0, "a folder");
    check_left("a folder", "regular");
    (void)rmdir("s");
    /* What a crash, or someone else, left in place of the new file. */
    check(symlink("victim", "s.new") == 0, "a link in place of the new file");
    write_once("s", 1, 1);
    check(events_of("s", 1) == 1 && has_content("victim", "precious"), "is replaced, not followed");
}

/* Runs `child` in a process of its own. Its exit status; -1: it was killed. */
static int in_child(int (*child)(void))
{
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child());
    int status = 0;
    sample_need(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What a second process sees while the first one has the file. */
static int second(void)
{
    struct run run;
    int code = start(&run, "s");
    bool refused = code == HT_ERR_SYSTEM && run.state == NULL && run.history.count == 0 &&
                   says(&run, "state file s is in use by another process");
    (void)stop(&run);
    return refused ? 0 : 1;
}

/* Takes the file and is killed. */
static int die_with_it(void)
{
    struct run run;
    if (start(&run, "s") == HT_OK && run.state != NULL)
        (void)raise(SIGKILL);
    return 1;
}

static int write_seven(void)
{
    write_once("s", 2, 7);
    return 0;
}

static void two_processes(void)
{
    struct run run;
    write_once("s", 2, 1);
    (void)start(&run, "s");
    check(in_child(second) == 0, "the second one is told, and goes on without");
    enter(&run, 2, 2);
    (void)stop(&run);
    check(events_of("s", 2) == 2, "the first one writes");
    check(in_child(write_seven) == 0 && events_of("s", 2) == 7, "then another one may");
    check(in_child(die_with_it) == -1, "one that is killed");
    check(start(&run, "s") == HT_OK && run.history.count == 2, "leaves the file to the next");
    /* Someone deletes the lock: it is made again, unless another process was faster. */
    (void)unlink("s.lock");
    enter(&run, 2, 8);
    pass_a_minute(&run);
    check(run.told == 0 && events_of("s", 2) == 8 && exists("s.lock"), "a lock that was deleted");
    check(in_child(second) == 0, "is one again");
    (void)unlink("s.lock");
    check(in_child(write_seven) == 0 && events_of("s", 2) == 7, "another process takes its place");
    enter(&run, 2, 9);
    check(stop(&run) != HT_OK && says(&run, "was written by another process"), "that is told");
    check(events_of("s", 2) == 7, "and what it wrote stays");
}

/* Writes for ever, each time more events; says when it begins. */
static int write_on(int ready)
{
    uint32_t events = events_of("s", 100);
    if (write(ready, "", 1) != 1)
        return 1;
    for (;;) {
        struct run run;
        if (start(&run, "s") != HT_OK)
            return 1;
        enter(&run, 100, ++events);
        if (events % 2 == 0)
            pass_a_minute(&run);
        if (stop(&run) != HT_OK)
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
    write_once("s", 100, 1);
    for (unsigned i = 0; i < KILLS; i++) {
        seed = seed * 1664525U + 1013904223U;
        bool killed = kill_after((long)(seed >> 8) % 50000000);
        uint32_t events = events_of("s", 100);
        unfinished += exists("s.new");
        wrong += !killed || events == UINT32_MAX || events < last;
        last = events;
    }
    remark("%u writes; %d kills, %u in the midst of one", last, KILLS, unfinished);
    check(wrong == 0, "the file is always whole, and never an older one");
    check(unfinished > 0, "while it was written");
    check(!exists("s.bad"), "and never refused");
}

/* A file system of its own at `m` in the case's folder. */
static bool mount_one(const char *name, const char *options)
{
    if (mkdir("m", 0700) == 0 && mount("none", "m", "tmpfs", 0, options) == 0)
        return true;
    skip(name, "no file system can be mounted here");
    (void)rmdir("m");
    return false;
}

static void unmount(void)
{
    check(umount2("m", MNT_DETACH) == 0 && rmdir("m") == 0, "unmounted");
}

static void full_disk(void)
{
    struct run run;
    if (!mount_one("full_disk", "size=256k"))
        return;
    write_once("m/s", 50, 1);
    check(start(&run, "m/s") == HT_OK, "read");
    enter(&run, 1000, 2);
    pass_a_minute(&run);
    check(run.told == 1 && says(&run, "state file m/s cannot be written (make room): No space"),
          "a full disk is told");
    check(events_of("m/s", 50) == 1 && !exists("m/s.new"), "what was written before stays");
    pass_a_minute(&run);
    pass_a_minute(&run);
    check(run.told == 1, "it is told once");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=16m") == 0, "there is room");
    pass_a_minute(&run);
    check(run.told == 1 && events_of("m/s", 1000) == 2, "it is written again");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=900k") == 0, "there is none again");
    enter(&run, 1000, 3);
    pass_a_minute(&run);
    check(run.told == 2, "that is told again");
    check(stop(&run) == HT_OK && run.told == 2, "but not once more at the end");
    check(events_of("m/s", 1000) == 2, "what was written before stays");
    unmount();
}

static void read_only_disk(void)
{
    struct run run;
    if (!mount_one("read_only_disk", "size=1m"))
        return;
    write_once("m/s", 5, 1);
    check(mount("none", "m", "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0, "read only");
    check(start(&run, "m/s") != HT_OK && run.state != NULL &&
              says(&run, "state file m/s cannot be locked (mount it to be written): Read-only"),
          "is told");
    check(run.history.count == 5, "the file is read");
    enter(&run, 5, 2);
    pass_a_minute(&run);
    check(run.told == 1 && events_of("m/s", 5) == 1, "it is told once");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=1m") == 0, "to be written again");
    pass_a_minute(&run);
    check(run.told == 1 && events_of("m/s", 5) == 2, "it is written");
    (void)stop(&run);
    make_file("m/s", "damaged");
    check(mount("none", "m", "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0, "read only");
    check(start(&run, "m/s") != HT_OK && says(&run, "is no state file"), "is told");
    enter(&run, 5, 3);
    check(stop(&run) != HT_OK && says(&run, "cannot be locked") && has_content("m/s", "damaged"),
          "what cannot be kept aside is not replaced");
    check(start(&run, "m/s") != HT_OK && run.state != NULL, "once more");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=1m") == 0, "to be written again");
    enter(&run, 5, 4);
    check(stop(&run) == HT_OK && has_content("m/s.bad", "damaged") && events_of("m/s", 5) == 4,
          "it is kept as soon as it can be");
    unmount();
}

static void missing_folder(void)
{
    struct run run;
    check(start(&run, "f/s") != HT_OK && run.state != NULL &&
              says(&run, "state file f/s cannot be locked (make its folder): No such file"),
          "a missing folder is told");
    enter(&run, 5, 1);
    pass_a_minute(&run);
    check(run.told == 1, "once");
    check(mkdir("f", 0700) == 0, "it is made");
    pass_a_minute(&run);
    check(run.told == 1 && events_of("f/s", 5) == 1, "the file is written");
    check(unlink("f/s") == 0 && unlink("f/s.lock") == 0 && rmdir("f") == 0, "the folder goes");
    enter(&run, 5, 2);
    pass_a_minute(&run);
    check(run.told == 2 && says(&run, "make its folder"), "that is told");
    check(mkdir("f", 0700) == 0, "it is made again");
    pass_a_minute(&run);
    check(run.told == 2 && events_of("f/s", 5) == 2, "the file is written again");
    (void)stop(&run);
    /* Another process is faster. */
    check(unlink("f/s") == 0 && unlink("f/s.lock") == 0 && rmdir("f") == 0, "the folder goes");
    (void)start(&run, "f/s");
    check(mkdir("f", 0700) == 0, "it is made");
    write_once("f/s", 5, 7);
    enter(&run, 5, 1);
    check(stop(&run) != HT_OK && says(&run, "was written by another process"), "that is told");
    check(events_of("f/s", 5) == 7, "and what that wrote stays");
    (void)unlink("f/s");
    (void)unlink("f/s.lock");
    (void)rmdir("f");
}

/* As a user who may read the file, but not write in its folder; nor read the file at all. */
static int without_permission(void)
{
    struct run run;
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
        return 77;
    bool told = start(&run, "p/s") == HT_ERR_PERMISSION && run.state != NULL &&
                says(&run, "cannot be locked (let this user write in its folder)") &&
                run.history.count == 5;
    (void)stop(&run);
    bool unreadable = start(&run, "p/t") == HT_ERR_PERMISSION && run.state == NULL &&
                      says(&run, "state file p/t cannot be read: going on without");
    (void)stop(&run);
    return told && unreadable ? 0 : 1;
}

static void no_permission(void)
{
    check(mkdir("p", 0755) == 0 && chmod(".", 0755) == 0, "a folder");
    write_once("p/s", 5, 1);
    write_once("p/t", 5, 1);
    check(chmod("p/s", 0644) == 0 && unlink("p/s.lock") == 0, "with a file");
    int status = geteuid() == 0 ? in_child(without_permission) : 77;
    if (status == 77)
        skip("no_permission", "not root, or no other user here");
    else
        check(status == 0, "is told, and the file is read if it can be");
    check(events_of("p/s", 5) == 1 && events_of("p/t", 5) == 1, "the files are as they were");
    static const char *const names[] = {"p/s", "p/t", "p/t.lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(names[i]);
    (void)rmdir("p");
}

static void another_folder(void)
{
    struct run run;
    (void)start(&run, "s");
    enter(&run, 5, 1);
    check(chdir("/") == 0, "the process goes elsewhere");
    check(stop(&run) == HT_OK, "it writes");
    check(chdir(folder) == 0 && events_of("s", 5) == 1, "where the path was");
    (void)start(&run, "f/s");
    enter(&run, 5, 1);
    check(mkdir("f", 0700) == 0 && chdir("/") == 0, "also if its folder is made");
    check(stop(&run) == HT_OK && chdir(folder) == 0 && events_of("f/s", 5) == 1, "later");
    check(unlink("f/s") == 0 && unlink("f/s.lock") == 0 && rmdir("f") == 0, "all is there");
}

/* The limit's signal would end the process if the thread did not block it. */
static int limited(void)
{
    struct rlimit limit = {.rlim_cur = 10000, .rlim_max = 10000};
    struct run run;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || start(&run, "s") != HT_OK)
        return 1;
    enter(&run, 1000, 2);
    pass_a_minute(&run);
    bool told = run.told == 1 && says(&run, "File too large");
    return told && stop(&run) == HT_OK ? 0 : 1;
}

static void file_size_limit(void)
{
    write_once("s", 5, 1);
    check(in_child(limited) == 0, "a limit of file sizes is an error, no signal");
    check(events_of("s", 5) == 1, "what was written before stays");
}

static void no_thread(void)
{
    struct run run;
    (void)start(&run, "s");
    enter(&run, 5, 1);
    no_threads = true;
    pass_a_minute(&run);
    check(run.told == 1 && says(&run, "no thread for it") && !exists("s"), "is told");
    check(stop(&run) == HT_OK && events_of("s", 5) == 1, "at the end it is written without one");
    no_threads = false;
}

static int64_t mono_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * HT_NS_PER_S + now.tv_nsec;
}

static void slow_disk(void)
{
    struct run run;
    int64_t longest_ns = 0;
    int64_t began_ns = mono_ns();
    atomic_store(&sync_takes_ms, 1000);
    (void)start(&run, "s");
    enter(&run, 5, 1);
    run.now.mono_ns += HT_STATE_PERIOD_NS;
    while (ht_state_next_ns(run.state) != HT_NEVER) {
        int64_t before_ns = mono_ns();
        (void)step(&run);
        longest_ns = ht_time_max(longest_ns, mono_ns() - before_ns);
        sleep_ms(1);
    }
    check(mono_ns() - began_ns > 1000 * HT_NS_PER_MS, "a disk that takes its time");
    check(longest_ns < 500 * HT_NS_PER_MS, "is not waited for: %.1f ms", ht_ns_to_ms(longest_ns));
    enter(&run, 5, 2);
    run.now.mono_ns += HT_STATE_PERIOD_NS;
    while (ht_state_next_ns(run.state) <= run.now.mono_ns)
        (void)step(&run);
    began_ns = mono_ns();
    check(stop(&run) == HT_OK && run.told == 0 && events_of("s", 5) == 2, "but at the end");
    check(mono_ns() - began_ns > 500 * HT_NS_PER_MS, "where a write is under way");
    atomic_store(&sync_takes_ms, 0);
}

/* As the program does once its sockets are open. */
static int without_capabilities(void)
{
    struct run run;
    (void)start(&run, "s");
    if (!drop_capabilities())
        return 1;
    enter(&run, 5, 1);
    pass_a_minute(&run);
    bool written = run.told == 0 && events_of("s", 5) == 1;
    enter(&run, 5, 2);
    return written && stop(&run) == HT_OK && events_of("s", 5) == 2 ? 0 : 1;
}

static void no_privilege(void)
{
    check(in_child(without_capabilities) == 0, "no privilege is needed");
}

static void no_descriptor_is_left(void)
{
    size_t before = open_descriptors();
    write_once("s", 5, 1);
    write_once("s", 5, 2);
    make_file("s", "x");
    write_once("s", 5, 2);
    struct run run;
    (void)start(&run, "missing/s");
    (void)stop(&run);
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
        {"full_disk", full_disk},
        {"read_only_disk", read_only_disk},
        {"missing_folder", missing_folder},
        {"no_permission", no_permission},
        {"another_folder", another_folder},
        {"file_size_limit", file_size_limit},
        {"no_thread", no_thread},
        {"slow_disk", slow_disk},
        {"no_privilege", no_privilege},
        {"descriptors", no_descriptor_is_left},
    };
    const char *root = getenv("TMPDIR");
    int length = snprintf(folder, sizeof folder, "%s/hoptrace-state-XXXXXX",
                          root != NULL && *root == '/' ? root : "/tmp");
    sample_need(length > 0 && mkdtemp(folder) != NULL && chdir(folder) == 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)run_cases(&cases[i], 1, argc, argv);
        clean();
    }
    sample_need(chdir("/") == 0);
    if (rmdir(folder) != 0)
        check(false, "%s is empty in the end", folder);
    return check_status();
}
