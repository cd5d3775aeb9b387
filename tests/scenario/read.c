#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "property.h"
#include "reading.h"
#include "scenario.h"
#include "support.h"

_Noreturn void reading_fail(const struct reading *reading, const char *what, const char *word)
{
    die("%s:%u: %s: %s", reading->file, reading->line, what, word);
}

const char *reading_value(const char *word, const char *key)
{
    size_t length = strlen(key);
    return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* --- the network --- */

static struct script_network *add_network(struct scenario *scenario,
                                          const struct ht_address *destination)
{
    scenario->networks =
        grow(scenario->networks, scenario->network_count, sizeof *scenario->networks);
    struct script_network *network = &scenario->networks[scenario->network_count++];
    *network = (struct script_network){.destination = *destination};
    return network;
}

static struct script_network *network_for(struct scenario *scenario,
                                          const struct ht_address *destination)
{
    for (size_t i = 1; i < scenario->network_count; i++) {
        if (ht_address_equal(&scenario->networks[i].destination, destination))
            return &scenario->networks[i];
    }
    return add_network(scenario, destination);
}

static struct rule *new_rule(struct script_network *network)
{
    network->rules = grow(network->rules, network->rule_count, sizeof *network->rules);
    struct rule *rule = &network->rules[network->rule_count++];
    *rule = (struct rule){.until_ns = INT64_MAX};
    return rule;
}

static void read_network(struct reading *reading)
{
    struct ht_address destination;
    reading->network = 0;
    if (reading->count != 2)
        reading_fail(reading, "one address is needed", reading->text);
    if (strcmp(reading->words[1], "*") == 0)
        return;
    if (!ht_address_parse(reading->words[1], &destination))
        reading_fail(reading, "not an address", reading->words[1]);
    struct script_network *network = network_for(reading->scenario, &destination);
    reading->network = (size_t)(network - reading->scenario->networks);
}

static void set_property(const struct reading *reading, struct rule *rule, const char *word)
{
    char copy[1024];
    (void)snprintf(copy, sizeof copy, "%s", word);
    if (!property_set(rule, copy))
        reading_fail(reading, "no such property, or a bad value", word);
}

/* "router TTLS ...", "end TTLS ...", "ttl TTLS ...": the first two say who answers. */
static void read_rule(struct reading *reading)
{
    struct rule *rule = new_rule(&reading->scenario->networks[reading->network]);
    if (reading->count < 2 || !value_ranges(reading->words[1], &rule->ttl))
        reading_fail(reading, "ttls are needed", reading->text);
    if (strcmp(reading->words[0], "router") == 0)
        set_property(reading, rule, "exceeded");
    if (strcmp(reading->words[0], "end") == 0)
        set_property(reading, rule, "end");
    for (size_t i = 2; i < reading->count; i++)
        set_property(reading, rule, reading->words[i]);
}

/* --- targets --- */

static struct script_target *new_target(struct reading *reading, const char *name,
                                        const struct ht_address *address)
{
    struct scenario *scenario = reading->scenario;
    scenario->targets = grow(scenario->targets, scenario->target_count, sizeof *scenario->targets);
    struct script_target *target = &scenario->targets[scenario->target_count++];
    *target = (struct script_target){.address = *address};
    target->target.settings = reading->defaults;
    target->starts.count = 1;
    (void)snprintf(target->name, sizeof target->name, "%s", name);
    (void)ht_address_format(address, target->host);
    return target;
}

/* A word that says how a target is measured; false: it says nothing of that. */
static bool set_target(const struct reading *reading, struct script_target *target,
                       const char *word)
{
    const char *starts = reading_value(word, "at");
    const char *rounds = reading_value(word, "rounds");
    const char *every = reading_value(word, "every");
    if (starts != NULL) {
        if (!value_times(starts, &target->starts))
            reading_fail(reading, "bad value", word);
        return true;
    }
    if (every != NULL) {
        if (!value_time(every, &target->every_ns))
            reading_fail(reading, "bad value", word);
        return true;
    }
    if (rounds != NULL) {
        if (!value_unsigned(rounds, 1000000, &target->rounds))
            reading_fail(reading, "bad value", word);
        return true;
    }
    return reading_set_setting(reading, &target->target.settings, word);
}

static void read_target(struct reading *reading)
{
    struct ht_address address;
    if (reading->count < 3 || !ht_address_parse(reading->words[2], &address))
        reading_fail(reading, "a name and an address are needed", reading->text);
    struct script_target *target = new_target(reading, reading->words[1], &address);
    for (size_t i = 3; i < reading->count; i++) {
        if (!set_target(reading, target, reading->words[i]))
            reading_fail(reading, "no such setting", reading->words[i]);
    }
}

/* What "targets" says of the paths that it makes up. */
struct crowd {
    struct range hops;
    struct times rtt;
    double silent;   /* percent of the routers */
    const char *end; /* the destinations' answer */
    uint32_t back;   /* routers on the way back that are not on the way there */
    uint32_t step;   /* from one address to the next */
    uint64_t random;
};

static bool set_crowd(const struct reading *reading, struct crowd *crowd, const char *word)
{
    const char *hops = reading_value(word, "hops");
    const char *rtt = reading_value(word, "rtt");
    const char *silent = reading_value(word, "silent");
    const char *back = reading_value(word, "back");
    const char *end = reading_value(word, "end");
    const char *step = reading_value(word, "step");
    struct ranges ranges = {.items = {crowd->hops}};
    bool good = true;
    if (hops != NULL)
        good = value_ranges(hops, &ranges) && ranges.items[0].last <= 255 &&
               ranges.items[0].first >= 2;
    else if (rtt != NULL)
        good = value_times(rtt, &crowd->rtt);
    else if (silent != NULL)
        good = value_number(silent, &crowd->silent);
    else if (end != NULL)
        crowd->end = end;
    else if (back != NULL)
        good = value_unsigned(back, 32, &crowd->back);
    else if (step != NULL)
        good = value_unsigned(step, 1000, &crowd->step);
    else
        return false;
    if (!good)
        reading_fail(reading, "bad value", word);
    crowd->hops = ranges.items[0];
    return true;
}

/* A rule for a range of ttls of which the answer is a word. */
static struct rule *lay_rule(struct script_network *network, struct range ttls, const char *answer)
{
    char word[32];
    struct rule *rule = new_rule(network);
    rule->ttl = (struct ranges){.items = {ttls}, .count = 1};
    (void)snprintf(word, sizeof word, "%s", answer);
    (void)property_set(rule, word);
    return rule;
}

/* Lays a path of its own to one destination of a crowd. */
static void lay_path(struct script_network *network, struct crowd *crowd)
{
    uint32_t choices = crowd->hops.last - crowd->hops.first + 1;
    uint32_t length = crowd->hops.first + (uint32_t)(random_next(&crowd->random) % choices);
    property_set_rtt(lay_rule(network, (struct range){1, length - 1}, "exceeded"), &crowd->rtt);
    struct times farthest = {.items_ns = {crowd->rtt.items_ns[crowd->rtt.count - 1]}, .count = 1};
    struct rule *end = lay_rule(network, (struct range){length, UINT32_MAX}, crowd->end);
    property_set_rtt(end, &farthest);
    char word[32];
    (void)snprintf(word, sizeof word, "reply_ttl=%u", 64 - (length - 1 + crowd->back) % 64);
    (void)property_set(end, word);
    for (uint32_t ttl = 1; ttl < length; ttl++) {
        if (random_unit(&crowd->random) * 100 < crowd->silent)
            (void)lay_rule(network, (struct range){ttl, ttl}, "silent");
    }
}

static struct ht_address address_after(struct ht_address address, uint32_t steps)
{
    size_t length = ht_address_length(&address);
    uint64_t carry = steps;
    for (size_t i = length; i > 0 && carry > 0; i--) {
        carry += address.bytes[i - 1];
        address.bytes[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    return address;
}

/* "targets COUNT FIRST-ADDRESS ...": so many targets t1, t2, ... on paths made up by the seed. */
static void read_targets(struct reading *reading)
{
    struct ht_address first;
    uint32_t count;
    struct crowd crowd = {.hops = {8, 15},
                          .end = "end",
                          .step = 1,
                          .rtt = {.items_ns = {1000000, 60000000}, .count = 2, .rising = true},
                          .random = reading->scenario->options.seed};
    if (reading->count < 3 || !value_unsigned(reading->words[1], 1000000, &count) ||
        !ht_address_parse(reading->words[2], &first))
        reading_fail(reading, "a number and an address are needed", reading->text);
    bool is_crowds[WORDS_MAX] = {false};
    for (size_t i = 3; i < reading->count; i++)
        is_crowds[i] = set_crowd(reading, &crowd, reading->words[i]);
    for (uint32_t n = 0; n < count; n++) {
        char name[32];
        (void)snprintf(name, sizeof name, "t%u", n + 1);
        struct ht_address address = address_after(first, n * crowd.step);
        struct script_target *target = new_target(reading, name, &address);
        /* A crowd on one address has one path to it. */
        struct script_network *network = NULL;
        if (n == 0 || crowd.step > 0) {
            network = add_network(reading->scenario, &address);
            lay_path(network, &crowd);
        }
        for (size_t i = 3; i < reading->count; i++) {
            if (!is_crowds[i] && !set_target(reading, target, reading->words[i]) && network != NULL)
                set_property(reading, new_rule(network), reading->words[i]);
        }
    }
}

/* --- what happens besides, and what is expected --- */

static bool read_reason(const char *word, enum ht_stop_reason *reason)
{
    *reason = strcmp(word, "deadline") == 0 ? HT_STOP_DEADLINE : HT_STOP_INTERRUPTED;
    return *reason == HT_STOP_DEADLINE || strcmp(word, "interrupted") == 0;
}

/* The object of an action. */
static bool read_object(const struct reading *reading, struct script_action *action)
{
    const char *object = reading->words[3];
    uint32_t number = 0;
    bool good = false;
    switch (action->kind) {
    case ACTION_CLOSE:
        return read_reason(object, &action->reason);
    case ACTION_CLOCK:
    case ACTION_STALL:
    case ACTION_UNREAD:
        return value_time(object, &action->amount);
    case ACTION_OVERFLOW:
    case ACTION_LOCAL_ID:
        good = value_unsigned(object, action->kind == ACTION_LOCAL_ID ? UINT16_MAX : UINT32_MAX,
                              &number);
        action->amount = number;
        return good;
    case ACTION_SOURCE:
    case ACTION_ADDRESS:
        good = reading->count == 5 && ht_address_parse(reading->words[4], &action->address);
        return snprintf(action->target, sizeof action->target, "%s", object) > 0 && good;
    case ACTION_DROP:
        return snprintf(action->target, sizeof action->target, "%s", object) > 0;
    }
    return false;
}

/* "at TIME close REASON", "... clock TIME", "... overflow NUMBER", "... drop NAME",
 * "... stall TIME", "... unread TIME", "... local_id NUMBER", "... source NAME ADDRESS",
 * "... address NAME ADDRESS". */
static void read_action(struct reading *reading)
{
    static const char *const names[] = {"close",  "clock",    "overflow", "drop",   "stall",
                                        "unread", "local_id", "source",   "address"};
    const size_t count = sizeof names / sizeof names[0];
    struct script_action action = {.reason = HT_STOP_INTERRUPTED};
    if (reading->count < 4 || reading->count > 5 || !value_time(reading->words[1], &action.time_ns))
        reading_fail(reading, "a time, an action and its object are needed", reading->text);
    size_t kind = 0;
    while (kind < count && strcmp(names[kind], reading->words[2]) != 0)
        kind++;
    action.kind = (enum action_kind)kind;
    bool good = kind < count && read_object(reading, &action);
    if (!good || (reading->count == 5 && kind != ACTION_SOURCE && kind != ACTION_ADDRESS))
        reading_fail(reading, "no such action", reading->text);
    struct scenario *scenario = reading->scenario;
    scenario->actions = grow(scenario->actions, scenario->action_count, sizeof action);
    scenario->actions[scenario->action_count++] = action;
}

static bool is_comparison(const char *word)
{
    static const char *const comparisons[] = {"=", "!=", "<", "<=", ">", ">=", "~"};
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
        if (strcmp(comparisons[i], word) == 0)
            return true;
    }
    return false;
}

/* "expect SUBJECT FIELD... COMPARISON VALUE...": the value may have blanks. */
static void read_expectation(struct reading *reading)
{
    struct scenario *scenario = reading->scenario;
    scenario->expectations =
        grow(scenario->expectations, scenario->expectation_count, sizeof *scenario->expectations);
    struct script_expectation *expectation = &scenario->expectations[scenario->expectation_count++];
    *expectation = (struct script_expectation){.line = reading->line};
    (void)snprintf(expectation->text, sizeof expectation->text, "%.250s", reading->text);
    size_t i = 1;
    for (; i < reading->count && !is_comparison(reading->words[i]); i++) {
        if (expectation->word_count == SCRIPT_WORDS_MAX)
            reading_fail(reading, "too many words", reading->text);
        (void)snprintf(expectation->words[expectation->word_count++], SCRIPT_NAME_MAX, "%s",
                       reading->words[i]);
    }
    if (expectation->word_count < 2 || i + 1 >= reading->count)
        reading_fail(reading, "a subject, a field, a comparison and a value are needed",
                     reading->text);
    (void)snprintf(expectation->comparison, sizeof expectation->comparison, "%s",
                   reading->words[i]);
    size_t used = 0;
    for (i++; i < reading->count && used < sizeof expectation->value; i++)
        used += (size_t)snprintf(expectation->value + used, sizeof expectation->value - used,
                                 "%s%s", used > 0 ? " " : "", reading->words[i]);
}

/* --- the file --- */

static const struct {
    const char *word;
    void (*read)(struct reading *reading);
} directives[] = {
    {"option", read_options},     {"defaults", read_defaults}, {"network", read_network},
    {"router", read_rule},        {"end", read_rule},          {"ttl", read_rule},
    {"target", read_target},      {"targets", read_targets},   {"at", read_action},
    {"expect", read_expectation},
};

static void read_line(struct reading *reading, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *comment = line[0] == '#' ? line : strstr(line, " #");
    if (comment != NULL)
        *comment = '\0';
    (void)snprintf(reading->text, sizeof reading->text, "%s", line);
    reading->count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest)) {
        if (reading->count == WORDS_MAX)
            reading_fail(reading, "too many words", reading->text);
        reading->words[reading->count++] = word;
    }
    if (reading->count == 0)
        return;
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
        if (strcmp(directives[i].word, reading->words[0]) == 0) {
            directives[i].read(reading);
            return;
        }
    }
    reading_fail(reading, "no such line", reading->words[0]);
}

/* What points into a target can be set only now that they no longer move. */
static void settle_targets(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->target_count; i++) {
        struct script_target *target = &scenario->targets[i];
        target->target.name = target->name;
        target->target.host = target->host;
        target->target.user = target;
        if (target->rounds < target->starts.count)
            target->rounds = (uint32_t)target->starts.count;
    }
}

void scenario_read(struct scenario *scenario, const char *file)
{
    *scenario = (struct scenario){0};
    struct reading reading = {.scenario = scenario, .file = file};
    reading_begin(&reading);
    struct ht_address everybody = {.version = HT_IP_NONE};
    (void)add_network(scenario, &everybody);
    FILE *stream = fopen(file, "r");
    if (stream == NULL)
        die("%s: cannot be opened", file);
    char line[1024];
    while (fgets(line, sizeof line, stream) != NULL) {
        reading.line++;
        read_line(&reading, line);
    }
    if (fclose(stream) != 0)
        die("%s: cannot be read", file);
    settle_targets(scenario);
}

void scenario_fini(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->network_count; i++)
        free(scenario->networks[i].rules);
    free(scenario->networks);
    free(scenario->targets);
    free(scenario->actions);
    free(scenario->expectations);
    *scenario = (struct scenario){0};
}
