#include "config/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

/* libconfig recurses into what is nested, and compares each name of a group with all others. */
#define NESTING_MAX 32
#define GROUP_MAX   1000

/* As libconfig: files that include each other come to an end. */
#define INCLUDE_MAX 10

struct seen_name {
    const char *start;
    size_t length;
    struct ht_place place;
};

/* Where the reading of an including file goes on. */
struct resumption {
    const char *at;
    struct ht_place place;
};

struct scope {
    char bracket;
    size_t first_name;
};

struct scan {
    struct ht_problems *problems;
    const char *at; /* terminated */
    struct ht_place place;
    struct ht_text out;
    unsigned out_line; /* the last one of `out` */
    unsigned newlines; /* passed, not yet in `out` */
    bool moved;        /* to another file, and nothing of it is in `out` yet */
    bool gap;          /* blanks were passed */
    char last;         /* the token before: punctuation itself, '"' a string, 'w' any other */
    bool stop;
    size_t renamed_count;
    struct scope scopes[NESTING_MAX];
    size_t depth; /* of `scopes` in use; the first is the file itself */
    struct seen_name *names;
    size_t name_count;
    size_t name_capacity;
    struct resumption resumptions[INCLUDE_MAX];
    size_t include_depth;
};

static void stop_scan(struct scan *scan, unsigned line, const char *what)
{
    ht_problem_at(scan->problems, (struct ht_place){scan->place.file, line}, NULL, "%s", what);
    scan->stop = true;
}

/* Brings `out` to the line of what comes next. */
static void emit_newlines(struct scan *scan)
{
    scan->newlines += scan->moved;
    scan->out_line += scan->newlines;
    for (; scan->newlines > 0; scan->newlines--)
        ht_text_putc(&scan->out, '\n');
    if (scan->moved && !ht_sources_pass(&scan->problems->sources, scan->out_line, scan->place))
        scan->problems->no_memory = scan->stop = true;
    scan->moved = false;
}

static void emit(struct scan *scan, const char *bytes, size_t length, char token)
{
    /* A newline behind a string waits for the punctuation: it is there that libconfig notes the
     * line of the string. */
    bool wait = scan->last == '"' && strchr(",)]", token) != NULL;
    if (!wait)
        emit_newlines(scan);
    if (scan->gap)
        ht_text_putc(&scan->out, ' ');
    scan->gap = false;
    ht_text_append(&scan->out, bytes, length);
    scan->last = token;
}

static void pass_newline(struct scan *scan)
{
    scan->place.line++;
    scan->newlines++;
}

static void scan_line_comment(struct scan *scan)
{
    scan->at += strcspn(scan->at, "\n");
    scan->gap = true;
}

static void scan_block_comment(struct scan *scan)
{
    unsigned first_line = scan->place.line;
    const char *end = strstr(scan->at + 2, "*/");
    if (end == NULL) {
        stop_scan(scan, first_line, "syntax error: this comment is never closed");
        return;
    }
    for (; scan->at < end; scan->at++) {
        if (*scan->at == '\n')
            pass_newline(scan);
    }
    scan->at = end + 2;
    scan->gap = true;
}

static char innermost(const struct scan *scan)
{
    return scan->scopes[scan->depth - 1].bracket;
}

static bool string_may_stand_here(const struct scan *scan)
{
    if (scan->last == '=' || scan->last == ':' || scan->last == '"')
        return true;
    bool in_list = innermost(scan) == '(' || innermost(scan) == '[';
    return in_list && (scan->last == innermost(scan) || scan->last == ',');
}

/* Just behind the closing quote, NULL if there is none; counts the newlines inside. */
static const char *string_end(const char *start, unsigned *newlines)
{
    for (const char *at = start + 1; *at != '\0'; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\n')
            (*newlines)++;
        if (*at == '\\' && (at[1] == '\\' || at[1] == '"'))
            at++;
    }
    return NULL;
}

/* An escaped NUL would silently vanish from the string. */
static bool holds_escaped_nul(const char *start, const char *end)
{
    for (const char *at = start; at + 4 < end; at++) {
        if (*at != '\\')
            continue;
        if ((at[1] == 'x' || at[1] == 'X') && at[2] == '0' && at[3] == '0')
            return true;
        if (at[1] == '\\')
            at++;
    }
    return false;
}

static void scan_string(struct scan *scan)
{
    unsigned newlines = 0;
    const char *end = string_end(scan->at, &newlines);
    if (end == NULL) {
        stop_scan(scan, scan->place.line, "syntax error: this string is never closed");
    } else if (!string_may_stand_here(scan)) {
        stop_scan(scan, scan->place.line, "syntax error: no string can stand here");
    } else if (holds_escaped_nul(scan->at, end)) {
        stop_scan(scan, scan->place.line, "a string cannot hold a NUL byte");
    } else {
        emit(scan, scan->at, (size_t)(end - scan->at), '"');
        scan->place.line += newlines;
        scan->out_line += newlines;
        scan->at = end;
    }
}

static size_t count_digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* Length of an exponent such as "e-9" at this place, else 0. */
static size_t exponent_length(const char *at)
{
    if (*at != 'e' && *at != 'E')
        return 0;
    size_t sign = at[1] == '+' || at[1] == '-';
    size_t digits = count_digits(at + 1 + sign);
    return digits > 0 ? 1 + sign + digits : 0;
}

/* Emits an integer of 32 bits, or as one of 64 if it has more than `safe_digits`: those libconfig
 * reads without wrapping around. */
static void emit_integer(struct scan *scan, const char *digits, const char *end, size_t safe_digits)
{
    size_t zeros = strspn(digits, "0");
    bool wide = *end != 'L' && (size_t)(end - digits) - zeros > safe_digits;
    end += *end == 'L';
    end += end[-1] == 'L' && *end == 'L';
    emit(scan, scan->at, (size_t)(end - scan->at), 'w');
    if (wide)
        ht_text_putc(&scan->out, 'L');
    scan->at = end;
}

static void scan_hexadecimal(struct scan *scan)
{
    const char *digits = scan->at + 2;
    emit_integer(scan, digits, digits + strspn(digits, "0123456789abcdefABCDEF"), 7);
}

static void scan_decimal(struct scan *scan)
{
    const char *digits = scan->at + (*scan->at == '-' || *scan->at == '+');
    size_t whole = count_digits(digits);
    const char *end = digits + whole;
    size_t fraction = 0;
    if (*end == '.') {
        fraction = count_digits(end + 1);
        end += 1 + fraction;
    } else if (whole > 0 && exponent_length(end) == 0) {
        emit_integer(scan, digits, end, 9);
        return;
    }
    if (whole + fraction == 0) {
        stop_scan(scan, scan->place.line, "syntax error: a number without digits");
        return;
    }
    end += exponent_length(end);
    emit(scan, scan->at, (size_t)(end - scan->at), 'w');
    scan->at = end;
}

static const struct seen_name *find_name(const struct scan *scan, const char *start, size_t length)
{
    for (size_t i = scan->scopes[scan->depth - 1].first_name; i < scan->name_count; i++) {
        if (scan->names[i].length == length && memcmp(scan->names[i].start, start, length) == 0)
            return &scan->names[i];
    }
    return NULL;
}

static void remember_name(struct scan *scan, const char *start, size_t length)
{
    if (scan->name_count - scan->scopes[scan->depth - 1].first_name >= GROUP_MAX) {
        stop_scan(scan, scan->place.line, "too many settings in one group");
        return;
    }
    struct seen_name *names =
        ht_array_room(scan->names, scan->name_count, &scan->name_capacity, sizeof *names);
    if (names == NULL) {
        scan->problems->no_memory = scan->stop = true;
        return;
    }
    scan->names = names;
    scan->names[scan->name_count++] =
        (struct seen_name){.start = start, .length = length, .place = scan->place};
}

/* A name that its group has already is reported, and goes on under another one that the checks
 * below pass over. */
static void emit_setting_name(struct scan *scan, const char *start, size_t length)
{
    const struct seen_name *first = find_name(scan, start, length);
    if (first == NULL) {
        remember_name(scan, start, length);
        emit(scan, start, length, 'w');
        return;
    }
    char key[64];
    if (snprintf(key, sizeof key, "%.*s", (int)(length < 60 ? length : 60), start) < 0)
        key[0] = '\0';
    char first_place[160];
    ht_problem_cite(first->place, scan->place.file, first_place, sizeof first_place);
    ht_problem_at(scan->problems, scan->place, key, "is set twice, first in %s", first_place);
    emit(scan, HT_SCAN_RENAMED, strlen(HT_SCAN_RENAMED), 'w');
    ht_text_printf(&scan->out, "%zu", scan->renamed_count++);
}

static bool is_word(const char *start, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(start, word, length) == 0;
}

static void scan_name(struct scan *scan)
{
    const char *start = scan->at;
    size_t length =
        strspn(start, "-*_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    bool in_group = innermost(scan) == '{';
    if (!in_group || is_word(start, length, "true") || is_word(start, length, "false"))
        emit(scan, start, length, 'w');
    else
        emit_setting_name(scan, start, length);
    scan->at = start + length;
}

static void scan_punctuation(struct scan *scan)
{
    char c = *scan->at;
    if (strchr("({[", c) != NULL) {
        if (scan->depth == NESTING_MAX) {
            stop_scan(scan, scan->place.line, "groups and lists are nested too deeply");
            return;
        }
        scan->scopes[scan->depth++] = (struct scope){.bracket = c, .first_name = scan->name_count};
    } else if (strchr(")}]", c) != NULL && scan->depth > 1) {
        scan->name_count = scan->scopes[--scan->depth].first_name;
    }
    emit(scan, scan->at, 1, c);
    scan->at++;
}

/* Copies what stands between the quotes behind `at`, and moves *at behind them. False: there is
 * nothing of the kind in this line. */
static bool take_quoted(const char **at, char *name, size_t size)
{
    size_t length = 0;
    const char *from = *at + strspn(*at, " \t");
    if (*from++ != '"')
        return false;
    for (; *from != '"'; from++) {
        from += *from == '\\' && (from[1] == '\\' || from[1] == '"');
        if (*from == '\0' || *from == '\n' || length + 1 == size)
            return false;
        name[length++] = *from;
    }
    name[length] = '\0';
    *at = from + 1;
    return length > 0;
}

/* Of a byte order mark at the beginning, some editors' habit, nothing is to be seen. */
static const char *text_of(const char *data)
{
    if (data == NULL)
        return "";
    return strncmp(data, "\xef\xbb\xbf", 3) == 0 ? data + 3 : data;
}

static void refuse_include(struct scan *scan, const char *what)
{
    ht_problem_at(scan->problems, scan->place, "@include", "%s", what);
    scan->stop = true;
}

static void scan_include(struct scan *scan)
{
    char name[1024];
    struct ht_error error;
    scan->at += strlen("@include");
    if (!take_quoted(&scan->at, name, sizeof name)) {
        refuse_include(scan, "must be followed by a file's name in quotes");
        return;
    }
    if (scan->include_depth == INCLUDE_MAX) {
        refuse_include(scan, "files include each other too deeply");
        return;
    }
    const struct ht_source *source =
        ht_sources_include(&scan->problems->sources, scan->place.file, name, &error);
    if (source == NULL && error.code == HT_ERR_NOMEM) {
        scan->problems->no_memory = scan->stop = true;
    } else if (source == NULL) {
        refuse_include(scan, error.text);
    } else {
        scan->resumptions[scan->include_depth++] = (struct resumption){scan->at, scan->place};
        scan->at = text_of(source->text.data);
        scan->place = (struct ht_place){source->name, 1};
        scan->moved = scan->gap = true;
    }
}

/* The end of a text: true if another goes on behind it. */
static bool resume(struct scan *scan)
{
    if (scan->include_depth == 0)
        return false;
    const struct resumption *resumption = &scan->resumptions[--scan->include_depth];
    scan->at = resumption->at;
    scan->place = resumption->place;
    scan->moved = scan->gap = true;
    return true;
}

static void scan_token(struct scan *scan)
{
    char c = *scan->at;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
    if (c == '\n') {
        pass_newline(scan);
        scan->at++;
    } else if (strchr(" \t\r\f", c) != NULL) {
        scan->gap = true;
        scan->at++;
    } else if (c == '#' || (c == '/' && scan->at[1] == '/')) {
        scan_line_comment(scan);
    } else if (c == '/' && scan->at[1] == '*') {
        scan_block_comment(scan);
    } else if (c == '"') {
        scan_string(scan);
    } else if (c == '0' && (scan->at[1] == 'x' || scan->at[1] == 'X')) {
        scan_hexadecimal(scan);
    } else if ((c >= '0' && c <= '9') || strchr("+-.", c) != NULL) {
        scan_decimal(scan);
    } else if (letter) {
        scan_name(scan);
    } else if (strchr("=:,;(){}[]", c) != NULL) {
        scan_punctuation(scan);
    } else if (strncmp(scan->at, "@include", 8) == 0) {
        scan_include(scan);
    } else {
        stop_scan(scan, scan->place.line, "syntax error");
    }
}

bool ht_scan(const char *text, struct ht_problems *problems, struct ht_text *out, bool *renamed)
{
    struct scan scan = {.problems = problems,
                        .at = text_of(text),
                        .place = {problems->file, 1},
                        .out_line = 1,
                        .depth = 1};
    scan.scopes[0].bracket = '{';
    if (!ht_sources_pass(&problems->sources, 1, scan.place))
        problems->no_memory = scan.stop = true;
    while (!scan.stop && (*scan.at != '\0' || resume(&scan))) {
        if (*scan.at != '\0')
            scan_token(&scan);
    }
    emit_newlines(&scan);
    ht_text_puts(&scan.out, ""); /* of nothing, an empty string */
    free(scan.names);
    *out = scan.out;
    *renamed = scan.renamed_count > 0;
    if (out->failed)
        problems->no_memory = true;
    return !scan.stop && !out->failed;
}
