/* The words that the interface uses for the model's enumerations. */
#ifndef HT_HOPTRACE_NAMES_H
#define HT_HOPTRACE_NAMES_H

#include "hoptrace/export.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"

HT_BEGIN_C

/* "icmp", "any", "reached", "gap_limit", "kernel_rx", ...; never NULL for a value of the type. */
HT_API const char *ht_protocol_name(enum ht_protocol protocol);
HT_API const char *ht_family_name(enum ht_family family);
HT_API const char *ht_status_name(enum ht_status status);
HT_API const char *ht_stop_reason_name(enum ht_stop_reason reason);
HT_API const char *ht_time_source_name(enum ht_time_source source);
HT_API const char *ht_sockets_kind_name(enum ht_sockets_kind kind);

HT_END_C

#endif
