#include "net/address_changes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "net/attach.h"
#include "net/route_message.h"

/* Bytes of a route with all that it may have besides. */
#define MESSAGE_MAX 8192

/* Messages read with one call, at most: others get their turn then. */
#define MESSAGES_MAX 256

void ht_address_changes_init(struct ht_address_changes *changes)
{
    *changes = (struct ht_address_changes){.fd = -1};
}

/* Admits messages about local routes: of others a router may have a million. */
static void write_filter(struct ht_filter *filter)
{
    const uint32_t route_type = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_type);
    const struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, route_type),
                                       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTN_LOCAL, 0, 1),
                                       BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                                       BPF_STMT(BPF_RET | BPF_K, 0)};
    filter->length = sizeof code / sizeof code[0];
    for (size_t i = 0; i < filter->length; i++)
        filter->code[i] = code[i];
}

static int watch(int fd, int epoll_fd, uint64_t epoll_tag, struct ht_error *error)
{
    struct ht_filter filter = {.length = 0};
    const struct sockaddr_nl local_routes = {.nl_family = AF_NETLINK,
                                             .nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = epoll_tag};
    write_filter(&filter);
    if (ht_attach_filter(fd, &filter, error) != HT_OK)
        return error->code;
    if (bind(fd, (const struct sockaddr *)&local_routes, sizeof local_routes) != 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        return ht_error_system(error, errno, "cannot watch this host's addresses");
    return HT_OK;
}

static bool is_exhausted(int sys_errno)
{
    return sys_errno == EMFILE || sys_errno == ENFILE || sys_errno == ENOMEM ||
           sys_errno == ENOBUFS || sys_errno == ENOSPC;
}

int ht_address_changes_open(struct ht_address_changes *changes, int epoll_fd, uint64_t epoll_tag,
                            struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    int code = HT_OK;
    if (fd < 0)
        code = ht_error_system(error, errno, "cannot open a netlink socket");
    else
        code = watch(fd, epoll_fd, epoll_tag, error);
    if (code == HT_OK) {
        changes->fd = fd;
        return HT_OK;
    }
    if (fd >= 0)
        close(fd);
    return is_exhausted(error->sys_errno) ? code : HT_OK;
}

void ht_address_changes_close(struct ht_address_changes *changes)
{
    if (changes->fd >= 0)
        close(changes->fd);
    ht_address_changes_init(changes);
}

static void forget_until(struct ht_address_changes *changes, int64_t ns)
{
    if (changes->forgotten_ns < ns)
        changes->forgotten_ns = ns;
}

static void take(struct ht_address_changes *changes, const struct ht_route_message *message,
                 int64_t now_ns)
{
    const struct ht_address *address = &message->destination;
    if (message->route_type != RTN_LOCAL || address->version == HT_IP_NONE ||
        message->prefix_length != 8 * ht_address_length(address))
        return;
    struct ht_address_change *oldest = &changes->last[changes->next];
    forget_until(changes, oldest->read_ns);
    *oldest = (struct ht_address_change){.address = *address, .read_ns = now_ns};
    changes->next = (changes->next + 1) % HT_ADDRESS_CHANGES_KEPT;
}

void ht_address_changes_read(struct ht_address_changes *changes, int64_t now_ns)
{
    uint8_t bytes[MESSAGE_MAX];
    for (int i = 0; changes->fd >= 0 && i < MESSAGES_MAX; i++) {
        struct ht_route_message message;
        ssize_t length = recv(changes->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (length >= 0 && ht_route_message_read(bytes, (size_t)length, &message))
            take(changes, &message, now_ns);
        else if (length < 0 && errno == ENOBUFS)
            forget_until(changes, now_ns); /* the kernel had no room to tell all of them */
        else if (length < 0)
            break;
    }
}

bool ht_address_changes_since(const struct ht_address_changes *changes,
                              const struct ht_address *address, int64_t since_ns)
{
    if (changes->forgotten_ns > since_ns)
        return true;
    for (size_t i = 0; i < HT_ADDRESS_CHANGES_KEPT; i++) {
        const struct ht_address_change *change = &changes->last[i];
        if (change->read_ns > since_ns && ht_address_equal(&change->address, address))
            return true;
    }
    return false;
}
