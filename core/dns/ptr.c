#include "dns/ptr.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

#define TYPE_CNAME 5
#define TYPE_SOA   6
#define TYPE_PTR   12
#define CLASS_IN   1

/* A name on the wire, with its lengths and the root. */
#define WIRE_MAX 255

/* A name has no more labels than this, so it needs no more pointers. */
#define POINTERS_MAX 127

/* Records looked at in one message: more names of one address would be of no use in a report. */
#define RECORDS_MAX 256

/* --- the question -------------------------------------------------------------------------- */

static void write_nibbles(const uint8_t bytes[16], char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 16; i-- > 0;) {
        *text++ = digits[bytes[i] & 15];
        *text++ = '.';
        *text++ = digits[bytes[i] >> 4];
        *text++ = '.';
    }
    memcpy(text, "ip6.arpa", sizeof "ip6.arpa");
}

const char *ht_ptr_question(const struct ht_address *address, char question[HT_PTR_QUESTION_MAX])
{
    const uint8_t *bytes = address->bytes;
    question[0] = '\0';
    if (address->version == HT_IPV4)
        (void)snprintf(question, HT_PTR_QUESTION_MAX, "%d.%d.%d.%d.in-addr.arpa", bytes[3],
                       bytes[2], bytes[1], bytes[0]);
    else if (address->version == HT_IPV6)
        write_nibbles(bytes, question);
    return question;
}

/* --- names --------------------------------------------------------------------------------- */

/* A name in the making: its text as far as there is room, its length on the wire. */
struct name {
    char text[HT_HOSTNAME_MAX + 1];
    size_t length;
    size_t wire_length;
    bool too_long; /* for the text */
};

static void put(struct name *name, const char *bytes, size_t length)
{
    if (length > HT_HOSTNAME_MAX - name->length) {
        name->too_long = true;
        return;
    }
    memcpy(name->text + name->length, bytes, length);
    name->length += length;
}

/* As master files have it, RFC 1035, section 5.1: a dot within a label is not one between two. */
static void put_byte(struct name *name, uint8_t byte)
{
    static const char digits[] = "0123456789";
    char text[4] = {'\\', digits[byte / 100], digits[byte / 10 % 10], digits[byte % 10]};
    if (byte <= ' ' || byte >= 0x7f) {
        put(name, text, 4);
    } else if (strchr("\".;\\()@$", byte) != NULL) {
        text[1] = (char)byte;
        put(name, text, 2);
    } else {
        text[0] = (char)byte;
        put(name, text, 1);
    }
}

static void put_label(struct name *name, const uint8_t *bytes, size_t length)
{
    if (name->wire_length > 1)
        put(name, ".", 1);
    name->wire_length += 1 + length;
    for (size_t i = 0; i < length; i++)
        put_byte(name, bytes[i]);
}

/* Goes where a pointer leads, RFC 1035, section 4.1.4. Each leads to before what is being read
 * (*start), so that none leads in a circle. */
static void follow(struct ht_reader *reader, uint8_t first, size_t *start)
{
    size_t target = ((size_t)(first & 0x3f) << 8) | ht_read_u8(reader);
    if (target >= *start)
        reader->failed = true;
    *start = target;
    reader->offset = reader->failed ? reader->offset : target;
}

/* Reads the name at the message's offset and moves behind it; the message fails if it is
 * malformed. Text that does not fit is "". */
static void read_name(struct ht_reader *message, struct name *name)
{
    struct ht_reader reader = *message;
    size_t start = message->offset;
    size_t end = 0; /* of the name where it begins: behind the first pointer, or the root */
    unsigned pointers = 0;
    *name = (struct name){.wire_length = 1};
    while (!reader.failed) {
        uint8_t size = ht_read_u8(&reader);
        if ((size & 0xc0) == 0xc0) {
            end = pointers == 0 ? reader.offset + 1 : end;
            follow(&reader, size, &start);
            reader.failed |= ++pointers > POINTERS_MAX;
            continue;
        }
        /* The other two kinds of labels were never used, RFC 6891, section 5. */
        reader.failed |= (size & 0xc0) != 0;
        const uint8_t *label = ht_read_bytes(&reader, size);
        if (size == 0 || label == NULL)
            break;
        put_label(name, label, size);
        reader.failed |= name->wire_length > WIRE_MAX;
    }
    message->failed |= reader.failed;
    message->offset = pointers == 0 ? reader.offset : end;
    name->text[name->too_long ? 0 : name->length] = '\0';
}

static int lower(int character)
{
    return character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character;
}

/* Names are equal whatever the case of their ASCII letters, RFC 4343. */
static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* --- records ------------------------------------------------------------------------------- */

struct record {
    struct name owner;
    uint16_t type; /* 0: not of the Internet's class */
    uint32_t ttl_s;
    struct ht_reader data; /* ends where the record does, and sees the message before it */
};

/* Reads the record at the message's offset and moves behind it. */
static void read_record(struct ht_reader *message, struct record *record)
{
    read_name(message, &record->owner);
    uint16_t type = ht_read_u16(message);
    uint16_t class = ht_read_u16(message);
    uint32_t ttl_s = ht_read_u32(message);
    uint16_t size = ht_read_u16(message);
    record->type = class == CLASS_IN ? type : 0;
    /* RFC 2181, section 8. */
    record->ttl_s = ttl_s > INT32_MAX ? 0 : ttl_s;
    record->data = *message;
    ht_read_skip(message, size);
    record->data.length = message->offset;
}

/* The one name that is a record's data; the message fails if there is something else. */
static void read_target(struct ht_reader *message, struct record *record, struct name *target)
{
    read_name(&record->data, target);
    message->failed |= record->data.failed || ht_reader_left(&record->data) != 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The names of `owner` among the answers; an alias makes another name the owner. */
static void read_answers(struct ht_reader *message, unsigned count, const char *question,
                         struct ht_ptr_answer *answer)
{
    char owner[HT_HOSTNAME_MAX + 1] = "";
    uint32_t ttl_s = UINT32_MAX;
    strncat(owner, question, HT_HOSTNAME_MAX);
    for (unsigned i = 0; i < count && !message->failed; i++) {
        struct record record;
        struct name target;
        read_record(message, &record);
        if (message->failed || (record.type != TYPE_CNAME && record.type != TYPE_PTR) ||
            !same_name(record.owner.text, owner))
            continue;
        read_target(message, &record, &target);
        ttl_s = least(ttl_s, record.ttl_s);
        if (record.type == TYPE_CNAME)
            memcpy(owner, target.text, sizeof owner);
        else if (answer->name[0] == '\0' ||
                 (target.text[0] != '\0' && strcmp(target.text, answer->name) < 0))
            memcpy(answer->name, target.text, sizeof answer->name);
    }
    answer->has_ttl = answer->name[0] != '\0';
    answer->ttl_s = ttl_s;
}

/* How long it holds that there is no name: RFC 2308, section 5. */
static void read_authority(struct ht_reader *message, unsigned count, struct ht_ptr_answer *answer)
{
    for (unsigned i = 0; i < count && !message->failed; i++) {
        struct record record;
        struct name name;
        read_record(message, &record);
        if (message->failed || record.type != TYPE_SOA)
            continue;
        read_name(&record.data, &name);
        read_name(&record.data, &name);
        ht_read_skip(&record.data, 16); /* serial, refresh, retry, expire */
        uint32_t minimum_s = ht_read_u32(&record.data);
        answer->has_ttl = !record.data.failed;
        answer->ttl_s = least(record.ttl_s, minimum_s);
        return;
    }
}

bool ht_ptr_read(const uint8_t *bytes, size_t length, const char *question,
                 struct ht_ptr_answer *answer)
{
    struct ht_reader message = ht_reader_over(bytes, length);
    memset(answer, 0, sizeof *answer);
    ht_read_skip(&message, 4); /* id and flags: c-ares has seen to them */
    unsigned questions = ht_read_u16(&message);
    unsigned answers = ht_read_u16(&message);
    unsigned authorities = ht_read_u16(&message);
    ht_read_skip(&message, 2);
    for (unsigned i = 0; i < questions && !message.failed; i++) {
        struct name asked;
        message.failed |= i == RECORDS_MAX;
        read_name(&message, &asked);
        ht_read_skip(&message, 4);
    }
    read_answers(&message, least(answers, RECORDS_MAX), question, answer);
    if (message.failed)
        return false;
    /* An answer that was not read to its end leaves the reader elsewhere. */
    if (answer->name[0] == '\0' && answers <= RECORDS_MAX)
        read_authority(&message, least(authorities, RECORDS_MAX), answer);
    return true;
}
