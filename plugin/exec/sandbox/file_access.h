/* The files that the program reads and writes for as long as it runs. */
#ifndef HT_EXEC_FILE_ACCESS_H
#define HT_EXEC_FILE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "hoptrace/error.h"

/* Whole folders, with what is below them: editors, and this program itself, replace a file by
 * another one of its name, and the kernel's rules are about files, not names. */
struct file_access {
    struct file_rule *rules; /* owned */
    size_t count;
    size_t capacity;
    bool failed; /* memory was refused */
};

/* Nothing but what measuring reads: the configuration of the resolver, /dev/null. */
void file_access_init(struct file_access *access);
void file_access_fini(struct file_access *access);

/* The file of this name can be read again, and one that takes its place: all of its folder, and of
 * the one that it is in if the name is a link. */
void file_access_read(struct file_access *access, const char *path);

/* The file can be written, replaced, and others made beside it; one that is no regular file (a
 * FIFO, a terminal) can be written alone. */
void file_access_write(struct file_access *access, const char *path);

/* Keeps the process to that for good, by Landlock; needs no_new_privs. HT_OK, also where the kernel
 * has no Landlock; HT_ERR_NOMEM, HT_ERR_SYSTEM: nothing is kept from it. */
int file_access_limit(const struct file_access *access, struct ht_error *error);

#endif
