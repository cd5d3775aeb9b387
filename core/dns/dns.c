#include "dns/dns.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>

#include "dns/descriptors.h"
#include "hoptrace/time.h"
#include "net/socket_address.h"

/* More addresses than any name needs: further ones are left out, lest an answer made to be large
 * cost time. */
#define ADDRESSES_MAX 1024

/* For bursts of questions and answers; the kernel cuts it to what it allows. */
#define SOCKET_BUFFER (1024 * 1024)

#define CLASS_IN 1
#define TYPE_PTR 12

/* Where a descriptor could not be watched: how often to look at it instead. */
#define UNWATCHED_NS (20 * HT_NS_PER_MS)

struct ht_dns {
    ares_channel channel;
    struct ht_descriptors descriptors;
    size_t waited_for;  /* questions that were not dropped; c-ares may have more */
    int64_t timeout_ns; /* how long c-ares waits before it repeats a question, at first */
    int64_t next_ns;    /* no timer of c-ares is due before this */
};

/* What c-ares calls back with: outlives the question if that is dropped. */
struct ht_dns_query {
    struct ht_dns *dns;
    ht_dns_answered *answered; /* one of the two */
    ht_dns_received *received;
    bool dropped; /* neither is to be called */
    void *user;
    struct ht_dns_query **handle; /* the asker's pointer to this question, while not dropped */
};

/* c-ares counts its users, without regard to threads. */
static pthread_mutex_t library_mutex = PTHREAD_MUTEX_INITIALIZER;

static bool library_acquire(void)
{
    (void)pthread_mutex_lock(&library_mutex);
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    (void)pthread_mutex_unlock(&library_mutex);
    return status == ARES_SUCCESS;
}

static void library_release(void)
{
    (void)pthread_mutex_lock(&library_mutex);
    ares_library_cleanup();
    (void)pthread_mutex_unlock(&library_mutex);
}

/* c-ares opened a socket, wants something else of it, or (nothing) is about to close it. */
static void on_socket(void *user, ares_socket_t fd, int readable, int writable)
{
    struct ht_dns *dns = user;
    ht_descriptors_watch(&dns->descriptors, fd, readable != 0, writable != 0);
}

/* Every repetition doubles the time given; the sum over all servers is to be what we have. A
 * server that says it failed is passed over in favour of the next, and then not heard of again: an
 * only one had better be heard. */
static void choose_strategy(int servers, struct ares_options *options)
{
    if (servers == 1)
        options->flags = ARES_FLAG_NOCHECKRESP;
    options->tries = servers == 1 ? 3 : servers <= 3 ? 2 : 1;
    options->timeout = HT_DNS_TIMEOUT_MS / (servers * ((1 << options->tries) - 1));
    if (options->timeout < 50)
        options->timeout = 50;
}

/* There is always one; 0: no memory. */
static int count_servers(ares_channel channel)
{
    struct ares_addr_port_node *servers = NULL;
    int count = 0;
    if (ares_get_servers_ports(channel, &servers) != ARES_SUCCESS)
        return 0;
    for (struct ares_addr_port_node *server = servers; server != NULL; server = server->next)
        count++;
    ares_free_data(servers);
    return count;
}

/* c-ares passes over a configuration that it could not read and asks 127.0.0.1 for ever,
 * whatever listens there: a file that could not be read is a failure. 0, or a status; *sys_errno
 * tells more, or is 0. */
static int init_channel(ares_channel *channel, struct ares_options *options, int mask,
                        int *sys_errno)
{
    errno = 0;
    int status = ares_init_options(channel, options, mask);
    *sys_errno = errno == ENOMEM || errno == EMFILE || errno == ENFILE ? errno : 0;
    if (status != ARES_SUCCESS || *sys_errno == 0)
        return status;
    ares_destroy(*channel);
    return ARES_ENOMEM;
}

/* Opened twice: how long to wait for a server depends on how many there are. */
static int open_channel(struct ht_dns *dns, int *sys_errno)
{
    struct ares_options options = {.sock_state_cb = on_socket,
                                   .sock_state_cb_data = dns,
                                   .socket_send_buffer_size = SOCKET_BUFFER,
                                   .socket_receive_buffer_size = SOCKET_BUFFER};
    int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_SOCK_SNDBUF | ARES_OPT_SOCK_RCVBUF;
    ares_channel first;
    int status = init_channel(&first, &options, mask, sys_errno);
    if (status != ARES_SUCCESS)
        return status;
    int servers = count_servers(first);
    ares_destroy(first);
    if (servers == 0)
        return ARES_ENOMEM;
    choose_strategy(servers, &options);
    dns->timeout_ns = options.timeout * HT_NS_PER_MS;
    mask |= ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    return init_channel(&dns->channel, &options, mask, sys_errno);
}

static int setup_failed(int status, int sys_errno, struct ht_error *error)
{
    static const char what[] = "cannot set up name lookups";
    if (sys_errno != 0)
        return ht_error_system(error, sys_errno, "%s", what);
    return ht_error_set(error, status == ARES_ENOMEM ? HT_ERR_NOMEM : HT_ERR_SYSTEM, "%s: %s", what,
                        ares_strerror(status));
}

int ht_dns_new(int epoll_fd, uint64_t epoll_tag, struct ht_dns **dns, struct ht_error *error)
{
    *dns = NULL;
    struct ht_dns *made = calloc(1, sizeof *made);
    if (made == NULL || !library_acquire()) {
        free(made);
        return ht_error_set(error, HT_ERR_NOMEM, "no memory for name lookups");
    }
    ht_descriptors_init(&made->descriptors, epoll_fd, epoll_tag);
    made->next_ns = HT_NEVER;
    int sys_errno;
    int status = open_channel(made, &sys_errno);
    if (status != ARES_SUCCESS) {
        library_release();
        free(made);
        return setup_failed(status, sys_errno, error);
    }
    *dns = made;
    return HT_OK;
}

/* c-ares calls back for each question that it ends: from now on the asker is not called. */
static void silence(struct ht_dns_query *query)
{
    if (query->dropped)
        return;
    query->dropped = true;
    *query->handle = NULL;
    query->dns->waited_for--;
}

void ht_dns_free(struct ht_dns *dns)
{
    if (dns == NULL)
        return;
    /* Ends all questions, with a status on which on_answer calls no asker. */
    ares_destroy(dns->channel);
    library_release();
    ht_descriptors_fini(&dns->descriptors);
    free(dns);
}

static bool contains(const struct ht_address *addresses, size_t count,
                     const struct ht_address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (ht_address_equal(&addresses[i], address))
            return true;
    }
    return false;
}

static size_t count_nodes(const struct ares_addrinfo *result)
{
    size_t count = 0;
    for (const struct ares_addrinfo_node *node = result->nodes;
         node != NULL && count < ADDRESSES_MAX; node = node->ai_next)
        count++;
    return count;
}

/* The addresses as a block of ours, each once; NULL: no memory. */
static struct ht_address *collect(const struct ares_addrinfo *result, size_t *count)
{
    size_t most = count_nodes(result);
    struct ht_address *addresses = calloc(most + 1, sizeof *addresses);
    *count = 0;
    if (addresses == NULL)
        return NULL;
    for (struct ares_addrinfo_node *node = result->nodes; node != NULL && *count < most;
         node = node->ai_next) {
        struct ht_address address =
            ht_socket_address_get((const union ht_socket_address *)(const void *)node->ai_addr);
        if (address.version != HT_IP_NONE && !contains(addresses, *count, &address))
            addresses[(*count)++] = address;
    }
    return addresses;
}

static void on_answer(void *user, int status, int timeouts, struct ares_addrinfo *result)
{
    (void)timeouts;
    struct ht_dns_query *query = user;
    bool awaited = !query->dropped && status != ARES_EDESTRUCTION;
    silence(query);
    struct ht_address *addresses = NULL;
    size_t count = 0;
    if (awaited && status == ARES_SUCCESS && result != NULL) {
        addresses = collect(result, &count);
        if (addresses == NULL)
            status = ARES_ENOMEM;
    }
    if (result != NULL)
        ares_freeaddrinfo(result);
    if (awaited)
        query->answered(query->user, status, addresses, count);
    free(query);
}

static void on_message(void *user, int status, int timeouts, unsigned char *bytes, int length)
{
    (void)timeouts;
    struct ht_dns_query *query = user;
    bool awaited = !query->dropped && status != ARES_EDESTRUCTION;
    silence(query);
    if (awaited)
        query->received(query->user, status, bytes, length > 0 ? (size_t)length : 0);
    free(query);
}

/* Something was asked, or asked of another server: no timer of that is due before this. */
static void lower_timer(struct ht_dns *dns, int64_t now_ns)
{
    int64_t delay_ns = dns->descriptors.incomplete ? UNWATCHED_NS : dns->timeout_ns;
    dns->next_ns = ht_time_min(dns->next_ns, ht_time_add(now_ns, delay_ns));
}

/* ares_timeout looks at every question, so it is asked only when what was known has come. It cuts
 * to milliseconds. */
static void renew_timer(struct ht_dns *dns, int64_t now_ns)
{
    struct timeval buffer;
    struct timeval *left = ares_timeout(dns->channel, NULL, &buffer);
    dns->next_ns = HT_NEVER;
    if (left == NULL)
        return;
    dns->next_ns = now_ns + (int64_t)left->tv_sec * HT_NS_PER_S +
                   (int64_t)left->tv_usec * HT_NS_PER_US + HT_NS_PER_MS;
    if (dns->descriptors.incomplete)
        lower_timer(dns, now_ns);
}

static int family_number(enum ht_family family)
{
    switch (family) {
    case HT_FAMILY_IPV4:
        return AF_INET;
    case HT_FAMILY_IPV6:
        return AF_INET6;
    default:
        return AF_UNSPEC;
    }
}

/* c-ares can cancel all questions or none: dropped ones go once there are no others. Closes its
 * sockets too. */
static void cancel_unwanted(struct ht_dns *dns)
{
    if (dns->waited_for > 0)
        return;
    ares_cancel(dns->channel);
    dns->next_ns = HT_NEVER;
}

/* A question that is waited for; NULL: no memory. */
static struct ht_dns_query *query_new(struct ht_dns *dns, void *user, struct ht_dns_query **handle)
{
    struct ht_dns_query *query = calloc(1, sizeof *query);
    *handle = query;
    if (query == NULL)
        return NULL;
    *query = (struct ht_dns_query){.dns = dns, .user = user, .handle = handle};
    dns->waited_for++;
    return query;
}

/* After a question was given to c-ares; it may be answered already. */
static void note_asked(struct ht_dns *dns, int64_t now_ns)
{
    lower_timer(dns, now_ns);
    cancel_unwanted(dns);
}

int ht_dns_ask(struct ht_dns *dns, const char *host, enum ht_family family, int64_t now_ns,
               ht_dns_answered *answered, void *user, struct ht_dns_query **query)
{
    struct ht_dns_query *made = query_new(dns, user, query);
    if (made == NULL)
        return HT_ERR_NOMEM;
    made->answered = answered;
    struct ares_addrinfo_hints hints = {.ai_family = family_number(family),
                                        .ai_socktype = SOCK_DGRAM};
    ares_getaddrinfo(dns->channel, host, NULL, &hints, on_answer, made);
    note_asked(dns, now_ns);
    return HT_OK;
}

int ht_dns_ask_ptr(struct ht_dns *dns, const char *name, int64_t now_ns, ht_dns_received *received,
                   void *user, struct ht_dns_query **query)
{
    struct ht_dns_query *made = query_new(dns, user, query);
    if (made == NULL)
        return HT_ERR_NOMEM;
    made->received = received;
    ares_query(dns->channel, name, CLASS_IN, TYPE_PTR, on_message, made);
    note_asked(dns, now_ns);
    return HT_OK;
}

void ht_dns_drop(struct ht_dns_query *query)
{
    silence(query);
    cancel_unwanted(query->dns);
}

/* Says whether there was anything. */
static bool process_descriptors(struct ht_dns *dns)
{
    struct ht_ready_descriptor ready;
    if (!ht_descriptors_poll(&dns->descriptors))
        return false;
    while (ht_descriptors_take(&dns->descriptors, &ready))
        ares_process_fd(dns->channel, ready.readable ? ready.fd : ARES_SOCKET_BAD,
                        ready.writable ? ready.fd : ARES_SOCKET_BAD);
    return true;
}

void ht_dns_process(struct ht_dns *dns, int64_t now_ns)
{
    if (process_descriptors(dns))
        lower_timer(dns, now_ns);
    if (dns->next_ns <= now_ns) {
        ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        renew_timer(dns, now_ns);
    }
    cancel_unwanted(dns);
}

int64_t ht_dns_next_ns(const struct ht_dns *dns)
{
    return dns->next_ns;
}

bool ht_dns_idle(const struct ht_dns *dns)
{
    return dns->waited_for == 0;
}
