#include "undying.h"

#include <stddef.h>

#include "probing/prober.h"

/* The engine's own functions, as the linker calls them then. */
struct ht_prober *__real_ht_prober_new(const struct ht_prober_options *options);
void __real_ht_prober_free(struct ht_prober *prober);
size_t __real_ht_prober_collect(struct ht_prober *prober, struct ht_now now,
                                struct ht_outgoing *batch, size_t capacity);
void __real_ht_prober_sent(struct ht_prober *prober, struct ht_now now,
                           const struct ht_outgoing *batch, size_t count);
void __real_ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                              const struct ht_incoming *packets, size_t count);
void __real_ht_prober_advance(struct ht_prober *prober, struct ht_now now);
void __real_ht_prober_close_all(struct ht_prober *prober, struct ht_now now,
                                enum ht_stop_reason reason);
int64_t __real_ht_prober_next_ns(const struct ht_prober *prober);
struct ht_prober_counters __real_ht_prober_counters(const struct ht_prober *prober);

struct ht_prober *__wrap_ht_prober_new(const struct ht_prober_options *options);
void __wrap_ht_prober_free(struct ht_prober *prober);
size_t __wrap_ht_prober_collect(struct ht_prober *prober, struct ht_now now,
                                struct ht_outgoing *batch, size_t capacity);
void __wrap_ht_prober_sent(struct ht_prober *prober, struct ht_now now,
                           const struct ht_outgoing *batch, size_t count);
void __wrap_ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                              const struct ht_incoming *packets, size_t count);
void __wrap_ht_prober_advance(struct ht_prober *prober, struct ht_now now);
void __wrap_ht_prober_close_all(struct ht_prober *prober, struct ht_now now,
                                enum ht_stop_reason reason);
int64_t __wrap_ht_prober_next_ns(const struct ht_prober *prober);
struct ht_prober_counters __wrap_ht_prober_counters(const struct ht_prober *prober);

static struct {
    struct ht_prober *prober;
    struct ht_prober_options options; /* of the play that is on */
    struct ht_prober_counters before; /* what was counted before it */
    int64_t ahead_ns;                 /* the engine's time, before the play's */
} undying;

void undying_pause(int64_t played_ns, int64_t pause_ns)
{
    undying.ahead_ns += played_ns + pause_ns;
}

int64_t undying_age_ns(void)
{
    return undying.ahead_ns;
}

void undying_free(void)
{
    __real_ht_prober_free(undying.prober);
    undying.prober = NULL;
}

static struct ht_now shift(struct ht_now now)
{
    now.mono_ns += undying.ahead_ns;
    return now;
}

static void on_report(void *user, const struct ht_report *report,
                      const struct ht_flow_sightings *seen)
{
    (void)user;
    undying.options.on_report(undying.options.user, report, seen);
}

static void on_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    (void)user;
    undying.options.on_hop(undying.options.user, so_far, hop);
}

struct ht_prober *__wrap_ht_prober_new(const struct ht_prober_options *options)
{
    undying.options = *options;
    if (undying.prober == NULL) {
        struct ht_prober_options first = *options;
        first.on_report = on_report;
        first.on_hop = on_hop;
        undying.prober = __real_ht_prober_new(&first);
    }
    if (undying.prober != NULL)
        undying.before = __real_ht_prober_counters(undying.prober);
    return undying.prober;
}

void __wrap_ht_prober_free(struct ht_prober *prober)
{
    (void)prober;
}

size_t __wrap_ht_prober_collect(struct ht_prober *prober, struct ht_now now,
                                struct ht_outgoing *batch, size_t capacity)
{
    return __real_ht_prober_collect(prober, shift(now), batch, capacity);
}

void __wrap_ht_prober_sent(struct ht_prober *prober, struct ht_now now,
                           const struct ht_outgoing *batch, size_t count)
{
    /* The driver's, which has no more use for it. */
    struct ht_outgoing *packets = (struct ht_outgoing *)batch;
    for (size_t i = 0; i < count; i++)
        packets[i].sent_ns += undying.ahead_ns;
    __real_ht_prober_sent(prober, shift(now), packets, count);
}

void __wrap_ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                              const struct ht_incoming *packets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ht_incoming shifted = packets[i];
        shifted.received_ns += undying.ahead_ns;
        __real_ht_prober_receive(prober, shift(now), &shifted, 1);
    }
}

void __wrap_ht_prober_advance(struct ht_prober *prober, struct ht_now now)
{
    __real_ht_prober_advance(prober, shift(now));
}

void __wrap_ht_prober_close_all(struct ht_prober *prober, struct ht_now now,
                                enum ht_stop_reason reason)
{
    __real_ht_prober_close_all(prober, shift(now), reason);
}

int64_t __wrap_ht_prober_next_ns(const struct ht_prober *prober)
{
    int64_t next_ns = __real_ht_prober_next_ns(prober);
    return next_ns == HT_NEVER ? next_ns : next_ns - undying.ahead_ns;
}

struct ht_prober_counters __wrap_ht_prober_counters(const struct ht_prober *prober)
{
    struct ht_prober_counters counters = __real_ht_prober_counters(prober);
    counters.strangers -= undying.before.strangers;
    counters.forged -= undying.before.forged;
    counters.sent -= undying.before.sent;
    counters.received -= undying.before.received;
    return counters;
}
