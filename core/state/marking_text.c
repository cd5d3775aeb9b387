#include "state/marking_text.h"

#include "state/fields.h"
#include "state/scan.h"

#define BITS_SIZE sizeof((struct ht_marking_path *)NULL)->true_quotes

static void put_bits(struct ht_text *text, const char *key, const uint8_t *bits)
{
    size_t size = BITS_SIZE;
    while (size > 0 && bits[size - 1] == 0)
        size--;
    ht_text_puts(text, key);
    for (size_t i = 0; i < size; i++)
        ht_text_printf(text, "%02x", (unsigned)bits[i]);
    ht_text_putc(text, '"');
}

void ht_marking_text_put(struct ht_text *text, const struct ht_marking_path *marking)
{
    ht_text_puts(text, "{\"last\":");
    ht_state_put_number(text, marking->last);
    put_bits(text, ",\"cleared_quotes\":\"", marking->cleared_quotes);
    put_bits(text, ",\"true_quotes\":\"", marking->true_quotes);
    ht_text_puts(text, ",\"changes\":[");
    for (uint8_t i = 0; i < marking->count; i++) {
        const struct ht_marking *change = &marking->changes[i];
        ht_text_printf(text, "%s[%u,%u,%u,%u]", i > 0 ? "," : "", (unsigned)change->after_ttl,
                       (unsigned)change->ttl, (unsigned)change->from, (unsigned)change->to);
    }
    ht_text_puts(text, "]}");
}

static void read_bits(struct ht_reader *in, const char *key, uint8_t *bits)
{
    size_t size = 0;
    ht_scan_exactly(in, key);
    while (!in->failed && !ht_scan_has(in, "\"")) {
        uint8_t high = ht_scan_digit(in);
        uint8_t low = ht_scan_digit(in);
        in->failed |= size == BITS_SIZE;
        if (!in->failed)
            bits[size++] = (uint8_t)(high << 4 | low);
    }
    in->failed |= size > 0 && bits[size - 1] == 0;
}

static struct ht_marking read_change(struct ht_reader *in)
{
    struct ht_marking change;
    ht_scan_exactly(in, "[");
    change.after_ttl = (uint8_t)ht_scan_number(in, UINT8_MAX);
    ht_scan_exactly(in, ",");
    change.ttl = (uint8_t)ht_scan_number(in, UINT8_MAX);
    ht_scan_exactly(in, ",");
    change.from = (uint8_t)ht_scan_number(in, UINT8_MAX);
    ht_scan_exactly(in, ",");
    change.to = (uint8_t)ht_scan_number(in, UINT8_MAX);
    ht_scan_exactly(in, "]");
    return change;
}

/* Each change begins with the value that the one before ended with, behind it. */
static bool follows(const struct ht_marking_path *marking, const struct ht_marking *change)
{
    const struct ht_marking *last =
        marking->count > 0 ? &marking->changes[marking->count - 1] : NULL;
    return change->from == (last != NULL ? last->to : marking->sent) &&
           change->from != change->to && change->after_ttl < change->ttl &&
           change->after_ttl >= (last != NULL ? last->ttl : 0) && change->ttl <= marking->last;
}

void ht_marking_text_read(struct ht_reader *in, uint8_t sent, struct ht_marking_path *marking)
{
    *marking = (struct ht_marking_path){.sent = sent};
    ht_scan_exactly(in, "{\"last\":");
    marking->last = (uint8_t)ht_scan_number(in, UINT8_MAX);
    read_bits(in, ",\"cleared_quotes\":\"", marking->cleared_quotes);
    read_bits(in, ",\"true_quotes\":\"", marking->true_quotes);
    ht_scan_exactly(in, ",\"changes\":[");
    for (bool first = true; ht_scan_next(in, &first, "]");) {
        struct ht_marking change = read_change(in);
        in->failed |= marking->count == HT_MARKINGS_MAX || !follows(marking, &change);
        if (!in->failed)
            marking->changes[marking->count++] = change;
    }
    ht_scan_exactly(in, "}");
}
