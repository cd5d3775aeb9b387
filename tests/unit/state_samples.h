/* Histories for the tests of the state file. */
#ifndef HT_TESTS_STATE_SAMPLES_H
#define HT_TESTS_STATE_SAMPLES_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "history/history.h"
#include "state/document.h"

#define SAMPLE_WALL_NS INT64_C(1767323045678901000)

/* Ends the test: without memory it says nothing. */
static inline void sample_need(bool holds)
{
    if (!holds)
        abort();
}

static inline struct ht_address sample_address(const char *text)
{
    struct ht_address address = {.version = HT_IP_NONE};
    sample_need(ht_address_parse(text, &address));
    return address;
}

/* The router at a ttl of the path to target `number`. */
static inline struct ht_address sample_router(size_t number, uint8_t ttl)
{
    return (struct ht_address){.version = HT_IPV4,
                               .bytes = {10, ttl, (uint8_t)(number >> 8), (uint8_t)number}};
}

/* A target whose path of `hops` hops never changed, as most are. */
static inline struct ht_remembered *sample_plain(struct ht_history *history, size_t number,
                                                 uint8_t hops)
{
    char name[32];
    sample_need(snprintf(name, sizeof name, "target-%zu.example", number) > 0);
    struct ht_remembered *remembered = ht_history_make(history, name);
    sample_need(remembered != NULL && ht_remembered_set_host(remembered, name));
    struct ht_path_key key = {.address = sample_router(number, hops),
                              .source = {.version = HT_IPV4, .bytes = {10, 0, 0, 2}},
                              .local_id = (uint16_t)(33000 + number)};
    struct ht_path_memory *memory = ht_remembered_path(remembered, &key);
    sample_need(memory != NULL);
    memory->since_ns = SAMPLE_WALL_NS - 1000;
    memory->measured_ns = SAMPLE_WALL_NS;
    memory->path_id = (uint32_t)number * 2654435761U;
    memory->has_path_id = true;
    memory->path_hops = hops;
    memory->round.destination_ttl = hops;
    memory->round.max_rtt_ns = 8800000;
    for (uint8_t ttl = 1; ttl <= hops; ttl++) {
        struct ht_address router = sample_router(number, ttl);
        struct ht_known_hop *hop = ht_path_memory_make_hop(memory, ttl);
        sample_need(hop != NULL && ht_known_add(hop, &router, 1000 + ttl));
        hop->answers = 3000;
    }
    return remembered;
}

static inline void sample_past(struct ht_path_memory *memory, uint8_t last)
{
    struct ht_past_path path = {.bytes = malloc(34), .size = 34};
    sample_need(path.bytes != NULL);
    for (uint8_t i = 0; i < 34; i++)
        path.bytes[i] = (uint8_t)(i * 7);
    path.bytes[0] = 3;
    path.bytes[17] = last;
    sample_need(ht_past_paths_append(&memory->past, path));
}

/* IPv6 with a device, routers that take turns, an open run, earlier paths. */
static inline void sample_changed(struct ht_remembered *remembered)
{
    struct ht_path_key key = {.address = sample_address("2001:db8::7"),
                              .source = sample_address("fe80::2"),
                              .fwmark = 4294967295U,
                              .port = 5432,
                              .local_id = 65535,
                              .protocol = HT_TCP,
                              .tos = 184,
                              .flow = 3,
                              .interface = "eth0.100"};
    key.source.scope_id = 4000000000U;
    struct ht_path_memory *memory = ht_remembered_path(remembered, &key);
    sample_need(memory != NULL);
    memory->since_ns = 1;
    memory->measured_ns = SAMPLE_WALL_NS + 1;
    memory->changes = 4294967295U;
    struct ht_round_memory round = {.silent_ttls = {5, UINT64_C(1) << 63, 0, UINT64_C(1) << 63},
                                    .max_rtt_ns = 59999999999,
                                    .next_timestamp = 4294967295U,
                                    .numbers = 36,
                                    .next_number = 65535,
                                    .last_router_ttl = 11,
                                    .one_by_one = true,
                                    .labels_lengths = true,
                                    .destination_ttl = 12};
    memory->round = round;
    struct ht_address one = sample_address("fe80::1");
    struct ht_address two = sample_address("2001:db8::1");
    one.scope_id = 7;
    struct ht_known_hop *hop = ht_path_memory_make_hop(memory, 255);
    sample_need(hop != NULL && ht_known_add(hop, &one, 1) && ht_known_add(hop, &two, 4294967295U));
    hop->answers = 4294967295U;
    struct ht_address other = sample_address("2001:db8::2");
    sample_need(ht_known_add_unknown(hop, &other, 2));
    hop->run = 2;
    hop->run_since_ns = SAMPLE_WALL_NS;
    sample_past(memory, 3);
    sample_past(memory, 9);
    memory->marking = (struct ht_marking_path){.sent = 184,
                                               .last = 12,
                                               .count = 2,
                                               .cleared_quotes = {0x10},
                                               .true_quotes = {0xee, 0x0f},
                                               .changes = {{3, 0, 184, 8}, {9, 5, 8, 0}}};
    memory->mtu = calloc(1, sizeof *memory->mtu);
    sample_need(memory->mtu != NULL);
    *memory->mtu = (struct ht_path_mtu){.path = 1300,
                                        .limit_count = 2,
                                        .limits = {{3, false, 1400, sample_address("2001:db8::3")},
                                                   {6, true, 1300, {.version = HT_IP_NONE}}}};
}

/* Rounds of a path of `hops` hops with a window of `size` rounds: calm ones at first, then each one
 * of some that follow is lost at the destination and some on the way, in the end all of `outage`.
 */
static inline void sample_rounds(struct ht_path_memory *memory, uint16_t size, uint8_t hops,
                                 size_t rounds, size_t outage)
{
    const struct ht_where_settings settings = {size, 5, 50};
    struct ht_where_verdict verdict;
    for (size_t i = 0; i < rounds + outage; i++) {
        struct ht_round_hop list[UINT8_MAX];
        uint32_t lost = i >= rounds ? 3 : i > rounds / 2 ? (uint32_t)(i % 3) : 0;
        double ms = 8.125 + (double)(i % 5) / 8;
        const struct ht_rtt rtt = {ms - 1, ms, ms + 1.25, 0.5, ms, ms + 1.25, 0.25};
        for (uint8_t k = 0; k < hops; k++)
            list[k] = (struct ht_round_hop){
                .counts = {3, k % 7 == 3     ? 0
                              : k > hops / 2 ? 3 - lost
                                             : 3},
                .median_us = k % 7 == 3 || lost == 3 ? 0 : 1000U * k + 200 + (uint32_t)(i % 9)};
        struct ht_round_result round = {.hops = list,
                                        .hop_count = lost < 3 ? hops : hops / 2U,
                                        .end_to_end = {{3, 3 - lost}, (uint32_t)(ms * 1000)},
                                        .rtt = &rtt,
                                        .time_ns = SAMPLE_WALL_NS + (int64_t)i,
                                        .answered = lost < 3};
        if (lost == 3)
            round.end_to_end.median_us = 0;
        ht_where_take(&memory->where, &settings, &round, &verdict);
    }
}

/* All that a file can hold, in few targets: 4 memories, names that must be escaped, none at all. */
static inline void sample_everything(struct ht_history *history)
{
    struct ht_remembered *first = sample_plain(history, 1, 3);
    sample_changed(first);
    first->event_counts[HT_EVENT_PATH_CHANGED] = 4294967295U;
    first->event_counts[HT_EVENT_ADDRESS_CHANGED] = 1;
    first->family = HT_FAMILY_IPV6;
    static const char *const names[] = {
        "",      "\"quoted\\\" \x01\x1f\x7f", "J\xc3\xbcrgen", "not UTF-8: \xff\xc3", "a", "a!",
        "b{}[],"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ht_remembered *remembered = ht_history_make(history, names[i]);
        sample_need(remembered != NULL && ht_remembered_set_host(remembered, "host \xfe\"\\"));
        remembered->family = HT_FAMILY_IPV4;
    }
    struct ht_remembered *hostless = ht_history_make(history, "hostless");
    struct ht_path_key key = {.protocol = HT_UDP, .port = 33434};
    for (uint8_t i = 0; hostless != NULL && i < HT_PATH_MEMORIES_MAX; i++) {
        key.flow = i;
        struct ht_path_memory *flow = ht_remembered_path(hostless, &key);
        sample_need(flow != NULL);
        flow->flow_window.size = 20;
        sample_need(i == 0 || ht_loss_window_add(&flow->flow_window, NULL, 0,
                                                 (struct ht_counts){i, i - 1U}, false));
    }
    sample_rounds(sample_plain(history, 2, 2)->memories[0], 2, 2, 8, 0);
}

static inline bool sample_put(void *user, const char *bytes, size_t length)
{
    ht_text_append(user, bytes, length);
    return true;
}

/* The whole text of a history, to be freed. */
static inline struct ht_text sample_text(const struct ht_history *history, int64_t wall_ns)
{
    struct ht_document document;
    struct ht_text text = {0};
    sample_need(ht_document_begin(&document, history, wall_ns));
    while (!ht_document_add(&document, history, 1))
        ;
    sample_need(ht_document_finish(&document, NULL) == HT_OK);
    sample_need(ht_document_emit(&document, sample_put, &text) && !text.failed);
    ht_document_fini(&document);
    return text;
}

/* Gives a text that was changed a checksum that fits. */
static inline void sample_seal(struct ht_text *text)
{
    if (text->length < 11)
        return;
    uint32_t hash = ht_fnv1a(HT_FNV1A_START, (const uint8_t *)text->data, text->length - 11);
    char digits[9];
    sample_need(snprintf(digits, sizeof digits, "%08x", hash) == 8);
    memcpy(text->data + text->length - 11, digits, 8);
}

#endif
