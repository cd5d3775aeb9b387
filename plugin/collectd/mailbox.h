/* Finished records on their way from the engine's thread to the daemon's read callbacks. Neither
 * side waits for the other: the lock is held for as long as a pointer takes to move. */
#ifndef HT_COLLECTD_MAILBOX_H
#define HT_COLLECTD_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "hoptrace/report.h"

/* The daemon reads more often than rounds finish: more than one waiting means that it is held up.
 */
#define MAILBOX_SLOTS 8

struct mailbox {
    pthread_mutex_t lock;
    struct ht_report *slots[MAILBOX_SLOTS]; /* owned; a ring */
    size_t first;
    size_t count;
};

/* 0, or an errno. */
int mailbox_init(struct mailbox *mailbox);

/* Frees what was not taken. */
void mailbox_fini(struct mailbox *mailbox);

/* Puts the record, which the mailbox owns from then on, behind the others. When it is full the
 * oldest one goes; false if that happened. */
bool mailbox_put(struct mailbox *mailbox, struct ht_report *report);

/* The oldest record, the caller's to free with ht_report_free; NULL: there is none. */
struct ht_report *mailbox_take(struct mailbox *mailbox);

#endif
