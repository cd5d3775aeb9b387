/* The targets that the engine has, and what the program keeps of each. They can be exchanged while
 * they are measured: what is the same stays, with its schedule and its memory. */
#ifndef HT_EXEC_SEATS_H
#define HT_EXEC_SEATS_H

#include <stddef.h>
#include <stdint.h>

#include "hoptrace.h"
#include "lateness.h"
#include "plan.h"
#include "records.h"

/* Of one target, whose `user` it is. */
struct seat {
    struct place *place;      /* of its records */
    struct place *page_place; /* on the page that is served; NULL: there is none beside them */
    void *shown;              /* in the live view; NULL: there is none */
    struct lateness_of_target lateness;
    uint64_t digest[2]; /* of all that is configured of it */
    uint32_t id;        /* the engine's */
    bool stays;         /* while targets are exchanged */
};

struct seats {
    struct seat **list; /* owned, and so are its entries */
    size_t count;
    size_t capacity;
    struct ht_engine *engine; /* borrowed, as are these two */
    struct records *records;
    struct records *page; /* NULL: none is served beside the records */
    struct lateness *lateness;
};

/* What an exchange has changed. */
struct seats_change {
    size_t removed;
    size_t added;
};

/* Makes the targets of the plan those of the engine. A target of which anything is configured
 * otherwise is removed and added anew. HT_OK; HT_ERR_NOMEM: nothing has changed, or (*change tells)
 * some targets are missing. */
int seats_exchange(struct seats *seats, const struct plan *plan, struct seats_change *change,
                   struct ht_error *error);

/* Frees what is kept; the engine keeps its targets. */
void seats_fini(struct seats *seats);

#endif
