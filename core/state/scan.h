/* Reading of text that has one form only: no blanks, keys in one order. A step that finds something
 * else fails the reader, and every further step fails with it (base/bytes.h). */
#ifndef HT_STATE_SCAN_H
#define HT_STATE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* True, and passes over it, if `literal` comes next. Fails nothing. */
bool ht_scan_has(struct ht_reader *reader, const char *literal);

/* Passes over `literal`. */
void ht_scan_exactly(struct ht_reader *reader, const char *literal);

/* A decimal number without a sign or leading zeros, at most `most`; 0 once failed. */
uint64_t ht_scan_number(struct ht_reader *reader, uint64_t most);

/* One hexadecimal digit, in lower case; 0 once failed. */
uint8_t ht_scan_digit(struct ht_reader *reader);

/* A quoted string into `string`, which has room for `room` bytes with the terminator: \", \\, and
 * \u00XX for the byte XX, but not 00. "" once failed. */
void ht_scan_string(struct ht_reader *reader, char *string, size_t room);

/* True: an element comes next, of a list that ends with `end`; *first is true before the first one.
 * False: the list has ended, or something failed. */
bool ht_scan_next(struct ht_reader *reader, bool *first, const char *end);

#endif
