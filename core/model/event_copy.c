#include <stdlib.h>
#include <string.h>

#include "hoptrace/event.h"

static size_t string_size(const char *string)
{
    return string != NULL ? strlen(string) + 1 : 0;
}

static size_t size_of_strings(const struct ht_event *event)
{
    size_t size = string_size(event->name) + string_size(event->host) +
                  string_size(event->address_zone) + string_size(event->old_zone) +
                  string_size(event->new_zone) + string_size(event->after_zone) +
                  string_size(event->by_zone) + string_size(event->last_zone);
    for (size_t i = 0; i < event->tag_count; i++)
        size += string_size(event->tags[i].key) + string_size(event->tags[i].value);
    for (size_t i = 0; i < event->name_count; i++)
        size += string_size(event->names[i]);
    return size;
}

/* Copies the string to where the next one goes. */
static const char *copy_string(const char *string, char **next)
{
    size_t size = string_size(string);
    if (size == 0)
        return NULL;
    char *copy = memcpy(*next, string, size);
    *next += size;
    return copy;
}

/* What the copy points to, behind it in its block. */
struct parts {
    struct ht_tag *tags;
    const char **names;
    char *strings;
};

static void copy_parts(struct ht_event *copy, const struct ht_event *event, struct parts parts)
{
    copy->tags = parts.tags;
    copy->names = parts.names;
    copy->name = copy_string(event->name, &parts.strings);
    copy->host = copy_string(event->host, &parts.strings);
    copy->address_zone = copy_string(event->address_zone, &parts.strings);
    copy->old_zone = copy_string(event->old_zone, &parts.strings);
    copy->new_zone = copy_string(event->new_zone, &parts.strings);
    copy->after_zone = copy_string(event->after_zone, &parts.strings);
    copy->by_zone = copy_string(event->by_zone, &parts.strings);
    copy->last_zone = copy_string(event->last_zone, &parts.strings);
    for (size_t i = 0; i < event->tag_count; i++) {
        parts.tags[i].key = copy_string(event->tags[i].key, &parts.strings);
        parts.tags[i].value = copy_string(event->tags[i].value, &parts.strings);
    }
    for (size_t i = 0; i < event->name_count; i++)
        parts.names[i] = copy_string(event->names[i], &parts.strings);
}

struct ht_event *ht_event_copy(const struct ht_event *event)
{
    _Static_assert(_Alignof(struct ht_event) >= _Alignof(struct ht_tag) &&
                       _Alignof(struct ht_tag) >= _Alignof(const char *),
                   "the block's order");
    size_t tags_size = event->tag_count * sizeof *event->tags;
    size_t names_size = event->name_count * sizeof *event->names;
    struct ht_event *copy = malloc(sizeof *copy + tags_size + names_size + size_of_strings(event));
    if (copy == NULL)
        return NULL;
    *copy = *event;
    char *behind = (char *)(copy + 1);
    copy_parts(copy, event,
               (struct parts){.tags = (struct ht_tag *)behind,
                              .names = (const char **)(behind + tags_size),
                              .strings = behind + tags_size + names_size});
    return copy;
}

void ht_event_free(struct ht_event *event)
{
    free(event);
}
