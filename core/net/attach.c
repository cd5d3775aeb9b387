#include "net/attach.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int ht_attach_filter(int fd, const struct ht_filter *filter, struct ht_error *error)
{
    /* The kernel's type lacks a const: it is told where to read, and a copy may be written to. */
    struct sock_filter code[HT_FILTER_MAX];
    memcpy(code, filter->code, sizeof code);
    struct sock_fprog program = {.len = filter->length, .filter = code};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
        return ht_error_system(error, errno, "cannot set a socket filter");
    return HT_OK;
}

int ht_attach_refusal(int fd, struct ht_error *error)
{
    struct ht_filter filter = {.length = 0};
    ht_filter_refuse_all(&filter);
    return ht_attach_filter(fd, &filter, error);
}
