#include "dns/name_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define BUCKETS_AT_FIRST 64

/* --- lists --------------------------------------------------------------------------------- */

void ht_name_list_append(struct ht_name_list *list, struct ht_name_entry *entry)
{
    entry->list = list;
    entry->next = NULL;
    entry->previous = list->last;
    if (list->last != NULL)
        list->last->next = entry;
    else
        list->first = entry;
    list->last = entry;
    list->count++;
}

static void list_prepend(struct ht_name_list *list, struct ht_name_entry *entry)
{
    entry->list = list;
    entry->previous = NULL;
    entry->next = list->first;
    if (list->first != NULL)
        list->first->previous = entry;
    else
        list->last = entry;
    list->first = entry;
    list->count++;
}

void ht_name_list_remove(struct ht_name_entry *entry)
{
    struct ht_name_list *list = entry->list;
    if (entry->previous != NULL)
        entry->previous->next = entry->next;
    else
        list->first = entry->next;
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
    else
        list->last = entry->previous;
    entry->list = NULL;
    list->count--;
}

/* --- the table ----------------------------------------------------------------------------- */

void ht_name_cache_init(struct ht_name_cache *cache, size_t capacity, const uint64_t secret[2])
{
    *cache = (struct ht_name_cache){.capacity = capacity, .secret = {secret[0], secret[1]}};
}

static void entry_free(struct ht_name_entry *entry)
{
    free(entry->name);
    free(entry);
}

void ht_name_cache_fini(struct ht_name_cache *cache)
{
    for (size_t i = 0; i < cache->bucket_count; i++) {
        while (cache->buckets[i] != NULL) {
            struct ht_name_entry *entry = cache->buckets[i];
            cache->buckets[i] = entry->chain;
            entry_free(entry);
        }
    }
    free(cache->buckets);
    *cache = (struct ht_name_cache){0};
}

/* Where the chain of an address begins; there are buckets. */
static struct ht_name_entry **bucket_of(const struct ht_name_cache *cache,
                                        const struct ht_address *address)
{
    uint64_t hash =
        ht_siphash(cache->secret, address->bytes, ht_address_length(address)) + address->version;
    return &cache->buckets[hash & (cache->bucket_count - 1)];
}

/* Twice as many buckets, once there are as many entries. Without memory the chains get longer;
 * false if there is no bucket at all. */
static bool make_buckets(struct ht_name_cache *cache)
{
    if (cache->count < cache->bucket_count)
        return true;
    size_t count = cache->bucket_count == 0 ? BUCKETS_AT_FIRST : cache->bucket_count * 2;
    struct ht_name_entry **buckets = calloc(count, sizeof(struct ht_name_entry *));
    if (buckets == NULL)
        return cache->bucket_count > 0;
    struct ht_name_cache old = *cache;
    cache->buckets = buckets;
    cache->bucket_count = count;
    for (size_t i = 0; i < old.bucket_count; i++) {
        for (struct ht_name_entry *entry = old.buckets[i], *next; entry != NULL; entry = next) {
            struct ht_name_entry **bucket = bucket_of(cache, &entry->address);
            next = entry->chain;
            entry->chain = *bucket;
            *bucket = entry;
        }
    }
    free(old.buckets);
    return true;
}

static void forget(struct ht_name_cache *cache, struct ht_name_entry *entry)
{
    struct ht_name_entry **link = bucket_of(cache, &entry->address);
    while (*link != entry)
        link = &(*link)->chain;
    *link = entry->chain;
    ht_name_list_remove(entry);
    entry_free(entry);
    cache->count--;
}

struct ht_name_entry *ht_name_cache_find(struct ht_name_cache *cache,
                                         const struct ht_address *address)
{
    if (cache->bucket_count == 0)
        return NULL;
    struct ht_name_entry *entry = *bucket_of(cache, address);
    while (entry != NULL && !ht_address_equal(&entry->address, address))
        entry = entry->chain;
    if (entry != NULL && !entry->open) {
        ht_name_list_remove(entry);
        ht_name_list_append(&cache->settled, entry);
    }
    return entry;
}

struct ht_name_entry *ht_name_cache_add(struct ht_name_cache *cache,
                                        const struct ht_address *address)
{
    if (cache->count >= cache->capacity) {
        if (cache->settled.first == NULL)
            return NULL;
        forget(cache, cache->settled.first);
    }
    struct ht_name_entry *entry = make_buckets(cache) ? calloc(1, sizeof *entry) : NULL;
    if (entry == NULL)
        return NULL;
    struct ht_name_entry **bucket = bucket_of(cache, address);
    entry->address = *address;
    entry->open = true;
    entry->chain = *bucket;
    *bucket = entry;
    cache->count++;
    return entry;
}

/* --- what is known ------------------------------------------------------------------------- */

bool ht_name_holds(const struct ht_name_entry *entry, int64_t now_ns)
{
    return !entry->open && now_ns < entry->expires_ns;
}

void ht_name_reopen(struct ht_name_entry *entry)
{
    ht_name_list_remove(entry);
    free(entry->name);
    entry->name = NULL;
    entry->open = true;
}

static void settle_until(struct ht_name_cache *cache, struct ht_name_entry *entry,
                         int64_t expires_ns)
{
    entry->open = false;
    entry->expires_ns = expires_ns;
    ht_name_list_append(&cache->settled, entry);
}

void ht_name_cache_settle(struct ht_name_cache *cache, struct ht_name_entry *entry,
                          const char *name, bool has_ttl, uint32_t ttl_s, int64_t now_ns)
{
    bool named = name != NULL && name[0] != '\0';
    uint32_t most_s = named ? HT_NAME_MOST_S : HT_NO_NAME_MOST_S;
    if (!has_ttl)
        ttl_s = HT_NO_NAME_PLAIN_S;
    if (ttl_s > most_s)
        ttl_s = most_s;
    if (ttl_s < HT_NAME_LEAST_S)
        ttl_s = HT_NAME_LEAST_S;
    entry->name = named ? strdup(name) : NULL;
    if (named && entry->name == NULL) {
        ht_name_cache_fail(cache, entry, now_ns);
        return;
    }
    entry->failures = 0;
    settle_until(cache, entry, ht_time_add(now_ns, ttl_s * HT_NS_PER_S));
}

void ht_name_cache_fail(struct ht_name_cache *cache, struct ht_name_entry *entry, int64_t now_ns)
{
    int64_t retry_s = HT_NAME_RETRY_S;
    for (unsigned i = 0; i < entry->failures && retry_s < HT_NAME_RETRY_MOST_S; i++)
        retry_s *= 2;
    if (entry->failures < UINT8_MAX)
        entry->failures++;
    settle_until(cache, entry,
                 ht_time_add(now_ns, ht_time_min(retry_s, HT_NAME_RETRY_MOST_S) * HT_NS_PER_S));
}

void ht_name_cache_put_off(struct ht_name_cache *cache, struct ht_name_entry *entry)
{
    entry->open = false;
    entry->expires_ns = INT64_MIN;
    list_prepend(&cache->settled, entry);
}
