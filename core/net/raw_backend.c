#define _GNU_SOURCE /* struct mmsghdr */
#include <stdlib.h>
#include <unistd.h>

#include "net/backend.h"
#include "net/raw_internal.h"
#include "net/raw_socket.h"
#include "net/sent.h"

static void family_init(struct ht_family_sockets *family)
{
    family->send_fd = -1;
    family->receivers[HT_ANSWERS_ICMP].fd = -1;
    family->receivers[HT_ANSWERS_TCP].fd = -1;
    family->pace_ns = HT_FIRST_PACE_NS;
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

static void *raw_new(void)
{
    struct ht_raw *raw = calloc(1, sizeof *raw);
    if (raw == NULL)
        return NULL;
    family_init(&raw->ipv4);
    family_init(&raw->ipv6);
    ht_stamp_clock_init(&raw->clock, ht_clock_now());
    ht_stamp_area_init(&raw->stamps);
    ht_receive_area_init(&raw->receive);
    return raw;
}

static void raw_free(void *state)
{
    struct ht_raw *raw = state;
    family_close(&raw->ipv4);
    family_close(&raw->ipv6);
    free(raw);
}

static int raw_open(void *state, uint8_t ip_version, enum ht_answers answers,
                    const struct ht_local_ids *ids, struct ht_error *error)
{
    struct ht_family_sockets *family = ht_raw_family(state, ip_version);
    int receive_fd = ht_raw_open_receive(ip_version, answers, ids, error);
    if (receive_fd < 0)
        return error->code;
    if (answers == HT_ANSWERS_ICMP) {
        family->send_fd = ht_raw_open_send(ip_version, error);
        if (family->send_fd < 0) {
            close(receive_fd);
            return error->code;
        }
    }
    family->receivers[answers] = (struct ht_receiver){.fd = receive_fd};
    return HT_OK;
}

static int raw_receive_fd(const void *state, uint8_t ip_version, enum ht_answers answers)
{
    const struct ht_raw *raw = state;
    return (ip_version == HT_IPV4 ? &raw->ipv4 : &raw->ipv6)->receivers[answers].fd;
}

static int raw_admit(void *state, uint8_t ip_version, enum ht_answers answers,
                     const struct ht_local_ids *ids, struct ht_error *error)
{
    return ht_raw_admit(raw_receive_fd(state, ip_version, answers), ip_version, answers, ids,
                        error);
}

static void raw_close(void *state, uint8_t ip_version, enum ht_answers answers)
{
    close_fd(&ht_raw_family(state, ip_version)->receivers[answers].fd);
}

const struct ht_backend ht_backend_raw = {
    .name = "raw sockets",
    .kind = HT_SOCKETS_RAW,
    .answers = 1U << HT_ANSWERS_ICMP | 1U << HT_ANSWERS_TCP,
    .new = raw_new,
    .free = raw_free,
    .open = raw_open,
    .admit = raw_admit,
    .close = raw_close,
    .receive_fd = raw_receive_fd,
    .send = ht_raw_send,
    .receive = ht_raw_receive,
};
