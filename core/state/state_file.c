#define _GNU_SOURCE /* O_PATH */
#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of ht_state_file.names. */
enum ht_state_name { NAME_STATE, NAME_LOCK, NAME_NEW, NAME_BAD };

/* Bytes of the path that errors show: its end. */
#define SHOWN_MAX 100

/* Times that the lock's file may be another one when it is locked than when it was opened. */
#define LOCK_TRIES 10

/* Bytes that are handed to the kernel at a time. */
#define BUFFER_SIZE 65536

const char *ht_state_file_shown(const struct ht_state_file *file)
{
    size_t length = strlen(file->path);
    return file->path + (length > SHOWN_MAX ? length - SHOWN_MAX : 0);
}

/* What the user can do about it. */
static const char *remedy(int sys_errno)
{
    switch (sys_errno) {
    case ENOENT:
    case ENOTDIR:
        return " (make its folder)";
    case EACCES:
    case EPERM:
        return " (let this user write in its folder)";
    case ENOSPC:
    case EDQUOT:
        return " (make room)";
    case EROFS:
        return " (mount it to be written)";
    default:
        return "";
    }
}

static int refused(const struct ht_state_file *file, const char *what, int sys_errno,
                   struct ht_error *error)
{
    return ht_error_system(error, sys_errno, "state file %s cannot be %s%s",
                           ht_state_file_shown(file), what, remedy(sys_errno));
}

static char *join(const char *name, const char *end)
{
    size_t size = strlen(name) + strlen(end) + 1;
    char *joined = malloc(size);
    if (joined != NULL && snprintf(joined, size, "%s%s", name, end) < 0)
        joined[0] = '\0';
    return joined;
}

int ht_state_file_init(struct ht_state_file *file, const char *path, struct ht_error *error)
{
    static const char *const ends[] = {
        [NAME_STATE] = "", [NAME_LOCK] = ".lock", [NAME_NEW] = ".new", [NAME_BAD] = ".bad"};
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    *file = (struct ht_state_file){.start_fd = AT_FDCWD, .folder_fd = -1, .lock_fd = -1};
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return ht_error_set(error, HT_ERR_INVALID, "state file %.100s: has no name", path);
    file->path = strdup(path);
    bool good = file->path != NULL;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        file->names[i] = join(name, ends[i]);
        good &= file->names[i] != NULL;
    }
    int start_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    file->start_fd = start_fd >= 0 ? start_fd : AT_FDCWD;
    if (good)
        return HT_OK;
    ht_state_file_fini(file);
    return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void ht_state_file_fini(struct ht_state_file *file)
{
    close_fd(&file->lock_fd);
    close_fd(&file->folder_fd);
    close_fd(&file->start_fd);
    for (size_t i = 0; i < sizeof file->names / sizeof file->names[0]; i++)
        free(file->names[i]);
    free(file->path);
    *file = (struct ht_state_file){.start_fd = AT_FDCWD, .folder_fd = -1, .lock_fd = -1};
}

/* Returns 0, or an errno. */
static int open_folder(struct ht_state_file *file)
{
    if (file->folder_fd >= 0)
        return 0;
    const char *slash = strrchr(file->path, '/');
    char *folder = strdup(slash != NULL ? file->path : ".");
    if (folder == NULL)
        return ENOMEM;
    if (slash != NULL)
        folder[slash > file->path ? slash - file->path : 1] = '\0';
    file->folder_fd = openat(file->start_fd, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int sys_errno = file->folder_fd >= 0 ? 0 : errno;
    free(folder);
    return sys_errno;
}

/* The mark of the file of this name; inode 0: there is none. */
static struct ht_file_mark mark_of(const struct ht_state_file *file, enum ht_state_name name)
{
    struct stat info;
    if (fstatat(file->folder_fd, file->names[name], &info, AT_SYMLINK_NOFOLLOW) != 0)
        return (struct ht_file_mark){0};
    return (struct ht_file_mark){.device = info.st_dev,
                                 .inode = info.st_ino,
                                 .size = info.st_size,
                                 .modified = info.st_mtim};
}

static bool is_same(const struct ht_file_mark *a, const struct ht_file_mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* True if the file that this descriptor has open is the one of this name. */
static bool is_at(const struct ht_state_file *file, int fd, enum ht_state_name name)
{
    struct stat info;
    struct ht_file_mark mark = mark_of(file, name);
    return fstat(fd, &info) == 0 && info.st_dev == mark.device && info.st_ino == mark.inode;
}

/* Opens the lock's file and locks it. Returns 0, or an errno. */
static int lock_once(struct ht_state_file *file)
{
    int fd = openat(file->folder_fd, file->names[NAME_LOCK],
                    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return errno;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int sys_errno = errno;
        (void)close(fd);
        return sys_errno;
    }
    file->lock_fd = fd;
    return 0;
}

/* The same until the lock's file is still there when it is locked: if it was deleted meanwhile,
 * another process may have locked the next one. */
static int lock_one_that_stays(struct ht_state_file *file)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        int sys_errno = lock_once(file);
        if (sys_errno != 0 || is_at(file, file->lock_fd, NAME_LOCK))
            return sys_errno;
        close_fd(&file->lock_fd);
    }
    return EAGAIN;
}

static int in_use(const struct ht_state_file *file, struct ht_error *error)
{
    int code = ht_error_set(error, HT_ERR_SYSTEM,
                            "state file %s is in use by another process: going on without (give "
                            "each process its own)",
                            ht_state_file_shown(file));
    if (error != NULL)
        error->sys_errno = EWOULDBLOCK;
    return code;
}

static int not_ours(const struct ht_state_file *file, struct ht_error *error)
{
    int code = ht_error_set(error, HT_ERR_SYSTEM,
                            "state file %s was written by another process and is left as it is "
                            "(give each process its own)",
                            ht_state_file_shown(file));
    if (error != NULL)
        error->sys_errno = EEXIST;
    return code;
}

int ht_state_file_lock(struct ht_state_file *file, struct ht_error *error)
{
    if (file->lock_fd >= 0 && is_at(file, file->lock_fd, NAME_LOCK))
        return HT_OK;
    close_fd(&file->lock_fd);
    close_fd(&file->folder_fd);
    int sys_errno = open_folder(file);
    if (sys_errno == 0)
        sys_errno = lock_one_that_stays(file);
    if (sys_errno == EWOULDBLOCK)
        return in_use(file, error);
    if (sys_errno != 0)
        return refused(file, "locked", sys_errno, error);
    struct ht_file_mark mark = mark_of(file, NAME_STATE);
    if (!file->known || mark.inode == 0 || is_same(&mark, &file->mark))
        return HT_OK;
    close_fd(&file->lock_fd);
    return not_ours(file, error);
}

/* Reads on until the end, or beyond the most that a document has. Returns 0, or an errno. */
static int read_all(int fd, struct ht_text *text)
{
    while (text->length <= HT_DOCUMENT_MAX) {
        if (!ht_text_reserve(text, BUFFER_SIZE))
            return ENOMEM;
        ssize_t count = read(fd, text->data + text->length, BUFFER_SIZE);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        if (count == 0)
            return 0;
        text->length += (size_t)count;
        text->data[text->length] = '\0';
    }
    return EFBIG;
}

static int read_open(struct ht_state_file *file, int fd, struct ht_text *text,
                     struct ht_error *error)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return refused(file, "read", errno, error);
    if (!S_ISREG(info.st_mode))
        return ht_error_set(error, HT_ERR_SYSTEM,
                            "state file %s is not a regular file: going on without",
                            ht_state_file_shown(file));
    int sys_errno = EFBIG;
    if (info.st_size <= (off_t)HT_DOCUMENT_MAX) {
        (void)ht_text_reserve(text, (size_t)info.st_size + BUFFER_SIZE);
        sys_errno = read_all(fd, text);
    }
    if (sys_errno == EFBIG)
        return ht_error_set(error, HT_ERR_MALFORMED, "is too long");
    return sys_errno == 0 ? HT_OK : refused(file, "read", sys_errno, error);
}

/* What is there now was read, or written, by this process. */
static void note_mark(struct ht_state_file *file)
{
    file->mark = mark_of(file, NAME_STATE);
    file->known = true;
}

int ht_state_file_read(struct ht_state_file *file, struct ht_text *text, struct ht_error *error)
{
    file->known = true;
    int sys_errno = open_folder(file);
    int fd = -1;
    if (sys_errno == 0) {
        fd = openat(file->folder_fd, file->names[NAME_STATE],
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        sys_errno = fd >= 0 ? 0 : errno;
    }
    if (sys_errno == ENOENT || sys_errno == ENOTDIR)
        return HT_OK;
    if (sys_errno == ELOOP)
        return ht_error_set(error, HT_ERR_SYSTEM,
                            "state file %s is a symbolic link: going on without (name the file "
                            "that it points to)",
                            ht_state_file_shown(file));
    if (sys_errno != 0)
        return ht_error_system(error, sys_errno, "state file %s cannot be read: going on without",
                               ht_state_file_shown(file));
    int code = read_open(file, fd, text, error);
    (void)close(fd);
    note_mark(file);
    return code;
}

int ht_state_file_keep_aside(struct ht_state_file *file, struct ht_error *error)
{
    file->to_be_kept = true;
    if (renameat(file->folder_fd, file->names[NAME_STATE], file->folder_fd,
                 file->names[NAME_BAD]) != 0 &&
        errno != ENOENT)
        return refused(file, "used, nor kept aside as .bad", errno, error);
    file->to_be_kept = false;
    return HT_OK;
}

/* Where a document goes. */
struct sink {
    int fd;
    int sys_errno; /* of the first refusal; 0: none */
    size_t used;   /* of the buffer */
    char buffer[BUFFER_SIZE];
};

static bool flush(struct sink *sink)
{
    for (size_t done = 0; done < sink->used && sink->sys_errno == 0;) {
        ssize_t count = write(sink->fd, sink->buffer + done, sink->used - done);
        if (count > 0)
            done += (size_t)count;
        else if (count == 0)
            sink->sys_errno = EIO;
        else if (errno != EINTR)
            sink->sys_errno = errno;
    }
    sink->used = 0;
    return sink->sys_errno == 0;
}

static bool put(void *user, const char *bytes, size_t length)
{
    struct sink *sink = user;
    while (length > 0) {
        size_t room = sizeof sink->buffer - sink->used;
        size_t part = length < room ? length : room;
        memcpy(sink->buffer + sink->used, bytes, part);
        sink->used += part;
        bytes += part;
        length -= part;
        if (sink->used == sizeof sink->buffer && !flush(sink))
            return false;
    }
    return true;
}

/* Until it is on the disk; what the file system has no notion of is no failure. Returns 0, or an
 * errno. */
static int sync_fd(int fd)
{
    int result;
    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EINVAL || errno == EROFS ? 0 : errno;
}

static int write_synced(int fd, const struct ht_document *document)
{
    struct sink sink;
    sink.fd = fd;
    sink.sys_errno = 0;
    sink.used = 0;
    if (!ht_document_emit(document, put, &sink) || !flush(&sink))
        return sink.sys_errno != 0 ? sink.sys_errno : EIO;
    return sync_fd(fd);
}

/* Writes FILE.new. Returns 0, or an errno. */
static int write_new(struct ht_state_file *file, const struct ht_document *document)
{
    const char *name = file->names[NAME_NEW];
    if (unlinkat(file->folder_fd, name, 0) != 0 && errno != ENOENT)
        return errno;
    int fd =
        openat(file->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int sys_errno = write_synced(fd, document);
    if (close(fd) != 0 && sys_errno == 0 && errno != EINTR)
        sys_errno = errno;
    if (sys_errno != 0)
        (void)unlinkat(file->folder_fd, name, 0);
    return sys_errno;
}

/* So that the new name outlives a crash. A folder that may be written in but not read cannot be
 * synced. Returns 0, or an errno. */
static int sync_folder(const struct ht_state_file *file)
{
    int fd = openat(file->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? 0 : errno;
    int sys_errno = sync_fd(fd);
    (void)close(fd);
    return sys_errno;
}

/* FILE.new becomes FILE. Returns 0, or an errno. */
static int replace(struct ht_state_file *file)
{
    if (renameat(file->folder_fd, file->names[NAME_NEW], file->folder_fd,
                 file->names[NAME_STATE]) != 0) {
        int sys_errno = errno;
        (void)unlinkat(file->folder_fd, file->names[NAME_NEW], 0);
        return sys_errno;
    }
    note_mark(file);
    return sync_folder(file);
}

int ht_state_file_write(struct ht_state_file *file, const struct ht_document *document,
                        struct ht_error *error)
{
    int code = ht_state_file_lock(file, error);
    if (code == HT_OK && file->to_be_kept)
        code = ht_state_file_keep_aside(file, error);
    if (code != HT_OK)
        return code;
    int sys_errno = write_new(file, document);
    if (sys_errno == 0)
        sys_errno = replace(file);
    return sys_errno == 0 ? HT_OK : refused(file, "written", sys_errno, error);
}
