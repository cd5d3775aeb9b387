#define _GNU_SOURCE /* struct mmsghdr */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/backend.h"
#include "net/sent.h"
#include "net/user_internal.h"

static void family_init(struct ht_user_family *family, uint8_t ip_version)
{
    family->pace_ns = HT_FIRST_PACE_NS;
    family->timer_fd = -1;
    for (size_t i = 0; i < 2; i++) {
        family->receivers[i].epoll_fd = family->receivers[i].wake_fd = -1;
        family->receivers[i].ip_version = ip_version;
    }
}

static void *user_new(void)
{
    struct ht_user *user = calloc(1, sizeof *user);
    if (user == NULL)
        return NULL;
    family_init(&user->ipv4, HT_IPV4);
    family_init(&user->ipv6, HT_IPV6);
    ht_stamp_clock_init(&user->clock, ht_clock_now());
    return user;
}

static void receiver_close(struct ht_user_receiver *receiver)
{
    if (receiver->epoll_fd >= 0)
        close(receiver->epoll_fd);
    if (receiver->wake_fd >= 0)
        close(receiver->wake_fd);
    free(receiver->bytes);
    receiver->epoll_fd = receiver->wake_fd = -1;
    receiver->bytes = NULL;
    receiver->count = 0;
    receiver->rung = false;
}

static void family_close(struct ht_user_family *family)
{
    ht_user_sockets_close(family);
    ht_user_tcp_close(family);
    receiver_close(&family->receivers[HT_ANSWERS_ICMP]);
    receiver_close(&family->receivers[HT_ANSWERS_TCP]);
}

static void user_free(void *state)
{
    struct ht_user *user = state;
    family_close(&user->ipv4);
    family_close(&user->ipv6);
    free(user);
}

/* Whether this host has the family; any process may have such a socket. */
static int try_family(uint8_t ip_version, struct ht_error *error)
{
    int fd = socket(ht_socket_family(ip_version), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        close(fd);
        return HT_OK;
    }
    if (errno != EAFNOSUPPORT)
        return ht_error_system(error, errno, "cannot open an IPv%d socket", ip_version);
    ht_error_set(error, HT_ERR_UNREACHABLE, "this host has no IPv%d", ip_version);
    error->sys_errno = EAFNOSUPPORT;
    return error->code;
}

static void user_close(void *state, uint8_t ip_version, enum ht_answers answers)
{
    struct ht_user_family *family = ht_user_family(state, ip_version);
    if (answers == HT_ANSWERS_TCP)
        ht_user_tcp_close(family);
    receiver_close(&family->receivers[answers]);
}

static int receiver_open(struct ht_user_receiver *receiver, struct ht_error *error)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = HT_WAKE_TAG};
    receiver->bytes = calloc(HT_BATCH_MAX, sizeof *receiver->bytes);
    if (receiver->bytes == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < HT_BATCH_MAX; i++)
        receiver->buffers[i] = receiver->bytes[i];
    receiver->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    receiver->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (receiver->epoll_fd < 0 || receiver->wake_fd < 0 ||
        epoll_ctl(receiver->epoll_fd, EPOLL_CTL_ADD, receiver->wake_fd, &event) != 0)
        return ht_error_system(error, errno, "event loop refused");
    return HT_OK;
}

/* The sockets themselves are opened when a packet is to leave by them: until then it is not known
 * from which address. */
static int user_open(void *state, uint8_t ip_version, enum ht_answers answers,
                     const struct ht_local_ids *ids, struct ht_error *error)
{
    (void)ids;
    struct ht_user_receiver *receiver = &ht_user_family(state, ip_version)->receivers[answers];
    int code = try_family(ip_version, error);
    if (code != HT_OK)
        return code;
    code = receiver_open(receiver, error);
    if (code == HT_OK && answers == HT_ANSWERS_TCP)
        code = ht_user_tcp_open(ht_user_family(state, ip_version), error);
    if (code != HT_OK)
        user_close(state, ip_version, answers);
    return code;
}

static int user_open_echo(void *state, uint8_t ip_version, struct ht_error *error)
{
    (void)state;
    return ht_user_try_echo(ip_version, error);
}

/* The kernel gives each socket what concerns its own packets. */
static int user_admit(void *state, uint8_t ip_version, enum ht_answers answers,
                      const struct ht_local_ids *ids, struct ht_error *error)
{
    (void)state;
    (void)ip_version;
    (void)answers;
    (void)ids;
    (void)error;
    return HT_OK;
}

static int user_receive_fd(const void *state, uint8_t ip_version, enum ht_answers answers)
{
    const struct ht_user *user = state;
    return (ip_version == HT_IPV4 ? &user->ipv4 : &user->ipv6)->receivers[answers].epoll_fd;
}

const struct ht_backend ht_backend_user = {
    .name = "sockets without privilege",
    .kind = HT_SOCKETS_USER,
    .answers = 1U << HT_ANSWERS_ICMP | 1U << HT_ANSWERS_TCP,
    .connection_ns = HT_CONNECTION_NS,
    .binds_number = true,
    .new = user_new,
    .free = user_free,
    .open = user_open,
    .open_echo = user_open_echo,
    .admit = user_admit,
    .close = user_close,
    .receive_fd = user_receive_fd,
    .send = ht_user_send,
    .receive = ht_user_receive,
};
