#include "net/reserve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "hoptrace/settings.h"
#include "net/attach.h"
#include "net/socket_address.h"

/* Numbers from one flow's first to the next flow's: as many processes find all of their flows' free
 * at first sight, or soon behind. */
#define FLOW_STEP (HT_RESERVE_COUNT / HT_FLOWS_MAX)

/* One of the sockets that hold the number together. */
struct holder {
    int type;
    int protocol;
};

/* A TCP socket that is bound and does not listen receives nothing, and leaves the kernel's answer
 * to a SYN-ACK, a reset, as it is. (Filters on them need a privilege in newer kernels.) The kernel
 * compares ICMP ids without regard to the family. */
static const struct holder holders[HT_RESERVE_SOCKETS] = {
    {SOCK_DGRAM, IPPROTO_UDP},
    {SOCK_STREAM, IPPROTO_TCP},
    {SOCK_DGRAM, IPPROTO_ICMP},
};

/* ICMP ids can be held by whom net.ipv4.ping_group_range admits; others do without. */
static bool is_optional(const struct holder *holder)
{
    return holder->protocol == IPPROTO_ICMP;
}

static bool is_shortage(int sys_errno)
{
    return sys_errno == EMFILE || sys_errno == ENFILE || sys_errno == ENOMEM ||
           sys_errno == ENOBUFS;
}

static int bind_any(int fd, uint8_t ip_version, uint16_t port)
{
    const struct ht_address any = {.version = ip_version};
    union ht_socket_address local;
    socklen_t length = ht_socket_address_set(&local, &any, port);
    return bind(fd, &local.any, length) == 0 ? 0 : errno;
}

/* For itself alone, which for ICMP sockets is not the kernel's choice, and for both families. */
static bool claim(int fd, uint8_t ip_version)
{
    int off = 0;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off) == 0 &&
           (ip_version == HT_IPV4 ||
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0);
}

/* Opens a holder that will never queue anything, and binds it: 0, the descriptor is *fd; else the
 * errno, and nothing is open. */
static int hold(const struct holder *holder, uint8_t ip_version, uint16_t port, int *fd)
{
    struct ht_error error;
    *fd = socket(ht_socket_family(ip_version), holder->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
                 holder->protocol);
    if (*fd < 0)
        return errno;
    int refused = 0;
    if (!claim(*fd, ip_version))
        refused = errno;
    else if (holder->type == SOCK_DGRAM && ht_attach_refusal(*fd, &error) != HT_OK)
        refused = error.sys_errno;
    if (refused == 0)
        refused = bind_any(*fd, ip_version, port);
    if (refused == 0)
        return 0;
    close(*fd);
    *fd = -1;
    return refused;
}

/* Takes one number with all that hold it: 0, or the errno of what was refused. `ip_version` is that
 * of the ports. All flows have the ICMP id of flow 0. */
static int take_number(struct ht_reservation *reservation, uint8_t ip_version, uint16_t flow,
                       uint16_t number)
{
    for (size_t i = 0; i < HT_RESERVE_SOCKETS; i++) {
        const struct holder *holder = &holders[i];
        if (flow != 0 && holder->protocol == IPPROTO_ICMP)
            continue;
        uint8_t version = is_optional(holder) ? HT_IPV4 : ip_version;
        int refused = hold(holder, version, number, &reservation->fds[i]);
        bool decides = !is_optional(holder) || refused == EADDRINUSE || is_shortage(refused);
        if (refused == 0 || !decides)
            continue;
        ht_reservation_release(reservation);
        return refused;
    }
    reservation->local_id = number;
    return 0;
}

static int take(struct ht_reservation *reservation, uint8_t ip_version,
                const uint64_t host_secret[2], uint16_t flow, struct ht_error *error)
{
    int refused = EADDRINUSE;
    for (uint32_t place = 0; place < HT_RESERVE_COUNT && refused == EADDRINUSE; place++)
        refused = take_number(reservation, ip_version, flow,
                              ht_reservation_candidate(host_secret, flow, place));
    if (refused == 0)
        return HT_OK;
    return ht_error_system(error, refused, "cannot reserve a port of %d-%d", HT_RESERVE_FIRST,
                           HT_RESERVE_LAST);
}

void ht_reservation_init(struct ht_reservation *reservation)
{
    *reservation = (struct ht_reservation){.local_id = 0};
    for (size_t i = 0; i < HT_RESERVE_SOCKETS; i++)
        reservation->fds[i] = -1;
}

uint16_t ht_reservation_candidate(const uint64_t host_secret[2], uint16_t flow, uint32_t place)
{
    uint64_t start = ht_siphash_two(host_secret, HT_RESERVE_FIRST, HT_RESERVE_LAST);
    uint64_t index = start % HT_RESERVE_COUNT + (uint64_t)flow * FLOW_STEP + place;
    return (uint16_t)(HT_RESERVE_FIRST + index % HT_RESERVE_COUNT);
}

int ht_reservation_take(struct ht_reservation *reservation, const uint64_t host_secret[2],
                        uint16_t flow, struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    int code = take(reservation, HT_IPV6, host_secret, flow, error);
    bool without_ipv6 =
        code != HT_OK && (error->sys_errno == EAFNOSUPPORT || error->sys_errno == EADDRNOTAVAIL);
    return without_ipv6 ? take(reservation, HT_IPV4, host_secret, flow, error) : code;
}

void ht_reservation_share(struct ht_reservation *reservation)
{
    int on = 1;
    for (size_t i = 0; i < HT_RESERVE_SOCKETS; i++) {
        if (reservation->fds[i] >= 0)
            (void)setsockopt(reservation->fds[i], SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
}

void ht_reservation_release(struct ht_reservation *reservation)
{
    for (size_t i = 0; i < HT_RESERVE_SOCKETS; i++) {
        if (reservation->fds[i] >= 0)
            close(reservation->fds[i]);
    }
    ht_reservation_init(reservation);
}
