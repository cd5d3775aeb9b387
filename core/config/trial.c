#define _GNU_SOURCE /* pipe2 */
#include "config/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_END, WRITE_END };

/* The child says by a byte that all was good, and writes nothing else: no core, no word on stderr.
 * It ends with its parent, keeps none of that one's standard streams open, and runs no handler that
 * is registered for the end of a process. */
static _Noreturn void work_and_end(bool (*work)(const void *argument), const void *argument,
                                   int answer)
{
    const struct rlimit none = {0, 0};
    int kept = fcntl(answer, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int silence = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setrlimit(RLIMIT_CORE, &none);
    for (int fd = STDIN_FILENO; silence >= 0 && fd <= STDERR_FILENO; fd++)
        (void)dup2(silence, fd);
    if (work(argument))
        (void)!write(kept, "", 1);
    (void)kill(getpid(), SIGKILL);
    _exit(0);
}

/* Waits for the child's byte, or its end without one. */
static bool await(int answer)
{
    char byte;
    ssize_t length;
    do
        length = read(answer, &byte, 1);
    while (length < 0 && errno == EINTR);
    return length == 1;
}

bool ht_trial(bool (*work)(const void *argument), const void *argument)
{
    int answer[2];
    if (pipe2(answer, O_CLOEXEC) != 0)
        return errno != ENOMEM;
    pid_t child = fork();
    bool good = child < 0 && errno != ENOMEM;
    if (child == 0)
        work_and_end(work, argument, answer[WRITE_END]);
    (void)close(answer[WRITE_END]);
    if (child > 0) {
        good = await(answer[READ_END]);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    (void)close(answer[READ_END]);
    return good;
}
