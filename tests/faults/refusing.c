/* The program hoptrace, over and over, each time with another allocation refused:
 *
 *     refusing FOLDER FIRST STEP COUNT ARGUMENT...
 *
 * COUNT allocations are refused from the FIRST on, then from FIRST + STEP on, and so on until
 * nothing is left to refuse. Each run is a child of its own, its stdout and stderr are FOLDER/N.out
 * and FOLDER/N.err. Prints a line for each: N, the exit status (-1: killed), how many were refused.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "refuse.h"

/* So many runs in a row in which there was nothing left to refuse: there is no more. */
#define RUNS_WITHOUT 2

/* That of plugin/exec/main.c, which bears this name here. */
int hoptrace_main(int argc, char **argv);

/* Lets a descriptor lead to a new file. */
static void redirect(int fd, const char *folder, size_t number, const char *ending)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%zu.%s", folder, number, ending);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, fd) != fd)
        _exit(120);
}

static void run(size_t first, size_t count, size_t *refused, int argc, char **argv)
{
    refuse_allocations(first, count);
    int status = hoptrace_main(argc, argv);
    *refused = refuse_no_more();
    exit(status);
}

static int wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    size_t step = strtoul(argv[3], NULL, 10);
    size_t count = strtoul(argv[4], NULL, 10);
    size_t *refused =
        mmap(NULL, sizeof *refused, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (refused == MAP_FAILED || step == 0)
        return 2;
    char *name = argv[4];
    size_t without = 0;
    for (size_t first = strtoul(argv[2], NULL, 10); without < RUNS_WITHOUT; first += step) {
        *refused = 0;
        pid_t child = fork();
        if (child == 0) {
            redirect(STDOUT_FILENO, argv[1], first, "out");
            redirect(STDERR_FILENO, argv[1], first, "err");
            argv[4] = name;
            run(first, count, refused, argc - 4, argv + 4);
        }
        int status = child > 0 ? wait_for(child) : -1;
        printf("%zu %d %zu\n", first, status, *refused);
        (void)fflush(stdout);
        without = *refused > 0 ? 0 : without + 1;
        /* What ended it before it could count (a faulty configuration does not): not the end of the
         * matter. */
        if (status != 0 && status != 2 && *refused == 0)
            without = 0;
    }
    return 0;
}
