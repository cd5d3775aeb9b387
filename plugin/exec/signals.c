#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EARLY_PATIENCE_S 1

static volatile sig_atomic_t early_signal;
static bool terminal_ends_us;

static void set_handler(int signal, void (*handler)(int))
{
    /* What it interrupts goes on: whether the process ends is decided here alone. */
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigaction(signal, &action, NULL);
}

static bool is_ignored(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void end_early(int signal)
{
    (void)signal;
    _exit(0);
}

static void on_early_signal(int signal)
{
    if (early_signal != 0)
        end_early(signal);
    early_signal = 1;
    /* Only now: an alarm that was set before the program was started is none of ours. */
    set_handler(SIGALRM, end_early);
    (void)alarm(EARLY_PATIENCE_S);
}

void signals_prepare(void)
{
    bool terminal = isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1;
    terminal_ends_us = terminal && !is_ignored(SIGHUP);
    set_handler(SIGTERM, on_early_signal);
    set_handler(SIGINT, on_early_signal);
    set_handler(SIGHUP, terminal_ends_us ? on_early_signal : SIG_IGN);
    set_handler(SIGUSR1, SIG_IGN);
    set_handler(SIGUSR2, SIG_IGN);
    set_handler(SIGPIPE, SIG_IGN);
    set_handler(SIGXFSZ, SIG_IGN);
}

int signals_open(int *fd, bool *early, struct ht_error *error)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    if (terminal_ends_us)
        (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    *early = early_signal != 0;
    if (*early)
        (void)alarm(0);
    *fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return *fd >= 0 ? HT_OK : ht_error_system(error, errno, "cannot watch for signals");
}

int signals_take(int fd)
{
    int count = 0;
    struct signalfd_siginfo signal;
    while (read(fd, &signal, sizeof signal) == (ssize_t)sizeof signal)
        count++;
    return count;
}
