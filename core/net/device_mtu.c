#include "net/device_mtu.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/route_lookup.h"

/* The device that the routing table chooses for packets like these; 0: it is not known. */
static uint32_t device_of(const struct ht_route *route, const struct ht_settings *settings)
{
    const struct ht_route_question question = {.destination = route->destination,
                                               .source_zone = "",
                                               .interface = settings->interface,
                                               .tos = settings->tos,
                                               .fwmark = settings->fwmark};
    return ht_route_lookup(&question, route->interface_index).device;
}

uint32_t ht_device_mtu(const struct ht_route *route, const struct ht_settings *settings)
{
    struct ifreq request = {0};
    uint32_t mtu = 0;
    uint32_t device = device_of(route, settings);
    int fd = device != 0 ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0 && device != 0)
        fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    request.ifr_ifindex = (int)device;
    if (ioctl(fd, SIOCGIFNAME, &request) == 0 && ioctl(fd, SIOCGIFMTU, &request) == 0 &&
        request.ifr_mtu > 0)
        mtu = (uint32_t)request.ifr_mtu;
    close(fd);
    return mtu;
}
