#include "dns/literal.h"

#include <errno.h>

#include "base/address.h"
#include "net/zone_names.h"

/* Reads the address and what may follow a '%'. */
static enum ht_literal read_scoped(const char *host, struct ht_address *address,
                                   struct ht_error *error)
{
    const char *zone;
    if (!ht_address_parse_zoned(host, address, &zone))
        return HT_LITERAL_NONE;
    if (zone == NULL)
        return HT_LITERAL_GOOD;
    if (!ht_address_is_link_local(address)) {
        ht_error_set(error, HT_ERR_RESOLVE,
                     "%.100s: only a link-local address can name an interface", host);
        return HT_LITERAL_BAD;
    }
    address->scope_id = ht_zone_scope(zone);
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
