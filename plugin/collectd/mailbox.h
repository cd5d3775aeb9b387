/* Finished records, with their events, on their way from the engine's thread to the daemon's read
 * callbacks. Neither side waits for the other: the lock is held for as long as pointers take to
 * move. */
#ifndef HT_COLLECTD_MAILBOX_H
#define HT_COLLECTD_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "hoptrace/report.h"
#include "model/event_list.h"

/* The daemon reads more often than rounds finish: more than one waiting means that it is held up.
 */
#define MAILBOX_SLOTS 8

/* One record, and what its round has found to be different. */
struct letter {
    struct ht_report *report; /* NULL: there is none */
    struct ht_event_list events;
};

/* Frees what is in it. */
void letter_fini(struct letter *letter);

struct mailbox {
    pthread_mutex_t lock;
    struct letter slots[MAILBOX_SLOTS]; /* owned; a ring */
    size_t first;
    size_t count;
};

/* 0, or an errno. */
int mailbox_init(struct mailbox *mailbox);

/* Frees what was not taken. */
void mailbox_fini(struct mailbox *mailbox);

/* Puts the letter, whose content is the mailbox's from then on, behind the others. When it is full
 * the oldest record goes, and its events come with the next one. False: something was lost. */
bool mailbox_put(struct mailbox *mailbox, const struct letter *letter);

/* The oldest letter, the caller's to free with letter_fini. */
struct letter mailbox_take(struct mailbox *mailbox);

#endif
