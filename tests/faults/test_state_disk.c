/* The state file when the disk and the user's rights do their worst: what was written before stays
 * whole, and one line says what is wrong. What needs a file system of its own is skipped where none
 * can be mounted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state_bench.h"
#include "state_samples.h"

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
    struct state_run run;
    if (!mount_one("full_disk", "size=256k"))
        return;
    state_write_once("m/s", 50, 1);
    check(state_start(&run, "m/s") == HT_OK, "read");
    state_enter(&run, 1000, 2);
    state_pass_a_minute(&run);
    check(run.told == 1 &&
              state_says(&run, "state file m/s cannot be written (make room): No space"),
          "a full disk is told");
    check(state_events_of("m/s", 50) == 1 && !state_exists("m/s.new"),
          "what was written before stays");
    state_pass_a_minute(&run);
    state_pass_a_minute(&run);
    check(run.told == 1, "it is told once");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=16m") == 0, "there is room");
    state_pass_a_minute(&run);
    check(run.told == 1 && state_events_of("m/s", 1000) == 2, "it is written again");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=900k") == 0, "there is none again");
    state_enter(&run, 1000, 3);
    state_pass_a_minute(&run);
    check(run.told == 2, "that is told again");
    check(state_stop(&run) == HT_OK && run.told == 2, "but not once more at the end");
    check(state_events_of("m/s", 1000) == 2, "what was written before stays");
    unmount();
}

static void read_only_disk(void)
{
    struct state_run run;
    if (!mount_one("read_only_disk", "size=1m"))
        return;
    state_write_once("m/s", 5, 1);
    check(mount("none", "m", "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0, "read only");
    check(
        state_start(&run, "m/s") != HT_OK && run.state != NULL &&
            state_says(&run, "state file m/s cannot be locked (mount it to be written): Read-only"),
        "is told");
    check(run.history.count == 5, "the file is read");
    state_enter(&run, 5, 2);
    state_pass_a_minute(&run);
    check(run.told == 1 && state_events_of("m/s", 5) == 1, "it is told once");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=1m") == 0, "to be written again");
    state_pass_a_minute(&run);
    check(run.told == 1 && state_events_of("m/s", 5) == 2, "it is written");
    (void)state_stop(&run);
    state_make_file("m/s", "damaged");
    check(mount("none", "m", "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0, "read only");
    check(state_start(&run, "m/s") != HT_OK && state_says(&run, "is no state file"), "is told");
    state_enter(&run, 5, 3);
    check(state_stop(&run) != HT_OK && state_says(&run, "cannot be locked") &&
              state_has_content("m/s", "damaged"),
          "what cannot be kept aside is not replaced");
    check(state_start(&run, "m/s") != HT_OK && run.state != NULL, "once more");
    check(mount("none", "m", "tmpfs", MS_REMOUNT, "size=1m") == 0, "to be written again");
    state_enter(&run, 5, 4);
    check(state_stop(&run) == HT_OK && state_has_content("m/s.bad", "damaged") &&
              state_events_of("m/s", 5) == 4,
          "it is kept as soon as it can be");
    unmount();
}

static void missing_folder(void)
{
    struct state_run run;
    check(state_start(&run, "f/s") != HT_OK && run.state != NULL &&
              state_says(&run, "state file f/s cannot be locked (make its folder): No such file"),
          "a missing folder is told");
    state_enter(&run, 5, 1);
    state_pass_a_minute(&run);
    check(run.told == 1, "once");
    check(mkdir("f", 0700) == 0, "it is made");
    state_pass_a_minute(&run);
    check(run.told == 1 && state_events_of("f/s", 5) == 1, "the file is written");
    check(unlink("f/s") == 0 && unlink("f/s.lock") == 0 && rmdir("f") == 0, "the folder goes");
    state_enter(&run, 5, 2);
    state_pass_a_minute(&run);
    check(run.told == 2 && state_says(&run, "make its folder"), "that is told");
    check(mkdir("f", 0700) == 0, "it is made again");
    state_pass_a_minute(&run);
    check(run.told == 2 && state_events_of("f/s", 5) == 2, "the file is written again");
    (void)state_stop(&run);
    /* Another process is faster. */
    check(unlink("f/s") == 0 && unlink("f/s.lock") == 0 && rmdir("f") == 0, "the folder goes");
    (void)state_start(&run, "f/s");
    check(mkdir("f", 0700) == 0, "it is made");
    state_write_once("f/s", 5, 7);
    state_enter(&run, 5, 1);
    check(state_stop(&run) != HT_OK && state_says(&run, "was written by another process"),
          "that is told");
    check(state_events_of("f/s", 5) == 7, "and what that wrote stays");
    (void)unlink("f/s");
    (void)unlink("f/s.lock");
    (void)rmdir("f");
}

/* As a user who may read the file, but not write in its folder; nor read the file at all. */
static int without_permission(void)
{
    struct state_run run;
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
        return 77;
    bool told = state_start(&run, "p/s") == HT_ERR_PERMISSION && run.state != NULL &&
                state_says(&run, "cannot be locked (let this user write in its folder)") &&
                run.history.count == 5;
    (void)state_stop(&run);
    bool unreadable = state_start(&run, "p/t") == HT_ERR_PERMISSION && run.state == NULL &&
                      state_says(&run, "state file p/t cannot be read: going on without");
    (void)state_stop(&run);
    return told && unreadable ? 0 : 1;
}

static void no_permission(void)
{
    check(mkdir("p", 0755) == 0 && chmod(".", 0755) == 0, "a folder");
    state_write_once("p/s", 5, 1);
    state_write_once("p/t", 5, 1);
    check(chmod("p/s", 0644) == 0 && unlink("p/s.lock") == 0, "with a file");
    int status = geteuid() == 0 ? state_in_child(without_permission) : 77;
    if (status == 77)
        skip("no_permission", "not root, or no other user here");
    else
        check(status == 0, "is told, and the file is read if it can be");
    check(state_events_of("p/s", 5) == 1 && state_events_of("p/t", 5) == 1,
          "the files are as they were");
    static const char *const names[] = {"p/s", "p/t", "p/t.lock"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(names[i]);
    (void)rmdir("p");
}

static void another_folder(void)
{
    char folder[PATH_MAX];
    struct state_run run;
    sample_need(getcwd(folder, sizeof folder) != NULL);
    (void)state_start(&run, "s");
    state_enter(&run, 5, 1);
    check(chdir("/") == 0, "the process goes elsewhere");
    check(state_stop(&run) == HT_OK, "it writes");
    check(chdir(folder) == 0 && state_events_of("s", 5) == 1, "where the path was");
    (void)state_start(&run, "f/s");
    state_enter(&run, 5, 1);
    check(mkdir("f", 0700) == 0 && chdir("/") == 0, "also if its folder is made");
    check(state_stop(&run) == HT_OK && chdir(folder) == 0 && state_events_of("f/s", 5) == 1,
          "later");
    check(unlink("f/s") == 0 && unlink("f/s.lock") == 0 && rmdir("f") == 0, "all is there");
}

/* The limit's signal would end the process if the thread did not block it. */
static int limited(void)
{
    struct rlimit limit = {.rlim_cur = 10000, .rlim_max = 10000};
    struct state_run run;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || state_start(&run, "s") != HT_OK)
        return 1;
    state_enter(&run, 1000, 2);
    state_pass_a_minute(&run);
    bool told = run.told == 1 && state_says(&run, "File too large");
    return told && state_stop(&run) == HT_OK ? 0 : 1;
}

static void file_size_limit(void)
{
    state_write_once("s", 5, 1);
    check(state_in_child(limited) == 0, "a limit of file sizes is an error, no signal");
    check(state_events_of("s", 5) == 1, "what was written before stays");
}

static void no_thread(void)
{
    struct state_run run;
    (void)state_start(&run, "s");
    state_enter(&run, 5, 1);
    no_threads = true;
    state_pass_a_minute(&run);
    check(run.told == 1 && state_says(&run, "no thread for it") && !state_exists("s"), "is told");
    check(state_stop(&run) == HT_OK && state_events_of("s", 5) == 1,
          "at the end it is written without one");
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
    struct state_run run;
    int64_t longest_ns = 0;
    int64_t began_ns = mono_ns();
    atomic_store(&sync_takes_ms, 1000);
    (void)state_start(&run, "s");
    state_enter(&run, 5, 1);
    run.now.mono_ns += HT_STATE_PERIOD_NS;
    while (ht_state_next_ns(run.state) != HT_NEVER) {
        int64_t before_ns = mono_ns();
        (void)state_step(&run);
        longest_ns = ht_time_max(longest_ns, mono_ns() - before_ns);
        sleep_ms(1);
    }
    check(mono_ns() - began_ns > 1000 * HT_NS_PER_MS, "a disk that takes its time");
    check(longest_ns < 500 * HT_NS_PER_MS, "is not waited for: %.1f ms", ht_ns_to_ms(longest_ns));
    state_enter(&run, 5, 2);
    run.now.mono_ns += HT_STATE_PERIOD_NS;
    while (ht_state_next_ns(run.state) <= run.now.mono_ns)
        (void)state_step(&run);
    began_ns = mono_ns();
    check(state_stop(&run) == HT_OK && run.told == 0 && state_events_of("s", 5) == 2,
          "but at the end");
    check(mono_ns() - began_ns > 500 * HT_NS_PER_MS, "where a write is under way");
    atomic_store(&sync_takes_ms, 0);
}

/* As the program does once its sockets are open. */
static int without_capabilities(void)
{
    struct state_run run;
    (void)state_start(&run, "s");
    if (!drop_capabilities())
        return 1;
    state_enter(&run, 5, 1);
    state_pass_a_minute(&run);
    bool written = run.told == 0 && state_events_of("s", 5) == 1;
    state_enter(&run, 5, 2);
    return written && state_stop(&run) == HT_OK && state_events_of("s", 5) == 2 ? 0 : 1;
}

static void no_privilege(void)
{
    check(state_in_child(without_capabilities) == 0, "no privilege is needed");
}

int main(int argc, char **argv)
{
    static const struct net_case cases[] = {
        {"full_disk", full_disk},           {"read_only_disk", read_only_disk},
        {"missing_folder", missing_folder}, {"no_permission", no_permission},
        {"another_folder", another_folder}, {"file_size_limit", file_size_limit},
        {"no_thread", no_thread},           {"slow_disk", slow_disk},
        {"no_privilege", no_privilege},
    };
    return state_run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
