#define _GNU_SOURCE /* unshare, clone flags */
#include "attacker.h"

#ifdef HT_ASSERTIONS

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each tries one thing; true: it could be done. `path`: a file that is none of the program's. */
typedef bool attempt(const char *path);

static bool is_descriptor(int fd)
{
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static bool read_file(const char *path)
{
    return is_descriptor(open(path, O_RDONLY | O_CLOEXEC));
}

static bool write_file(const char *path)
{
    return is_descriptor(open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
}

static bool make_file(const char *path)
{
    char beside[4096];
    (void)snprintf(beside, sizeof beside, "%s.made", path);
    return is_descriptor(open(beside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static bool remove_file(const char *path)
{
    return unlink(path) == 0;
}

static bool make_executable(const char *path)
{
    return chmod(path, 0755) == 0;
}

static bool read_memory(const char *path)
{
    (void)path;
    return is_descriptor(open("/proc/1/mem", O_RDWR | O_CLOEXEC));
}

static bool open_raw_socket(const char *path)
{
    (void)path;
    return is_descriptor(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP));
}

static bool open_packet_socket(const char *path)
{
    (void)path;
    return is_descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static bool open_local_socket(const char *path)
{
    (void)path;
    return is_descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static bool listen_somewhere(const char *path)
{
    (void)path;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool done = fd >= 0 && listen(fd, 1) == 0;
    (void)is_descriptor(fd);
    return done;
}

/* It returns only if it failed. */
static bool run_program(const char *path)
{
    char *const arguments[] = {(char *)"sh", (char *)"-c", (char *)"echo attack: run: done >&2",
                               NULL};
    (void)path;
    (void)execv("/bin/sh", arguments);
    return false;
}

static bool trace_parent(const char *path)
{
    (void)path;
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool signal_parent(const char *path)
{
    (void)path;
    return kill(getppid(), SIGCONT) == 0;
}

static bool enter_namespace(const char *path)
{
    (void)path;
    return unshare(CLONE_NEWUSER) == 0;
}

static bool mount_folder(const char *path)
{
    (void)path;
    return mount("none", "/tmp", "tmpfs", 0, NULL) == 0;
}

static bool become_root(const char *path)
{
    (void)path;
    return syscall(SYS_setresuid, 0, 0, 0) == 0;
}

static bool run_written_code(const char *path)
{
    (void)path;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool load_bpf(const char *path)
{
    (void)path;
    return syscall(SYS_bpf, 0, NULL, 0) >= 0;
}

static const struct {
    const char *name;
    attempt *attempt;
} attempts[] = {
    {"read a file", read_file},
    {"write a file", write_file},
    {"make a file", make_file},
    {"remove a file", remove_file},
    {"change a file's mode", make_executable},
    {"read another's memory", read_memory},
    {"open a raw socket", open_raw_socket},
    {"open a packet socket", open_packet_socket},
    {"open a local socket", open_local_socket},
    {"listen", listen_somewhere},
    {"run", run_program},
    {"trace its parent", trace_parent},
    {"signal its parent", signal_parent},
    {"enter a namespace", enter_namespace},
    {"mount", mount_folder},
    {"change its user", become_root},
    {"run code that it wrote", run_written_code},
    {"load BPF", load_bpf},
};

void attacker_try(void)
{
    const char *path = getenv("HOPTRACE_ATTACK");
    for (size_t i = 0; path != NULL && i < sizeof attempts / sizeof attempts[0]; i++) {
        bool done = attempts[i].attempt(path);
        (void)fprintf(stderr, "attack: %s: %s\n", attempts[i].name,
                      done ? "done" : strerror(errno));
    }
}

#endif
