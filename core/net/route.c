#include "net/route.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket_address.h"

/* A route may be chosen by port as well; this one stands for any. */
#define ASKED_PORT 33434

/* One question, in one piece. */
struct question {
    struct ht_address destination;
    struct ht_address wanted;
    const char *interface;
    uint32_t interface_index;
};

/* Whatever errno the routing table chose, the answer is that there is no way: only what this
 * process lacks itself keeps its code. */
static int no_way(struct ht_error *error, int sys_errno)
{
    if (sys_errno == ENOMEM || sys_errno == ENOBUFS || sys_errno == EAGAIN)
        return error->code;
    return error->code = HT_ERR_UNREACHABLE;
}

/* A raw socket like the one that sends, which nothing is ever received on: the routing table is
 * asked just what it will be asked for a probe, and there are no ports to be found and given back,
 * which cost more than the question. Who has no privilege (any more) asks in the name of UDP. */
static int open_asker(uint8_t ip_version, struct ht_error *error)
{
    const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    int fd = socket(ht_socket_family(ip_version), SOCK_RAW | flags, IPPROTO_RAW);
    if (fd < 0)
        fd = socket(ht_socket_family(ip_version), SOCK_DGRAM | flags, 0);
    if (fd < 0)
        ht_error_system(error, errno, "cannot open an IPv%d socket", ip_version);
    return fd;
}

/* The index of the interface asked for, once it is known to be there and up. */
static int find_interface(int fd, struct question *question, struct ht_error *error)
{
    const char *name = question->interface;
    struct ifreq request = {0};
    size_t length = strnlen(name, sizeof request.ifr_name);
    if (length == sizeof request.ifr_name)
        return ht_error_set(error, HT_ERR_UNREACHABLE, "no interface has so long a name: %.40s",
                            name);
    memcpy(request.ifr_name, name, length);
    if (ioctl(fd, SIOCGIFINDEX, &request) != 0) {
        int refused = errno;
        ht_error_system(error, refused, "interface %s", name);
        return no_way(error, refused);
    }
    question->interface_index = (uint32_t)request.ifr_ifindex;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) == 0) {
        ht_error_system(error, ENETDOWN, "interface %s is down", name);
        return no_way(error, ENETDOWN);
    }
    return HT_OK;
}

/* The first SO_BINDTODEVICE of a socket needs no privilege since Linux 5.7; before that, what the
 * connect below makes of the other option is the best to be had. */
static int use_interface(int fd, struct question *question, struct ht_error *error)
{
    if (find_interface(fd, question, error) != HT_OK)
        return error->code;
    const char *name = question->interface;
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) == 0)
        return HT_OK;
    int refused = errno;
    uint32_t index = htonl(question->interface_index);
    bool ipv4 = question->destination.version == HT_IPV4;
    if (refused == EPERM &&
        setsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_UNICAST_IF : IPV6_UNICAST_IF,
                   &index, sizeof index) == 0)
        return HT_OK;
    ht_error_system(error, refused, "cannot use interface %s", name);
    return no_way(error, refused);
}

static bool is_link_local(const struct ht_address *address)
{
    return address->version == HT_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

/* A link-local address means something on one link only: says which, or that nobody did. */
static int settle_scope(struct ht_address *address, uint32_t fallback, struct ht_error *error)
{
    if (!is_link_local(address) || address->scope_id != 0)
        return HT_OK;
    if (fallback == 0) {
        char text[HT_ADDRESS_TEXT_MAX];
        ht_address_format(address, text);
        return ht_error_set(error, HT_ERR_UNREACHABLE,
                            "%s is a link-local address: name its interface, as in %s%%eth0", text,
                            text);
    }
    address->scope_id = fallback;
    return HT_OK;
}

static int use_source(int fd, struct question *question, struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_address *wanted = &question->wanted;
    ht_address_format(wanted, text);
    if (wanted->version != question->destination.version)
        return ht_error_set(error, HT_ERR_UNREACHABLE,
                            "source address %s is not an IPv%d address, the destination is one",
                            text, question->destination.version);
    if (settle_scope(wanted, question->destination.scope_id, error) != HT_OK)
        return error->code;
    union ht_socket_address local;
    socklen_t length = ht_socket_address_set(&local, wanted, 0);
    if (bind(fd, &local.any, length) == 0)
        return HT_OK;
    int refused = errno;
    if (refused == EADDRNOTAVAIL)
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "source address %s is not one that this host can use", text);
    else
        ht_error_system(error, refused, "source address %s", text);
    error->sys_errno = refused;
    return no_way(error, refused);
}

static int connect_failed(const struct question *question, int refused, struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    ht_address_format(&question->destination, text);
    const char *through = question->interface[0] != '\0' ? " through " : "";
    if (refused == EADDRNOTAVAIL)
        ht_error_set(error, HT_ERR_UNREACHABLE, "no source address here can reach %s%s%s", text,
                     through, question->interface);
    else if (refused == EACCES)
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "no route to %s%s%s: prohibited, or a broadcast address", text, through,
                     question->interface);
    else if (refused == EINVAL) /* which says nothing to a reader */
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "no route to %s%s%s: a blackhole, or not the address of one host", text,
                     through, question->interface);
    else
        ht_error_system(error, refused, "no route to %s%s%s", text, through, question->interface);
    error->sys_errno = refused;
    return no_way(error, refused);
}

/* A connected socket has sent nothing, and knows the route and its source address. */
static int ask(int fd, const struct question *question, struct ht_address *source,
               struct ht_error *error)
{
    union ht_socket_address peer;
    socklen_t length = ht_socket_address_set(&peer, &question->destination, ASKED_PORT);
    /* A mapped address (::ffff:192.0.2.1) would be routed as IPv4. */
    if (question->destination.version == HT_IPV6 && IN6_IS_ADDR_V4MAPPED(&peer.ipv6.sin6_addr))
        return connect_failed(question, ENETUNREACH, error);
    if (connect(fd, &peer.any, length) != 0)
        return connect_failed(question, errno, error);
    union ht_socket_address local = {.any = {.sa_family = AF_UNSPEC}};
    length = sizeof local;
    if (getsockname(fd, &local.any, &length) != 0)
        return ht_error_system(error, errno, "cannot read a source address");
    *source = ht_socket_address_get(&local);
    return HT_OK;
}

/* With wishes: they are properties of a socket that cannot all be undone, so each question has
 * a socket of its own. */
static int ask_with_wishes(struct question *question, struct ht_address *source,
                           struct ht_error *error)
{
    int fd = open_asker(question->destination.version, error);
    if (fd < 0)
        return error->code;
    int code = HT_OK;
    if (question->interface[0] != '\0')
        code = use_interface(fd, question, error);
    if (code == HT_OK)
        code = settle_scope(&question->destination, question->interface_index, error);
    if (code == HT_OK && question->wanted.version != HT_IP_NONE)
        code = use_source(fd, question, error);
    if (code == HT_OK)
        code = ask(fd, question, source, error);
    close(fd);
    return code;
}

/* Without: one kept socket a family, disconnected again so that it holds no port and the next
 * question does not start from this one's source. */
static int ask_plainly(int *fd, struct question *question, struct ht_address *source,
                       struct ht_error *error)
{
    if (settle_scope(&question->destination, 0, error) != HT_OK)
        return error->code;
    if (*fd < 0)
        *fd = open_asker(question->destination.version, error);
    if (*fd < 0)
        return error->code;
    int code = ask(*fd, question, source, error);
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (connect(*fd, &nobody, sizeof nobody) != 0) {
        close(*fd);
        *fd = -1;
    }
    return code;
}

static int *kept_asker(struct ht_router *router, uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? &router->ipv4_fd : &router->ipv6_fd;
}

void ht_router_prepare(struct ht_router *router, uint8_t ip_version)
{
    struct ht_error untold; /* who asks later is told */
    int *fd = kept_asker(router, ip_version);
    if (*fd < 0)
        *fd = open_asker(ip_version, &untold);
}

int ht_router_ask(struct ht_router *router, const struct ht_address *destination,
                  const struct ht_address *wanted, const char *interface, struct ht_address *source,
                  uint32_t *interface_index, struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    struct question question = {.destination = *destination,
                                .interface = interface != NULL ? interface : ""};
    if (wanted != NULL)
        question.wanted = *wanted;
    *interface_index = 0;
    if (destination->version != HT_IPV4 && destination->version != HT_IPV6)
        return ht_error_set(error, HT_ERR_UNREACHABLE, "no destination address");
    int code;
    if (question.interface[0] != '\0' || question.wanted.version != HT_IP_NONE) {
        code = ask_with_wishes(&question, source, error);
    } else {
        code = ask_plainly(kept_asker(router, destination->version), &question, source, error);
    }
    if (code == HT_OK)
        *interface_index = question.interface_index;
    return code;
}

void ht_router_fini(struct ht_router *router)
{
    if (router->ipv4_fd >= 0)
        close(router->ipv4_fd);
    if (router->ipv6_fd >= 0)
        close(router->ipv6_fd);
    router->ipv4_fd = -1;
    router->ipv6_fd = -1;
}
