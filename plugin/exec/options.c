#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hoptrace.h"

enum kind {
    KIND_KEY,   /* a target's setting */
    KIND_LIMIT, /* a number of the process */
    KIND_CONFIG,
    KIND_OUTPUT,
    KIND_INTERVAL,
    KIND_ACTION
};

struct row {
    const char *name;     /* of the long option; NULL: there is only the letter */
    const char *argument; /* what the help calls its value; NULL: takes none */
    const char *help;
    const char *key;   /* KIND_KEY */
    const char *value; /* what an option without argument stands for */
    int letter;        /* 0: there is only the long option */
    enum kind kind;
    int which; /* enum ht_limit or enum options_action */
};

static const struct row rows[] = {
    {"config", "FILE", "configuration file: targets and defaults", NULL, NULL, 'c', KIND_CONFIG, 0},
    {"output", "FORMAT", "text, json, json-array, influx, putval or prometheus, default text", NULL,
     NULL, 'o', KIND_OUTPUT, 0},
    {NULL, NULL, "JSON, one line a target", NULL, "json", 'j', KIND_OUTPUT, 0},
    {NULL, NULL, "JSON, pretty", NULL, "json-pretty", 'J', KIND_OUTPUT, 0},
    {NULL, NULL, "IPv4 only", "family", "ipv4", '4', KIND_KEY, 0},
    {NULL, NULL, "IPv6 only", "family", "ipv6", '6', KIND_KEY, 0},
    {"protocol", "NAME", "what the probes are", "protocol", NULL, 'P', KIND_KEY, 0},
    {NULL, NULL, "as --protocol icmp, the default", "protocol", "icmp", 'I', KIND_KEY, 0},
    {NULL, NULL, "as --protocol udp", "protocol", "udp", 'U', KIND_KEY, 0},
    {NULL, NULL, "as --protocol tcp", "protocol", "tcp", 'T', KIND_KEY, 0},
    {"port", "N", "destination port, default udp 33434, tcp 80; icmp has none", "port", NULL, 'p',
     KIND_KEY, 0},
    {"first-ttl", "N", "first ttl probed", "first_ttl", NULL, 'f', KIND_KEY, 0},
    {"max-ttl", "N", "last ttl probed", "max_ttl", NULL, 'm', KIND_KEY, 0},
    {"gap-limit", "N", "stop after so many silent hops in a row; 0: never", "gap_limit", NULL, 'g',
     KIND_KEY, 0},
    {"probes", "N", "probes per hop and round", "probes", NULL, 'q', KIND_KEY, 0},
    {"retries", "N", "extra probes for a hop without any answer", "retries", NULL, 'r', KIND_KEY,
     0},
    {"timeout", "SECONDS", "how long a reply to one probe counts", "timeout", NULL, 'w', KIND_KEY,
     0},
    {"payload-size", "N", "bytes after the probe's header", "payload_size", NULL, 'l', KIND_KEY, 0},
    {"tos", "N", "IPv4 TOS byte, IPv6 traffic class, or a DSCP name", "tos", NULL, 't', KIND_KEY,
     0},
    {"source", "ADDRESS", "source address; fe80::1%eth0: with its device", "source", NULL, 's',
     KIND_KEY, 0},
    {"interface", "NAME", "send through this device", "interface", NULL, 'i', KIND_KEY, 0},
    {"fwmark", "N", "mark of the packets, for policy routing; 0: none", "fwmark", NULL, 0, KIND_KEY,
     0},
    {"numeric", NULL, "no reverse names", "numeric", "true", 'n', KIND_KEY, 0},
    {"share-hops", NULL, "measure hops that many targets share only once", "share_hops", "true", 0,
     KIND_KEY, 0},
    {"interval", "SECONDS", "keep going, a round of every target each interval", "interval", NULL,
     0, KIND_INTERVAL, 0},
    {"rounds", "N", "with --interval: stop after N rounds; 0: never", NULL, NULL, 0, KIND_LIMIT,
     HT_LIMIT_ROUNDS},
    {"pps", "N", "most packets a second; 0: no ceiling", NULL, NULL, 0, KIND_LIMIT, HT_LIMIT_PPS},
    {"deadline", "SECONDS", "close all records by then; 0: none", NULL, NULL, 0, KIND_LIMIT,
     HT_LIMIT_DEADLINE},
    {"check-config", NULL, "say what is wrong with the configuration, or how many targets it has",
     NULL, NULL, 0, KIND_ACTION, OPTIONS_CHECK_CONFIG},
    {"version", NULL, "print the version, exit", NULL, NULL, 'V', KIND_ACTION, OPTIONS_VERSION},
    {"help", NULL, "print this help, exit", NULL, NULL, 'h', KIND_ACTION, OPTIONS_HELP},
};

#define ROWS (sizeof rows / sizeof rows[0])

/* Values of getopt for options without a letter: above every character. */
#define NO_LETTER 256

struct parsing {
    struct options *options;
    struct ht_settings scratch; /* where values are tried */
    say_line *say;
    void *user;
    bool failed;
};

static void complain(struct parsing *parsing, const char *option, const char *what)
{
    say_problem(parsing->say, parsing->user, SAY_ERROR, "%s: %s", option, what);
    parsing->failed = true;
}

static void complain_row(struct parsing *parsing, const struct row *row, const char *what)
{
    char option[40];
    int length = row->name != NULL ? snprintf(option, sizeof option, "--%s", row->name)
                                   : snprintf(option, sizeof option, "-%c", row->letter);
    complain(parsing, length > 0 ? option : "?", what);
}

static int take_key(struct parsing *parsing, const struct row *row, const char *value,
                    struct ht_error *error)
{
    struct options *options = parsing->options;
    const struct ht_key *key = ht_key_find(row->key);
    int code = ht_key_parse(key, &parsing->scratch, value, error);
    if (code == HT_OK)
        options->settings[options->setting_count++] = (struct options_setting){key, value};
    return code;
}

static int take_limit(struct parsing *parsing, const struct row *row, const char *value,
                      struct ht_error *error)
{
    struct options *options = parsing->options;
    int64_t number;
    int code = ht_limit_parse((enum ht_limit)row->which, value, &number, error);
    if (code != HT_OK)
        return code;
    switch ((enum ht_limit)row->which) {
    case HT_LIMIT_PPS:
        options->has_pps = true;
        options->pps = (uint32_t)number;
        break;
    case HT_LIMIT_ROUNDS:
        options->rounds = (uint32_t)number;
        break;
    case HT_LIMIT_DEADLINE:
        options->has_deadline = true;
        options->deadline_ns = number;
        break;
    }
    return HT_OK;
}

static int take_output(struct parsing *parsing, const char *value, struct ht_error *error)
{
    const struct ht_output_format *format = ht_output_find(value);
    if (format == NULL)
        return ht_error_set(
            error, HT_ERR_INVALID,
            "must be one of text, json, json-array, influx, putval, prometheus, not "
            "'%.60s'",
            value);
    parsing->options->format = format;
    return HT_OK;
}

static int take_interval(struct parsing *parsing, const char *value, struct ht_error *error)
{
    int code = ht_key_parse(ht_key_find("interval"), &parsing->scratch, value, error);
    if (code == HT_OK)
        parsing->options->interval_ns = parsing->scratch.interval_ns;
    return code;
}

static int take(struct parsing *parsing, const struct row *row, const char *value,
                struct ht_error *error)
{
    switch (row->kind) {
    case KIND_KEY:
        return take_key(parsing, row, value, error);
    case KIND_LIMIT:
        return take_limit(parsing, row, value, error);
    case KIND_OUTPUT:
        return take_output(parsing, value, error);
    case KIND_INTERVAL:
        return take_interval(parsing, value, error);
    case KIND_CONFIG:
        parsing->options->config_path = value;
        break;
    case KIND_ACTION:
        parsing->options->action = (enum options_action)row->which;
        break;
    }
    return HT_OK;
}

static const struct row *find_row(int value)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (value == (rows[i].letter != 0 ? rows[i].letter : NO_LETTER + (int)i))
            return &rows[i];
    }
    return NULL;
}

/* A long option that is the beginning of none or of several. */
static void complain_unclear(struct parsing *parsing, const char *argument)
{
    size_t length = strcspn(argument, "=");
    char option[64];
    (void)snprintf(option, sizeof option, "%.*s", (int)(length < 60 ? length : 60), argument);
    struct ht_text candidates = {0};
    for (size_t i = 0; i < ROWS && length > 2; i++) {
        if (rows[i].name != NULL && strncmp(rows[i].name, argument + 2, length - 2) == 0)
            ht_text_printf(&candidates, "%s --%s", candidates.length > 0 ? "," : "", rows[i].name);
    }
    char what[512] = "no such option";
    if (candidates.length > 0)
        (void)snprintf(what, sizeof what, "could be any of%s", candidates.data);
    complain(parsing, option, what);
    ht_text_fini(&candidates);
}

/* What getopt refused: `optopt` is 0 for a long option that is not known, or not clearly. */
static void complain_unknown(struct parsing *parsing, const char *argument)
{
    const struct row *row = optopt != 0 ? find_row(optopt) : NULL;
    if (row != NULL) {
        complain_row(parsing, row, "takes no value");
    } else if (optopt != 0) {
        char option[] = {'-', (char)optopt, '\0'};
        complain(parsing, option, "no such option");
    } else {
        complain_unclear(parsing, argument);
    }
}

static void fill_getopt_tables(struct option *long_options, char *letters)
{
    /* A value that is missing is told from an option that is unknown. */
    *letters++ = ':';
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        if (row->name != NULL)
            *long_options++ =
                (struct option){.name = row->name,
                                .has_arg = row->argument != NULL ? required_argument : no_argument,
                                .val = row->letter != 0 ? row->letter : NO_LETTER + (int)i};
        if (row->letter == 0)
            continue;
        *letters++ = (char)row->letter;
        if (row->argument != NULL)
            *letters++ = ':';
    }
    *long_options = (struct option){0};
    *letters = '\0';
}

/* Help and version end the reading: nothing else is asked of such a command line. */
static bool is_final(const struct options *options)
{
    return options->action == OPTIONS_HELP || options->action == OPTIONS_VERSION;
}

static void parse_all(struct parsing *parsing, int argc, char **argv)
{
    struct option long_options[ROWS + 1];
    char letters[2 * ROWS + 2];
    fill_getopt_tables(long_options, letters);
    optind = 0; /* begins anew, also after another command line */
    opterr = 0;
    int value;
    while (!is_final(parsing->options) &&
           (value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const struct row *row = value == ':' ? find_row(optopt) : find_row(value);
        struct ht_error error;
        if (row == NULL)
            complain_unknown(parsing, argv[optind - 1]);
        else if (value == ':')
            complain_row(parsing, row, "needs a value");
        else if (take(parsing, row, row->argument != NULL ? optarg : row->value, &error) != HT_OK)
            complain_row(parsing, row, error.text);
    }
    parsing->options->hosts = (const char *const *)(argv + optind);
    parsing->options->host_count = optind < argc ? (size_t)(argc - optind) : 0;
}

/* What is wrong with the options together, each being right by itself. */
static void check_together(struct parsing *parsing)
{
    const struct options *options = parsing->options;
    if (is_final(options) || parsing->failed)
        return;
    if (options->action == OPTIONS_CHECK_CONFIG && options->config_path == NULL)
        complain(parsing, "--check-config", "needs --config");
    else if (options->config_path == NULL && options->host_count == 0)
        complain(parsing, "nothing to trace", "give a HOST, or a file with --config");
}

int options_parse(int argc, char **argv, struct options *options, say_line *say, void *user)
{
    *options = (struct options){.format = ht_output_find("text")};
    /* An argument can hold several letters. */
    size_t most = 1;
    for (int i = 0; i < argc; i++)
        most += strlen(argv[i]) + 1;
    options->settings = calloc(most, sizeof *options->settings);
    if (options->settings == NULL)
        return HT_ERR_NOMEM;
    struct parsing parsing = {.options = options, .say = say, .user = user};
    ht_settings_init(&parsing.scratch);
    parse_all(&parsing, argc, argv);
    check_together(&parsing);
    return parsing.failed ? HT_ERR_INVALID : HT_OK;
}

void options_fini(struct options *options)
{
    free(options->settings);
    *options = (struct options){0};
}

bool options_have(const struct options *options, const char *key)
{
    const struct ht_key *wanted = ht_key_find(key);
    for (size_t i = 0; i < options->setting_count; i++) {
        if (options->settings[i].key == wanted)
            return true;
    }
    return false;
}

void options_apply(const struct options *options, struct ht_settings *settings)
{
    for (size_t i = 0; i < options->setting_count; i++)
        (void)ht_key_parse(options->settings[i].key, settings, options->settings[i].value, NULL);
}

/* ---- help ---- */

static void help_row(struct ht_text *text, const struct row *row)
{
    char left[40];
    int length = 0;
    if (row->name == NULL)
        length = snprintf(left, sizeof left, "  -%c", row->letter);
    else if (row->letter != 0)
        length = snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name);
    else
        length = snprintf(left, sizeof left, "      --%s", row->name);
    if (length < 0)
        return;
    if (row->argument != NULL)
        (void)snprintf(left + length, sizeof left - (size_t)length, " %s", row->argument);
    ht_text_printf(text, "%-27s %s", left, row->help);
    struct ht_text range = {0};
    if (row->kind == KIND_LIMIT)
        ht_limit_describe((enum ht_limit)row->which, &range);
    else if (row->key != NULL && row->argument != NULL)
        ht_key_describe(ht_key_find(row->key), &range);
    if (range.length > 0)
        ht_text_printf(text, " (%s)", range.data);
    ht_text_putc(text, '\n');
    ht_text_fini(&range);
}

void options_help(struct ht_text *text)
{
    ht_text_puts(text, "Usage: hoptrace [OPTION]... [HOST]...\n"
                       "Measures the network path to each HOST, or to the targets of the\n"
                       "configuration file, and prints a record of each.\n\n");
    for (size_t i = 0; i < ROWS; i++)
        help_row(text, &rows[i]);
    ht_text_puts(text, "\nOf options that are repeated or contradict each other, the last one "
                       "wins.\n"
                       "Exit status: 0 every target's record was printed, 1 records could not be\n"
                       "produced or written, 2 usage or configuration error.\n");
}

/* ---- sentences about keys ---- */

static const struct row *row_of_key(const char *word, size_t length)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        if (row->key != NULL && row->name != NULL && strlen(row->key) == length &&
            memcmp(row->key, word, length) == 0)
            return row;
    }
    return NULL;
}

void options_translate(struct ht_text *text, const char *sentence)
{
    while (*sentence != '\0') {
        size_t length = strspn(sentence, "abcdefghijklmnopqrstuvwxyz_");
        const struct row *row = row_of_key(sentence, length);
        length += length == 0;
        if (row != NULL)
            ht_text_printf(text, "--%s", row->name);
        else
            ht_text_append(text, sentence, length);
        sentence += length;
    }
}
