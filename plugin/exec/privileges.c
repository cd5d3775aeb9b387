#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc has no wrapper, and libcap would be one more library for three lines. */
static int clear_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return (int)syscall(SYS_capset, &header, none);
}

int privileges_drop(struct ht_error *error)
{
    int code = HT_OK;
    /* Kernels before 4.3 know no ambient capabilities, and so have none to clear. */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
        code = ht_error_system(error, errno, "cannot give up ambient capabilities");
    if (clear_capabilities() != 0)
        code = ht_error_system(error, errno, "cannot give up capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        code = ht_error_system(error, errno, "cannot give up new privileges");
    return code;
}
