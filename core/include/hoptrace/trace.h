/* One target, measured once, while the caller waits. */
#ifndef HT_HOPTRACE_TRACE_H
#define HT_HOPTRACE_TRACE_H

#include "hoptrace/error.h"
#include "hoptrace/export.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"

HT_BEGIN_C

/* Measures one target once (its interval is ignored) without a packet ceiling and waits for the
 * report, which is the caller's to free. HT_OK whenever there is a report, also of a target that
 * does not resolve or a privilege that is missing; HT_ERR_NOMEM, HT_ERR_INVALID, HT_ERR_SYSTEM. */
HT_API int ht_trace(const struct ht_target *target, struct ht_report **report,
                    struct ht_error *error);

HT_END_C

#endif
