#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NET_RAW   (1U << CAP_NET_RAW)
#define NET_ADMIN (1U << CAP_NET_ADMIN)

/* glibc has no wrapper, and libcap would be one more library for a few lines. Both capabilities are
 * in the first word. */
static int set_capabilities(uint32_t permitted, uint32_t effective)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        {.permitted = permitted, .effective = effective}};
    return (int)syscall(SYS_capset, &header, data);
}

/* 0: none, or not to be known. */
static uint32_t permitted_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &header, data) == 0 ? data[0].permitted : 0;
}

/* Whether any capability is left, or may be had by running another program. */
static bool is_privileged(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    uint32_t any = syscall(SYS_capget, &header, data) != 0;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        any |= data[i].permitted | data[i].effective | data[i].inheritable;
    return any != 0;
}

void privileges_raise(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &header, data) != 0)
        return;
    data[0].effective |= data[0].permitted & (NET_RAW | NET_ADMIN);
    (void)syscall(SYS_capset, &header, data);
}

static bool may_mark(void)
{
    const uint32_t mark = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool may = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0;
    if (fd >= 0)
        (void)close(fd);
    return may;
}

/* The lesser of the two capabilities with which the kernel takes marks: tried with CAP_NET_RAW
 * alone in effect. */
static uint32_t capability_for_marks(void)
{
    uint32_t held = permitted_capabilities() & (NET_RAW | NET_ADMIN);
    bool raw_is_enough = set_capabilities(held, held & NET_RAW) == 0 && may_mark();
    return held & (raw_is_enough ? NET_RAW : NET_ADMIN);
}

int privileges_drop(bool marks, struct ht_error *error)
{
    int code = HT_OK;
    /* Kernels before 4.3 know no ambient capabilities, and so have none to clear. */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
        code = ht_error_system(error, errno, "cannot give up ambient capabilities");
    uint32_t kept = marks ? capability_for_marks() : 0;
    /* Where nothing is held, capset() may well be refused. */
    if (set_capabilities(kept, kept) != 0 && is_privileged())
        code = ht_error_system(error, errno, "cannot give up capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        code = ht_error_system(error, errno, "cannot give up new privileges");
    return code;
}
