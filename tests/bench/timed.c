/* Runs a command and says what it took:
 *
 *     timed FILE SECONDS COMMAND [ARGUMENT]...
 *
 * A program of its own, because the peak memory that the kernel tells of a process is at least that
 * of the process which started it, and a script with its tables in memory is large. After SECONDS
 * the command is killed with all that it has started. One JSON object goes to FILE; descendants
 * that were waited for are counted, the peak is that of the largest process; `voluntary` are the
 * switches of context of a process that went to sleep. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double in_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* SIGCHLD is blocked until it is waited for. */
static void block_child_signal(sigset_t *set, int how)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigprocmask(how, set, NULL);
}

static pid_t start(char **command)
{
    sigset_t set;
    pid_t child = fork();
    if (child != 0)
        return child;
    block_child_signal(&set, SIG_UNBLOCK);
    setpgid(0, 0);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

/* True if the child ended by itself. */
static bool wait_for(pid_t child, double seconds)
{
    sigset_t set;
    double end_s = now_s() + seconds;
    block_child_signal(&set, SIG_BLOCK);
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
            return true;
        double left_s = end_s - now_s();
        if (left_s <= 0)
            return false;
        const struct timespec wait = {.tv_sec = (time_t)left_s,
                                      .tv_nsec = (long)((left_s - (double)(time_t)left_s) * 1e9)};
        (void)sigtimedwait(&set, NULL, &wait);
    }
}

static bool report(const char *file_name, double wall_s, int status, bool in_time,
                   const struct rusage *used)
{
    FILE *file = fopen(file_name, "we");
    if (!file)
        return false;
    fprintf(file,
            "{\"wall_s\":%.6f,\"user_s\":%.6f,\"system_s\":%.6f,\"peak_kb\":%ld,"
            "\"voluntary\":%ld,\"status\":%d,\"in_time\":%s}\n",
            wall_s, in_seconds(used->ru_utime), in_seconds(used->ru_stime), used->ru_maxrss,
            used->ru_nvcsw, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            in_time ? "true" : "false");
    return fclose(file) == 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("timed FILE SECONDS COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    sigset_t set;
    block_child_signal(&set, SIG_BLOCK);
    double began_s = now_s();
    pid_t child = start(argv + 3);
    if (child < 0)
        return 1;
    bool in_time = wait_for(child, strtod(argv[2], NULL));
    if (!in_time)
        kill(-child, SIGKILL);
    int status = 0;
    struct rusage used = {0};
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR)
        ;
    return report(argv[1], now_s() - began_s, status, in_time, &used) ? 0 : 1;
}
