/* The daemon as the plugin's other files see it: module.c alone includes collectd's headers. */
#ifndef HT_COLLECTD_DAEMON_H
#define HT_COLLECTD_DAEMON_H

#include <pthread.h>

enum daemon_level { DAEMON_ERROR, DAEMON_WARNING, DAEMON_NOTICE };

/* One line in the daemon's log, with the plugin's name before it. From any thread. */
void daemon_say(enum daemon_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A thread in the plugin's context; `name` has at most 15 characters. 0, or an errno. */
int daemon_thread(pthread_t *thread, void *(*run)(void *), void *argument, const char *name);

#endif
