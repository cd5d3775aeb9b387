#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/hash.h"
#include "hoptrace/names.h"
#include "hoptrace/time.h"
#include "model/protocol.h"
#include "state/document.h"
#include "state/fields.h"
#include "state/marking_text.h"
#include "state/mtu_text.h"
#include "state/scan.h"
#include "state/where_text.h"

/* The digits of the checksum, and what follows them. */
#define CHECKSUM_DIGITS 8
#define CHECKSUM_END    "\"}\n"

/* Earlier documents do not have what the last rounds show. */
#define VERSION_OF_WHERE 2

/* A document that is being read. */
struct reading {
    struct ht_reader in;
    unsigned version;
    bool no_memory; /* `in` has failed for this reason */
};

static void refuse_memory(struct reading *reading)
{
    reading->no_memory = true;
    reading->in.failed = true;
}

/* Fails the reading unless `holds`. */
static bool demand(struct reading *reading, bool holds)
{
    if (!holds)
        reading->in.failed = true;
    return !reading->in.failed;
}

/* The number of the scope in text; 0, and the reading fails: it is none. */
static uint32_t read_scope(struct reading *reading, const char *zone)
{
    struct ht_reader digits = ht_reader_over((const uint8_t *)zone, strlen(zone));
    uint32_t scope_id = (uint32_t)ht_scan_number(&digits, UINT32_MAX);
    (void)demand(reading, scope_id != 0 && ht_reader_left(&digits) == 0);
    return scope_id;
}

/* "": no address. */
static struct ht_address read_address(struct reading *reading)
{
    struct ht_address address = {.version = HT_IP_NONE};
    char text[HT_ADDRESS_TEXT_MAX];
    const char *zone = NULL;
    ht_scan_string(&reading->in, text, sizeof text);
    if (reading->in.failed || text[0] == '\0')
        return address;
    if (demand(reading, ht_address_parse_zoned(text, &address, &zone)) && zone != NULL)
        address.scope_id = read_scope(reading, zone);
    return address;
}

static void read_round(struct reading *reading, struct ht_round_memory *round)
{
    ht_scan_exactly(&reading->in, ",\"round\":{");
    ht_state_scan_fields(&reading->in, ht_state_round_fields, ht_state_round_field_count,
                         reading->version, round);
    ht_scan_exactly(&reading->in, "\"silent_ttls\":[");
    for (bool first = true; ht_scan_next(&reading->in, &first, "]");) {
        uint64_t ttl = ht_scan_number(&reading->in, UINT8_MAX);
        round->silent_ttls[ttl / 64] |= UINT64_C(1) << ttl % 64;
    }
    ht_scan_exactly(&reading->in, "}");
}

/* True if the hop has the address already. */
static bool has_entered(const struct ht_known_hop *hop, const struct ht_address *address)
{
    for (unsigned i = 0; i < (unsigned)hop->known + hop->unknown; i++) {
        if (ht_address_equal(&hop->addresses[i].address, address))
            return true;
    }
    return false;
}

/* Addresses with their answers, which are known, or the open run's. */
static void read_known(struct reading *reading, struct ht_known_hop *hop, uint8_t version,
                       bool known)
{
    ht_scan_exactly(&reading->in, "{");
    for (bool first = true; ht_scan_next(&reading->in, &first, "}");) {
        struct ht_address address = read_address(reading);
        ht_scan_exactly(&reading->in, ":");
        uint32_t answers = (uint32_t)ht_scan_number(&reading->in, UINT32_MAX);
        bool room = known ? hop->known < HT_KNOWN_MAX : hop->unknown < HT_KNOWN_MAX;
        if (!demand(reading, room && address.version == version && version != HT_IP_NONE &&
                                 !has_entered(hop, &address)))
            return;
        if (!(known ? ht_known_add : ht_known_add_unknown)(hop, &address, answers))
            refuse_memory(reading);
    }
}

static void read_run(struct reading *reading, struct ht_known_hop *hop, uint8_t version)
{
    uint8_t run = (uint8_t)ht_scan_number(&reading->in, UINT8_MAX);
    ht_scan_exactly(&reading->in, ",\"run_since_ns\":");
    hop->run_since_ns = (int64_t)ht_scan_number(&reading->in, INT64_MAX);
    ht_scan_exactly(&reading->in, ",\"unknown\":");
    read_known(reading, hop, version, false);
    hop->run = run;
    (void)demand(reading, hop->unknown > 0 && run > 0);
}

/* Returns the ttl, which is above `last`. */
static uint8_t read_hop(struct reading *reading, struct ht_path_memory *memory, uint8_t last)
{
    ht_scan_exactly(&reading->in, "{\"ttl\":");
    uint8_t ttl = (uint8_t)ht_scan_number(&reading->in, UINT8_MAX);
    if (!demand(reading, ttl > last))
        return last;
    struct ht_known_hop *hop = ht_path_memory_make_hop(memory, ttl);
    if (hop == NULL) {
        refuse_memory(reading);
        return last;
    }
    ht_scan_exactly(&reading->in, ",\"answers\":");
    hop->answers = (uint32_t)ht_scan_number(&reading->in, UINT32_MAX);
    if (ht_scan_has(&reading->in, ",\"limit_ns\":"))
        hop->limit_ns = (int64_t)ht_scan_number(&reading->in, HT_LIMIT_MAX_NS);
    ht_scan_exactly(&reading->in, ",\"known\":");
    read_known(reading, hop, memory->key.address.version, true);
    if (ht_scan_has(&reading->in, ",\"run\":"))
        read_run(reading, hop, memory->key.address.version);
    ht_scan_exactly(&reading->in, "}");
    return ttl;
}

static void read_hops(struct reading *reading, struct ht_path_memory *memory)
{
    uint8_t last = 0;
    ht_scan_exactly(&reading->in, ",\"hops\":[");
    for (bool first = true; ht_scan_next(&reading->in, &first, "]");)
        last = read_hop(reading, memory, last);
}

/* True if it is addresses by rising ttl, no more of one than can be known. */
static bool is_packed(const struct ht_past_path *path, size_t address_length)
{
    size_t step = 1 + address_length;
    unsigned same = 0;
    if (address_length == 0 || path->size % step != 0)
        return false;
    for (uint32_t i = 0; i < path->size; i += (uint32_t)step) {
        uint8_t last = i > 0 ? path->bytes[i - step] : 0;
        same = path->bytes[i] == last ? same + 1 : 1;
        if (path->bytes[i] == 0 || path->bytes[i] < last || same > HT_KNOWN_MAX)
            return false;
    }
    return true;
}

/* Bytes, as hexadecimal digits, up to the quote. */
static void read_packed(struct reading *reading, struct ht_past_path *path)
{
    struct ht_reader *in = &reading->in;
    ht_scan_exactly(in, "\"");
    const uint8_t *digits = in->bytes + in->offset;
    const uint8_t *quote = memchr(digits, '"', ht_reader_left(in));
    size_t size = quote != NULL ? (size_t)(quote - digits) / 2 : 0;
    if (!demand(reading, quote != NULL && size <= (size_t)UINT8_MAX * HT_KNOWN_MAX * 17))
        return;
    path->bytes = malloc(size > 0 ? size : 1);
    if (path->bytes == NULL) {
        refuse_memory(reading);
        return;
    }
    path->size = (uint32_t)size;
    for (size_t i = 0; i < size; i++) {
        uint8_t high = ht_scan_digit(in);
        path->bytes[i] = (uint8_t)(high << 4 | ht_scan_digit(in));
    }
    ht_scan_exactly(in, "\"");
}

static void read_past(struct reading *reading, struct ht_path_memory *memory)
{
    size_t length = ht_address_length(&memory->key.address);
    ht_scan_exactly(&reading->in, ",\"past\":[");
    for (bool first = true; ht_scan_next(&reading->in, &first, "]");) {
        struct ht_past_path path = {0};
        read_packed(reading, &path);
        bool good = demand(reading, memory->past.count < HT_PAST_PATHS_MAX &&
                                        (reading->in.failed || is_packed(&path, length)));
        if (good && ht_past_paths_append(&memory->past, path))
            continue;
        free(path.bytes);
        if (good)
            refuse_memory(reading);
    }
}

static uint8_t read_protocol(struct reading *reading)
{
    char name[16];
    ht_scan_string(&reading->in, name, sizeof name);
    uint8_t protocol = 0;
    while (protocol < HT_PROTOCOLS && strcmp(ht_protocols[protocol].name, name) != 0)
        protocol++;
    return demand(reading, protocol < HT_PROTOCOLS) ? protocol : 0;
}

static void read_path_id(struct reading *reading, struct ht_path_memory *memory)
{
    ht_scan_exactly(&reading->in, "\"path_id\":");
    if (ht_scan_has(&reading->in, "null"))
        return;
    ht_scan_exactly(&reading->in, "\"");
    for (int i = 0; i < 8; i++)
        memory->path_id = memory->path_id << 4 | ht_scan_digit(&reading->in);
    ht_scan_exactly(&reading->in, "\"");
    memory->has_path_id = true;
}

static void read_mtu(struct reading *reading, struct ht_path_memory *memory)
{
    memory->mtu = calloc(1, sizeof *memory->mtu);
    if (memory->mtu != NULL)
        ht_mtu_text_read(&reading->in, memory->mtu);
    else
        refuse_memory(reading);
}

static void read_path(struct reading *reading, struct ht_path_memory *memory)
{
    struct ht_path_key *key = &memory->key;
    ht_scan_exactly(&reading->in, "{\"address\":");
    key->address = read_address(reading);
    ht_scan_exactly(&reading->in, ",\"source\":");
    key->source = read_address(reading);
    ht_scan_exactly(&reading->in, ",\"interface\":");
    ht_scan_string(&reading->in, key->interface, sizeof key->interface);
    ht_scan_exactly(&reading->in, ",\"protocol\":");
    key->protocol = read_protocol(reading);
    ht_scan_exactly(&reading->in, ",");
    ht_state_scan_fields(&reading->in, ht_state_path_fields, ht_state_path_field_count,
                         reading->version, memory);
    read_path_id(reading, memory);
    read_round(reading, &memory->round);
    read_hops(reading, memory);
    read_past(reading, memory);
    if (reading->version >= VERSION_OF_WHERE && ht_scan_has(&reading->in, ",\"where\":"))
        ht_where_text_read(&reading->in, reading->version, &memory->where, &reading->no_memory);
    if (ht_scan_has(&reading->in, ",\"flow_window\":"))
        ht_flow_window_text_read(&reading->in, &memory->flow_window, &reading->no_memory);
    if (ht_scan_has(&reading->in, ",\"marking\":"))
        ht_marking_text_read(&reading->in, key->tos, &memory->marking);
    if (ht_scan_has(&reading->in, ",\"mtu\":"))
        read_mtu(reading, memory);
    ht_scan_exactly(&reading->in, "}");
}

static void read_paths(struct reading *reading, struct ht_remembered *remembered)
{
    static const struct ht_path_key none = {0};
    ht_scan_exactly(&reading->in, ",\"paths\":[");
    for (bool first = true; ht_scan_next(&reading->in, &first, "]");) {
        struct ht_path_memory *memory = ht_path_memory_new(&none);
        if (memory != NULL)
            read_path(reading, memory);
        bool has_room =
            memory != NULL && demand(reading, ht_remembered_has_room(remembered, memory->key.flow));
        if (has_room && ht_remembered_append(remembered, memory))
            continue;
        if (memory == NULL || has_room)
            refuse_memory(reading);
        ht_path_memory_free(memory);
        return;
    }
}

/* Kinds of events that this version does not know are passed over. */
static void read_events(struct reading *reading, uint32_t counts[HT_EVENT_KINDS])
{
    ht_scan_exactly(&reading->in, ",\"events\":{");
    for (bool first = true; ht_scan_next(&reading->in, &first, "}");) {
        char name[64];
        ht_scan_string(&reading->in, name, sizeof name);
        ht_scan_exactly(&reading->in, ":");
        uint32_t count = (uint32_t)ht_scan_number(&reading->in, UINT32_MAX);
        for (unsigned kind = 0; kind < HT_EVENT_KINDS; kind++) {
            if (strcmp(ht_event_name((enum ht_event_kind)kind), name) == 0)
                counts[kind] = count;
        }
    }
}

static enum ht_family read_family(struct reading *reading)
{
    char name[16];
    ht_scan_string(&reading->in, name, sizeof name);
    for (unsigned family = HT_FAMILY_ANY; family <= HT_FAMILY_IPV6; family++) {
        if (strcmp(ht_family_name((enum ht_family)family), name) == 0)
            return (enum ht_family)family;
    }
    (void)demand(reading, false);
    return HT_FAMILY_ANY;
}

static void read_target(struct reading *reading, struct ht_history *history)
{
    char text[HT_DOCUMENT_STRING_MAX];
    ht_scan_exactly(&reading->in, "{\"target\":");
    ht_scan_string(&reading->in, text, sizeof text);
    if (!demand(reading, ht_history_find(history, text) == NULL))
        return;
    struct ht_remembered *remembered = ht_history_make(history, text);
    if (remembered == NULL) {
        refuse_memory(reading);
        return;
    }
    ht_scan_exactly(&reading->in, ",\"host\":");
    ht_scan_string(&reading->in, text, sizeof text);
    if (text[0] != '\0' && !ht_remembered_set_host(remembered, text))
        refuse_memory(reading);
    ht_scan_exactly(&reading->in, ",\"family\":");
    remembered->family = read_family(reading);
    read_events(reading, remembered->event_counts);
    read_paths(reading, remembered);
    ht_scan_exactly(&reading->in, "}");
}

/* The lines, each on its own. */
static void read_targets(struct reading *reading, struct ht_history *history)
{
    bool last = ht_scan_has(&reading->in, "]");
    while (!last && !reading->in.failed) {
        read_target(reading, history);
        last = ht_scan_has(&reading->in, "\n]");
        if (!last)
            ht_scan_exactly(&reading->in, ",\n");
    }
}

/* Takes the checksum off the end. False: it is not that of the rest. */
static bool take_checksum(struct ht_reader *in)
{
    size_t end = strlen(CHECKSUM_END);
    if (in->length < CHECKSUM_DIGITS + end ||
        memcmp(in->bytes + in->length - end, CHECKSUM_END, end) != 0)
        return false;
    size_t length = in->length - CHECKSUM_DIGITS - end;
    struct ht_reader digits = ht_reader_over(in->bytes + length, CHECKSUM_DIGITS);
    uint32_t checksum = 0;
    for (int i = 0; i < CHECKSUM_DIGITS; i++)
        checksum = checksum << 4 | ht_scan_digit(&digits);
    in->length = length;
    return !digits.failed && checksum == ht_fnv1a(HT_FNV1A_START, in->bytes, length);
}

/* HT_OK: the document begins as one of this version does. */
static int read_version(struct reading *reading, struct ht_error *error)
{
    ht_scan_exactly(&reading->in, "{\"schema\":\"" HT_STATE_SCHEMA);
    uint64_t version = ht_scan_number(&reading->in, UINT16_MAX);
    ht_scan_exactly(&reading->in, "\"");
    if (reading->in.failed)
        return ht_error_set(error, HT_ERR_MALFORMED, "is no state file of hoptrace");
    if (version == 0 || version > HT_STATE_VERSION)
        return ht_error_set(error, HT_ERR_MALFORMED, "is of another version (%s%" PRIu64 ")",
                            HT_STATE_SCHEMA, version);
    reading->version = (unsigned)version;
    return HT_OK;
}

int ht_document_read(const char *text, size_t length, struct ht_history *history,
                     int64_t *written_ns, struct ht_error *error)
{
    struct reading reading = {.in = ht_reader_over((const uint8_t *)text, length)};
    int code = read_version(&reading, error);
    if (code != HT_OK)
        return code;
    if (!take_checksum(&reading.in))
        return ht_error_set(error, HT_ERR_MALFORMED, "is damaged");
    ht_scan_exactly(&reading.in, ",\"written_ns\":");
    *written_ns = (int64_t)ht_scan_number(&reading.in, INT64_MAX);
    ht_scan_exactly(&reading.in, ",\"targets\":[\n");
    read_targets(&reading, history);
    ht_scan_exactly(&reading.in, ",\"checksum\":\"");
    if (!reading.in.failed && ht_reader_left(&reading.in) == 0)
        return HT_OK;
    ht_history_fini(history);
    if (reading.no_memory)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    return ht_error_set(error, HT_ERR_MALFORMED, "is damaged");
}
