/* Reverse names as DNS messages (RFC 1035): what to ask for an address, and what an answer says.
 * Pure: bytes in, values out. */
#ifndef HT_DNS_PTR_H
#define HT_DNS_PTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

/* Room for the longest question, 32 nibbles and "ip6.arpa", with its terminator. */
#define HT_PTR_QUESTION_MAX 73

/* Longest name that is kept, without its terminator. */
#define HT_HOSTNAME_MAX 255

struct ht_ptr_answer {
    char name[HT_HOSTNAME_MAX + 1]; /* "": the address has none, or none that can be shown */
    bool has_ttl;                   /* false only without a name: the answer has no time to live */
    uint32_t ttl_s;
};

/* Writes the name to ask for, such as "7.2.0.192.in-addr.arpa"; "" for HT_IP_NONE. Returns
 * `question`. */
const char *ht_ptr_question(const struct ht_address *address, char question[HT_PTR_QUESTION_MAX]);

/* Reads the answer to that question from a message of any bytes. Aliases are followed (RFC 2317);
 * of several names the first by its bytes is taken, so that a server that rotates them does not
 * make it another one each time. The time to live is the least of all records that led there;
 * without a name that of the SOA record (RFC 2308).
 *
 * The name has no dot at the end; bytes other than graphic ASCII stand as \DDD, and a backslash
 * before " . ; \ ( ) @ $ within a label, as master files have them. The root, and a name that
 * takes more than HT_HOSTNAME_MAX bytes, count as none.
 *
 * False: the message is malformed; *answer is not to be used. */
bool ht_ptr_read(const uint8_t *bytes, size_t length, const char *question,
                 struct ht_ptr_answer *answer);

#endif
