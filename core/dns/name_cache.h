/* What is known of the names of addresses, for how long, and what is being found out. Bounded:
 * what was used least recently makes room. Sends nothing and reads no clock. */
#ifndef HT_DNS_NAME_CACHE_H
#define HT_DNS_NAME_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/time.h"

/* How long an answer holds: as long as its records say, within these bounds. */
#define HT_NAME_LEAST_S    30
#define HT_NAME_MOST_S     86400
#define HT_NO_NAME_MOST_S  10800 /* RFC 2308, section 5 */
#define HT_NO_NAME_PLAIN_S 300   /* when the answer does not say */

/* How long an address is left alone when no answer could be had: twice as long after each further
 * failure. */
#define HT_NAME_RETRY_S      60
#define HT_NAME_RETRY_MOST_S 3600

struct ht_name_entry;
struct ht_dns_query;
struct ht_reverse_waiter;

struct ht_name_list {
    struct ht_name_entry *first;
    struct ht_name_entry *last;
    size_t count;
};

/* One address. */
struct ht_name_entry {
    struct ht_name_entry *chain; /* next in its bucket */
    struct ht_name_entry *next;
    struct ht_name_entry *previous;
    struct ht_name_list *list; /* the one it is in; NULL: none */
    struct ht_address address;
    char *name;         /* owned; NULL: none */
    int64_t expires_ns; /* what is known holds until then */
    uint8_t failures;   /* in a row */
    bool open;          /* being found out: stays, and is in no list of the cache */

    /* What the finder keeps with an open one. */
    void *finder;
    struct ht_dns_query *query;
    int64_t deadline_ns;
    struct ht_reverse_waiter *waiters;
};

struct ht_name_cache {
    struct ht_name_entry **buckets; /* owned */
    size_t bucket_count;            /* a power of 2; 0: nothing was ever kept */
    size_t count;
    size_t capacity;
    uint64_t secret[2];
    struct ht_name_list settled; /* least recently used first */
};

/* An empty cache for at most `capacity` addresses. `secret` is random: strangers choose the
 * addresses. */
void ht_name_cache_init(struct ht_name_cache *cache, size_t capacity, const uint64_t secret[2]);

/* Frees all entries. The finder's lists and what they hold are gone. */
void ht_name_cache_fini(struct ht_name_cache *cache);

/* The entry of an address, now the most recently used one; NULL: there is none. */
struct ht_name_entry *ht_name_cache_find(struct ht_name_cache *cache,
                                         const struct ht_address *address);

/* Adds an open entry for an address that has none; a full cache gives up another that is not
 * open for it. NULL: no memory, or all are open. */
struct ht_name_entry *ht_name_cache_add(struct ht_name_cache *cache,
                                        const struct ht_address *address);

/* True while what is known may be used; false for an open one. */
bool ht_name_holds(const struct ht_name_entry *entry, int64_t now_ns);

/* Opens a settled entry again: forgets the name, remembers how often it failed. */
void ht_name_reopen(struct ht_name_entry *entry);

/* These settle an open entry that is in no list. */

/* With a name (copied), or without: NULL or "". has_ttl false: the answer does not say how long. */
void ht_name_cache_settle(struct ht_name_cache *cache, struct ht_name_entry *entry,
                          const char *name, bool has_ttl, uint32_t ttl_s, int64_t now_ns);

/* No name server could say. */
void ht_name_cache_fail(struct ht_name_cache *cache, struct ht_name_entry *entry, int64_t now_ns);

/* No name server was asked: it may be opened again at once, and counts as used long ago. */
void ht_name_cache_put_off(struct ht_name_cache *cache, struct ht_name_entry *entry);

void ht_name_list_append(struct ht_name_list *list, struct ht_name_entry *entry);

/* Takes an entry out of the list that it is in. */
void ht_name_list_remove(struct ht_name_entry *entry);

#endif
