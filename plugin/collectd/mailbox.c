#include "mailbox.h"

#include "hoptrace.h"

void letter_fini(struct letter *letter)
{
    ht_report_free(letter->report);
    ht_event_list_fini(&letter->events);
    letter->report = NULL;
}

int mailbox_init(struct mailbox *mailbox)
{
    mailbox->first = 0;
    mailbox->count = 0;
    return pthread_mutex_init(&mailbox->lock, NULL);
}

void mailbox_fini(struct mailbox *mailbox)
{
    while (mailbox->count > 0) {
        struct letter letter = mailbox_take(mailbox);
        letter_fini(&letter);
    }
    (void)pthread_mutex_destroy(&mailbox->lock);
}

/* The oldest letter; the caller holds the lock. */
static struct letter pop(struct mailbox *mailbox)
{
    if (mailbox->count == 0)
        return (struct letter){0};
    struct letter letter = mailbox->slots[mailbox->first];
    mailbox->first = (mailbox->first + 1) % MAILBOX_SLOTS;
    mailbox->count--;
    return letter;
}

bool mailbox_put(struct mailbox *mailbox, const struct letter *letter)
{
    struct letter oldest = {0};
    (void)pthread_mutex_lock(&mailbox->lock);
    if (mailbox->count == MAILBOX_SLOTS) {
        oldest = pop(mailbox);
        (void)ht_event_list_prepend(&mailbox->slots[mailbox->first].events, &oldest.events);
    }
    mailbox->slots[(mailbox->first + mailbox->count) % MAILBOX_SLOTS] = *letter;
    mailbox->count++;
    (void)pthread_mutex_unlock(&mailbox->lock);
    bool whole = oldest.report == NULL;
    letter_fini(&oldest);
    return whole;
}

struct letter mailbox_take(struct mailbox *mailbox)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    struct letter letter = pop(mailbox);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return letter;
}
