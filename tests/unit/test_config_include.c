/* A configuration in files: what is read, what files include, and which cannot be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/file.h"
#include "config_lines.h"

static void test_unreadable(void)
{
    struct ht_config config;
    struct ht_text lines = {0};
    CU_ASSERT_EQUAL(ht_config_read_file("/", HT_CONFIG_TARGETS, &config, collect, &lines),
                    HT_ERR_INVALID);
    CU_ASSERT_EQUAL(
        ht_config_read_file("/no\nsuch/file", HT_CONFIG_TARGETS, &config, collect, &lines),
        HT_ERR_INVALID);
    char folder[] = "/tmp/test_config_XXXXXX";
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
    CU_ASSERT_EQUAL_FATAL(mkfifo("fifo", 0600), 0);
    CU_ASSERT_EQUAL(ht_config_read_file("fifo", HT_CONFIG_TARGETS, &config, collect, &lines),
                    HT_ERR_INVALID);
    CU_ASSERT_EQUAL(unlink("fifo"), 0);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    CU_ASSERT_STRING_EQUAL(lines.data,
                           "/: cannot be read: Is a directory\n"
                           "/no?such/file: cannot be read: No such file or directory\n"
                           "fifo: cannot be read: it is a FIFO, to which nobody may ever write\n");
    ht_text_fini(&lines);
}

/* As a shell makes one: `-c <(command)`, and what writes to it takes its time. */
static void test_pipe(void)
{
    struct ht_config config;
    struct ht_text lines = {0};
    char path[32];
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    pid_t writer = fork();
    if (writer == 0) {
        (void)usleep(50000);
        static const char text[] = "targets = ( \"x\" );";
        _exit(write(ends[1], text, sizeof text - 1) == (ssize_t)sizeof text - 1 ? 0 : 1);
    }
    (void)close(ends[1]);
    CU_ASSERT_EQUAL(ht_config_read_file(path, HT_CONFIG_TARGETS, &config, collect, &lines), HT_OK);
    CU_ASSERT_EQUAL(config.target_count, 1);
    CU_ASSERT_EQUAL(waitpid(writer, NULL, 0), writer);
    (void)close(ends[0]);
    ht_config_fini(&config);
    ht_text_fini(&lines);
}

static void test_file(void)
{
    char path[] = "/tmp/test_config_XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    static const char text[] = "targets = ( \"x\" );\r\npps = 7;\r\n";
    CU_ASSERT_EQUAL(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    (void)close(fd);
    struct ht_config config;
    struct ht_text lines = {0};
    CU_ASSERT_EQUAL(ht_config_read_file(path, HT_CONFIG_TARGETS, &config, collect, &lines), HT_OK);
    CU_ASSERT_EQUAL(config.process.pps, 7);
    ht_config_fini(&config);
    ht_text_fini(&lines);
    (void)unlink(path);
}

/* ---- files that include files ---- */

static char folder[] = "/tmp/test_include_XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_TRUE(fputs(text, file) >= 0);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* What is said of the file, "F" standing for the folder. */
static int read_in_folder(const char *name, struct ht_config *config, struct ht_text *said)
{
    struct ht_text lines = {0};
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int code = ht_config_read_file(path, HT_CONFIG_TARGETS, config, collect, &lines);
    for (const char *at = lines.data; at != NULL && *at != '\0'; at++) {
        bool is_folder = strncmp(at, folder, strlen(folder)) == 0;
        ht_text_putc(said, is_folder ? 'F' : *at);
        at += is_folder ? strlen(folder) - 1 : 0;
    }
    ht_text_fini(&lines);
    return code;
}

static void make_folder(void)
{
    char below[64];
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    (void)snprintf(below, sizeof below, "%s/below", folder);
    CU_ASSERT_EQUAL_FATAL(mkdir(below, 0700), 0);
}

static void remove_folder(void)
{
    static const char *const names[] = {"main", "below/list", "below/one", "below", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
}

/* Relative to the file that they stand in, at any place, and with a byte order mark each. */
static void test_include(void)
{
    struct ht_config config;
    struct ht_text said = {0};
    make_folder();
    write_file("main", "\xef\xbb\xbftargets = ( \"first\",\n"
                       "  @include \"below/list\"\n, \"last\" );");
    write_file("below/list", "\xef\xbb\xbf# a comment\n"
                             "\"second\", { @include \"one\"\nprobes = 7; }");
    write_file("below/one", "\xef\xbb\xbfhost = \"third\"; tos = \"EF\";");
    CU_ASSERT_EQUAL_FATAL(read_in_folder("main", &config, &said), HT_OK);
    CU_ASSERT_EQUAL(said.length, 0);
    CU_ASSERT_EQUAL_FATAL(config.target_count, 4);
    CU_ASSERT_STRING_EQUAL(config.targets[1].name, "second");
    CU_ASSERT_STRING_EQUAL(config.targets[2].name, "third");
    CU_ASSERT_EQUAL(config.targets[2].settings.tos, 184);
    CU_ASSERT_EQUAL(config.targets[2].settings.probes, 7);
    CU_ASSERT_STRING_EQUAL(config.targets[3].name, "last");
    ht_config_fini(&config);
    ht_text_fini(&said);
    remove_folder();
}

static const struct {
    const char *main;
    const char *list;
    const char *said;
} include_faults[] = {
    {"@include \"none\"\n", "",
     "F/main:1: @include: F/none cannot be read: No such file or "
     "directory\n"},
    {"\n@include \"below\"\n", "", "F/main:2: @include: F/below cannot be read: Is a directory\n"},
    {"@include \"main\"\n", "", "F/main:1: @include: files include each other too deeply\n"},
    {"targets = ( \"a\",\n@include \"below/list\"\n\n, 5 );", "\n{ host = \"\"; },\n\n\"a\"\n",
     "F/below/list:2: host: must not be empty\n"
     "F/main:4: targets: a target must be a string or a group { ... }\n"
     "F/below/list:4: name: 'a' is also the name of the target in line 1 of F/main\n"},
    {"pps = 1;\n@include \"below/list\"\ntargets = ( \"a\" );\nx = 1;", "\n\npps = 2;\n",
     "F/below/list:3: pps: is set twice, first in line 1 of F/main\n"
     "F/main:4: x: unknown key\n"},
    {"targets = ( \"a\" );\n@include \"below/list\"\n", "\npps = ;\n",
     "F/below/list:2: syntax error\n"},
    {"targets = ( \"a\" );\n@include \"below/list\"\npps = ;\n", "\n/* of\ntwo lines */\n",
     "F/main:3: syntax error\n"},
    {"@include \"below/list\"\n", "\n\"",
     "F/below/list:2: syntax error: this string is never "
     "closed\n"},
};

static void test_include_faults(void)
{
    make_folder();
    for (size_t i = 0; i < sizeof include_faults / sizeof include_faults[0]; i++) {
        struct ht_config config;
        struct ht_text said = {0};
        write_file("main", include_faults[i].main);
        write_file("below/list", include_faults[i].list);
        CU_ASSERT_EQUAL(read_in_folder("main", &config, &said), HT_ERR_INVALID);
        CU_ASSERT_STRING_EQUAL(said.data != NULL ? said.data : "", include_faults[i].said);
        ht_text_fini(&said);
    }
    remove_folder();
}

/* The sample that users start from, relative to this file. */
static void test_sample(void)
{
    char path[4096];
    const char *slash = strrchr(__FILE__, '/');
    int directory = slash != NULL ? (int)(slash - __FILE__) : 0;
    CU_ASSERT_TRUE_FATAL(
        snprintf(path, sizeof path, "%.*s/../../conf/hoptrace.conf", directory, __FILE__) > 0);
    struct ht_config config;
    struct ht_text lines = {0};
    CU_ASSERT_EQUAL_FATAL(ht_config_read_file(path, HT_CONFIG_TARGETS, &config, collect, &lines),
                          HT_OK);
    CU_ASSERT_TRUE(config.target_count > 0);
    CU_ASSERT_EQUAL(config.process.pps, 1000);
    CU_ASSERT_EQUAL(config.process.deadline_ns, 0);
    ht_config_fini(&config);
    ht_text_fini(&lines);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_unreadable), UNIT_CASE(test_pipe),    UNIT_CASE(test_file),
    UNIT_CASE(test_sample),     UNIT_CASE(test_include), UNIT_CASE(test_include_faults),
};

UNIT_MAIN("config include", cases)
