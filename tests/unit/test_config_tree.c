/* The grammar of the configuration, held against libconfig itself: what one of them takes the other
 * takes, with the same meaning, and what is wrong is wrong in the same line. */
#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "config/scan.h"
#include "config/tree.h"
#include "unit.h"

static void ignore(void *user, const char *line)
{
    (void)user;
    (void)line;
}

static bool same_value(const struct ht_setting *ours, const config_setting_t *theirs);

static bool same_items(const struct ht_setting *ours, const config_setting_t *theirs)
{
    bool same = ours->count == (size_t)config_setting_length(theirs);
    for (size_t i = 0; same && i < ours->count; i++) {
        const config_setting_t *their = config_setting_get_elem(theirs, (unsigned)i);
        const char *name = config_setting_name(their);
        same = strcmp(ours->items[i].name, name != NULL ? name : "") == 0 &&
               same_value(&ours->items[i], their);
    }
    return same;
}

static bool same_value(const struct ht_setting *ours, const config_setting_t *theirs)
{
    switch (config_setting_type(theirs)) {
    case CONFIG_TYPE_INT:
        return ours->type == HT_SETTING_INTEGER && ours->integer == config_setting_get_int(theirs);
    case CONFIG_TYPE_INT64:
        return ours->type == HT_SETTING_INTEGER &&
               ours->integer == config_setting_get_int64(theirs);
    case CONFIG_TYPE_FLOAT:
        return ours->type == HT_SETTING_FLOAT &&
               (float)ours->number == (float)config_setting_get_float(theirs);
    case CONFIG_TYPE_BOOL:
        return ours->type == HT_SETTING_BOOLEAN &&
               ours->boolean == (config_setting_get_bool(theirs) != 0);
    case CONFIG_TYPE_STRING: {
        const char *string = config_setting_get_string(theirs);
        return ours->type == HT_SETTING_STRING &&
               strcmp(ours->string, string != NULL ? string : "") == 0;
    }
    case CONFIG_TYPE_GROUP:
        return ours->type == HT_SETTING_GROUP && same_items(ours, theirs);
    case CONFIG_TYPE_LIST:
        return ours->type == HT_SETTING_LIST && same_items(ours, theirs);
    default:
        return ours->type == HT_SETTING_ARRAY && same_items(ours, theirs);
    }
}

static bool agree(const char *text)
{
    struct ht_problems problems = {.file = "f", .tell = ignore};
    struct ht_text clean;
    struct ht_setting root = {.name = ""};
    struct ht_tree_error error = {.line = 0};
    bool renamed;
    config_t tree;
    config_init(&tree);
    bool theirs = config_read_string(&tree, text) == CONFIG_TRUE;
    bool ours = ht_scan(text, &problems, &clean, &renamed) && ht_tree_read(&clean, &root, &error);
    bool same = ours == theirs;
    if (same && ours)
        same = same_value(&root, config_root_setting(&tree));
    else if (same && error.text != NULL)
        same = (unsigned)config_error_line(&tree) == error.line &&
               strcmp(config_error_text(&tree), error.text) == 0;
    ht_tree_fini(&root);
    ht_text_fini(&clean);
    config_destroy(&tree);
    if (!same)
        (void)fprintf(stderr, "\n%s\nours: %d, %s in line %u; theirs: %d\n", text, ours,
                      error.text != NULL ? error.text : "-", error.line, theirs);
    return same;
}

static void texts_of_all_kinds(void)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "a = 1",
        "a = 1;",
        "a : 1,",
        "a=1 b=2",
        "a=1;;",
        "= 1",
        "a",
        "a =",
        "a = ;",
        "a = b;",
        "true = 1;",
        "truth = TRUE; b = False",
        "a = tru;",
        "1a = 1;",
        "a-b*c_9 = 1; *x = 2;",
        "a = 0x10; b = -5; c = +7; d = 0x7fffffff;",
        "a = -0x1;",
        "a = 5000000000L; b = -5L; c = 5LL; d = 0xffffffffffL;",
        "a = 5LLL;",
        "a = 1.; b = .5; c = 1e3; d = -1.e2; e = 1.5E-3; f = -0.0;",
        "a = 1.2.3;",
        "a = 10s;",
        "a = 5-3;",
        "a = 1 2;",
        "a = \"\";",
        "a = \"x\" \"y\"\n\"z\"; b = 1;",
        "a = \"x\\\"y\\\\z\\n\\r\\t\\f\\x41\\x4a\\X4b\";",
        "a = \"\\q\\x4\\xg1\\a\\\";\";",
        "a = \"line\nline\"; b = 2;",
        "a = ();",
        "a = [];",
        "a = {};",
        "a = ( 1, 2 );",
        "a = ( 1, 2, );",
        "a = ( , );",
        "a = ( 1 2 );",
        "a = ( 1, \"x\", true, 1.5, ( 2 ), [ 3, 4 ], { b = 5; } );",
        "a = [ 1, 2, 3 ]; b = [ \"x\", \"y\" \"z\" ]; c = [ true, false ]; d = [ 1.5, 2.5 ];",
        "a = [ 1,\n \"x\" ];",
        "a = [ 1, 2.0 ];",
        "a = [ ( 1 ) ];",
        "a = [ 1, { } ];",
        "a = { b = 1; c = { d = ( { e = \"f\" } ) } }; g = 1",
        "a = { b = 1 }, c = 2",
        "a = { b = 1 };;",
        "a = { 1 };",
        "a = ( b = 1 );",
        "a = ( 1 ];",
        "a = ( 1 };",
        "a = { b = 1;\n",
        "a = ( 1,\n",
        "a = 1; }",
        "a = 1; )",
        "a = 1 /* x\n */; # y\n // z\n b = 2;\n",
        "a = 1;\n\n\nb = ;\n",
        "a\n=\n1\n;\nb\n:\n(\n\"x\"\n,\n2\n)\n;\nc = ]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CU_ASSERT_TRUE(agree(texts[i]));
}

static const struct unit_case cases[] = {
    UNIT_CASE(texts_of_all_kinds),
};

UNIT_MAIN("config tree", cases)
