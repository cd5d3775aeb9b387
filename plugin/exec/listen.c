#include "listen.h"

#include <stdlib.h>

#ifdef HT_MICROHTTPD

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/numbers.h"
#include "hoptrace/time.h"
#include "http_library.h"

/* Connections at a time; more wait in the kernel's queue. */
#define CONNECTIONS_MAX 64

/* A request that is not whole, or an answer that is not read, by then is cut off: so slow readers
 * neither keep others out nor old pages in memory. */
#define CONNECTION_NS (10 * HT_NS_PER_S)

/* What one connection may take for its request. */
#define REQUEST_BYTES ((size_t)8192)

struct guest {
    struct MHD_Connection *connection; /* NULL: the place is free */
    int64_t until_ns;
};

struct listener {
    struct http_library http;
    struct MHD_Daemon *daemon;
    struct MHD_Response *page; /* NULL: no round is over yet */
    struct MHD_Response *nothing;
    struct guest guests[CONNECTIONS_MAX];
    int64_t now_ns; /* of the present step */
};

/* ---- where ---- */

struct place {
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address;
    socklen_t length;
};

/* Splits at the last colon; without one, the port alone. False: it is too long. */
static bool split(const char *where, char host[64], const char **port)
{
    const char *colon = strrchr(where, ':');
    size_t length = colon != NULL ? (size_t)(colon - where) : 0;
    bool bracketed = length >= 2 && where[0] == '[' && where[length - 1] == ']';
    *port = colon != NULL ? colon + 1 : where;
    if (colon == NULL) {
        (void)snprintf(host, 64, "127.0.0.1");
        return true;
    }
    /* An IPv6 address without brackets has a colon of its own. */
    if (!bracketed && memchr(where, ':', length) != NULL)
        return false;
    return snprintf(host, 64, "%.*s", (int)(length - (bracketed ? 2 : 0)),
                    where + (bracketed ? 1 : 0)) < 64;
}

static bool parse_place(const char *where, struct place *place)
{
    char host[64];
    const char *port_text;
    int64_t port;
    *place = (struct place){.length = 0};
    if (!split(where, host, &port_text) || !ht_parse_integer(port_text, &port) || port < 1 ||
        port > UINT16_MAX)
        return false;
    if (inet_pton(AF_INET, host, &place->address.ipv4.sin_addr) == 1) {
        place->address.ipv4.sin_family = AF_INET;
        place->address.ipv4.sin_port = htons((uint16_t)port);
        place->length = sizeof place->address.ipv4;
    } else if (inet_pton(AF_INET6, host, &place->address.ipv6.sin6_addr) == 1) {
        place->address.ipv6.sin6_family = AF_INET6;
        place->address.ipv6.sin6_port = htons((uint16_t)port);
        place->length = sizeof place->address.ipv6;
    }
    return place->length > 0;
}

/* A socket that listens; -1: errno. */
static int bind_place(const struct place *place)
{
    const int yes = 1;
    int fd = socket(place->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (place->address.any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(fd, &place->address.any, place->length) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int sys_errno = errno;
    (void)close(fd);
    errno = sys_errno;
    return -1;
}

/* ---- guests ---- */

static void note_guest(void *user, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode code)
{
    struct listener *listener = user;
    bool comes = code == MHD_CONNECTION_NOTIFY_STARTED;
    (void)context;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct guest *guest = &listener->guests[i];
        if (guest->connection != (comes ? NULL : connection))
            continue;
        *guest = (struct guest){.connection = comes ? connection : NULL,
                                .until_ns = ht_time_add(listener->now_ns, CONNECTION_NS)};
        return;
    }
}

/* libmicrohttpd sees the end by itself. */
static void cut_off(const struct listener *listener, const struct guest *guest)
{
    const union MHD_ConnectionInfo *info =
        listener->http.get_connection_info(guest->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        (void)shutdown(info->connect_fd, SHUT_RDWR);
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd says which parameters there are */
static enum MHD_Result answer(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **context)
{
    const struct listener *listener = user;
    bool reads =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    bool known = reads && strcmp(url, "/metrics") == 0;
    (void)version;
    (void)data;
    (void)context;
    *data_size = 0; /* what comes with a request is not read */
    if (known && listener->page != NULL)
        return listener->http.queue_response(connection, MHD_HTTP_OK, listener->page);
    return listener->http.queue_response(
        connection, known ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_NOT_FOUND, listener->nothing);
}

/* The data is copied. Each answer ends its connection: that is what keeps their time bounded. */
static struct MHD_Response *make_response(const struct http_library *http, char *data,
                                          size_t length, const char *type)
{
    struct MHD_Response *response =
        http->create_response_from_buffer(length, data, MHD_RESPMEM_MUST_COPY);
    if (response != NULL &&
        (http->add_response_header(response, "Connection", "close") != MHD_YES ||
         http->add_response_header(response, "Content-Type", type) != MHD_YES)) {
        http->destroy_response(response);
        response = NULL;
    }
    return response;
}

/* ---- the listener ---- */

static int start(struct listener *listener, int fd)
{
    char nothing[1] = "";
    listener->nothing = make_response(&listener->http, nothing, 0, "text/plain");
    if (listener->nothing != NULL)
        listener->daemon = listener->http.start_daemon(
            MHD_USE_EPOLL, 0, NULL, NULL, answer, listener, MHD_OPTION_LISTEN_SOCKET, fd,
            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
            note_guest, listener, MHD_OPTION_END);
    if (listener->daemon != NULL)
        return HT_OK;
    (void)close(fd);
    return HT_ERR_NOMEM;
}

int listen_open(const char *where, struct listener **listener, struct ht_error *error)
{
    struct place place;
    struct http_library http = {.run = NULL};
    if (!parse_place(where, &place))
        return ht_error_set(error, HT_ERR_INVALID,
                            "must be [ADDRESS:]PORT, an IPv6 address in brackets, not '%.60s'",
                            where);
    int code = http_library_load(&http, error);
    if (code != HT_OK)
        return code;
    int fd = bind_place(&place);
    if (fd < 0)
        return ht_error_system(error, errno, "%.60s cannot be listened on", where);
    struct listener *made = calloc(1, sizeof *made);
    if (made == NULL) {
        (void)close(fd);
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    }
    made->http = http;
    if (start(made, fd) != HT_OK) {
        listen_close(made);
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    }
    *listener = made;
    return HT_OK;
}

void listen_close(struct listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->daemon != NULL)
        listener->http.stop_daemon(listener->daemon);
    if (listener->page != NULL)
        listener->http.destroy_response(listener->page);
    if (listener->nothing != NULL)
        listener->http.destroy_response(listener->nothing);
    free(listener);
}

int listen_fd(const struct listener *listener)
{
    if (listener == NULL)
        return -1;
    const union MHD_DaemonInfo *info =
        listener->http.get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info != NULL ? info->epoll_fd : -1;
}

int64_t listen_next_ns(const struct listener *listener, int64_t now_ns)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    int64_t next_ns = HT_NEVER;
    if (listener == NULL)
        return HT_NEVER;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (listener->guests[i].connection != NULL)
            next_ns = ht_time_min(next_ns, listener->guests[i].until_ns);
    }
    if (listener->http.get_timeout(listener->daemon, &wait_ms) == MHD_YES)
        next_ns = ht_time_min(next_ns, ht_time_add(now_ns, (int64_t)wait_ms * HT_NS_PER_MS));
    return next_ns;
}

void listen_step(struct listener *listener, int64_t now_ns)
{
    if (listener == NULL)
        return;
    listener->now_ns = now_ns;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct guest *guest = &listener->guests[i];
        if (guest->connection == NULL || guest->until_ns > now_ns)
            continue;
        cut_off(listener, guest);
        guest->until_ns = HT_NEVER;
    }
    (void)listener->http.run(listener->daemon);
}

bool listen_set_page(struct listener *listener, const struct ht_text *page)
{
    struct MHD_Response *response = make_response(&listener->http, page->data, page->length,
                                                  "text/plain; version=0.0.4; charset=utf-8");
    if (response == NULL)
        return false;
    /* Answers that are under way hold the old one. */
    if (listener->page != NULL)
        listener->http.destroy_response(listener->page);
    listener->page = response;
    return true;
}

#else

int listen_open(const char *where, struct listener **listener, struct ht_error *error)
{
    (void)where;
    (void)listener;
    return ht_error_set(error, HT_ERR_INVALID, "this build has no libmicrohttpd");
}

void listen_close(struct listener *listener)
{
    (void)listener;
}

int listen_fd(const struct listener *listener)
{
    (void)listener;
    return -1;
}

int64_t listen_next_ns(const struct listener *listener, int64_t now_ns)
{
    (void)listener;
    (void)now_ns;
    return INT64_MAX;
}

void listen_step(struct listener *listener, int64_t now_ns)
{
    (void)listener;
    (void)now_ns;
}

bool listen_set_page(struct listener *listener, const struct ht_text *page)
{
    (void)listener;
    (void)page;
    return true;
}

#endif
