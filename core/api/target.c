#include <stdlib.h>
#include <string.h>

#include "api/engine_internal.h"

/* Copies a string to *place and moves *place behind it. */
static const char *put_string(char **place, const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = memcpy(*place, string, size);
    *place += size;
    return copy;
}

/* Name, host and tags in one block: the tags first, for their alignment. */
static bool copy_target(struct ht_member *member, const struct ht_target *from)
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
    char *place = memory + from->tag_count * sizeof *tags;
    member->memory = memory;
    member->target = *from;
    member->target.name = put_string(&place, name);
    member->target.host = put_string(&place, from->host);
    member->target.tags = tags;
    for (size_t i = 0; i < from->tag_count; i++) {
        tags[i].key = put_string(&place, from->tags[i].key);
        tags[i].value = put_string(&place, from->tags[i].value);
    }
    return true;
}

struct ht_member *ht_member_new(struct ht_engine *engine, const struct ht_target *target)
{
    struct ht_member *member = calloc(1, sizeof *member);
    if (member == NULL || !copy_target(member, target)) {
        free(member);
        return NULL;
    }
    member->engine = engine;
    member->user = target->user;
    member->target.user = member;
    member->timer.slot = HT_HEAP_OUTSIDE;
    member->kept.timer.slot = HT_HEAP_OUTSIDE;
    return member;
}

void ht_member_free(struct ht_member *member)
{
    free(member->memory);
    free(member);
}
