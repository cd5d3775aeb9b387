#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hoptrace.h"

/* One option: a row of the command line's table, which is made from that of the keys. */
struct row {
    const struct ht_key *key;
    const struct ht_key_option *option;
};

struct rows {
    struct row at[HT_OPTIONS_MAX];
    size_t count;
};

static void rows_init(struct rows *rows)
{
    const struct ht_key *key;
    rows->count = 0;
    for (size_t i = 0; (key = ht_key_at(i)) != NULL; i++) {
        const struct ht_key_option *option = ht_key_options(key);
        for (; option->help != NULL; option++)
            rows->at[rows->count++] = (struct row){key, option};
    }
}

/* Values of getopt for options without a letter: above every character. */
#define NO_LETTER 256

struct parsing {
    struct rows rows;
    struct options *options;
    struct ht_settings scratch; /* where values of targets' keys are tried */
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
    const char *name = row->option->name;
    int length = name != NULL ? snprintf(option, sizeof option, "--%s", name)
                              : snprintf(option, sizeof option, "-%c", row->option->letter);
    complain(parsing, length > 0 ? option : "?", what);
}

static int refuse_format(const char *name, struct ht_error *error)
{
    struct ht_text names = {0};
    ht_output_names(&names);
    int code = names.failed ? ht_error_set(error, HT_ERR_NOMEM, "out of memory")
                            : ht_error_set(error, HT_ERR_INVALID, "must be one of %s, not '%.60s'",
                                           names.data, name);
    ht_text_fini(&names);
    return code;
}

/* Looks the format up: core/output alone knows the names of formats. */
static int find_format(struct options *options, struct ht_error *error)
{
    const char *name = options->process.output;
    const struct ht_output_format *format =
        name != NULL ? ht_output_find(name) : ht_output_default();
    if (format == NULL) {
        options->process.output = NULL;
        return refuse_format(name, error);
    }
    options->format = format;
    return HT_OK;
}

static int take(struct parsing *parsing, const struct row *row, const char *value,
                struct ht_error *error)
{
    struct options *options = parsing->options;
    bool of_target = ht_key_scope(row->key) == HT_SCOPE_TARGET;
    void *settings = of_target ? (void *)&parsing->scratch : (void *)&options->process;
    int code = ht_key_parse(row->key, settings, value, error);
    if (code == HT_OK)
        code = find_format(options, error);
    if (code == HT_OK)
        options->settings[options->setting_count++] = (struct options_setting){row->key, value};
    return code;
}

static const struct row *find_row(const struct rows *rows, int value)
{
    for (size_t i = 0; i < rows->count; i++) {
        char letter = rows->at[i].option->letter;
        if (value == (letter != 0 ? letter : NO_LETTER + (int)i))
            return &rows->at[i];
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
    for (size_t i = 0; i < parsing->rows.count && length > 2; i++) {
        const char *name = parsing->rows.at[i].option->name;
        if (name != NULL && strncmp(name, argument + 2, length - 2) == 0)
            ht_text_printf(&candidates, "%s --%s", candidates.length > 0 ? "," : "", name);
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
    const struct row *row = optopt != 0 ? find_row(&parsing->rows, optopt) : NULL;
    if (row != NULL) {
        complain_row(parsing, row, "takes no value");
    } else if (optopt != 0) {
        char option[] = {'-', (char)optopt, '\0'};
        complain(parsing, option, "no such option");
    } else {
        complain_unclear(parsing, argument);
    }
}

/* The room of getopt's tables. */
struct getopt_tables {
    struct option long_options[HT_OPTIONS_MAX + 1];
    char letters[2 * HT_OPTIONS_MAX + 2];
};

static void getopt_tables_init(struct getopt_tables *tables, const struct rows *rows)
{
    struct option *long_options = tables->long_options;
    char *letters = tables->letters;
    /* A value that is missing is told from an option that is unknown. */
    *letters++ = ':';
    for (size_t i = 0; i < rows->count; i++) {
        const struct ht_key_option *option = rows->at[i].option;
        if (option->name != NULL)
            *long_options++ = (struct option){
                .name = option->name,
                .has_arg = option->argument != NULL ? required_argument : no_argument,
                .val = option->letter != 0 ? option->letter : NO_LETTER + (int)i};
        if (option->letter == 0)
            continue;
        *letters++ = option->letter;
        if (option->argument != NULL)
            *letters++ = ':';
    }
    *long_options = (struct option){0};
    *letters = '\0';
}

/* Help and version end the reading: nothing else is asked of such a command line. */
static bool is_final(const struct options *options)
{
    return options->process.help || options->process.version;
}

static void take_row(struct parsing *parsing, const struct row *row)
{
    const struct ht_key_option *option = row->option;
    struct ht_error error;
    if (take(parsing, row, option->argument != NULL ? optarg : option->value, &error) != HT_OK)
        complain_row(parsing, row, error.text);
}

static void parse_all(struct parsing *parsing, int argc, char **argv)
{
    struct getopt_tables tables;
    getopt_tables_init(&tables, &parsing->rows);
    optind = 0; /* begins anew, also after another command line */
    opterr = 0;
    int value;
    while (!is_final(parsing->options) &&
           (value = getopt_long(argc, argv, tables.letters, tables.long_options, NULL)) != -1) {
        const struct row *row = find_row(&parsing->rows, value == ':' ? optopt : value);
        if (row == NULL)
            complain_unknown(parsing, argv[optind - 1]);
        else if (value == ':')
            complain_row(parsing, row, "needs a value");
        else
            take_row(parsing, row);
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
    const char *config_path = options->process.config_path;
    if (options->process.check_config && config_path == NULL)
        complain(parsing, "--check-config", "needs --config");
    else if (config_path == NULL && options->process.targets_file == NULL &&
             options->host_count == 0)
        complain(parsing, "nothing to trace", "give a HOST, or a file with --config or --targets");
}

static enum options_action action_of(const struct ht_process_settings *process)
{
    if (process->help)
        return OPTIONS_HELP;
    if (process->version)
        return OPTIONS_VERSION;
    return process->check_config ? OPTIONS_CHECK_CONFIG : OPTIONS_TRACE;
}

int options_parse(int argc, char **argv, struct options *options, say_line *say, void *user)
{
    *options = (struct options){.format = ht_output_default()};
    /* An argument can hold several letters. */
    size_t most = 1;
    for (int i = 0; i < argc; i++)
        most += strlen(argv[i]) + 1;
    options->settings = calloc(most, sizeof *options->settings);
    if (options->settings == NULL)
        return HT_ERR_NOMEM;
    struct parsing parsing = {.options = options, .say = say, .user = user};
    rows_init(&parsing.rows);
    ht_settings_init(&parsing.scratch);
    ht_process_settings_init(&options->process);
    parse_all(&parsing, argc, argv);
    check_together(&parsing);
    options->action = action_of(&options->process);
    return parsing.failed ? HT_ERR_INVALID : HT_OK;
}

void options_fini(struct options *options)
{
    free(options->settings);
    *options = (struct options){0};
}

bool options_have(const struct options *options, const char *key)
{
    for (size_t i = 0; i < options->setting_count; i++) {
        if (strcmp(ht_key_name(options->settings[i].key), key) == 0)
            return true;
    }
    return false;
}

static void apply(const struct options *options, enum ht_key_scope scope, void *settings)
{
    for (size_t i = 0; i < options->setting_count; i++) {
        const struct options_setting *setting = &options->settings[i];
        if (ht_key_scope(setting->key) == scope)
            (void)ht_key_parse(setting->key, settings, setting->value, NULL);
    }
}

void options_apply(const struct options *options, struct ht_settings *settings)
{
    apply(options, HT_SCOPE_TARGET, settings);
}

void options_apply_process(const struct options *options, struct ht_process_settings *settings)
{
    apply(options, HT_SCOPE_PROCESS, settings);
}

/* ---- help ---- */

static void help_row(struct ht_text *text, const struct row *row)
{
    const struct ht_key_option *option = row->option;
    char left[40];
    int length = 0;
    if (option->name == NULL)
        length = snprintf(left, sizeof left, "  -%c", option->letter);
    else if (option->letter != 0)
        length = snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name);
    else
        length = snprintf(left, sizeof left, "      --%s", option->name);
    if (length < 0)
        return;
    if (option->argument != NULL)
        (void)snprintf(left + length, sizeof left - (size_t)length, " %s", option->argument);
    ht_text_printf(text, "%-27s %s", left, option->help);
    struct ht_text range = {0};
    if (option->argument != NULL)
        ht_key_describe(row->key, &range);
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
    struct rows rows;
    rows_init(&rows);
    for (size_t i = 0; i < rows.count; i++)
        help_row(text, &rows.at[i]);
    ht_text_puts(text, "\nOf options that are repeated or contradict each other, the last one "
                       "wins.\n"
                       "Exit status: 0 every target's record was printed, 1 records could not be\n"
                       "produced or written, 2 usage or configuration error.\n");
}

/* ---- sentences about keys ---- */

/* The long option of a target's key whose name is this word; NULL: it is none, or has none. */
static const char *option_of_word(const struct rows *rows, const char *word, size_t length)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *key = ht_key_name(rows->at[i].key);
        if (rows->at[i].option->name != NULL && strlen(key) == length &&
            memcmp(key, word, length) == 0)
            return ht_key_find(key) != NULL ? rows->at[i].option->name : NULL;
    }
    return NULL;
}

void options_translate(struct ht_text *text, const char *sentence)
{
    struct rows rows;
    rows_init(&rows);
    while (*sentence != '\0') {
        size_t length = strspn(sentence, "abcdefghijklmnopqrstuvwxyz_");
        const char *option = option_of_word(&rows, sentence, length);
        length += length == 0;
        if (option != NULL)
            ht_text_printf(text, "--%s", option);
        else
            ht_text_append(text, sentence, length);
        sentence += length;
    }
}
