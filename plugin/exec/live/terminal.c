#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[0m\033[?25h\033[?1049l"

const char terminal_enter_text[] = ENTER;
const char terminal_leave_text[] = LEAVE;

/* What a crash has to undo. */
static struct termios before;
static volatile sig_atomic_t claimed;
static volatile sig_atomic_t has_keyboard;

/* A stack that has run over cannot hold a handler's frame. */
static char crash_stack[16384];

/* Calls nothing but what signal-safety(7) allows. */
static void on_crash(int signal)
{
    if (claimed) {
        claimed = 0;
        (void)!write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
        if (has_keyboard)
            (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    (void)raise(signal); /* its action is the default again */
}

/* Sanitizers have a stack of their own for that, which stays. */
static void give_stack(void)
{
    stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack};
    stack_t present;
    if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE) != 0)
        (void)sigaltstack(&stack, NULL);
}

static void catch_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER};
    give_stack();
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &action, NULL);
}

int terminal_open(struct terminal *terminal, struct ht_error *error)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGWINCH);
    (void)sigaddset(&signals, SIGTSTP);
    (void)sigaddset(&signals, SIGCONT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    *terminal = (struct terminal){.signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (terminal->signal_fd < 0)
        return ht_error_system(error, errno, "cannot watch the terminal");
    terminal->keyboard = tcgetattr(STDIN_FILENO, &before) == 0;
    has_keyboard = terminal->keyboard;
    catch_crashes();
    terminal_claim(terminal);
    return HT_OK;
}

void terminal_claim(const struct terminal *terminal)
{
    struct termios raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    claimed = 1;
    if (terminal->keyboard)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void terminal_release(const struct terminal *terminal)
{
    if (terminal->keyboard)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    claimed = 0;
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->signal_fd >= 0)
        (void)close(terminal->signal_fd);
    terminal->signal_fd = -1;
}

struct terminal_taken terminal_take(const struct terminal *terminal)
{
    struct terminal_taken taken = {.resized = false};
    struct signalfd_siginfo signal;
    while (read(terminal->signal_fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        taken.resized |= signal.ssi_signo == SIGWINCH;
        taken.stops |= signal.ssi_signo == SIGTSTP;
        taken.goes_on |= signal.ssi_signo == SIGCONT;
    }
    return taken;
}

void terminal_stop(void)
{
    (void)kill(getpid(), SIGSTOP);
}

void terminal_size(unsigned *columns, unsigned *rows)
{
    struct winsize size;
    bool told = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *columns = told ? size.ws_col : 80;
    *rows = told ? size.ws_row : 24;
}

bool terminal_is_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *locale = getenv(variables[i]);
        if (locale == NULL || *locale == '\0')
            continue;
        const char *charset = strchr(locale, '.');
        return charset != NULL &&
               (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}

bool terminal_is_capable(void)
{
    const char *terminal = getenv("TERM");
    return terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0;
}

bool terminal_has_colours(void)
{
    const char *forbidden = getenv("NO_COLOR");
    return terminal_is_capable() && (forbidden == NULL || *forbidden == '\0');
}
