/* Addresses -> names without waiting (c-ares): asked once, remembered for as long as the records
 * say, in bounded memory. The hosts file comes first, as everywhere. */
#ifndef HT_DNS_REVERSE_H
#define HT_DNS_REVERSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"
#include "hoptrace/time.h"

/* Addresses that are remembered at most: some 100 bytes each and the name, which is mostly short
 * and has 255 bytes at most. */
#define HT_REVERSE_CAPACITY 65536

/* How long one question may take in all. */
#define HT_REVERSE_TIMEOUT_NS (5 * HT_NS_PER_S)

struct ht_reverse;

enum ht_reverse_state {
    HT_REVERSE_NAMED,
    HT_REVERSE_NAMELESS, /* there is no name, or none can be had at present */
    HT_REVERSE_ASKED     /* being asked for */
};

/* One who waits for one address; {0} waits for none. Embed it. */
struct ht_reverse_waiter {
    struct ht_reverse_waiter *next;
    struct ht_reverse_waiter **link; /* what points to this one; NULL: waits for nothing */

    /* The address is settled (or given up), this one waits no longer. Called by ht_reverse_process
     * alone; may do anything but process and free. */
    void (*settled)(struct ht_reverse_waiter *waiter);
};

/* Watches descriptors in `epoll_fd`, with `epoll_tag` as their epoll data (u64). Reads and opens
 * nothing before the first address. HT_ERR_NOMEM, HT_ERR_SYSTEM. */
int ht_reverse_new(int epoll_fd, uint64_t epoll_tag, struct ht_reverse **reverse,
                   struct ht_error *error);

/* Ends all; no waiter may be waiting any more. NULL is allowed. */
void ht_reverse_free(struct ht_reverse *reverse);

/* What is known of an address; asks for it if nothing is. While the name servers seem dead nothing
 * is asked but now and then one name, and what is not known is HT_REVERSE_NAMELESS. */
enum ht_reverse_state ht_reverse_ask(struct ht_reverse *reverse, const struct ht_address *address,
                                     int64_t now_ns);

/* The name, if it is known; else NULL. Sends nothing. Good until the next call of ht_reverse_ask or
 * ht_reverse_process. */
const char *ht_reverse_name(struct ht_reverse *reverse, const struct ht_address *address,
                            int64_t now_ns);

/* Waits for an address that is being asked for. False: it is not, there is nothing to wait for. */
bool ht_reverse_wait(struct ht_reverse *reverse, const struct ht_address *address,
                     struct ht_reverse_waiter *waiter);

/* Waits no longer; does nothing if it did not. */
void ht_reverse_unwait(struct ht_reverse_waiter *waiter);

/* Does what is due: reads answers, asks what could not be asked at once, tells those who wait. */
void ht_reverse_process(struct ht_reverse *reverse, int64_t now_ns);

/* When ht_reverse_process must be called next at the latest; HT_NEVER: nothing is asked. */
int64_t ht_reverse_next_ns(const struct ht_reverse *reverse);

#endif
