/* Items of the error queue, as the kernel puts them together. */
#include "net/error_queue.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "net/ancillary.h"
#include "net/socket_address.h"
#include "unit.h"

/* A message that is filled in by items. */
struct item {
    union ht_control control;
    union ht_socket_address name;
    struct msghdr message;
};

static void begin(struct item *item, const char *destination, uint16_t port)
{
    struct ht_address address;
    memset(item, 0, sizeof *item);
    CU_ASSERT_TRUE(ht_address_parse(destination, &address));
    item->message.msg_name = &item->name.any;
    item->message.msg_namelen = ht_socket_address_set(&item->name, &address, port);
}

/* What IP_RECVERR and IPV6_RECVERR hand over. */
struct error {
    struct sock_extended_err about;
    union ht_socket_address responder;
};

static struct error error_of(const char *responder, uint8_t type, uint8_t code)
{
    struct ht_address address;
    struct error error = {.about = {.ee_type = type, .ee_code = code}};
    CU_ASSERT_TRUE(ht_address_parse(responder, &address));
    (void)ht_socket_address_set(&error.responder, &address, 0);
    error.about.ee_origin = address.version == HT_IPV4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6;
    return error;
}

static void add_error(struct item *item, const struct error *error)
{
    bool ipv4 = error->responder.any.sa_family == AF_INET;
    ht_add_item(&item->message, &item->control, ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
                ipv4 ? IP_RECVERR : IPV6_RECVERR, error,
                sizeof error->about +
                    (ipv4 ? sizeof error->responder.ipv4 : sizeof error->responder.ipv6));
}

static bool is_address(const struct ht_address *address, const char *text)
{
    struct ht_address expected;
    return ht_address_parse(text, &expected) && ht_address_equal(address, &expected);
}

static void an_error_over_ipv4(void)
{
    struct item item;
    struct error error = error_of("203.0.113.9", 11, 0);
    const struct timespec arrival = {7, 8};
    const int ttl = 250;
    begin(&item, "198.51.100.4", 33434);
    error.about.ee_rfc4884.len = 100;
    ht_add_item(&item.message, &item.control, SOL_SOCKET, SO_TIMESTAMPNS, &arrival, sizeof arrival);
    ht_add_item(&item.message, &item.control, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    add_error(&item, &error);
    struct ht_queued queued = ht_error_queue_read(&item.message);
    CU_ASSERT_EQUAL(queued.kind, HT_QUEUED_ERROR);
    CU_ASSERT_TRUE(is_address(&queued.responder, "203.0.113.9"));
    CU_ASSERT_TRUE(is_address(&queued.destination, "198.51.100.4"));
    CU_ASSERT_EQUAL(queued.port, 33434);
    CU_ASSERT_EQUAL(queued.type, 11);
    CU_ASSERT_EQUAL(queued.code, 0);
    CU_ASSERT_EQUAL(queued.hop_limit, 250);
    CU_ASSERT_EQUAL(queued.quote_length, 100);
    CU_ASSERT(queued.stamp.tv_sec == 7 && queued.stamp.tv_nsec == 8);
}

static void an_error_over_ipv6(void)
{
    struct item item;
    struct error error = error_of("2001:db8::9", 1, 4);
    const int hop_limit = 61;
    begin(&item, "2001:db8:4::4", 53);
    add_error(&item, &error);
    ht_add_item(&item.message, &item.control, IPPROTO_IPV6, IPV6_HOPLIMIT, &hop_limit,
                sizeof hop_limit);
    struct ht_queued queued = ht_error_queue_read(&item.message);
    CU_ASSERT_EQUAL(queued.kind, HT_QUEUED_ERROR);
    CU_ASSERT_TRUE(is_address(&queued.responder, "2001:db8::9"));
    CU_ASSERT_TRUE(is_address(&queued.destination, "2001:db8:4::4"));
    CU_ASSERT_EQUAL(queued.port, 53);
    CU_ASSERT(queued.type == 1 && queued.code == 4 && queued.hop_limit == 61);
    CU_ASSERT(queued.stamp.tv_sec == 0 && queued.quote_length == 0);
}

static void a_stamp(void)
{
    struct item item;
    struct error error = error_of("0.0.0.1", 0, 0);
    const struct scm_timestamping stamps = {{{3, 4}, {0, 0}, {0, 0}}};
    begin(&item, "198.51.100.4", 1);
    error.about.ee_origin = SO_EE_ORIGIN_TIMESTAMPING;
    error.about.ee_info = SCM_TSTAMP_SND;
    error.about.ee_data = 77;
    add_error(&item, &error);
    ht_add_item(&item.message, &item.control, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
    struct ht_queued queued = ht_error_queue_read(&item.message);
    CU_ASSERT_EQUAL(queued.kind, HT_QUEUED_STAMP);
    CU_ASSERT_EQUAL(queued.number, 77);
    CU_ASSERT(queued.stamp.tv_sec == 3 && queued.stamp.tv_nsec == 4);
}

/* What this host says itself, sending has told as well. */
static void other_items_are_of_no_use(void)
{
    struct item item;
    struct error error = error_of("127.0.0.1", 0, 0);
    begin(&item, "198.51.100.4", 1);
    CU_ASSERT_EQUAL(ht_error_queue_read(&item.message).kind, HT_QUEUED_OTHER);
    error.about.ee_origin = SO_EE_ORIGIN_LOCAL;
    add_error(&item, &error);
    CU_ASSERT_EQUAL(ht_error_queue_read(&item.message).kind, HT_QUEUED_OTHER);
}

static void what_is_cut_is_not_there(void)
{
    struct item item;
    struct error error = error_of("203.0.113.9", 11, 0);
    begin(&item, "198.51.100.4", 33434);
    item.message.msg_namelen = 4;
    ht_add_item(&item.message, &item.control, IPPROTO_IP, IP_RECVERR, &error,
                sizeof error.about + 6);
    struct ht_queued queued = ht_error_queue_read(&item.message);
    CU_ASSERT_EQUAL(queued.kind, HT_QUEUED_ERROR);
    CU_ASSERT_EQUAL(queued.responder.version, HT_IP_NONE);
    CU_ASSERT_EQUAL(queued.destination.version, HT_IP_NONE);
    begin(&item, "198.51.100.4", 33434);
    ht_add_item(&item.message, &item.control, IPPROTO_IP, IP_RECVERR, &error,
                sizeof error.about - 1);
    CU_ASSERT_EQUAL(ht_error_queue_read(&item.message).kind, HT_QUEUED_OTHER);
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_error_over_ipv4),        UNIT_CASE(an_error_over_ipv6),       UNIT_CASE(a_stamp),
    UNIT_CASE(other_items_are_of_no_use), UNIT_CASE(what_is_cut_is_not_there),
};

UNIT_MAIN("net/error_queue", cases)
