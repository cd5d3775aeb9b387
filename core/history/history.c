#include "history/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_CAPACITY 16

static struct ht_remembered **chain_of(const struct ht_history *history, const char *name)
{
    uint32_t hash = ht_fnv1a(HT_FNV1A_START, (const uint8_t *)name, strlen(name));
    return &history->buckets[hash & (history->capacity - 1)];
}

static void free_remembered(struct ht_remembered *remembered)
{
    for (uint16_t i = 0; i < remembered->count; i++)
        ht_path_memory_free(remembered->memories[i]);
    free(remembered->memories);
    ht_branches_fini(&remembered->branches);
    free(remembered->name);
    free(remembered->host);
    free(remembered);
}

void ht_history_fini(struct ht_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free_remembered(history->list[i]);
    free(history->list);
    free(history->buckets);
    *history = (struct ht_history){0};
}

struct ht_remembered *ht_history_find(const struct ht_history *history, const char *name)
{
    if (history->count == 0)
        return NULL;
    struct ht_remembered *remembered = *chain_of(history, name);
    while (remembered != NULL && strcmp(remembered->name, name) != 0)
        remembered = remembered->next;
    return remembered;
}

static void link_by_name(struct ht_history *history, struct ht_remembered *remembered)
{
    struct ht_remembered **chain = chain_of(history, remembered->name);
    remembered->next = *chain;
    *chain = remembered;
}

/* Doubles the list and the buckets. False: no memory, all is as it was. */
static bool grow(struct ht_history *history)
{
    size_t capacity = history->capacity == 0 ? FIRST_CAPACITY : history->capacity * 2;
    struct ht_remembered **buckets = calloc(capacity, sizeof *buckets);
    struct ht_remembered **list =
        buckets != NULL ? realloc(history->list, capacity * sizeof *list) : NULL;
    if (list == NULL) {
        free(buckets);
        return false;
    }
    free(history->buckets);
    history->buckets = buckets;
    history->list = list;
    history->capacity = capacity;
    for (size_t i = 0; i < history->count; i++)
        link_by_name(history, list[i]);
    return true;
}

struct ht_remembered *ht_history_make(struct ht_history *history, const char *name)
{
    struct ht_remembered *remembered = ht_history_find(history, name);
    if (remembered != NULL)
        return remembered;
    if (history->count == history->capacity && !grow(history))
        return NULL;
    remembered = calloc(1, sizeof *remembered);
    char *copy = remembered != NULL ? strdup(name) : NULL;
    if (copy == NULL) {
        free(remembered);
        return NULL;
    }
    remembered->name = copy;
    remembered->index = history->count;
    history->list[history->count++] = remembered;
    link_by_name(history, remembered);
    return remembered;
}

/* The last one of the list takes the place of the one that goes. */
static void forget(struct ht_history *history, struct ht_remembered *remembered)
{
    struct ht_remembered **link = chain_of(history, remembered->name);
    while (*link != remembered)
        link = &(*link)->next;
    *link = remembered->next;
    struct ht_remembered *last = history->list[--history->count];
    history->list[remembered->index] = last;
    last->index = remembered->index;
    free_remembered(remembered);
}

void ht_history_forget(struct ht_history *history, const char *name)
{
    struct ht_remembered *remembered = ht_history_find(history, name);
    if (remembered != NULL)
        forget(history, remembered);
}

/* Takes the memory at this index out; the others keep their order. */
static struct ht_path_memory *take_memory(struct ht_remembered *remembered, uint16_t index)
{
    struct ht_path_memory *memory = remembered->memories[index];
    remembered->count--;
    memmove(&remembered->memories[index], &remembered->memories[index + 1],
            (size_t)(remembered->count - index) * sizeof(struct ht_path_memory *));
    return memory;
}

void ht_history_expire(struct ht_history *history, int64_t wall_ns)
{
    for (size_t i = history->count; i-- > 0;) {
        struct ht_remembered *remembered = history->list[i];
        for (uint16_t k = remembered->count; k-- > 0;) {
            bool spared = remembered->in_use && (k == 0 || k < remembered->flows_in_use);
            if (!spared && wall_ns - remembered->memories[k]->measured_ns > HT_HISTORY_KEEP_NS)
                ht_path_memory_free(take_memory(remembered, k));
        }
        if (remembered->count == 0 && !remembered->in_use)
            forget(history, remembered);
    }
}

static void put_first(struct ht_remembered *remembered, struct ht_path_memory *memory)
{
    memmove(&remembered->memories[1], remembered->memories,
            remembered->count * sizeof(struct ht_path_memory *));
    remembered->memories[0] = memory;
    remembered->count++;
}

/* Makes room for one more. False: no memory. */
static bool make_room(struct ht_remembered *remembered)
{
    if (remembered->count < remembered->capacity)
        return true;
    uint16_t capacity = (uint16_t)(remembered->capacity == 0 ? 1 : remembered->capacity * 2);
    struct ht_path_memory **memories =
        realloc(remembered->memories, capacity * sizeof(struct ht_path_memory *));
    if (memories == NULL)
        return false;
    remembered->memories = memories;
    remembered->capacity = capacity;
    return true;
}

/* Forgets the memory of the flow that was not used for longest, if it has no room for another. */
static void make_room_in_flow(struct ht_remembered *remembered, uint16_t flow)
{
    if (ht_remembered_has_room(remembered, flow))
        return;
    uint16_t last = remembered->count;
    while (remembered->memories[--last]->key.flow != flow)
        ;
    ht_path_memory_free(take_memory(remembered, last));
}

const struct ht_path_memory *ht_remembered_find(const struct ht_remembered *remembered,
                                                const struct ht_path_key *key)
{
    for (uint16_t i = 0; i < remembered->count; i++) {
        if (ht_path_key_equal(&remembered->memories[i]->key, key))
            return remembered->memories[i];
    }
    return NULL;
}

struct ht_path_memory *ht_remembered_path(struct ht_remembered *remembered,
                                          const struct ht_path_key *key)
{
    for (uint16_t i = 0; i < remembered->count; i++) {
        if (ht_path_key_equal(&remembered->memories[i]->key, key)) {
            put_first(remembered, take_memory(remembered, i));
            return remembered->memories[0];
        }
    }
    struct ht_path_memory *memory = ht_path_memory_new(key);
    if (memory == NULL)
        return NULL;
    if (!make_room(remembered)) {
        ht_path_memory_free(memory);
        return NULL;
    }
    make_room_in_flow(remembered, key->flow);
    put_first(remembered, memory);
    return memory;
}

bool ht_remembered_paths(struct ht_remembered *remembered, const struct ht_path_key *keys,
                         uint16_t count)
{
    remembered->flows_in_use = 0;
    for (uint16_t flow = count; flow-- > 0;) {
        if (ht_remembered_path(remembered, &keys[flow]) == NULL)
            return false;
    }
    remembered->flows_in_use = count;
    return true;
}

struct ht_path_memory *ht_remembered_flow(const struct ht_remembered *remembered, uint16_t flow)
{
    for (uint16_t i = 0; i < remembered->flows_in_use; i++) {
        if (remembered->memories[i]->key.flow == flow)
            return remembered->memories[i];
    }
    return NULL;
}

bool ht_remembered_has_room(const struct ht_remembered *remembered, uint16_t flow)
{
    unsigned count = 0;
    for (uint16_t i = 0; i < remembered->count; i++)
        count += remembered->memories[i]->key.flow == flow;
    return count < HT_PATH_MEMORIES_MAX;
}

bool ht_remembered_append(struct ht_remembered *remembered, struct ht_path_memory *memory)
{
    if (!ht_remembered_has_room(remembered, memory->key.flow) || !make_room(remembered))
        return false;
    if (remembered->count == 0)
        remembered->address = memory->key.address;
    remembered->memories[remembered->count++] = memory;
    return true;
}

bool ht_remembered_set_host(struct ht_remembered *remembered, const char *host)
{
    if (remembered->host != NULL && strcmp(remembered->host, host) == 0)
        return true;
    char *copy = strdup(host);
    if (copy == NULL)
        return false;
    free(remembered->host);
    remembered->host = copy;
    return true;
}
