#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EARLY_PATIENCE_S 1

static volatile sig_atomic_t early_signal;
static bool terminal_ends_us;
static int begins_rounds; /* the signal that does, and nothing else; 0: none */

static void set_handler(int signal, void (*handler)(int))
{
    /* What it interrupts goes on: whether the process ends is decided here alone. */
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigaction(signal, &action, NULL);
}

/* Blocked signals wait, and a signalfd reads them. */
static void block(const sigset_t *signals)
{
    (void)sigprocmask(SIG_BLOCK, signals, NULL);
}

/* The signals that ask for something while the program goes on. */
static void set_requests(sigset_t *signals, bool hangup)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGUSR1);
    (void)sigaddset(signals, SIGUSR2);
    if (hangup)
        (void)sigaddset(signals, SIGHUP);
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
    early_signal = signal;
    /* Only now: an alarm that was set before the program was started is none of ours. */
    set_handler(SIGALRM, end_early);
    (void)alarm(EARLY_PATIENCE_S);
}

void signals_prepare(void)
{
    bool terminal = isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1;
    terminal_ends_us = terminal && !is_ignored(SIGHUP);
    sigset_t requests;
    set_requests(&requests, !terminal_ends_us);
    block(&requests);
    if (terminal_ends_us)
        set_handler(SIGHUP, on_early_signal);
    set_handler(SIGPIPE, SIG_IGN);
    set_handler(SIGXFSZ, SIG_IGN);
    set_handler(SIGINT, on_early_signal);
    set_handler(SIGTERM, on_early_signal);
}

/* One that has come before signals began to be taken is none the less one. */
static void take_early(bool *early)
{
    int signal = early_signal;
    *early = signal != 0 && signal != begins_rounds;
    if (signal == 0)
        return;
    (void)alarm(0);
    if (!*early)
        (void)raise(signal);
}

int signals_open(int *fd, int round_signal, bool *early, struct ht_error *error)
{
    sigset_t signals;
    begins_rounds = round_signal;
    set_requests(&signals, true);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    block(&signals);
    take_early(early);
    *fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return *fd >= 0 ? HT_OK : ht_error_system(error, errno, "cannot watch for signals");
}

static void take(struct signals_taken *taken, int signal)
{
    if (signal == begins_rounds || signal == SIGUSR1 || signal == SIGUSR2)
        taken->rounds++;
    else if (signal == SIGHUP && !terminal_ends_us)
        taken->reloads++;
    else
        taken->ends++;
}

struct signals_taken signals_take(int fd)
{
    struct signals_taken taken = {.ends = 0};
    struct signalfd_siginfo signal;
    while (read(fd, &signal, sizeof signal) == (ssize_t)sizeof signal)
        take(&taken, (int)signal.ssi_signo);
    return taken;
}
