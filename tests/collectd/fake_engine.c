#include "fake_engine.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "hoptrace.h"
#include "target.h"

struct ht_engine {
    struct ht_engine_options options;
    struct target *targets[4];
    size_t count;
    int fd; /* always readable */
};

struct fake_engine fake_engine;

void fake_engine_reset(void)
{
    fake_engine = (struct fake_engine){.reports_at_most = SIZE_MAX};
}

int ht_engine_new_sized(const struct ht_engine_options *options, size_t struct_size,
                        struct ht_engine **engine, struct ht_error *error)
{
    static struct ht_engine only;
    (void)struct_size;
    if (fake_engine.refuse_new)
        return ht_error_set(error, HT_ERR_SYSTEM, "no descriptors");
    only = (struct ht_engine){.options = *options, .fd = eventfd(1, 0)};
    fake_engine.alive++;
    *engine = &only;
    return HT_OK;
}

void ht_engine_free(struct ht_engine *engine)
{
    if (engine == NULL)
        return;
    (void)close(engine->fd);
    fake_engine.alive--;
}

int ht_engine_add_sized(struct ht_engine *engine, const struct ht_target *target,
                        size_t struct_size, uint32_t *id, struct ht_error *error)
{
    (void)id;
    (void)struct_size;
    if (target->settings.protocol == HT_TCP)
        return ht_error_set(error, HT_ERR_INVALID, "not this one");
    engine->targets[engine->count++] = target->user;
    return HT_OK;
}

int ht_engine_open(struct ht_engine *engine, struct ht_error *error)
{
    if (engine->options.state != NULL) {
        struct ht_error problem;
        (void)ht_error_set(&problem, HT_ERR_SYSTEM, "%s: is locked", engine->options.state);
        engine->options.on_problem(engine->options.user, &problem);
    }
    if (engine->options.sockets == HT_SOCKETS_USER) {
        struct ht_error problem;
        (void)ht_error_set(&problem, HT_ERR_PERMISSION, "refused: run this");
        engine->options.on_problem(engine->options.user, &problem);
    }
    return fake_engine.refuse_open ? ht_error_set(error, HT_ERR_PERMISSION, "refused") : HT_OK;
}

int ht_engine_fd(const struct ht_engine *engine)
{
    return engine->fd;
}

uint32_t ht_engine_pps_short(const struct ht_engine *engine)
{
    (void)engine;
    return fake_engine.pps_short;
}

/* The entry of a list for the record of this number; the last one is for all later ones too. */
static size_t place(size_t number)
{
    return number < FAKE_RECORDS ? number : FAKE_RECORDS - 1;
}

static void make_event(struct ht_engine *engine, struct target *target, size_t number)
{
    struct ht_event event = {.kind = HT_EVENT_PATH_CHANGED,
                             .severity = HT_SEVERITY_WARNING,
                             .message = "the path changed",
                             .name = target->name,
                             .host = target->host,
                             .user = target,
                             .ttl = (uint8_t)(number + 1)};
    if (engine->options.on_notice != NULL)
        engine->options.on_notice(engine->options.user, &event);
}

static void make_report(struct ht_engine *engine, struct target *target, size_t number)
{
    struct ht_hop hops[FAKE_HOPS] = {{0}};
    for (size_t i = 0; i < FAKE_HOPS; i++)
        hops[i].ttl = (uint8_t)(i + 1);
    struct ht_report report = {.name = target->name,
                               .host = target->host,
                               .user = target,
                               .sent = (uint32_t)number,
                               .time_ns = (int64_t)number * HT_NS_PER_S,
                               .status = fake_engine.statuses[place(number)],
                               .error = "a reason",
                               .hops = hops,
                               .listed_hops = fake_engine.hops[place(number)],
                               .remembered = true,
                               .path_changes = (uint32_t)number};
    engine->options.on_report(engine->options.user, &report);
}

static void tell_health(struct ht_engine *engine)
{
    struct ht_health_counts counts = {.rounds = fake_engine.reports};
    struct ht_health health = {.time_ns = HT_NS_PER_S, .counts = &counts, .totals = &counts};
    if (engine->options.on_health != NULL)
        engine->options.on_health(engine->options.user, &health);
}

int ht_engine_dispatch(struct ht_engine *engine, struct ht_error *error)
{
    if (fake_engine.refuse_dispatch)
        return ht_error_set(error, HT_ERR_SYSTEM, "out of order");
    for (size_t i = 0; i < engine->count; i++) {
        size_t number = fake_engine.reports;
        if (number >= fake_engine.reports_at_most)
            break;
        if (number < fake_engine.eventful)
            make_event(engine, engine->targets[i], number);
        fake_engine.reports++;
        make_report(engine, engine->targets[i], number);
        tell_health(engine);
    }
    return HT_OK;
}
