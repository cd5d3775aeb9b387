#define _GNU_SOURCE /* O_PATH */
#include "file_access.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"

/* Rights of Linux 6.2 and 6.10 that older headers do not name. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define READ  (LANDLOCK_ACCESS_FS_READ_FILE)
#define WRITE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
/* In a folder: a file is replaced by one that is made beside it. */
#define REPLACE (READ | WRITE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* All rights that a version of Landlock knows, the first one's first: what is not granted is
 * refused. */
static const uint64_t rights_by_version[] = {
    (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    LANDLOCK_ACCESS_FS_REFER,
    LANDLOCK_ACCESS_FS_TRUNCATE,
    0,
    LANDLOCK_ACCESS_FS_IOCTL_DEV,
};

/* What the kernel is told at first: more than older headers know. Signals go to this process alone
 * (Linux 6.12). */
struct ruleset {
    uint64_t files;
    uint64_t ports;
    uint64_t scopes;
};

#define SCOPE_SIGNALS     (1ULL << 1)
#define SIGNALS_SINCE     6
#define FIRST_RULESET_END offsetof(struct ruleset, ports)

struct file_rule {
    int fd; /* O_PATH */
    uint64_t rights;
};

static void add(struct file_access *access, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return; /* what is not there needs no right */
    struct file_rule *rules =
        ht_array_room(access->rules, access->count, &access->capacity, sizeof *rules);
    access->failed |= rules == NULL;
    if (rules == NULL) {
        (void)close(fd);
        return;
    }
    access->rules = rules;
    access->rules[access->count++] = (struct file_rule){fd, rights};
}

/* Of the folder that the name stands in. */
static void add_folder(struct file_access *access, const char *path, uint64_t rights)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;
    if (length >= sizeof folder)
        return;
    memcpy(folder, path, length);
    folder[length] = '\0';
    if (slash == path)
        path = "/";
    else
        path = slash != NULL ? folder : ".";
    add(access, path, rights);
}

/* Also of the folder that a link leads to. */
static void add_folders(struct file_access *access, const char *path, uint64_t rights)
{
    char target[PATH_MAX];
    add_folder(access, path, rights);
    if (realpath(path, target) != NULL)
        add_folder(access, target, rights);
}

void file_access_init(struct file_access *access)
{
    *access = (struct file_access){0};
    file_access_read(access, "/etc/resolv.conf");
    file_access_read(access, "/etc/hosts");
    add(access, "/usr/share/zoneinfo", READ);
    add(access, "/dev/null", READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
#ifdef __SANITIZE_ADDRESS__
    /* Its search for leaks at the end of the process reads what is mapped, and the program. */
    add(access, "/proc", READ | LANDLOCK_ACCESS_FS_READ_DIR);
#endif
}

void file_access_fini(struct file_access *access)
{
    for (size_t i = 0; i < access->count; i++)
        (void)close(access->rules[i].fd);
    free(access->rules);
    *access = (struct file_access){0};
}

void file_access_read(struct file_access *access, const char *path)
{
    add_folders(access, path, READ);
}

void file_access_write(struct file_access *access, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        add(access, path, READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
    else
        add_folders(access, path, REPLACE);
}

/* ---- the kernel's side; the C library has no wrappers ---- */

static uint64_t known_rights(long version)
{
    uint64_t rights = 0;
    size_t known = sizeof rights_by_version / sizeof rights_by_version[0];
    for (size_t i = 0; i < known && (long)i < version; i++)
        rights |= rights_by_version[i];
    return rights;
}

static int add_rule(int ruleset, const struct file_rule *rule, uint64_t known)
{
    const struct landlock_path_beneath_attr beneath = {.allowed_access = rule->rights & known,
                                                       .parent_fd = rule->fd};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

static int limit(int ruleset, const struct file_access *access, uint64_t known)
{
    for (size_t i = 0; i < access->count; i++) {
        if (add_rule(ruleset, &access->rules[i], known) != 0)
            return errno;
    }
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
}

int file_access_limit(const struct file_access *access, struct ht_error *error)
{
    if (access->failed)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return HT_OK;
    struct ruleset all = {.files = known_rights(version)};
    size_t size = FIRST_RULESET_END;
    if (version >= SIGNALS_SINCE) {
        all.scopes = SCOPE_SIGNALS;
        size = sizeof all;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
    if (ruleset < 0)
        return ht_error_system(error, errno, "Landlock refused");
    int sys_errno = limit(ruleset, access, all.files);
    (void)close(ruleset);
    return sys_errno == 0 ? HT_OK : ht_error_system(error, sys_errno, "Landlock refused");
}
