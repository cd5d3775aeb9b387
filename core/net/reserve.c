#include "net/reserve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/attach.h"
#include "net/socket_address.h"

/* No SO_REUSEADDR and no SO_REUSEPORT on any of these: sharing is what is to be prevented. */
static int bind_any(int fd, uint8_t ip_version, uint16_t port)
{
    const struct ht_address any = {.version = ip_version};
    union ht_socket_address local;
    socklen_t length = ht_socket_address_set(&local, &any, port);
    return bind(fd, &local.any, length) == 0 ? 0 : errno;
}

/* A UDP socket that will never queue anything; -1 with *error filled in. */
static int open_deaf(uint8_t ip_version, struct ht_error *error)
{
    int fd = socket(ht_socket_family(ip_version), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        ht_error_system(error, errno, "cannot open a UDP socket");
        return -1;
    }
    int off = 0;
    if (ip_version == HT_IPV6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) {
        ht_error_system(error, errno, "cannot open a socket for both address families");
        close(fd);
        return -1;
    }
    if (ht_attach_refusal(fd, error) != HT_OK) {
        close(fd);
        return -1;
    }
    return fd;
}

static int take(struct ht_reservation *reservation, uint8_t ip_version, struct ht_error *error)
{
    int fd = open_deaf(ip_version, error);
    if (fd < 0)
        return error->code;
    int refused = EADDRINUSE;
    for (int port = HT_RESERVE_FIRST; port <= HT_RESERVE_LAST && refused == EADDRINUSE; port++) {
        refused = bind_any(fd, ip_version, (uint16_t)port);
        if (refused == 0) {
            reservation->udp_fd = fd;
            reservation->local_id = (uint16_t)port;
            return HT_OK;
        }
    }
    close(fd);
    return ht_error_system(error, refused, "cannot reserve a UDP port of %d-%d", HT_RESERVE_FIRST,
                           HT_RESERVE_LAST);
}

int ht_reservation_take(struct ht_reservation *reservation, struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    reservation->udp_fd = -1;
    reservation->local_id = 0;
    /* One bind on `::` holds the port for IPv4 too. */
    int code = take(reservation, HT_IPV6, error);
    bool without_ipv6 =
        code != HT_OK && (error->sys_errno == EAFNOSUPPORT || error->sys_errno == EADDRNOTAVAIL);
    return without_ipv6 ? take(reservation, HT_IPV4, error) : code;
}

void ht_reservation_release(struct ht_reservation *reservation)
{
    if (reservation->udp_fd >= 0)
        close(reservation->udp_fd);
    reservation->udp_fd = -1;
}
