#include "state/scan.h"

#include <string.h>

bool ht_scan_has(struct ht_reader *reader, const char *literal)
{
    size_t length = strlen(literal);
    if (ht_reader_left(reader) < length ||
        memcmp(reader->bytes + reader->offset, literal, length) != 0)
        return false;
    reader->offset += length;
    return true;
}

void ht_scan_exactly(struct ht_reader *reader, const char *literal)
{
    if (!ht_scan_has(reader, literal))
        reader->failed = true;
}

static bool is_digit_next(const struct ht_reader *reader)
{
    return ht_reader_left(reader) > 0 && reader->bytes[reader->offset] >= '0' &&
           reader->bytes[reader->offset] <= '9';
}

uint64_t ht_scan_number(struct ht_reader *reader, uint64_t most)
{
    uint64_t value = 0;
    if (!is_digit_next(reader))
        reader->failed = true;
    bool zero = ht_scan_has(reader, "0");
    while (!reader->failed && is_digit_next(reader)) {
        uint8_t digit = (uint8_t)(ht_read_u8(reader) - '0');
        if (zero || digit > most || value > (most - digit) / 10)
            reader->failed = true;
        value = value * 10 + digit;
    }
    return reader->failed ? 0 : value;
}

uint8_t ht_scan_digit(struct ht_reader *reader)
{
    uint8_t byte = ht_read_u8(reader);
    if (byte >= '0' && byte <= '9')
        return (uint8_t)(byte - '0');
    if (byte >= 'a' && byte <= 'f')
        return (uint8_t)(byte - 'a' + 10);
    reader->failed = true;
    return 0;
}

/* What stands behind a backslash. */
static uint8_t escaped(struct ht_reader *reader)
{
    if (ht_scan_has(reader, "u00")) {
        uint8_t high = ht_scan_digit(reader);
        return (uint8_t)(high << 4 | ht_scan_digit(reader));
    }
    uint8_t byte = ht_read_u8(reader);
    return byte == '"' || byte == '\\' ? byte : 0;
}

void ht_scan_string(struct ht_reader *reader, char *string, size_t room)
{
    size_t length = 0;
    ht_scan_exactly(reader, "\"");
    while (!reader->failed && !ht_scan_has(reader, "\"")) {
        uint8_t byte = ht_read_u8(reader);
        if (byte == '\\')
            byte = escaped(reader);
        else if (byte < 0x20)
            byte = 0;
        if (byte == 0 || length + 1 >= room)
            reader->failed = true;
        else
            string[length++] = (char)byte;
    }
    string[reader->failed ? 0 : length] = '\0';
}

bool ht_scan_next(struct ht_reader *reader, bool *first, const char *end)
{
    if (reader->failed || ht_scan_has(reader, end))
        return false;
    if (!*first)
        ht_scan_exactly(reader, ",");
    *first = false;
    return !reader->failed;
}
