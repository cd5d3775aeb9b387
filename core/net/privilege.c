#include "net/privilege.h"

#include <sys/types.h>
#include <unistd.h>

/* A path longer than this would push the rest out of the sentence. */
#define PROGRAM_MAX 128

/* The running program's file. */
static const char *program_path(char path[PROGRAM_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PROGRAM_MAX);
    if (length <= 0 || length >= PROGRAM_MAX)
        return "hoptrace";
    path[length] = '\0';
    return path;
}

int ht_privilege_refused(struct ht_error *error, int refused, const char *what,
                         const char *capabilities)
{
    char path[PROGRAM_MAX];
    ht_error_set(error, HT_ERR_PERMISSION, "%s refused: run `setcap %s+p %s` or start as root",
                 what, capabilities, program_path(path));
    error->sys_errno = refused;
    return error->code;
}

int ht_privilege_ping_refused(struct ht_error *error, int refused)
{
    char path[PROGRAM_MAX];
    ht_error_set(error, HT_ERR_PERMISSION,
                 "ICMP refused: run `sysctl net.ipv4.ping_group_range=\"0 2147483647\"` or "
                 "`setcap cap_net_raw+p %s`, or measure by udp",
                 program_path(path));
    error->sys_errno = refused;
    return error->code;
}
