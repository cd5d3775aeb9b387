#include "notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "config/numbers.h"
#include "hoptrace/time.h"

/* The address in NOTIFY_SOCKET: a path, or with '@' in front a name without one. */
static socklen_t make_address(const char *text, struct sockaddr_un *address)
{
    size_t length = strlen(text);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((text[0] != '/' && text[0] != '@') || length < 2 || length >= sizeof address->sun_path)
        return 0;
    memcpy(address->sun_path, text, length);
    if (text[0] == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int connect_to(const char *text)
{
    struct sockaddr_un address;
    socklen_t length = make_address(text, &address);
    int fd = length > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, length) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* A variable that is a whole number; 0: it is not set, or none. */
static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    int64_t number;
    return text != NULL && ht_parse_integer(text, &number) && number > 0 ? number : 0;
}

void notify_open(struct notify *notify)
{
    const char *socket_name = getenv("NOTIFY_SOCKET");
    int64_t watched_pid = number_of("WATCHDOG_PID");
    int64_t watchdog_us = number_of("WATCHDOG_USEC");
    *notify = (struct notify){.fd = -1, .next_ns = HT_NEVER};
    if (socket_name != NULL)
        notify->fd = connect_to(socket_name);
    if (notify->fd < 0 || (watched_pid != 0 && watched_pid != getpid()))
        return;
    /* Half of the time that it waits, as its manual asks. */
    if (watchdog_us > 0 && watchdog_us <= INT64_MAX / HT_NS_PER_US)
        notify->watchdog_ns = watchdog_us * HT_NS_PER_US / 2;
    if (notify->watchdog_ns > 0)
        notify->next_ns = 0;
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0)
        (void)close(notify->fd);
    notify->fd = -1;
}

/* What does not fit now is not worth a wait. */
static void tell(const struct notify *notify, const char *what)
{
    if (notify->fd >= 0)
        (void)send(notify->fd, what, strlen(what), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void notify_ready(const struct notify *notify)
{
    tell(notify, "READY=1");
}

/* The time is for those who count from there (Type=notify-reload). */
void notify_reloading(const struct notify *notify)
{
    struct timespec now;
    char text[64];
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_us = (now.tv_sec * HT_NS_PER_S + now.tv_nsec) / HT_NS_PER_US;
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_us);
    tell(notify, text);
}

void notify_stopping(const struct notify *notify)
{
    tell(notify, "STOPPING=1");
}

void notify_step(struct notify *notify, int64_t now_ns)
{
    if (now_ns < notify->next_ns)
        return;
    tell(notify, "WATCHDOG=1");
    notify->next_ns = ht_time_add(now_ns, notify->watchdog_ns);
}
