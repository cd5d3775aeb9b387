#include "dns/name_servers.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "hoptrace/time.h"

#define CONFIGURATION "/etc/resolv.conf"

/* How often the configuration is looked at, at most. */
#define CONFIGURATION_CHECK_NS (1 * HT_NS_PER_S)

void ht_name_servers_init(struct ht_name_servers *servers, int epoll_fd, uint64_t epoll_tag)
{
    *servers = (struct ht_name_servers){.epoll_fd = epoll_fd, .epoll_tag = epoll_tag};
}

void ht_name_servers_fini(struct ht_name_servers *servers)
{
    while (servers->sets != NULL) {
        struct ht_server_set *set = servers->sets;
        servers->sets = set->next;
        ht_dns_free(set->dns);
        free(set);
    }
}

/* Whether the configuration is another than the present set was made from; notes what it is. */
static bool configuration_changed(struct ht_name_servers *servers, int64_t now_ns)
{
    if (now_ns < servers->check_ns)
        return false;
    servers->check_ns = ht_time_add(now_ns, CONFIGURATION_CHECK_NS);
    struct stat file = {0};
    /* A file that is not there is a configuration too. */
    (void)stat(CONFIGURATION, &file);
    bool same = file.st_mtim.tv_sec == servers->configured.tv_sec &&
                file.st_mtim.tv_nsec == servers->configured.tv_nsec &&
                file.st_ino == servers->configured_inode;
    servers->configured = file.st_mtim;
    servers->configured_inode = file.st_ino;
    return !same;
}

struct ht_dns *ht_name_servers_present(struct ht_name_servers *servers, int64_t now_ns,
                                       struct ht_error *error)
{
    bool changed = configuration_changed(servers, now_ns);
    if (servers->sets != NULL && !changed)
        return servers->sets->dns;
    struct ht_server_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        ht_error_set(error, HT_ERR_NOMEM, "no memory for name lookups");
    if (set != NULL &&
        ht_dns_new(servers->epoll_fd, servers->epoll_tag, &set->dns, error) == HT_OK) {
        set->next = servers->sets;
        servers->sets = set;
        return set->dns;
    }
    free(set);
    /* Better the old ones than none; the change is noticed again. */
    servers->configured_inode = 0;
    return servers->sets != NULL ? servers->sets->dns : NULL;
}

void ht_name_servers_process(struct ht_name_servers *servers, int64_t now_ns)
{
    for (struct ht_server_set *set = servers->sets; set != NULL; set = set->next)
        ht_dns_process(set->dns, now_ns);
}

void ht_name_servers_retire(struct ht_name_servers *servers)
{
    if (servers->sets == NULL)
        return;
    struct ht_server_set **link = &servers->sets->next;
    while (*link != NULL) {
        struct ht_server_set *set = *link;
        if (ht_dns_idle(set->dns)) {
            *link = set->next;
            ht_dns_free(set->dns);
            free(set);
        } else {
            link = &set->next;
        }
    }
}

int64_t ht_name_servers_next_ns(const struct ht_name_servers *servers)
{
    int64_t next_ns = HT_NEVER;
    for (const struct ht_server_set *set = servers->sets; set != NULL; set = set->next)
        next_ns = ht_time_min(next_ns, ht_dns_next_ns(set->dns));
    return next_ns;
}
