#include "history/marking.h"

#include <string.h>

/* RFC 3168 section 5. */
enum { ECT_1 = 1, ECT_0 = 2, CONGESTION = 3 };

/* A quoted value, where the packet is known to have had `before`: without congestion. */
static uint8_t as_marked(uint8_t tos, uint8_t before)
{
    uint8_t ecn = before & HT_ECN_MASK;
    bool capable = ecn == ECT_0 || ecn == ECT_1;
    return capable && (tos & HT_ECN_MASK) == CONGESTION ? (uint8_t)((tos & ~HT_ECN_MASK) | ecn)
                                                        : tos;
}

static bool shows(const struct ht_quoted_hop *hop, uint8_t value)
{
    bool shown = hop->mirrored && as_marked(hop->mirror, value) == value;
    for (uint8_t i = 0; i < hop->count; i++)
        shown |= as_marked(hop->tos[i], value) == value;
    return shown;
}

/* What the hops behind one show. */
struct behind {
    bool old_value;
    bool new_value;
    bool any_value;
    bool ends_new; /* the last hop with one value has the new one */
};

static struct behind look_behind(const struct ht_quoted_hop *hops, size_t hop_count, size_t from,
                                 uint8_t old_value, uint8_t new_value)
{
    struct behind behind = {.ends_new = true};
    for (size_t i = from; i < hop_count; i++) {
        behind.old_value |= shows(&hops[i], old_value);
        behind.new_value |= shows(&hops[i], new_value);
        behind.any_value |= hops[i].count > 0;
        if (hops[i].count == 1)
            behind.ends_new = as_marked(hops[i].tos[0], new_value) == new_value;
    }
    return behind;
}

static bool has_bit(const uint8_t *bits, unsigned ttl)
{
    return (bits[ttl / 8] >> ttl % 8 & 1) != 0;
}

/* A hop shows one value that is not the one before. Whether that is a change. */
static bool is_change(struct behind behind, uint8_t old_value, uint8_t new_value)
{
    /* 0 behind another value may be of a router that clears it. */
    if (behind.old_value && old_value != 0)
        return false;
    if (!behind.new_value)
        return !behind.any_value;
    return new_value != 0 || behind.ends_new;
}

static void append(struct ht_marking_path *path, struct ht_marking change)
{
    if (path->count < HT_MARKINGS_MAX)
        path->changes[path->count++] = change;
}

static void set_bit(uint8_t *bits, unsigned ttl)
{
    bits[ttl / 8] |= (uint8_t)(1U << ttl % 8);
}

/* True if the hop's 0 says nothing: its router clears its quotes, and never showed anything else.
 */
static bool is_cleared(const struct ht_marking_path *before, uint8_t ttl, uint8_t tos)
{
    return tos == 0 && has_bit(before->cleared_quotes, ttl) && !has_bit(before->true_quotes, ttl);
}

void ht_marking_judge(const struct ht_quoted_hop *hops, size_t hop_count, uint8_t sent,
                      const struct ht_marking_path *before, struct ht_marking_path *path)
{
    uint8_t current = sent;
    uint8_t current_ttl = 0; /* the last hop that showed it */
    *path = (struct ht_marking_path){.sent = sent};
    for (size_t i = 0; i < hop_count; i++) {
        uint8_t ttl = (uint8_t)(i + 1);
        if (hops[i].count != 1 || is_cleared(before, ttl, hops[i].tos[0]))
            continue;
        uint8_t value = as_marked(hops[i].tos[0], current);
        path->last = ttl;
        if (value != 0)
            set_bit(path->true_quotes, ttl);
        if (value != current) {
            struct behind behind = look_behind(hops, hop_count, i + 1, current, value);
            if (!is_change(behind, current, value)) {
                if (behind.old_value && value == 0)
                    set_bit(path->cleared_quotes, ttl);
                continue;
            }
            append(path, (struct ht_marking){
                             .ttl = ttl, .after_ttl = current_ttl, .from = current, .to = value});
        }
        current = value;
        current_ttl = ttl;
    }
}

/* --- memory -------------------------------------------------------------------------------- */

/* The value at a ttl. False: it is not known there. */
static bool value_at(const struct ht_marking_path *path, uint8_t ttl, uint8_t *value)
{
    *value = path->sent;
    for (uint8_t i = 0; i < path->count && ttl > path->changes[i].after_ttl; i++) {
        if (ttl < path->changes[i].ttl)
            return false;
        *value = path->changes[i].to;
    }
    return ttl <= path->last;
}

static uint8_t value_at_end(const struct ht_marking_path *path)
{
    return path->count > 0 ? path->changes[path->count - 1].to : path->sent;
}

/* Looks for the lowest ttl, below `end_ttl`, that shows another value than before. */
static bool find_other(const struct ht_marking_path *memory, const struct ht_quoted_hop *hops,
                       unsigned end_ttl, const struct ht_marking_path *path,
                       struct ht_marking_event *event)
{
    for (unsigned ttl = 1; ttl <= path->last && ttl < end_ttl; ttl++) {
        event->hop = (uint8_t)ttl;
        if (hops[ttl - 1].count == 1 && value_at(memory, event->hop, &event->old_tos) &&
            value_at(path, event->hop, &event->new_tos) && event->old_tos != event->new_tos)
            return true;
    }
    return false;
}

/* The same where the path is another one: by the value at its end. A round that has not seen as
 * much of it as the hop of the last change before says nothing. */
static bool ends_otherwise(const struct ht_marking_path *memory, uint8_t changed_ttl,
                           const struct ht_marking_path *path, struct ht_marking_event *event)
{
    uint8_t seen_ttl = memory->count > 0 ? memory->changes[memory->count - 1].ttl : 1;
    *event = (struct ht_marking_event){.hop = path->count > 0 ? path->changes[path->count - 1].ttl
                                                              : changed_ttl,
                                       .old_tos = value_at_end(memory),
                                       .new_tos = value_at_end(path)};
    return path->last >= seen_ttl && event->old_tos != event->new_tos;
}

/* True if a hop shows something else than is remembered, even if the round makes nothing of it. */
static bool differs(const struct ht_marking_path *memory, const struct ht_quoted_hop *hops)
{
    for (unsigned ttl = 1; ttl <= memory->last; ttl++) {
        const struct ht_quoted_hop *hop = &hops[ttl - 1];
        uint8_t was;
        if (hop->count == 1 && hop->tos[0] != 0 && value_at(memory, (uint8_t)ttl, &was) &&
            as_marked(hop->tos[0], was) != was)
            return true;
    }
    return false;
}

/* True if both tell the same values one after another, wherever. */
static bool same_values(const struct ht_marking_path *memory, const struct ht_marking_path *path)
{
    bool same = memory->count == path->count;
    for (uint8_t i = 0; same && i < path->count; i++)
        same = memory->changes[i].to == path->changes[i].to;
    return same;
}

/* Both places of a change are right: the narrower one of each side is. */
static void narrow(struct ht_marking *one, struct ht_marking *other)
{
    if (one->after_ttl < other->after_ttl)
        one->after_ttl = other->after_ttl;
    if (one->ttl > other->ttl)
        one->ttl = other->ttl;
    *other = *one;
}

/* Enters a round that contradicts nothing. */
static void merge(struct ht_marking_path *memory, struct ht_marking_path *path)
{
    uint8_t i = 0;
    for (; i < path->count && i < memory->count; i++) {
        if (memory->changes[i].from != path->changes[i].from ||
            memory->changes[i].to != path->changes[i].to)
            return;
        narrow(&memory->changes[i], &path->changes[i]);
    }
    if (path->last <= memory->last)
        return;
    if (i == memory->count && i < path->count) {
        memcpy(&memory->changes[i], &path->changes[i],
               (size_t)(path->count - i) * sizeof path->changes[0]);
        memory->count = path->count;
    }
    memory->last = path->last;
}

/* What is known of routers' quotes. */
static void join_quotes(struct ht_marking_path *path, const struct ht_marking_path *more)
{
    for (size_t i = 0; i < sizeof path->cleared_quotes; i++) {
        path->cleared_quotes[i] |= more->cleared_quotes[i];
        path->true_quotes[i] |= more->true_quotes[i];
    }
}

bool ht_marking_take(struct ht_marking_path *memory, const struct ht_quoted_hop *hops,
                     uint8_t changed_ttl, struct ht_marking_path *path,
                     struct ht_marking_event *event)
{
    bool known = memory->last > 0;
    if (path->last == 0)
        return false;
    bool other = known && (find_other(memory, hops, changed_ttl != 0 ? changed_ttl : UINT8_MAX + 1,
                                      path, event) ||
                           (changed_ttl != 0 && ends_otherwise(memory, changed_ttl, path, event)));
    if (other && memory->fresh && same_values(memory, path))
        known = other = false;
    if (other || changed_ttl != 0 || !known || differs(memory, hops)) {
        struct ht_marking_path fresh = *path;
        if (changed_ttl == 0)
            join_quotes(&fresh, memory);
        *memory = fresh;
        memory->fresh = other;
        return other;
    }
    memory->fresh = false;
    merge(memory, path);
    join_quotes(memory, path);
    return false;
}
