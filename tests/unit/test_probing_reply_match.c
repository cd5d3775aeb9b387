/* Which probe a packet answers, by what of the probe it shows: all, some, something else. */
#include <string.h>

#include "hoptrace/settings.h"
#include "model/protocol.h"
#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "probing/rounds/flow_table.h"
#include "probing/rounds/reply_match.h"
#include "unit.h"
#include "whole_probe.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/reply.h"

#define LOCAL_ID 0xbeef
#define FLOWS    4

/* Where the payload begins in the probe of an IPv4 echo, and the flow's tag in the payload. */
#define PAYLOAD (HT_IPV4_HEADER_LENGTH + HT_ICMP_HEADER_LENGTH)
#define TAG     (PAYLOAD + 4)

static const uint64_t secret[2] = {11, 22};
static const uint64_t host_secret[2] = {33, 44};

/* A round with one probe on its way, and that probe's packet. */
struct scene {
    struct ht_target target;
    struct ht_round run;
    struct ht_flow_table flows;
    uint8_t probe[HT_PACKET_MAX];
    size_t length;
};

/* By one of a target's flows. */
static void set_up_flow(struct scene *scene, uint8_t protocol, uint8_t number)
{
    uint32_t index;
    struct ht_probe_id id;
    *scene = (struct scene){.target = {.name = "t", .host = "198.51.100.9"}};
    struct ht_flow flow = {.secret = {secret[0], secret[1]},
                           .local_id = LOCAL_ID,
                           .payload_size = 32,
                           .number = number,
                           .protocol = protocol,
                           .port = protocol == HT_ICMP ? 0 : 33434};
    if (protocol != HT_ICMP)
        flow.local_id = (uint16_t)(LOCAL_ID + number);
    ht_settings_init(&scene->target.settings);
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.1", &flow.source));
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.9", &flow.destination));
    ht_flow_init(&flow, host_secret);
    ht_round_init(&scene->run, &scene->target, &flow, 0, 0, 1, NULL);
    ht_flow_table_init(&scene->flows);
    ht_flow_table_add(&scene->flows, &scene->run);
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene->run, 1000, &index));
    ht_sending_sent(&scene->run, index, 1000, false);
    ht_probe_id_of(&scene->run, index, &id);
    scene->length = whole_probe(&flow, 1, &id, scene->probe);
}

static void set_up(struct scene *scene, uint8_t protocol)
{
    set_up_flow(scene, protocol, 0);
}

static void tear_down(struct scene *scene)
{
    ht_round_fini(&scene->run);
    ht_flow_table_fini(&scene->flows);
}

/* A router sends the probe back, as it is by now. */
static struct ht_found find(const struct scene *scene)
{
    uint8_t bytes[HT_IPV4_HEADER_LENGTH + 8 + HT_PACKET_MAX] = {0};
    uint8_t *icmp = bytes + HT_IPV4_HEADER_LENGTH;
    size_t length = HT_IPV4_HEADER_LENGTH + 8 + scene->length;
    struct ht_address router;
    CU_ASSERT_TRUE(ht_address_parse("203.0.113.1", &router));
    struct ht_ip_header header = {.source = &router,
                                  .destination = &scene->run.flow.source,
                                  .protocol = HT_IPPROTO_ICMP,
                                  .ttl = 64};
    (void)ht_ip_write(bytes, &header, length);
    icmp[0] = HT_ICMP_TIME_EXCEEDED;
    memcpy(icmp + 8, scene->probe, scene->length);
    ht_store_u16(icmp + 2, ht_checksum_finish(ht_checksum_add(0, icmp, 8 + scene->length)));
    const struct ht_incoming packet = {
        .ip_version = HT_IPV4, .ip_protocol = HT_IPPROTO_ICMP, .bytes = bytes, .length = length};
    static const struct ht_local_ids ids = {
        .of_flow = {LOCAL_ID, LOCAL_ID + 1, LOCAL_ID + 2, LOCAL_ID + 3}, .count = FLOWS};
    const struct ht_identity identity = {.secret = secret, .ids = &ids, .flows = FLOWS};
    struct ht_reply_match match;
    ht_reply_match_read(&packet, identity, &scene->flows, &match);
    ht_reply_match_fetch_round(&match, &scene->flows);
    ht_reply_match_fetch_probe(&match, &scene->flows);
    ht_reply_match_fetch_answered(&match, &scene->flows);
    return ht_reply_match_find(&match, identity, &scene->flows);
}

static bool is_found(const struct scene *scene, bool expect_forged)
{
    struct ht_found found = find(scene);
    CU_ASSERT_EQUAL(found.finding == HT_FOUND_FORGED, expect_forged);
    return found.finding == HT_FOUND_PROBE && found.round == &scene->run && found.probe == 0;
}

static void whole_cut_off_or_padded_it_is_found(void)
{
    static const uint8_t protocols[] = {HT_ICMP, HT_UDP};
    for (size_t i = 0; i < sizeof protocols; i++) {
        struct scene scene;
        set_up(&scene, protocols[i]);
        CU_ASSERT_TRUE(is_found(&scene, false));
        size_t whole = scene.length;
        for (scene.length = PAYLOAD; scene.length < whole; scene.length++)
            CU_ASSERT_TRUE(is_found(&scene, false));
        /* A router that quotes less and pads with zeros: so no tag is shown, or the wrong one. */
        for (size_t end = whole; end-- > PAYLOAD;) {
            scene.probe[end] = 0;
            CU_ASSERT_TRUE(is_found(&scene, false));
        }
        tear_down(&scene);
    }
}

/* What lies behind the identity may have changed on the way. */
static void with_another_identity_it_is_forged(void)
{
    for (size_t changed = PAYLOAD; changed < PAYLOAD + 32; changed++) {
        struct scene scene;
        set_up(&scene, HT_ICMP);
        scene.probe[changed] ^= 0x10;
        bool forged = changed < PAYLOAD + HT_PAYLOAD_MIN;
        CU_ASSERT_EQUAL(is_found(&scene, forged), !forged);
        tear_down(&scene);
    }
}

/* The tag of a flow that is another round's leads to that round; but the probe went elsewhere. */
static void with_the_tag_of_another_flow_it_is_forged(void)
{
    struct scene scene;
    struct scene other;
    set_up(&scene, HT_ICMP);
    set_up(&other, HT_ICMP);
    ht_flow_table_remove(&other.flows, &other.run);
    CU_ASSERT_TRUE(ht_address_parse("198.51.100.8", &other.run.flow.destination));
    ht_flow_init(&other.run.flow, host_secret);
    ht_flow_table_add(&scene.flows, &other.run);
    ht_store_u32(scene.probe + TAG, other.run.flow.flow_tag);
    CU_ASSERT_FALSE(is_found(&scene, true));
    tear_down(&other);
    tear_down(&scene);
}

/* Where a translator has rewritten what, in an IPv4 quote. */
#define DESTINATION_AT 19
#define PORT_AT        (HT_IPV4_HEADER_LENGTH + 3)

/* A probe that a translator has sent elsewhere: to another address, port, or both. Of ICMP a port
 * is none. */
#define ELSEWHERE 3

static bool set_up_elsewhere(struct scene *scene, uint8_t protocol, int where)
{
    set_up(scene, protocol);
    if (where != 1)
        scene->probe[DESTINATION_AT] ^= 1;
    if (where != 0)
        scene->probe[PORT_AT] ^= 1;
    return protocol != HT_ICMP || where == 0;
}

static void gone_elsewhere_it_is_found_by_its_whole_payload(void)
{
    for (uint8_t protocol = 0; protocol < HT_PROTOCOLS; protocol++) {
        for (int where = 0; where < ELSEWHERE; where++) {
            struct scene scene;
            if (set_up_elsewhere(&scene, protocol, where))
                CU_ASSERT_TRUE(is_found(&scene, false));
            tear_down(&scene);
        }
    }
}

/* A quote that is cut off or padded shows fewer than the 12 bytes of an identity: no probe's. */
static void gone_elsewhere_it_is_a_strangers_without_its_whole_payload(void)
{
    for (uint8_t protocol = HT_ICMP; protocol <= HT_UDP; protocol++) {
        for (size_t end = HT_IPV4_HEADER_LENGTH; end < PAYLOAD + HT_PAYLOAD_MIN; end++) {
            struct scene scene;
            (void)set_up_elsewhere(&scene, protocol, 0);
            memset(scene.probe + end, 0, scene.length - end);
            CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_NOTHING);
            scene.length = end;
            CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_NOTHING);
            tear_down(&scene);
        }
    }
}

/* A SYN that carries no data: its timestamp, window and sequence number are all right. */
static void gone_elsewhere_it_is_a_strangers_without_a_payload(void)
{
    struct scene scene;
    set_up(&scene, HT_TCP);
    scene.length -= scene.run.flow.payload_size;
    CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_PROBE);
    scene.probe[DESTINATION_AT] ^= 1;
    CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_NOTHING);
    tear_down(&scene);
}

/* The tag is that of all probes of the flow: who has seen others knows it. Where key and tag name a
 * probe and the rest is wrong, somebody guesses. */
static void gone_elsewhere_with_another_identity_it_is_refused(void)
{
    for (uint8_t protocol = HT_ICMP; protocol <= HT_UDP; protocol++) {
        for (size_t changed = PAYLOAD; changed < PAYLOAD + HT_PAYLOAD_MIN; changed++) {
            struct scene scene;
            (void)set_up_elsewhere(&scene, protocol, 0);
            scene.probe[changed] ^= 0x10;
            bool named =
                changed < TAG ? changed < TAG - 2 || protocol == HT_ICMP : changed >= TAG + 4;
            CU_ASSERT_EQUAL(find(&scene).finding, named ? HT_FOUND_FORGED : HT_FOUND_NOTHING);
            tear_down(&scene);
        }
    }
}

/* The filter of the socket lets through what names one of this process's ids, which is another
 * flow's. */
static void gone_elsewhere_from_another_id_it_is_a_strangers(void)
{
    struct scene scene;
    (void)set_up_elsewhere(&scene, HT_UDP, 0);
    ht_store_u16(scene.probe + HT_IPV4_HEADER_LENGTH, LOCAL_ID + 1);
    CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_NOTHING);
    ht_store_u16(scene.probe + HT_IPV4_HEADER_LENGTH, LOCAL_ID + FLOWS);
    CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_NOTHING);
    tear_down(&scene);
}

/* Where the translator sends the probe, another round sends its own. */
static void gone_to_another_target_it_is_found(void)
{
    for (uint8_t protocol = HT_ICMP; protocol <= HT_UDP; protocol++) {
        struct scene scene;
        struct scene other;
        struct ht_round_memory last = {.numbers = 1};
        (void)set_up_elsewhere(&scene, protocol, 0);
        set_up(&other, protocol);
        ht_flow_table_remove(&other.flows, &other.run);
        CU_ASSERT_TRUE(ht_address_parse("198.51.100.8", &other.run.flow.destination));
        ht_flow_init(&other.run.flow, host_secret);
        ht_flow_table_add(&scene.flows, &other.run);
        CU_ASSERT_TRUE(is_found(&scene, false));
        /* A key of the last round's: the answer is late, and not forged. */
        scene.run.recalled = &last;
        scene.run.ids.first_number++;
        CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_STALE);
        tear_down(&other);
        tear_down(&scene);
    }
}

/* A translator draws ids of its own: one that happens to be an earlier probe's, which had no length
 * label, does not make the quote that one's. */
static void a_length_tells_more_than_an_id_by_accident(void)
{
    struct scene scene;
    uint32_t second;
    set_up(&scene, HT_TCP);
    scene.run.ids.labelled_from = 1;
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene.run, HT_NS_PER_S, &second));
    CU_ASSERT_EQUAL_FATAL(second, 1);
    ht_sending_sent(&scene.run, second, HT_NS_PER_S, false);
    struct ht_probe_id first_id;
    struct ht_probe_id id;
    ht_probe_id_of(&scene.run, 0, &first_id);
    ht_probe_id_of(&scene.run, second, &id);
    CU_ASSERT_NOT_EQUAL(id.length_label, 0);
    id.ip_id = first_id.ip_id;
    (void)whole_probe(&scene.run.flow, 1, &id, scene.probe);
    scene.length = HT_IPV4_HEADER_LENGTH + 8;
    struct ht_found found = find(&scene);
    CU_ASSERT_EQUAL(found.finding, HT_FOUND_PROBE);
    CU_ASSERT_EQUAL(found.probe, second);
    tear_down(&scene);
}

/* A translator draws checksums: one that happens to be another probe's names that one, the id the
 * probe that it is of. Lengths are to tell. */
static void ids_of_two_probes_name_none(void)
{
    enum { CHECKSUM = HT_IPV4_HEADER_LENGTH + 6 };
    struct scene scene;
    uint32_t second;
    set_up(&scene, HT_UDP);
    uint8_t first_checksum[2] = {scene.probe[CHECKSUM], scene.probe[CHECKSUM + 1]};
    CU_ASSERT_TRUE_FATAL(ht_sending_take(&scene.run, HT_NS_PER_S, &second));
    ht_sending_sent(&scene.run, second, HT_NS_PER_S, false);
    struct ht_probe_id id;
    ht_probe_id_of(&scene.run, second, &id);
    (void)whole_probe(&scene.run.flow, 1, &id, scene.probe);
    scene.length = HT_IPV4_HEADER_LENGTH + 8;
    CU_ASSERT_NOT_EQUAL(memcmp(scene.probe + CHECKSUM, first_checksum, 2), 0);
    CU_ASSERT_EQUAL(find(&scene).probe, second);
    memcpy(scene.probe + CHECKSUM, first_checksum, 2);
    CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_UNLABELLED);
    tear_down(&scene);
}

/* The quote of a probe of one flow among FLOWS that are under way, cut to so many bytes of
 * transport, is found to be that flow's. */
static void check_flow_of_quote(uint8_t protocol, uint8_t number, size_t quoted)
{
    struct scene scenes[FLOWS];
    struct scene *scene = &scenes[number];
    for (uint8_t i = 0; i < FLOWS; i++)
        set_up_flow(&scenes[i], protocol, i);
    for (uint8_t i = 0; i < FLOWS; i++) {
        if (i != number)
            ht_flow_table_add(&scene->flows, &scenes[i].run);
    }
    if (quoted > 0)
        scene->length = HT_IPV4_HEADER_LENGTH + quoted;
    struct ht_found found = find(scene);
    CU_ASSERT_PTR_EQUAL(found.round, &scene->run);
    CU_ASSERT_TRUE(found.finding == HT_FOUND_PROBE ||
                   (quoted > 0 && found.finding == HT_FOUND_WEAK));
    for (uint8_t i = 0; i < FLOWS; i++)
        tear_down(&scenes[i]);
}

/* By its payload, by its port, or by its checksum. */
static void quotes_of_several_flows(void)
{
    for (uint8_t number = 0; number < FLOWS; number++) {
        for (uint8_t protocol = HT_ICMP; protocol <= HT_UDP; protocol++) {
            check_flow_of_quote(protocol, number, 0);
            check_flow_of_quote(protocol, number, 8);
            check_flow_of_quote(protocol, number, 13);
        }
    }
}

/* The payload of one flow behind the port of another. */
static void two_flows_in_one_quote_are_none(void)
{
    struct scene scene;
    struct scene other;
    set_up_flow(&scene, HT_UDP, 1);
    set_up_flow(&other, HT_UDP, 2);
    ht_flow_table_add(&scene.flows, &other.run);
    ht_store_u16(scene.probe + HT_IPV4_HEADER_LENGTH, LOCAL_ID + 2);
    CU_ASSERT_NOT_EQUAL(find(&scene).finding, HT_FOUND_PROBE);
    ht_store_u16(scene.probe + HT_IPV4_HEADER_LENGTH, LOCAL_ID + 3);
    CU_ASSERT_EQUAL(find(&scene).finding, HT_FOUND_NOTHING);
    tear_down(&other);
    tear_down(&scene);
}

static const struct unit_case cases[] = {
    UNIT_CASE(quotes_of_several_flows),
    UNIT_CASE(ids_of_two_probes_name_none),
    UNIT_CASE(two_flows_in_one_quote_are_none),
    UNIT_CASE(whole_cut_off_or_padded_it_is_found),
    UNIT_CASE(with_another_identity_it_is_forged),
    UNIT_CASE(with_the_tag_of_another_flow_it_is_forged),
    UNIT_CASE(gone_elsewhere_it_is_found_by_its_whole_payload),
    UNIT_CASE(gone_elsewhere_it_is_a_strangers_without_its_whole_payload),
    UNIT_CASE(gone_elsewhere_it_is_a_strangers_without_a_payload),
    UNIT_CASE(gone_elsewhere_with_another_identity_it_is_refused),
    UNIT_CASE(gone_elsewhere_from_another_id_it_is_a_strangers),
    UNIT_CASE(gone_to_another_target_it_is_found),
    UNIT_CASE(a_length_tells_more_than_an_id_by_accident),
};

UNIT_MAIN("probing_reply_match", cases)
