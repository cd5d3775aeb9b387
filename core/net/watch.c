#include "net/watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "hoptrace/time.h"

const struct ht_watched_socket ht_watched_sockets[HT_WATCHED_SOCKETS] = {{HT_IPV4, HT_ANSWERS_ICMP},
                                                                         {HT_IPV6, HT_ANSWERS_ICMP},
                                                                         {HT_IPV4, HT_ANSWERS_TCP},
                                                                         {HT_IPV6, HT_ANSWERS_TCP}};

void ht_watch_init(struct ht_watch *watch)
{
    *watch = (struct ht_watch){.epoll_fd = -1, .timer_fd = -1, .timer_ns = HT_NEVER};
}

int ht_watch_open(struct ht_watch *watch, struct ht_error *error)
{
    watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (watch->epoll_fd < 0)
        return ht_error_system(error, errno, "event loop refused");
    watch->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (watch->timer_fd < 0)
        return ht_error_system(error, errno, "timer refused");
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = HT_WATCH_TIMER};
    if (epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, watch->timer_fd, &event) != 0)
        return ht_error_system(error, errno, "event loop refused a timer");
    return HT_OK;
}

void ht_watch_close(struct ht_watch *watch)
{
    if (watch->timer_fd >= 0)
        close(watch->timer_fd);
    if (watch->epoll_fd >= 0)
        close(watch->epoll_fd);
    ht_watch_init(watch);
}

static int set_socket(struct ht_watch *watch, const struct ht_sockets *sockets, size_t tag,
                      int operation)
{
    const struct ht_watched_socket *socket = &ht_watched_sockets[tag];
    int fd = ht_sockets_receive_fd(sockets, socket->ip_version, socket->answers);
    struct epoll_event event = {.events = watch->resting ? 0 : EPOLLIN, .data.u64 = tag};
    return fd < 0 ? 0 : epoll_ctl(watch->epoll_fd, operation, fd, &event);
}

int ht_watch_socket(struct ht_watch *watch, const struct ht_sockets *sockets, uint8_t ip_version,
                    enum ht_answers answers, struct ht_error *error)
{
    size_t tag = 0;
    while (ht_watched_sockets[tag].ip_version != ip_version ||
           ht_watched_sockets[tag].answers != answers)
        tag++;
    if (set_socket(watch, sockets, tag, EPOLL_CTL_ADD) != 0)
        return ht_error_system(error, errno, "event loop refused a socket");
    return HT_OK;
}

/* Setting it anew makes a timer that has rung quiet again; one that has rung and is set to the same
 * time is to stay as it is. */
static void set_timer(struct ht_watch *watch, int64_t next_ns)
{
    if (next_ns == watch->timer_ns)
        return;
    struct itimerspec when = {0};
    if (next_ns != HT_NEVER) {
        /* All zero would disarm it. */
        int64_t at_ns = next_ns > 0 ? next_ns : 1;
        when.it_value.tv_sec = at_ns / HT_NS_PER_S;
        when.it_value.tv_nsec = at_ns % HT_NS_PER_S;
    }
    if (timerfd_settime(watch->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        watch->sys_errno = errno;
    watch->timer_ns = next_ns;
}

void ht_watch_until(struct ht_watch *watch, const struct ht_sockets *sockets, int64_t next_ns,
                    bool rests)
{
    set_timer(watch, next_ns);
    if (rests == watch->resting)
        return;
    watch->resting = rests;
    for (size_t tag = 0; tag < HT_WATCHED_SOCKETS; tag++) {
        if (set_socket(watch, sockets, tag, EPOLL_CTL_MOD) != 0)
            watch->sys_errno = errno;
    }
}
