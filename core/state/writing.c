#include "state/writing.h"

#include <stddef.h>

#include "state/thread.h"

int ht_writing_run(struct ht_state_file *file, struct ht_document *document, struct ht_error *error)
{
    struct ht_error wrong;
    int code = ht_document_finish(document, &wrong);
    if (code == HT_OK)
        code = ht_state_file_write(file, document, error);
    else
        code = ht_error_set(error, (enum ht_code)code, "state file %s cannot be written: %.60s",
                            ht_state_file_shown(file), wrong.text);
    ht_document_fini(document);
    return code;
}

static void *run(void *user)
{
    struct ht_writing *writing = user;
    writing->code = ht_writing_run(writing->file, &writing->document, &writing->error);
    atomic_store_explicit(&writing->done, true, memory_order_release);
    return NULL;
}

int ht_writing_begin(struct ht_writing *writing, struct ht_state_file *file,
                     struct ht_document *document)
{
    writing->file = file;
    writing->document = *document;
    atomic_store(&writing->done, false);
    int sys_errno = ht_thread_begin(&writing->thread, run, writing);
    writing->running = sys_errno == 0;
    *(writing->running ? document : &writing->document) = (struct ht_document){0};
    return sys_errno;
}

bool ht_writing_done(const struct ht_writing *writing)
{
    return atomic_load_explicit(&writing->done, memory_order_acquire);
}

int ht_writing_end(struct ht_writing *writing, struct ht_error *error)
{
    (void)pthread_join(writing->thread, NULL);
    writing->running = false;
    if (writing->code != HT_OK && error != NULL)
        *error = writing->error;
    return writing->code;
}
