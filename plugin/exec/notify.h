/* What a service manager is told of us (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET
 * names. Without one all of this does nothing. */
#ifndef HT_EXEC_NOTIFY_H
#define HT_EXEC_NOTIFY_H

#include <stdint.h>

struct notify {
    int fd;              /* -1: there is no one to tell */
    int64_t watchdog_ns; /* how often it wants to hear that we are well; 0: never */
    int64_t next_ns;     /* when it does next; HT_NEVER: never */
};

/* To be ended with notify_close. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Targets are measured; the configuration is being read again; the end has begun. */
void notify_ready(const struct notify *notify);
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);

/* Tells that we are well, once the time has come (CLOCK_MONOTONIC). */
void notify_step(struct notify *notify, int64_t now_ns);

#endif
