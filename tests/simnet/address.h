/* An IPv4 or IPv6 address in one form: IPv4 is kept as ::ffff:a.b.c.d, so that one
 * table and one comparison serve both. */
#ifndef SIMNET_ADDRESS_H
#define SIMNET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT 48 /* enough for any address as text, with its end */

struct address {
    uint8_t bytes[16];
};

struct address address_ipv4(uint32_t host_order);
struct address address_from_ipv4(const uint8_t bytes[4]);
struct address address_from_ipv6(const uint8_t bytes[16]);

bool address_is_ipv4(const struct address *address);
bool address_equal(const struct address *a, const struct address *b);
uint64_t address_hash(const struct address *address);

/* Reads text of either family. False if it is neither. */
bool address_parse(struct address *address, const char *text);

/* Writes the address to `text` and returns `text`. */
const char *address_format(const struct address *address, char text[ADDRESS_TEXT]);

#endif
