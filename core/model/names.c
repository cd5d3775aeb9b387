#include "hoptrace/names.h"

#include "model/protocol.h"

const char *ht_protocol_name(enum ht_protocol protocol)
{
    return ht_protocols[protocol].name;
}

const char *ht_family_name(enum ht_family family)
{
    static const char *const names[] = {"any", "ipv4", "ipv6"};
    return names[family];
}

const char *ht_status_name(enum ht_status status)
{
    static const char *const names[] = {"reached",       "incomplete",       "unreachable",
                                        "resolve_error", "permission_error", "error"};
    return names[status];
}

const char *ht_stop_reason_name(enum ht_stop_reason reason)
{
    static const char *const names[] = {
        "destination", "unreachable", "gap_limit",     "max_ttl",          "loop",
        "deadline",    "interrupted", "resolve_error", "permission_error", "error"};
    return names[reason];
}

const char *ht_sockets_kind_name(enum ht_sockets_kind kind)
{
    static const char *const names[] = {"auto", "raw", "user"};
    return names[kind];
}

const char *ht_time_source_name(enum ht_time_source source)
{
    static const char *const names[] = {"user", "kernel_rx", "kernel"};
    return names[source];
}
