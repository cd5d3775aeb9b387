/* The seam below the sockets: what they ask of a backend, told by one that writes no IP header,
 * opens no descriptor and receives no TCP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/backend.h"
#include "unit.h"

/* What the backend was asked, in order. */
static char asked[512];

static void note(const char *what, uint8_t ip_version, size_t count)
{
    size_t length = strlen(asked);
    (void)snprintf(asked + length, sizeof asked - length, "%s%u:%zu ", what, ip_version, count);
}

static const struct ht_local_ids seven = {.of_flow = {7}, .count = 1};
static const struct ht_local_ids eight = {.of_flow = {8}, .count = 1};

/* By IP version. */
struct state {
    bool open[7];
};

static void *fake_new(void)
{
    asked[0] = '\0';
    return calloc(1, sizeof(struct state));
}

static void fake_free(void *state)
{
    note("free", 0, 0);
    free(state);
}

static int fake_open(void *state, uint8_t ip_version, enum ht_answers answers,
                     const struct ht_local_ids *ids, struct ht_error *error)
{
    struct state *fake = state;
    note("open", ip_version, ids->of_flow[0]);
    CU_ASSERT_EQUAL(answers, HT_ANSWERS_ICMP);
    if (ip_version == HT_IPV6)
        return ht_error_system(error, ENFILE, "refused");
    fake->open[ip_version] = true;
    return HT_OK;
}

static int fake_admit(void *state, uint8_t ip_version, enum ht_answers answers,
                      const struct ht_local_ids *ids, struct ht_error *error)
{
    (void)state;
    (void)error;
    CU_ASSERT_EQUAL(answers, HT_ANSWERS_ICMP);
    note("admit", ip_version, ids->of_flow[0]);
    return HT_OK;
}

static void fake_close(void *state, uint8_t ip_version, enum ht_answers answers)
{
    (void)state;
    (void)answers;
    note("close", ip_version, 0);
}

static int fake_receive_fd(const void *state, uint8_t ip_version, enum ht_answers answers)
{
    const struct state *fake = state;
    return fake->open[ip_version] && answers == HT_ANSWERS_ICMP ? 99 : -1;
}

static void fake_send(void *state, struct ht_outgoing *packets, size_t count, bool more)
{
    (void)state;
    note(more ? "send_more" : "send", packets[0].destination.version, count);
    for (size_t i = 0; i < count; i++)
        ht_outgoing_result(&packets[i], HT_SEND_DONE, 0, 5);
}

static size_t fake_receive(void *state, uint8_t ip_version, enum ht_answers answers,
                           struct ht_incoming *packets, struct ht_missed *missed)
{
    (void)state;
    (void)answers;
    (void)packets;
    missed->overflows = 3;
    note("receive", ip_version, 0);
    return 1;
}

static const struct ht_backend fake_backend = {
    .name = "fake sockets",
    .answers = 1U << HT_ANSWERS_ICMP,
    .new = fake_new,
    .free = fake_free,
    .open = fake_open,
    .admit = fake_admit,
    .close = fake_close,
    .receive_fd = fake_receive_fd,
    .send = fake_send,
    .receive = fake_receive,
};

static void a_backend_is_asked_for_what_is_open(void)
{
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&fake_backend, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sockets);
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV4, &seven, &error), HT_OK);
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV4, &seven, &error), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV6, &seven, &error), HT_ERR_SYSTEM);
    CU_ASSERT_EQUAL(ht_sockets_admit(sockets, &eight, &error), HT_OK);
    CU_ASSERT_EQUAL(ht_sockets_receive_fd(sockets, HT_IPV4, HT_ANSWERS_ICMP), 99);
    struct ht_incoming incoming[HT_BATCH_MAX];
    struct ht_missed missed;
    CU_ASSERT_EQUAL(ht_sockets_receive(sockets, HT_IPV4, HT_ANSWERS_ICMP, incoming, &missed), 1);
    CU_ASSERT_EQUAL(missed.overflows, 3);
    CU_ASSERT_EQUAL(ht_sockets_receive(sockets, HT_IPV6, HT_ANSWERS_ICMP, incoming, &missed), 0);
    ht_sockets_close_tcp(sockets, HT_IPV4);
    ht_sockets_free(sockets);
    CU_ASSERT_STRING_EQUAL(asked, "open4:7 open6:7 admit4:8 receive4:0 close4:0 free0:0 ");
}

static void what_a_backend_cannot_receive_is_not_opened(void)
{
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&fake_backend, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sockets);
    CU_ASSERT_EQUAL(ht_sockets_open_tcp(sockets, HT_IPV4, &seven, &error), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text, "fake sockets receive no answers of TCP");
    ht_sockets_free(sockets);
    CU_ASSERT_STRING_EQUAL(asked, "free0:0 ");
}

static void a_batch_goes_out_by_families(void)
{
    static struct ht_outgoing batch[HT_BATCH_MAX];
    static const uint8_t versions[] = {HT_IPV4, HT_IPV4, HT_IPV6, HT_IPV4, HT_IP_NONE, HT_IPV4};
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&fake_backend, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sockets);
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV4, &seven, &error), HT_OK);
    CU_ASSERT_NOT_EQUAL(ht_sockets_open(sockets, HT_IPV6, &seven, &error), HT_OK);
    asked[0] = '\0';
    for (size_t i = 0; i < HT_BATCH_MAX; i++)
        batch[i].destination.version = i < 6 ? versions[i] : HT_IPV4;
    ht_sockets_send(sockets, batch, 6);
    CU_ASSERT_STRING_EQUAL(asked, "send4:2 send4:1 send4:1 ");
    CU_ASSERT_EQUAL(batch[1].status, HT_SEND_DONE);
    CU_ASSERT_EQUAL(batch[1].sent_ns, 5);
    CU_ASSERT_EQUAL(batch[2].status, HT_SEND_FAILED);
    CU_ASSERT_EQUAL(batch[2].sys_errno, ENFILE);
    CU_ASSERT_EQUAL(batch[4].sys_errno, EAFNOSUPPORT);
    asked[0] = '\0';
    ht_sockets_send(sockets, batch, HT_BATCH_MAX);
    CU_ASSERT_STRING_EQUAL(asked, "send_more4:2 send_more4:1 send_more4:59 ");
    ht_sockets_free(sockets);
}

static void *privileged_new(void)
{
    return calloc(1, sizeof(struct state));
}

static int privileged_open(void *state, uint8_t ip_version, enum ht_answers answers,
                           const struct ht_local_ids *ids, struct ht_error *error)
{
    (void)state;
    (void)answers;
    (void)ids;
    note("refuse", ip_version, 0);
    return ip_version == HT_IPV6 ? ht_error_set(error, HT_ERR_UNREACHABLE, "no IPv6")
                                 : ht_error_set(error, HT_ERR_PERMISSION, "not allowed");
}

/* One that opens nothing. */
static const struct ht_backend privileged_backend = {
    .name = "privileged sockets",
    .answers = 1U << HT_ANSWERS_ICMP,
    .new = privileged_new,
    .free = fake_free,
    .open = privileged_open,
    .receive_fd = fake_receive_fd,
};

static void another_backend_takes_the_place_of_a_refused_one(void)
{
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&privileged_backend, &fake_backend);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sockets);
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV6, &seven, &error), HT_ERR_UNREACHABLE);
    CU_ASSERT_PTR_NULL(ht_sockets_backend(sockets));
    CU_ASSERT_PTR_NULL(ht_sockets_refusal(sockets));
    error.code = HT_OK;
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV4, &seven, &error), HT_OK);
    CU_ASSERT_EQUAL(error.code, HT_OK);
    CU_ASSERT_PTR_EQUAL(ht_sockets_backend(sockets), &fake_backend);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ht_sockets_refusal(sockets));
    CU_ASSERT_STRING_EQUAL(ht_sockets_refusal(sockets)->text, "not allowed");
    CU_ASSERT_EQUAL(ht_sockets_open_echo(sockets, HT_IPV4, &error), HT_OK);
    CU_ASSERT_EQUAL(ht_sockets_open_echo(sockets, HT_IPV6, &error), HT_ERR_INVALID);
    ht_sockets_free(sockets);
}

static void a_refused_backend_stays_where_none_takes_its_place(void)
{
    struct ht_error error;
    struct ht_sockets *sockets = ht_sockets_new(&privileged_backend, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sockets);
    CU_ASSERT_EQUAL(ht_sockets_open(sockets, HT_IPV4, &seven, &error), HT_ERR_PERMISSION);
    CU_ASSERT_PTR_EQUAL(ht_sockets_backend(sockets), &privileged_backend);
    CU_ASSERT_PTR_NULL(ht_sockets_refusal(sockets));
    ht_sockets_free(sockets);
}

static const struct unit_case cases[] = {
    UNIT_CASE(a_backend_is_asked_for_what_is_open),
    UNIT_CASE(what_a_backend_cannot_receive_is_not_opened),
    UNIT_CASE(a_batch_goes_out_by_families),
    UNIT_CASE(another_backend_takes_the_place_of_a_refused_one),
    UNIT_CASE(a_refused_backend_stays_where_none_takes_its_place),
};

UNIT_MAIN("net/backend", cases)
