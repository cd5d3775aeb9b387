/* All that is remembered, by the targets' names. Pure: what outlives a process is written and read
 * elsewhere (state/). */
#ifndef HT_HISTORY_HISTORY_H
#define HT_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/flow_set.h"
#include "history/branches.h"
#include "history/path_memory.h"
#include "hoptrace/event.h"
#include "hoptrace/settings.h"

/* Paths of one flow of a target that are remembered: another source address, a port that another
 * program holds, a name that moves, each for a while, and back. */
#define HT_PATH_MEMORIES_MAX 4

/* A memory is dropped when its target was not measured for this long. */
#define HT_HISTORY_KEEP_NS (30 * INT64_C(86400) * INT64_C(1000000000))

/* What the last search for all paths of a target has shown. {0}: there was none. */
struct ht_path_proof {
    struct ht_flow_set cover; /* flows that pass all links */
    int64_t searched_ns;      /* wall clock: time of its record */
    int64_t changed_ns;       /* wall clock: last change of a path; 0: none in this process */
    bool complete;            /* no branch is missing */
    bool renew;               /* something new was seen since */
};

struct ht_remembered {
    char *name;                            /* owned, of the target */
    char *host;                            /* owned: as it was asked for at the last record */
    struct ht_address address;             /* of the last record */
    enum ht_family family;                 /* likewise */
    bool in_use;                           /* a target of this process has this name */
    bool awaited;                          /* one has, and will use it from its next round on */
    uint16_t flows_in_use;                 /* of that target; 0: no round of it began yet */
    uint16_t count;                        /* of `memories` */
    uint16_t capacity;                     /* likewise */
    uint32_t event_counts[HT_EVENT_KINDS]; /* ever told of the target */
    struct ht_path_memory **memories;      /* owned with its entries, the last used first; those of
                                              the flows in use by number */
    struct ht_branches branches;           /* of targets with several flows */
    struct ht_path_proof proof;            /* of those that look for all paths; of this process */
    size_t index;                          /* in the list */
    struct ht_remembered *next;            /* in its bucket */
};

/* {0}: empty. */
struct ht_history {
    struct ht_remembered **list;    /* owned: new ones at the end, the last one in the place of one
                                       that goes: from the end to the front none that stays is
                                       missed, even if others come and go meanwhile */
    struct ht_remembered **buckets; /* owned: hash table by name */
    size_t count;
    size_t capacity; /* of both; a power of two, or 0 */
};

void ht_history_fini(struct ht_history *history);

/* What is remembered of this name; NULL: nothing. */
struct ht_remembered *ht_history_find(const struct ht_history *history, const char *name);

/* The same, made if there is none; NULL: no memory. */
struct ht_remembered *ht_history_make(struct ht_history *history, const char *name);

/* Forgets the target. */
void ht_history_forget(struct ht_history *history, const char *name);

/* Forgets the memories whose last record is older than HT_HISTORY_KEEP_NS, but for those of the
 * flows in use, and the targets without any that are not in use. */
void ht_history_expire(struct ht_history *history, int64_t wall_ns);

/* The memory of a path as it is; NULL: there is none. */
const struct ht_path_memory *ht_remembered_find(const struct ht_remembered *remembered,
                                                const struct ht_path_key *key);

/* The memory of this path, which is the first one of the target from now on; with none it is made,
 * in place of the one of its flow that was not used for longest. NULL: no memory. */
struct ht_path_memory *ht_remembered_path(struct ht_remembered *remembered,
                                          const struct ht_path_key *key);

/* The memory of a flow that is in use; NULL: it is not. */
struct ht_path_memory *ht_remembered_flow(const struct ht_remembered *remembered, uint16_t flow);

/* The memories of the paths of flows 0 to `count` - 1, by flow. From now on they are the first ones
 * of the target, in this order, and in use. False: no memory, none of them is in use. */
bool ht_remembered_paths(struct ht_remembered *remembered, const struct ht_path_key *keys,
                         uint16_t count);

/* True if the flow has fewer than HT_PATH_MEMORIES_MAX memories. */
bool ht_remembered_has_room(const struct ht_remembered *remembered, uint16_t flow);

/* Appends a memory behind the others (restoring). False: its flow has no room for it, or there is
 * no memory; it stays the caller's. */
bool ht_remembered_append(struct ht_remembered *remembered, struct ht_path_memory *memory);

/* Sets the host; false: no memory. */
bool ht_remembered_set_host(struct ht_remembered *remembered, const char *host);

#endif
