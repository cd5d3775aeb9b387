/* The state file and its lock: read whole, replaced whole.
 *
 * All is done in the file's folder: FILE.lock is locked (flock) as long as this process has the
 * file, FILE.new becomes FILE once it is whole and synced, FILE.bad is one that could not be used.
 * A symbolic link in FILE's own place is refused: neither it nor what it points to is replaced. */
#ifndef HT_STATE_STATE_FILE_H
#define HT_STATE_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/text.h"
#include "hoptrace/error.h"
#include "state/document.h"

/* Which file it is: after it was replaced or written to it is another one. */
struct ht_file_mark {
    dev_t device;
    ino_t inode; /* 0: there is none */
    off_t size;
    struct timespec modified;
};

struct ht_state_file {
    char *path;     /* owned: as given */
    char *names[4]; /* owned, by enum ht_state_name: within the folder */
    int start_fd;   /* where a relative path begins */
    int folder_fd;  /* -1: not open */
    int lock_fd;    /* -1: not locked by this process */
    bool
        to_be_kept; /* what is there could not be used: it becomes FILE.bad before it is replaced */
    bool known;     /* it was read or written, or there was none: `mark` says which */
    struct ht_file_mark mark;
};

/* HT_OK, or HT_ERR_NOMEM; HT_ERR_INVALID: the path has no file name. Touches no file. */
int ht_state_file_init(struct ht_state_file *file, const char *path, struct ht_error *error);

/* The path for an error, at most 100 bytes: its end. */
const char *ht_state_file_shown(const struct ht_state_file *file);

/* Locks the file; makes sure that it is locked, if it was before. What was refused is in the error:
 * sys_errno EWOULDBLOCK: another process has it locked; EEXIST: FILE is not the one that was read
 * or written last, so that another process has had it meanwhile. */
int ht_state_file_lock(struct ht_state_file *file, struct ht_error *error);

/* Reads it whole; no text: there is none. HT_ERR_MALFORMED: longer than HT_DOCUMENT_MAX; other
 * errors: as the system refused; it is a symbolic link, or no regular file. */
int ht_state_file_read(struct ht_state_file *file, struct ht_text *text, struct ht_error *error);

/* Keeps what is there aside as FILE.bad; does so before the next write, if it cannot now. */
int ht_state_file_keep_aside(struct ht_state_file *file, struct ht_error *error);

/* Locks as ht_state_file_lock, and replaces the file by a finished document: HT_OK, or the file is
 * as it was. */
int ht_state_file_write(struct ht_state_file *file, const struct ht_document *document,
                        struct ht_error *error);

/* Unlocks and frees. */
void ht_state_file_fini(struct ht_state_file *file);

#endif
