#define _GNU_SOURCE /* memfd_create */
#include "annotate/asn_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HT_WITH_MAXMINDDB

#include <arpa/inet.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"

/* Bytes of a database: ten times the largest there is of autonomous systems. */
#define SIZE_MAX_READ (INT64_C(1) << 28)

#define COPY_BYTES 65536

/* Systems that were met: a database has some 80,000 in all. */
#define FIRST_SLOTS 256

/* What stands at one place of the database, in words of our own. */
struct entry {
    uint32_t offset; /* of the data, plus 1; 0: the slot is free */
    struct ht_asn asn;
};

struct ht_asn_table {
    MMDB_s mmdb;
    struct entry *slots; /* owned with the names: a hash table by offset, at most half full */
    size_t slot_count;   /* a power of two */
    size_t used;
};

/* --- reading ------------------------------------------------------------------------------- */

/* Copies the whole file. Returns 0, or an errno. */
static int copy_file(int from, int to)
{
    uint8_t bytes[COPY_BYTES];
    int64_t total = 0;
    for (;;) {
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0 ? 0 : errno;
        total += count;
        if (total > SIZE_MAX_READ)
            return EFBIG;
        for (ssize_t done = 0, written = 0; done < count; done += written) {
            written = write(to, bytes + done, (size_t)(count - done));
            if (written < 0)
                return errno;
        }
    }
}

/* A copy of the file's bytes, whose length no other process can change: a descriptor, or -1 and
 * errno. A database that is mapped, and overwritten in its place, would end the process. */
static int take_copy(const char *path)
{
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int to = from >= 0 ? memfd_create("asn", MFD_CLOEXEC) : -1;
    int sys_errno = to >= 0 ? copy_file(from, to) : errno;
    if (from >= 0)
        (void)close(from);
    if (sys_errno == 0)
        return to;
    if (to >= 0)
        (void)close(to);
    errno = sys_errno;
    return -1;
}

static int open_copy(const char *path, MMDB_s *mmdb, struct ht_error *error)
{
    char copy[32];
    int fd = take_copy(path);
    if (fd < 0)
        return ht_error_system(error, errno, "%s cannot be read", path);
    int status = MMDB_INVALID_METADATA_ERROR;
    if (snprintf(copy, sizeof copy, "/proc/self/fd/%d", fd) > 0)
        status = MMDB_open(copy, MMDB_MODE_MMAP, mmdb);
    (void)close(fd);
    if (status == MMDB_SUCCESS)
        return HT_OK;
    return ht_error_set(error, status == MMDB_OUT_OF_MEMORY_ERROR ? HT_ERR_NOMEM : HT_ERR_MALFORMED,
                        "%s is no database of autonomous systems, or damaged: %s", path,
                        MMDB_strerror(status));
}

int ht_asn_table_read(const char *path, struct ht_asn_table **table, struct ht_error *error)
{
    struct ht_asn_table *made = calloc(1, sizeof *made);
    struct entry *slots = calloc(FIRST_SLOTS, sizeof *slots);
    int code = HT_ERR_NOMEM;
    if (made == NULL || slots == NULL)
        ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    else
        code = open_copy(path, &made->mmdb, error);
    if (code != HT_OK || made == NULL) {
        free(made);
        free(slots);
        return code;
    }
    made->slots = slots;
    made->slot_count = FIRST_SLOTS;
    *table = made;
    return HT_OK;
}

void ht_asn_table_free(struct ht_asn_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->slot_count; i++)
        free((char *)table->slots[i].asn.name);
    free(table->slots);
    MMDB_close(&table->mmdb);
    free(table);
}

/* --- what is known ------------------------------------------------------------------------- */

/* The slot of this offset, or the free one where it would be. */
static struct entry *slot_of(struct entry *slots, size_t count, uint32_t offset)
{
    size_t at = ht_fnv1a(HT_FNV1A_START, (const uint8_t *)&offset, sizeof offset) & (count - 1);
    while (slots[at].offset != 0 && slots[at].offset != offset)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

/* Keeps it at most half full. False: no memory. */
static bool make_room(struct ht_asn_table *table)
{
    size_t count = 2 * table->slot_count;
    if (2 * (table->used + 1) <= table->slot_count)
        return true;
    struct entry *slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < table->slot_count; i++) {
        if (table->slots[i].offset != 0)
            *slot_of(slots, count, table->slots[i].offset) = table->slots[i];
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

/* --- looking up ---------------------------------------------------------------------------- */

static bool get(MMDB_entry_s *entry, const char *key, MMDB_entry_data_s *data)
{
    return MMDB_get_value(entry, data, key, NULL) == MMDB_SUCCESS && data->has_data;
}

/* "AS64500", or the digits alone. */
static uint32_t number_of(const char *text, size_t length)
{
    uint64_t number = 0;
    size_t at = length > 2 && strncmp(text, "AS", 2) == 0 ? 2 : 0;
    for (; at < length && number <= UINT32_MAX; at++) {
        if (text[at] < '0' || text[at] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text[at] - '0');
    }
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static uint32_t read_number(MMDB_entry_s *entry)
{
    MMDB_entry_data_s data;
    if (!get(entry, "autonomous_system_number", &data) && !get(entry, "asn", &data))
        return 0;
    if (data.type == MMDB_DATA_TYPE_UINT32)
        return data.uint32;
    if (data.type == MMDB_DATA_TYPE_UINT16)
        return data.uint16;
    return data.type == MMDB_DATA_TYPE_UTF8_STRING ? number_of(data.utf8_string, data.data_size)
                                                   : 0;
}

/* A copy; NULL: there is none, or no memory. */
static char *read_name(MMDB_entry_s *entry)
{
    static const char *const keys[] = {"autonomous_system_organization", "as_name", "name"};
    MMDB_entry_data_s data;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (get(entry, keys[i], &data) && data.type == MMDB_DATA_TYPE_UTF8_STRING)
            return data.data_size > 0 ? strndup(data.utf8_string, data.data_size) : NULL;
    }
    return NULL;
}

/* What stands at the entry, read once. Without memory it is unknown. */
static struct ht_asn asn_at(struct ht_asn_table *table, MMDB_entry_s *entry)
{
    static const struct ht_asn unknown = {0};
    uint32_t offset = entry->offset + 1;
    struct entry *slot = slot_of(table->slots, table->slot_count, offset);
    if (slot->offset == 0) {
        if (!make_room(table))
            return unknown;
        slot = slot_of(table->slots, table->slot_count, offset);
        *slot = (struct entry){.offset = offset,
                               .asn = {.number = read_number(entry), .name = read_name(entry)}};
        table->used++;
    }
    return slot->asn;
}

bool ht_asn_table_find(struct ht_asn_table *table, const struct ht_address *address,
                       struct ht_asn *asn)
{
    int status = MMDB_SUCCESS;
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    bool is_ipv4 = address->version == HT_IPV4;
    *asn = (struct ht_asn){.number = 0};
    if (is_ipv4)
        memcpy(&ipv4.sin_addr, address->bytes, sizeof ipv4.sin_addr);
    else
        memcpy(&ipv6.sin6_addr, address->bytes, sizeof ipv6.sin6_addr);
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(
        &table->mmdb, is_ipv4 ? (struct sockaddr *)&ipv4 : (struct sockaddr *)&ipv6, &status);
    /* A database of IPv4 alone knows no other address. */
    if (status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
        return true;
    if (status == MMDB_SUCCESS && found.found_entry)
        *asn = asn_at(table, &found.entry);
    return status == MMDB_SUCCESS;
}

#else

struct ht_asn_table {
    int none;
};

int ht_asn_table_read(const char *path, struct ht_asn_table **table, struct ht_error *error)
{
    (void)table;
    return ht_error_set(error, HT_ERR_INVALID,
                        "%s: this build reads no databases (made without libmaxminddb)", path);
}

void ht_asn_table_free(struct ht_asn_table *table)
{
    free(table);
}

bool ht_asn_table_find(struct ht_asn_table *table, const struct ht_address *address,
                       struct ht_asn *asn)
{
    (void)table;
    (void)address;
    *asn = (struct ht_asn){.number = 0};
    return true;
}

#endif
