/* Any lines as the plugin's configuration, as the daemon hands it over: what is wrong costs a
 * warning, and every target that is left can be measured.
 *
 * A line is a letter, a key, a blank and a value. The letter's low bits say what type the value
 * has; a capital letter begins a target (named by the value), to which the lower-case lines below
 * belong; other characters are lines outside of any target. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/names.h"
#include "daemon.h"
#include "fuzz.h"
#include "hoptrace.h"
#include "setup.h"

#define OPTIONS_MAX 16

/* Since the beginning of the input. */
static size_t said;

void daemon_say(enum daemon_level level, const char *format, ...)
{
    expect(level == DAEMON_WARNING && *format != '\0');
    said++;
}

/* No health is ever told here. */
void daemon_dispatch_self(int64_t time_ns, int64_t interval_ns, const struct ht_health *health)
{
    (void)time_ns;
    (void)interval_ns;
    (void)health;
    expect(false);
}

static struct option read_option(const char *letter, char *line)
{
    struct option option = {.key = strsep(&line, " "), .type = (enum option_type)(*letter & 3)};
    const char *value = line != NULL ? line : "";
    if (option.type == OPTION_NUMBER)
        option.number = strtod(value, NULL);
    else if (option.type == OPTION_BOOLEAN)
        option.boolean = *value == 't';
    else if (option.type == OPTION_TEXT)
        option.text = value;
    return option;
}

/* A target with the lines of its block; `next` is the first line below it. */
static void read_target(struct setup *setup, char *line, char **next)
{
    struct option options[OPTIONS_MAX];
    struct option head = read_option(line, line + 1);
    size_t count = 0;
    while (*next != NULL && islower((unsigned char)**next) && count < OPTIONS_MAX) {
        char *own = strsep(next, "\n");
        options[count++] = read_option(own, own + 1);
    }
    setup_target(setup, &head, options, count);
}

static void read_lines(struct setup *setup, char *text)
{
    while (text != NULL) {
        char *line = strsep(&text, "\n");
        if (*line == '\0')
            continue;
        if (isupper((unsigned char)*line)) {
            read_target(setup, line, &text);
        } else {
            struct option option = read_option(line, line + 1);
            setup_option(setup, &option);
        }
    }
}

static size_t check_targets(const struct setup *setup)
{
    size_t count = 0;
    for (const struct target *target = setup->targets; target != NULL; target = target->next) {
        expect(ht_target_name_check(target->name, NULL) == HT_OK);
        expect(ht_target_host_check(target->host, NULL) == HT_OK);
        expect(ht_settings_check(&target->settings, NULL) == HT_OK);
        expect(target->settings.interval_ns > 0);
        expect(strchr(target->instance, '/') == NULL);
        count++;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct setup setup;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    said = 0;
    setup_init(&setup);
    read_lines(&setup, text);
    size_t before = 0;
    for (const struct target *target = setup.targets; target != NULL; target = target->next)
        before++;
    size_t said_before = said;
    setup_settle(&setup, HT_NS_PER_S);
    /* Nobody is left out without a word. */
    expect(before - check_targets(&setup) == said - said_before);
    setup_fini(&setup);
    free(text);
    return 0;
}
