#include "dns/resolver.h"

#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns.h"
#include "dns/idn.h"
#include "dns/literal.h"
#include "dns/name_servers.h"

/* Names that are asked for at once; the others follow as answers come in, and another BURST of them
 * after each pause, answers or not. A thousand questions in one go would be more than the buffers
 * of this host and many a name server take. */
#define BURST          64
#define BURST_PAUSE_NS (10 * HT_NS_PER_MS)

struct lookup_list {
    struct ht_lookup *first;
    struct ht_lookup *last;
};

struct ht_lookup {
    struct ht_lookup *next;
    struct ht_lookup *previous;
    struct lookup_list *list; /* the one it is in */
    struct ht_resolver *resolver;
    struct ht_dns_query *query; /* while it is asked for */
    ht_lookup_done *done;
    void *user;
    int64_t deadline_ns;
    enum ht_family family;
    struct ht_address *addresses; /* owned */
    size_t count;
    struct ht_error error;
    const char *name; /* as it is looked up: host, or its A-label form behind that */
    char host[];
};

struct ht_resolver {
    struct ht_name_servers servers;

    struct lookup_list waiting;  /* not yet asked for */
    struct lookup_list asked;    /* all with the same time to live: the first ends first */
    struct lookup_list finished; /* to be told */
    size_t asked_count;
    int64_t next_burst_ns; /* when more are asked for regardless of answers */
    size_t burst_left;
};

static void list_append(struct lookup_list *list, struct ht_lookup *lookup)
{
    lookup->list = list;
    lookup->next = NULL;
    lookup->previous = list->last;
    if (list->last != NULL)
        list->last->next = lookup;
    else
        list->first = lookup;
    list->last = lookup;
}

static void list_remove(struct ht_lookup *lookup)
{
    struct lookup_list *list = lookup->list;
    if (lookup->previous != NULL)
        lookup->previous->next = lookup->next;
    else
        list->first = lookup->next;
    if (lookup->next != NULL)
        lookup->next->previous = lookup->previous;
    else
        list->last = lookup->previous;
    if (list == &lookup->resolver->asked)
        lookup->resolver->asked_count--;
    lookup->list = NULL;
}

static void lookup_free(struct ht_lookup *lookup)
{
    free(lookup->addresses);
    free(lookup);
}

/* The first of a list, taken out of it; NULL if there is none. */
static struct ht_lookup *list_take(struct lookup_list *list)
{
    struct ht_lookup *lookup = list->first;
    if (lookup == NULL)
        return NULL;
    list->first = lookup->next;
    if (list->first != NULL)
        list->first->previous = NULL;
    else
        list->last = NULL;
    lookup->list = NULL;
    return lookup;
}

static void list_free(struct lookup_list *list)
{
    for (struct ht_lookup *lookup = list_take(list); lookup != NULL; lookup = list_take(list))
        lookup_free(lookup);
}

int ht_resolver_new(int epoll_fd, uint64_t epoll_tag, struct ht_resolver **resolver,
                    struct ht_error *error)
{
    *resolver = calloc(1, sizeof **resolver);
    if (*resolver == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory for name lookups");
    ht_name_servers_init(&(*resolver)->servers, epoll_fd, epoll_tag);
    return HT_OK;
}

void ht_resolver_free(struct ht_resolver *resolver)
{
    if (resolver == NULL)
        return;
    ht_name_servers_fini(&resolver->servers);
    list_free(&resolver->waiting);
    list_free(&resolver->asked);
    list_free(&resolver->finished);
    free(resolver);
}

static void finish(struct ht_lookup *lookup)
{
    list_remove(lookup);
    list_append(&lookup->resolver->finished, lookup);
}

/* When c-ares reached no name server, it does not say that this was for want of a descriptor. */
static bool out_of_descriptors(const struct ht_resolver *resolver, struct ht_error *error,
                               const char *host)
{
    int fd = fcntl(resolver->servers.epoll_fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || (errno != EMFILE && errno != ENFILE))
        return false;
    ht_error_system(error, errno, "name lookup: %.100s", host);
    return true;
}

static const char *missing_address(enum ht_family family)
{
    switch (family) {
    case HT_FAMILY_IPV4:
        return "no IPv4 address";
    case HT_FAMILY_IPV6:
        return "no IPv6 address";
    default:
        return "no address";
    }
}

static const char *describe(int ares_status, enum ht_family family)
{
    switch (ares_status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
        return missing_address(family);
    case ARES_ENOTFOUND:
        return "no such name";
    case ARES_ETIMEOUT:
        return "no answer from any name server";
    case ARES_ECONNREFUSED:
        return "no name server can be reached, or all of them fail";
    case ARES_ESERVFAIL:
        return "the name server failed to find out";
    case ARES_EREFUSED:
        return "the name server refused to answer";
    case ARES_EBADNAME:
        return "not a valid name";
    default:
        return ares_strerror(ares_status);
    }
}

static void set_failure(struct ht_lookup *lookup, int ares_status)
{
    if (ares_status == ARES_ECONNREFUSED &&
        out_of_descriptors(lookup->resolver, &lookup->error, lookup->host))
        return;
    ht_error_set(&lookup->error, ares_status == ARES_ENOMEM ? HT_ERR_NOMEM : HT_ERR_RESOLVE,
                 "name lookup: %.100s: %s", lookup->host, describe(ares_status, lookup->family));
}

static void on_answered(void *user, int ares_status, struct ht_address *addresses, size_t count)
{
    struct ht_lookup *lookup = user;
    lookup->addresses = addresses;
    lookup->count = count;
    if (count == 0)
        set_failure(lookup, ares_status);
    finish(lookup);
}

static void ask(struct ht_resolver *resolver, struct ht_lookup *lookup, int64_t now_ns)
{
    list_remove(lookup);
    list_append(&resolver->asked, lookup);
    resolver->asked_count++;
    lookup->deadline_ns = ht_time_add(now_ns, HT_RESOLVE_TIMEOUT_NS);
    struct ht_dns *dns = ht_name_servers_present(&resolver->servers, now_ns, &lookup->error);
    if (dns == NULL) {
        finish(lookup);
    } else if (ht_dns_ask(dns, lookup->name, lookup->family, now_ns, on_answered, lookup,
                          &lookup->query) != HT_OK) {
        set_failure(lookup, ARES_ENOMEM);
        finish(lookup);
    }
}

/* Asks for as many of those that wait as is decent. */
static void ask_waiting(struct ht_resolver *resolver, int64_t now_ns)
{
    if (now_ns >= resolver->next_burst_ns) {
        resolver->burst_left = BURST;
        resolver->next_burst_ns = ht_time_add(now_ns, BURST_PAUSE_NS);
    }
    while (resolver->waiting.first != NULL &&
           (resolver->asked_count < BURST || resolver->burst_left > 0)) {
        if (resolver->burst_left > 0)
            resolver->burst_left--;
        ask(resolver, resolver->waiting.first, now_ns);
    }
}

/* Gives up those whose time has run out. */
static void expire(struct ht_resolver *resolver, int64_t now_ns)
{
    while (resolver->asked.first != NULL && resolver->asked.first->deadline_ns <= now_ns) {
        struct ht_lookup *lookup = resolver->asked.first;
        ht_dns_drop(lookup->query);
        set_failure(lookup, ARES_ETIMEOUT);
        finish(lookup);
    }
}

/* Tells one that is in no list any more. */
static void deliver(struct ht_lookup *lookup)
{
    lookup->done(lookup->user, lookup->addresses, lookup->count,
                 lookup->count == 0 ? &lookup->error : NULL);
    lookup_free(lookup);
}

/* `name` is what is looked up for `host`: mostly the same string. */
static struct ht_lookup *lookup_new(struct ht_resolver *resolver, const char *host,
                                    const char *name)
{
    size_t length = strlen(host);
    size_t name_size = name != host ? strlen(name) + 1 : 0;
    struct ht_lookup *lookup = calloc(1, sizeof *lookup + length + 1 + name_size);
    if (lookup == NULL)
        return NULL;
    lookup->resolver = resolver;
    memcpy(lookup->host, host, length + 1);
    lookup->name = lookup->host;
    if (name != host)
        lookup->name = memcpy(lookup->host + length + 1, name, name_size);
    return lookup;
}

/* NOLINTNEXTLINE(readability-function-size): its parameters are the question. */
int ht_resolver_start(struct ht_resolver *resolver, const char *host, enum ht_family family,
                      int64_t now_ns, ht_lookup_done *done, void *user, struct ht_lookup **lookup,
                      struct ht_error *error)
{
    *lookup = NULL;
    struct ht_address address;
    struct ht_error refused;
    enum ht_literal literal = ht_literal_read(host, family, &address, &refused);
    if (literal == HT_LITERAL_GOOD) {
        done(user, &address, 1, NULL);
        return HT_OK;
    }
    char ascii[HT_IDN_MAX];
    const char *name =
        literal == HT_LITERAL_NONE ? ht_idn_lookup_name(host, ascii, &refused) : NULL;
    if (name == NULL) {
        done(user, NULL, 0, &refused);
        return HT_OK;
    }
    struct ht_lookup *started = lookup_new(resolver, host, name);
    if (started == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "no memory for a name lookup");
    started->family = family;
    started->done = done;
    started->user = user;
    list_append(&resolver->waiting, started);
    ask_waiting(resolver, now_ns);
    if (started->list == &resolver->finished) {
        list_remove(started);
        deliver(started);
    } else {
        *lookup = started;
    }
    return HT_OK;
}

void ht_resolver_cancel(struct ht_resolver *resolver, struct ht_lookup *lookup)
{
    (void)resolver;
    if (lookup == NULL)
        return;
    if (lookup->query != NULL)
        ht_dns_drop(lookup->query);
    list_remove(lookup);
    lookup_free(lookup);
}

void ht_resolver_process(struct ht_resolver *resolver, int64_t now_ns)
{
    ht_name_servers_process(&resolver->servers, now_ns);
    expire(resolver, now_ns);
    ask_waiting(resolver, now_ns);
    /* What the callbacks start may end at once as well, but then it is told at once. */
    struct lookup_list *finished = &resolver->finished;
    for (struct ht_lookup *told = list_take(finished); told != NULL; told = list_take(finished))
        deliver(told);
    ht_name_servers_retire(&resolver->servers);
}

int64_t ht_resolver_next_ns(const struct ht_resolver *resolver)
{
    if (resolver->finished.first != NULL)
        return 0;
    int64_t next_ns = resolver->waiting.first != NULL ? resolver->next_burst_ns : HT_NEVER;
    if (resolver->asked.first != NULL)
        next_ns = ht_time_min(next_ns, resolver->asked.first->deadline_ns);
    return ht_time_min(next_ns, ht_name_servers_next_ns(&resolver->servers));
}
