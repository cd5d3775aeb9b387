/* Names of addresses in the hosts file. */
#ifndef HT_DNS_HOSTS_H
#define HT_DNS_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "hoptrace/address.h"

/* One address and the first of its names. */
struct ht_host {
    struct ht_address address;
    const char *name;
};

/* The file as it was last read. {0} is empty. */
struct ht_hosts {
    char *text;           /* owned; the names are in it */
    struct ht_host *list; /* owned; in the order of the addresses, each once */
    size_t count;
    size_t capacity;
    struct timespec changed; /* when the file was, and which file */
    ino_t inode;
    int64_t check_ns; /* when to look at the file again */
};

/* Empties the list; what was noted of the file stays. */
void ht_hosts_fini(struct ht_hosts *hosts);

/* Fills *hosts, which is empty, from `text` (terminated, taken over, changed). What is no address
 * with a name is passed over. False: for want of memory the list is incomplete. */
bool ht_hosts_parse(struct ht_hosts *hosts, char *text);

/* The name of an address in the hosts file; NULL: it has none. Looks at most once a second whether
 * the file is another one, and reads at most its first megabyte. Good until the next call. */
const char *ht_hosts_find(struct ht_hosts *hosts, const struct ht_address *address, int64_t now_ns);

#endif
