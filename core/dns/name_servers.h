/* The name servers that the system is configured to ask, whenever that changes. */
#ifndef HT_DNS_NAME_SERVERS_H
#define HT_DNS_NAME_SERVERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "dns/dns.h"
#include "hoptrace/error.h"

/* Servers as configured at some time. When that changes, new questions go to a new set, and the
 * old one goes when its last answer has come. */
struct ht_server_set {
    struct ht_server_set *next;
    struct ht_dns *dns;
};

struct ht_name_servers {
    int epoll_fd;
    uint64_t epoll_tag;
    struct ht_server_set *sets; /* the present one first; NULL before the first question */
    struct timespec configured; /* when the file behind it was last changed, and which file */
    ino_t configured_inode;
    int64_t check_ns; /* when to look at the file again */
};

/* Watches descriptors in `epoll_fd` with `epoll_tag` as their data. Reads nothing yet. */
void ht_name_servers_init(struct ht_name_servers *servers, int epoll_fd, uint64_t epoll_tag);

/* Drops all questions: no callback is called. */
void ht_name_servers_fini(struct ht_name_servers *servers);

/* The present servers. Looks at the configuration at most once a second. NULL with *error filled
 * in if there never were any to be had: HT_ERR_NOMEM, HT_ERR_SYSTEM. */
struct ht_dns *ht_name_servers_present(struct ht_name_servers *servers, int64_t now_ns,
                                       struct ht_error *error);

/* Reads answers, repeats questions. */
void ht_name_servers_process(struct ht_name_servers *servers, int64_t now_ns);

/* Frees the sets that are not the present one and have no question left. Not to be called from a
 * callback of theirs. */
void ht_name_servers_retire(struct ht_name_servers *servers);

/* When to process at the latest; HT_NEVER: nothing is asked. */
int64_t ht_name_servers_next_ns(const struct ht_name_servers *servers);

#endif
