#include "net/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "net/privilege.h"
#include "net/route_lookup.h"
#include "net/socket_address.h"
#include "net/zone_names.h"

/* A route may be chosen by port as well; this one stands for any. */
#define ASKED_PORT 33434

/* One question under way, with what was found out of it so far. */
struct asking {
    const struct ht_route_question *question;
    struct ht_address destination;
    struct ht_address source; /* wanted */
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
static int find_interface(int fd, struct asking *asking, struct ht_error *error)
{
    const char *name = asking->question->interface;
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
    asking->interface_index = (uint32_t)request.ifr_ifindex;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) == 0) {
        ht_error_system(error, ENETDOWN, "interface %s is down", name);
        return no_way(error, ENETDOWN);
    }
    return HT_OK;
}

/* The first SO_BINDTODEVICE of a socket needs no privilege since Linux 5.7; before that, what the
 * connect below makes of the other option is the best to be had. */
static int use_interface(int fd, struct asking *asking, struct ht_error *error)
{
    if (find_interface(fd, asking, error) != HT_OK)
        return error->code;
    const char *name = asking->question->interface;
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) == 0)
        return HT_OK;
    int refused = errno;
    uint32_t index = htonl(asking->interface_index);
    bool ipv4 = asking->destination.version == HT_IPV4;
    if (refused == EPERM &&
        setsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_UNICAST_IF : IPV6_UNICAST_IF,
                   &index, sizeof index) == 0)
        return HT_OK;
    ht_error_system(error, refused, "cannot use interface %s", name);
    return no_way(error, refused);
}

static int use_tos(int fd, uint8_t ip_version, uint8_t tos, struct ht_error *error)
{
    int value = tos;
    bool ipv4 = ip_version == HT_IPV4;
    if (setsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TOS : IPV6_TCLASS, &value,
                   sizeof value) == 0)
        return HT_OK;
    return ht_error_system(error, errno, "cannot ask for a route by TOS");
}

static int use_mark(int fd, uint32_t mark, struct ht_error *error)
{
    if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0)
        return HT_OK;
    int refused = errno;
    if (refused == EPERM)
        return ht_privilege_refused(error, refused, "mark on packets", "cap_net_admin,cap_net_raw");
    return ht_error_system(error, refused, "cannot mark packets");
}

/* A link-local address means something on one link only: says which, or that none was named. */
static int settle_scope(struct ht_address *address, uint32_t fallback, struct ht_error *error)
{
    if (!ht_address_is_link_local(address) || address->scope_id != 0)
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

/* A source is of the link that its zone says, or else of the one that packets leave through. */
static int settle_source(struct asking *asking, struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    char other[HT_ADDRESS_TEXT_MAX];
    struct ht_address *source = &asking->source;
    const struct ht_address *destination = &asking->destination;
    const char *zone = asking->question->source_zone;
    if (zone[0] != '\0') {
        source->scope_id = ht_zone_scope(zone);
        if (source->scope_id == 0)
            return ht_error_set(error, HT_ERR_UNREACHABLE,
                                "source address %s%%%s: no such interface",
                                ht_address_format(source, text), zone);
    }
    uint32_t way = asking->interface_index != 0 ? asking->interface_index : destination->scope_id;
    if (settle_scope(source, way, error) != HT_OK)
        return error->code;
    if (source->scope_id == 0 || destination->scope_id == 0 ||
        source->scope_id == destination->scope_id)
        return HT_OK;
    return ht_error_set(error, HT_ERR_UNREACHABLE, "source address %s is not on the link of %s",
                        ht_zone_format(source, text), ht_zone_format(destination, other));
}

/* Whether answers can come back to a loopback address: from this host alone. The kernel lets
 * packets go elsewhere all the same: over IPv6, and over IPv4 where route_localnet is set. */
static bool is_astray(const struct asking *asking, const struct ht_address *source)
{
    return ht_address_is_loopback(source) && !ht_address_is_loopback(&asking->destination) &&
           !ht_route_lookup(asking->question, asking->interface_index).local;
}

/* The broadcast address of a link, of whichever device: the kernel would bind to one. */
static bool is_broadcast(const struct asking *asking)
{
    const struct ht_route_question question = {.destination = asking->source};
    uint32_t through = asking->interface_index;
    return asking->source.version == HT_IPV4 &&
           (ht_route_lookup(&question, 0).broadcast ||
            (through != 0 && ht_route_lookup(&question, through).broadcast));
}

/* What an address that is no host's, or none for this destination, is refused with. */
static int check_source(const struct asking *asking, struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    char other[HT_ADDRESS_TEXT_MAX];
    const struct ht_address *source = &asking->source;
    const struct ht_address *destination = &asking->destination;
    ht_zone_format(source, text);
    if (source->version != destination->version)
        return ht_error_set(error, HT_ERR_UNREACHABLE,
                            "source address %s is not an IPv%d address, the destination is one",
                            text, destination->version);
    const char *unfit = ht_address_unfit(source);
    if (unfit != NULL)
        return ht_error_set(error, HT_ERR_UNREACHABLE, "source address %s %s", text, unfit);
    if (is_broadcast(asking))
        return ht_error_set(error, HT_ERR_UNREACHABLE, "source address %s is a broadcast address",
                            text);
    if (is_astray(asking, source))
        return ht_error_set(error, HT_ERR_UNREACHABLE,
                            "source address %s is of no use beyond this host, and %s is not here",
                            text, ht_zone_format(destination, other));
    return HT_OK;
}

static int use_source(int fd, struct asking *asking, struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    const struct ht_address *source = &asking->source;
    if (check_source(asking, error) != HT_OK || settle_source(asking, error) != HT_OK)
        return error->code;
    union ht_socket_address local;
    socklen_t length = ht_socket_address_set(&local, source, 0);
    if (bind(fd, &local.any, length) == 0)
        return HT_OK;
    int refused = errno;
    ht_zone_format(source, text);
    if (refused == EADDRNOTAVAIL)
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "source address %s is not one that this host can use", text);
    else
        ht_error_system(error, refused, "source address %s", text);
    error->sys_errno = refused;
    return no_way(error, refused);
}

static int connect_failed(const struct asking *asking, int refused, struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    const char *interface = asking->question->interface;
    ht_zone_format(&asking->destination, text);
    const char *through = interface[0] != '\0' ? " through " : "";
    if (refused == EADDRNOTAVAIL)
        ht_error_set(error, HT_ERR_UNREACHABLE, "no source address here can reach %s%s%s", text,
                     through, interface);
    else if (refused == EACCES)
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "no route to %s%s%s: prohibited, or a broadcast address", text, through,
                     interface);
    else if (refused == EINVAL) /* which says nothing to a reader */
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "no route to %s%s%s: a blackhole, or not the address of one host", text,
                     through, interface);
    else
        ht_error_system(error, refused, "no route to %s%s%s", text, through, interface);
    error->sys_errno = refused;
    return no_way(error, refused);
}

/* The kernel does not say which link a link-local source is of, unless the destination is of one
 * too. */
static int settle_outcome(const struct asking *asking, struct ht_route *route,
                          struct ht_error *error)
{
    struct ht_address *source = &route->source;
    if (!ht_address_is_link_local(source) || ht_address_is_link_local(&asking->destination))
        return HT_OK;
    if (source->scope_id == 0)
        source->scope_id = asking->source.scope_id;
    if (source->scope_id == 0)
        source->scope_id = ht_route_lookup(asking->question, asking->interface_index).device;
    if (settle_scope(source, asking->interface_index, error) != HT_OK)
        return error->code;
    if (route->interface_index == 0)
        route->interface_index = source->scope_id;
    return HT_OK;
}

/* A connected socket has sent nothing, and knows the route and its source address. */
static int ask(int fd, const struct asking *asking, struct ht_route *route, struct ht_error *error)
{
    union ht_socket_address peer;
    socklen_t length = ht_socket_address_set(&peer, &asking->destination, ASKED_PORT);
    /* A mapped address (::ffff:192.0.2.1) would be routed as IPv4. */
    if (asking->destination.version == HT_IPV6 && IN6_IS_ADDR_V4MAPPED(&peer.ipv6.sin6_addr))
        return connect_failed(asking, ENETUNREACH, error);
    if (connect(fd, &peer.any, length) != 0)
        return connect_failed(asking, errno, error);
    union ht_socket_address local = {.any = {.sa_family = AF_UNSPEC}};
    length = sizeof local;
    if (getsockname(fd, &local.any, &length) != 0)
        return ht_error_system(error, errno, "cannot read a source address");
    *route = (struct ht_route){.destination = asking->destination,
                               .source = ht_socket_address_get(&local),
                               .interface_index = asking->interface_index};
    /* For want of an address the kernel takes none, or one that is of no use. */
    if (ht_address_unfit(&route->source) != NULL || is_astray(asking, &route->source))
        return connect_failed(asking, EADDRNOTAVAIL, error);
    return settle_outcome(asking, route, error);
}

/* With wishes: they are properties of a socket that cannot all be undone, so each question has
 * a socket of its own. */
static int ask_with_wishes(struct asking *asking, struct ht_route *route, struct ht_error *error)
{
    const struct ht_route_question *question = asking->question;
    uint8_t ip_version = asking->destination.version;
    int fd = open_asker(ip_version, error);
    if (fd < 0)
        return error->code;
    int code = HT_OK;
    if (question->fwmark != 0)
        code = use_mark(fd, question->fwmark, error);
    if (code == HT_OK && question->tos != 0)
        code = use_tos(fd, ip_version, question->tos, error);
    if (code == HT_OK && question->interface[0] != '\0')
        code = use_interface(fd, asking, error);
    if (code == HT_OK)
        code = settle_scope(&asking->destination, asking->interface_index, error);
    if (code == HT_OK && asking->source.version != HT_IP_NONE)
        code = use_source(fd, asking, error);
    if (code == HT_OK)
        code = ask(fd, asking, route, error);
    close(fd);
    return code;
}

static void close_asker(struct ht_asker *asker)
{
    if (asker->fd >= 0)
        close(asker->fd);
    *asker = (struct ht_asker){.fd = -1};
}

/* Without: one kept socket a family, disconnected again so that it holds no port and the next
 * question does not start from this one's source. It asks with the TOS of this question, whatever
 * that of the last one was. */
static int ask_plainly(struct ht_asker *asker, struct asking *asking, struct ht_route *route,
                       struct ht_error *error)
{
    uint8_t tos = asking->question->tos;
    if (settle_scope(&asking->destination, 0, error) != HT_OK)
        return error->code;
    if (asker->fd < 0)
        asker->fd = open_asker(asking->destination.version, error);
    if (asker->fd < 0)
        return error->code;
    if (tos != asker->tos && use_tos(asker->fd, asking->destination.version, tos, error) != HT_OK)
        return error->code;
    asker->tos = tos;
    int code = ask(asker->fd, asking, route, error);
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (connect(asker->fd, &nobody, sizeof nobody) != 0)
        close_asker(asker);
    return code;
}

static struct ht_asker *kept_asker(struct ht_route_query *query, uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? &query->ipv4 : &query->ipv6;
}

void ht_route_query_init(struct ht_route_query *query)
{
    *query = (struct ht_route_query){.ipv4.fd = -1, .ipv6.fd = -1};
}

void ht_route_query_prepare(struct ht_route_query *query, uint8_t ip_version)
{
    struct ht_error untold; /* who asks later is told */
    struct ht_asker *asker = kept_asker(query, ip_version);
    if (asker->fd < 0)
        asker->fd = open_asker(ip_version, &untold);
}

int ht_route_query_may_mark(struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ht_error_system(error, errno, "cannot open a socket");
    int code = use_mark(fd, 1, error);
    close(fd);
    return code;
}

bool ht_route_leads_away(const struct ht_route_question *question)
{
    struct ht_route_facts facts = ht_route_lookup(question, 0);
    if (facts.device == 0 || facts.local)
        return false;
    /* A device may have a routing table of its own, with local routes. */
    uint32_t through = question->interface[0] != '\0' ? if_nametoindex(question->interface) : 0;
    return through == 0 || !ht_route_lookup(question, through).local;
}

int ht_route_query_ask(struct ht_route_query *query, const struct ht_route_question *question,
                       struct ht_route *route, struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    struct asking asking = {
        .question = question, .destination = question->destination, .source = question->source};
    uint8_t ip_version = question->destination.version;
    if (ip_version != HT_IPV4 && ip_version != HT_IPV6)
        return ht_error_set(error, HT_ERR_UNREACHABLE, "no destination address");
    if (question->interface[0] != '\0' || question->fwmark != 0 ||
        question->source.version != HT_IP_NONE)
        return ask_with_wishes(&asking, route, error);
    return ask_plainly(kept_asker(query, ip_version), &asking, route, error);
}

void ht_route_query_fini(struct ht_route_query *query)
{
    close_asker(&query->ipv4);
    close_asker(&query->ipv6);
}
