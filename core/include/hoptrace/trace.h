/* One target, measured once, while the caller waits. */
#ifndef HT_HOPTRACE_TRACE_H
#define HT_HOPTRACE_TRACE_H

#include <stddef.h>

#include "hoptrace/error.h"
#include "hoptrace/export.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"

HT_BEGIN_C

/* As ht_trace, for bindings to other languages: `struct_size` is the size that their struct
 * ht_target has. */
HT_API int ht_trace_sized(const struct ht_target *target, size_t struct_size,
                          struct ht_report **report, struct ht_error *error);

/* Measures one target once (its interval is ignored) without a packet ceiling and waits for the
 * report, which is the caller's to free. HT_OK whenever there is a report, also of a target that
 * does not resolve or a privilege that is missing; HT_ERR_NOMEM, HT_ERR_INVALID, HT_ERR_SYSTEM. */
static inline int ht_trace(const struct ht_target *target, struct ht_report **report,
                           struct ht_error *error)
{
    return ht_trace_sized(target, sizeof *target, report, error);
}

HT_END_C

#endif
