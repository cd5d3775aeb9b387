/* The command line and the configuration file put together. */
#include <string.h>
#include <unistd.h>

/* The front end is no library: its sources are compiled right here. */
// NOLINTBEGIN(bugprone-suspicious-include)
#include "../../plugin/exec/options.c"
#include "../../plugin/exec/plan.c"
#include "../../plugin/exec/plan_hosts.c"
#include "../../plugin/exec/say.c"
// NOLINTEND(bugprone-suspicious-include)
#include "unit.h"

#define ARGUMENTS_MAX 24

struct planned {
    char words[2048];
    char *argv[ARGUMENTS_MAX];
    char path[32]; /* of the configuration, "" without */
    char list[32]; /* of the list of targets, likewise */
    struct options options;
    struct plan plan;
    struct ht_text lines;
    int code;
};

/* Warnings bear the mark that agents read. */
static void collect(void *user, enum say_level level, const char *line)
{
    ht_text_puts(user, level == SAY_WARNING ? "W! " : "");
    ht_text_puts(user, line);
    ht_text_putc(user, '\n');
}

static void write_file(char path[32], const char *text)
{
    strcpy(path, "/tmp/test_plan_XXXXXX");
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    CU_ASSERT_EQUAL(close(fd), 0);
}

/* Plans for the words of a line and, where they are not NULL, the texts of a configuration and of a
 * list of targets. */
static struct planned *plan_with_list(const char *line, const char *config, const char *list,
                                      const char *collectd_interval)
{
    struct planned *planned = calloc(1, sizeof *planned);
    if (planned == NULL)
        abort();
    static char program[] = "hoptrace";
    static char option[] = "-c";
    static char list_option[] = "-F";
    int argc = 0;
    planned->argv[argc++] = program;
    if (config != NULL) {
        write_file(planned->path, config);
        planned->argv[argc++] = option;
        planned->argv[argc++] = planned->path;
    }
    if (list != NULL) {
        write_file(planned->list, list);
        planned->argv[argc++] = list_option;
        planned->argv[argc++] = planned->list;
    }
    memcpy(planned->words, line, strlen(line) + 1);
    char *rest = NULL;
    for (char *word = strtok_r(planned->words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        planned->argv[argc++] = word;
    CU_ASSERT_EQUAL_FATAL(
        options_parse(argc, planned->argv, &planned->options, collect, &planned->lines), HT_OK);
    struct plan_input input = {.collectd_interval = collectd_interval};
    planned->code = plan_make(&planned->options, &input, &planned->plan, collect, &planned->lines);
    return planned;
}

static struct planned *plan(const char *line, const char *config, const char *collectd_interval)
{
    return plan_with_list(line, config, NULL, collectd_interval);
}

static void done(struct planned *planned)
{
    if (planned->path[0] != '\0')
        (void)unlink(planned->path);
    if (planned->list[0] != '\0')
        (void)unlink(planned->list);
    plan_fini(&planned->plan);
    options_fini(&planned->options);
    ht_text_fini(&planned->lines);
    free(planned);
}

static const char config[] =
    "defaults = { probes = 5; interval = 7; tags = { a = \"b\"; }; };\n"
    "pps = 50; deadline = 9; events = true; state = \"file's\";\n"
    "targets = ( \"x\", { host = \"y\"; name = \"why\"; probes = 9; interval = 3; } );\n";

static void test_file_alone(void)
{
    struct planned *p = plan("", config, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 2);
    CU_ASSERT_EQUAL(p->plan.process.pps, 50);
    CU_ASSERT_EQUAL(p->plan.process.deadline_ns, 9 * HT_NS_PER_S);
    CU_ASSERT_TRUE(p->plan.process.events);
    CU_ASSERT_EQUAL(p->plan.process.interval_ns, 0);
    /* Nothing makes it loop: their own intervals do not count. */
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.interval_ns, 0);
    CU_ASSERT_EQUAL(p->plan.targets[1].settings.interval_ns, 0);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.probes, 5);
    CU_ASSERT_EQUAL(p->plan.targets[1].settings.probes, 9);
    CU_ASSERT_FALSE(p->plan.marks);
    CU_ASSERT_STRING_EQUAL(p->plan.process.state, "file's");
    done(p);
    p = plan("", "targets = ( \"x\", { host = \"y\"; fwmark = 5; } );", NULL);
    CU_ASSERT_TRUE(p->plan.marks);
    done(p);
}

static void test_command_line_wins(void)
{
    struct planned *p = plan("-q 2 --pps 0 --deadline 0 --interval 20 --state mine", config, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.pps, 0);
    CU_ASSERT_EQUAL(p->plan.process.deadline_ns, 0);
    CU_ASSERT_TRUE(p->plan.process.events);
    CU_ASSERT_STRING_EQUAL(p->plan.process.state, "mine");
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.probes, 2);
    CU_ASSERT_EQUAL(p->plan.targets[1].settings.probes, 2);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.interval_ns, 7 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(p->plan.targets[1].settings.interval_ns, 3 * HT_NS_PER_S);
    done(p);
}

static void test_hosts(void)
{
    struct planned *p = plan("h 2001:db8::1", config, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 2);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[0].host, "h");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[1].name, "2001:db8::1");
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.probes, 5);
    CU_ASSERT_EQUAL(p->plan.targets[0].tag_count, 1);
    done(p);

    p = plan("--interval 20 h", NULL, NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.pps, 1000);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.interval_ns, 20 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.max_ttl, 30);
    done(p);

    /* Targets may be missing from the file then. */
    p = plan("h", "defaults = { probes = 8; };", NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.probes, 8);
    done(p);
}

static void test_repeated_hosts(void)
{
    struct planned *p = plan("b a b c a b", NULL, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 3);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[0].host, "b");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[1].host, "a");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[2].host, "c");
    CU_ASSERT_STRING_EQUAL(p->lines.data,
                           "W! hoptrace: HOST 'a': is given more than once, and is one target\n"
                           "W! hoptrace: HOST 'b': is given more than once, and is one target\n");
    done(p);
}

static void test_list(void)
{
    static const char list[] = "# core\n  h \t\n\ni # an edge\r\n2001:db8::1\nh\nb";
    struct planned *p = plan_with_list("a b", NULL, list, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 5);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[0].name, "a");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[2].name, "h");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[3].host, "i");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[4].host, "2001:db8::1");
    CU_ASSERT_STRING_EQUAL(p->lines.data,
                           "W! hoptrace: HOST 'b': is given more than once, and is one target\n"
                           "W! hoptrace: HOST 'h': is given more than once, and is one target\n");
    done(p);

    /* Beside the targets of a file, with its defaults. */
    p = plan_with_list("-m 9", config, "z\nx\n", NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 3);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[1].name, "why");
    CU_ASSERT_STRING_EQUAL(p->plan.targets[2].name, "z");
    CU_ASSERT_EQUAL(p->plan.targets[2].settings.probes, 5);
    CU_ASSERT_EQUAL(p->plan.targets[2].settings.max_ttl, 9);
    CU_ASSERT_STRING_EQUAL(p->lines.data,
                           "W! hoptrace: HOST 'x': is given more than once, and is one target\n");
    done(p);

    /* A HOST with the name of a target that is measured elsewhere. */
    p = plan_with_list("", config, "why\n", NULL);
    CU_ASSERT_EQUAL(p->code, HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(p->lines.data,
                           "hoptrace: HOST 'why': is also the name of another target\n");
    done(p);
}

static void test_key_of_list(void)
{
    char list[32];
    char file[100];
    write_file(list, "h\ni\n");
    (void)snprintf(file, sizeof file, "targets_file = \"%s\"; defaults = { probes = 7; };", list);
    struct planned *p = plan("", file, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 2);
    CU_ASSERT_EQUAL(p->plan.targets[1].settings.probes, 7);
    done(p);
    /* HOSTs stand for all targets of the file; another list for its own. */
    p = plan("a", file, NULL);
    CU_ASSERT_EQUAL(p->plan.target_count, 1);
    done(p);
    p = plan_with_list("", file, "j\n", NULL);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 1);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[0].name, "j");
    done(p);
    (void)unlink(list);
}

static void test_faulty_list(void)
{
    static const struct {
        const char *list;
        const char *said; /* from behind the file's name */
    } lists[] = {
        {"h\nhttp://i/\nff02::1\n",
         ":2: host: 'http://i/': is a URL: a target is its host alone\n"},
        {"h i\n", ":1: host: 'h i': holds blanks: there is one HOST a line\n"},
        {"# h\n\n", ": holds no HOST\n"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct planned *p = plan_with_list("a", NULL, lists[i].list, NULL);
        CU_ASSERT_EQUAL(p->code, HT_ERR_INVALID);
        const char *said = strchr(p->lines.data, ':');
        CU_ASSERT_EQUAL(strncmp(said, lists[i].said, strlen(lists[i].said)), 0);
        done(p);
    }
    /* Settings that contradict each other are the same for all of a list. */
    struct planned *p = plan_with_list("-f 31", NULL, "h\ni\n", NULL);
    CU_ASSERT_STRING_EQUAL(p->lines.data, "hoptrace: --first-ttl: 31 is above --max-ttl 30\n");
    done(p);
}

/* A port is fine as long as some target's protocol has ports, or it stands among defaults. */
static void test_ports(void)
{
    static const char mixed[] = "defaults = { port = 99; };\n"
                                "targets = ( \"x\", { host = \"y\"; protocol = \"tcp\"; } );";
    struct planned *p = plan("", mixed, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(ht_settings_port(&p->plan.targets[0].settings), 0);
    CU_ASSERT_EQUAL(ht_settings_port(&p->plan.targets[1].settings), 99);
    done(p);
    p = plan("-p 98", mixed, NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(ht_settings_port(&p->plan.targets[1].settings), 98);
    done(p);
    /* The command line has the last word on the protocol. */
    p = plan("-U", "targets = ( { host = \"x\"; port = 97; } );", NULL);
    CU_ASSERT_EQUAL_FATAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(ht_settings_port(&p->plan.targets[0].settings), 97);
    done(p);
}

/* A trigger makes it loop; without --interval agents' usual one is assumed. */
static void test_trigger(void)
{
    struct planned *p = plan("--trigger sighup --rounds 2 h", NULL, NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.trigger, HT_TRIGGER_SIGHUP);
    CU_ASSERT_TRUE(p->plan.interval_assumed);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.interval_ns, 10 * HT_NS_PER_S);
    done(p);
    p = plan("--interval 20", "trigger = \"stdin\"; targets = ( \"x\" );", NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.trigger, HT_TRIGGER_STDIN);
    CU_ASSERT_FALSE(p->plan.interval_assumed);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.interval_ns, 20 * HT_NS_PER_S);
    done(p);
    p = plan("--trigger interval h", NULL, NULL);
    CU_ASSERT_EQUAL(p->plan.process.interval_ns, 0);
    done(p);
}

static void test_collectd(void)
{
    struct planned *p = plan("h", NULL, "2.000");
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.interval_ns, 2 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(p->plan.targets[0].settings.interval_ns, 2 * HT_NS_PER_S);
    done(p);

    p = plan("--interval 5 --rounds 2 h", NULL, "2.000");
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.interval_ns, 5 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(p->plan.collectd_interval_ns, 2 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(p->plan.process.rounds, 2);
    done(p);

    p = plan("h", NULL, "2,500");
    CU_ASSERT_EQUAL(p->plan.process.interval_ns, 2500 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(p->lines.length, 0);
    done(p);

    p = plan("h", NULL, "often");
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.process.interval_ns, 0);
    CU_ASSERT_STRING_EQUAL(p->lines.data, "W! hoptrace: COLLECTD_INTERVAL is ignored: must be a "
                                          "number of seconds, 0.1 to 86400, not 'often'\n");
    done(p);
}

static const struct {
    const char *line;
    const char *config;
    const char *said; /* from behind the file's name */
} faults[] = {
    {"http://h/", NULL, "hoptrace: HOST 'http://h/': is a URL: a target is its host alone\n"},
    {"192.0.2.0/24", NULL,
     "hoptrace: HOST '192.0.2.0/24': is a network (CIDR): a target must be one host\n"},
    {"-p 80 h", NULL, "hoptrace: --port: icmp has no ports\n"},
    {"-T -p 80 -I h", NULL, "hoptrace: --port: icmp has no ports\n"},
    {"-p 80", "targets = ( \"x\" );", "hoptrace: --port: icmp has no ports\n"},
    {"", "targets = ( { host = \"x\"; port = 80; } );", ":1: port: icmp has no ports\n"},
    {"a/b a_b", NULL, "hoptrace: HOST 'a_b': is given more than once, as '/' becomes '_'\n"},
    {"h\x1b[2J", NULL, "hoptrace: HOST 'h?[2J': must not hold control characters\n"},
    {"ff02::1 h", NULL,
     "hoptrace: HOST 'ff02::1': is a multicast address: a target must be one host\n"},
    {"h\xff", NULL, "hoptrace: HOST 'h?': must be UTF-8\n"},
    {"--rounds 2 h", NULL, "hoptrace: --rounds: needs --interval or --trigger\n"},
    {"--listen 9101 h", NULL, "hoptrace: --listen: needs --interval or --trigger\n"},
    {"-f 31 h i", NULL, "hoptrace: --first-ttl: 31 is above --max-ttl 30\n"},
    {"-f 9 -m 3 h", NULL, "hoptrace: --first-ttl: 9 is above --max-ttl 3\n"},
    {"-6 -s 192.0.2.1 h", NULL, "hoptrace: --source: is not of family ipv6\n"},
    {"-m 3", "targets = ( \"x\", { host = \"y\"; first_ttl = 4; } );",
     "hoptrace: --first-ttl: 4 is above --max-ttl 3 (target 'y')\n"},
    {"", "targets = ( \"x\", \"x\" );", ":1: name: 'x' is also the name of the target in line 1\n"},
    {"", "pps = 5;", ":1: targets: is missing\n"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct planned *p = plan(faults[i].line, faults[i].config, NULL);
        CU_ASSERT_EQUAL(p->code, HT_ERR_INVALID);
        const char *said = p->lines.data != NULL ? p->lines.data : "";
        if (strncmp(said, "/tmp/", 5) == 0)
            said = strchr(said, ':');
        CU_ASSERT_STRING_EQUAL(said, faults[i].said);
        done(p);
    }
}

static void test_long_hosts(void)
{
    char host[200];
    memset(host, 'h', sizeof host);
    host[127] = '\0';
    struct planned *p = plan(host, NULL, NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    done(p);
    host[127] = 'h';
    host[128] = '\0';
    p = plan(host, NULL, NULL);
    CU_ASSERT_EQUAL(p->code, HT_ERR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->lines.data, "must be at most 127 bytes long, not 128"));
    done(p);
}

/* Both HOSTs and a file's targets are divided, after all were judged. */
static void test_shards(void)
{
    struct planned *p = plan("--shard 3/3 target-0 target-1 target-2 target-3", NULL, NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.all_count, 4);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 2);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[1].name, "target-1");
    done(p);

    static const char divided[] = "shard = \"2/3\"; targets = ( \"target-0\", "
                                  "{ host = \"h\"; name = \"target-6\"; fwmark = 5; } );";
    p = plan("", divided, NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL_FATAL(p->plan.target_count, 1);
    CU_ASSERT_STRING_EQUAL(p->plan.targets[0].host, "h");
    CU_ASSERT_TRUE(p->plan.marks);
    done(p);
    p = plan("--shard 1/3", divided, NULL);
    CU_ASSERT_EQUAL(p->code, HT_OK);
    CU_ASSERT_EQUAL(p->plan.target_count, 0);
    CU_ASSERT_FALSE(p->plan.marks);
    done(p);

    p = plan("--shard 1/3",
             "targets = ( \"target-0\", { host = \"target-1\"; "
             "first_ttl = 9; max_ttl = 3; } );",
             NULL);
    CU_ASSERT_EQUAL(p->code, HT_ERR_INVALID);
    done(p);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_shards),      UNIT_CASE(test_file_alone),     UNIT_CASE(test_command_line_wins),
    UNIT_CASE(test_hosts),       UNIT_CASE(test_repeated_hosts), UNIT_CASE(test_list),
    UNIT_CASE(test_key_of_list), UNIT_CASE(test_faulty_list),    UNIT_CASE(test_trigger),
    UNIT_CASE(test_ports),       UNIT_CASE(test_collectd),       UNIT_CASE(test_faults),
    UNIT_CASE(test_long_hosts),
};

UNIT_MAIN("options plan", cases)
