/* One write of the state file, in a thread of its own: writing and syncing may wait for a disk.
 *
 * While it runs, the file and the document are the thread's alone. */
#ifndef HT_STATE_WRITING_H
#define HT_STATE_WRITING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "hoptrace/error.h"
#include "state/document.h"
#include "state/state_file.h"

/* {0}: none. */
struct ht_writing {
    bool running;                /* a thread is to be joined */
    atomic_bool done;            /* by the thread: it has nothing more to do */
    struct ht_state_file *file;  /* borrowed */
    struct ht_document document; /* owned */
    pthread_t thread;
    int code; /* the outcome, once done */
    struct ht_error error;
};

/* Begins to write the document, whose lines are all there. Returns 0, and it is taken over, {0}
 * again; or the errno of a thread that was refused: nothing has begun. */
int ht_writing_begin(struct ht_writing *writing, struct ht_state_file *file,
                     struct ht_document *document);

/* True: ht_writing_end would not wait. */
bool ht_writing_done(const struct ht_writing *writing);

/* After ht_writing_begin: waits for the end, and frees the document. HT_OK, or why nothing was
 * written. */
int ht_writing_end(struct ht_writing *writing, struct ht_error *error);

/* The whole write without a thread, where one may wait. */
int ht_writing_run(struct ht_state_file *file, struct ht_document *document,
                   struct ht_error *error);

#endif
