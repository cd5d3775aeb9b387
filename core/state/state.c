#include "state/state.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "state/document.h"
#include "state/restore.h"
#include "state/state_file.h"
#include "state/writing.h"

/* Bytes of text that one step makes at least, about 50 targets of 15 hops. */
#define PART_SIZE 65536

/* How often a thread is looked at that writes. */
#define LOOK_NS HT_NS_PER_S

/* How often memories are looked at that may be too old. */
#define EXPIRY_NS (86400 * HT_NS_PER_S)

enum phase {
    PHASE_IDLE,
    PHASE_GATHERING, /* the document has not all its lines yet */
    PHASE_WRITING    /* a thread writes it */
};

struct ht_state {
    struct ht_history *history; /* borrowed */
    struct ht_state_file file;  /* the thread's, while one writes */
    struct ht_document document;
    struct ht_writing writing;
    enum phase phase;
    bool changed;         /* something is to be written that no write under way has */
    int64_t due_ns;       /* PHASE_IDLE: the next write's beginning; PHASE_WRITING: the next look */
    int64_t began_ns;     /* the last write's beginning */
    int64_t expired_ns;   /* the last look at memories that may be too old */
    struct ht_error told; /* the last error that was told; HT_OK: none since a write succeeded */
};

/* The outcome of a write as it is to be told: an error once. */
static int tell(struct ht_state *state, int code, const struct ht_error *wrong,
                struct ht_error *error)
{
    if (code == HT_OK) {
        state->told.code = HT_OK;
        return HT_OK;
    }
    state->changed = true;
    if (state->told.code != HT_OK && strcmp(state->told.text, wrong->text) == 0)
        return HT_OK;
    state->told = *wrong;
    if (error != NULL)
        *error = *wrong;
    return code;
}

static int no_memory(const struct ht_state *state, const char *what, struct ht_error *error)
{
    return ht_error_set(error, HT_ERR_NOMEM, "state file %s cannot be %s: out of memory",
                        ht_state_file_shown(&state->file), what);
}

/* Keeps the file aside, which `wrong` is about. */
static int keep_aside(struct ht_state *state, const struct ht_error *wrong, struct ht_error *error)
{
    const char *end = ": beginning anew";
    if (state->file.lock_fd >= 0) {
        int code = ht_state_file_keep_aside(&state->file, error);
        if (code != HT_OK)
            return code;
        end = ": beginning anew, it is kept as .bad";
    }
    state->file.to_be_kept = state->file.lock_fd < 0;
    return ht_error_set(error, HT_ERR_MALFORMED, "state file %s %.60s%s",
                        ht_state_file_shown(&state->file), wrong->text, end);
}

/* Reads the file into the history. *good: what is remembered may be written. */
static int load(struct ht_state *state, int64_t wall_ns, bool *good, struct ht_error *error)
{
    struct ht_history read = {0};
    struct ht_text text = {0};
    struct ht_error wrong;
    int64_t written_ns = 0;
    int code = ht_state_file_read(&state->file, &text, &wrong);
    if (code == HT_OK && text.length > 0)
        code = ht_document_read(text.data, text.length, &read, &written_ns, &wrong);
    ht_text_fini(&text);
    *good = code == HT_OK || code == HT_ERR_MALFORMED;
    if (code == HT_OK && !ht_restore(state->history, &read, written_ns, wall_ns))
        code = HT_ERR_NOMEM;
    if (code == HT_ERR_NOMEM) {
        *good = false;
        return no_memory(state, "read", error);
    }
    if (code == HT_ERR_MALFORMED)
        return keep_aside(state, &wrong, error);
    if (code != HT_OK && error != NULL)
        *error = wrong;
    return code;
}

/* Locks and reads. *good as load's. */
static int begin(struct ht_state *state, int64_t wall_ns, bool *good, struct ht_error *error)
{
    struct ht_error unlocked;
    int locked = ht_state_file_lock(&state->file, &unlocked);
    bool in_use = locked != HT_OK && unlocked.sys_errno == EWOULDBLOCK;
    int code = HT_OK;
    *good = false;
    if (!in_use)
        code = load(state, wall_ns, good, error);
    if (code != HT_OK || locked == HT_OK)
        return code;
    if (error != NULL)
        *error = unlocked;
    return locked;
}

int ht_state_open(const char *path, struct ht_history *history, struct ht_now now,
                  struct ht_state **state, struct ht_error *error)
{
    struct ht_error wrong;
    *state = NULL;
    struct ht_state *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    int code = ht_state_file_init(&opened->file, path, error);
    if (code != HT_OK) {
        free(opened);
        return code;
    }
    opened->history = history;
    opened->expired_ns = opened->began_ns = now.mono_ns;
    bool good;
    code = begin(opened, now.wall_ns, &good, &wrong);
    code = tell(opened, code, &wrong, error);
    opened->changed = false;
    if (good) {
        *state = opened;
        return code;
    }
    ht_state_file_fini(&opened->file);
    free(opened);
    return code;
}

void ht_state_note(struct ht_state *state)
{
    state->changed = true;
}

/* Begins the document of all that is remembered now. */
static int begin_document(struct ht_state *state, struct ht_now now, struct ht_error *wrong)
{
    state->changed = false;
    state->began_ns = now.mono_ns;
    if (now.mono_ns - state->expired_ns >= EXPIRY_NS) {
        state->expired_ns = now.mono_ns;
        ht_history_expire(state->history, now.wall_ns);
    }
    if (ht_document_begin(&state->document, state->history, now.wall_ns))
        return HT_OK;
    ht_document_fini(&state->document);
    return no_memory(state, "written", wrong);
}

/* Goes on with the document; hands it to a thread once it has all its lines. */
static int gather(struct ht_state *state, struct ht_now now, struct ht_error *wrong)
{
    if (!ht_document_add(&state->document, state->history, PART_SIZE))
        return HT_OK;
    state->phase = PHASE_IDLE;
    int sys_errno = ht_writing_begin(&state->writing, &state->file, &state->document);
    if (sys_errno != 0) {
        ht_document_fini(&state->document);
        return ht_error_system(wrong, sys_errno,
                               "state file %s cannot be written: no thread for it",
                               ht_state_file_shown(&state->file));
    }
    state->phase = PHASE_WRITING;
    state->due_ns = ht_time_add(now.mono_ns, LOOK_NS);
    return HT_OK;
}

int ht_state_step(struct ht_state *state, struct ht_now now, struct ht_error *error)
{
    struct ht_error wrong;
    int code = HT_OK;
    switch (state->phase) {
    case PHASE_IDLE:
        if (ht_state_next_ns(state) > now.mono_ns)
            return HT_OK;
        code = begin_document(state, now, &wrong);
        if (code == HT_OK)
            state->phase = PHASE_GATHERING;
        break;
    case PHASE_GATHERING:
        code = gather(state, now, &wrong);
        break;
    case PHASE_WRITING:
        if (now.mono_ns >= state->due_ns)
            state->due_ns = ht_time_add(now.mono_ns, LOOK_NS);
        if (!ht_writing_done(&state->writing))
            return HT_OK;
        state->phase = PHASE_IDLE;
        return tell(state, ht_writing_end(&state->writing, &wrong), &wrong, error);
    }
    return code == HT_OK ? HT_OK : tell(state, code, &wrong, error);
}

int64_t ht_state_next_ns(const struct ht_state *state)
{
    switch (state->phase) {
    case PHASE_GATHERING:
        return 0;
    case PHASE_WRITING:
        return state->due_ns;
    default:
        return state->changed ? ht_time_add(state->began_ns, HT_STATE_PERIOD_NS) : HT_NEVER;
    }
}

/* Writes all that is remembered now, and waits for it. */
static int write_all(struct ht_state *state, struct ht_now now, struct ht_error *wrong)
{
    int code = begin_document(state, now, wrong);
    if (code != HT_OK)
        return code;
    (void)ht_document_add(&state->document, state->history, SIZE_MAX);
    if (ht_writing_begin(&state->writing, &state->file, &state->document) == 0)
        return ht_writing_end(&state->writing, wrong);
    return ht_writing_run(&state->file, &state->document, wrong);
}

int ht_state_close(struct ht_state *state, struct ht_now now, struct ht_error *error)
{
    if (state == NULL)
        return HT_OK;
    struct ht_error wrong;
    int code = HT_OK;
    if (state->phase == PHASE_WRITING)
        code = ht_writing_end(&state->writing, &wrong);
    if (state->phase == PHASE_GATHERING)
        ht_document_fini(&state->document);
    if (state->changed || state->phase == PHASE_GATHERING || code != HT_OK)
        code = write_all(state, now, &wrong);
    code = tell(state, code, &wrong, error);
    ht_state_file_fini(&state->file);
    free(state);
    return code;
}
