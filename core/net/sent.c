#include "net/sent.h"

#include <errno.h>

#include "hoptrace/time.h"

/* No packet is sent faster than this; from 0 the pace could not rise again. */
#define PACE_MIN_NS 100

/* Each packet had its share of the time that the call took, but no more than is usual: when the
 * process was put aside in the middle, those sent before that must not look later than they were,
 * or a reply may seem to come before its probe. */
void ht_stamp_sent(int64_t *pace_ns, struct ht_outgoing *packets, size_t count, int64_t before_ns,
                   int64_t after_ns)
{
    int64_t share_ns = (after_ns - before_ns) / (int64_t)count;
    int64_t step_ns = ht_time_min(share_ns, 2 * *pace_ns);
    for (size_t i = 0; i < count; i++)
        ht_outgoing_result(&packets[i], HT_SEND_DONE, 0, before_ns + (int64_t)i * step_ns);
    int64_t measured_ns = ht_time_min(share_ns, 8 * *pace_ns);
    *pace_ns = ht_time_max((7 * *pace_ns + measured_ns) / 8, PACE_MIN_NS);
}

static bool is_busy(int sys_errno)
{
    return sys_errno == EAGAIN || sys_errno == EWOULDBLOCK || sys_errno == ENOBUFS ||
           sys_errno == ENOMEM || sys_errno == EINTR;
}

bool ht_send_may_be_stale(int sys_errno)
{
    switch (sys_errno) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case ECONNREFUSED:
    case EMSGSIZE:
    case EOPNOTSUPP:
    case EACCES:
    case EPROTO:
        return true;
    default:
        return false;
    }
}

size_t ht_send_refused(struct ht_outgoing *packets, size_t count, int sys_errno, int64_t now_ns)
{
    enum ht_send_status status = is_busy(sys_errno) ? HT_SEND_BUSY : HT_SEND_FAILED;
    size_t disposed = sys_errno == EAGAIN || sys_errno == EWOULDBLOCK ? count : 1;
    for (size_t i = 0; i < disposed; i++)
        ht_outgoing_result(&packets[i], status, sys_errno, now_ns);
    return disposed;
}
