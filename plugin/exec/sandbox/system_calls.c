#define _GNU_SOURCE /* REG_RAX, CLONE_NEWNS */
#include "system_calls.h"

#ifdef HT_WITH_SECCOMP

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <ucontext.h>
#include <unistd.h>

/* Where the register of a call's result is known, a refusal is told and the process goes on;
 * elsewhere calls are refused without a word. */
#if defined __x86_64__
#define TELLS                      1
#define SET_RESULT(context, value) ((context)->uc_mcontext.gregs[REG_RAX] = (value))
#elif defined __aarch64__
#define TELLS                      1
#define SET_RESULT(context, value) ((context)->uc_mcontext.regs[0] = (uint64_t)(value))
#else
#define TELLS                      0
#define SET_RESULT(context, value) ((void)(context))
#endif

/* What the tests were seen to call, and what C libraries call in their place. A name that an
 * architecture does not have is passed over. */
static const char *const allowed[] = {
    /* memory */
    "brk",
    "madvise",
    "mremap",
    "munmap",
    /* descriptors and files: which ones is the matter of file_access.h */
    "access",
    "close",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "flock",
    "fstat",
    "fstat64",
    "fstatat64",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "getcwd",
    "lseek",
    "lstat",
    "memfd_create",
    "newfstatat",
    "open",
    "openat",
    "pipe2",
    "pread64",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "stat",
    "statx",
    "unlink",
    "unlinkat",
    "write",
    "writev",
    /* sockets; socket() itself is below */
    "accept",
    "accept4",
    "bind",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    /* waiting */
    "clock_nanosleep",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "nanosleep",
    "poll",
    "ppoll",
    "pselect6",
    "select",
    "timerfd_create",
    "timerfd_settime",
    /* time and chance */
    "clock_getres",
    "clock_gettime",
    "getrandom",
    "gettimeofday",
    "time",
    /* signals, threads, the end */
    "exit",
    "exit_group",
    "futex",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "wait4",
    /* who and where this is */
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrusage",
    "gettid",
    "getuid",
    "sysinfo",
    "uname",
#ifdef __SANITIZE_ADDRESS__
    /* The search for leaks at the end: a thread that stops the others and looks at them. */
    "arch_prctl",
    "getdents",
    "getdents64",
    "kill",
    "personality",
    "prctl",
    "process_vm_readv",
    "ptrace",
    "setrlimit",
    "tkill",
#endif
};

/* Of these the calls whose argument is as it says: argument & mask == value. */
struct restricted {
    const char *name;
    unsigned argument;
    uint64_t mask;
    uint64_t value;
};

#define ALL UINT64_MAX
#define NEW_NAMESPACES                                                                             \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

static const struct restricted restricted[] = {
    /* Nothing is both written and run. */
    {"mmap", 2, PROT_EXEC, 0},
    {"mmap2", 2, PROT_EXEC, 0},
    {"mprotect", 2, PROT_EXEC, 0},
    /* By netlink the kernel tells of routes. The low 32 bits are the argument. */
    {"socket", 0, UINT32_MAX, AF_INET},
    {"socket", 0, UINT32_MAX, AF_INET6},
    {"socket", 0, UINT32_MAX, AF_NETLINK},
    /* A terminal's mode and width, what waits to be read, devices by name. */
    {"ioctl", 1, UINT32_MAX, TCGETS},
    {"ioctl", 1, UINT32_MAX, TCSETS},
    {"ioctl", 1, UINT32_MAX, TCSETSW},
    {"ioctl", 1, UINT32_MAX, TIOCGWINSZ},
    {"ioctl", 1, UINT32_MAX, FIONREAD},
    {"ioctl", 1, UINT32_MAX, FIONBIO},
    {"ioctl", 1, UINT32_MAX, SIOCGIFNAME},
    {"ioctl", 1, UINT32_MAX, SIOCGIFINDEX},
    {"ioctl", 1, UINT32_MAX, SIOCGIFFLAGS},
    {"ioctl", 1, UINT32_MAX, SIOCGIFMTU},
    /* Threads, and the child that tries a configuration when it is read again. */
    {"clone", 0, NEW_NAMESPACES, 0},
    {"prlimit64", 0, ALL, 0},
    {"prctl", 0, UINT32_MAX, PR_SET_PDEATHSIG},
    {"prctl", 0, UINT32_MAX, PR_SET_NAME},
    {"prctl", 0, UINT32_MAX, PR_SET_VMA},
};

/* ---- telling of a refusal ---- */

/* Numbers of calls on all architectures are below. */
#define CALLS_MAX 512

static char names[CALLS_MAX][24];
static volatile sig_atomic_t told[CALLS_MAX];

static void note_names(void)
{
    for (int call = 0; call < CALLS_MAX; call++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
        (void)snprintf(names[call], sizeof names[call], "%s", name != NULL ? name : "unknown");
        free(name);
    }
}

/* Appends to a line of `size` bytes what fits. */
static void append(char *line, size_t size, const char *text)
{
    size_t length = strnlen(line, size);
    for (; *text != '\0' && length + 1 < size; text++)
        line[length++] = *text;
    line[length] = '\0';
}

/* A signal's handler: nothing here takes a lock or memory. */
static void tell(int call)
{
    static const char why[] =
        " refused by the sandbox: please report it; --no-sandbox goes without\n";
    char line[160] = "";
    append(line, sizeof line, isatty(STDERR_FILENO) == 1 ? "hoptrace: " : "E! hoptrace: ");
    append(line, sizeof line, "system call ");
    append(line, sizeof line, names[call]);
    append(line, sizeof line, why);
    (void)!write(STDERR_FILENO, line, strlen(line));
}

static void on_refusal(int signal, siginfo_t *info, void *context)
{
    int before = errno;
    int call = info->si_syscall;
    (void)signal;
    if (call >= 0 && call < CALLS_MAX && told[call] == 0) {
        told[call] = 1;
        tell(call);
    }
    SET_RESULT((ucontext_t *)context, -EPERM);
    errno = before;
}

static bool hear_refusals(void)
{
    struct sigaction action = {.sa_sigaction = on_refusal,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
    note_names();
    return sigaction(SIGSYS, &action, NULL) == 0;
}

/* ---- the filter ---- */

/* 0 or an errno. */
static int allow_all(scmp_filter_ctx filter)
{
    int wrong = 0;
    for (size_t i = 0; wrong == 0 && i < sizeof allowed / sizeof allowed[0]; i++) {
        int call = seccomp_syscall_resolve_name(allowed[i]);
        if (call >= 0)
            wrong = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    }
    return -wrong;
}

static int allow_restricted(scmp_filter_ctx filter)
{
    int wrong = 0;
    for (size_t i = 0; wrong == 0 && i < sizeof restricted / sizeof restricted[0]; i++) {
        const struct restricted *rule = &restricted[i];
        int call = seccomp_syscall_resolve_name(rule->name);
        if (call >= 0)
            wrong = seccomp_rule_add(
                filter, SCMP_ACT_ALLOW, call, 1,
                SCMP_CMP64(rule->argument, SCMP_CMP_MASKED_EQ, rule->mask, rule->value));
    }
    return -wrong;
}

/* A process may send signals to its own threads (abort()); what clone3() is to do stands in memory,
 * where no filter sees it: without it C libraries take clone(). glibc asks for a device's number by
 * a local socket if it gets one, else by another. */
static int allow_special(scmp_filter_ctx filter)
{
    int wrong = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                 SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid()));
    int clone3 = seccomp_syscall_resolve_name("clone3");
    if (wrong == 0 && clone3 >= 0)
        wrong = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), clone3, 0);
    if (wrong == 0)
        wrong = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                 SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, AF_UNIX));
    return -wrong;
}

/* 0 or an errno. */
static int load(scmp_filter_ctx filter)
{
    int wrong = allow_all(filter);
    if (wrong == 0)
        wrong = allow_restricted(filter);
    if (wrong == 0)
        wrong = allow_special(filter);
    return wrong == 0 ? -seccomp_load(filter) : wrong;
}

int system_calls_limit(struct ht_error *error)
{
    scmp_filter_ctx filter = seccomp_init(TELLS ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    int wrong = hear_refusals() ? load(filter) : errno;
    seccomp_release(filter);
    return wrong == 0 ? HT_OK : ht_error_system(error, wrong, "seccomp refused");
}

#else

int system_calls_limit(struct ht_error *error)
{
    (void)error;
    return HT_OK;
}

#endif
