#include "dns.h"

#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADER      12
#define TYPE_A      1
#define TYPE_PTR    12
#define TYPE_AAAA   28
#define CLASS_IN    1
#define TTL_SECONDS 60
#define SLOW_MS_MAX 600000

enum rcode { NOERROR = 0, FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4 };

/* An answer in the making. The question stands right behind the header, so that a pointer
 * to offset 12 names its owner. */
struct writer {
    uint8_t *bytes;
    size_t length;
    uint16_t type;
    unsigned answers;
    bool exists; /* the name has addresses, if not of the type asked for */
    bool truncated;
};

/* What special labels ask for. */
struct mood {
    bool silent, servfail;
    int64_t delay_ns;
};

/* Reads the question's name as text. Returns the offset behind it, 0 if it is malformed.
 * Compression has no place in a question. */
static size_t read_name(const uint8_t *query, size_t length, char name[NAME_TEXT])
{
    size_t place = HEADER, written = 0;

    while (place < length && query[place] != 0) {
        size_t size = query[place++];

        if (size > 63 || size > length - place || written + size + 1 >= NAME_TEXT)
            return 0;
        if (memchr(query + place, '\0', size) || memchr(query + place, '.', size))
            return 0;
        memcpy(name + written, query + place, size);
        written += size;
        name[written++] = '.';
        place += size;
    }
    if (place >= length)
        return 0;
    name[written ? written - 1 : 0] = '\0';
    return place + 1;
}

static bool slow_label(const char *label, size_t size, int64_t *delay_ns)
{
    char digits[8] = "";
    char *end;
    long milliseconds;

    if (size < 6 || size - 5 >= sizeof digits || strncasecmp(label, "slow-", 5) != 0)
        return false;
    memcpy(digits, label + 5, size - 5);
    milliseconds = strtol(digits, &end, 10);
    if (*end != '\0' || milliseconds < 0 || milliseconds > SLOW_MS_MAX)
        return false;
    *delay_ns += milliseconds * 1000000;
    return true;
}

/* Reads the special labels of a name; `plain` gets the name without `slow-N`. */
static struct mood read_mood(const char *name, char plain[NAME_TEXT])
{
    struct mood mood = {0};
    size_t written = 0;

    while (*name) {
        size_t size = strcspn(name, ".");

        if (size == 6 && strncasecmp(name, "silent", size) == 0)
            mood.silent = true;
        else if (size == 8 && strncasecmp(name, "servfail", size) == 0)
            mood.servfail = true;
        if (!slow_label(name, size, &mood.delay_ns) && written + size + 2 < NAME_TEXT) {
            if (written)
                plain[written++] = '.';
            memcpy(plain + written, name, size);
            written += size;
        }
        name += size;
        name += *name == '.';
    }
    plain[written] = '\0';
    return mood;
}

/* Starts a record of `size` bytes of data; NULL, and nothing written, without room. */
static uint8_t *start_record(struct writer *writer, size_t size)
{
    uint8_t *record = writer->bytes + writer->length;

    if (writer->length + 12 + size > DNS_MAX) {
        writer->truncated = true;
        return NULL;
    }
    put16(record, 0xc000 | HEADER);
    put16(record + 2, writer->type);
    put16(record + 4, CLASS_IN);
    put32(record + 6, TTL_SECONDS);
    put16(record + 10, (uint16_t)size);
    writer->length += 12 + size;
    writer->answers++;
    return record + 12;
}

static void add_address(void *context, const struct address *address)
{
    struct writer *writer = context;
    bool ipv4 = address_is_ipv4(address);
    size_t size = ipv4 ? 4 : 16;
    uint8_t *data;

    writer->exists = true;
    if (writer->type != (ipv4 ? TYPE_A : TYPE_AAAA))
        return;
    data = start_record(writer, size);
    if (data)
        memcpy(data, address->bytes + 16 - size, size);
}

static void add_pointer(struct writer *writer, const char *name)
{
    size_t size = strlen(name) + 2; /* each dot becomes a length, plus the first and the root */
    uint8_t *data = start_record(writer, size);

    if (!data)
        return;
    while (*name) {
        size_t label = strcspn(name, ".");

        *data++ = (uint8_t)label;
        memcpy(data, name, label);
        data += label;
        name += label;
        name += *name == '.';
    }
    *data = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* "4.3.2.1.in-addr.arpa", or 32 nibbles and "ip6.arpa". */
static bool reverse_address(const char *name, struct address *address)
{
    uint8_t bytes[16] = {0};
    unsigned a, b, c, d;
    int end = 0;

    if (sscanf(name, "%3u.%3u.%3u.%3u.%n", &a, &b, &c, &d, &end) == 4 && end > 0 &&
        strcasecmp(name + end, "in-addr.arpa") == 0 && (a | b | c | d) < 256) {
        *address = address_ipv4(d << 24 | c << 16 | b << 8 | a);
        return true;
    }
    if (strlen(name) != 72 || strcasecmp(name + 64, "ip6.arpa") != 0)
        return false;
    for (unsigned i = 0; i < 32; i++) {
        int digit = hex_digit(name[i * 2]);

        if (digit < 0 || name[i * 2 + 1] != '.')
            return false;
        bytes[15 - i / 2] |= (uint8_t)(i % 2 ? digit << 4 : digit);
    }
    *address = address_from_ipv6(bytes);
    return true;
}

/* Fills in the records; returns the rcode. */
static enum rcode answer_reverse(const struct topology *topology, struct writer *writer,
                                 const struct address *address, struct mood *mood)
{
    uint32_t router = topology_find(topology, address);
    char name[NAME_TEXT], plain[NAME_TEXT];

    if (router == NO_INDEX || !*topology_router_name(topology, router, name))
        return NXDOMAIN;
    *mood = read_mood(name, plain);
    if (writer->type == TYPE_PTR)
        add_pointer(writer, name);
    return NOERROR;
}

static enum rcode answer_forward(const struct topology *topology, struct writer *writer,
                                 const char *name, struct mood *mood)
{
    char plain[NAME_TEXT];

    *mood = read_mood(name, plain);
    if (strcasecmp(plain, "sim") == 0 && mood->delay_ns && topology->targets.count)
        topology_target_name(topology, 0, plain);
    /* A name that was given with its special label in it counts first. */
    topology_resolve(topology, name, add_address, writer);
    if (!writer->exists)
        topology_resolve(topology, plain, add_address, writer);
    return writer->exists ? NOERROR : NXDOMAIN;
}

size_t dns_answer(const struct topology *topology, const uint8_t *query, size_t length,
                  uint8_t answer[DNS_MAX], int64_t *delay_ns)
{
    struct writer writer = {.bytes = answer};
    enum rcode rcode = NOTIMP;
    struct address address;
    struct mood mood = {0};
    char name[NAME_TEXT];
    size_t end;

    /* Answers to answers would never end. */
    if (length < HEADER || query[2] & 0x80)
        return 0;
    end = get16(query + 4) == 1 ? read_name(query, length, name) : 0;
    if (end == 0 || length - end < 4 || end + 4 > DNS_MAX) {
        memcpy(answer, query, HEADER);
        memset(answer + 4, 0, HEADER - 4);
        answer[2] = (uint8_t)(query[2] | 0x80);
        answer[3] = FORMERR;
        return HEADER;
    }
    memcpy(answer, query, end + 4);
    writer.length = end + 4;
    writer.type = get16(query + end);
    if ((query[2] & 0x78) == 0 && get16(query + end + 2) == CLASS_IN)
        rcode = reverse_address(name, &address) ? answer_reverse(topology, &writer, &address, &mood)
                                                : answer_forward(topology, &writer, name, &mood);
    if (mood.silent)
        return 0;
    if (mood.servfail) {
        rcode = SERVFAIL;
        writer.length = end + 4;
        writer.answers = 0;
    }
    *delay_ns += mood.delay_ns;
    answer[2] = (uint8_t)(0x84 | (query[2] & 0x79) | (writer.truncated ? 0x02 : 0));
    answer[3] = (uint8_t)(0x80 | rcode);
    put16(answer + 6, (uint16_t)writer.answers);
    memset(answer + 8, 0, 4);
    return writer.length;
}
