#define _GNU_SOURCE /* struct mmsghdr */
#include <errno.h>

#include "net/backend.h"
#include "net/raw_internal.h"
#include "net/sent.h"
#include "unit.h"

static struct ht_outgoing packets[HT_SEND_RUN];

static void test_drops_are_counted_from_the_last_value(void)
{
    struct ht_receiver receiver = {.drops = 10};
    CU_ASSERT_EQUAL(ht_advance_drops(&receiver.drops, 10), 0);
    CU_ASSERT_EQUAL(ht_advance_drops(&receiver.drops, 15), 5);
    CU_ASSERT_EQUAL(ht_advance_drops(&receiver.drops, 15), 0);
}

static void test_drops_wrap(void)
{
    struct ht_receiver receiver = {.drops = UINT32_MAX - 1};
    CU_ASSERT_EQUAL(ht_advance_drops(&receiver.drops, 3), 5);
    CU_ASSERT_EQUAL(receiver.drops, 3);
}

static void test_drops_of_an_older_packet_add_nothing(void)
{
    struct ht_receiver receiver = {.drops = 100};
    CU_ASSERT_EQUAL(ht_advance_drops(&receiver.drops, 90), 0);
    CU_ASSERT_EQUAL(receiver.drops, 100);
    receiver.drops = 2;
    CU_ASSERT_EQUAL(ht_advance_drops(&receiver.drops, UINT32_MAX), 0);
    CU_ASSERT_EQUAL(receiver.drops, 2);
}

static void test_stamps_share_the_time_of_a_call(void)
{
    struct ht_family_sockets family = {.pace_ns = 4000};
    ht_stamp_sent(&family.pace_ns, packets, 8, 1000000, 1000000 + 8 * 5000);
    for (int i = 0; i < 8; i++) {
        CU_ASSERT_EQUAL(packets[i].status, HT_SEND_DONE);
        CU_ASSERT_EQUAL(packets[i].sent_ns, 1000000 + INT64_C(5000) * i);
        CU_ASSERT_FALSE(packets[i].kernel_stamp);
    }
    CU_ASSERT(family.pace_ns > 4000 && family.pace_ns < 5000);
}

/* Put aside for 3 ms within the call: nobody knows where, so nothing may be stamped much late. */
static void test_an_interruption_does_not_make_stamps_late(void)
{
    struct ht_family_sockets family = {.pace_ns = 4000};
    ht_stamp_sent(&family.pace_ns, packets, 8, 1000000, 1000000 + 8 * 4000 + 3000000);
    CU_ASSERT_EQUAL(packets[0].sent_ns, 1000000);
    CU_ASSERT_EQUAL(packets[7].sent_ns, 1056000);
    CU_ASSERT(family.pace_ns <= 8000);
}

static void test_the_pace_follows(void)
{
    struct ht_family_sockets family = {.pace_ns = 4000};
    for (int i = 0; i < 100; i++)
        ht_stamp_sent(&family.pace_ns, packets, 1, 0, 0);
    CU_ASSERT(family.pace_ns > 0 && family.pace_ns < 200);
    for (int i = 0; i < 100; i++)
        ht_stamp_sent(&family.pace_ns, packets, 8, 0, 160000);
    CU_ASSERT(family.pace_ns > 19000 && family.pace_ns <= 20000);
    CU_ASSERT_EQUAL(packets[7].sent_ns, 140000);
}

static void test_nothing_is_sent_by_closed_sockets(void)
{
    struct ht_sockets *sockets = ht_sockets_new(&ht_backend_raw, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sockets);
    static const uint8_t versions[] = {HT_IPV4, HT_IPV6, HT_IP_NONE, HT_IPV4};
    for (size_t i = 0; i < 4; i++) {
        packets[i].destination.version = versions[i];
        packets[i].status = HT_SEND_DONE;
    }
    ht_sockets_send(sockets, packets, 4);
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(packets[i].status, HT_SEND_FAILED);
        CU_ASSERT_EQUAL(packets[i].sys_errno, i == 2 ? EAFNOSUPPORT : ENOTCONN);
    }
    struct ht_incoming incoming[HT_BATCH_MAX];
    struct ht_missed missed = {.overflows = 7, .sys_errno = 7};
    CU_ASSERT_EQUAL(ht_sockets_receive(sockets, HT_IPV4, HT_ANSWERS_ICMP, incoming, &missed), 0);
    CU_ASSERT_EQUAL(missed.overflows, 0);
    CU_ASSERT_EQUAL(missed.sys_errno, 0);
    CU_ASSERT_EQUAL(ht_sockets_receive_fd(sockets, HT_IPV6, HT_ANSWERS_ICMP), -1);
    ht_sockets_free(sockets);
    ht_sockets_free(NULL);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_drops_are_counted_from_the_last_value),
    UNIT_CASE(test_drops_wrap),
    UNIT_CASE(test_drops_of_an_older_packet_add_nothing),
    UNIT_CASE(test_stamps_share_the_time_of_a_call),
    UNIT_CASE(test_an_interruption_does_not_make_stamps_late),
    UNIT_CASE(test_the_pace_follows),
    UNIT_CASE(test_nothing_is_sent_by_closed_sockets),
};

UNIT_MAIN("net/sockets", cases)
