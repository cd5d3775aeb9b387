#include "net/literal.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static bool is_link_local(const struct ht_address *address)
{
    return address->version == HT_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

/* An interface by name or by number; 0: neither. */
static uint32_t read_scope(const char *text)
{
    uint32_t index = if_nametoindex(text);
    if (index != 0 || *text < '0' || *text > '9')
        return index;
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0' && number <= INT32_MAX ? (uint32_t)number : 0;
}

/* Reads the address and what may follow a '%'. */
static enum ht_literal read_scoped(const char *host, struct ht_address *address,
                                   struct ht_error *error)
{
    char text[HT_ADDRESS_TEXT_MAX];
    size_t length = strcspn(host, "%");
    if (length >= sizeof text)
        return HT_LITERAL_NONE;
    memcpy(text, host, length);
    text[length] = '\0';
    if (!ht_address_parse(text, address))
        return HT_LITERAL_NONE;
    if (host[length] == '\0')
        return HT_LITERAL_GOOD;
    const char *scope = host + length + 1;
    if (!is_link_local(address)) {
        ht_error_set(error, HT_ERR_RESOLVE,
                     "%.100s: only a link-local address can name an interface", host);
        return HT_LITERAL_BAD;
    }
    address->scope_id = read_scope(scope);
    if (address->scope_id == 0) {
        ht_error_set(error, HT_ERR_UNREACHABLE, "%.100s: no such interface", host);
        error->sys_errno = ENODEV;
        return HT_LITERAL_BAD;
    }
    return HT_LITERAL_GOOD;
}

enum ht_literal ht_literal_read(const char *host, enum ht_family family, struct ht_address *address,
                                struct ht_error *error)
{
    if (*host == '\0') {
        ht_error_set(error, HT_ERR_RESOLVE, "name lookup: the name is empty");
        return HT_LITERAL_BAD;
    }
    struct ht_address read = {.version = HT_IP_NONE};
    enum ht_literal literal = read_scoped(host, &read, error);
    if (literal != HT_LITERAL_GOOD)
        return literal;
    uint8_t wanted = family == HT_FAMILY_IPV4 ? HT_IPV4 : HT_IPV6;
    if (family != HT_FAMILY_ANY && read.version != wanted) {
        ht_error_set(error, HT_ERR_RESOLVE, "%.100s is not an IPv%d address", host, wanted);
        return HT_LITERAL_BAD;
    }
    *address = read;
    return HT_LITERAL_GOOD;
}
