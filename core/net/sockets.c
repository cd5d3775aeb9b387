#include "net/sockets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "net/backend.h"

/* One address family. */
struct family {
    bool open;
    int refused; /* errno of the attempt to open it; ENOTCONN before any */
};

struct ht_sockets {
    const struct ht_backend *backend;
    const struct ht_backend *instead; /* until the first socket was opened or refused; or NULL */
    bool decided;                     /* it was */
    struct ht_error refusal;          /* of the backend that `instead` replaced; or HT_OK */
    void *state;                      /* the backend's */
    struct family ipv4;
    struct family ipv6;
};

/* NULL for what is no IP version. */
static struct family *family_of(struct ht_sockets *sockets, uint8_t ip_version)
{
    switch (ip_version) {
    case HT_IPV4:
        return &sockets->ipv4;
    case HT_IPV6:
        return &sockets->ipv6;
    default:
        return NULL;
    }
}

static bool is_open(const struct ht_sockets *sockets, uint8_t ip_version, enum ht_answers answers)
{
    return ht_sockets_receive_fd(sockets, ip_version, answers) >= 0;
}

struct ht_sockets *ht_sockets_new(const struct ht_backend *backend,
                                  const struct ht_backend *instead)
{
    struct ht_sockets *sockets = calloc(1, sizeof *sockets);
    if (sockets == NULL)
        return NULL;
    sockets->backend = backend;
    sockets->instead = instead;
    sockets->ipv4.refused = sockets->ipv6.refused = ENOTCONN;
    sockets->state = backend->new ();
    if (sockets->state != NULL)
        return sockets;
    free(sockets);
    return NULL;
}

void ht_sockets_free(struct ht_sockets *sockets)
{
    if (sockets == NULL)
        return;
    sockets->backend->free(sockets->state);
    free(sockets);
}

static int open_family(struct ht_sockets *sockets, uint8_t ip_version,
                       const struct ht_local_ids *ids, struct ht_error *error)
{
    return sockets->backend->open(sockets->state, ip_version, HT_ANSWERS_ICMP, ids, error);
}

/* The privilege was refused: the other backend does without. False: no memory for it. */
static bool replace(struct ht_sockets *sockets, const struct ht_error *refusal)
{
    void *state = sockets->instead->new ();
    if (state == NULL)
        return false;
    sockets->backend->free(sockets->state);
    sockets->state = state;
    sockets->backend = sockets->instead;
    sockets->refusal = *refusal;
    return true;
}

/* Which backend it is, the first family that this host has decides. */
static int open_first(struct ht_sockets *sockets, uint8_t ip_version,
                      const struct ht_local_ids *ids, struct ht_error *error)
{
    struct ht_error refusal;
    int code = open_family(sockets, ip_version, ids, &refusal);
    if (code == HT_ERR_PERMISSION && sockets->instead != NULL && replace(sockets, &refusal))
        code = open_family(sockets, ip_version, ids, error);
    else if (code != HT_OK)
        *error = refusal;
    sockets->decided = code == HT_OK || code == HT_ERR_PERMISSION;
    if (sockets->decided)
        sockets->instead = NULL;
    return code;
}

int ht_sockets_open(struct ht_sockets *sockets, uint8_t ip_version, const struct ht_local_ids *ids,
                    struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    struct family *family = family_of(sockets, ip_version);
    if (family == NULL || family->open)
        return ht_error_set(error, HT_ERR_INVALID, "IPv%d cannot be opened (again)", ip_version);
    int code = sockets->decided ? open_family(sockets, ip_version, ids, error)
                                : open_first(sockets, ip_version, ids, error);
    family->open = code == HT_OK;
    if (!family->open)
        family->refused = error->sys_errno;
    return code;
}

int ht_sockets_open_tcp(struct ht_sockets *sockets, uint8_t ip_version,
                        const struct ht_local_ids *ids, struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    if (family_of(sockets, ip_version) == NULL)
        return ht_error_set(error, HT_ERR_INVALID, "there is no IPv%d", ip_version);
    if (is_open(sockets, ip_version, HT_ANSWERS_TCP))
        return HT_OK;
    if ((sockets->backend->answers & 1U << HT_ANSWERS_TCP) == 0)
        return ht_error_set(error, HT_ERR_INVALID, "%s receive no answers of TCP",
                            sockets->backend->name);
    return sockets->backend->open(sockets->state, ip_version, HT_ANSWERS_TCP, ids, error);
}

int ht_sockets_open_echo(struct ht_sockets *sockets, uint8_t ip_version, struct ht_error *error)
{
    struct ht_error local;
    if (error == NULL)
        error = &local;
    if (!is_open(sockets, ip_version, HT_ANSWERS_ICMP))
        return ht_error_set(error, HT_ERR_INVALID, "IPv%d is not open", ip_version);
    if (sockets->backend->open_echo == NULL)
        return HT_OK;
    return sockets->backend->open_echo(sockets->state, ip_version, error);
}

const struct ht_backend *ht_sockets_backend(const struct ht_sockets *sockets)
{
    return sockets->decided ? sockets->backend : NULL;
}

const struct ht_error *ht_sockets_refusal(const struct ht_sockets *sockets)
{
    return sockets->refusal.code != HT_OK ? &sockets->refusal : NULL;
}

int ht_sockets_admit(struct ht_sockets *sockets, const struct ht_local_ids *ids,
                     struct ht_error *error)
{
    static const uint8_t versions[] = {HT_IPV4, HT_IPV6};
    static const enum ht_answers kinds[] = {HT_ANSWERS_ICMP, HT_ANSWERS_TCP};
    int code = HT_OK;
    for (size_t i = 0; i < 4 && code == HT_OK; i++) {
        uint8_t version = versions[i / 2];
        enum ht_answers kind = kinds[i % 2];
        if (is_open(sockets, version, kind))
            code = sockets->backend->admit(sockets->state, version, kind, ids, error);
    }
    return code;
}

void ht_sockets_close_tcp(struct ht_sockets *sockets, uint8_t ip_version)
{
    if (family_of(sockets, ip_version) != NULL)
        sockets->backend->close(sockets->state, ip_version, HT_ANSWERS_TCP);
}

int ht_sockets_receive_fd(const struct ht_sockets *sockets, uint8_t ip_version,
                          enum ht_answers answers)
{
    if (ip_version != HT_IPV4 && ip_version != HT_IPV6)
        return -1;
    return sockets->backend->receive_fd(sockets->state, ip_version, answers);
}

/* How many packets from the front on are of one family. */
static size_t run_length(const struct ht_outgoing *packets, size_t count)
{
    size_t length = 1;
    while (length < count && packets[length].destination.version == packets[0].destination.version)
        length++;
    return length;
}

static void refuse(struct ht_outgoing *packets, size_t count, int sys_errno)
{
    int64_t now_ns = ht_clock_mono_ns();
    for (size_t i = 0; i < count; i++)
        ht_outgoing_result(&packets[i], HT_SEND_FAILED, sys_errno, now_ns);
}

void ht_sockets_send(struct ht_sockets *sockets, struct ht_outgoing *batch, size_t count)
{
    for (size_t done = 0; done < count;) {
        struct ht_outgoing *packets = batch + done;
        size_t length = run_length(packets, count - done);
        const struct family *family = family_of(sockets, packets[0].destination.version);
        if (family != NULL && family->open)
            /* A full batch says that more is waiting. */
            sockets->backend->send(sockets->state, packets, length, count >= HT_BATCH_MAX);
        else
            refuse(packets, length, family != NULL ? family->refused : EAFNOSUPPORT);
        done += length;
    }
}

size_t ht_sockets_receive(struct ht_sockets *sockets, uint8_t ip_version, enum ht_answers answers,
                          struct ht_incoming *packets, struct ht_missed *missed)
{
    *missed = (struct ht_missed){0};
    if (!is_open(sockets, ip_version, answers))
        return 0;
    return sockets->backend->receive(sockets->state, ip_version, answers, packets, missed);
}
