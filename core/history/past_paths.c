#include "history/past_paths.h"

#include <stdlib.h>
#include <string.h>

bool ht_past_path_pack(const struct ht_known_hop *hops, size_t hop_count, size_t address_length,
                       struct ht_past_path *path)
{
    size_t addresses = 0;
    for (size_t i = 0; i < hop_count; i++)
        addresses += hops[i].known;
    size_t size = addresses * (1 + address_length);
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    if (bytes == NULL)
        return false;
    *path = (struct ht_past_path){.bytes = bytes, .size = (uint32_t)size};
    for (size_t i = 0; i < hop_count; i++) {
        for (uint8_t k = 0; k < hops[i].known; k++) {
            *bytes = (uint8_t)(i + 1);
            memcpy(bytes + 1, hops[i].addresses[k].address.bytes, address_length);
            bytes += 1 + address_length;
        }
    }
    return true;
}

static bool make_room(struct ht_past_paths *past)
{
    struct ht_past_path *list = realloc(past->list, (past->count + 1U) * sizeof *list);
    if (list == NULL)
        return false;
    past->list = list;
    return true;
}

void ht_past_paths_push(struct ht_past_paths *past, struct ht_past_path path)
{
    if (past->count == HT_PAST_PATHS_MAX)
        free(past->list[--past->count].bytes);
    if (!make_room(past)) {
        free(path.bytes);
        return;
    }
    memmove(&past->list[1], past->list, past->count * sizeof *past->list);
    past->list[0] = path;
    past->count++;
}

bool ht_past_paths_append(struct ht_past_paths *past, struct ht_past_path path)
{
    if (past->count == HT_PAST_PATHS_MAX || !make_room(past))
        return false;
    past->list[past->count++] = path;
    return true;
}

static bool has(const struct ht_known_hop *hop, const uint8_t *bytes, size_t length)
{
    for (uint8_t i = 0; i < hop->known; i++) {
        if (memcmp(hop->addresses[i].address.bytes, bytes, length) == 0)
            return true;
    }
    return false;
}

/* True if the two are the same path as far as both are known. */
static bool is_same(const struct ht_past_path *path, const struct ht_known_hop *hops,
                    size_t hop_count, size_t address_length, uint8_t ttl)
{
    const uint8_t *end = path->bytes + path->size;
    bool compared = false;
    for (const uint8_t *at = path->bytes; at < end;) {
        uint8_t here = *at;
        bool known = here <= hop_count && hops[here - 1].known > 0;
        bool common = false;
        for (; at < end && *at == here; at += 1 + address_length)
            common |= known && has(&hops[here - 1], at + 1, address_length);
        if (known && !common)
            return false;
        compared |= common && here == ttl;
    }
    return compared;
}

bool ht_past_paths_take(struct ht_past_paths *past, const struct ht_known_hop *hops,
                        size_t hop_count, size_t address_length, uint8_t ttl)
{
    for (uint8_t i = 0; i < past->count; i++) {
        if (!is_same(&past->list[i], hops, hop_count, address_length, ttl))
            continue;
        free(past->list[i].bytes);
        past->count--;
        memmove(&past->list[i], &past->list[i + 1], (size_t)(past->count - i) * sizeof *past->list);
        return true;
    }
    return false;
}

void ht_past_paths_fini(struct ht_past_paths *past)
{
    for (uint8_t i = 0; i < past->count; i++)
        free(past->list[i].bytes);
    free(past->list);
    *past = (struct ht_past_paths){0};
}
