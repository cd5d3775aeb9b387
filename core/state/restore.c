#include "state/restore.h"

#include <stddef.h>

static void bring_to_now(struct ht_history *history, int64_t wall_ns)
{
    for (size_t i = 0; i < history->count; i++) {
        struct ht_remembered *remembered = history->list[i];
        for (uint16_t k = 0; k < remembered->count; k++) {
            if (remembered->memories[k]->measured_ns > wall_ns)
                remembered->memories[k]->measured_ns = wall_ns;
        }
    }
}

static bool has_path(const struct ht_remembered *remembered, const struct ht_path_key *key)
{
    for (uint16_t i = 0; i < remembered->count; i++) {
        if (ht_path_key_equal(&remembered->memories[i]->key, key))
            return true;
    }
    return false;
}

/* Moves the memories, but those of paths that are remembered already and those that find no room:
 * they stay. False: no memory for one. */
static bool move_memories(struct ht_remembered *remembered, struct ht_remembered *read)
{
    uint16_t kept = 0;
    bool good = true;
    for (uint16_t i = 0; i < read->count; i++) {
        struct ht_path_memory *memory = read->memories[i];
        bool wanted = !has_path(remembered, &memory->key) &&
                      ht_remembered_has_room(remembered, memory->key.flow);
        bool moved = wanted && ht_remembered_append(remembered, memory);
        good &= moved == wanted;
        if (!moved)
            read->memories[kept++] = memory;
    }
    read->count = kept;
    return good;
}

static bool move(struct ht_history *history, struct ht_remembered *read)
{
    struct ht_remembered *remembered = ht_history_make(history, read->name);
    if (remembered == NULL)
        return false;
    if (remembered->host == NULL) {
        remembered->host = read->host;
        remembered->family = read->family;
        read->host = NULL;
    }
    for (size_t kind = 0; kind < HT_EVENT_KINDS; kind++)
        remembered->event_counts[kind] += read->event_counts[kind];
    return move_memories(remembered, read);
}

bool ht_restore(struct ht_history *history, struct ht_history *read, int64_t written_ns,
                int64_t wall_ns)
{
    bool good = true;
    for (size_t i = 0; i < read->count; i++)
        good &= move(history, read->list[i]);
    ht_history_fini(read);
    if (written_ns <= wall_ns && wall_ns - written_ns <= HT_HISTORY_KEEP_NS) {
        bring_to_now(history, wall_ns);
        ht_history_expire(history, wall_ns);
    }
    return good;
}
