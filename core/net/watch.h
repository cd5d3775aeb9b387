/* What an event loop waits for: answers on the sockets, and the time. Others add what they wait for
 * to the same descriptor, under tags of their own. */
#ifndef HT_NET_WATCH_H
#define HT_NET_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "net/sockets.h"

/* The sockets that may be watched; the tag of each is its index. */
struct ht_watched_socket {
    uint8_t ip_version;
    enum ht_answers answers;
};
#define HT_WATCHED_SOCKETS 4
extern const struct ht_watched_socket ht_watched_sockets[HT_WATCHED_SOCKETS];

/* The timer's tag, and the first of the tags for others. */
enum { HT_WATCH_TIMER = HT_WATCHED_SOCKETS, HT_WATCH_OTHERS };

struct ht_watch {
    int epoll_fd;     /* owned: readable when there is something to do */
    int timer_fd;     /* owned */
    int sys_errno;    /* of a descriptor above that failed; 0: none did */
    int64_t timer_ns; /* what the timer is set to */
    bool resting;     /* answers wake no caller */
};

/* Nothing is open, so that ht_watch_close may follow. */
void ht_watch_init(struct ht_watch *watch);

/* HT_ERR_SYSTEM. */
int ht_watch_open(struct ht_watch *watch, struct ht_error *error);
void ht_watch_close(struct ht_watch *watch);

/* Watches a socket that was opened, until it is closed. HT_ERR_SYSTEM. */
int ht_watch_socket(struct ht_watch *watch, const struct ht_sockets *sockets, uint8_t ip_version,
                    enum ht_answers answers, struct ht_error *error);

/* Sets the timer (HT_NEVER: it does not ring). Once it has rung the descriptor stays readable until
 * this is called with another time. Afterwards, if `rests`, only the timer and others' events make
 * the descriptor readable: a caller that is going to look at the sockets soon anyway is not woken
 * for each answer. */
void ht_watch_until(struct ht_watch *watch, const struct ht_sockets *sockets, int64_t next_ns,
                    bool rests);

#endif
