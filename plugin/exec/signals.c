#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

void signals_ignore_output(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
}

int signals_open(int *fd, struct ht_error *error)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    *fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (*fd < 0)
        return ht_error_system(error, errno, "cannot watch for signals");
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return HT_OK;
}

int signals_take(int fd)
{
    int count = 0;
    struct signalfd_siginfo signal;
    while (read(fd, &signal, sizeof signal) == (ssize_t)sizeof signal)
        count++;
    return count;
}
