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
                  string_size(event->new_zone);
    for (size_t i = 0; i < event->tag_count; i++)
        size += string_size(event->tags[i].key) + string_size(event->tags[i].value);
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

struct ht_event *ht_event_copy(const struct ht_event *event)
{
    _Static_assert(_Alignof(struct ht_event) >= _Alignof(struct ht_tag), "the block's order");
    size_t tags_size = event->tag_count * sizeof *event->tags;
    struct ht_event *copy = malloc(sizeof *copy + tags_size + size_of_strings(event));
    if (copy == NULL)
        return NULL;
    struct ht_tag *tags = (struct ht_tag *)(copy + 1);
    char *strings = (char *)tags + tags_size;
    *copy = *event;
    copy->tags = tags;
    copy->name = copy_string(event->name, &strings);
    copy->host = copy_string(event->host, &strings);
    copy->address_zone = copy_string(event->address_zone, &strings);
    copy->old_zone = copy_string(event->old_zone, &strings);
    copy->new_zone = copy_string(event->new_zone, &strings);
    for (size_t i = 0; i < event->tag_count; i++) {
        tags[i].key = copy_string(event->tags[i].key, &strings);
        tags[i].value = copy_string(event->tags[i].value, &strings);
    }
    return copy;
}

void ht_event_free(struct ht_event *event)
{
    free(event);
}
