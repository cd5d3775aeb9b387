#include "probing/ratelimit/sites.h"

#include <stdlib.h>

#include "base/prefetch.h"
#include "history/path_memory.h"
#include "probing/log/probe_log.h"
#include "probing/ratelimit/controller.h"

/* Pairs of interface and IP version that have sites, which bounds memory; rounds of further pairs
 * wait for no turns. */
#define SITES_MAX 16

static void free_routers(struct ht_router_site *routers)
{
    for (struct ht_router_site *next; routers != NULL; routers = next) {
        next = routers->next;
        ht_site_fini(&routers->site);
        free(routers);
    }
}

void ht_rate_limits_fini(struct ht_rate_limits *limits)
{
    for (struct ht_sites *sites = limits->first, *next; sites != NULL; sites = next) {
        next = sites->next;
        for (size_t ttl = 0; ttl <= UINT8_MAX; ttl++) {
            ht_site_fini(&sites->at[ttl]);
            free_routers(sites->routers[ttl]);
        }
        free(sites);
    }
    *limits = (struct ht_rate_limits){0};
}

uint32_t ht_rate_limits_alarms(const struct ht_rate_limits *limits)
{
    uint32_t sum = 0;
    for (const struct ht_sites *sites = limits->first; sites != NULL; sites = sites->next)
        sum += sites->alarms;
    return sum;
}

static bool is_limited(const struct ht_site *site)
{
    return site->control.state != HT_SITE_FREE;
}

static bool any_closer(const struct ht_sites *sites, int64_t spacing_ns)
{
    unsigned left = sites->limited;
    for (unsigned ttl = 1; left > 0 && ttl <= UINT8_MAX; ttl++) {
        const struct ht_site *site = &sites->at[ttl];
        const struct ht_router_site *router = sites->routers[ttl];
        while (site != NULL) {
            if (is_limited(site) && site->line.spacing_ns < spacing_ns)
                return true;
            left -= is_limited(site);
            site = router != NULL ? &router->site : NULL;
            router = router != NULL ? router->next : NULL;
        }
    }
    return false;
}

void ht_rate_limits_read(struct ht_rate_limits *limits, int64_t until_ns)
{
    for (struct ht_sites *sites = limits->first; sites != NULL; sites = sites->next)
        sites->read_ns = until_ns;
}

bool ht_rate_limits_closer(const struct ht_rate_limits *limits, int64_t spacing_ns)
{
    for (const struct ht_sites *sites = limits->first; sites != NULL; sites = sites->next) {
        if (any_closer(sites, spacing_ns))
            return true;
    }
    return false;
}

struct ht_sites *ht_rate_limits_sites(struct ht_rate_limits *limits, uint32_t interface_index,
                                      uint8_t ip_version)
{
    for (struct ht_sites *sites = limits->first; sites != NULL; sites = sites->next) {
        if (sites->interface_index == interface_index && sites->ip_version == ip_version)
            return sites;
    }
    struct ht_sites *made = limits->count < SITES_MAX ? calloc(1, sizeof *made) : NULL;
    if (made == NULL)
        return NULL;
    made->interface_index = interface_index;
    made->ip_version = ip_version;
    made->next = limits->first;
    limits->first = made;
    limits->count++;
    return made;
}

struct ht_site *ht_sites_at(struct ht_sites *sites, uint8_t ttl, uint8_t number)
{
    struct ht_router_site *router = sites->routers[ttl];
    for (uint8_t i = 1; i < number; i++)
        router = router->next;
    return number == 0 ? &sites->at[ttl] : &router->site;
}

struct ht_site *ht_sites_of(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl)
{
    return ht_sites_at(sites, ttl, ht_probe_log_hop(log, ttl)->site);
}

void ht_sites_fetch(const struct ht_sites *sites, const struct ht_probe *probe)
{
    const struct ht_site *site = &sites->at[probe->ttl];
    if (site->probes != NULL)
        ht_prefetch(&site->probes[probe->site_index], sizeof *site->probes);
}

/* A site of the router's own. Its answers take as long as any at this ttl: what they do take is
 * seen soon. */
static struct ht_router_site *make(struct ht_sites *sites, uint8_t ttl, uint32_t flow_tag,
                                   const struct ht_known_hop *known, int64_t now_ns)
{
    struct ht_router_site *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->flow_tag = flow_tag;
    made->shared = ht_site_met_again(&sites->at[ttl], &ht_known_main(known)->address);
    made->site.router = ht_known_main(known)->address;
    made->site.same = 1;
    made->site.longest_rtt_ns = sites->at[ttl].longest_rtt_ns;
    if (known->limit_ns != 0) {
        ht_controller_recall(&made->site, known->limit_ns, now_ns);
        sites->limited++;
    }
    return made;
}

/* The number of the site of the router that answers there; 0: no other target meets it, there are
 * too many, or there is no memory. */
static uint8_t number_of(struct ht_sites *sites, uint8_t ttl, uint32_t flow_tag,
                         const struct ht_known_hop *known, int64_t now_ns)
{
    const struct ht_address *router = &ht_known_main(known)->address;
    struct ht_router_site **link = &sites->routers[ttl];
    uint8_t number = 1;
    while (*link != NULL && !ht_address_equal(&(*link)->site.router, router)) {
        link = &(*link)->next;
        number++;
    }
    if (*link == NULL && number <= HT_ROUTER_SITES_MAX)
        *link = make(sites, ttl, flow_tag, known, now_ns);
    if (*link == NULL)
        return 0;
    (*link)->shared |= (*link)->flow_tag != flow_tag;
    return (*link)->shared ? number : 0;
}

/* The number of a router's site where a limit is known or sought, another one for each flow; 0:
 * there is none. */
static uint8_t guess(const struct ht_sites *sites, uint8_t ttl, uint32_t flow_tag)
{
    uint8_t numbers[HT_ROUTER_SITES_MAX];
    uint8_t limited = 0;
    uint8_t number = 0;
    for (const struct ht_router_site *router = sites->routers[ttl]; router != NULL;
         router = router->next) {
        number++;
        if (is_limited(&router->site))
            numbers[limited++] = number;
    }
    return limited != 0 ? numbers[flow_tag % limited] : 0;
}

void ht_sites_choose(struct ht_sites *sites, const struct ht_path_memory *memory, uint32_t flow_tag,
                     struct ht_hop_state *hop, uint8_t ttl, int64_t now_ns)
{
    struct ht_site *common = &sites->at[ttl];
    common->remembered |= memory != NULL;
    if (memory == NULL || hop->asked != 0 || hop->in_line || hop->site != 0 ||
        ht_site_has_one_router(common) || !ht_site_tells(common))
        return;
    const struct ht_known_hop *known = ht_path_memory_hop(memory, ttl);
    hop->site_guessed = known == NULL || ht_known_main(known) == NULL;
    uint8_t number = hop->site_guessed ? guess(sites, ttl, flow_tag)
                                       : number_of(sites, ttl, flow_tag, known, now_ns);
    hop->site = (uint8_t)(number & HT_ROUTER_SITES_MAX);
}
