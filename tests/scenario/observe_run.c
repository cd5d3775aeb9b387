/* What can be asked of the whole run. */
#include "question.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void ask_burst(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)ledger_burst(&((const struct driver *)subject)->ledger));
}

static void ask_packets(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct driver *)subject)->ledger.packets);
}

static void ask_resets(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct driver *)subject)->ledger.resets);
}

static void ask_records(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct driver *)subject)->record_count);
}

static void ask_events(const void *subject, struct seen *seen)
{
    const struct driver *driver = subject;
    size_t events = 0;
    for (size_t i = 0; i < driver->record_count; i++)
        events += driver->records[i]->changed;
    seen_number(seen, (double)events);
}

static void ask_strangers(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct driver *)subject)->counters.strangers);
}

static void ask_forged(const void *subject, struct seen *seen)
{
    seen_number(seen, (double)((const struct driver *)subject)->counters.forged);
}

/* From the beginning until the last record. */
static void ask_run_duration(const void *subject, struct seen *seen)
{
    const struct driver *driver = subject;
    double ended = NAN;
    if (driver->record_count > 0)
        ended =
            ht_ns_to_ms(driver->records[driver->record_count - 1]->delivered_ns - driver->begin_ns);
    seen_number(seen, ended);
}

static void ask_order(const void *subject, struct seen *seen)
{
    const struct driver *driver = subject;
    seen_text(seen, "");
    size_t used = 0;
    for (size_t i = 0; i < driver->record_count && used < sizeof seen->text; i++)
        used += (size_t)snprintf(seen->text + used, sizeof seen->text - used, "%s%s",
                                 i > 0 ? "," : "", driver->records[i]->report.name);
}

static const struct question run_questions[] = {
    {"burst", ask_burst},         {"packets", ask_packets}, {"records", ask_records},
    {"strangers", ask_strangers}, {"forged", ask_forged},   {"duration", ask_run_duration},
    {"order", ask_order},         {"resets", ask_resets},   {"events", ask_events},
};

/* "loss 1", "sent 1", "known 1", "shared 1", "events 1": of the hop at this ttl, over all records:
 * the loss of all probes together, their number, how many records show an address, how many took it
 * over, how many tell of a change there. */
static bool observe_ttl(const struct driver *driver, const char (*words)[SCRIPT_NAME_MAX],
                        struct seen *seen)
{
    uint32_t ttl;
    double sent = 0, received = 0, known = 0, shared = 0, events = 0;
    if (!value_unsigned(words[1], 255, &ttl))
        return false;
    for (size_t i = 0; i < driver->record_count; i++) {
        const struct ht_report *report = &driver->records[i]->report;
        events += driver->records[i]->changed && driver->records[i]->change.ttl == ttl;
        for (size_t k = 0; k < report->listed_hops; k++) {
            const struct ht_hop *hop = &report->hops[k];
            if (hop->ttl != ttl)
                continue;
            sent += hop->sent;
            received += hop->received;
            known += hop->node_count > 0;
            shared += hop->shared;
        }
    }
    const struct {
        const char *name;
        double value;
    } answers[] = {{"loss", sent > 0 ? 100 * (1 - received / sent) : NAN},
                   {"sent", sent},
                   {"known", known},
                   {"shared", shared},
                   {"events", events}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (strcmp(answers[i].name, words[0]) == 0) {
            seen_number(seen, answers[i].value);
            return true;
        }
    }
    return false;
}

bool observe_run(const struct driver *driver, const char (*words)[SCRIPT_NAME_MAX], size_t count,
                 struct seen *seen)
{
    if (count == 2)
        return observe_ttl(driver, words, seen);
    return count == 1 && ASK(run_questions, words[0], driver, seen);
}
