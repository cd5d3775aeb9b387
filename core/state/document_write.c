#define _GNU_SOURCE /* qsort_r */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "config/names.h"
#include "hoptrace/names.h"
#include "state/document.h"
#include "state/fields.h"
#include "state/marking_text.h"
#include "state/mtu_text.h"
#include "state/where_text.h"

/* Bytes of a line, as a first guess: of 15 hops that never changed, without windows. */
#define LINE_GUESS 1536

/* Longest text before and after the lines. */
#define FRAME_MAX 128

static const char digits_of_hex[] = "0123456789abcdef";

static void put_byte(struct ht_text *text, uint8_t byte)
{
    const char digits[] = {digits_of_hex[byte >> 4], digits_of_hex[byte & 0xf]};
    ht_text_append(text, digits, sizeof digits);
}

/* Appends the string, quoted. In one that is not UTF-8 each byte beyond ASCII becomes \u00XX, with
 * its own value: read back it is the same again. */
static void put_string(struct ht_text *text, const char *string)
{
    bool plain = ht_text_is_utf8(string);
    ht_text_putc(text, '"');
    for (const char *at = string; *at != '\0'; at++) {
        uint8_t byte = (uint8_t)*at;
        if (byte < 0x20 || byte == 0x7f || (byte > 0x7f && !plain)) {
            ht_text_puts(text, "\\u00");
            put_byte(text, byte);
        } else {
            if (byte == '"' || byte == '\\')
                ht_text_putc(text, '\\');
            ht_text_putc(text, *at);
        }
    }
    ht_text_putc(text, '"');
}

/* Appends a key, or anything else that needs no escaping, and a quoted address; "": none. */
static void put_address(struct ht_text *text, const char *before, const struct ht_address *address)
{
    char name[HT_ADDRESS_TEXT_MAX];
    ht_text_puts(text, before);
    ht_text_putc(text, '"');
    ht_text_puts(text, ht_address_format(address, name));
    ht_text_putc(text, '"');
}

static void put_round(struct ht_text *text, const struct ht_round_memory *round)
{
    const char *between = "";
    ht_text_puts(text, ",\"round\":{");
    ht_state_put_fields(text, ht_state_round_fields, ht_state_round_field_count, round);
    ht_text_puts(text, "\"silent_ttls\":[");
    for (unsigned ttl = 0; ttl <= UINT8_MAX; ttl++) {
        if (!ht_round_memory_silent(round, (uint8_t)ttl))
            continue;
        ht_text_puts(text, between);
        ht_state_put_number(text, ttl);
        between = ",";
    }
    ht_text_puts(text, "]}");
}

static void put_known(struct ht_text *text, const char *key,
                      const struct ht_known_address *addresses, uint8_t count)
{
    ht_text_puts(text, key);
    ht_text_putc(text, '{');
    for (uint8_t i = 0; i < count; i++) {
        put_address(text, i > 0 ? "," : "", &addresses[i].address);
        ht_text_putc(text, ':');
        ht_state_put_number(text, addresses[i].answers);
    }
    ht_text_putc(text, '}');
}

static void put_hop(struct ht_text *text, unsigned ttl, const struct ht_known_hop *hop)
{
    ht_text_puts(text, "{\"ttl\":");
    ht_state_put_number(text, ttl);
    ht_text_puts(text, ",\"answers\":");
    ht_state_put_number(text, hop->answers);
    if (hop->limit_ns > 0) {
        ht_text_puts(text, ",\"limit_ns\":");
        ht_state_put_number(text, (uint64_t)hop->limit_ns);
    }
    put_known(text, ",\"known\":", hop->addresses, hop->known);
    if (hop->run > 0) {
        ht_text_puts(text, ",\"run\":");
        ht_state_put_number(text, hop->run);
        ht_text_puts(text, ",\"run_since_ns\":");
        ht_state_put_number(text, hop->run_since_ns > 0 ? (uint64_t)hop->run_since_ns : 0);
        put_known(text, ",\"unknown\":", &hop->addresses[hop->known], hop->unknown);
    }
    ht_text_putc(text, '}');
}

static void put_hops(struct ht_text *text, const struct ht_path_memory *memory)
{
    const char *between = "";
    ht_text_puts(text, ",\"hops\":[");
    for (unsigned ttl = 1; ttl <= memory->hop_count; ttl++) {
        const struct ht_known_hop *hop = &memory->hops[ttl - 1];
        if (hop->known == 0 && hop->run == 0)
            continue;
        ht_text_puts(text, between);
        put_hop(text, ttl, hop);
        between = ",";
    }
    ht_text_putc(text, ']');
}

static void put_past(struct ht_text *text, const struct ht_past_paths *past)
{
    ht_text_puts(text, ",\"past\":[");
    for (uint8_t i = 0; i < past->count; i++) {
        ht_text_puts(text, i > 0 ? ",\"" : "\"");
        for (uint32_t k = 0; k < past->list[i].size; k++)
            put_byte(text, past->list[i].bytes[k]);
        ht_text_putc(text, '"');
    }
    ht_text_putc(text, ']');
}

static void put_path(struct ht_text *text, const struct ht_path_memory *memory)
{
    const struct ht_path_key *key = &memory->key;
    put_address(text, "{\"address\":", &key->address);
    put_address(text, ",\"source\":", &key->source);
    ht_text_puts(text, ",\"interface\":");
    put_string(text, key->interface);
    ht_text_puts(text, ",\"protocol\":\"");
    ht_text_puts(text, ht_protocol_name((enum ht_protocol)key->protocol));
    ht_text_puts(text, "\",");
    ht_state_put_fields(text, ht_state_path_fields, ht_state_path_field_count, memory);
    ht_text_puts(text, "\"path_id\":");
    if (memory->has_path_id)
        ht_text_printf(text, "\"%08" PRIx32 "\"", memory->path_id);
    else
        ht_text_puts(text, "null");
    put_round(text, &memory->round);
    put_hops(text, memory);
    put_past(text, &memory->past);
    if (memory->where.window.size > 0) {
        ht_text_puts(text, ",\"where\":");
        ht_where_text_put(text, &memory->where);
    }
    if (memory->flow_window.size > 0)
        ht_flow_window_text_put(text, &memory->flow_window);
    if (memory->marking.last > 0) {
        ht_text_puts(text, ",\"marking\":");
        ht_marking_text_put(text, &memory->marking);
    }
    if (memory->mtu != NULL && memory->mtu->path != 0) {
        ht_text_puts(text, ",\"mtu\":");
        ht_mtu_text_put(text, memory->mtu);
    }
    ht_text_putc(text, '}');
}

static void put_events(struct ht_text *text, const uint32_t counts[HT_EVENT_KINDS])
{
    const char *between = "";
    ht_text_puts(text, ",\"events\":{");
    for (unsigned kind = 0; kind < HT_EVENT_KINDS; kind++) {
        if (counts[kind] == 0)
            continue;
        ht_text_puts(text, between);
        put_string(text, ht_event_name((enum ht_event_kind)kind));
        ht_text_putc(text, ':');
        ht_state_put_number(text, counts[kind]);
        between = ",";
    }
    ht_text_putc(text, '}');
}

/* Appends a target. Returns where its name ends. */
static size_t put_target(struct ht_text *text, const struct ht_remembered *remembered)
{
    ht_text_puts(text, "{\"target\":");
    put_string(text, remembered->name);
    size_t head = text->length;
    ht_text_puts(text, ",\"host\":");
    put_string(text, remembered->host != NULL ? remembered->host : "");
    ht_text_puts(text, ",\"family\":\"");
    ht_text_puts(text, ht_family_name(remembered->family));
    ht_text_putc(text, '"');
    put_events(text, remembered->event_counts);
    ht_text_puts(text, ",\"paths\":[");
    for (uint16_t i = 0; i < remembered->count; i++) {
        if (i > 0)
            ht_text_putc(text, ',');
        put_path(text, remembered->memories[i]);
    }
    ht_text_puts(text, "]}");
    return head;
}

/* False: there is nothing to say of it, or its name is too long. */
static bool is_wanted(const struct ht_remembered *remembered)
{
    bool any = remembered->count > 0 || remembered->host != NULL;
    return any && strlen(remembered->name) < HT_DOCUMENT_STRING_MAX &&
           (remembered->host == NULL || strlen(remembered->host) < HT_DOCUMENT_STRING_MAX);
}

bool ht_document_begin(struct ht_document *document, const struct ht_history *history,
                       int64_t wall_ns)
{
    size_t count = history->count;
    *document = (struct ht_document){.left = count, .written_ns = wall_ns > 0 ? wall_ns : 0};
    document->lines = malloc((count > 0 ? count : 1) * sizeof *document->lines);
    return ht_text_reserve(&document->text, count * LINE_GUESS + 1) && document->lines != NULL;
}

/* From the end to the front: where one is forgotten, the last one takes its place, so that those
 * still to be added never get behind the cursor. Others may come before it once more. */
bool ht_document_add(struct ht_document *document, const struct ht_history *history, size_t bytes)
{
    size_t begin = document->text.length;
    if (document->left > history->count)
        document->left = history->count;
    while (document->left > 0 && !document->text.failed && document->text.length - begin < bytes) {
        const struct ht_remembered *remembered = history->list[--document->left];
        if (!is_wanted(remembered))
            continue;
        size_t offset = document->text.length;
        size_t head = put_target(&document->text, remembered);
        document->lines[document->count++] = (struct ht_document_line){
            .offset = offset, .length = document->text.length - offset, .head = head - offset};
    }
    return document->left == 0 || document->text.failed;
}

/* By name; of one name the later line first. No name's bytes, with the quote at their end, begin
 * another's. */
static int compare(const void *first, const void *second, void *text)
{
    const struct ht_document_line *a = first;
    const struct ht_document_line *b = second;
    const char *bytes = text;
    int order = memcmp(bytes + a->offset, bytes + b->offset, a->head < b->head ? a->head : b->head);
    if (order != 0)
        return order;
    return a->offset < b->offset ? 1 : -1;
}

/* Of a name's lines the first one stays. Returns the length of all. */
static size_t drop_doubles(struct ht_document *document)
{
    size_t kept = 0;
    size_t length = 0;
    for (size_t i = 0; i < document->count; i++) {
        const struct ht_document_line *line = &document->lines[i];
        const struct ht_document_line *last = &document->lines[kept > 0 ? kept - 1 : 0];
        const char *bytes = document->text.data;
        if (kept > 0 && last->head == line->head &&
            memcmp(bytes + last->offset, bytes + line->offset, line->head) == 0)
            continue;
        length += line->length + 2;
        document->lines[kept++] = *line;
    }
    document->count = kept;
    return length;
}

int ht_document_finish(struct ht_document *document, struct ht_error *error)
{
    HT_ASSERT(document->left == 0 || document->text.failed);
    if (document->text.failed || document->lines == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    qsort_r(document->lines, document->count, sizeof *document->lines, compare,
            document->text.data);
    if (drop_doubles(document) > HT_DOCUMENT_MAX - FRAME_MAX)
        return ht_error_set(error, HT_ERR_INVALID, "too many targets");
    return HT_OK;
}

/* Where the pieces go, and the checksum of those that went. */
struct emission {
    bool (*put)(void *user, const char *bytes, size_t length);
    void *user;
    uint32_t hash;
};

static bool emit(struct emission *emission, const char *bytes, size_t length)
{
    emission->hash = ht_fnv1a(emission->hash, (const uint8_t *)bytes, length);
    return emission->put(emission->user, bytes, length);
}

bool ht_document_emit(const struct ht_document *document,
                      bool (*put)(void *user, const char *bytes, size_t length), void *user)
{
    struct emission emission = {.put = put, .user = user, .hash = HT_FNV1A_START};
    char frame[FRAME_MAX];
    int length = snprintf(frame, sizeof frame,
                          "{\"schema\":\"%s%d\",\"written_ns\":%" PRId64 ",\"targets\":[\n",
                          HT_STATE_SCHEMA, HT_STATE_VERSION, document->written_ns);
    bool good = length > 0 && emit(&emission, frame, (size_t)length);
    for (size_t i = 0; good && i < document->count; i++) {
        const struct ht_document_line *line = &document->lines[i];
        const char *end = i + 1 < document->count ? ",\n" : "\n";
        good = emit(&emission, document->text.data + line->offset, line->length) &&
               emit(&emission, end, strlen(end));
    }
    static const char tail[] = "],\"checksum\":\"";
    if (!good || !emit(&emission, tail, strlen(tail)))
        return false;
    length = snprintf(frame, sizeof frame, "%08" PRIx32 "\"}\n", emission.hash);
    return length > 0 && put(user, frame, (size_t)length);
}

void ht_document_fini(struct ht_document *document)
{
    ht_text_fini(&document->text);
    free(document->lines);
    *document = (struct ht_document){0};
}
