/* ICMP extension structures, RFC 4884: what a router appends behind the quote. Here they are found
 * and walked; what their objects say is read in a file for each class: mpls.h, interface_info.h. */
#ifndef HT_WIRE_EXTENSION_H
#define HT_WIRE_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The header of an extension structure, RFC 4884 section 7. */
#define HT_EXTENSION_MIN 4

/* An object of a structure, RFC 4884 section 7.1. The bytes, behind the object's own header, are
 * the packet's. */
struct ht_extension_object {
    const uint8_t *bytes;
    size_t length;
    uint8_t class;
    uint8_t ctype;
};

/* True if an extension structure could begin with these two bytes: version 2, nothing reserved. */
static inline bool ht_extension_begins(const uint8_t *bytes)
{
    return bytes[0] == 0x20 && bytes[1] == 0;
}

/* True if these bytes, which stand where a quote may or may not go on, are an extension structure
 * from the first to the last: its version, its checksum, objects of which each ends where the next
 * one begins and the last one where the bytes end. `announced` as below: a checksum of 0 will do.
 */
bool ht_extension_fills(const uint8_t *bytes, size_t length, bool announced);

/* Sets *objects to the first object of `length` bytes of extension structure. False: they are none,
 * or damaged. `announced`: the ICMP message told where the quote ends. If it did not, these bytes
 * may be no extension at all, and a right checksum is demanded; if it did, a checksum of 0 means
 * none. */
bool ht_extension_open(const uint8_t *bytes, size_t length, bool announced,
                       struct ht_reader *objects);

/* Takes the next object. False: there is none, or it is cut or shorter than its own header; what
 * would follow it cannot be found either. */
bool ht_extension_next(struct ht_reader *objects, struct ht_extension_object *object);

#endif
