#include "api/scheduled_target.h"

#include <stdlib.h>
#include <string.h>

/* Copies a string to *cursor and moves *cursor behind it. */
static const char *put_string(char **cursor, const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = memcpy(*cursor, string, size);
    *cursor += size;
    return copy;
}

/* Name, host and tags in one block: the tags first, for their alignment. */
static bool copy_target(struct ht_scheduled_target *scheduled, const struct ht_target *from)
{
    const char *name = from->name != NULL ? from->name : from->host;
    size_t size =
        from->tag_count * sizeof(struct ht_tag) + strlen(name) + 1 + strlen(from->host) + 1;
    for (size_t i = 0; i < from->tag_count; i++)
        size += strlen(from->tags[i].key) + 1 + strlen(from->tags[i].value) + 1;
    char *memory = malloc(size);
    if (memory == NULL)
        return false;
    struct ht_tag *tags = (struct ht_tag *)(void *)memory;
    char *cursor = memory + from->tag_count * sizeof *tags;
    scheduled->memory = memory;
    scheduled->target = *from;
    scheduled->target.name = put_string(&cursor, name);
    scheduled->target.host = put_string(&cursor, from->host);
    scheduled->target.tags = tags;
    for (size_t i = 0; i < from->tag_count; i++) {
        tags[i].key = put_string(&cursor, from->tags[i].key);
        tags[i].value = put_string(&cursor, from->tags[i].value);
    }
    return true;
}

struct ht_scheduled_target *ht_scheduled_target_new(struct ht_engine *engine,
                                                    const struct ht_target *target)
{
    struct ht_scheduled_target *scheduled = calloc(1, sizeof *scheduled);
    if (scheduled == NULL || !copy_target(scheduled, target)) {
        free(scheduled);
        return NULL;
    }
    scheduled->engine = engine;
    scheduled->user = target->user;
    scheduled->target.user = scheduled;
    scheduled->timer.slot = HT_HEAP_OUTSIDE;
    scheduled->waiting.timer.slot = HT_HEAP_OUTSIDE;
    return scheduled;
}

void ht_scheduled_target_free(struct ht_scheduled_target *scheduled)
{
    free(scheduled->news);
    free(scheduled->memory);
    free(scheduled);
}
