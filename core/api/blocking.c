#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "api/taken.h"
#include "hoptrace/engine.h"
#include "hoptrace/trace.h"

static void keep_report(void *user, const struct ht_report *report)
{
    struct ht_report **kept = user;
    *kept = ht_report_copy(report);
}

static int run(struct ht_engine *engine, struct ht_error *error)
{
    while (!ht_engine_idle(engine)) {
        struct pollfd ready = {.fd = ht_engine_fd(engine), .events = POLLIN};
        if (poll(&ready, 1, -1) < 0 && errno != EINTR)
            return ht_error_system(error, errno, "waiting for packets failed");
        int code = ht_engine_dispatch(engine, error);
        if (code != HT_OK)
            return code;
    }
    return HT_OK;
}

/* Measures a target in this version's layout. */
static int trace(const struct ht_target *target, struct ht_report **kept, struct ht_error *error)
{
    struct ht_engine *engine;
    struct ht_engine_options options = {.on_report = keep_report, .user = kept};
    int code = ht_engine_new(&options, &engine, error);
    if (code != HT_OK)
        return code;
    code = ht_engine_add(engine, target, NULL, error);
    if (code == HT_OK) {
        /* What was refused stands in the report. */
        (void)ht_engine_open(engine, NULL);
        code = run(engine, error);
    }
    ht_engine_free(engine);
    return code;
}

int ht_trace_sized(const struct ht_target *target, size_t struct_size, struct ht_report **report,
                   struct ht_error *error)
{
    struct ht_report *kept = NULL;
    struct ht_target once;
    int code = ht_target_take(&once, target, struct_size, error);
    if (code != HT_OK)
        return code;
    once.settings.interval_ns = 0;
    code = trace(&once, &kept, error);
    if (code == HT_OK && kept == NULL)
        code = ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    if (code != HT_OK) {
        ht_report_free(kept);
        return code;
    }
    *report = kept;
    return HT_OK;
}
