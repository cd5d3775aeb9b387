/* Any number of targets in one thread, inside the caller's event loop. */
#ifndef HT_HOPTRACE_ENGINE_H
#define HT_HOPTRACE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "hoptrace/event.h"
#include "hoptrace/export.h"
#include "hoptrace/health.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"

HT_BEGIN_C

struct ht_engine;

/* What one engine does for all its targets. Bytes that are not set must be zero, which is a good
 * default but for `pps`. Later versions add members at the end. */
struct ht_engine_options {
    uint32_t pps;        /* most probes a second, all targets together; 0: no ceiling */
    uint32_t rounds;     /* rounds of each target that has an interval; 0: no end */
    int64_t deadline_ns; /* counted from ht_engine_open: all records are closed by then and no
                            round begins any more; 0: none */

    /* A round of a target is finished (unless the target is numeric it may have been kept for up to
     * 0.5 s, until the routers' names were known). The report and all it points to is the engine's
     * and gone when the call returns: keep it with ht_report_copy. The callback may add and remove
     * targets and interrupt the engine; it must not free it, nor dispatch. */
    void (*on_report)(void *user, const struct ht_report *report);

    /* May be NULL. The next hop in order is complete, as far as the report will list it; of a
     * target that is remembered, a second look at the path may add to it. `so_far` has no hops of
     * its own. Of a target with several flows all hops are told right before the record. Lifetime
     * and rights as for on_report. */
    void (*on_hop)(void *user, const struct ht_report *so_far, const struct ht_hop *hop);

    void *user;

    /* May be NULL. Something has changed, as the record says that comes next for this target.
     * Lifetime and rights as for on_report. */
    void (*on_event)(void *user, const struct ht_event *event);

    /* Memory that outlives the process: a file that is read by ht_engine_open and written each
     * 60 s, and when the engine is freed (see libhoptrace(3)). NULL: targets with an interval are
     * remembered as long as the engine lives, others not at all. The engine copies the name. */
    const char *state;

    /* May be NULL. What cannot be read, written or locked of the state file, or read of asn_db,
     * once for each reason; the engine goes on without. HT_ERR_PERMISSION: raw sockets were
     * refused, and it goes on with sockets without privilege (HT_SOCKETS_AUTO). Rights as for
     * on_report. */
    void (*on_problem)(void *user, const struct ht_error *error);

    /* May be NULL. The events that people are to be notified of: those of on_event, without those
     * that a common cause sums up. One that a common cause may sum up waits for it for up to 10 s,
     * and is left out if its target is removed meanwhile. Lifetime and rights as for on_report. */
    void (*on_notice)(void *user, const struct ht_event *event);

    bool triggered; /* rounds begin by ht_engine_trigger alone; a target's interval then says how
                       long a round may take */

    bool any_target; /* ht_engine_open opens what any target may need, and it stays open: targets
                        can be added without the privilege, but those with a mark */

    /* By which sockets; HT_SOCKETS_AUTO is decided by ht_engine_open. */
    enum ht_sockets_kind sockets;

    /* May be NULL. The engine's own health, each health_interval_ns (0: not at all) from the first
     * dispatch on, and when no round is left to come, of what was not told yet. What it points to
     * is gone when the call returns; rights as for on_report. */
    void (*on_health)(void *user, const struct ht_health *health);
    int64_t health_interval_ns;

    /* A database of autonomous systems in MaxMind's format, which is read by ht_engine_open, and
     * again when the file is another one at the end of a round; what is wrong with it is told to
     * on_problem. NULL: none. The engine copies the name. */
    const char *asn_db;
};

/* As ht_engine_new and ht_engine_add, for bindings to other languages: `struct_size` is the size
 * that their struct has. */
HT_API int ht_engine_new_sized(const struct ht_engine_options *options, size_t struct_size,
                               struct ht_engine **engine, struct ht_error *error);
HT_API int ht_engine_add_sized(struct ht_engine *engine, const struct ht_target *target,
                               size_t struct_size, uint32_t *id, struct ht_error *error);

/* Makes an engine without targets or sockets. *engine is the caller's to free.
 * HT_ERR_NOMEM, HT_ERR_INVALID (no on_report, or a member that this library is too old for),
 * HT_ERR_SYSTEM (descriptors exhausted). */
static inline int ht_engine_new(const struct ht_engine_options *options, struct ht_engine **engine,
                                struct ht_error *error)
{
    return ht_engine_new_sized(options, sizeof *options, engine, error);
}

/* Frees the engine with its targets; records under way are dropped. NULL is allowed. */
HT_API void ht_engine_free(struct ht_engine *engine);

/* Adds a target (copied) whose first round begins at the next dispatch. (The rounds of targets with
 * an interval that are there at ht_engine_open are spread over it, at most 3 s from one to the
 * next, unless there is a deadline. The second round follows half to one and a half intervals
 * later: from then on a target's moment in the interval, of the wall clock as it was when the
 * engine was made, is a hash of this host's name and the target's.) *id, if wanted, names it for
 * ht_engine_remove. HT_ERR_NOMEM, HT_ERR_INVALID (as ht_settings_check; no host, or an address that
 * no single host has). */
static inline int ht_engine_add(struct ht_engine *engine, const struct ht_target *target,
                                uint32_t *id, struct ht_error *error)
{
    return ht_engine_add_sized(engine, target, sizeof *target, id, error);
}

/* Removes a target; a record under way is dropped. Unknown ids are ignored. A target of the same
 * name that is added before the next dispatch goes on with what was remembered, as far as it is of
 * the same paths. */
HT_API void ht_engine_remove(struct ht_engine *engine, uint32_t id);

/* Opens the sockets that the targets need. HT_ERR_PERMISSION or another error: the engine is still
 * good, the records of the families concerned will say what was refused. HT_ERR_SYSTEM,
 * HT_ERR_NOMEM: each round tries again, and so may the caller, as long as it has the privilege. */
HT_API int ht_engine_open(struct ht_engine *engine, struct ht_error *error);

/* After ht_engine_open: true if sockets that need the privilege could not be opened for want of
 * something else, such as descriptors, and will be tried again. False: no privilege is of any more
 * use to the targets there are, even if something that needs none (a free number) is waited for. */
HT_API bool ht_engine_needs_privilege(const struct ht_engine *engine);

/* A descriptor that is readable when ht_engine_dispatch has work; the engine's own: only poll.
 * Below a ceiling, while at least 4 rounds are unfinished, or only rounds of targets with an
 * interval of 1 s or more, and without on_hop, what came in may wait for up to 20.6 ms before it is
 * work, so that one wake-up serves many packets. */
HT_API int ht_engine_fd(const struct ht_engine *engine);

/* Does all work that is due and returns without waiting. HT_OK; HT_ERR_INVALID: the engine was not
 * opened; or another error after which the engine cannot go on (its own descriptors fail). */
HT_API int ht_engine_dispatch(struct ht_engine *engine, struct ht_error *error);

/* True when no round is under way and none will come, and no event waits to be told. */
HT_API bool ht_engine_idle(const struct ht_engine *engine);

/* Begins a round of every target, whatever the time, with further rounds to come: now or, where one
 * is under way, as soon as its record is closed. Rounds of the clock stay where they are; each
 * round counts among `rounds`. Callbacks may call it. */
HT_API void ht_engine_trigger(struct ht_engine *engine);

/* Begins no further round but those that are due or triggered by now: once they are over, the
 * engine is idle. */
HT_API void ht_engine_finish(struct ht_engine *engine);

/* 0 as long as the rounds fit under the ceiling, by what is known of them so far (of the targets
 * with an interval, the packets of each one's last round). Else about which `pps` they need: under
 * the present one they take longer than their intervals, and rounds are left out. */
HT_API uint32_t ht_engine_pps_short(const struct ht_engine *engine);

/* Closes every record under way with stop reason `interrupted`, delivers them through on_report
 * before it returns (called from a callback: before ht_engine_dispatch returns), and starts no
 * further round: targets that are added from then on have no record. */
HT_API void ht_engine_interrupt(struct ht_engine *engine);

HT_END_C

#endif
