#include "config/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Of all that is included, so that files which include each other come to an end. */
#define BYTES_MAX ((size_t)64 * 1024 * 1024)

static void free_source(struct ht_source *source)
{
    if (source == NULL)
        return;
    free(source->name);
    ht_text_fini(&source->text);
    free(source);
}

void ht_sources_fini(struct ht_sources *sources)
{
    while (sources->first != NULL) {
        struct ht_source *source = sources->first;
        sources->first = source->next;
        free_source(source);
    }
    free(sources->passages);
    sources->passages = NULL;
    sources->passage_count = sources->passage_capacity = 0;
}

/* The path of `name` as seen from where the including file is; NULL: no memory. */
static char *path_beside(const char *including, const char *name)
{
    const char *slash = strrchr(including, '/');
    size_t folder = name[0] == '/' || slash == NULL ? 0 : (size_t)(slash - including) + 1;
    char *path = malloc(folder + strlen(name) + 1);
    if (path == NULL)
        return NULL;
    memcpy(path, including, folder);
    memcpy(path + folder, name, strlen(name) + 1);
    return path;
}

void ht_source_refuse(struct ht_error *error, int sys_errno, const char *what)
{
    if (sys_errno == HT_SOURCE_FIFO)
        (void)ht_error_set(error, HT_ERR_INVALID,
                           "%scannot be read: it is a FIFO, to which nobody may ever write", what);
    else
        (void)ht_error_system(error, sys_errno, "%scannot be read", what);
}

static int load(struct ht_sources *sources, struct ht_source *source, struct ht_error *error)
{
    int sys_errno = sources->load(source->name, &source->text);
    const struct ht_text *text = &source->text;
    if (sys_errno != 0) {
        char what[128];
        (void)snprintf(what, sizeof what, "%.120s ", source->name);
        ht_source_refuse(error, sys_errno, what);
        return HT_ERR_INVALID;
    }
    if (text->failed)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    if (text->length > 0 && memchr(text->data, '\0', text->length) != NULL)
        return ht_error_set(error, HT_ERR_INVALID, "%.120s holds a NUL byte: it is not a text file",
                            source->name);
    sources->bytes += text->length;
    return sources->bytes <= BYTES_MAX
               ? HT_OK
               : ht_error_set(error, HT_ERR_INVALID, "%.120s: too much is included", source->name);
}

const struct ht_source *ht_sources_include(struct ht_sources *sources, const char *including,
                                           const char *name, struct ht_error *error)
{
    if (sources->load == NULL) {
        (void)ht_error_set(error, HT_ERR_INVALID, "nothing can be included here");
        return NULL;
    }
    struct ht_source *source = calloc(1, sizeof *source);
    if (source != NULL)
        source->name = path_beside(including, name);
    if (source == NULL || source->name == NULL) {
        (void)ht_error_set(error, HT_ERR_NOMEM, "out of memory");
        free_source(source);
        return NULL;
    }
    if (load(sources, source, error) != HT_OK) {
        free_source(source);
        return NULL;
    }
    source->next = sources->first;
    sources->first = source;
    return source;
}

bool ht_sources_pass(struct ht_sources *sources, unsigned line, struct ht_place place)
{
    struct ht_passage *passages = ht_array_room(sources->passages, sources->passage_count,
                                                &sources->passage_capacity, sizeof *passages);
    if (passages == NULL)
        return false;
    sources->passages = passages;
    sources->passages[sources->passage_count++] = (struct ht_passage){line, place};
    return true;
}

struct ht_place ht_sources_place(const struct ht_sources *sources, const char *file, unsigned line)
{
    size_t after = sources->passage_count;
    while (after > 0 && sources->passages[after - 1].line > line)
        after--;
    if (after == 0)
        return (struct ht_place){file, line};
    const struct ht_passage *passage = &sources->passages[after - 1];
    return (struct ht_place){passage->place.file, passage->place.line + (line - passage->line)};
}
