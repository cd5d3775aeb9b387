#include "expect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "observe.h"
#include "support.h"

/* Numbers agree to the microsecond that the outputs show. */
#define TOLERANCE 0.0005

/* A value as a scenario writes it: "null", a number, a time (then in ms), or a text. */
static struct seen read_value(const char *value)
{
    struct seen read = {.kind = SEEN_TEXT};
    int64_t time_ns;
    (void)snprintf(read.text, sizeof read.text, "%s", value);
    if (strcmp(value, "null") == 0)
        read.kind = SEEN_NOTHING;
    else if (value_number(value, &read.number))
        read.kind = SEEN_NUMBER;
    else if (value_time(value, &time_ns)) {
        read.kind = SEEN_NUMBER;
        read.number = ht_ns_to_ms(time_ns);
    }
    return read;
}

static bool same(const struct seen *seen, const struct seen *wanted)
{
    /* An identity such as "12345678" reads like a number. */
    if (seen->kind == SEEN_TEXT && wanted->kind != SEEN_NOTHING)
        return strcmp(seen->text, wanted->text) == 0;
    if (seen->kind != wanted->kind)
        return false;
    return seen->kind == SEEN_NOTHING || fabs(seen->number - wanted->number) <= TOLERANCE;
}

static bool holds(const struct seen *seen, const char *comparison, const char *value)
{
    struct seen wanted = read_value(value);
    if (strcmp(comparison, "=") == 0)
        return same(seen, &wanted);
    if (strcmp(comparison, "!=") == 0)
        return !same(seen, &wanted);
    if (strcmp(comparison, "~") == 0)
        return seen->kind == SEEN_TEXT && strstr(seen->text, value) != NULL;
    if (seen->kind != SEEN_NUMBER || wanted.kind != SEEN_NUMBER)
        return false;
    double more = seen->number - wanted.number;
    switch (comparison[0]) {
    case '<':
        return comparison[1] == '=' ? more <= TOLERANCE : more < 0;
    default:
        return comparison[1] == '=' ? more >= -TOLERANCE : more > 0;
    }
}

static void describe(const struct seen *seen, char *text, size_t size)
{
    if (seen->kind == SEEN_NOTHING)
        (void)snprintf(text, size, "null");
    else if (seen->kind == SEEN_TEXT)
        (void)snprintf(text, size, "%s", seen->text);
    else
        (void)snprintf(text, size, "%.10g", seen->number);
}

static void print_result(const struct script_expectation *expectation, bool good,
                         const struct seen *seen, const char *whose)
{
    char text[1100];
    describe(seen, text, sizeof text);
    printf("%s %s   # seen: %s%s%s\n", good ? "ok" : "not ok", expectation->text, text,
           whose[0] != '\0' ? " of " : "", whose);
}

/* True if the expectation is about this record: "name", "name#2" or "each". */
static bool concerns(const char *subject, const struct record *record)
{
    if (strcmp(subject, "each") == 0)
        return true;
    const char *mark = strchr(subject, '#');
    size_t length = mark != NULL ? (size_t)(mark - subject) : strlen(subject);
    uint32_t round = 0;
    if (mark != NULL && !value_unsigned(mark + 1, UINT32_MAX, &round))
        die("%s: not a number of a round", subject);
    return strlen(record->report.name) == length &&
           strncmp(record->report.name, subject, length) == 0 &&
           (round == 0 || record->number == round);
}

static _Noreturn void misunderstood(const struct script_expectation *expectation)
{
    die("line %u: this cannot be asked: %s", expectation->line, expectation->text);
}

/* Holds if it holds for every record that it concerns, and concerns one. */
static bool check_records(const struct driver *driver, const struct script_expectation *expectation)
{
    struct seen seen = {.kind = SEEN_TEXT, .text = "no such record"};
    const char(*words)[SCRIPT_NAME_MAX] = (const char(*)[SCRIPT_NAME_MAX])expectation->words + 1;
    size_t count = 0;
    for (size_t i = 0; i < driver->record_count; i++) {
        const struct record *record = driver->records[i];
        if (!concerns(expectation->words[0], record))
            continue;
        count++;
        seen = (struct seen){.kind = SEEN_NOTHING};
        if (!observe_record(record, words, expectation->word_count - 1, &seen))
            misunderstood(expectation);
        if (!holds(&seen, expectation->comparison, expectation->value)) {
            char whose[100];
            (void)snprintf(whose, sizeof whose, "%s#%u", record->report.name, record->number);
            print_result(expectation, false, &seen, whose);
            return false;
        }
    }
    print_result(expectation, count > 0, &seen, "");
    return count > 0;
}

static bool check_run(const struct driver *driver, const struct script_expectation *expectation)
{
    struct seen seen = {.kind = SEEN_NOTHING};
    const char(*words)[SCRIPT_NAME_MAX] = (const char(*)[SCRIPT_NAME_MAX])expectation->words + 1;
    if (!observe_run(driver, words, expectation->word_count - 1, &seen))
        misunderstood(expectation);
    bool good = holds(&seen, expectation->comparison, expectation->value);
    print_result(expectation, good, &seen, "");
    return good;
}

size_t expect_all(const struct driver *driver)
{
    const struct scenario *scenario = driver->scenario;
    size_t failed = 0;
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct script_expectation *expectation = &scenario->expectations[i];
        bool good = strcmp(expectation->words[0], "run") == 0 ? check_run(driver, expectation)
                                                              : check_records(driver, expectation);
        failed += !good;
    }
    return failed;
}
