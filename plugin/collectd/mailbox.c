#include "mailbox.h"

#include "hoptrace.h"

int mailbox_init(struct mailbox *mailbox)
{
    mailbox->first = 0;
    mailbox->count = 0;
    return pthread_mutex_init(&mailbox->lock, NULL);
}

void mailbox_fini(struct mailbox *mailbox)
{
    struct ht_report *report;
    while ((report = mailbox_take(mailbox)) != NULL)
        ht_report_free(report);
    (void)pthread_mutex_destroy(&mailbox->lock);
}

/* The oldest record; the caller holds the lock. */
static struct ht_report *pop(struct mailbox *mailbox)
{
    if (mailbox->count == 0)
        return NULL;
    struct ht_report *report = mailbox->slots[mailbox->first];
    mailbox->first = (mailbox->first + 1) % MAILBOX_SLOTS;
    mailbox->count--;
    return report;
}

bool mailbox_put(struct mailbox *mailbox, struct ht_report *report)
{
    struct ht_report *oldest = NULL;
    (void)pthread_mutex_lock(&mailbox->lock);
    if (mailbox->count == MAILBOX_SLOTS)
        oldest = pop(mailbox);
    mailbox->slots[(mailbox->first + mailbox->count) % MAILBOX_SLOTS] = report;
    mailbox->count++;
    (void)pthread_mutex_unlock(&mailbox->lock);
    ht_report_free(oldest);
    return oldest == NULL;
}

struct ht_report *mailbox_take(struct mailbox *mailbox)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    struct ht_report *report = pop(mailbox);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return report;
}
