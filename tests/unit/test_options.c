/* The command line: what it gives, what it refuses and with which words. */
#include <string.h>

/* The front end is no library: its sources are compiled right here. */
// NOLINTBEGIN(bugprone-suspicious-include)
#include "../../plugin/exec/options.c"
#include "../../plugin/exec/say.c"
// NOLINTEND(bugprone-suspicious-include)
#include "unit.h"

#define ARGUMENTS_MAX 40

struct parsed {
    char words[1024];
    char *argv[ARGUMENTS_MAX];
    int argc;
    struct options options;
    struct ht_text lines;
    int code;
};

static void collect(void *user, enum say_level level, const char *line)
{
    CU_ASSERT_EQUAL(level, SAY_ERROR);
    struct ht_text *lines = user;
    CU_ASSERT_PTR_NULL(strchr(line, '\n'));
    ht_text_puts(lines, line);
    ht_text_putc(lines, '\n');
}

/* Parses the words of one line; a word of '' is an empty one. */
static struct parsed *parse(const char *line)
{
    struct parsed *parsed = calloc(1, sizeof *parsed);
    if (parsed == NULL)
        abort();
    static char program[] = "hoptrace";
    parsed->argv[parsed->argc++] = program;
    memcpy(parsed->words, line, strlen(line) + 1);
    char *rest = NULL;
    for (char *word = strtok_r(parsed->words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        CU_ASSERT_FATAL(parsed->argc < ARGUMENTS_MAX - 1);
        if (strcmp(word, "''") == 0)
            *word = '\0';
        parsed->argv[parsed->argc++] = word;
    }
    parsed->code =
        options_parse(parsed->argc, parsed->argv, &parsed->options, collect, &parsed->lines);
    return parsed;
}

static void done(struct parsed *parsed)
{
    options_fini(&parsed->options);
    ht_text_fini(&parsed->lines);
    free(parsed);
}

static struct ht_settings settings_of(const char *line)
{
    struct parsed *parsed = parse(line);
    CU_ASSERT_EQUAL(parsed->code, HT_OK);
    struct ht_settings settings;
    ht_settings_init(&settings);
    options_apply(&parsed->options, &settings);
    done(parsed);
    return settings;
}

static void test_every_setting(void)
{
    struct ht_settings a = settings_of("-6 -P udp -p 99 -f 2 -m 40 -g 0 -q 1000 -r 10 -w 0.5 -l "
                                       "1400 -t 255 -s fe80::1%eth0 -i lo --fwmark 7 -n host");
    struct ht_settings b =
        settings_of("-6 --protocol=udp --port 99 --first-ttl=2 --max-ttl 40 --gap-limit 0 host");
    CU_ASSERT_EQUAL(a.family, HT_FAMILY_IPV6);
    CU_ASSERT_EQUAL(a.protocol, HT_UDP);
    CU_ASSERT_EQUAL(a.port, 99);
    CU_ASSERT_EQUAL(a.first_ttl, 2);
    CU_ASSERT_EQUAL(a.max_ttl, 40);
    CU_ASSERT_EQUAL(a.gap_limit, 0);
    CU_ASSERT_EQUAL(a.probes, 1000);
    CU_ASSERT_EQUAL(a.retries, 10);
    CU_ASSERT_EQUAL(a.timeout_ns, 500000000);
    CU_ASSERT_EQUAL(a.payload_size, 1400);
    CU_ASSERT_EQUAL(a.tos, 255);
    CU_ASSERT_EQUAL(a.source.version, HT_IPV6);
    CU_ASSERT_STRING_EQUAL(a.source_zone, "eth0");
    CU_ASSERT_EQUAL(a.fwmark, 7);
    CU_ASSERT_STRING_EQUAL(a.interface, "lo");
    CU_ASSERT_TRUE(a.numeric);
    CU_ASSERT_EQUAL(b.protocol, HT_UDP);
    CU_ASSERT_EQUAL(b.port, 99);
    CU_ASSERT_EQUAL(b.max_ttl, 40);
    CU_ASSERT_FALSE(b.numeric);
    struct ht_settings c = settings_of("--end-probes 20 --window 30 --loss-warning 0.5 "
                                       "--rtt-warning 25 --timeout auto host");
    CU_ASSERT_EQUAL(c.end_probes, 20);
    CU_ASSERT_EQUAL(c.window, 30);
    CU_ASSERT_TRUE(c.loss_warning >= 0.5 && c.loss_warning <= 0.5);
    CU_ASSERT_TRUE(c.rtt_warning >= 25 && c.rtt_warning <= 25);
    CU_ASSERT_EQUAL(c.timeout_ns, HT_TIMEOUT_AUTO);
}

static void test_last_wins(void)
{
    CU_ASSERT_EQUAL(settings_of("-4 -6 h").family, HT_FAMILY_IPV6);
    CU_ASSERT_EQUAL(settings_of("-6 -4 h").family, HT_FAMILY_IPV4);
    CU_ASSERT_EQUAL(settings_of("-T -P icmp h").protocol, HT_ICMP);
    CU_ASSERT_EQUAL(settings_of("-P icmp -U -T h").protocol, HT_TCP);
    CU_ASSERT_EQUAL(settings_of("-q 3 --probes 5 h -q 7").probes, 7);
}

/* Code points of RFC 2474, 2597, 3246, 5865 and 8622, in the upper six bits. */
static void test_tos(void)
{
    CU_ASSERT_EQUAL(settings_of("-t 184 h").tos, 184);
    CU_ASSERT_EQUAL(settings_of("-t 0xB8 h").tos, 184);
    CU_ASSERT_EQUAL(settings_of("-t 0X1f h").tos, 31);
    CU_ASSERT_EQUAL(settings_of("-t EF h").tos, 46 << 2);
    CU_ASSERT_EQUAL(settings_of("--tos af11 h").tos, 10 << 2);
    CU_ASSERT_EQUAL(settings_of("--tos AF43 h").tos, 38 << 2);
    CU_ASSERT_EQUAL(settings_of("-t cs0 h").tos, 0);
    CU_ASSERT_EQUAL(settings_of("-t CS7 h").tos, 56 << 2);
    CU_ASSERT_EQUAL(settings_of("-t Le h").tos, 1 << 2);
    CU_ASSERT_EQUAL(settings_of("-t voice-admit h").tos, 44 << 2);
}

static const char *format_of(const char *line)
{
    struct parsed *parsed = parse(line);
    CU_ASSERT_EQUAL(parsed->code, HT_OK);
    const char *name = parsed->options.format->name;
    done(parsed);
    return name;
}

static void test_format(void)
{
    CU_ASSERT_STRING_EQUAL(format_of("h"), "text");
    CU_ASSERT_STRING_EQUAL(format_of("-o influx h"), "influx");
    CU_ASSERT_STRING_EQUAL(format_of("-j h"), "json");
    CU_ASSERT_STRING_EQUAL(format_of("--output json-array h"), "json-array");
    CU_ASSERT_STRING_EQUAL(format_of("-J h"), "json-pretty");
    CU_ASSERT_STRING_EQUAL(format_of("-o json -J h"), "json-pretty");
    CU_ASSERT_STRING_EQUAL(format_of("-J -o json h"), "json");
    CU_ASSERT_STRING_EQUAL(format_of("-j -J -o text h"), "text");
}

static void test_process(void)
{
    struct parsed *parsed = parse("-c file --interval 0.1 --trigger sigusr2 --rounds 7 --events "
                                  "--state s/t --pps 0 --deadline 1.5 -- "
                                  "-odd host");
    CU_ASSERT_EQUAL(parsed->code, HT_OK);
    const struct options *o = &parsed->options;
    CU_ASSERT_STRING_EQUAL(o->process.config_path, "file");
    CU_ASSERT_EQUAL(o->process.interval_ns, 100000000);
    CU_ASSERT_EQUAL(o->process.rounds, 7);
    CU_ASSERT_EQUAL(o->process.trigger, HT_TRIGGER_SIGUSR2);
    CU_ASSERT_TRUE(o->process.events);
    CU_ASSERT_STRING_EQUAL(o->process.state, "s/t");
    CU_ASSERT_TRUE(options_have(o, "pps"));
    CU_ASSERT_EQUAL(o->process.pps, 0);
    CU_ASSERT_TRUE(options_have(o, "deadline"));
    CU_ASSERT_EQUAL(o->process.deadline_ns, 1500000000);
    CU_ASSERT_EQUAL_FATAL(o->host_count, 2);
    CU_ASSERT_STRING_EQUAL(o->hosts[0], "-odd");
    CU_ASSERT_STRING_EQUAL(o->hosts[1], "host");
    done(parsed);
}

static void test_actions(void)
{
    static const struct {
        const char *line;
        enum options_action action;
    } actions[] = {{"h", OPTIONS_TRACE},     {"-c f --check-config", OPTIONS_CHECK_CONFIG},
                   {"--help", OPTIONS_HELP}, {"-h --bad", OPTIONS_HELP},
                   {"-V", OPTIONS_VERSION},  {"--version x", OPTIONS_VERSION}};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        struct parsed *parsed = parse(actions[i].line);
        CU_ASSERT_EQUAL(parsed->code, HT_OK);
        CU_ASSERT_EQUAL(parsed->options.action, actions[i].action);
        done(parsed);
    }
}

static const struct {
    const char *line;
    const char *said;
} faults[] = {
    {"", "hoptrace: nothing to trace: give a HOST, or a file with --config or --targets\n"},
    {"--check-config h", "hoptrace: --check-config: needs --config\n"},
    {"-m 256 h", "hoptrace: --max-ttl: must be 1 to 255, not 256\n"},
    {"-p 0 h", "hoptrace: --port: must be 1 to 65535, not 0\n"},
    {"-q '' h", "hoptrace: --probes: must be a whole number, 1 to 1000, not ''\n"},
    {"-w 1s h",
     "hoptrace: --timeout: must be a number of seconds, 0.001 to 60, or auto, not '1s'\n"},
    {"--loss-warning 5% h", "hoptrace: --loss-warning: must be a percentage, 0 to 100, not '5%'\n"},
    {"--window 1 h", "hoptrace: --window: must be 2 to 1000, not 1\n"},
    {"-t AF44 h", "hoptrace: --tos: must be a whole number, 0 to 255, or a DSCP name such as EF, "
                  "AF41 or CS6, not 'AF44'\n"},
    {"-t 0x100 h", "hoptrace: --tos: must be 0 to 255, not 256\n"},
    {"-P sctp h", "hoptrace: --protocol: must be one of icmp, udp, tcp, not 'sctp'\n"},
    {"--fwmark -1 h", "hoptrace: --fwmark: must be 0 to 4294967295, not -1\n"},
    {"-s here h", "hoptrace: --source: must be an IPv4 or IPv6 address, not 'here'\n"},
    {"-o xml h", "hoptrace: --output: must be one of text, json, json-array, influx, putval, "
                 "prometheus, dot, not "
                 "'xml'\n"},
    {"--trigger hup h", "hoptrace: --trigger: must be one of interval, stdin, sighup, sigusr1, "
                        "sigusr2, not 'hup'\n"},
    {"--interval 0 h", "hoptrace: --interval: must be 0.1 to 86400, not 0\n"},
    {"--rounds x h", "hoptrace: --rounds: must be a whole number, 0 to 4294967295, not 'x'\n"},
    {"--pps -1 h", "hoptrace: --pps: must be 0 to 10000000, not -1\n"},
    {"--deadline 1e3 h", "hoptrace: --deadline: must be a number of seconds, 0 to 86400, not "
                         "'1e3'\n"},
    {"--targets= h", "hoptrace: --targets: must not be empty\n"},
    {"--listen= h", "hoptrace: --listen: must not be empty\n"},
    {"--state= h", "hoptrace: --state: must not be empty\n"},
    {"--events=1 h", "hoptrace: --events: takes no value\n"},
    {"--wrong h", "hoptrace: --wrong: no such option\n"},
    {"--inter h", "hoptrace: --inter: could be any of --interface, --interval\n"},
    {"--p=1 h", "hoptrace: --p: could be any of --protocol, --port, --probes, --payload-size, "
                "--pps\n"},
    {"--=1 h", "hoptrace: --: no such option\n"},
    {"-x h", "hoptrace: -x: no such option\n"},
    {"h -m", "hoptrace: --max-ttl: needs a value\n"},
    {"h --pps", "hoptrace: --pps: needs a value\n"},
    {"--numeric=1 h", "hoptrace: --numeric: takes no value\n"},
    {"-f 0 -m 0 -q 0 h", "hoptrace: --first-ttl: must be 1 to 255, not 0\n"
                         "hoptrace: --max-ttl: must be 1 to 255, not 0\n"
                         "hoptrace: --probes: must be 1 to 1000, not 0\n"},
    {"--max-ttl 0 -h", "hoptrace: --max-ttl: must be 1 to 255, not 0\n"},
    {"-P \n h", "hoptrace: --protocol: must be one of icmp, udp, tcp, not '?'\n"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct parsed *parsed = parse(faults[i].line);
        CU_ASSERT_EQUAL(parsed->code, HT_ERR_INVALID);
        CU_ASSERT_STRING_EQUAL(parsed->lines.data != NULL ? parsed->lines.data : "",
                               faults[i].said);
        done(parsed);
    }
}

/* The help of --output names every format that is listed. */
static void check_formats(const char *help)
{
    struct ht_text names = {0};
    ht_output_names(&names);
    size_t length = strcspn(help, "\n");
    char *rest = names.data;
    for (char *name = strtok_r(rest, ", ", &rest); name != NULL;
         name = strtok_r(NULL, ", ", &rest)) {
        const char *found = strstr(help, name);
        CU_ASSERT_TRUE(found != NULL && found < help + length);
    }
    ht_text_fini(&names);
}

/* Every option of the table is in the help. */
static void test_help(void)
{
    struct ht_text text = {0};
    options_help(&text);
    struct rows rows;
    rows_init(&rows);
    for (size_t i = 0; i < rows.count; i++) {
        char option[40];
        const char *name = rows.at[i].option->name;
        const char letter[] = {rows.at[i].option->letter, '\0'};
        (void)snprintf(option, sizeof option, name != NULL ? " --%s" : "  -%s",
                       name != NULL ? name : letter);
        CU_ASSERT_PTR_NOT_NULL(strstr(text.data, option));
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "(1 to 255, default 30)"));
    check_formats(strstr(text.data, "--output FORMAT"));
    for (const char *line = text.data; *line != '\0'; line += strcspn(line, "\n") + 1)
        CU_ASSERT_TRUE(strcspn(line, "\n") <= 100);
    ht_text_fini(&text);
}

static void test_translate(void)
{
    struct ht_text text = {0};
    options_translate(&text, "first_ttl: 9 is above max_ttl 3, first_ttls");
    CU_ASSERT_STRING_EQUAL(text.data, "--first-ttl: 9 is above --max-ttl 3, first_ttls");
    ht_text_clear(&text);
    options_translate(&text, "source: is not of family ipv6");
    CU_ASSERT_STRING_EQUAL(text.data, "--source: is not of family ipv6");
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_every_setting), UNIT_CASE(test_last_wins), UNIT_CASE(test_tos),
    UNIT_CASE(test_format),        UNIT_CASE(test_process),   UNIT_CASE(test_actions),
    UNIT_CASE(test_faults),        UNIT_CASE(test_help),      UNIT_CASE(test_translate),
};

UNIT_MAIN("options", cases)
