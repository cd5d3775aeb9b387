/* The plugin: what it does when the daemon calls. */
#include "daemon.h"
#include "hoptrace.h"
#include "setup.h"
#include "worker.h"

/* All there is from module_register to the daemon's end: its calls carry no pointer. */
static struct {
    struct setup setup;
    struct worker *worker;
} plugin;

static void configure_option(const struct option *option)
{
    setup_option(&plugin.setup, option);
}

static void configure_target(const struct option *head, const struct option *options,
                             size_t option_count)
{
    setup_target(&plugin.setup, head, options, option_count);
}

/* Hands over one finished round, its events first. It never waits for the engine; what the daemon
 * does with a notification it does in this call. One round only: the daemon's write threads
 * overtake each other, and of two values for one name the older would come too late. */
static void read_target(struct target *target)
{
    struct letter letter = mailbox_take(&target->mailbox);
    for (size_t i = 0; i < letter.events.count; i++)
        daemon_notify(target->instance, letter.events.events[i]);
    if (letter.report != NULL)
        daemon_dispatch(target->instance, target_value_time(target, letter.report->time_ns),
                        target->settings.interval_ns, letter.report, &target->hops);
    letter_fini(&letter);
}

static void read_one(void *user)
{
    if (user == &plugin.setup.self)
        self_read(&plugin.setup.self, plugin.setup.interval_ns);
    else
        read_target(user);
}

/* Rounds and reads follow clocks of their own: reads have to be the more frequent ones, or rounds
 * would pile up; at twice the pace what a held-up daemon has left waiting is made up for. How often
 * it reads also decides how old a round is when it is handed over: a tenth of the interval does not
 * matter. But the daemon complains of a read that took longer than the time between two, and on a
 * busy machine a thread can be kept from the processor for long: reads are not closer than this
 * where the interval allows it. */
#define READS_PER_ROUND     10
#define READS_PER_ROUND_MIN 2
#define READS_APART_NS      (2 * HT_NS_PER_S)

static int64_t read_period_ns(int64_t interval_ns)
{
    int64_t apart_ns = ht_time_min(READS_APART_NS, interval_ns / READS_PER_ROUND_MIN);
    return ht_time_max(interval_ns / READS_PER_ROUND, apart_ns);
}

/* Targets that the daemon will not read are not measured either. */
static bool register_read(void *user, struct target *target)
{
    (void)user;
    if (daemon_register_read(target->name, read_period_ns(target->settings.interval_ns), target))
        return true;
    daemon_say(DAEMON_WARNING, "target \"%s\" is skipped: its read callback was refused",
               target->name);
    return false;
}

static bool start(int64_t interval_ns)
{
    if (plugin.worker != NULL)
        return true;
    setup_settle(&plugin.setup, interval_ns);
    setup_filter(&plugin.setup, register_read, NULL);
    if (plugin.setup.targets == NULL) {
        daemon_say(DAEMON_WARNING, "there is no target to measure");
        return true;
    }
    /* No target has an empty name. */
    if (plugin.setup.process.self &&
        !daemon_register_read("", read_period_ns(interval_ns), &plugin.setup.self))
        daemon_say(DAEMON_WARNING, "Self: its read callback was refused");
    struct ht_error error;
    if (worker_start(&plugin.setup, &plugin.worker, &error) == HT_OK)
        return true;
    daemon_say(DAEMON_ERROR, "%s", error.text);
    daemon_unregister_reads();
    return false;
}

static void stop(void)
{
    worker_stop(plugin.worker);
    plugin.worker = NULL;
    setup_fini(&plugin.setup);
}

/* The function that the daemon looks up by its name in a plugin's file. */
HT_API void module_register(void);

HT_API void module_register(void)
{
    static const struct daemon_calls calls = {.option = configure_option,
                                              .target = configure_target,
                                              .start = start,
                                              .read = read_one,
                                              .stop = stop};
    setup_init(&plugin.setup);
    daemon_register(&calls);
}
