#include "probing/round/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/round/held_answers.h"
#include "wire/reply.h"
#include "wire/transport.h"

/* Answers held at a time: those to a window of probes, and some copies. A further answer takes the
 * oldest one's room. */
#define HELD_MAX 32

void ht_held_free(struct ht_doubted *doubted)
{
    free(doubted->held);
    doubted->held = NULL;
}

/* RFC 1624: by how much a checksum differs in ones-complement, in which 0 and 0xffff are one. */
static uint16_t checksum_difference(uint16_t from, uint16_t to)
{
    uint32_t sum = (uint32_t)to + (uint16_t)~from;
    sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff ? 0 : (uint16_t)sum;
}

static uint32_t change_of(const struct ht_round *round, const struct ht_reply *reply,
                          uint32_t probe)
{
    if (ht_transport_of(&round->flow)->sequence_shift != NULL)
        return ht_reply_sequence_shift(reply, &round->flow);
    uint16_t sent = ht_probe_id_key(round, probe);
    return (uint32_t)(reply->checksum ^ sent) << 16 | checksum_difference(sent, reply->checksum);
}

/* Makes room for one more answer; of HELD_MAX the oldest is forgotten. False: no memory. */
static bool make_room(struct ht_doubted *doubted)
{
    struct ht_held *held = doubted->held;
    size_t capacity = held != NULL ? held->capacity : 0;
    if (held != NULL && held->count < capacity)
        return true;
    if (capacity == HELD_MAX) {
        held->lapsed += held->answers[0].kind == HT_HELD_UNNAMED;
        ht_held_forget(held, 0);
        return true;
    }
    capacity = capacity == 0 ? 1 : 2 * capacity;
    held = realloc(doubted->held, sizeof *held + capacity * sizeof held->answers[0]);
    if (held == NULL)
        return false;
    if (doubted->held == NULL)
        *held = (struct ht_held){.count = 0};
    held->capacity = capacity;
    doubted->held = held;
    return true;
}

void ht_held_keep(struct ht_round *round, enum ht_held_kind kind, const struct ht_reply *reply,
                  uint32_t probe, int64_t received_ns, bool kernel_stamp)
{
    if (!make_room(&round->doubted)) {
        round->host.out_of_memory = true;
        return;
    }
    struct ht_held_answer *answer = &round->doubted.held->answers[round->doubted.held->count++];
    *answer = (struct ht_held_answer){.reply = *reply,
                                      .received_ns = received_ns,
                                      .kind = kind,
                                      .probe = probe,
                                      .kernel_stamp = kernel_stamp};
    answer->reply.quoted_payload_length = 0;
    if (reply->extension_length > HT_HELD_EXTENSION_MAX)
        answer->reply.extension_length = 0;
    if (answer->reply.extension_length > 0)
        memcpy(answer->extension, reply->extension, reply->extension_length);
    if (kind == HT_HELD_REWRITTEN)
        answer->change = change_of(round, reply, probe);
}

bool ht_held_has(const struct ht_doubted *doubted, uint32_t probe)
{
    for (size_t i = 0; doubted->held != NULL && i < doubted->held->count; i++) {
        if (doubted->held->answers[i].probe == probe)
            return true;
    }
    return false;
}

void ht_held_forget(struct ht_held *held, size_t index)
{
    HT_ASSERT(index < held->count);
    for (size_t i = index + 1; i < held->count; i++)
        held->answers[i - 1] = held->answers[i];
    held->count--;
}
