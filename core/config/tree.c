#include "config/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a token is: punctuation itself, a string, a number, any other word, or the end. */
enum { TOKEN_STRING = '"', TOKEN_NUMBER = '0', TOKEN_WORD = 'w', TOKEN_END = '\0' };

struct parser {
    char *at; /* behind the token; terminated */
    unsigned line;
    char token;
    char *start; /* of the token */
    struct ht_tree_error error;
    bool failed;
};

static bool fail(struct parser *parser, const char *text)
{
    if (!parser->failed)
        parser->error = (struct ht_tree_error){.text = text, .line = parser->line};
    parser->failed = true;
    return false;
}

/* ---- tokens ---- */

static size_t word_length(const char *at)
{
    return strspn(at, "-*_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static void pass_blanks(struct parser *parser)
{
    for (; *parser->at != '\0' && strchr(" \t\r\f\n", *parser->at) != NULL; parser->at++)
        parser->line += *parser->at == '\n';
}

/* A string is left where it stands: reading it moves on. A number ends with a blank or with
 * punctuation, as ht_scan has written it. */
static void next(struct parser *parser)
{
    pass_blanks(parser);
    char c = *parser->at;
    parser->start = parser->at;
    if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.') {
        parser->token = TOKEN_NUMBER;
        parser->at += strcspn(parser->at, " \n=:,;(){}[]\"");
    } else if (word_length(parser->at) > 0) {
        parser->token = TOKEN_WORD;
        parser->at += word_length(parser->at);
    } else {
        parser->token = c;
        parser->at += c != TOKEN_END && c != TOKEN_STRING;
    }
}

static bool is_word(const struct parser *parser, const char *word)
{
    size_t length = (size_t)(parser->at - parser->start);
    return parser->token == TOKEN_WORD && length == strlen(word) &&
           strncasecmp(parser->start, word, length) == 0;
}

static bool take(struct parser *parser, char token)
{
    if (parser->token != token)
        return fail(parser, "syntax error");
    next(parser);
    return true;
}

/* ---- values ---- */

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* Takes one escape, at the backslash. What is none stands for itself. */
static char take_escape(char **at)
{
    static const char escapes[] = "n\nr\rt\tf\f\\\\\"\"";
    const char *from = *at + 1;
    for (const char *escape = escapes; *escape != '\0'; escape += 2) {
        if (*from == *escape) {
            *at += 2;
            return escape[1];
        }
    }
    int high = *from == 'x' || *from == 'X' ? hexadecimal(from[1]) : -1;
    int low = high >= 0 ? hexadecimal(from[2]) : -1;
    *at += low >= 0 ? 4 : 1;
    return low >= 0 ? (char)(high * 16 + low) : '\\';
}

/* Strings in a row are one. It gets no longer by being read, and ends where one of them did at the
 * latest. */
static bool read_string(struct parser *parser, struct ht_setting *setting)
{
    char *to = parser->start + 1;
    setting->type = HT_SETTING_STRING;
    setting->string = to;
    while (parser->token == TOKEN_STRING) {
        char *from = parser->start + 1;
        while (*from != '"' && *from != '\0') {
            parser->line += *from == '\n';
            *to++ = *from == '\\' ? take_escape(&from) : *from++;
        }
        if (*from == '\0')
            return fail(parser, "syntax error");
        parser->at = from + 1;
        next(parser);
    }
    *to = '\0';
    return true;
}

static bool read_number(struct parser *parser, struct ht_setting *setting)
{
    size_t length = (size_t)(parser->at - parser->start);
    bool hexadecimal = length > 1 && (parser->start[1] == 'x' || parser->start[1] == 'X');
    bool whole = hexadecimal || strcspn(parser->start, ".eE") >= length;
    setting->type = whole ? HT_SETTING_INTEGER : HT_SETTING_FLOAT;
    if (!whole)
        setting->number = strtod(parser->start, NULL);
    else if (hexadecimal)
        setting->integer = (int64_t)strtoull(parser->start, NULL, 16);
    else
        setting->integer = strtoll(parser->start, NULL, 10);
    next(parser);
    return true;
}

/* True if the value is one. */
static bool read_scalar(struct parser *parser, struct ht_setting *setting)
{
    if (parser->token == TOKEN_STRING)
        return read_string(parser, setting);
    if (parser->token == TOKEN_NUMBER)
        return read_number(parser, setting);
    setting->type = HT_SETTING_BOOLEAN;
    setting->boolean = is_word(parser, "true");
    if (!setting->boolean && !is_word(parser, "false"))
        return fail(parser, "syntax error");
    next(parser);
    return true;
}

/* ---- groups, lists and arrays ---- */

/* A further item, in the line of the present token. NULL: no memory. */
static struct ht_setting *add_item(struct parser *parser, struct ht_setting *parent)
{
    if (parent->count == parent->capacity) {
        size_t capacity = parent->capacity * 2 + 4;
        struct ht_setting *items = realloc(parent->items, capacity * sizeof *items);
        if (items == NULL) {
            (void)fail(parser, NULL);
            return NULL;
        }
        parent->items = items;
        parent->capacity = capacity;
    }
    struct ht_setting *item = &parent->items[parent->count++];
    *item = (struct ht_setting){.line = parser->line, .name = ""};
    return item;
}

static bool read_value(struct parser *parser, struct ht_setting *setting);

static bool read_member(struct parser *parser, struct ht_setting *group)
{
    if (parser->token != TOKEN_WORD || is_word(parser, "true") || is_word(parser, "false"))
        return fail(parser, "syntax error");
    struct ht_setting *setting = add_item(parser, group);
    if (setting == NULL)
        return false;
    setting->name = parser->start;
    char *end = parser->at;
    next(parser);
    if (parser->token != '=' && parser->token != ':')
        return fail(parser, "syntax error");
    next(parser);
    *end = '\0'; /* what stood there was read */
    if (!read_value(parser, setting))
        return false;
    if (parser->token == ';' || parser->token == ',')
        next(parser);
    return true;
}

static bool read_members(struct parser *parser, struct ht_setting *group, char end)
{
    group->type = HT_SETTING_GROUP;
    while (parser->token != end) {
        if (!read_member(parser, group))
            return false;
    }
    return true;
}

/* An item of an array is a value of the first one's type. */
static bool read_array_item(struct parser *parser, const struct ht_setting *array,
                            struct ht_setting *item)
{
    unsigned line = parser->line;
    if (!read_scalar(parser, item))
        return false;
    if (item->type == array->items[0].type)
        return true;
    parser->line = line;
    return fail(parser, "mismatched element type in array");
}

static bool read_items(struct parser *parser, struct ht_setting *parent, char end)
{
    parent->type = end == ')' ? HT_SETTING_LIST : HT_SETTING_ARRAY;
    if (parser->token == end)
        return true;
    for (;;) {
        struct ht_setting *item = add_item(parser, parent);
        bool good = item != NULL &&
                    (parent->type == HT_SETTING_LIST ? read_value(parser, item)
                                                     : read_array_item(parser, parent, item));
        if (!good || parser->token != ',')
            return good;
        next(parser);
    }
}

/* Calls itself no deeper than ht_scan lets brackets be nested. */
static bool read_value(struct parser *parser, struct ht_setting *setting)
{
    switch (parser->token) {
    case '{':
        next(parser);
        return read_members(parser, setting, '}') && take(parser, '}');
    case '(':
        next(parser);
        return read_items(parser, setting, ')') && take(parser, ')');
    case '[':
        next(parser);
        return read_items(parser, setting, ']') && take(parser, ']');
    default:
        return read_scalar(parser, setting);
    }
}

bool ht_tree_read(struct ht_text *text, struct ht_setting *root, struct ht_tree_error *error)
{
    struct parser parser = {.at = text->data, .line = 1};
    *root = (struct ht_setting){.line = 1, .name = ""};
    next(&parser);
    bool good = read_members(&parser, root, TOKEN_END);
    if (!good)
        *error = parser.error;
    return good;
}

void ht_tree_fini(struct ht_setting *root)
{
    for (size_t i = 0; i < root->count; i++)
        ht_tree_fini(&root->items[i]);
    free(root->items);
    root->items = NULL;
    root->count = 0;
}

const struct ht_setting *ht_setting_member(const struct ht_setting *group, const char *name)
{
    for (size_t i = 0; i < group->count; i++) {
        if (strcmp(group->items[i].name, name) == 0)
            return &group->items[i];
    }
    return NULL;
}
