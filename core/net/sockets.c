#define _GNU_SOURCE /* struct mmsghdr */
#include "net/sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/raw_socket.h"
#include "net/sockets_internal.h"

/* A first guess at the cost of sending one packet, soon replaced by measurement. */
#define FIRST_PACE_NS (4 * HT_NS_PER_US)

static void family_init(struct ht_family_sockets *family)
{
    family->send_fd = -1;
    family->receivers[HT_ANSWERS_ICMP].fd = -1;
    family->receivers[HT_ANSWERS_TCP].fd = -1;
    family->refused = ENOTCONN;
    family->pace_ns = FIRST_PACE_NS;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void family_close(struct ht_family_sockets *family)
{
    close_fd(&family->send_fd);
    close_fd(&family->receivers[HT_ANSWERS_ICMP].fd);
    close_fd(&family->receivers[HT_ANSWERS_TCP].fd);
}

struct ht_sockets *ht_sockets_new(void)
{
    struct ht_sockets *sockets = calloc(1, sizeof *sockets);
    if (sockets == NULL)
        return NULL;
    family_init(&sockets->ipv4);
    family_init(&sockets->ipv6);
    ht_stamp_clock_init(&sockets->clock, ht_clock_now());
    ht_stamp_area_init(&sockets->stamps);
    ht_receive_area_init(&sockets->receive);
    return sockets;
}

void ht_sockets_free(struct ht_sockets *sockets)
{
    if (sockets == NULL)
        return;
    family_close(&sockets->ipv4);
    family_close(&sockets->ipv6);
    free(sockets);
}

int ht_sockets_open(struct ht_sockets *sockets, uint8_t ip_version, uint16_t local_id,
                    struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    struct ht_family_sockets *family = ht_family_of(sockets, ip_version);
    if (family == NULL || family->send_fd >= 0)
        return ht_error_set(error, HT_ERR_INVALID, "IPv%d cannot be opened (again)", ip_version);
    int receive_fd = ht_raw_open_receive(ip_version, HT_ANSWERS_ICMP, local_id, error);
    int send_fd = receive_fd >= 0 ? ht_raw_open_send(ip_version, error) : -1;
    if (send_fd < 0) {
        close_fd(&receive_fd);
        family->refused = error->sys_errno;
        return error->code;
    }
    family->receivers[HT_ANSWERS_ICMP] = (struct ht_receiver){.fd = receive_fd};
    family->send_fd = send_fd;
    return HT_OK;
}

int ht_sockets_open_tcp(struct ht_sockets *sockets, uint8_t ip_version, uint16_t local_id,
                        struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    struct ht_family_sockets *family = ht_family_of(sockets, ip_version);
    if (family == NULL)
        return ht_error_set(error, HT_ERR_INVALID, "there is no IPv%d", ip_version);
    struct ht_receiver *receiver = &family->receivers[HT_ANSWERS_TCP];
    if (receiver->fd >= 0)
        return HT_OK;
    int fd = ht_raw_open_receive(ip_version, HT_ANSWERS_TCP, local_id, error);
    if (fd < 0)
        return error->code;
    *receiver = (struct ht_receiver){.fd = fd};
    return HT_OK;
}

static int admit_family(struct ht_family_sockets *family, uint8_t ip_version, uint16_t local_id,
                        struct ht_error *error)
{
    static const enum ht_answers kinds[] = {HT_ANSWERS_ICMP, HT_ANSWERS_TCP};
    int code = HT_OK;
    for (size_t i = 0; i < 2 && code == HT_OK; i++) {
        int fd = family->receivers[kinds[i]].fd;
        if (fd >= 0)
            code = ht_raw_admit(fd, ip_version, kinds[i], local_id, error);
    }
    return code;
}

int ht_sockets_admit(struct ht_sockets *sockets, uint16_t local_id, struct ht_error *error)
{
    int code = admit_family(&sockets->ipv4, HT_IPV4, local_id, error);
    return code == HT_OK ? admit_family(&sockets->ipv6, HT_IPV6, local_id, error) : code;
}

void ht_sockets_close_tcp(struct ht_sockets *sockets, uint8_t ip_version)
{
    struct ht_family_sockets *family = ht_family_of(sockets, ip_version);
    if (family != NULL)
        close_fd(&family->receivers[HT_ANSWERS_TCP].fd);
}

int ht_sockets_receive_fd(const struct ht_sockets *sockets, uint8_t ip_version,
                          enum ht_answers answers)
{
    switch (ip_version) {
    case HT_IPV4:
        return sockets->ipv4.receivers[answers].fd;
    case HT_IPV6:
        return sockets->ipv6.receivers[answers].fd;
    default:
        return -1;
    }
}
