#include "annotate/asn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hoptrace/time.h"
#include "state/thread.h"

/* From one look at the file to the next, at least. A file that is written in its place is read once
 * two looks show the same. */
#define LOOK_NS (200 * HT_NS_PER_MS)

/* What tells one content of the file from another; {0}: there is no file. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct ht_asn_source {
    char *path;                 /* owned */
    struct ht_asn_table *table; /* owned; NULL: nothing is known */
    struct stamp stamp;         /* of the file that was last read, or tried */
    struct stamp looked;        /* of the last look */
    bool damaged;               /* `table` has proved to be, and that is to be told */
    int64_t look_ns;            /* when the next look is due */

    /* While a file is read. */
    bool running;     /* a thread is to be joined */
    atomic_bool done; /* by the thread: it has nothing more to do */
    pthread_t thread;
    struct ht_asn_table *read; /* the outcome, once done */
    int code;
    struct ht_error error;
};

static struct stamp stamp_of(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0)
        return (struct stamp){.size = 0};
    return (struct stamp){
        .device = file.st_dev, .inode = file.st_ino, .size = file.st_size, .changed = file.st_mtim};
}

static bool same_file(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static bool same(const struct stamp *a, const struct stamp *b)
{
    return same_file(a, b) && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Whether the file is another one than was read, and complete, as far as can be told. */
static bool is_new(const struct ht_asn_source *source, const struct stamp *seen)
{
    if (same(seen, &source->stamp) || seen->inode == 0)
        return false;
    return !same_file(seen, &source->stamp) || same(seen, &source->looked);
}

static void *read_file(void *argument)
{
    struct ht_asn_source *source = argument;
    source->code = ht_asn_table_read(source->path, &source->read, &source->error);
    atomic_store(&source->done, true);
    return NULL;
}

int ht_asn_source_new(const char *path, struct ht_asn_source **source, struct ht_error *error)
{
    struct ht_asn_source *made = calloc(1, sizeof *made);
    *source = NULL;
    if (made != NULL)
        made->path = strdup(path);
    if (made == NULL || made->path == NULL) {
        free(made);
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    }
    *source = made;
    made->stamp = made->looked = stamp_of(path);
    return ht_asn_table_read(path, &made->table, error);
}

/* What the thread has read. */
static int finish(struct ht_asn_source *source, struct ht_error *error)
{
    (void)pthread_join(source->thread, NULL);
    source->running = false;
    if (source->code != HT_OK) {
        if (error != NULL)
            *error = source->error;
        return source->code;
    }
    ht_asn_table_free(source->table);
    source->table = source->read;
    source->damaged = false;
    return HT_OK;
}

void ht_asn_source_free(struct ht_asn_source *source)
{
    if (source == NULL)
        return;
    if (source->running)
        (void)finish(source, NULL);
    ht_asn_table_free(source->table);
    free(source->path);
    free(source);
}

/* Has a file that is another one read. Without a thread the next look tries again. */
static void look(struct ht_asn_source *source, int64_t now_ns)
{
    struct stamp seen = stamp_of(source->path);
    source->look_ns = now_ns + LOOK_NS;
    if (is_new(source, &seen)) {
        atomic_store(&source->done, false);
        source->running = ht_thread_begin(&source->thread, read_file, source) == 0;
        if (source->running)
            source->stamp = seen;
    }
    source->looked = seen;
}

int ht_asn_source_refresh(struct ht_asn_source *source, int64_t now_ns, struct ht_error *error)
{
    if (source->damaged) {
        source->damaged = false;
        ht_asn_table_free(source->table);
        source->table = NULL;
        return ht_error_set(error, HT_ERR_MALFORMED, "%s is damaged", source->path);
    }
    if (source->running && atomic_load(&source->done))
        return finish(source, error);
    if (!source->running && now_ns >= source->look_ns)
        look(source, now_ns);
    return HT_OK;
}

struct ht_asn ht_asn_source_find(struct ht_asn_source *source, const struct ht_address *address)
{
    struct ht_asn asn = {.number = 0};
    if (source->table != NULL && !source->damaged && address->scope_id == 0)
        source->damaged = !ht_asn_table_find(source->table, address, &asn);
    return asn;
}
