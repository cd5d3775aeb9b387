#include "control.h"

#include "number.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static int read_pid(const char *pid_file)
{
    FILE *file = fopen(pid_file, "re");
    char text[32] = "";
    uint64_t pid = 0;

    if (!file)
        return 0;
    if (!fgets(text, sizeof text, file))
        text[0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    fclose(file);
    return number_whole(text, 1, INT32_MAX, &pid) ? (int)pid : 0;
}

/* Opens the process; -1 after saying what is wrong. */
static int open_process(const char *pid_file, int *pid)
{
    int process = -1;

    *pid = read_pid(pid_file);
    if (*pid == 0) {
        fprintf(stderr, "simnet: %s: no process id\n", pid_file);
        return -1;
    }
    process = (int)syscall(SYS_pidfd_open, *pid, 0);
    if (process < 0)
        fprintf(stderr, "simnet: process %d: %s\n", *pid, strerror(errno));
    return process;
}

/* Has the process ended within this time? */
static bool ended(int process, int wait_ms)
{
    struct pollfd fd = {.fd = process, .events = POLLIN};

    return poll(&fd, 1, wait_ms) == 1;
}

int control_stop(const char *pid_file)
{
    int pid, process = open_process(pid_file, &pid);
    bool done;

    if (process < 0)
        return EXIT_FAILURE;
    done = kill(pid, SIGTERM) == 0 && ended(process, PATIENCE_MS);
    close(process);
    if (!done)
        fprintf(stderr, "simnet: process %d: does not end\n", pid);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* simnet writes its pid file anew once it has done as told, so that is waited for. */
int control_reload(const char *pid_file)
{
    int pid, process = open_process(pid_file, &pid);
    bool done;

    if (process < 0)
        return EXIT_FAILURE;
    done = unlink(pid_file) == 0 && kill(pid, SIGHUP) == 0;
    for (int waited = 0; done && read_pid(pid_file) != pid; waited++)
        done = waited < PATIENCE_MS && !ended(process, 1);
    close(process);
    if (!done)
        fprintf(stderr, "simnet: process %d: does not reload\n", pid);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
